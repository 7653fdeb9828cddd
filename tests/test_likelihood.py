import dataclasses

import jax
import numpy as np
import pytest
from scipy.stats import poisson

import jaxdump
from jaxdump.experiments import NA64MU_2022
from jaxdump.theories import AlpMuon, AlpPhoton


def test_equals_scipy():
    for theory in (AlpPhoton(0.02, 3e-3), AlpPhoton(0.01, 1e-4)):
        mean = np.exp(np.asarray(NA64MU_2022.log_signal(theory)))
        wanted = poisson.logpmf([0, 4], mean).sum()
        assert float(jaxdump.log_likelihood(theory, NA64MU_2022)) == pytest.approx(wanted, rel=1e-12)


def test_background_adds():
    regions = tuple(dataclasses.replace(region, background=1.5) for region in NA64MU_2022.regions)
    noisy = dataclasses.replace(NA64MU_2022, regions=regions)
    theory = AlpPhoton(0.02, 3e-3)
    mean = 1.5 + np.exp(np.asarray(noisy.log_signal(theory)))
    assert float(jaxdump.log_likelihood(theory, noisy)) == pytest.approx(poisson.logpmf([0, 4], mean).sum(), rel=1e-12)


def test_finite_without_signal():
    """Four events where none can be made: impossible, but a number with a gradient."""
    value, slope = jax.value_and_grad(lambda g: jaxdump.log_likelihood(AlpMuon(0.1, g), NA64MU_2022))(1e-6)
    assert value < -3e5
    assert np.isfinite(slope)
