"""Inelastic dark matter through a scalar mediator."""

from typing import ClassVar

import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Float

from jaxdump.checks import is_traced
from jaxdump.constants import LEPTON_MASS
from jaxdump.fields import Number, check_choices, choice, require
from jaxdump.numerics.quadrature import legendre
from jaxdump.theories import amplitudes
from jaxdump.theories.base import Widths, coupling, parameter
from jaxdump.theories.capabilities import DecaysAtOnce, Emission, MadeByAnnihilation, PromptDecay, RadiatedByLeptons
from jaxdump.theories.loops import DecaysByLoops, photon_width, scalar_loop
from jaxdump.theories.mediator import CHOSEN, COUPLES, coupling_ratio
from jaxdump.theories.pairs import scalar_to_pair, scalar_to_two
from jaxdump.typing import Scalar

NODES = 24
"""Nodes of three-body widths, good to 1e-10."""


class InelasticScalar(RadiatedByLeptons, MadeByAnnihilation, DecaysByLoops, DecaysAtOnce):
    """Scalar to Majorana chi_1 and chi_2, which decays to chi_1 l l; L = lambda phi chibar_1 chi_2 + g phi lbar l.

    The mediator of mass m decays at once, to chi_1 chi_2 unless alpha_D = lambda^2 / (4 pi) is small; m_1 = m / mass_ratio and
    m_2 = (1 + splitting) m_1. If m_2 - m_1 is below 2 m_e, chi_2 is stable here. Reference: arXiv:2505.04290.

    >>> theory = InelasticScalar(mass=0.3, g=1e-3)
    >>> f"{theory.widths()['chi1', 'chi2']:.3e} {theory.widths('chi2')['chi1', 'electron', 'electron']:.3e}"
    '5.460e-03 1.631e-22'
    """

    name: ClassVar = "inelastic-scalar"
    references: ClassVar = ("arXiv:2505.04290", "arXiv:hep-ph/0503172")
    particles: ClassVar = ("phi", "chi2", "chi1")
    spin: ClassVar = 0

    mass: Scalar = parameter(r"$m_\phi$", "GeV")
    """Mass of the mediator [GeV]."""
    g: Scalar = coupling(r"$g$")
    """Yukawa coupling to the lepton that `couples` names, or to all three charged ones."""
    splitting: Scalar = parameter(r"$\Delta m/m_1$", default=Number(0.1, "A", CHOSEN), kw_only=True)
    """Difference of the masses over that of the lighter fermion."""
    alpha_D: Scalar = parameter(r"$\alpha_D$", search=(1e-12, 10.0), default=Number(0.1, "A", CHOSEN), kw_only=True)
    """Dark fine-structure constant."""
    mass_ratio: Scalar = parameter(r"$m/m_1$", search=(2.0, 1e3), default=Number(3.0, "A", CHOSEN), kw_only=True)
    """Mass of the mediator over that of the lighter fermion, above 2 + splitting."""
    couples: str = choice("mass-muon", *(word for word in COUPLES if word != "mass-muon"), kw_only=True)
    """Charged leptons in proportion to the mass, all alike, or one of them."""
    loop_photons: Scalar = parameter(r"loop of $\gamma\gamma$", default=1.0, kw_only=True)
    """Factor on the width to two photons; 0 leaves this decay out."""

    def __check_init__(self):
        require(self.name, "splitting", self.splitting, 0)
        require(self.name, "alpha_D", self.alpha_D, 0)
        check_choices(self.name, self)
        require(self.name, "mass_ratio", self.mass_ratio, 2, open_below=True)
        numbers = (self.mass_ratio, self.splitting)
        if not any(map(is_traced, numbers)) and np.any(np.asarray(numbers[0]) <= 2 + np.asarray(numbers[1])):
            told = f"{np.min(numbers[0]):g} for a splitting of {np.max(numbers[1]):g}"
            raise ValueError(f"{self.name}: mass_ratio must be above 2 + splitting, not {told}: the mediator would not decay")

    @property
    def m1(self) -> Scalar:
        """Mass of chi_1 [GeV]."""
        return self.mass / self.mass_ratio

    @property
    def m2(self) -> Scalar:
        """Mass of chi_2 [GeV]."""
        return self.m1 * (1 + self.splitting)

    def coupling_to(self, lepton: str) -> Scalar:
        """Coupling to a charged `lepton`."""
        return self.g * coupling_ratio(self.couples, lepton)

    def of_leptons(self) -> tuple[list[str], Float[Array, " leptons"], Float[Array, " leptons"]]:
        """Names and masses [GeV] of the charged leptons that the mediator couples to, and the couplings."""
        names = [name for name in LEPTON_MASS if coupling_ratio(self.couples, name)]
        ratios, masses = np.array([[coupling_ratio(self.couples, name), LEPTON_MASS[name]] for name in names]).T
        g = jnp.asarray(self.g, jnp.result_type(self.mass, self.g))
        return names, jnp.asarray(masses, g.dtype), g * jnp.asarray(ratios, g.dtype)

    def emissions(self, lepton: str) -> tuple[Emission, ...]:
        if not coupling_ratio(self.couples, lepton):
            return ()
        return (Emission(self.coupling_to(lepton), amplitudes.Bremsstrahlung(amplitudes.scalar)),)

    def widths(self, particle: str = "") -> Widths:
        """Partial widths [GeV] of the mediator, or of chi_2: to chi_1 and charged leptons alone."""
        if particle == "chi2":
            names, masses, couplings = self.of_leptons()
            squared = 4 * jnp.pi * self.alpha_D * couplings**2
            of = lambda *each: three_body_width(self.m1, self.m1 * self.splitting, self.mass, *each)
            return {
                ("chi1", name, name): width
                for name, width in zip(names, jnp.asarray(jax.vmap(of)(squared, masses)), strict=True)
            }
        return {} if particle == "chi1" else self.off_shell(self.mass)

    def off_shell(self, mass: Scalar) -> Widths:
        names, masses, couplings = self.of_leptons()
        every = jnp.asarray(scalar_to_pair(mass, couplings**2, masses))
        pairs = {(name, name): width for name, width in zip(names, every, strict=True)}
        dark = scalar_to_two(mass, self.m1, self.m1 * self.splitting, 4 * jnp.pi * self.alpha_D)
        photons = self.loop_photons * photon_width(scalar_loop, mass, dict(zip(names, couplings, strict=True)))
        return {("chi1", "chi2"): dark, **pairs, ("photon", "photon"): photons}

    def prompt_decay(self) -> PromptDecay:
        return PromptDecay(("chi1", "chi2"), "chi2", self.m2, self.m1)


