"""Speed of jaxdump against independent scipy and numpy code, as tables in markdown.

    python scripts/benchmark.py               # all sections, several minutes
    python scripts/benchmark.py --only plane  # one of them
    python scripts/benchmark.py --quick       # each as small as it goes: its rates mean little

Rates are per second of CPU time, so that threads count, and the best of several interleaved repeats, since machines are shared.
With an accelerator the wall time takes the place of the CPU time and what needs the rivals is left out. Needs `jaxdump[test]`.
"""

import argparse
import dataclasses
import itertools
import json
import math
import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterable
from functools import cache, partial
from pathlib import Path
from typing import NamedTuple
from unittest import mock

import jax
import jax.numpy as jnp
import numpy as np
from scipy.integrate import quad

import jaxdump
from jaxdump.experiments.na64mu import NA64MU_2022, PRODUCTION
from jaxdump.numerics.roots import interval_values
from jaxdump.production.leptons.bremsstrahlung import LeptonBremsstrahlung
from jaxdump.settings import with_numbers
from jaxdump.theories import AlpPhoton, LmuLtau, ScalarMuon

Cell = str | int | float


class Contender(NamedTuple):
    """A code that gives `size` cross-sections a call, with so many nodes and so large an error."""

    label: str
    nodes: str
    error: float
    size: int
    call: Callable[[], object]


THEORIES = {"vector": LmuLtau, "alp-photon": AlpPhoton, "scalar": ScalarMuon}
ACCURACY = 1e-6
MASSES = np.geomspace(1e-3, 3, 256)
ON_CPU = jax.devices()[0].platform == "cpu"
clock = time.process_time if ON_CPU else time.perf_counter

# The rivals: arXiv:2501.06294, Eqs. (3)-(6), (12), (17), (18), as one writes them from the paper, for any array module.
ALPHA, E, M_MU, M_E, Z, A = 1 / 137.035999084, 160.0, 0.1056583755, 0.51099895e-3, 82, 207
T_A, T_D = (M_E * Z ** (1 / 3) / 111) ** 2, 0.164 * A ** (-2 / 3)
PREFACTOR = ALPHA**2 / (4 * math.pi) * 3.893793721e8
X_LOW, X_HIGH, THETA_MAX, THETA_LOW = 0.5, 1 - M_MU / E, 0.1, 1e-4 * M_MU / E


legendre = cache(np.polynomial.legendre.leggauss)


def chi(t_min, t_max, log=np.log):
    """Photon flux of lead, Eqs. (17) and (18)."""
    d, delta = t_max - t_min, T_D - T_A
    logs = log((t_max + T_A) / (t_min + T_A)) - log((t_max + T_D) / (t_min + T_D))
    return (Z * T_D / delta) ** 2 * ((T_A + T_D + 2 * t_min) / delta * logs - d / (t_max + T_A) - d / (t_max + T_D))


def integrand(model: str, m, x, y, log=np.log, sqrt=np.sqrt):
    """dsigma / (dx dy) [pb] with y = E^2 theta^2; unit coupling."""
    u = x * y + m**2 * (1 - x) / x + M_MU**2 * x
    if model == "vector":
        a = 2 * (x**2 - 2 * x + 2) - 4 * (1 - x) * (m**2 + 2 * M_MU**2) * x**2 * y / u**2
    elif model == "scalar":
        a = x**2 - 2 * (1 - x) * (m**2 - 4 * M_MU**2) * x**2 * y / u**2
    else:
        a = u**2 / 4 * (y * (x**2 - 2 * x + 2) + M_MU**2 * x**2) / (x * (y + M_MU**2)) ** 2
    flux = chi((u / (2 * E * (1 - x))) ** 2, m**2 + M_MU**2, log)
    return PREFACTOR * sqrt(x**2 - (m / E) ** 2) * flux * a / u**2


def u_ends(m, x, sqrt=np.sqrt, least=np.minimum):
    """The range of U [GeV^2], up to the largest angle or to t_min = t_max."""
    low = m**2 * (1 - x) / x + M_MU**2 * x
    return low, least(low + x * (E * THETA_MAX) ** 2, 2 * E * (1 - x) * sqrt(m**2 + M_MU**2))


