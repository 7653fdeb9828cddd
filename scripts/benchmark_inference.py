"""Cost of contours against grid and contourpy, of curves, and of limits against pyhf and scipy, as tables in markdown.

    python scripts/benchmark_inference.py                  # all sections, some minutes
    python scripts/benchmark_inference.py --only contours  # one of them
    python scripts/benchmark_inference.py --quick          # each as small as it goes: its rates mean little

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
from jaxdump.experiments import NA64MU_1E13
from jaxdump.inference.contours import Excess
from jaxdump.inference.counts import Counts
from jaxdump.inference.exclusion import criterion
from jaxdump.inference.profile import profile_test, profiled_upper_count
from jaxdump.inference.signals import Signals
from jaxdump.inference.statistics import PUBLISHED, statistic_named
from jaxdump.settings import with_numbers
from jaxdump.theories import AlpPhoton, DarkPhoton
from jaxdump.theories.family import Family

BOX = (1e-3, 0.3, 1e-6, 1e3)
GRIDS = (100, 200, 400, 600, 800, 1600, 3200)
TOLERANCES = (3e-3, 1e-3, 3e-4, 1e-4, 1e-5, 1e-6)
LIMITS, PROFILED_LIMITS = 100_000, 2000


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    sections = {"contours": contours, "curves": curves, "statistics": statistics}
    parser.add_argument("--only", choices=sections, help="one section")
    parser.add_argument("--quick", action="store_true", help="one tolerance, one grid, few limits")
    args = parser.parse_args()
    jax.config.update("jax_enable_x64", True)
    print(f"{jax.devices()[0].device_kind}, {os.cpu_count()} cores, jax {jax.__version__}, pyhf {pyhf.__version__}\n")
    for name, section in sections.items():
        if args.only in (None, name):
            section(args.quick)


def contours(quick: bool) -> None:
    """The visible island of axions with photons: 1e13 muons, efficiency 1."""
    run, _ = with_numbers(NA64MU_1E13.only("visible"), AlpPhoton, {"efficiency": 1.0})
    excess = Excess(Signals.of(run, AlpPhoton), criterion(run, PUBLISHED), 0)
    rows, repeats = [], 1 if quick else 3
    for tolerance in TOLERANCES[1:2] if quick else TOLERANCES:
        find = lambda tolerance=tolerance: jaxdump.contours(run, AlpPhoton, BOX, tolerance=tolerance)
        found = find()
        (island,), (survey,) = found.islands, found.surveys
        error = miss(excess, np.log(island.path))
        rows.append((f"jaxdump, tolerance {tolerance:g}", survey.evaluations, survey.gradients, best(find, repeats), error))
    for size in GRIDS[:1] if quick else GRIDS:
        find = lambda size=size: by_grid(excess, size)
        lines = find()
        halves = [np.concatenate([line, (line[1:] + line[:-1]) / 2]) for line in lines]
        error = max(miss(excess, points) for points in halves)
        rows.append((f"grid {size} x {size} and contourpy", size**2, 0, best(find, repeats), error))
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


def curves(quick: bool) -> None:
    """The curve of 64 points around what the visible dark photons exclude, and its slopes in alpha_D."""
    if quick:  # it would compile as long as otherwise
        return
    run, box = NA64MU_1E13.only("visible"), ((0.01, 0.2), (1e-6, 1e-1))
    points = lambda alpha_D: jaxdump.contour_curve(run, Family(DarkPhoton, alpha_D=alpha_D), 64, box=box).points
    ways = {
        "one curve": (points, 1e-10),
        "with slopes in alpha_D": (jax.jacfwd(points), 1e-10),
        "64 curves by `vmap`": (jax.vmap(points), np.full(64, 1e-10)),
    }
    rows = []
    for name, (function, alpha_D) in ways.items():
        compiled = jax.jit(function)
        call = lambda compiled=compiled, alpha_D=alpha_D: jax.block_until_ready(compiled(alpha_D))
        start = time.process_time()
        call()
        rows.append((name, time.process_time() - start, cpu(call, 3)))
    table("Curves of 64 points", ("what", "first call, CPU [s]", "next calls, CPU [s]"), rows)


def statistics(quick: bool) -> None:
    """Upper limits on the signal of single counts: exact ones, and with an uncertain background."""
    rows, size, repeats = [], 100 if quick else LIMITS, 1 if quick else 3
    key = np.random.default_rng(0)
    background = key.uniform(0.0, 20.0, size)
    observed = key.poisson(background).astype(float)
    exact = jax.jit(jax.vmap(lambda n, b: jaxdump.upper_count(n, b, 0.9)))
    few = range(5 if quick else 200)
    words = "exact Poisson CLs, one count"
    rows.append((words, "jaxdump", size / cpu(lambda: jax.block_until_ready(exact(observed, background)), repeats)))
    rows.append((words, "scipy brentq", len(few) / cpu(lambda: [by_scipy(observed[i], background[i]) for i in few], repeats)))

    size, backgrounds = (3, (3.0,)) if quick else (PROFILED_LIMITS, (1.0, 2.0, 3.0, 4.0, 5.0))
    counts = jax.vmap(uncertain)(jnp.linspace(1.0, 6.0, size))
    for statistic in ("asymptotic",) if quick else ("profile", "asymptotic"):
        chosen = statistic_named(statistic)
        limit = jax.jit(jax.vmap(lambda one, s=chosen: profiled_upper_count(profile_test(one, s.method, s.level), frozen=True)))
        rate = size / cpu(lambda limit=limit: jax.block_until_ready(limit(counts)), repeats)
        rows.append((f"{statistic}, one count, uncertain background", "jaxdump", rate))
    rate = len(backgrounds) / cpu(lambda: [by_pyhf(b) for b in backgrounds], repeats)
    rows.append(("asymptotic, one count, uncertain background", "pyhf", rate))
    table("Upper limits at 90 % CL", ("statistic", "code", "limits a second of CPU time"), rows)
    middle, signal = float(counts.background[size // 2, 0]), float(limit(counts)[size // 2])
    told = f"asymptotic limit for 5 seen, {middle:.3g} expected to a factor 1.3"
    print(f"{told}: jaxdump {signal:.6f}, pyhf {by_pyhf(middle):.6f}\n")


def uncertain(background: jax.Array) -> Counts:
    """Five seen where `background` is expected, to a factor 1.3."""
    none = jnp.zeros((1, 1))
    return Counts(
        observed=jnp.array([5.0]),
        background=background[None],
        background_slopes=jnp.log(jnp.full((1, 1), 1.3)),
        signal_slopes=none,
        templates=none[:, 1:],
        centre=none[0],
    )


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


def best(call: Callable[[], object], repeats: int) -> float:
    """Least wall time [s]."""
    times = []
    for _ in range(repeats):
        start = time.perf_counter()
        call()
        times.append(time.perf_counter() - start)
    return min(times)


def cpu(call: Callable[[], object], repeats: int) -> float:
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