def three_body_width(m1: Scalar, delta: Scalar, mediator: Scalar, couplings_squared: Scalar, lepton: Scalar) -> Scalar:
    """Width [GeV] of chi_2 of mass m1 + delta to chi_1 of mass m1 and two leptons, by a scalar of mass `mediator`.

    With m2 = m1 + delta, `couplings_squared` = lambda^2 g^2 and b = sqrt(1 - 4 m_l^2 / q^2) it is the integral over dq^2 from
    4 m_l^2 to delta^2 of lambda^2 g^2 k b [(m1 + m2)^2 - q^2] (q^2 - 4 m_l^2) / [128 pi^3 m2^3 (q^2 - m^2)^2], where
    k^2 = (delta^2 - q^2) [(m1 + m2)^2 - q^2]; lambda^2 g^2 delta^5 / (60 pi^3 m^4) for small delta and no m_l. Zero below
    2 m_l. With q^2 = 4 m_l^2 + (delta^2 - 4 m_l^2) sin(t)^2 nothing is singular at either end. Reference: arXiv:2505.04290;
    derived anew.
    """
    whole = (delta - 2 * lepton) / mediator * ((delta + 2 * lepton) / mediator)  # masses in units of that of the mediator
    open_ = whole > 0
    whole = jnp.where(open_, whole, 1.0)
    nodes, weights = (jnp.asarray(each * np.pi / 2, jnp.result_type(whole)) for each in legendre(NODES))
    sine, cosine = jnp.sin(nodes), jnp.cos(nodes)
    least = jnp.where(open_, 2 * lepton / mediator, 0.0) ** 2
    q_squared = least + whole * sine**2
    total = (2 * m1 + delta) / mediator
    above = jnp.where(open_, total, 2.0) ** 2 - q_squared
    propagator = 1 - jnp.where(open_, q_squared, 0.0)
    spectral = sine**4 * cosine**2 * above**1.5 / (jnp.sqrt(q_squared / whole) * propagator**2)
    heavy = (m1 + delta) / mediator
    width = couplings_squared * mediator / (64 * jnp.pi**3 * heavy**3) * whole**2.5 * jnp.sum(weights * spectral)
    return jnp.where(open_, width, 0.0)
