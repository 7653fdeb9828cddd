"""Cost of a plane with decays in a volume and an aperture, where all but the probability to decay is held, as a table.

    python scripts/benchmark_held.py          # 4e5 particles before they are thinned, 1e4 points
    python scripts/benchmark_held.py --quick  # few of both: its times mean little

Muons that lose energy radiate a scalar, which couples to muons alone and decays to two photons at one of 16 places. The events
of all points are taken with `Signals`, as contours and fits do. The largest difference is that of the events of the first mass
to those of particles that are not thinned, where these are more than one.
"""

import argparse
import dataclasses
import os
import time
from collections.abc import Callable

import jax
import numpy as np

from jaxdump import Channel, Experiment, SignalRegion
from jaxdump.detection.aperture import Aperture
from jaxdump.detection.calorimeter import DecayVolume
from jaxdump.detection.places import DecayPlaces, DecayThere, Thinned
from jaxdump.inference.signals import Signals
from jaxdump.matter.materials import LEAD
from jaxdump.production.leptons.bremsstrahlung import LeptonBremsstrahlung
from jaxdump.sources.beam import ParticleList
from jaxdump.theories import ScalarMuon

LOSS, LENGTH = 2.0, 1.5
"""Energy that a muon loses [GeV/m], and the length of the target [m]."""
PLACES = 16
PLANES = ((1, 10_000), (100, 100))
"""Masses and couplings of a plane."""
MASSES, COUPLINGS = (0.05, 0.2), (1e-6, 1e-2)


def dump(rows: int, steps: int) -> Experiment:
    """A proton dump, with `rows` muons of energies between 10 and 300 GeV, each in `steps` parts of its path."""
    energy = np.geomspace(12.0, 300.0, rows)[:, None] - LOSS * LENGTH * (np.arange(steps) + 0.5) / steps
    weight = np.broadcast_to(1e-3 * np.geomspace(1.0, 1e-4, rows)[:, None] / rows, energy.shape)
    muons = ParticleList("muon", LEAD, LENGTH / steps, energy.ravel(), weight.ravel(), unit="proton")
    volume = DecayVolume(shield=53.2, decay_length=50.0)
    aperture = Aperture(radius=2.5, distance=110.0, daughters=("photon", "photon"))
    stages = DecayPlaces(volume, PLACES), aperture, Thinned(places=PLACES), DecayThere(seen="photon")
    region = SignalRegion("photons", (Channel("radiation", stages),), observed=0.0, background=0.0, published_upper_count=2.3)
    return Experiment("dump", "", (), 2e20, (LeptonBremsstrahlung("radiation", muons, x_min=0.03),), (region,))


def not_thinned(experiment: Experiment) -> Experiment:
    (region,) = experiment.regions
    (channel,) = region.channels
    stages = tuple(stage for stage in channel.stages if not isinstance(stage, Thinned))
    channel = dataclasses.replace(channel, stages=stages)
    return dataclasses.replace(experiment, regions=(dataclasses.replace(region, channels=(channel,)),))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--quick", action="store_true", help="few particles and points")
    quick = parser.parse_args().quick
    jax.config.update("jax_enable_x64", True)
    print(f"{jax.devices()[0].device_kind}, {os.cpu_count()} cores, jax {jax.__version__}\n")
    print("| masses | couplings | particles before they are thinned | first call [s] | next calls [s] | largest difference |")
    print("| --- | --- | --- | --- | --- | --- |")
    experiment = dump(10, 2) if quick else dump(200, 8)
    signals = Signals.of(experiment, ScalarMuon)
    particles, exact = every_particle(experiment)
    for size in ((2, 20), (3, 10)) if quick else PLANES:
        masses, couplings = (np.geomspace(*ends, number) for ends, number in zip((MASSES, COUPLINGS), size, strict=True))
        call = lambda masses=masses, couplings=couplings: signals.plane(np.log(masses), np.log(couplings))[:, :, 0]
        first, plane = timed(call)
        again = min(timed(call)[0] for _ in range(3))
        some = slice(None, None, -(-len(couplings) // 20))
        wanted = np.asarray(exact(masses[0], couplings[some]))
        worst = np.max(np.abs(np.expm1(plane[0, some] - wanted))[wanted > 0])
        print(f"| {len(masses)} | {len(couplings):,} | {particles:,} | {first:.2f} | {again:.3f} | {worst:.1e} |")


def every_particle(experiment: Experiment) -> tuple[int, Callable]:
    """The number of particles that are not thinned, and their events of a mass and couplings."""
    (region,) = experiment.regions
    (channel,) = region.channels
    stages = tuple(stage for stage in channel.stages if not isinstance(stage, Thinned))
    region = dataclasses.replace(region, channels=(dataclasses.replace(channel, stages=stages),))
    whole = dataclasses.replace(experiment, regions=(region,))

    @jax.jit
    def exact(mass, couplings):
        ready = whole.held(ScalarMuon(mass, 1.0))
        return jax.lax.map(lambda g: ready.log_signal(ScalarMuon(mass, g))[0], couplings)

    (flux,) = jax.eval_shape(lambda mass: whole.fluxes(ScalarMuon(mass, 1.0))[0], MASSES[0]).values()
    return flux.energy.size, exact


def timed(call: Callable[[], np.ndarray]) -> tuple[float, np.ndarray]:
    """Wall time [s] of a call, and its result."""
    start = time.perf_counter()
    result = call()
    return time.perf_counter() - start, result


if __name__ == "__main__":
    main()
