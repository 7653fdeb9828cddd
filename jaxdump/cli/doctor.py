"""Checks of the installation: versions, devices, and calculations whose answers are known."""

import importlib.metadata
import platform
from collections.abc import Callable

import jax
import jax.numpy as jnp
import numpy as np

from jaxdump import __version__
from jaxdump.cli import output, process
from jaxdump.experiments import NA64MU_2022
from jaxdump.theories import LmuLtau

WRONG_JAX = ("0.10.2", "0.11.0", "0.11.1")
"""Versions with wrong results or crashes on CPUs: jax issues 39103 and 39257."""
EVENTS_TOLERANCE = {"float32": 1e-4, "float64": 1e-6}
EVENTS_AT_1E_3 = 142.13184
"""Events of lmu-ltau at 10 MeV with g = 1e-3 and efficiency 1, by independent adaptive quadrature."""


def version_check() -> tuple[bool, str]:
    """Check that this version of jax is not one that is known to be wrong."""
    return jax.__version__ not in WRONG_JAX, f"jax {jax.__version__}; never {', '.join(WRONG_JAX)}"


def product_check() -> tuple[bool, str]:
    """Check a compiled, vmapped matrix-vector product and its sum, at sizes where some versions of jax lose rows."""
    matrix = np.arange(9, dtype=np.float32).reshape(3, 3)
    product = jax.jit(jax.vmap(lambda vector: jnp.sum((jnp.asarray(matrix) @ vector) ** 2)))
    wrong = []
    for rows in (1_000, 16_385, 32_769, 100_003):
        vectors = np.random.default_rng(rows).standard_normal((rows, 3)).astype(np.float32)
        got = product(vectors)
        if not np.allclose(got, np.sum((vectors @ matrix.T) ** 2, axis=1), rtol=1e-3, atol=1e-3):
            wrong.append(rows)
    return not wrong, f"wrong at {wrong} rows" if wrong else "matrix products agree with numpy"


def rank_check() -> tuple[bool, str]:
    """Check fused arithmetic on arrays with eight axes."""
    cube = np.arange(2.0 * 3**7, dtype=np.float32).reshape(2, *(3,) * 7)
    got = jax.jit(lambda a: jnp.sum(jnp.exp(-a / 1e3) * jnp.swapaxes(a, 1, 6), axis=(2, 4)))(cube)
    wanted = np.sum(np.exp(-cube / 1e3) * np.swapaxes(cube, 1, 6), axis=(2, 4))
    return bool(np.allclose(got, wanted, rtol=1e-4)), "arrays with eight axes agree with numpy"


def physics_check() -> tuple[bool, str]:
    """Check the events of one theory, in both precisions, against a number from adaptive quadrature."""
    from jaxdump.settings import with_numbers

    experiment, _ = with_numbers(NA64MU_2022, LmuLtau, {"efficiency": 1.0})
    errors = {}
    for name in EVENTS_TOLERANCE:
        with jax.enable_x64(name == "float64"):
            theory = LmuLtau(mass=jnp.asarray(0.01, dtype=name), g=jnp.asarray(1e-3, dtype=name))
            errors[name] = abs(float(jnp.exp(jax.jit(experiment.log_signal)(theory)[0])) / EVENTS_AT_1E_3 - 1)
    told = ", ".join(f"{name} {error:.0e}" for name, error in errors.items())
    return all(errors[name] < EVENTS_TOLERANCE[name] for name in errors), f"events against adaptive quadrature: {told}"


CHECKS: dict[str, Callable[[], tuple[bool, str]]] = {
    "version": version_check,
    "products": product_check,
    "ranks": rank_check,
    "physics": physics_check,
}


def report(as_json: bool) -> int:
    """Print the versions and the results of all checks; the exit status is 0 if all are right, else 1."""
    packages = {
        name: importlib.metadata.version(name) for name in ("jax", "jaxlib", "equinox", "jaxtyping", "numpy", "matplotlib")
    }
    rows = [{"what": "jaxdump", "found": __version__}, {"what": "python", "found": platform.python_version()}]
    rows += [{"what": name, "found": version} for name, version in packages.items()]
    rows += [{"what": "device", "found": f"{device.platform}: {device.device_kind}"} for device in jax.devices()]
    checks = [
        {"check": name, "status": "ok" if ok else "WRONG", "detail": detail} for name, (ok, detail) in run_checks().items()
    ]
    process.answer(output.as_json({"rows": rows + checks}) if as_json else output.as_table(rows + checks, {}))
    return 0 if all(check["status"] == "ok" for check in checks) else 1


def run_checks() -> dict[str, tuple[bool, str]]:
    """The results of all checks, by name."""
    return {name: check() for name, check in CHECKS.items()}
