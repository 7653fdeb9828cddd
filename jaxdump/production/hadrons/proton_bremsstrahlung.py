"""Virtual photons that protons radiate when they collide, by mass and energy.

A proton of energy E_p makes a photon of mass k and energy z E_p with the splitting function w, times the form factor of the
proton at k^2, and times the cross-section at the remaining energy over that of the proton. All of this is a model: the choices
spread by an order of magnitude, and near the omega the radiation is the decay of mesons that is counted already.
"""

from collections.abc import Callable

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Float

from jaxdump.constants import E_SQUARED, FINE_STRUCTURE, PROTON_MASS
from jaxdump.fields import check_choices, choice, require
from jaxdump.flux import safe_log
from jaxdump.matter.proton_form_factor import FORM_FACTORS
from jaxdump.numerics.elementary import arccosh
from jaxdump.numerics.interpolate import EvenCurve
from jaxdump.numerics.quadrature import gauss_legendre
from jaxdump.sources.cosmic import Primaries
from jaxdump.sources.in_flight import parent_flux
from jaxdump.theories.decays import SLOWEST, RestSpectrum
from jaxdump.theories.pairs import spectrum_of_pairs
from jaxdump.typing import Scalar, Values

GRID = (0.0, 24.0, 241)
"""Grid in ln(E/GeV) of the protons: first value, last value, number of points."""
LARGEST_TRANSFER = 0.25
"""Largest momentum transfer from the target [GeV], if `validity` is cuts."""
MASS_NODES, SHARE_NODES, TRANSVERSE_NODES, SHARE_POINTS, POINTS = 6, 8, 12, 33, 96


LogRate = Callable[[Values, Values], Values]
"""A function of the energy [GeV] and of the remaining share of it."""


