"""Dark particles from the decays of mesons that cosmic rays make in the atmosphere, one at a time."""

from collections.abc import Sequence

import equinox as eqx
import jax
import jax.numpy as jnp
from jaxtyping import Array, Float

from jaxdump.fields import check_choices, choice, require
from jaxdump.flux import Flux, log_squared, safe_log
from jaxdump.matter.mesons import MESONS, POINT_LIKE, PSEUDOSCALARS
from jaxdump.numerics.elementary import arccosh
from jaxdump.numerics.quadrature import gauss_legendre
from jaxdump.sources.hadrons_in_air import HadronsInAir
from jaxdump.sources.in_flight import HIGHEST_DAUGHTER, ParentFlux, meson_fluxes
from jaxdump.stage import AbstractProduction
from jaxdump.theories.base import AbstractTheory
from jaxdump.theories.capabilities import MadeByMesons
from jaxdump.theories.decays import RestSpectrum, rapidity_of
from jaxdump.typing import Scalar

KNOTS = (10.0, 1e3)
"""Energies [GeV] at which further panels of nodes end."""
PANELS = 8
"""Largest number of nodes of a decay at whose rapidities panels end: those of a decay to two particles, not of a continuum."""


class MesonDecays(AbstractProduction):
    """Decays of mesons in air; an isotropic flux per m2, s and sr of a theory that is `MadeByMesons`.

    Mixing of vector mesons with the particle and the radiation of protons are left out.
    """

    name: str = eqx.field(static=True)
    hadrons: HadronsInAir
    least_energy: Scalar = 0.0
    """Least energy of the particles that count [GeV]."""
    n: int = eqx.field(static=True, default=24)
    """Number of nodes in energy between two kinks of the spectrum."""
    transition: str = choice("pole", "point")
    """Transition form factor of pi0, eta and eta': as measured, or none."""

    def __check_init__(self):
        check_choices("meson decays", self)
        require("meson decays", "least_energy", self.least_energy, 0, HIGHEST_DAUGHTER / 2, open_above=True)
        require("meson decays", "n", self.n, 1)

    def decays(self, theory: MadeByMesons) -> dict[str, RestSpectrum]:
        """The decays of each meson that makes the particle, for couplings of one."""
        like = MESONS
        if self.transition == "point":
            like = MESONS | {name: MESONS[name]._replace(pole=POINT_LIKE) for name in PSEUDOSCALARS}
        every = {name: theory.rest_spectra(name, meson) for name, meson in like.items()}
        return {name: decay for name, decay in every.items() if decay is not None}

    def makes(self, theory: AbstractTheory) -> bool:
        """Whether some meson decays to the particle."""
        return isinstance(theory, MadeByMesons) and bool(self.decays(theory))

    def __call__(self, theory: MadeByMesons) -> Flux:
        mass = jnp.asarray(theory.mass)
        rapidity, weight = self.nodes(theory)
        log_width = safe_log(weight * mass * jnp.sinh(rapidity))
        return Flux(
            energy=mass * jnp.cosh(rapidity),
            mass=jnp.broadcast_to(mass, rapidity.shape),
            log_weight=safe_log(sum(self.by_parent(theory, rapidity).values())) + log_width,
            log_scale=self.log_scale(theory),
            log_width=log_width,
            particle=theory.particles[0],
            per="m2 s sr",
        )

    def log_scale(self, theory: MadeByMesons) -> Scalar:
        """Twice the logarithm of the coupling to mesons."""
        return log_squared(theory.meson_coupling(), theory.mass)

    def nodes(self, theory: MadeByMesons) -> tuple[Float[Array, " e"], Float[Array, " e"]]:
        """Nodes in rapidity and their weights, in panels between the rapidities of daughters of mesons at rest."""
        mass = jnp.asarray(theory.mass)
        lines = [decay.rapidity for decay in self.decays(theory).values() if decay.rapidity.size <= PANELS]
        inner = jnp.concatenate([rapidity_of(jnp.asarray(KNOTS, mass.dtype), mass), *lines])
        first = rapidity_of(jnp.asarray(self.least_energy, mass.dtype), mass)
        last = arccosh(jnp.maximum(HIGHEST_DAUGHTER / mass, 2.0))
        edges = jnp.concatenate([first[None], jnp.sort(jnp.clip(inner, first, last)), last[None]])
        rapidity, weight = gauss_legendre(self.n, edges[:-1], edges[1:])
        return rapidity.ravel(), weight.ravel()

    def by_parent(self, theory: MadeByMesons, rapidity: Float[Array, " e"]) -> dict[str, Float[Array, " e"]]:
        """Fluxes [1/(m2 s sr GeV)] for couplings of one at energies m cosh(`rapidity`), by the meson that made them."""
        decays, mass = self.decays(theory), jnp.asarray(theory.mass)
        alike: dict[int, list[str]] = {}
        for name, decay in decays.items():
            alike.setdefault(decay.rapidity.size, []).append(name)
        made = [self.daughters(names, [decays[name] for name in names], mass, rapidity) for names in alike.values()]
        spectra = {name: spectrum for some in made for name, spectrum in some.items()}
        return {name: spectra[name] for name in decays}

    def daughters(
        self, names: Sequence[str], decays: Sequence[RestSpectrum], mass: Scalar, rapidity: Float[Array, " e"]
    ) -> dict[str, Float[Array, " e"]]:
        """Fluxes from mesons whose decays have as many nodes, all in one program."""
        stacked = jax.tree.map(lambda *numbers: jnp.stack(numbers), *decays)
        each = jax.vmap(ParentFlux.daughters, (0, 0, None, None))
        return dict(zip(names, each(meson_fluxes(self.hadrons, names, mass), stacked, mass, rapidity), strict=True))
