"""Tabulate exact over Weizsaecker-Williams cross-sections by set-up, particle and mass into jaxdump/data/exact_ratios.json.

    python scripts/make_ratios.py              # all set-ups, a few minutes
    python scripts/make_ratios.py --only ldmx  # print one of them
    python scripts/make_ratios.py --only ldmx --quick     # for one particle at three of its masses

A set-up is what the experiments call one: a beam on a material with cuts in energy and angle.
"""

import argparse
import dataclasses
import json
from pathlib import Path

import jax
import jax.numpy as jnp
import numpy as np

from jaxdump.experiments import EXPERIMENTS
from jaxdump.production.leptons.bremsstrahlung import THETA_MAX, LeptonBremsstrahlung
from jaxdump.theories import THEORIES, AbstractTheory, RadiatedByLeptons
from jaxdump.typing import Scalar

TABLE = Path(__file__).parents[1] / "jaxdump" / "data" / "exact_ratios.json"
LIGHTEST, HEAVIEST, MASSES, DIGITS = 1e-4, 0.1, 32, 6
"""Masses [GeV] from the first to the share of the beam's energy, and digits of what is written."""
ABOUT = (
    "Cross-sections of l N -> l N X above x_min: exact tree level over Weizsaecker-Williams (t_min at each angle,"
    " t_max = m^2 + m_l^2), elastic form factor. GeV and rad. Made by scripts/make_ratios.py in float64."
)


def setups() -> dict[str, LeptonBremsstrahlung]:
    """The productions of the experiments by the name of their set-up."""
    every = [production for experiment in EXPERIMENTS.values() for production in experiment.productions]
    return {p.ratios: p for p in every if isinstance(p, LeptonBremsstrahlung) and p.ratios}


def particles() -> dict[str, type[AbstractTheory]]:
    """A theory on its mass shell for each matrix element, by which muons radiate it."""
    radiated = [theory for theory in THEORIES.values() if issubclass(theory, RadiatedByLeptons)]
    on_shell = [theory for theory in radiated if theory.invariant_masses is RadiatedByLeptons.invariant_masses]
    ways = [(way, theory) for theory in on_shell for way in theory(0.1, 1.0).emissions("muon")]
    return {way.element.name: theory for way, theory in ways if way.coupling != 0}


def rounded(values) -> list[float]:
    """As they are written."""
    return [float(f"{value:.{DIGITS}g}") for value in np.asarray(values)]


def ratios(production: LeptonBremsstrahlung, theory: type[AbstractTheory], masses: list[float]) -> list[float]:
    """Exact over approximate at the masses."""
    element = theory(0.1, 1.0).emissions("muon")[0].element
    fine = {"ww": dataclasses.replace(production, method="ww", n_x=40, n_angle=2 * element.angular_nodes)}
    fine["exact"] = dataclasses.replace(production, method="exact", n_x=24)

    def log_ratio(mass: Scalar) -> Scalar:
        exact, rough = (jnp.log(fine[method].sigma(theory(mass, jnp.ones_like(mass)))) for method in ("exact", "ww"))
        return exact - rough

    return rounded(jnp.exp(jax.jit(lambda masses: jax.lax.map(log_ratio, masses))(jnp.array(masses))))


def setup_table(production: LeptonBremsstrahlung, quick: bool = False) -> dict:
    """What a set-up is, and its ratios."""
    source, theories = production.source, particles()
    masses = rounded(np.geomspace(LIGHTEST, HEAVIEST * source.highest, MASSES))
    if quick:
        masses, theories = masses[:: MASSES // 2 - 1], {"scalar": theories["scalar"]}
    return {
        "lepton": source.particle,
        "energy": source.highest,
        "material": source.material.name,
        "x_min": production.x_min,
        "theta_max": THETA_MAX,
        "mass": masses,
        "ratio": {name: ratios(production, theory, masses) for name, theory in theories.items()},
    }


def main() -> None:
    jax.config.update("jax_enable_x64", True)
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--only", choices=setups())
    parser.add_argument("--quick", action="store_true", help="print one particle at three masses")
    args = parser.parse_args()
    tables = {name: setup_table(p, args.quick) for name, p in setups().items() if args.only in (None, name)}
    if args.only or args.quick:
        print(json.dumps(tables))
        return
    lines = json.dumps({"about": ABOUT, "accuracy": 1e-3, "setups": tables}, separators=(",", ":"))
    TABLE.write_text(lines.replace("]", "]\n") + "\n")


if __name__ == "__main__":
    main()