def sigma_quad(model: str, m: float, tolerance: float) -> float:
    """Nested scipy quad, scalar code with `math`: over x, and over ln(theta) of the ALP or ln(U) of the others."""
    density = partial(integrand, model, m, log=math.log, sqrt=math.sqrt)

    def inner(x: float) -> float:
        low, high = u_ends(m, x, math.sqrt, min)
        if high <= low:
            return 0.0
        if model == "alp-photon":
            over_theta = lambda s: density(x, E**2 * math.exp(2 * s)) * 2 * E**2 * math.exp(2 * s)
            return quad(over_theta, math.log(THETA_LOW), math.log((high - low) / x) / 2 - math.log(E), epsrel=tolerance)[0]
        over_u = lambda s: density(x, (math.exp(s) - low) / x) * math.exp(s) / x
        return quad(over_u, math.log(low), math.log(high), epsrel=tolerance)[0]

    return quad(inner, X_LOW, X_HIGH, epsrel=tolerance)[0]


def sigma_numpy(model: str, m, n_x: int, n_angle: int, paper: bool):
    """Gauss-Legendre for one mass or, with shape (masses, 1, 1), for all at once; in the paper's variables or in jaxdump's."""
    (u_x, w_x), (u_y, w_y) = legendre(n_x), legendre(n_angle)
    u_x, u_y = (u_x[:, None] + 1) / 2, (u_y + 1) / 2
    if paper:
        x, slope = X_LOW + (X_HIGH - X_LOW) * u_x, X_HIGH - X_LOW
    else:
        top = math.log(X_HIGH / (1 - X_HIGH))
        x = 1 / (1 + np.exp(-top * u_x))
        slope = top * x * (1 - x)
    low, high = u_ends(m, x)
    high = np.maximum(high, low)
    if paper and model == "alp-photon":
        start, stop = math.log(THETA_LOW), np.log(np.maximum((high - low) / x / E**2, THETA_LOW**2)) / 2
        y = E**2 * np.exp(2 * (start + (stop - start) * u_y))
        jacobian = 2 * y * (stop - start)
    else:
        scale = M_MU**2 if model == "alp-photon" else low / x
        top = np.log1p((high - low) / x / scale)
        above = scale * np.exp(top * u_y)
        y, jacobian = above - scale, above * top  # for bremsstrahlung ln(1 + y / scale) is ln(U / U0): the paper's variable
    inner = np.sum(integrand(model, m, x, y) * jacobian * w_y, axis=-1, keepdims=True)
    return np.sum(inner * slope * w_x[:, None], axis=(-1, -2)) / 4


def sigma_loop(model: str, masses: np.ndarray, n_x: int, n_angle: int, paper: bool) -> np.ndarray:
    """One numpy call a mass."""
    return np.array([sigma_numpy(model, m, n_x, n_angle, paper) for m in masses])


def sigma_vectorised(model: str, masses: np.ndarray, n_x: int, n_angle: int, paper: bool, chunk: int) -> np.ndarray:
    """One numpy call for `chunk` masses, so that the arrays stay in the cache."""
    parts = [masses[i : i + chunk, None, None] for i in range(0, masses.size, chunk)]
    return np.concatenate([sigma_numpy(model, part, n_x, n_angle, paper) for part in parts])


def sigma_jaxdump(theory: type, n_x: int, n_angle: int, batch: int) -> Callable:
    """The cross-sections of an array of masses [GeV], in its precision."""
    production = dataclasses.replace(PRODUCTION, n_x=n_x, n_angle=n_angle)
    sigma = lambda mass: production.sigma(theory(mass, jnp.ones_like(mass)))
    return jax.jit(lambda masses: jax.lax.map(sigma, masses, batch_size=batch))


def error(values, reference) -> float:
    """Largest relative error."""
    return float(np.max(np.abs(np.asarray(values, dtype=float) / reference - 1)))


def fewest_nodes(model: str, masses: np.ndarray, reference: np.ndarray, paper: bool) -> tuple[int, int]:
    """The fewest (n_x, n_angle) of numpy's Gauss-Legendre with which all masses reach `ACCURACY`."""

    def good(nodes: tuple[int, int]) -> bool:
        parts = (slice(None, None, 51), slice(None))
        return all(error(sigma_loop(model, masses[part], *nodes, paper), reference[part]) < ACCURACY for part in parts)

    return next(filter(good, sorted(itertools.product(range(8, 97, 2), range(8, 65, 2)), key=math.prod)))


