"""What holds for every theory at an experiment, in both precisions, and for experiments that differ in numbers."""

import dataclasses

import jax
import numpy as np
import pytest

from jaxdump.experiments import EXPERIMENTS, NA64_TAU_1E13, NA64MU_1E13, NA64MU_2022
from jaxdump.inference.limits import nameless
from jaxdump.settings import with_numbers
from jaxdump.testing import check_experiment, check_theory
from jaxdump.testing.plan import WHOLE
from jaxdump.theories import THEORIES, AlpPhoton, ScalarMediator, ScalarMuTau, Vector
from jaxdump.theories.family import Family

WEAK = WHOLE._replace(
    masses=tuple(np.geomspace(1e-5, 100, 15)),
    couplings=tuple(np.geomspace(1e-12, 1e3, 16)),
    more=((1e-3, 1e-7), (0.05, 1e-7), (0.01, 1e-7)),
    says=False,
)
"""A finer plane than the usual one; widths have tests of their own."""
EAGER = (AlpPhoton, ScalarMediator)
"""Theories whose events are calculated operation by operation, too, and with production integrals done before."""
signal = jax.jit(lambda experiment, theory: experiment.log_signal(theory))


@pytest.mark.parametrize("theory", THEORIES.values(), ids=THEORIES)
def test_every_theory_is_right(theory):
    """And its signal grows as the square of a small coupling, that of long-lived visible decays as the fourth power."""
    run = NA64_TAU_1E13 if theory is ScalarMuTau else NA64MU_2022
    subject = Family(Vector, charges="B-L") if theory is Vector else theory  # which has no charges of its own
    found = check_experiment(run, theory, WEAK) if theory in EAGER else check_theory(subject, run, WEAK)
    in_coupling = found.slopes.logs[:, 1] * 1e-7
    np.testing.assert_allclose(in_coupling[:2, 0], 2.0, rtol=1e-6)
    if theory is AlpPhoton:
        np.testing.assert_allclose(in_coupling[2], [2.0, 4.0], rtol=1e-6)


def test_experiments_differ_only_as_they_say():
    theory = AlpPhoton(0.02, 1e-3)
    for experiment in (e for name, e in EXPERIMENTS.items() if name.startswith("na64mu")):
        shift = np.log(experiment.exposure / NA64MU_2022.exposure)
        more = signal(nameless(experiment), theory) - signal(nameless(NA64MU_2022), theory)
        np.testing.assert_allclose(more, shift, rtol=1e-10)


def test_experiment_at_a_mass_answers_for_every_coupling():
    ready = NA64MU_1E13.held(AlpPhoton(0.05, 0.123))
    for coupling in (1e-6, 1e-3, 1.0):
        theory = AlpPhoton(0.05, coupling)
        np.testing.assert_allclose(signal(ready, theory), signal(NA64MU_1E13, theory), rtol=1e-12)


def test_yield_and_efficiency_multiply():
    theory = AlpPhoton(0.05, 1e-3)
    flat, _ = with_numbers(NA64MU_2022, AlpPhoton, {"efficiency": 0.5})
    doubled, _ = with_numbers(flat, AlpPhoton, {"yield_per_muon": 4.0})
    np.testing.assert_allclose(signal(doubled, theory) - signal(flat, theory), np.log(4), rtol=1e-12)
    full = dataclasses.replace(flat, exposure=2 * flat.exposure)
    np.testing.assert_allclose(signal(full, theory) - signal(flat, theory), np.log(2), rtol=1e-12)
