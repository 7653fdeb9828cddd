"""Dark particles radiated by a lepton in the field of a nucleus: exact, or in the Weizsaecker-Williams (WW) approximations.

dsigma/dx = alpha e^2 / (16 pi^2) sqrt(x^2 - m_X^2/E^2) Integral dy chi (1 - x) A / (e^2 U^2), y = E^2 theta^2.
Reference: arXiv:2501.06294, Eq. (3), with dcos(theta) = dy / (2 E^2). The exact integral over y is that of `exact`.
"""

import dataclasses
import functools
import itertools
from collections.abc import Sequence
from typing import Any

import equinox as eqx
import jax
import jax.numpy as jnp
from jaxtyping import Array, Float

from jaxdump.constants import E_SQUARED, FINE_STRUCTURE
from jaxdump.fields import Number, require
from jaxdump.flux import Flux, log_squared, safe_log
from jaxdump.matter.form_factors import photon_flux
from jaxdump.matter.materials import Material
from jaxdump.matter.particles import PARTICLES
from jaxdump.numerics.elementary import arccosh
from jaxdump.numerics.quadrature import gauss_legendre
from jaxdump.production.leptons.exact import angular_exact
from jaxdump.production.leptons.exact_over_ww import check_setup, log_ratio
from jaxdump.sources.base import AbstractSource
from jaxdump.sources.beam import Beam
from jaxdump.stage import AbstractProduction
from jaxdump.theories.amplitudes import wider
from jaxdump.theories.base import AbstractTheory
from jaxdump.theories.capabilities import Emission, RadiatedByLeptons
from jaxdump.theories.radiation import Radiation
from jaxdump.typing import Scalar, Values
from jaxdump.units import PB_PER_INVERSE_GEV2

THETA_MAX = Number(0.1, "P", "arXiv:2501.06294, Sec. III; a larger angle changes nothing")
"""Largest angle of the particle [rad]."""
PREFACTOR = FINE_STRUCTURE * E_SQUARED / (16 * jnp.pi**2) * PB_PER_INVERSE_GEV2


def angular_ww(emission: Emission, point: Radiation, energy: Scalar, material: Material, theta_max: Scalar, n: int) -> Values:
    """The angular integral with the photon flux at the t_min of each angle, by `n` nodes in ln(1 + y / scale).

    `n` = 0 takes the number of nodes that the matrix element needs.
    """
    element = emission.element
    scale = element.scale(point)
    top = jnp.log1p(point.y_max(theta_max, energy) / scale)
    v, weight = gauss_legendre(n or element.angular_nodes, jnp.zeros_like(top), top)
    wide = wider(point)
    above = scale[..., None] * jnp.exp(v)
    y = above - scale[..., None]
    flux = photon_flux(wide.t_min(y, energy), wide.t_max(), material)
    return jnp.sum(weight * above * flux * element(wide, y), axis=-1)


def angular_iww(emission: Emission, point: Radiation, energy: Scalar, material: Material, theta_max: Scalar, n: int) -> Values:
    """The angular integral with the photon flux at t_min = m_X^4 / (4 E^2), in closed form (`n` is not used).

    Poor for a beam much heavier than the particle: 1.6 to 5 times the exact cross-section for 160 GeV muons.
    """
    t_min = (point.mass**2 / (2 * energy)) ** 2
    y_max = jnp.full_like(point.x, 1.0) * (energy * theta_max) ** 2
    return photon_flux(t_min, point.t_max(), material) * emission.element.integral(point, y_max)


METHODS = {"ww": angular_ww, "iww": angular_iww, "exact": angular_exact}
"""Functions of the angular integral, by name of the method."""
CORRECTED = "ww-corrected"
"""Name of the method that is WW times the tabulated ratio of the exact cross-section above x_min to that of WW."""


def check_method(method: str, *more: str) -> None:
    """Raise `ValueError` unless `method` is known, or one of `more`."""
    known = (*METHODS, *more)
    if method not in known:
        raise ValueError(f"no method {method!r}: choose one of {', '.join(known)}")


def differential(
    emission: Emission,
    lepton_mass: Scalar,
    mass: Scalar,
    x: Values,
    one_minus_x: Values,
    energy: Scalar,
    material: Material,
    method: str,
    theta_max: Scalar,
    n: int,
) -> Values:
    """dsigma/dx [pb] of leptons of `energy` [GeV] for one invariant `mass` [GeV] and unit coupling; zero where closed."""
    x0 = mass / energy
    open_ = (x > x0) & (one_minus_x * energy >= lepton_mass)
    momentum = jnp.sqrt(jnp.where(open_, (x - x0) * (x + x0), 1.0))
    light = jnp.where(mass + lepton_mass < energy, mass, 0.1 * energy)  # a heavier one has no kinematics
    point = Radiation(jnp.where(open_, x, 0.5), jnp.where(open_, one_minus_x, 0.5), light, lepton_mass)
    angular = METHODS[method](emission, point, energy, material, theta_max, n)
    return jnp.where(open_, PREFACTOR * momentum * angular, 0.0)


