"""Cost of contours against grid and contourpy, and of limits against pyhf and scipy, as tables in markdown.

    python scripts/benchmark_inference.py                  # both sections, some minutes
    python scripts/benchmark_inference.py --only contours  # one of them

Each comparison is one run on one machine. Needs `jaxdump[test]`.
"""

import argparse
import os
import time
from collections.abc import Callable

import contourpy
import jax
import jax.numpy as jnp
import numpy as np
import pyhf
from scipy.optimize import brentq
from scipy.stats import poisson

import jaxdump
from jaxdump.counts import Counts
from jaxdump.criterion import PROFILED, PUBLISHED, Rule, criterion, profiled, profiled_upper_count
from jaxdump.experiments import NA64MU_1E13
from jaxdump.islands import Excess
from jaxdump.names import with_numbers
from jaxdump.signals import Signals
from jaxdump.theories import AlpPhoton

BOX = (1e-3, 0.3, 1e-6, 1e3)
GRIDS = (100, 200, 400, 600, 800, 1600, 3200)
TOLERANCES = (3e-3, 1e-3, 3e-4, 1e-4, 1e-5, 1e-6)
LIMITS = 100_000


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    sections = {"contours": contours, "statistics": statistics}
    parser.add_argument("--only", choices=sections, help="one section")
    args = parser.parse_args()
    jax.config.update("jax_enable_x64", True)
    print(f"{jax.devices()[0].device_kind}, {os.cpu_count()} cores, jax {jax.__version__}, pyhf {pyhf.__version__}\n")
    for name, section in sections.items():
        if args.only in (None, name):
            section()


def contours() -> None:
    """The visible island of axions with photons: 1e13 muons, efficiency 1."""
    run, _ = with_numbers(NA64MU_1E13.only("visible"), AlpPhoton, {"efficiency": 1.0})
    excess = Excess(Signals.of(run, AlpPhoton), criterion(run, PUBLISHED), 0)
    rows = []
    for tolerance in TOLERANCES:
        find = lambda tolerance=tolerance: jaxdump.contours(run, AlpPhoton, BOX, tolerance=tolerance)
        found = find()
        (island,), (survey,) = found.islands, found.surveys
        error = miss(excess, np.log(island.path))
        rows.append((f"jaxdump, tolerance {tolerance:g}", survey.evaluations, survey.gradients, best(find), error))
    for size in GRIDS:
        find = lambda size=size: by_grid(excess, size)
        lines = find()
        halves = [np.concatenate([line, (line[1:] + line[:-1]) / 2]) for line in lines]
        error = max(miss(excess, points) for points in halves)
        rows.append((f"grid {size} x {size} and contourpy", size**2, 0, best(find), error))
    table(
        "Visible island of alp-photon, 1e13 muons",
        ("method", "values", "gradients", "time [s]", "largest error [decades]"),
        rows,
    )


