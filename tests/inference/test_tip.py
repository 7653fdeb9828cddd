import jax
import jax.numpy as jnp
import numpy as np
import pytest

import jaxdump
from jaxdump.experiments import NA64MU_2022
from jaxdump.inference.statistics import CLs
from jaxdump.numerics.roots import Status
from jaxdump.settings import with_numbers
from jaxdump.theories import AlpPhoton

INVISIBLE = NA64MU_2022.only("invisible")
START = {"exposure": 1e13, "exit_length": 10.0, "efficiency": 0.5, "background": 2.0}


def tip(numbers):
    """The tip of the invisible island of axions with photons, for the CLs limit on what equals its background."""
    run, _ = with_numbers(INVISIBLE, AlpPhoton, numbers)
    excluded = jaxdump.upper_count(2.0, numbers["background"], 0.9)
    return jaxdump.tip(run, AlpPhoton, excluded, box=(0.01, 0.3, 1e-5, 1e-2))


@pytest.fixture(scope="module")
def solve():
    """ln of the mass, the tip, and the slopes of the former in the ln of each number, by one program for all tests."""

    def log_mass(log_numbers):
        found = tip(jax.tree.map(jnp.exp, log_numbers))
        return jnp.log(found.mass), found

    compiled = jax.jit(jax.value_and_grad(log_mass, has_aux=True))
    return lambda numbers: compiled(jax.tree.map(np.log, numbers))


@pytest.fixture(scope="module")
def found(solve):
    (_, found), _ = solve(START)
    return found


def test_the_limit_vanishes_there(found):
    """Just below the tip the limit has two edges around its coupling, just above it there is none."""
    run, _ = with_numbers(INVISIBLE, AlpPhoton, {**START, "observed": 2.0})
    limits = jaxdump.limit(run, AlpPhoton, float(found.mass) * np.array([1 - 1e-6, 1 + 1e-6]), CLs())
    assert limits.status[:, 0].tolist() == [Status.FOUND, Status.ALLOWED]
    assert limits.lower[0, 0] < float(found.coupling) < limits.upper[0, 0]
    assert limits.upper[0, 0] / limits.lower[0, 0] == pytest.approx(1, abs=1e-2)


@pytest.mark.slow
def test_slopes_equal_finite_differences(solve):
    _, slopes = solve(START)
    for name, value in START.items():
        up, down = (solve({**START, name: value * np.exp(step)})[0][0] for step in (1e-4, -1e-4))
        assert float(slopes[name]) == pytest.approx(float(up - down) / 2e-4, rel=1e-6)
    assert slopes["exit_length"] < -0.1
    assert slopes["exposure"] == pytest.approx(float(slopes["efficiency"]), rel=1e-9)
    assert slopes["exposure"] > 0.05
    assert slopes["background"] > 0.01  # what was seen stays, so less of it can be signal


@pytest.mark.parametrize(("exposure", "status"), [(1e2, Status.ALLOWED), (1e30, Status.EXCLUDED)])
def test_what_has_no_tip_says_so(solve, exposure, status):
    (_, end), _ = solve({**START, "exposure": exposure})
    assert end.status == status
    assert jnp.isnan(end.mass)
    assert jnp.isnan(end.coupling)


def test_an_exclusion_that_is_open_above_has_no_tip(solve):
    """With no way to go, what the last layer makes escapes at any coupling: the largest one reaches the largest mass."""
    (_, end), _ = solve({**START, "exit_length": 1e-12, "exposure": 1e11})
    assert end.status == Status.EXCLUDED


def test_one_region_at_a_time():
    with pytest.raises(ValueError, match="tip takes one region"):
        jaxdump.tip(NA64MU_2022, AlpPhoton, jnp.array([2.3, 7.8]))