def dsigma_dx(
    theory: RadiatedByLeptons,
    x: Values | float,
    energy: Scalar,
    lepton: str,
    material: Material,
    method: str = "ww",
    n_angle: int = 32,
    n_mass: int = 64,
) -> Values:
    """Differential cross-section dsigma/dx [pb] per nucleus, x being the share of the beam energy; same shape as `x`.

    `energy` [GeV] and `lepton` are those of the beam. Zero outside m/E < x < 1 - m_l/E. A pair through an off-shell mediator is
    integrated over its invariant mass. Raises `ValueError` for an unknown method, for concrete x outside (0, 1) and for a
    theory that the lepton does not radiate. Reference: arXiv:2501.06294, Eqs. (3) and (11).

    >>> from jaxdump.matter.materials import LEAD
    >>> from jaxdump.theories import LmuLtau
    >>> sigma = jax.jit(lambda x: dsigma_dx(LmuLtau(mass=0.1, g=1e-3), x, 160.0, "muon", LEAD))
    >>> f"{sigma(0.5):.4g} pb"
    '1.387e+04 pb'
    """
    check_method(method)
    require("dsigma/dx", "x", x, 0, 1, open_below=True, open_above=True)
    x, lepton = jnp.asarray(x, dtype=jnp.result_type(theory.mass)), Beam(lepton, energy).kind
    log_scale, terms = radiation(theory, lepton)

    def at(x):
        masses, log_weights = theory.invariant_masses(x * energy, n_mass)
        each = jax.vmap(lambda mass: unit_sigma(terms, lepton, mass, x, 1 - x, energy, material, method, THETA_MAX, n_angle))
        return jnp.sum(each(masses) * jnp.exp(log_weights))

    unit = jax.vmap(at)(x.ravel()).reshape(x.shape)
    return jnp.exp(log_scale) * unit


Terms = Sequence[tuple[Scalar, Emission]]
"""Squared amplitudes, or interferences, and what multiplies each."""


def radiation(theory: RadiatedByLeptons, lepton: str, fusion: bool = True) -> tuple[Scalar, Terms]:
    """Log of the square of the largest coupling by which a `lepton` radiates the particle, and the terms over that square.

    Without `fusion` the lepton itself radiates alone. A single way to radiate is one term times one, whatever the coupling is.
    Raises `ValueError` for a theory that leptons do not radiate, and for two ways whose interference is not known.
    """
    ways = [way for way in theory.emissions(lepton) if fusion or way.element.of_lepton]
    if not ways:
        raise ValueError(f"{theory.name} is not radiated by a {lepton}")
    if len(ways) == 1:
        return log_squared(ways[0].coupling, theory.mass), ((1.0, ways[0]),)
    couplings = jnp.stack([jnp.asarray(way.coupling, jnp.result_type(theory.mass)) for way in ways])
    largest = jnp.max(jnp.abs(couplings))
    share = couplings / jnp.where(largest > 0, largest, 1.0)
    terms = [(share[i] ** 2, way) for i, way in enumerate(ways)]
    for i, j in itertools.combinations(range(len(ways)), 2):
        between = ways[i].element.interference(ways[j].element) or ways[j].element.interference(ways[i].element)
        if between is None:
            names = " and ".join(way.element.name for way in (ways[i], ways[j]))
            raise ValueError(f"{theory.name}: the interference of {names} is not known")
        terms.append((share[i] * share[j], Emission(1.0, between)))
    return log_squared(largest, theory.mass), tuple(terms)


def unit_sigma(terms: Terms, lepton: str, *where: Any) -> Values:
    """The sum of `terms` of `differential` [pb] for a `lepton`."""
    each = [factor * differential(emission, PARTICLES[lepton].mass, *where) for factor, emission in terms]
    return functools.reduce(jnp.add, each)


