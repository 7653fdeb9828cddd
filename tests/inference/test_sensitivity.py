from functools import partial

import jax
import jax.numpy as jnp
import numpy as np
import pytest

import jaxdump
from jaxdump import Asymptotic, CLs, FeldmanCousins
from jaxdump.experiments import NA64MU_2022
from jaxdump.numerics.roots import interval_values
from jaxdump.settings import with_numbers
from jaxdump.theories import AlpPhoton, DarkPhoton, LmuLtau

MASS = 0.004
START = {"invisible.background": 3.0, "visible.background": 3.0, "exposure": 1e11}
RUN, _ = with_numbers(NA64MU_2022, AlpPhoton, START)
RULE = CLs(level=0.95)
COUNT = jnp.full(1, np.log(10))
"""The published limit on signal events in the invisible region."""


@pytest.fixture(scope="module")
def slopes():
    return jaxdump.sensitivity(RUN, AlpPhoton, MASS, RULE)


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("beam_energy", 160.0),
        ("target_length", 36 * 0.5612e-2),
        ("x_min", 0.5),
        ("exit_length", 10.0),
        ("yield_per_muon", 1.0),
        ("exposure", 1e11),
        ("background", 3.0),
    ],
)
def test_slopes_equal_differences_of_limits(slopes, name, value):
    step = 1e-4
    runs = [with_numbers(RUN, AlpPhoton, {name: float(value * np.exp(sign * step))})[0] for sign in (1, -1)]
    up, down = (jaxdump.limit(run, AlpPhoton, [MASS], RULE) for run in runs)
    i = slopes.inputs.index(name)
    for edge in ("lower", "upper"):
        wanted = np.log(getattr(up, edge)[0] / getattr(down, edge)[0]) / (2 * step)
        np.testing.assert_allclose(getattr(slopes, edge)[i], wanted, rtol=2e-5, atol=1e-6)


def test_a_table_moves_as_a_whole(slopes):
    efficiency, exposure = (slopes.inputs.index(name) for name in ("efficiency", "exposure"))
    assert np.isnan(slopes.value[efficiency]).all()
    np.testing.assert_allclose(slopes.lower[efficiency], slopes.lower[exposure], rtol=1e-9)


def test_values_are_those_of_each_region(slopes):
    assert slopes.value[slopes.inputs.index("observed")].tolist() == [0.0, 4.0]


def test_a_stable_particle_without_background_goes_as_the_square_root():
    found = jaxdump.sensitivity(NA64MU_2022.only("invisible"), LmuLtau, 0.05, CLs())
    slope = dict(zip(found.inputs, found.lower[:, 0], strict=True))
    assert slope["exposure"] == pytest.approx(-0.5, abs=1e-9)
    assert slope["background"] == pytest.approx(0.0, abs=1e-9)  # CLs of no events does not know its background
    assert np.isnan(found.upper).all()


@pytest.mark.slow
def test_regions_together():
    """Profiled nuisances: the slope in the background error against limits."""
    numbers = {**START, "background_error": 1.0}
    rule = Asymptotic(combined=True)
    run, _ = with_numbers(NA64MU_2022, AlpPhoton, numbers)
    found = jaxdump.sensitivity(run, AlpPhoton, MASS, rule)
    ends = [with_numbers(run, AlpPhoton, {"background_error": float(np.exp(step))})[0] for step in (1e-3, -1e-3)]
    up, down = (jaxdump.limit(end, AlpPhoton, [MASS], rule).lower[0, 0] for end in ends)
    assert found.lower[found.inputs.index("background_error"), 0] == pytest.approx(np.log(up / down) / 2e-3, rel=1e-4)


def test_statistics_that_jump_are_refused():
    with pytest.raises(ValueError, match="have no slopes"):
        jaxdump.sensitivity(RUN, AlpPhoton, MASS, FeldmanCousins())


def test_limits_have_second_derivatives():
    """d2 ln g / d ln exposure2 and d2 ln g / d ln background2 of a CLs limit, against differences of first ones."""

    def log_limit(logs):
        numbers = {"exposure": jnp.exp(logs[0]), "background": jnp.exp(logs[1]), "observed": 4.0}
        run, _ = with_numbers(NA64MU_2022.only("invisible"), AlpPhoton, numbers)
        counts = jaxdump.upper_count(4.0, numbers["background"], 0.9)
        return jnp.log(jaxdump.coupling_intervals(run, AlpPhoton, MASS, counts[None]).lower[0])

    def both(logs):
        first = jax.jacfwd(log_limit)(logs)
        return first, first

    x, step = np.log([1e11, 3.0]), 1e-4
    points = np.concatenate([[x], x + step * np.eye(2), x - step * np.eye(2)])
    second, first = jax.jit(lambda points: jax.lax.map(jax.jacfwd(both, has_aux=True), points))(points)
    np.testing.assert_allclose(second[0].T, (first[1:3] - first[3:5]) / (2 * step), rtol=1e-5, atol=1e-8)


def test_numbers_of_the_theory_count_and_its_words_choose():
    """Majorana dark matter."""
    run, make = NA64MU_2022.only("invisible"), partial(DarkPhoton, dark="majorana")
    found = jaxdump.sensitivity(run, DarkPhoton, 0.1, dark="majorana", alpha_D=2e-7)
    at = found.inputs.index("alpha_D")
    assert found.value[at] == 2e-7
    interval = lambda make: jaxdump.coupling_intervals(run, make, 0.1, COUNT, search=interval_values)
    edge = jax.jit(lambda alpha_D: interval(partial(make, alpha_D=alpha_D)).lower[0])
    slope = np.log(edge(2e-7 * np.exp(1e-3)) / edge(2e-7 * np.exp(-1e-3))) / 2e-3
    assert found.lower[at, 0] == pytest.approx(slope, rel=1e-4)
    assert slope < -0.02
