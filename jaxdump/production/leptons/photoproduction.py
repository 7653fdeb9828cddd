"""Vector mesons that photons of a shower make on nuclei, and that decay to dark particles alone."""

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Float

from jaxdump.constants import PROTON_MASS
from jaxdump.fields import FACTOR, Number, Numbers, check_choices, choice, require
from jaxdump.flux import Flux, at_least_closed, safe_log
from jaxdump.matter.mesons import MESONS
from jaxdump.sources.base import AbstractSource
from jaxdump.stage import AbstractProduction
from jaxdump.theories.base import AbstractTheory
from jaxdump.theories.capabilities import MesonsDecayInvisibly
from jaxdump.typing import Scalar, Values

PB_PER_MICROBARN = 1e6
PHOTOPRODUCED = ("rho", "omega", "phi", "jpsi")
FITS = Numbers(
    [
        [5.0, 0.22, 26.0, -1.23, 0.0],
        [0.55, 0.22, 18.0, -1.92, 0.0],
        [0.34, 0.22, 0.0, 0.0, 0.0],
        [4.06e-3, 0.65, 0.0, 0.0, 2.0],
    ],
    "P",
    "rho, omega and phi: hep-ph/9902259; J/psi: arXiv:1607.03838",
)
"""X, e, Y, h and k of sigma = (X W^e + Y W^h) (1 - (m_V + m_p)^2 / W^2)^k [mub] of gamma p -> V p, W in GeV, by meson."""


def photon_energy(invariant_mass: Scalar) -> Scalar:
    """Energy [GeV] of a photon that has such an `invariant_mass` W [GeV] with a proton at rest."""
    return (invariant_mass - PROTON_MASS) * (invariant_mass + PROTON_MASS) / (2 * PROTON_MASS)


def photoproduction_cross_section(fit: Float[Array, "5"], mass: Scalar, energy: Values) -> Values:
    """Cross-section [pb] of gamma p -> V p for photons of `energy` [GeV], a row of `FITS`, and the `mass` [GeV] of the meson.

    Zero below threshold; near it the fits of rho, omega and phi are too large. Reference: see `FITS`.
    """
    squared = PROTON_MASS**2 + 2 * PROTON_MASS * energy
    least = (mass + PROTON_MASS) ** 2
    open_ = squared > least
    log_w = jnp.log(jnp.where(open_, squared, 2 * least)) / 2
    above = jnp.where(open_, 1 - least / jnp.where(open_, squared, 2 * least), 0.0)
    pomeron, reggeon = fit[0] * jnp.exp(fit[1] * log_w), fit[2] * jnp.exp(fit[3] * log_w)
    return jnp.where(open_, PB_PER_MICROBARN * (pomeron + reggeon) * jnp.where(fit[4] > 0, above**2, 1.0), 0.0)