def cost(calls: dict[str, Callable[[], object]], repeats: int = 5, least: float = 0.04) -> dict[str, float]:
    """Best time [s] of each call, in `repeats` rounds that take the calls in turn for at least `least` s each."""
    counts, best = {}, dict.fromkeys(calls, math.inf)
    for name, call in calls.items():
        jax.block_until_ready(call())
        start = time.perf_counter()
        jax.block_until_ready(call())
        counts[name] = max(1, math.ceil(least / (time.perf_counter() - start)))
    for _ in range(repeats):
        for name, call in calls.items():
            start = clock()
            for _ in range(counts[name]):
                jax.block_until_ready(call())
            best[name] = min(best[name], (clock() - start) / counts[name])
    return best


def table(title: str, head: Iterable[str], rows: Iterable[Iterable[Cell]]) -> None:
    """Print a table in markdown."""
    line = lambda cells: "| " + " | ".join(f"{c:.3g}" if isinstance(c, float) else str(c) for c in cells) + " |"
    print("", title, "", line(head), line("---" for _ in head), *map(line, rows), sep="\n", flush=True)


def rivals(model: str, masses: np.ndarray, reference: np.ndarray) -> list[Contender]:
    """scipy and numpy, each as coarse as `ACCURACY` allows, and numpy with jaxdump's variables too."""
    picked = slice(None, None, 85)
    quads = lambda tolerance: [sigma_quad(model, float(m), tolerance) for m in masses[picked]]
    tolerance, wrong = next(
        (t, e) for t in (1e-2, 1e-3, 1e-4, 1e-5, 1e-6) if (e := error(quads(t), reference[picked])) < ACCURACY
    )
    found = [
        Contender("(a) scipy quad, nested", f"epsrel {tolerance:g}", wrong, masses[picked].size, partial(quads, tolerance))
    ]
    for paper, where in ((True, "the paper's variables"), (False, "jaxdump's variables")):
        nodes = fewest_nodes(model, masses, reference, paper)
        wrong, few, text = error(sigma_loop(model, masses, *nodes, paper), reference), masses[::8], f"{nodes[0]} x {nodes[1]}"
        loop = partial(sigma_loop, model, few, *nodes, paper)
        found.append(Contender(f"(b) numpy, one mass a call, {where}", text, wrong, few.size, loop))
        for chunk in (2, 8, 32, 256):
            call = partial(sigma_vectorised, model, masses, *nodes, paper, chunk)
            found.append(Contender(f"(c) numpy, many masses a call, {where}", text, wrong, masses.size, call))
    return found


def enough_nodes(theory: type) -> tuple[int, int]:
    """Nodes in x and in angle that reach 1e-6 of a cross-section; decays in flight take 16 in x by default."""
    return 12, theory(0.1, 1.0).emissions("muon")[0].element.angular_nodes


def ours(theory: type, masses: np.ndarray, reference: np.ndarray, quick: bool) -> list[Contender]:
    """jaxdump in both precisions, with enough nodes and with more, in batches of several sizes."""
    found, batches = [], (4,) if quick else (4, 16, 64) if ON_CPU else (256,)
    for dtype, nodes in itertools.product(("float64", "float32"), (enough_nodes(theory), (16, 16))[: 1 if quick else None]):
        for batch in batches:
            call = partial(sigma_jaxdump(theory, *nodes, batch), jnp.asarray(masses, dtype))
            wrong = error(call(), reference)
            found.append(Contender(f"(d) jaxdump, {dtype}", f"{nodes[0]} x {nodes[1]}", wrong, masses.size, call))
    return found


def cross_sections(quick: bool) -> None:
    """sigma(x > 0.5) [pb]: the best of each code, and how many times faster jaxdump is in float64."""
    masses = MASSES[::85] if quick else MASSES
    for model, theory in list(THEORIES.items())[: 1 if quick else None]:
        reference = np.asarray(sigma_jaxdump(theory, 64, 64, 16)(jnp.asarray(masses)))
        contenders = (rivals(model, masses, reference) if ON_CPU else []) + ours(theory, masses, reference, quick)
        times = cost({str(i): c.call for i, c in enumerate(contenders)}, *((1, 0.0) if quick else ()))
        best: dict[tuple[str, str], tuple[float, float]] = {}
        for i, c in enumerate(contenders):
            best[c.label, c.nodes] = max(best.get((c.label, c.nodes), (0.0, 0.0)), (c.size / times[str(i)], c.error))
        double = {nodes: rate for (label, nodes), (rate, wrong) in best.items() if "float64" in label and wrong < ACCURACY}
        default = double["{} x {}".format(*enough_nodes(theory))]
        rows = [(*key, wrong, f"{rate:,.0f}", default / rate) for key, (rate, wrong) in best.items()]
        head = ("code", "nodes", "largest error", "a second", "jaxdump's first row is faster by")
        table(f"Cross-sections, {model}, {masses.size} masses from 1 MeV to 3 GeV", head, rows)
    if not ON_CPU:
        print("\nNo CPU: the rivals (a), (b), (c) are skipped.")


