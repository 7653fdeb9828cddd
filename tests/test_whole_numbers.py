"""Whole numbers are real ones: in theories, in experiments, and where the library takes masses and couplings."""

import dataclasses
from functools import partial

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
import pytest

import jaxdump
from jaxdump.experiments import EXPERIMENTS, NA64MU_2022
from jaxdump.fields import real, with_real_numbers
from jaxdump.theories import THEORIES, DarkPhoton, LmuLtau
from jaxdump.theories.family import Family, family

WHOLE = (10**12, np.int64(10**12), jnp.asarray(10**9))
RUN = NA64MU_2022.only("invisible")


@pytest.mark.parametrize("name", THEORIES)
def test_numbers_of_theories_are_real(name, dtype):
    theory = THEORIES[name]
    given = [field.name for field in dataclasses.fields(theory) if isinstance(field.default, float)]
    more = {name: 3 + 2 * i for i, name in enumerate(given)}
    with jax.enable_x64(dtype == "float64"):
        for one, two in ((1, 2), (np.int32(1), jnp.asarray(2)), (jnp.array([1, 2]), np.array([1, 2]))):
            assert {leaf.dtype for leaf in jax.tree.leaves(theory(one, two, **more))} == {dtype}
        assert {leaf.dtype for leaf in jax.tree.leaves(jax.jit(theory)(1, 2))} == {dtype}


@pytest.mark.parametrize("name", EXPERIMENTS)
def test_numbers_of_experiments_are_real(name):
    """Each number of each part, if it is whole."""
    run = EXPERIMENTS[name]
    whole = lambda leaf: int(leaf) if isinstance(leaf, float) and leaf == leaf // 1 else leaf
    given = jax.tree.map(whole, run)
    assert any(isinstance(leaf, int) for leaf in jax.tree.leaves(given))
    again = dataclasses.replace(given, name=run.name)
    kinds = lambda run: [float if isinstance(leaf, float) else type(leaf) for leaf in jax.tree.leaves(run)]
    assert kinds(again) == kinds(run)
    assert again == run
    assert with_real_numbers(run.productions) is run.productions


def test_numbers_of_families_are_real():
    assert Family(DarkPhoton, alpha_D=10**12, dark="majorana").numbers == {"alpha_D": 1e12, "mass_ratio": 3.0}
    assert isinstance(family(partial(DarkPhoton, alpha_D=1)).numbers["alpha_D"], float)


def test_counts_stay_counts():
    class Part(eqx.Module):
        number: float
        nodes: int
        kept: int = eqx.field(static=True, default=2)
        flag: bool = True

    part = with_real_numbers((Part(10**12, 3),))[0]
    assert (part.number, part.nodes, part.kept, part.flag) == (1e12, 3, 2, True)
    assert [type(value) for value in (part.number, part.nodes, part.flag)] == [float, int, bool]


@pytest.mark.parametrize("exposure", WHOLE, ids=lambda exposure: type(exposure).__name__)
def test_large_exposures_do_not_overflow_float32(exposure):
    """Also where it was put without the experiment being made."""
    with jax.enable_x64(False):
        for run in (dataclasses.replace(RUN, exposure=exposure), eqx.tree_at(lambda run: run.exposure, RUN, exposure)):
            shape = jax.eval_shape(lambda run=run: run.log_signal(LmuLtau(1, 1)))
            assert shape.dtype == "float32"
        assert jnp.log(real(exposure)) == pytest.approx(np.log(float(exposure)), rel=1e-6)


def test_masses_and_couplings_may_be_whole():
    masses = [1, 2]
    assert (jaxdump.limit(RUN, LmuLtau, masses).lower == jaxdump.limit(RUN, LmuLtau, [1.0, 2.0]).lower).all()
    plane = jax.eval_shape(lambda: jaxdump.grid(RUN, LmuLtau, jnp.array(masses), jnp.array(masses)))
    assert (plane.shape, plane.dtype) == ((2, 2, 1), "float64")
    edges = jax.eval_shape(lambda: jaxdump.coupling_intervals(RUN, LmuLtau, 1, jnp.array([2])))
    assert edges.lower.dtype == "float64"