class MesonPhotoproduction(AbstractProduction):
    """Decays to dark particles alone of vector mesons that photons make on nuclei; weights count them per unit of the source.

    It makes a theory whose `MesonsDecayInvisibly`. The meson takes all of the photon's energy, and all that is missing. The
    cross-section on a nucleus is `mesons` A times that on a proton: A is the number of its nucleons. The widths of the mesons
    are neglected. Reference: arXiv:2112.02104.
    """

    name: str = eqx.field(static=True)
    source: AbstractSource
    """The photons: of a shower, or radiated in a thin target and absorbed behind it."""
    x_min: Scalar
    """Least energy of the meson over the largest energy of the source."""
    mesons: Scalar = eqx.field(
        default=Number(1.0, "A", "as on free nucleons: coherence adds, shadowing takes away, good to a factor 2", error=1.0),
        metadata=FACTOR,
    )
    """Effective over true number of nucleons of a nucleus, A_eff / A; 0 leaves mesons out."""
    mediators: str = choice("counted", "left-out")
    """Whether decays through a mediator near its mass shell count; published limits on mediators leave them out.

    They are those whose branching ratios are no mere factor of the couplings: `invisible_log_scale` is None.
    """
    n: int = eqx.field(static=True, default=16)
    """Number of nodes in energy for each meson."""

    def __check_init__(self):
        check_choices(self.name, self)
        require(self.name, "x_min", self.x_min, 0, 1, open_above=True)
        require(self.name, "mesons", self.mesons, 0)
        if self.source.particle != "photon":
            raise ValueError(f"{self.name}: photoproduction needs a source of photons, not of {self.source.particle}s")

    def makes(self, theory: AbstractTheory) -> bool:
        """Whether some meson decays to dark particles alone, and there are photons."""
        decays = isinstance(theory, MesonsDecayInvisibly) and bool(parents(theory))
        return decays and not self.source.empty and not self.leaves_out(theory)

    def leaves_out(self, theory: AbstractTheory) -> str:
        if self.mediators == "counted" or not isinstance(theory, MesonsDecayInvisibly):
            return ""
        if theory.invisible_log_scale() is not None:
            return ""
        return f"mesons that decay through {theory.name} are left out, as in published limits: set mediators=counted"

    def __call__(self, theory: MesonsDecayInvisibly) -> Flux:
        log_scale = self.log_scale(theory)
        unit = theory if log_scale is None else theory.with_couplings(jnp.ones_like(theory.mass))
        names, dtype = parents(theory), jnp.result_type(theory.mass)
        ratios = jnp.stack([jnp.asarray(unit.invisible_ratio(name, MESONS[name]), dtype) for name in names])
        energy, log_made = self.produced(names, dtype)
        masses = jnp.asarray([MESONS[name].mass for name in names], dtype)
        return Flux(
            energy=energy.ravel(),
            mass=jnp.repeat(masses, energy.shape[1]),
            log_weight=at_least_closed(log_made + safe_log(ratios)[:, None]).ravel(),
            log_scale=jnp.zeros((), dtype) if log_scale is None else log_scale,
            particle=theory.particles[0],
            per=self.source.per,
        )

    def produced(self, names: tuple[str, ...], dtype: np.dtype) -> tuple[Float[Array, "mesons n"], Float[Array, "mesons n"]]:
        """Energies [GeV] of mesons, from the cut or from threshold, and log of their number per unit of the source, by name."""
        rows = [PHOTOPRODUCED.index(name) for name in names]
        fits = jnp.asarray(np.asarray(FITS)[rows], dtype)
        masses = jnp.asarray([MESONS[name].mass for name in names], dtype)
        material, highest = self.source.material, jnp.asarray(self.source.highest, dtype)
        nucleons = safe_log(jnp.asarray(self.mesons * material.mass_number * material.nuclei_per_pb(), dtype))

        def of_meson(fit: Float[Array, "5"], mass: Scalar) -> tuple[Float[Array, " n"], Float[Array, " n"]]:
            threshold = photon_energy(mass + PROTON_MASS)
            photons = self.source.nodes(jnp.minimum(jnp.maximum(self.x_min * highest, threshold), highest), self.n)
            log_sigma = safe_log(photoproduction_cross_section(fit, mass, photons.energy))
            return photons.energy, at_least_closed(log_sigma + photons.log_weight + photons.log_scale + nucleons)

        return jax.vmap(of_meson)(fits, masses)

    def log_scale(self, theory: MesonsDecayInvisibly) -> Scalar | None:
        """That of the branching ratios."""
        return theory.invisible_log_scale()

    def kinks(self, theory: MesonsDecayInvisibly) -> dict[str, Scalar]:
        """Where the decay of a meson opens, or peaks."""
        told: dict[str, Scalar] = {}
        for name in parents(theory):
            told |= theory.invisible_kinks(name, MESONS[name])
        return told

    @property
    def smooth_to(self) -> Scalar:
        """All masses: the photons do not depend on the theory, whose ratios are smooth between kinks."""
        return self.source.highest


def parents(theory: MesonsDecayInvisibly) -> tuple[str, ...]:
    """Names of the photoproduced mesons that decay to dark particles alone."""
    return tuple(name for name in PHOTOPRODUCED if name in theory.invisible_parents())
