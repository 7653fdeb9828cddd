"""Every test runs with strict promotion of dtypes and ranks, warnings as errors, float64, and the quickest compiler.

Programs that are compiled are kept in .cache/tests of the checkout: two tests, two workers or two runs compile one only once.
"""

import gc
import json
import os
import pathlib

import jax
import numpy as np
import pytest

from jaxdump.cli import entry, process

pytest_plugins = ["cost"]

FLAGS = (
    "--xla_cpu_use_fusion_emitters=false",
    "--xla_backend_optimization_level=0",
    "--xla_cpu_parallel_codegen_split_count=1",
    "--xla_disable_hlo_passes=while-loop-invariant-code-motion",
)
os.environ["XLA_FLAGS"] = f"{' '.join(FLAGS)} {os.environ.get('XLA_FLAGS', '')}"  # read when the first array is made
os.environ["TF_CPP_MIN_LOG_LEVEL"] = "3"  # jax has set 1; loading a cached program warns about instruction preferences
gc.set_threshold(100_000, 50, 50)  # tracing makes many objects that live long
jax.config.update("jax_compilation_cache_dir", str(pathlib.Path(__file__).parents[1] / ".cache" / "tests"))
jax.config.update("jax_persistent_cache_min_compile_time_secs", 0.0)
jax.config.update("jax_persistent_cache_min_entry_size_bytes", -1)
jax.config.update("jax_enable_x64", True)
jax.config.update("jax_numpy_dtype_promotion", "strict")
jax.config.update("jax_numpy_rank_promotion", "raise")


@pytest.fixture(autouse=True)
def _same_jax(monkeypatch):
    """Commands run in this process must not change the settings of the other tests."""
    monkeypatch.setattr(entry, "prepare_jax", lambda: None)
    monkeypatch.setattr(process, "compile_quickly", lambda: None)


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
