"""The atmosphere as a beam dump: dark photons and axions, one at a time, from the decays of mesons in it."""

import equinox as eqx
import jax
import jax.numpy as jnp
from jaxtyping import Array, Float

from jaxdump.fields import check_choices, choice, require
from jaxdump.flux import Flux, log_squared, safe_log
from jaxdump.matter.materials import AIR
from jaxdump.matter.mesons import MESONS, OMEGA_POLE, OMEGA_TO_PION_PHOTON, POINT_LIKE, PSEUDOSCALARS, Meson
from jaxdump.numerics.elementary import arccosh
from jaxdump.numerics.quadrature import gauss_legendre
from jaxdump.production.hadrons.in_flight import HIGHEST_DAUGHTER, ParentFlux, meson_fluxes
from jaxdump.production.hadrons.meson_decays import SLOWEST, RestSpectrum, rapidity_of, transition_squared
from jaxdump.production.leptons.primakoff import primakoff_cross_section
from jaxdump.sources.hadrons_in_air import HadronsInAir
from jaxdump.stage import AbstractProduction
from jaxdump.theories.alp import AlpPhoton
from jaxdump.theories.base import AbstractTheory
from jaxdump.theories.vector import DarkPhoton
from jaxdump.typing import Scalar, Values

KNOTS = (10.0, 1e3)
"""Energies [GeV] at which further panels of nodes end."""
LIGHT_SOURCES = ("pi0", "eta")
"""Mesons whose photons turn into axions."""
PHOTONS_LOST = 7 / 9
"""Share of photons that make a pair per radiation length, at high energy. PDG 2022, Sec. 34.4.4."""


class AtmosphericParticles(AbstractProduction):
    """Dark photons or axions from decays of mesons; an isotropic flux per m2, s and sr.

    dark-photon: pi0, eta and eta' decay to gamma A', omega decays to pi0 A'; mixing with rho, omega and phi and the radiation
    of protons are left out. alp-photon: photons of pi0 and eta turn into axions in the air before they make a pair; photons of
    the shower that follows are left out, so that there are more axions than this. The flux is empty for another theory.
    """

    name: str = eqx.field(static=True)
    hadrons: HadronsInAir
    least_energy: Scalar = 0.0
    """Least energy of the particles that count [GeV]."""
    n: int = eqx.field(static=True, default=24)
    """Number of nodes in energy between two kinks of the spectrum."""
    transition: str = choice("pole", "point")
    """Transition form factor of pi0, eta and eta' that make dark photons: as measured, or none."""

    def __check_init__(self):
        check_choices("atmosphere", self)
        require("atmosphere", "least_energy", self.least_energy, 0, HIGHEST_DAUGHTER / 2, open_above=True)
        require("atmosphere", "n", self.n, 1)

    def __call__(self, theory: AbstractTheory) -> Flux:
        if not isinstance(theory, DarkPhoton | AlpPhoton):
            return Flux.nothing(HIGHEST_DAUGHTER, theory.mass, spectrum=True)
        mass = jnp.asarray(theory.mass)
        rapidity, weight = self.nodes(theory)
        log_width = safe_log(weight * mass * jnp.sinh(rapidity))
        return Flux(
            energy=mass * jnp.cosh(rapidity),
            mass=jnp.broadcast_to(mass, rapidity.shape),
            log_weight=safe_log(sum(self.by_parent(theory, rapidity).values())) + log_width,
            log_scale=self.log_scale(theory),
            log_width=log_width,
        )

    def log_scale(self, theory: AbstractTheory) -> Scalar:
        """Twice the logarithm of the coupling."""
        return log_squared(theory.coupling, theory.mass)

    def nodes(self, theory: AbstractTheory) -> tuple[Float[Array, " e"], Float[Array, " e"]]:
        """Nodes in rapidity and their weights, in panels between the rapidities of daughters of mesons at rest."""
        mass = jnp.asarray(theory.mass)
        energies = [*KNOTS, *(MESONS[name].mass / 2 for name in LIGHT_SOURCES if isinstance(theory, AlpPhoton))]
        inner = rapidity_of(jnp.asarray(energies, mass.dtype), mass)
        if isinstance(theory, DarkPhoton):
            inner = jnp.concatenate([inner, *(decay.rapidity for decay in dark_photon_decays(mass, self.transition).values())])
        first = rapidity_of(jnp.asarray(self.least_energy, mass.dtype), mass)
        last = arccosh(jnp.maximum(HIGHEST_DAUGHTER / mass, 2.0))
        edges = jnp.concatenate([first[None], jnp.sort(jnp.clip(inner, first, last)), last[None]])
        rapidity, weight = gauss_legendre(self.n, edges[:-1], edges[1:])
        return rapidity.ravel(), weight.ravel()

    def by_parent(self, theory: AbstractTheory, rapidity: Float[Array, " e"]) -> dict[str, Float[Array, " e"]]:
        """Fluxes [1/(m2 s sr GeV)] for a coupling of one at energies m cosh(`rapidity`), by the meson that made them."""
        mass = jnp.asarray(theory.mass)
        if isinstance(theory, AlpPhoton):
            names, energy = LIGHT_SOURCES, mass * jnp.cosh(rapidity)
            to_photons = jnp.asarray([MESONS[name].to_photons for name in names], mass.dtype)
            photons = jax.vmap(decay_photons, (0, 0, None))(meson_fluxes(self.hadrons, names, mass), to_photons, energy)
            spectra = axions_per_photon(mass, energy)[None] * photons
        else:
            names, decays = zip(*dark_photon_decays(mass, self.transition).items(), strict=True)
            stacked = jax.tree.map(lambda *numbers: jnp.stack(numbers), *decays)
            spectra = jax.vmap(ParentFlux.daughters, (0, 0, None, None))(
                meson_fluxes(self.hadrons, names, mass), stacked, mass, rapidity
            )
        return dict(zip(names, spectra, strict=True))