def precisions(quick: bool) -> None:
    """ns a node against the number of angles, the length of the inner loop, in both precisions."""
    rows, lengths = [], (12,) if quick else (8, 12, 14, 16, 24, 32)
    for n in lengths:
        calls = {d: partial(sigma_jaxdump(LmuLtau, 12, n, 4), jnp.asarray(MASSES, d)) for d in ("float64", "float32")}
        times = cost(calls, repeats=1 if quick else 15)
        double, single = (times[d] / (MASSES.size * 12 * n) * 1e9 for d in ("float64", "float32"))
        rows.append((n, *(f"{MASSES.size / times[d]:,.0f}" for d in calls), double, single, double / single))
    head = ("n_angle", "float64 a second", "float32 a second", "float64 ns a node", "float32 ns a node", "float32 faster by")
    table("Cross-sections, vector, n_x = 12, 4 masses at once", head, rows)


def limits(quick: bool) -> None:
    """200 masses, warm; and the number of production integrals that one mass takes, counted as they are done."""
    experiment, theory = with_numbers(NA64MU_2022, AlpPhoton, {"efficiency": 1.0})
    masses = np.geomspace(1e-3, 0.1, 5 if quick else 200)
    cases = list(itertools.product((experiment.only("invisible"), experiment), ("float64", "float32")))[: 1 if quick else None]
    calls = {str(i): partial(jaxdump.limit, e, theory, masses, precision=p) for i, (e, p) in enumerate(cases)}
    wall = {key: min(timed(call)[0] for _ in range(2 if quick else 6)) for key, call in calls.items()}
    rows = [(", ".join(r.name for r in e.regions), p, wall[str(i)]) for i, (e, p) in enumerate(cases)]
    table(f"Two-sided limits at {masses.size} masses, warm", ("regions", "precision", "wall time [s]"), rows)
    original, done = LeptonBremsstrahlung.__call__, []

    def counted(self: LeptonBremsstrahlung, *args: object) -> object:
        jax.debug.callback(lambda: done.append(1))
        return original(self, *args)

    edges = lambda mass, counts: jaxdump.coupling_intervals(experiment, theory, mass, counts, search=interval_values)
    with mock.patch.object(LeptonBremsstrahlung, "__call__", counted):
        jax.jit(edges)(0.01, np.array([2.3, 7.8]))
        jax.effects_barrier()
    print(f"\nProduction integrals for one mass with both regions: {len(done)}")


def timed(call: Callable[[], object]) -> tuple[float, object]:
    """Wall time [s] and result."""
    start = time.perf_counter()
    result = jax.block_until_ready(call())
    return time.perf_counter() - start, result


def plane_process(dtype: str, batch: int, points: int) -> None:
    """What `plane` runs in a process of its own: prints the best wall time [s] and the peak of memory [GB]."""
    experiment, theory = with_numbers(NA64MU_2022, AlpPhoton, {"efficiency": 1.0})
    masses, couplings = jnp.geomspace(1e-3, 0.3, points, dtype=dtype), jnp.geomspace(1e-6, 1, points, dtype=dtype)
    grid = jax.jit(lambda masses, couplings: jaxdump.grid(experiment, theory, masses, couplings, batch_size=batch))
    compiled, plane = timed(lambda: grid(masses, couplings))
    assert plane.dtype == dtype
    wall = min(timed(lambda: grid(masses, couplings))[0] for _ in range(5))
    status = Path("/proc/self/status").read_text()  # not ru_maxrss, which a child inherits from its parent on Linux
    print(json.dumps([compiled, wall, int(status.split("VmHWM:")[1].split()[0]) * 1024 / 1e9]))


