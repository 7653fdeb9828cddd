"""The atmosphere as a beam dump: the flux of millicharged fermions that cosmic rays make in it, at the ground."""

from collections.abc import Callable, Sequence

import equinox as eqx
import jax
import jax.numpy as jnp
from jaxtyping import Array, Float

from jaxdump.fields import check_choices, choice, require, selected, selection
from jaxdump.flux import Flux, safe_log
from jaxdump.matter.mesons import MESONS, POINT_LIKE, PSEUDOSCALARS, VECTORS, Meson
from jaxdump.matter.parton_densities import SETS
from jaxdump.numerics.elementary import arccosh
from jaxdump.numerics.quadrature import gauss_legendre
from jaxdump.production.hadrons import drell_yan
from jaxdump.production.hadrons.proton_bremsstrahlung import ProtonBremsstrahlung
from jaxdump.sources.hadrons_in_air import HadronsInAir
from jaxdump.sources.in_flight import HIGHEST_DAUGHTER, ParentFlux, meson_fluxes
from jaxdump.stage import AbstractProduction
from jaxdump.theories.base import AbstractTheory
from jaxdump.theories.capabilities import Charged, charge_of
from jaxdump.theories.decays import RestSpectrum, dalitz_decay, omega_to_pion, vector_decay
from jaxdump.typing import Scalar

PARENTS = (*MESONS, "bremsstrahlung", "drell-yan")


