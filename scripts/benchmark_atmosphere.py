"""Measure the limit of Super-Kamiokande on millicharged particles, as rows for docs/benchmarks.md.

python scripts/benchmark_atmosphere.py
python scripts/benchmark_atmosphere.py --quick     # one region, mesons, two masses
"""

import argparse
import time
from functools import partial

import jax
import jax.numpy as jnp
import numpy as np

import jaxdump
from jaxdump.cli import process
from jaxdump.cli.entry import prepare_jax
from jaxdump.experiments import AT_GROUND, SUPERK, SUPERK_SPECTRUM
from jaxdump.inference.statistics import Asymptotic
from jaxdump.settings import with_numbers
from jaxdump.theories import Millicharge

MASSES = np.geomspace(0.01, 3, 60)


def cpu_seconds(function, *arguments) -> tuple[float, float]:
    """CPU seconds of the first call, and of the next two, each."""
    start = time.process_time()
    jax.block_until_ready(function(*arguments))
    first = time.process_time()
    for _ in range(2):
        jax.block_until_ready(function(*arguments))
    return first - start, (time.process_time() - first) / 2


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--quick", action="store_true", help="one region, mesons, two masses")
    quick = parser.parse_args().quick
    process.compile_quickly()
    prepare_jax()
    masses = MASSES[20:60:30] if quick else MASSES
    print(f"| {masses.size} masses | precision | first call, CPU [s] | next calls, CPU [s] |")
    print("|---|---|---|---|")
    if not quick:
        first, warm = cpu_seconds(partial(jaxdump.limit, SUPERK_SPECTRUM, Millicharge, masses, Asymptotic(combined=True)))
        bins = f"{sum(region.bins for region in SUPERK_SPECTRUM.regions)} bins with 12 free templates"
        print(f"| limit, {bins} | float64 | {first:.1f} | {warm:.2f} |", flush=True)
    for precision in ("float64",) if quick else ("float64", "float32"):
        first, warm = cpu_seconds(partial(jaxdump.limit, SUPERK, Millicharge, masses, precision=precision))
        print(f"| limit, one region | {precision} | {first:.1f} | {warm:.2f} |", flush=True)
        with jax.enable_x64(precision == "float64"):
            for parents in ("mesons",) if quick else ("mesons", "bremsstrahlung", "drell-yan", "all"):
                run, _ = with_numbers(AT_GROUND, Millicharge, {"parents": parents})
                fluxes = jax.jit(lambda masses, run=run: jax.lax.map(lambda m: run.log_signal(Millicharge(m, 1.0)), masses))
                first, warm = cpu_seconds(fluxes, jnp.asarray(masses, precision))
                print(f"| flux, {parents} | {precision} | {first:.1f} | {warm:.2f} |")


if __name__ == "__main__":
    main()
