"""Tabulate exact over Weizsaecker-Williams cross-sections per set-up, particle and mass into jaxdump/data/exact_ratios.json.

    python scripts/make_exact_ratios.py               # all set-ups, a few minutes
    python scripts/make_exact_ratios.py --only ldmx   # print one of them

A ratio is null where the approximation vanishes, because t_min passes its t_max at every angle.
"""

import argparse
import json
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

import jax
import jax.numpy as jnp
import numpy as np

from jaxdump.form_factors import LEAD, Material
from jaxdump.kinematics import Radiation, energy_fraction_nodes
from jaxdump.matrix_elements import Bremsstrahlung, Primakoff, pseudoscalar, scalar, vector
from jaxdump.production.bremsstrahlung import angular_ww
from jaxdump.production.exact import PREFACTOR, sigma
from jaxdump.production.vertices import VERTICES
from jaxdump.sources.beam import Beam
from jaxdump.typing import Scalar, Values

TABLE = Path(__file__).parents[1] / "jaxdump" / "data" / "exact_ratios.json"
ALUMINIUM = Material("aluminium", 13.0, 27.0, molar_mass=26.982, density=2.699, radiation_length=8.897e-2)
TUNGSTEN = Material("tungsten", 74.0, 184.0, molar_mass=183.84, density=19.3, radiation_length=0.3504e-2)
LIGHTEST, HEAVIEST, MASSES, DIGITS = 1e-4, 0.4, 36, 6


class SetUp(NamedTuple):
    """A beam [GeV] on a material, and the cuts in energy fraction and angle [rad]."""

    lepton: str
    energy: float
    material: Material
    x_min: float
    theta_max: float = 0.1


SETUPS = {
    "na64e": SetUp("electron", 100.0, LEAD, 0.5),
    "na64mu": SetUp("muon", 160.0, LEAD, 0.5),
    "ldmx": SetUp("electron", 16.0, ALUMINIUM, 0.7),
    "ldmx-8": SetUp("electron", 8.0, TUNGSTEN, 0.7),
    "m3": SetUp("muon", 15.0, TUNGSTEN, 0.4),
    "e137": SetUp("electron", 20.0, ALUMINIUM, 0.1),
}


def axial(point: Radiation) -> tuple[Values, Values]:
    """A / (e^2 g^2) = 2 (x^2-2x+2)/(1-x) + 4 m_l^2 x^2/(m^2 (1-x)) - 4 (m^2 - 4 m_l^2) x^2 y / U^2."""
    growing = 4 * (point.lepton_mass * point.x / point.mass) ** 2
    return 2 * (1 + point.one_minus_x**2) + growing, 4 * (point.mass**2 - 4 * point.lepton_mass**2)


class Graviton(NamedTuple):
    """Lepton and photon coupled alike, c/Lambda = 1 GeV^-1; a polynomial fitted to exact traces, for float64."""

    angular_nodes: int = 64

    def scale(self, point: Radiation) -> Values:
        """y [GeV^2] of the photon pole."""
        return jnp.full_like(point.x, point.lepton_mass**2)

    def __call__(self, point: Radiation, y: Values) -> Values:
        """(1 - x) A / (e^2 U^2), in units of t."""
        x, m2, big = point.x, point.lepton_mass**2, point.mass**2
        u, t = point.u(y), -(x**2) * (y + m2) / point.one_minus_x
        w = -(u**2) / point.one_minus_x
        n2 = -(t * (2 * big**2 - big * t + 2 * t**2) + 4 * m2 * (big**2 + 2 * big * t + 3 * t**2)) / 2
        light = 2 * m2 * (12 * big**3 - 19 * big**2 * t + 6 * big * t**2 + 5 * t**3)
        n1 = t / 12 * (-3 * big * t * (big**2 + t**2) + light + 16 * m2**2 * (3 * big**2 - 6 * big * t + 7 * t**2))
        n0 = m2 * (big - t) ** 2 * (big - 4 * m2) * (3 * big + 8 * m2) / 6
        return point.one_minus_x / u**2 * ((2 * w / t + n2 / t**2 + n1 / (w * t**2)) + n0 / w**2)


ELEMENTS = {
    "scalar": Bremsstrahlung(scalar),
    "pseudoscalar": Bremsstrahlung(pseudoscalar),
    "vector": Bremsstrahlung(vector),
    "axial": Bremsstrahlung(axial),
    "graviton": Graviton(),
    "alp-photon": Primakoff(),
}


def approximate(element: Callable, mass: Scalar, beam: Beam, setup: SetUp, n_x: int = 40) -> Values:
    """Cross-section [pb] by Weizsaecker and Williams with t_min at each angle and t_max = m^2 + m_l^2."""
    limits = mass / beam.energy, setup.x_min, beam.lepton_mass / beam.energy
    x, one_minus_x, weight = energy_fraction_nodes(n_x, *limits)
    point = Radiation(x, one_minus_x, mass, beam.lepton_mass)
    momentum = jnp.sqrt((x - mass / beam.energy) * (x + mass / beam.energy))
    n_angle = 2 * element.angular_nodes
    angular = angular_ww(element, point, jnp.asarray(beam.energy), setup.material, setup.theta_max, n_angle)
    return jnp.sum(weight * PREFACTOR * momentum * angular)


def ratios(setup: SetUp) -> dict[str, list[float | None]]:
    """Exact over approximate by mass and particle."""
    beam = Beam(setup.lepton, setup.energy)
    masses = jnp.geomspace(LIGHTEST, HEAVIEST * setup.energy, MASSES)
    table: dict[str, list[float | None]] = {"mass": [float(f"{m:.{DIGITS}g}") for m in np.asarray(masses)]}
    masses = jnp.asarray(table["mass"])
    for name, element in ELEMENTS.items():
        exact = lambda m, name=name: sigma(VERTICES[name], m, beam, setup.material, setup.x_min, setup.theta_max)
        rough = lambda m, element=element: approximate(element, m, beam, setup)
        both = jax.jit(lambda masses, e=exact, r=rough: jax.lax.map(lambda m: (e(m), r(m)), masses))(masses)
        table[name] = [float(f"{e / r:.{DIGITS}g}") if r > 0 else None for e, r in zip(*map(np.asarray, both), strict=True)]
    return table


def main() -> None:
    jax.config.update("jax_enable_x64", True)
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--only", choices=SETUPS)
    only = parser.parse_args().only
    tables = {}
    for name in [only] if only else SETUPS:
        setup = SETUPS[name]
        tables[name] = {**setup._asdict(), "material": setup.material.name, **ratios(setup)}
    if only:
        print(json.dumps(tables))
        return
    about = (
        "Cross-sections of l N -> l N X above x_min: exact tree level over Weizsaecker-Williams (t_min at each angle,"
        " t_max = m^2 + m_l^2), elastic form factor. GeV and rad. Made by scripts/make_exact_ratios.py in float64."
    )
    TABLE.parent.mkdir(exist_ok=True)
    TABLE.write_text(json.dumps({"about": about, "accuracy": 1e-3, "setups": tables}, indent=1) + "\n")


if __name__ == "__main__":
    main()
