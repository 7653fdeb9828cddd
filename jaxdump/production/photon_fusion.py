"""Photons of a shower that turn into axion-like particles in the field of a nucleus: the Primakoff process."""

import equinox as eqx
import jax.numpy as jnp

from jaxdump.checks import require
from jaxdump.constants import FINE_STRUCTURE
from jaxdump.flux import CLOSED, Flux, safe_log
from jaxdump.form_factors import Material, photon_flux
from jaxdump.quadrature import gauss_legendre
from jaxdump.sources.beam import Beam, Target
from jaxdump.stage import AbstractProduction
from jaxdump.theories.alp import AlpPhoton
from jaxdump.theories.base import AbstractTheory
from jaxdump.typing import Scalar, Values
from jaxdump.units import PB_PER_INVERSE_GEV2


def primakoff_cross_section(mass: Scalar, energy: Values, material: Material) -> Values:
    """Cross-section [pb] per nucleus of gamma N -> a N for photons of `energy` [GeV] and g = 1 GeV^-1; zero below threshold.

    (alpha / 8) chi with the photon flux chi of the nucleus from t_min = (m^2 / 2E)^2 up to (2 E)^2. Derived: the cross-section
    of two photons, (pi g^2 m^2 / 8) delta(s - m^2), times the (alpha / pi) chi photons per ln(energy) of the nucleus; the
    angular distribution d sigma / dt = (alpha g^2 / 8) (t - t_min) / t^2 F(t)^2 is that of arXiv:1512.03069.
    """
    t_min = (mass**2 / (2 * energy)) ** 2
    flux = photon_flux(t_min, (2 * energy) ** 2, material)
    return jnp.where(energy > mass, FINE_STRUCTURE / 8 * PB_PER_INVERSE_GEV2 * flux, 0.0)


class PhotonFusion(AbstractProduction):
    """Shower photons on the nuclei of a thick target; the weights count axion-like particles per beam electron.

    Nothing for a theory other than `alp-photon`. The particle takes all of the photon's energy.
    """

    name: str = eqx.field(static=True)
    beam: Beam
    target: Target
    x_min: Scalar
    """Least energy of the particle over that of the beam."""
    n: int = eqx.field(static=True, default=32)

    def __check_init__(self):
        require("photon fusion", "x_min", self.x_min, 0, 1, open_below=True, open_above=True)

    def __call__(self, theory: AbstractTheory) -> Flux:
        dtype = jnp.result_type(theory.mass)
        depth, weight = gauss_legendre(self.n, jnp.zeros((), dtype), -jnp.log(jnp.asarray(self.x_min, dtype)))
        energy = self.beam.energy * jnp.exp(-depth)
        if not isinstance(theory, AlpPhoton):
            log_weight = jnp.full_like(energy, CLOSED)
        else:
            sigma = primakoff_cross_section(theory.mass, energy, self.target.material)
            log_tracks = self.target.log_track_length("photon", self.beam, energy)
            log_weight = safe_log(sigma * weight * energy) + log_tracks + jnp.log(self.target.material.nuclei_per_pb())
        return Flux(energy, jnp.broadcast_to(theory.mass, energy.shape), log_weight, self.log_scale(theory))

    def log_scale(self, theory: AbstractTheory) -> Scalar:
        """2 log of the coupling to photons."""
        return 2 * safe_log(jnp.abs(jnp.asarray(theory.coupling_to("photon"), jnp.result_type(theory.mass))))
