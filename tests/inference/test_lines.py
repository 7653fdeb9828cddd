"""Lines that are no experiment's: lines that jump, and what is told."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest

import jaxdump
from jaxdump.experiments import NA64MU_2022
from jaxdump.inference.lines import line_with_slopes
from jaxdump.numerics.level_sets import CurveStatus
from jaxdump.numerics.roots import Status
from jaxdump.theories import AlpPhoton


class Steps(jaxdump.AbstractLine):
    """Two lines, both from above 1e-3 to the `highest` coupling; one has half the coupling above 0.1 GeV."""

    labels = ("flat", "step")
    highest: float

    def kinks(self, theory):
        return {"step": theory.mass - 0.1}

    def __call__(self, theory):
        below = jnp.log(self.highest / theory.coupling)
        above = jnp.log(theory.coupling / 1e-3)
        return jnp.minimum(jnp.stack([above, above + jnp.where(theory.mass > 0.1, jnp.log(2.0), 0.0)]), below)


def test_several_lines_and_their_jumps():
    limits = jaxdump.limit(Steps(1.0), AlpPhoton, [0.05, 0.2], precision="float32")
    np.testing.assert_allclose(limits.lower, [[1e-3, 1e-3], [1e-3, 5e-4]], rtol=1e-5)
    np.testing.assert_allclose(limits.upper, 1.0, rtol=1e-5)
    assert (jaxdump.limit(Steps(1e-4), AlpPhoton, [0.05, 0.2]).status == Status.ALLOWED).all()
    flat, step = jaxdump.contours(Steps(1.0), AlpPhoton, (0.01, 1.0, 1e-5, 1e-1)).islands
    assert (flat.region, flat.jumps, flat.status) == ("flat", (), CurveStatus.COMPLETE)
    assert (step.region, step.status) == ("step", CurveStatus.COMPLETE)
    (jump,) = step.jumps
    np.testing.assert_allclose(step.points[[jump, jump + 1]], [[0.1, 1e-3], [0.1, 5e-4]], rtol=1e-6)


class Hill(jaxdump.AbstractLine):
    """A parabola with its tip at a mass and a coupling."""

    labels = ("hill",)
    mass: float
    coupling: float

    def __call__(self, theory):
        return (jnp.log(self.mass / theory.mass) - jnp.log(theory.coupling / self.coupling) ** 2)[None]


def test_a_line_has_a_tip_with_slopes():
    mass, slope = jax.value_and_grad(lambda mass: jaxdump.tip(Hill(mass, 3e-3), AlpPhoton, (0.01, 1.0, 1e-5, 1.0)).mass)(0.2)
    assert float(mass) == pytest.approx(0.2, rel=1e-12)
    assert float(slope) == pytest.approx(1.0, rel=1e-12)


def test_rule_or_counts_decide_what_is_excluded():
    run = NA64MU_2022.only("invisible")
    by_rule = line_with_slopes("tip", run, jaxdump.PublishedCounts(events=3.0))
    np.testing.assert_array_equal(by_rule.test.counts, [3.0 * run.regions[0].selection_efficiency])
    assert line_with_slopes("tip", run, jaxdump.PublishedCounts(), counts=2.0).test.counts.tolist() == [2.0]
    assert by_rule.labels == ("invisible",)


class Mislabelled(Hill):
    """A hill that says it were two."""

    labels = ("hill", "another")


@pytest.mark.parametrize(
    ("call", "told"),
    [
        (
            lambda: jaxdump.limit(Mislabelled(0.2, 1e-3), AlpPhoton, [0.1]),
            r"Mislabelled must return one number for each label, hill, another: an array of shape \(2,\), not \(1,\)",
        ),
        (lambda: jaxdump.contours(Mislabelled(0.2, 1e-3), AlpPhoton), "Mislabelled must return one number for each label"),
        (lambda: jaxdump.limit(Hill(0.2, 1e-3), AlpPhoton, [0.1], jaxdump.CLs(0.95)), "Hill is a line, which has no counts"),
        (
            lambda: jaxdump.contours(Hill, AlpPhoton),
            r"contours takes a line with its numbers, such as Hill\(...\), not the class",
        ),
        (lambda: jaxdump.tip(Hill(0.2, 1e-3), AlpPhoton, counts=2.3), "Hill is a line, which has no counts: leave them out"),
        (lambda: jaxdump.tip(Steps(1.0), AlpPhoton), "tip takes one region, .*, not 2: make each a line of its own"),
        (lambda: jaxdump.tip(NA64MU_2022, AlpPhoton, rule=jaxdump.FeldmanCousins()), "have no slopes: take one of"),
        (lambda: jaxdump.fit(Hill(0.2, 1e-3), AlpPhoton), "fit takes an experiment, such as"),
    ],
)
def test_what_a_line_does_not_take_is_told(call, told):
    with pytest.raises(ValueError, match=told):
        call()