def by_grid(excess: Excess, size: int) -> list[np.ndarray]:
    """The zero lines of a grid with one production integral a mass, by linear interpolation."""
    x, y = np.linspace(*np.log(BOX[:2]), size), np.linspace(*np.log(BOX[2:]), size)
    plane = np.concatenate([excess.grid(part, y) for part in np.split(x, size // 50)])
    return contourpy.contour_generator(x, y, np.maximum(plane, -50).T).lines(0.0)


def miss(excess: Excess, points: np.ndarray) -> float:
    """Largest distance from the true curve to first order, in decades."""
    value, slope = excess.value_and_gradient(points)
    return float(np.max(np.abs(value) / np.linalg.norm(slope, axis=1)) / np.log(10))


def statistics() -> None:
    """Upper limits on the signal of single counts, and of two regions with nuisances."""
    key = np.random.default_rng(0)
    background = key.uniform(0.0, 20.0, LIMITS)
    observed = key.poisson(background).astype(float)
    exact = jax.jit(jax.vmap(lambda n, b: jaxdump.upper_count(n, b, 0.9)))
    rows = [
        ("exact Poisson CLs, one count", "jaxdump", LIMITS / cpu(lambda: jax.block_until_ready(exact(observed, background))))
    ]
    few = range(200)
    rows.append(
        ("exact Poisson CLs, one count", "scipy brentq", 200 / cpu(lambda: [by_scipy(observed[i], background[i]) for i in few]))
    )

    counts = Counts(*(jnp.asarray(a) for a in ([[5.0]], [[3.0]], [[[np.log(1.3)]]], [[[0.0]]], [[0.0]])))
    many = jax.tree.map(lambda leaf: jnp.repeat(leaf, 2000, axis=0), counts)
    many = Counts(many.observed, jnp.linspace(1, 6, 2000)[:, None], *jax.tree.leaves(many)[2:])
    for statistic in PROFILED:
        limit = jax.jit(jax.vmap(lambda one, s=statistic: profiled_upper_count(profiled(one, Rule(s)))))
        rate = 2000 / cpu(lambda limit=limit: jax.block_until_ready(limit(many)))
        rows.append((f"{statistic}, one count, uncertain background", "jaxdump", rate))
    rows.append(("asymptotic, one count, uncertain background", "pyhf", 5 / cpu(lambda: [by_pyhf(b) for b in (1, 2, 3, 4, 5)])))
    table("Upper limits at 90 % CL", ("statistic", "code", "limits a second of CPU time"), rows)
    signal = float(profiled_upper_count(profiled(jax.tree.map(lambda leaf: leaf[0], counts), Rule("asymptotic"))))
    print(f"asymptotic limit for 5 seen, 3 +- 0.9 expected: jaxdump {signal:.6f}, pyhf {by_pyhf(3.0):.6f}\n")


def by_scipy(observed: float, background: float) -> float:
    """The exact CLs limit as one writes it with scipy."""
    log_cls = lambda s: poisson.logcdf(observed, s + background) - poisson.logcdf(observed, background)
    return brentq(lambda s: log_cls(s) - np.log(0.1), 0, 200)


def by_pyhf(background: float) -> float:
    """The asymptotic limit by pyhf, which takes the same log-normal background."""
    up = {"name": "b", "type": "normsys", "data": {"hi": 1.3, "lo": 1 / 1.3}}
    samples = [
        {"name": "signal", "data": [1.0], "modifiers": [{"name": "mu", "type": "normfactor", "data": None}]},
        {"name": "background", "data": [background], "modifiers": [up]},
    ]
    spec = {"channels": [{"name": "count", "samples": samples}], "parameters": [{"name": "mu", "bounds": [[0, 100]]}]}
    model = pyhf.Model(spec, poi_name="mu", modifier_settings={"normsys": {"interpcode": "code1"}})
    data = [5.0, *model.config.auxdata]
    return float(pyhf.infer.intervals.upper_limits.toms748_scan(data, model, 0, 100, level=0.1, rtol=1e-6)[0])


def best(call: Callable[[], object], repeats: int = 3) -> float:
    """Least wall time [s]."""
    times = []
    for _ in range(repeats):
        start = time.perf_counter()
        call()
        times.append(time.perf_counter() - start)
    return min(times)


def cpu(call: Callable[[], object], repeats: int = 3) -> float:
    """Least CPU time [s], after a first call that compiles."""
    call()
    times = []
    for _ in range(repeats):
        start = time.process_time()
        call()
        times.append(time.process_time() - start)
    return min(times)


def table(title: str, head: tuple[str, ...], rows: list[tuple]) -> None:
    """Print a table in markdown."""
    cell = lambda value: f"{value:,}" if isinstance(value, int) else f"{value:.3g}" if isinstance(value, float) else value
    print(f"{title}\n\n| {' | '.join(head)} |\n|{' --- |' * len(head)}")
    for row in rows:
        print(f"| {' | '.join(map(cell, row))} |")
    print()


if __name__ == "__main__":
    main()
