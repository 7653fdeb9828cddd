"""Every test runs with strict promotion of dtypes and ranks, warnings as errors, float64, and the command line's compiler."""

import json
import os
import pathlib

import jax
import numpy as np
import pytest

from jaxdump import cli

os.environ["XLA_FLAGS"] = f"{cli.QUICK_COMPILER} {os.environ.get('XLA_FLAGS', '')}"  # read when the first array is made
jax.config.update("jax_enable_x64", True)
jax.config.update("jax_numpy_dtype_promotion", "strict")
jax.config.update("jax_numpy_rank_promotion", "raise")


@pytest.fixture(autouse=True)
def _same_jax(monkeypatch):
    """Commands run in this process must not change the settings of the other tests."""
    monkeypatch.setattr(cli, "prepare_jax", lambda: None)


def stored(name: str) -> dict:
    """Numbers of independent numpy/scipy/mpmath calculations, good to 1e-7 or better unless they say; units are in the keys."""
    return json.loads((pathlib.Path(__file__).parent / "reference" / f"{name}.json").read_text())


def with_slopes(function):
    """The value of a function and its slopes in two arguments, in one forward pass: that compiles once."""

    def twice(*arguments):
        value = function(*arguments)
        return value, value

    return lambda *arguments: jax.jacfwd(twice, argnums=(0, 1), has_aux=True)(*arguments)[::-1]


@pytest.fixture(scope="session")
def reference() -> dict:
    """160 GeV muons on lead."""
    return stored("na64mu")


@pytest.fixture(scope="session")
def lepton_reference() -> dict:
    """Electrons and muons on lead, aluminium and tungsten."""
    return stored("lepton_beams")


@pytest.fixture(params=["float32", "float64"])
def dtype(request) -> np.dtype:
    """Both precisions."""
    return np.dtype(request.param)