class AtmosphericPairs(AbstractProduction):
    """Pairs of charged fermions from mesons, radiation of protons and Drell-Yan; an isotropic flux per m2, s and sr.

    All parents decay or are made at once, and the atmosphere is thick for all, so that no direction is special. The magnetic
    field of the Earth and interactions of pions are left out. It makes a theory whose particle is `Charged`.
    """

    name: str = eqx.field(static=True)
    hadrons: HadronsInAir
    radiation: ProtonBremsstrahlung
    parents: str = selection(all=PARENTS, mesons=tuple(MESONS))
    """Parents that are counted: all, mesons, or names with commas between them."""
    omega_dalitz: Scalar = 1.0
    """Factor on the decay of the omega to pi0 and a pair."""
    transition: str = choice("pole", "point")
    """Transition form factor of pi0, eta and eta': as measured, or none."""
    parton_densities: str = choice(*SETS)
    """Set of parton densities of the proton, for Drell-Yan."""
    n: int = eqx.field(static=True, default=96)
    """Number of nodes in energy."""

    def __check_init__(self):
        check_choices("atmosphere", self)
        require("atmosphere", "omega_dalitz", self.omega_dalitz, 0)

    def makes(self, theory: AbstractTheory) -> bool:
        """Whether the particle is charged."""
        return isinstance(theory, Charged)

    def __call__(self, theory: Charged) -> Flux:
        mass = jnp.asarray(theory.mass)
        last = arccosh(jnp.maximum(HIGHEST_DAUGHTER / mass, 2.0))
        rapidity, weight = gauss_legendre(self.n, jnp.zeros_like(last), last)
        log_width = jnp.log(weight * mass * jnp.sinh(rapidity))
        return Flux(
            energy=mass * jnp.cosh(rapidity),
            mass=jnp.broadcast_to(mass, rapidity.shape),
            log_weight=safe_log(sum(self.by_parent(mass, rapidity).values())) + log_width,
            log_scale=self.log_scale(theory),
            log_width=log_width,
            particle=theory.particles[0],
            per="m2 s sr",
        )

    def log_scale(self, theory: Charged) -> Scalar:
        """Twice the logarithm of the charge."""
        return 2 * safe_log(charge_of(theory))

    @property
    def smooth_to(self) -> Scalar:
        """All masses, as the nodes move with the mass between `kinks`; none if the radiation of protons has corners."""
        smooth = self.radiation.smooth or "bremsstrahlung" not in selected("parents", self)
        return HIGHEST_DAUGHTER / 2 if smooth else 0.0

    def kinks(self, theory: Charged) -> dict[str, Scalar]:
        """Pairs as heavy as a parent that makes them, and kinks of the radiation of protons and of Drell-Yan.

        These are half of the mass of each meson, and of the omega less that of a pion.
        """
        wanted = selected("parents", self)
        heavy = {name: meson.mass for name, meson in MESONS.items() if name in wanted or "bremsstrahlung" in wanted}
        heavy["omega less pi0"] = MESONS["omega"].mass - MESONS["pi0"].mass
        heavy |= {"least mass of Drell-Yan": drell_yan.LOWEST_MASS} if "drell-yan" in wanted else {}
        numbers = {name: theory.mass - mass / 2 for name, mass in heavy.items()}
        own = self.radiation.kinks if "bremsstrahlung" in wanted else ()
        return numbers | {f"radiation of protons {i}": theory.mass - mass for i, mass in enumerate(own)}

    def by_parent(self, mass: Float[Array, ""], rapidity: Float[Array, " e"]) -> dict[str, Float[Array, " e"]]:
        """Fluxes [1/(m2 s sr GeV)] of fermions of `mass` [GeV], by name of the parent.

        They are those of both charges, for the charge of the electron, at energies `mass` cosh(`rapidity`).
        """
        wanted = selected("parents", self)
        incoming = self.hadrons.incoming(jnp.result_type(mass))
        made = lambda names, decay, parents: from_mesons(names, decay, parents, mass, rapidity)
        light, heavy = ([name for name in wanted if name in kind] for kind in (PSEUDOSCALARS, VECTORS))
        order = [*light, *heavy]
        parents = meson_fluxes(self.hadrons, order, mass, incoming) if order else None
        rows = lambda start, stop: jax.tree.map(lambda leaf: leaf[start:stop], parents)
        spectra = made(light, self.dalitz_decays, rows(0, len(light))) | made(heavy, vector_decay, rows(len(light), len(order)))
        if "omega" in wanted:
            place = order.index("omega")
            to_pion = made(["omega"], lambda meson, mass: omega_to_pion(mass), rows(place, place + 1))
            spectra["omega"] += self.omega_dalitz * to_pion["omega"]
        if "bremsstrahlung" in wanted:
            fluxes = lambda names: meson_fluxes(self.hadrons, names, mass, incoming)
            decays = lambda names: jnp.sum(jnp.stack([*made(names, vector_decay, fluxes(names)).values()]), axis=0)
            spectra["bremsstrahlung"] = self.radiation.daughters(self.hadrons.primaries, mass, rapidity, decays)
        if "drell-yan" in wanted:
            energy = mass * jnp.cosh(rapidity)
            nucleons = self.hadrons.nucleons(energy.dtype, incoming)
            log_made = drell_yan.log_flux(nucleons, self.hadrons.targets, energy, mass, self.parton_densities)
            spectra["drell-yan"] = jnp.exp(log_made)
        return {name: spectra[name] for name in wanted}

    def dalitz_decays(self, meson: Meson, mass: Scalar) -> RestSpectrum:
        """Dalitz decay of a pseudoscalar; decays of the eta' through a rho or an omega are counted as decays of these."""
        return dalitz_decay(meson if self.transition == "pole" else meson._replace(pole=POINT_LIKE), mass, off_pole=True)


def from_mesons(
    names: Sequence[str],
    decay: Callable[[Meson, Scalar], RestSpectrum],
    parents: ParentFlux,
    mass: Scalar,
    rapidity: Float[Array, " e"],
) -> dict[str, Float[Array, " e"]]:
    """Fluxes from one kind of decay of several mesons, whose fluxes are stacked on a first axis, so that it compiles once."""
    if not names:
        return {}
    dtype = jnp.result_type(mass)
    mesons = Meson(*(jnp.asarray(numbers, dtype) for numbers in zip(*map(MESONS.__getitem__, names), strict=True)))
    made = lambda meson, flux: flux.daughters(decay(meson, mass), mass, rapidity)
    return dict(zip(names, jax.vmap(made)(mesons, parents), strict=True))