class ProtonBremsstrahlung(eqx.Module):
    """Radiation of virtual photons by protons: the choices of the model, and its limits.

    kernel: fww, that of Fermi, Weizsaecker and Williams, arXiv:1311.3870; off-shell, fww times `off_shell`; quasi-real,
    `quasi_real` times `off_shell`, whose last term grows as 1/k^2 for light pairs. form_factor: vmd, vector dominance; unitary,
    arXiv:2409.09123. resonances: off-pole leaves out masses of the photon near rho and omega (and phi, if the form factor has
    it), whose decays are counted as such; full keeps them; capped keeps at most the number from the hadronic yields of these
    mesons, which are counted twice if they are parents. validity: cuts keeps only the range of the approximation, E_k and E_p -
    E_k above 5 m_p and 5 k, p_T < 0.1 E_k and |q^2| < (0.25 GeV)^2.
    """

    kernel: str = choice("off-shell", "fww", "quasi-real")
    """How protons radiate."""
    form_factor: str = choice(*FORM_FACTORS)
    """Of the proton, time-like."""
    resonances: str = choice("off-pole", "full", "capped")
    """What is kept near those of the form factor."""
    validity: str = choice("none", "cuts")
    """Whether only that is kept for which the approximation was made."""
    z_min: Scalar = 0.1
    """Least energy of the photon over that of the proton."""
    z_max: Scalar = 0.9
    """The largest."""
    pt_max: Scalar = 1.0
    """Largest transverse momentum of the photon [GeV]."""
    least_energy: Scalar = 5.0
    """Least energy of the proton [GeV]; slower protons hardly radiate."""
    k_max: Scalar = 2.0
    """Largest mass of the photon [GeV]."""
    cutoff: Scalar = 1.5
    """Cutoff of the form factor of a proton off its shell [GeV]; 1 to 2 are in use."""

    def __check_init__(self):
        check_choices("bremsstrahlung of protons", self)
        require("bremsstrahlung of protons", "z_min", self.z_min, 0, 1, open_below=True, open_above=True)
        require("bremsstrahlung of protons", "z_max", self.z_max, 0, 1, open_below=True, open_above=True)
        require("bremsstrahlung of protons", "z_max - z_min", self.z_max - self.z_min, 0, open_below=True)
        for name in ("pt_max", "cutoff", "least_energy"):
            require("bremsstrahlung of protons", name, getattr(self, name), 0, open_below=True)
        largest = FORM_FACTORS[self.form_factor].largest
        require(f"form factor {self.form_factor}", "k_max", self.k_max, 0, largest, open_below=True)

    def daughters(
        self,
        primaries: Primaries,
        mass: Float[Array, ""],
        rapidity: Float[Array, " e"],
        decays: Callable[[tuple[str, ...]], Float[Array, " e"]],
    ) -> Float[Array, " e"]:
        """Flux [1/(m2 s sr GeV)] of fermions of `mass` [GeV] and charge e, at energies `mass` cosh(`rapidity`).

        `decays` gives the flux of fermions from mesons of given names by the hadronic yields.
        """
        own, number, pole = self.masses(mass)
        protons = collisions(primaries, mass)

        @jax.checkpoint
        def of_mass(node: tuple[Float[Array, ""], Float[Array, ""]]) -> Float[Array, " e"]:
            own, number = node
            k = jnp.minimum(2 * mass * jnp.cosh(own), self.k_max)  # pairs that are heavier have no weight
            photons = parent_flux(k, self.log_photons(k, protons), mass, POINTS)
            return photons.daughters(RestSpectrum(own[None], number[None]), mass, rapidity)

        each = jax.lax.map(of_mass, (own, number), batch_size=MASS_NODES)  # not all at once: fits into caches
        if self.resonances != "capped":
            return jnp.sum(each, axis=0)
        poles = FORM_FACTORS[self.form_factor].poles
        on = [jnp.minimum(jnp.sum(each[pole == i], axis=0), decays(known.mesons)) for i, known in enumerate(poles)]
        return jnp.sum(each[pole < 0], axis=0) + sum(on)

    def log_photons(self, k: Scalar, protons: LogRate) -> Callable[[Values], Values]:
        """Logarithm of the flux of photons of mass `k` [GeV] per ln(k^2), as a function of their energy [GeV]."""
        low, high = jnp.asarray(self.z_min, jnp.result_type(k)), jnp.asarray(self.z_max, jnp.result_type(k))
        step = (high - low) / (SHARE_POINTS - 1)
        squared = FORM_FACTORS[self.form_factor].squared(k**2)
        z = low + step * jnp.arange(SHARE_POINTS, dtype=low.dtype)
        table = EvenCurve(jnp.log(self.radiation(z, k**2, self.pt_max**2)) + jnp.log(squared) - jnp.log(z))

        def log_made(energy: Values, z: Values) -> Values:
            if self.validity == "none":
                return table((z - low) / step)
            return safe_log(self.radiation(z, k**2, self.valid_pt_squared(energy, z, k)) * squared / z)

        def log_density(energy: Values) -> Values:
            most = jnp.clip(energy / self.least_energy, low, high)
            z, weight = gauss_legendre(SHARE_NODES, jnp.full_like(most, low), most)
            rate = protons(energy[:, None] / z, 1 - z) + log_made(energy[:, None], z)
            return safe_log(jnp.sum(weight * jnp.exp(rate), axis=1))

        return log_density

    @property
    def smooth(self) -> bool:
        """Whether the flux is smooth in the mass between `kinks`: without a table with corners, a minimum of two, or cuts."""
        return self.form_factor == "vmd" and self.resonances != "capped" and self.validity == "none"

    @property
    def kinks(self) -> tuple[Scalar, ...]:
        """Masses [GeV] of fermions whose pairs begin at an end of a range near a resonance, or at `k_max`."""
        poles = () if self.resonances == "full" else FORM_FACTORS[self.form_factor].poles
        return tuple(k / 2 for k in (*(end for pole in poles for end in (pole.low, pole.high)), self.k_max))

    def masses(self, mass: Float[Array, ""]) -> tuple[Float[Array, " k"], Float[Array, " k"], np.ndarray]:
        """Masses k of the photon as arccosh(k / 2 m), numbers of fermions, and the index of the pole at k, -1 for none.

        Their number is (e^2 / 3 pi^2) dk / k sqrt(1 - 4 m^2 / k^2) (1 + 2 m^2 / k^2).
        """
        model = FORM_FACTORS[self.form_factor]
        starts = (0.0, *model.knots)
        knots = jnp.asarray([*starts], mass.dtype)
        ends = jnp.append(knots, jnp.asarray(self.k_max, mass.dtype))
        place = arccosh(jnp.clip(ends, 2 * mass, self.k_max) / (2 * mass))
        on = [next((i for i, pole in enumerate(model.poles) if pole.low <= start < pole.high), -1) for start in starts]
        kept = [i for i, pole in enumerate(on) if pole < 0 or self.resonances != "off-pole"]
        first = np.array(kept)
        own, weight = (part.ravel() for part in spectrum_of_pairs(MASS_NODES, place[first], place[first + 1]))
        pairs = weight * E_SQUARED / (3 * jnp.pi**2)
        return jnp.maximum(own, SLOWEST), pairs, np.repeat([on[i] for i in kept], MASS_NODES)

    def radiation(self, z: Values, k_squared: Scalar, pt_squared: Values | Scalar) -> Values:
        """Integral of the splitting function over the transverse momentum squared, up to `pt_squared` [GeV^2]."""
        low = jnp.log(h_of(z, 0.0, k_squared))
        log_h, weight = gauss_legendre(TRANSVERSE_NODES, low, jnp.log(h_of(z, pt_squared, k_squared)))
        h, share = jnp.exp(log_h), z[..., None]
        function = quasi_real if self.kernel == "quasi-real" else splitting
        made = weight * h * function(share, h, k_squared)
        return jnp.sum(made if self.kernel == "fww" else made * off_shell(share, h, self.cutoff), axis=-1)

    def valid_pt_squared(self, energy: Values, z: Values, k: Scalar) -> Values:
        """The largest transverse momentum squared [GeV^2] of a photon of `energy` [GeV] inside the cuts; zero for none.

        |q| = H / (2 E_p z (1 - z)), as in arXiv:1311.3870.
        """
        proton, heavy = energy / z, 5 * jnp.maximum(PROTON_MASS, k)
        soft = 2 * proton * z * (1 - z) * LARGEST_TRANSFER - h_of(z, 0.0, k**2)
        most = jnp.minimum(jnp.minimum(soft, self.pt_max**2), (0.1 * energy) ** 2)
        return jnp.where((energy > heavy) & (proton - energy > heavy), jnp.maximum(most, 0.0), 0.0)