class LeptonBremsstrahlung(AbstractProduction):
    """Radiation from leptons that cross a material; the weights count particles per unit of the source.

    It makes a theory that is `RadiatedByLeptons`. Raises `ValueError` for an unknown method, and for ratios of another set-up.

    >>> from jaxdump.matter.materials import LEAD
    >>> from jaxdump.sources.beam import Beam, Target, Tracks
    >>> from jaxdump.theories import LmuLtau
    >>> muons = Tracks(Beam("muon", 160.0), Target(LEAD, length=0.2))
    >>> production = LeptonBremsstrahlung("radiation", muons, x_min=0.5)
    >>> f"{jax.jit(production.sigma)(LmuLtau(mass=0.1, g=1e-3)):.4g} pb"
    '6418 pb'
    """

    name: str = eqx.field(static=True)
    source: AbstractSource
    """The leptons: of a beam and its shower, or of a list."""
    x_min: Scalar
    """Least energy of the particle over the largest energy of the source, an exact limit of integration."""
    theta_max: Scalar = THETA_MAX
    """Largest angle of the flux [rad]: smaller than the default for a distant detector. Cross-sections take the default."""
    method: str = eqx.field(static=True, default="ww")
    """Method of the angular integral: ww, iww, exact, or ww-corrected."""
    ratios: str = eqx.field(static=True, default="")
    """Name of the set-up whose ratios of whole cross-sections `ww-corrected` takes, also for leptons below the beam energy.

    Slopes of the ratios in energy and cut are left out. Numbers that differ from those of the set-up raise `ValueError`.
    """
    n_x: int = eqx.field(static=True, default=16)
    """Number of nodes in energy: 12 give a cross-section to 1e-6, 16 also the events far in the tail of a short lifetime.

    Electrons need 24, because their spectra have a narrow peak at x = 1.
    """
    n_angle: int = eqx.field(static=True, default=0)
    """Number of nodes in angle; 0 takes the number that the matrix element needs."""
    n_mass: int = eqx.field(static=True, default=40)
    """Nodes in the mass of a pair."""
    fusion: bool = eqx.field(static=True, default=True)
    """Whether photons of the lepton that fuse with those of a nucleus count, besides what the lepton itself radiates."""
    n_source: int = eqx.field(static=True, default=12)
    """Number of energies at which the electrons of a shower are taken."""
    x_max: Scalar = 1.0
    """Largest energy of the particle over the largest energy of the source: below 1 where the lepton must be seen."""

    def __check_init__(self):
        check_method(self.method, CORRECTED)
        require("production", "x_min", self.x_min, 0, 1, open_above=True)
        require("production", "x_max", self.x_max, 0, 1, open_below=True)
        require("production", "theta_max", self.theta_max, 0, open_below=True)
        if self.source.particle not in ("electron", "positron", "muon"):
            raise ValueError(f"{self.name}: {self.source.particle}s radiate nothing: take a source of electrons or muons")
        if self.method == CORRECTED:
            check_setup(self.ratios, self.source, self.x_min, self.theta_max)

    @property
    def smooth_to(self) -> Scalar:
        """No mass for the WW approximations, which cut momentum transfers off at a place that nodes cross."""
        return self.source.highest if self.method == "exact" else 0.0

    @property
    def lepton(self) -> str:
        """Name of the lepton that radiates, "electron" or "muon"."""
        return "electron" if self.source.particle == "positron" else self.source.particle

    @property
    def lepton_mass(self) -> float:
        """Mass of the lepton [GeV]."""
        return PARTICLES[self.lepton].mass

    def makes(self, theory: AbstractTheory) -> bool:
        """Whether leptons of the source radiate the particle."""
        ways = theory.emissions(self.lepton) if isinstance(theory, RadiatedByLeptons) else ()
        return any(self.fusion or way.element.of_lepton for way in ways)

    def __call__(self, theory: RadiatedByLeptons) -> Flux:
        highest = jnp.asarray(self.source.highest, jnp.result_type(theory.mass))
        leptons = self.source.nodes(self.x_min * highest, self.n_source)
        log_scale, terms = radiation(theory, self.lepton, self.fusion)
        masses, energy, log_sigma = self.cross_sections(theory, terms, leptons.energy)
        log_paths = leptons.log_weight + leptons.log_scale + self.log_nuclei()
        return Flux(
            energy=energy.ravel(),
            mass=jnp.repeat(masses, energy[0].size),
            log_weight=(log_sigma + log_paths[None, :, None]).ravel(),
            log_scale=log_scale,
            particle=theory.particles[0],
            per=leptons.per,
        )

    def cross_sections(
        self, theory: RadiatedByLeptons, terms: Terms, leptons: Float[Array, " e"]
    ) -> tuple[Float[Array, " m"], Float[Array, "m e n_x"], Float[Array, "m e n_x"]]:
        """Invariant masses [GeV]; for each, energies [GeV] and log of cross-section [pb] times weight, of all `leptons`."""
        highest = jnp.asarray(self.source.highest, leptons.dtype)
        masses, log_spectral = theory.invariant_masses(highest - self.lepton_mass, self.n_mass)
        at_mass = lambda mass: jax.vmap(lambda energy: self.nodes(terms, mass, energy))(leptons)
        energy, log_sigma = jax.vmap(at_mass)(masses)
        return masses, energy, log_sigma + (log_spectral + self.log_correction(terms, masses))[:, None, None]

    def nodes(self, terms: Terms, mass: Scalar, energy: Scalar) -> tuple[Float[Array, " n_x"], Float[Array, " n_x"]]:
        """Energies [GeV], and log of cross-section [pb] times weight, for one invariant `mass` and `energy` of the lepton."""
        dtype = jnp.result_type(energy)
        least = self.x_min * jnp.asarray(self.source.highest, dtype)
        x_min = jnp.minimum(least / energy, 1 - float(jnp.finfo(dtype).eps))
        left = 1 - jnp.asarray(self.x_max * self.source.highest, dtype) / energy
        one_minus_x_max = jnp.maximum(self.lepton_mass / energy, left)
        x, one_minus_x, weight = energy_fraction_nodes(self.n_x, mass / energy, x_min, one_minus_x_max)
        method, material = self.method.removesuffix("-corrected"), self.source.material
        sigma = unit_sigma(terms, self.lepton, mass, x, one_minus_x, energy, material, method, self.theta_max, self.n_angle)
        return x * energy, safe_log(sigma * weight)

    def log_correction(self, terms: Terms, masses: Values) -> Values:
        """Logarithm of the factor on the cross-section of the method, for invariant `masses` [GeV]."""
        if self.method != CORRECTED:
            return jnp.zeros_like(masses)
        if len(terms) > 1:
            raise ValueError("ww-corrected knows no ratios for amplitudes that interfere: take the method ww")
        emission = terms[0][1]
        return log_ratio(self.ratios, emission.ratios or emission.element.name, masses)

    def sigma(self, theory: RadiatedByLeptons) -> Scalar:
        """Cross-section [pb] per nucleus above `x_min` at the largest energy of the source, for the coupling of `theory`."""
        wide = dataclasses.replace(self, theta_max=THETA_MAX)
        log_scale, terms = radiation(theory, self.lepton, self.fusion)
        highest = jnp.asarray(self.source.highest, jnp.result_type(theory.mass))
        return jnp.exp(log_scale + jax.nn.logsumexp(wide.cross_sections(theory, terms, highest[None])[2]))

    def spectrum(self, theory: RadiatedByLeptons, x: Values) -> Values:
        """Cross-section dsigma/dx [pb] at the largest energy, see `dsigma_dx`; `ww-corrected` is one factor for all x."""
        method, mass = self.method.removesuffix("-corrected"), jnp.asarray(theory.mass)[None]
        values = dsigma_dx(theory, x, self.source.highest, self.lepton, self.source.material, method)
        return values * jnp.exp(self.log_correction(radiation(theory, self.lepton, self.fusion)[1], mass)[0])

    def log_nuclei(self) -> Scalar:
        """Logarithm of the number of nuclei per pb of area in one metre of the material."""
        return jnp.log(self.source.material.nuclei_per_pb())

    def log_scale(self, theory: RadiatedByLeptons) -> Scalar | None:
        """Twice the logarithm of the coupling to the lepton; None for amplitudes that interfere."""
        log_scale, terms = radiation(theory, self.lepton, self.fusion)
        return log_scale if len(terms) == 1 else None


