"""Every test runs with strict promotion of dtypes and ranks, warnings as errors, and float64 available."""

import json
import pathlib

import jax
import numpy as np
import pytest

jax.config.update("jax_enable_x64", True)
jax.config.update("jax_numpy_dtype_promotion", "strict")
jax.config.update("jax_numpy_rank_promotion", "raise")


@pytest.fixture(scope="session")
def reference() -> dict:
    """Numbers of an independent numpy/scipy/mpmath calculation, good to 1e-7 or better; units are in the keys."""
    return json.loads((pathlib.Path(__file__).parent / "reference" / "na64mu.json").read_text())


@pytest.fixture(params=["float32", "float64"])
def dtype(request) -> np.dtype:
    """Both precisions."""
    return np.dtype(request.param)