def h_of(z: Values, pt_squared: Scalar, k_squared: Scalar) -> Values:
    """The variable H = p_T^2 + (1 - z) k^2 + z^2 m_p^2 [GeV^2]."""
    return pt_squared + (1 - z) * k_squared + (z * PROTON_MASS) ** 2


def splitting(z: Values, h: Values, k_squared: Scalar) -> Values:
    """Splitting function: number of photons of mass squared `k_squared` [GeV^2] per dz dp_T^2 [GeV^-2].

    w = alpha / (2 pi H) [(1 + (1 - z)^2) / z - 2 z (1 - z) (2 m_p^2 + k^2) p_T^2 / H^2]. The kernel of
    arXiv:1311.3870, simplified here.
    """
    pt_squared = h - h_of(z, 0.0, k_squared)
    soft = (1 + (1 - z) ** 2) / z
    return FINE_STRUCTURE / (2 * jnp.pi * h) * (soft - 2 * z * (1 - z) * (2 * PROTON_MASS**2 + k_squared) * pt_squared / h**2)


def quasi_real(z: Values, h: Values, k_squared: Scalar) -> Values:
    """Splitting function of the quasi-real approximation [GeV^-2].

    alpha / (2 pi H) z [1 - (1 - z) (2 m_p^2 + k^2) / H + H / (2 z^2 k^2)].

    Reference: arXiv:2108.05900, as public codes have it.
    """
    more = h / (2 * z**2 * k_squared) - (1 - z) * (2 * PROTON_MASS**2 + k_squared) / h
    return FINE_STRUCTURE * z / (2 * jnp.pi * h) * (1 + more)


def off_shell(z: Values, h: Values, cutoff: Scalar) -> Values:
    """Squared form factor of a proton off its shell by H / z: 1 / (1 + (H / z)^2 / cutoff^4)^2. arXiv:2108.05900."""
    return 1 / (1 + (h / z) ** 2 / cutoff**4) ** 2


def proton_cross_section(energy: np.ndarray) -> np.ndarray:
    """Cross-section sigma_pp [mb] for a proton of `energy` [GeV] on one at rest.

    0.2704 ln(r)^2 + 34.49 + 12.98 r^-0.451 - 7.38 r^-0.549 with r = s / (2 m_p + 2.2127 GeV)^2. As in BdNMC, arXiv:1609.01770.
    """
    log_r = np.log(2 * PROTON_MASS * (energy + PROTON_MASS) / (2 * PROTON_MASS + 2.2127) ** 2)
    return 0.2704 * log_r**2 + 34.49 + 12.98 * np.exp(-0.451 * log_r) - 7.38 * np.exp(-0.549 * log_r)


def collisions(primaries: Primaries, like: Scalar) -> LogRate:
    """Logarithm of the flux of protons at E times sigma(r E) / sigma(E), a function of E [GeV] and r, from tables."""
    first, last, points = GRID
    energies, step = np.exp(np.linspace(first, last, points)), (last - first) / (points - 1)
    sigma = np.log(proton_cross_section(energies))
    dtype = jnp.result_type(like)
    per_collision = EvenCurve(primaries.log_protons(jnp.asarray(energies, dtype)) - jnp.asarray(sigma, dtype))
    left = EvenCurve(sigma)

    def log_rate(energy: Values, share: Values) -> Values:
        place = lambda energy: (jnp.log(energy) - first) / step
        return per_collision(place(energy)) + left(place(energy * share))

    return log_rate
