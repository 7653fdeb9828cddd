"""A statistic of a user's gets what ours get: limits, contours, tips and the command line."""

import re

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from terminal import answer, complaint

import jaxdump
from jaxdump.experiments import NA64MU_1E13, NA64MU_2022
from jaxdump.inference.excess import CountTest
from jaxdump.inference.statistics import STATISTICS, check_slopes, statistic_named
from jaxdump.region import Signal
from jaxdump.theories import DarkPhoton, LmuLtau

OWN = """
import dataclasses
from typing import ClassVar
import jax.numpy as jnp
import jaxdump
from jaxdump.inference.excess import AbstractTest


class Significance(AbstractTest):
    observed: jnp.ndarray
    level: float

    def excess(self, signal):
        events = jnp.sum(signal.mean())
        return (events / jnp.sqrt(1 + jnp.sum(self.observed)) - 10 * self.level)[None]


@dataclasses.dataclass(frozen=True)
class Naive(jaxdump.AbstractStatistic):
    "Signal over the square root of one more than is seen, above ten times the level."

    name: ClassVar = "naive"
    words: ClassVar = "naive significance"
    level: float = 0.9
    combined: bool = False

    def upper_count(self, data):
        return 10 * self.level * (1 + data.region.observed) ** 0.5

    def test(self, counts):
        return Significance(counts.observed, self.level)


@dataclasses.dataclass(frozen=True)
class Nameless(jaxdump.AbstractStatistic):
    level: float = 0.9
"""
BOX = (0.02, 0.2, 1e-5, 1e-2)


@pytest.fixture(scope="module")
def own(tmp_path_factory):
    path = tmp_path_factory.mktemp("own") / "own.py"
    path.write_text(OWN)
    return path


@pytest.fixture(scope="module")
def naive(own):
    names = {}
    exec(compile(OWN, str(own), "exec"), names)
    return names["Naive"]


def test_a_users_statistic_has_limits(naive):
    run = NA64MU_2022.only("invisible")
    (alone,) = jaxdump.limit(run, LmuLtau, [0.1], naive(0.3)).lower
    (wanted,) = jaxdump.limit(run, LmuLtau, [0.1], jaxdump.PublishedCounts(events=3.0)).lower
    (together,) = jaxdump.limit(run, LmuLtau, [0.1], naive(0.3, combined=True)).lower
    np.testing.assert_allclose([*alone, *together], [*wanted, *wanted], rtol=1e-9)


def test_a_users_statistic_has_contours_and_tips(naive):
    run = NA64MU_1E13.only("invisible")
    rule = naive(0.3, combined=True)
    found = jaxdump.contours(run, LmuLtau, BOX, rule, tolerance=1e-3)
    (island,) = found.islands
    assert island.max_residual < 1e-3
    mass, coupling = island.points[len(island.points) // 2]
    events = float(jnp.exp(jax.jit(run.log_signal)(LmuLtau(mass, coupling))[0]))
    assert events == pytest.approx(3.0, rel=1e-6)


def test_a_users_statistic_is_named_on_the_command_line(capsys, own):
    subject = ("limit", "na64mu-2022", "lmu-ltau", "--mass", "0.1", "--region", "invisible")
    (row,) = answer(capsys, *subject, "--statistic", f"{own}:Naive", "--level", "0.3")
    (ours,) = answer(capsys, *subject, "--events", "3")
    assert row["lower"] == pytest.approx(ours["lower"], rel=1e-9)
    assert "is not a statistic: it must be a dataclass" in complaint(capsys, *subject, "--statistic", f"{own}:Significance")
    assert "has no name and no words" in complaint(capsys, *subject, "--statistic", f"{own}:Nameless")
    assert "statistic naive has no expected limit" in complaint(capsys, *subject, "--statistic", f"{own}:Naive", "--expected")
    assert "--statistic naive: choose one of counts, cls" in complaint(capsys, *subject, "--statistic", "naive")


@pytest.mark.parametrize("name", STATISTICS)
def test_every_statistic_says_what_it_is(name):
    rule = statistic_named(name)
    assert rule == STATISTICS[name]()
    assert rule.text().startswith("90 % ")
    assert rule.about
    if not rule.has_slopes:
        with pytest.raises(ValueError, match="toys and expected limits have no slopes: take one of counts, cls"):
            check_slopes(rule)


def test_statistics_that_take_no_region_or_no_regions_together_say_so():
    with pytest.raises(ValueError, match="statistic cls takes each region by itself: combine with asymptotic or profile"):
        jaxdump.CLs().test(None)
    assert CountTest(np.array([2.0])).excess(Signal(jnp.log(jnp.array([2.0])))) == 0


def test_other_things_in_the_place_of_an_argument_are_told_in_one_line():
    run, of = NA64MU_2022, LmuLtau
    wrong = {
        "rule is a statistic, such as jaxdump.CLs(0.95), not 'cls'": lambda: jaxdump.limit(run, of, [0.1], "cls"),
        "rule is a statistic with its numbers, such as CLs(0.9), not the class": lambda: jaxdump.limit(
            run, of, [0.1], jaxdump.CLs
        ),
        "limit takes the experiment first: limit(experiment, theory)": lambda: jaxdump.limit(of, run, [0.1]),
        "contours takes the experiment first": lambda: jaxdump.contours(of, run),
        "fit takes an experiment, such as jaxdump.experiments.NA64MU_2022, not 'na64mu-2022'": lambda: jaxdump.fit(
            "na64mu-2022", of
        ),
        "a theory's class is wanted, such as jaxdump.theories.AlpPhoton, not 3": lambda: jaxdump.grid(run, 3, [0.1], [1e-3]),
        "fisher_information takes the experiment first": lambda: jaxdump.fisher_information(of, run, 0.1, 1e-3),
        "log_likelihood takes a theory, such as AlpPhoton(0.1, 1e-3), not 'no'": lambda: jaxdump.log_likelihood(run, "no"),
        "counts must be one number for each of invisible, visible, not 3": lambda: jaxdump.coupling_intervals(
            run, of, 0.1, jnp.ones(3)
        ),
        "observed must be one count for each of invisible, visible, not 1 counts": lambda: jaxdump.with_observed(run, [1.0]),
        "toys: number must be finite and at least 1, not 0": lambda: jaxdump.toys(run, key=jax.random.key(1), number=0),
        "with_numbers takes one experiment, not several": lambda: jaxdump.with_numbers(jaxdump.combine(run), of, {}),
    }
    for told, call in wrong.items():
        with pytest.raises(ValueError, match=re.escape(told)):
            call()


def test_a_family_keeps_its_numbers_when_others_are_changed():
    run, first = jaxdump.with_numbers(NA64MU_2022, DarkPhoton, {"alpha_D": 0.0})
    _, second = jaxdump.with_numbers(run, first, {"mass_ratio": 0.4})
    assert second.keywords == {"alpha_D": 0.0, "mass_ratio": 0.4}