def plane(quick: bool) -> None:
    """1000 masses x 1000 couplings, two regions with decays, each case in a process of its own."""
    rows, points = [], 20 if quick else 1000
    for dtype, batch in itertools.product(("float64",) if quick else ("float64", "float32"), (4,) if quick else (1, 4, 16, 64)):
        command = [sys.executable, __file__, "--plane-process", dtype, str(batch), str(points)]
        done = subprocess.run(command, capture_output=True, text=True, check=True)
        rows.append((dtype, batch, *json.loads(done.stdout)))
    head = ("precision", "masses at once", "first call [s]", "warm [s]", "peak memory of the process [GB]")
    table(f"{points} x {points} plane of masses and couplings, ALP-photon, two regions with decays", head, rows)


def command_line(quick: bool) -> None:
    """Wall times of the `jaxdump` command as a user sees them, with the cache of compiled programs empty and full."""
    program = str(Path(sys.executable).with_name("jaxdump"))
    limit = [program, "limit", "na64mu-2022", "alp-photon", "--mass-range", "1e-3", "0.1", "50"]
    times: dict[str, list[float]] = {"limit, empty cache": [], "limit, full cache": [], "--help": []}
    for _ in range(1 if quick else 5):
        with tempfile.TemporaryDirectory() as cache:
            for name, command in zip(times, (limit, limit, [program, "--help"]), strict=True):
                run = partial(
                    subprocess.run, command, env={**os.environ, "XDG_CACHE_HOME": cache}, capture_output=True, check=True
                )
                times[name].append(timed(run)[0])
    rows = [(name, min(values), statistics.median(values)) for name, values in times.items()]
    table("Command line, `limit na64mu-2022 alp-photon --mass-range 1e-3 0.1 50`", ("command", "best [s]", "median [s]"), rows)


def derivatives(quick: bool) -> None:
    """Compile and run times of log_signal (two regions, ALP-photon) and of its derivatives in (mass, coupling)."""
    value = lambda mass, g: NA64MU_2022.log_signal(AlpPhoton(mass, g))
    ones = lambda mass, g: (jnp.ones_like(mass), jnp.ones_like(g))
    functions = {
        "value": value,
        "jvp": lambda mass, g: jax.jvp(value, (mass, g), ones(mass, g)),
        "reverse gradient of one region": jax.value_and_grad(lambda mass, g: value(mass, g)[0], argnums=(0, 1)),
    }
    points = (jnp.asarray(MASSES), jnp.full(MASSES.shape, 1e-3))
    programs, compiled = {}, dict.fromkeys(functions, math.inf)
    for _, name in itertools.product(range(1 if quick else 5), functions):
        if not quick:
            jax.clear_caches()
        start = time.perf_counter()
        programs[name] = jax.jit(jax.vmap(functions[name])).lower(*points).compile()
        compiled[name] = min(compiled[name], time.perf_counter() - start)
    times = cost({name: partial(program, *points) for name, program in programs.items()}, *((1, 0.0) if quick else ()))
    rows = [
        (
            name,
            compiled[name],
            compiled[name] / compiled["value"],
            times[name] / MASSES.size * 1e6,
            times[name] / times["value"],
        )
        for name in functions
    ]
    head = ("function", "trace and compile [s]", "over value", f"{'CPU' if ON_CPU else 'wall'} time a point [us]", "over value")
    table(f"log_signal of two regions, float64, {MASSES.size} points", head, rows)


SECTIONS = {f.__name__: f for f in (cross_sections, precisions, limits, plane, command_line, derivatives)}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--only", choices=SECTIONS, help="one section")
    parser.add_argument("--quick", action="store_true", help="few masses, one repeat")
    parser.add_argument("--plane-process", nargs=3, metavar=("DTYPE", "BATCH", "POINTS"), help=argparse.SUPPRESS)
    args = parser.parse_args()
    jax.config.update("jax_enable_x64", True)
    if args.plane_process:
        plane_process(args.plane_process[0], *map(int, args.plane_process[1:]))
        return
    device = jax.devices()[0]
    print(f"{device.platform} ({device.device_kind}), {os.cpu_count()} cores, jax {jax.__version__}, numpy {np.__version__}")
    for name, section in SECTIONS.items():
        if args.only in (None, name):
            section(args.quick)


if __name__ == "__main__":
    main()
