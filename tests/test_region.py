"""Regions of many bins: the same as as many regions of one bin, wherever counts go in and come out."""

import dataclasses
import re

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
import pytest

import jaxdump
from jaxdump import AbstractProduction, Channel, Experiment, Flux, SignalRegion, Template
from jaxdump.cli.commands.fit import read_counts
from jaxdump.fields import Numbers
from jaxdump.inference.counts import counts_of
from jaxdump.inference.sensitivity import inputs_of, numbers_of, scaled
from jaxdump.region import names_of_bins
from jaxdump.stage import AbstractResponse
from jaxdump.theories import AlpPhoton

SHARES = np.array([0.5, 0.3, 0.2])
SEEN, KNOWN, SHAPE = np.array([5.0, 0.0, 2.0]), np.array([1.0, 2.0, 0.5]), np.array([3.0, 1.0, 1.0])


class Rays(AbstractProduction):
    """One particle for each g^2 = 1."""

    name: str = eqx.field(static=True, default="rays")

    def makes(self, theory):
        return True

    def __call__(self, theory):
        mass = jnp.asarray(theory.mass)[None]
        return Flux(mass + 10, mass, jnp.zeros_like(mass), self.log_scale(theory))

    def log_scale(self, theory):
        return 2 * jnp.log(theory.coupling)


class Shares(AbstractResponse):
    """Each bin sees a share of the particles."""

    shares: np.ndarray

    def __call__(self, theory, flux):
        return flux.log_total() + jnp.log(jnp.asarray(self.shares))


def run_of(*regions, name="run") -> Experiment:
    return Experiment(name, "", (), exposure=1e4, productions=(Rays(),), regions=regions)


def region(bins: slice | int, name: str = "all") -> SignalRegion:
    """Some of the bins as one region."""
    each = lambda table: table[bins] if isinstance(bins, slice) else float(table[bins])
    response = Shares(Numbers(np.atleast_1d(SHARES[bins])))
    return SignalRegion(
        name,
        (Channel("rays", (), response),),
        observed=each(SEEN),
        background=each(KNOWN),
        published_upper_count=None,
        background_error=each(0.3 * KNOWN),
        background_nuisance="b",
        signal_error=0.1,
        signal_nuisance="s",
        templates=(Template("free", each(SHAPE)),),
        selection_efficiency=each(np.array([0.5, 0.6, 0.7])),
    )


WHOLE = run_of(region(slice(0, 3)))
APART = run_of(*(region(i, f"bin {i}") for i in range(3)))


def test_many_bins_are_many_regions():
    for mine, theirs in zip(jax.tree.leaves(counts_of(WHOLE)), jax.tree.leaves(counts_of(APART)), strict=True):
        np.testing.assert_allclose(mine, theirs, rtol=1e-14)
    theory = AlpPhoton(0.1, 0.02)
    np.testing.assert_allclose(WHOLE.log_signal(theory), APART.log_signal(theory), rtol=1e-14)
    np.testing.assert_allclose(np.exp(WHOLE.log_signal(theory)), 4 * SHARES * [0.5, 0.6, 0.7], rtol=1e-12)
    assert jaxdump.nuisance_names(WHOLE) == jaxdump.nuisance_names(APART) == ("b", "s", "free")
    assert names_of_bins(WHOLE.regions) == ["all bin 1", "all bin 2", "all bin 3"]
    assert "3 bins, observed=7" in repr(WHOLE)


def test_counts_go_in_by_region_or_one_after_the_other():
    both = jaxdump.combine(WHOLE, run_of(region(0, "one"), name="other"))
    for observed in ([1.0, 2.0, 3.0, 4.0], [np.array([1.0, 2.0, 3.0]), 4.0], jnp.array([1.0, 2.0, 3.0, 4.0])):
        np.testing.assert_array_equal(counts_of(jaxdump.with_observed(both, observed)).observed, [1, 2, 3, 4])
    with pytest.raises(ValueError, match=re.escape("one count for each of all (3 bins), one, not 3 counts")):
        jaxdump.with_observed(both, [1.0, 2.0, 3.0])
    assert read_counts(both, {"run": {"all": [1, 2, 3]}, "other": {"one": 4}}) == [1, 2, 3, 4]
    with pytest.raises(ValueError, match="all has 3 bins, not 2"):
        read_counts(both, {"run": {"all": [1, 2]}, "other": {"one": 4}})


def test_toys_of_many_bins_are_mapped_as_those_of_one():
    drawn = jaxdump.toys(WHOLE, key=jax.random.key(1), number=4)
    assert drawn.regions[0].observed.shape == (4, 3)
    totals = eqx.filter_vmap(lambda one: jnp.sum(counts_of(one).observed) + 0 * one.regions[0].bins)(drawn)
    np.testing.assert_array_equal(totals, drawn.regions[0].observed.sum(axis=1))


def test_an_experiment_with_tables_is_a_key_of_programs():
    """Its own methods are jitted; another count makes another program."""
    key = lambda counts: hash(jaxdump.with_observed(WHOLE, counts))
    assert hash(WHOLE) == key([5.0, 0.0, 2.0]) != key([5.0, 0.0, 3.0])
    assert jax.jit(WHOLE.log_signal)(AlpPhoton(0.1, 0.02)).shape == (3,)
    with pytest.raises(ValueError, match="read-only"):
        WHOLE.regions[0].observed[0] = 1.0  # pyright: ignore[reportIndexIssue]


def test_a_table_is_one_input_of_the_sensitivity():
    numbers = numbers_of(WHOLE)
    assert numbers["observed"] is None
    assert numbers["exposure"] == 1e4
    paths = tuple(one.path for one in inputs_of(WHOLE) if one.names[0] == "observed")
    more = scaled(WHOLE, (("observed", paths),), {"observed": 2.0})
    np.testing.assert_array_equal(more.regions[0].observed, 2 * SEEN)


@pytest.mark.parametrize(
    ("change", "told"),
    [
        ({"background": [1.0, 2.0]}, "all: background must be one number, or one for each of 3 bins, not 2"),
        ({"templates": (Template("free", [1.0, 2.0]),)}, "all: free must be one number"),
        ({"background": [1.0, 2.0, -1.0]}, "all: background must be finite and at least 0, not -1"),
    ],
)
def test_tables_of_another_length_are_told(change, told):
    with pytest.raises(ValueError, match=told):
        dataclasses.replace(WHOLE.regions[0], **change)


def test_a_response_of_other_bins_is_told():
    run = run_of(dataclasses.replace(region(slice(0, 3)), channels=(Channel("rays", ()),)))
    with pytest.raises(ValueError, match="all has 3 bins, but a response of its channels has 1: give it"):
        run.log_signal(AlpPhoton(0.1, 0.02))
