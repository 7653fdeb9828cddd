"""Measure the exact tree level: masses a CPU second, and how far it is from many nodes, as rows for docs/benchmarks.md.

python scripts/benchmark_exact.py
python scripts/benchmark_exact.py --quick     # one theory at NA64e, few masses
"""

import argparse
import dataclasses
import time

import jax
import jax.numpy as jnp
import numpy as np

from jaxdump.experiments import NA64E_2022, NA64MU_2022
from jaxdump.production.leptons.vertices import VERTICES
from jaxdump.theories import AlpPhoton, AxialVector, DarkPhoton, PseudoscalarMediator, ScalarMediator, Spin2

MASSES = 100
THEORIES = (ScalarMediator, PseudoscalarMediator, DarkPhoton, AxialVector, Spin2, AlpPhoton)


def cross_sections(production, theory, dtype: str, number: int):
    """A compiled function of masses [GeV], and the masses."""
    one = lambda mass: production.sigma(theory(mass, jnp.ones_like(mass)))
    return jax.jit(lambda masses: jax.lax.map(one, masses)), jnp.geomspace(1e-3, 1, number).astype(dtype)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--quick", action="store_true", help="one theory at NA64e, few masses")
    quick = parser.parse_args().quick
    runs, theories, number = ((NA64E_2022,), THEORIES[2:3], 3) if quick else ((NA64E_2022, NA64MU_2022), THEORIES, MASSES)
    jax.config.update("jax_enable_x64", True)
    print("| theory | beam | masses a CPU second, float64 | float32 | worst difference to many nodes |")
    print("|---|---|---|---|---|")
    for run in runs:
        production = dataclasses.replace(run.productions[0], method="exact")
        for theory in theories:
            rates, values = [], []
            for dtype in ("float64", "float32"):
                function, masses = cross_sections(production, theory, dtype, number)
                values.append(np.asarray(function(masses)))
                start = time.process_time()
                for _ in range(3):
                    jax.block_until_ready(function(masses))
                rates.append(3 * number / (time.process_time() - start))
            many = 2 * VERTICES[theory.element.name].nodes.angle
            fine, masses = cross_sections(dataclasses.replace(production, n_x=36, n_angle=many), theory, "float64", number)
            worst = np.max(np.abs(values[0] / np.asarray(fine(masses)) - 1))
            lepton = production.lepton
            print(f"| `{theory.name}` | {lepton} | {rates[0]:.0f} | {rates[1]:.0f} | {worst:.0e} |", flush=True)


if __name__ == "__main__":
    main()