def dark_photon_decays(mass: Scalar, transition: str = "pole") -> dict[str, RestSpectrum]:
    """Decays of each meson that make a dark photon of `mass` [GeV] and eps = 1, by the form factor of the name `transition`."""
    like = {name: MESONS[name] for name in PSEUDOSCALARS}
    if transition == "point":
        like = {name: meson._replace(pole=POINT_LIKE) for name, meson in like.items()}
    return {**{name: to_photon(meson, mass) for name, meson in like.items()}, "omega": to_pion(mass)}


def to_photon(meson: Meson, mass: Scalar) -> RestSpectrum:
    """Decay P -> gamma A': 2 eps^2 (1 - m^2 / M^2)^3 BR(2 gamma) |F(m^2)|^2 at y* = ln(M / m), zero above M.

    Reference: arXiv:0906.5614, with the form factor of `transition_squared`: that of a Dalitz decay on the mass shell.
    """
    share = jnp.maximum(1 - (mass / meson.mass) ** 2, 0.0)
    rapidity = jnp.maximum(jnp.log(meson.mass / mass), SLOWEST)
    number = 2 * meson.to_photons * share**3 * transition_squared(meson, mass)
    return RestSpectrum(rapidity[None], number[None])


def to_pion(mass: Scalar) -> RestSpectrum:
    """Decay omega -> pi0 A': eps^2 BR(pi0 gamma) (p_A' / p_gamma)^3 / (1 - m^2 / L^2)^2, zero above M - m_pi.

    (p_A' / p_gamma)^2 = (1 + m^2 / d)^2 - 4 M^2 m^2 / d^2 = (1 - m^2 / (M - m_pi)^2) (1 - m^2 / (M + m_pi)^2) with
    d = M^2 - m_pi^2. From the Dalitz decay of Landsberg, Phys. Rep. 128, 301 (1985), on the mass shell.
    """
    omega, pion = MESONS["omega"].mass, MESONS["pi0"].mass
    open_ = mass < omega - pion
    light = jnp.where(open_, mass, pion)
    squared = (1 - (light / (omega - pion)) ** 2) * (1 - (light / (omega + pion)) ** 2)
    momentum = jnp.sqrt(squared)
    number = jnp.where(open_, OMEGA_TO_PION_PHOTON * squared * momentum / (1 - (light / OMEGA_POLE) ** 2) ** 2, 0.0)
    energy = (omega**2 - pion**2 + light**2) / (2 * omega)
    return RestSpectrum(rapidity_of(energy, light)[None], number[None])


def decay_photons(mesons: ParentFlux, branching: Scalar, energy: Values) -> Values:
    """Flux [1/(m2 s sr GeV)] at `energy` [GeV] of photons from decays to two photons of branching ratio `branching`.

    It is 2 BR H(|ln(2 E / M)|), as the mesons that make them have at least E + M^2 / (4 E) = M cosh(ln(2 E / M)). Derived here.
    """
    return 2 * branching * jnp.exp(mesons.beyond(jnp.abs(jnp.log(2 * energy / mesons.mass))))


def axions_per_photon(mass: Scalar, energy: Values) -> Values:
    """Number of axions of `mass` [GeV] per photon of `energy` [GeV] in air, for g = 1 GeV^-1.

    It is the Primakoff cross-section over that for a pair, 7/9 A / (N_A X0). Below 0.1 GeV fewer photons are lost, so that
    there are more axions.
    """
    per_radiation_length = AIR.nuclei_per_pb() * AIR.radiation_length
    return primakoff_cross_section(mass, energy, AIR) * per_radiation_length / PHOTONS_LOST
