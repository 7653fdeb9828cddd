"""Photons of a target on their paths in an absorber."""

import dataclasses

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from jaxdump.matter.materials import ALUMINIUM, TUNGSTEN
from jaxdump.sources.beam import Beam, Target
from jaxdump.sources.radiated_photons import RadiatedPhotons
from jaxdump.sources.shower import Cascade

BEAM = Beam("electron", 8.0)
X0 = TUNGSTEN.radiation_length
ENERGIES = jnp.array([0.8, 4.0, 6.0, 7.9])


def photons(lengths, target):
    return RadiatedPhotons(BEAM, Target(ALUMINIUM, lengths * ALUMINIUM.radiation_length, target), TUNGSTEN)


def test_a_thin_target_radiates_the_spectrum_of_complete_screening():
    v = np.asarray(ENERGIES) / 8
    wanted = 0.1 * (4 / 3 * (1 / v - 1) + v) / 8 * 9 / 7 * X0
    np.testing.assert_allclose(jnp.exp(photons(0.1, "thin").log_density(ENERGIES)), wanted, rtol=1e-6)


def test_a_thick_target_is_the_growth_of_the_track_length():
    """By differences; and that of a thin one if it is thin enough."""
    length = lambda thickness: np.exp(Cascade(thickness).log_track_length(ENERGIES / 8, "photon"))
    growth = (length(0.1 + 1e-4) - length(0.1 - 1e-4)) / 2e-4
    thick = jax.jit(lambda energy: photons(0.1, "thick").log_density(energy))(ENERGIES)
    np.testing.assert_allclose(jnp.exp(thick) * ENERGIES / (9 / 7 * X0), growth, rtol=1e-5)
    tiny = [photons(1e-6, target).log_density(ENERGIES) for target in ("thin", "thick")]
    np.testing.assert_allclose(tiny[1] - tiny[0], 0.0, atol=1e-4)


def test_more_photons_than_the_first_order_are_lost_in_a_thicker_target():
    numbers = [photons(0.1, target).nodes(jnp.array(5.6), 12).log_total() for target in ("thick", "thin")]
    assert float(jnp.exp(numbers[0] - numbers[1])) == pytest.approx(0.863, abs=0.001)


def test_slopes_in_thickness_and_energy_are_finite(dtype):
    def total(lengths, energy):
        made = dataclasses.replace(photons(lengths, "thick"), beam=Beam("electron", energy))
        return made.nodes(0.7 * energy, 6).log_total()

    slopes = jax.jit(jax.grad(total, argnums=(0, 1)))(jnp.asarray(0.1, dtype), jnp.asarray(8.0, dtype))
    assert np.all(np.isfinite(slopes))
    assert float(slopes[0]) == pytest.approx(0.85 / 0.1, rel=0.05)


def test_muons_radiate_few():
    with pytest.raises(ValueError, match="muons radiate few photons"):
        RadiatedPhotons(Beam("muon", 8.0), Target(TUNGSTEN, 1e-3), TUNGSTEN)