def energy_fraction_nodes(
    n: int, threshold: Scalar, x_min: Scalar, one_minus_x_max: Scalar
) -> tuple[Float[Array, " n"], Float[Array, " n"], Float[Array, " n"]]:
    """Nodes x, 1 - x and weights of an integral over x from max(x_min, threshold) to 1 - one_minus_x_max.

    The variable is eta = arcosh(r / r0) with the odds r = x / (1 - x) and their threshold r0: the logit of x far above the
    threshold, and below it the one in which momentum ~ sqrt(x - threshold) is linear. All weights are zero if the range is
    empty.
    """
    open_ = threshold + one_minus_x_max < 1
    x0 = jnp.where(open_, threshold, 0.5)
    odds_min = jnp.maximum(x_min / (1 - x_min), x0 / (1 - x0)) * (1 - x0) / x0
    odds_max = jnp.where(open_, (1 - one_minus_x_max) / one_minus_x_max, 1.0) * (1 - x0) / x0
    first, last = arccosh(jnp.stack([odds_min, jnp.maximum(odds_max, odds_min)]))
    eta, weight = gauss_legendre(n, first, last)
    odds = jnp.cosh(eta) * x0 / (1 - x0)
    one_minus_x = 1 / (1 + odds)
    slope = jnp.sinh(eta) * x0 / (1 - x0) * one_minus_x**2
    return odds * one_minus_x, one_minus_x, jnp.where(open_, weight * slope, 0.0)
