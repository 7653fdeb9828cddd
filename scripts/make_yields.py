"""Count the mesons that protons make in air, and the quarkonia in hydrogen, into jaxdump/data/meson_yields.npz.

    pip install '.[yields]'             # the generators
    python scripts/make_yields.py             # all of it: about an hour on two cores
    python scripts/make_yields.py --quick     # a few events, moments printed, nothing written

p + N14 by PythiaCascade and by Sibyll 2.3d (from 53 GeV), all particles of an event but copies; p + p to charmonium and
bottomonium by Pythia. Histograms of x = E / E_p, total energies in the frame of the target, in tenths of a decade.
"""

import argparse
import datetime
import json
import os
import sys
from collections.abc import Callable, Iterator
from importlib.metadata import version
from multiprocessing import Pool
from pathlib import Path
from typing import NamedTuple

import numpy as np

TABLE = Path(__file__).parents[1] / "jaxdump" / "data" / "meson_yields.npz"
PYTHIA = Path(sys.prefix) / "share" / "Pythia8"
PROTON_MASS = 0.93827
HADRONS = {
    "pi0": (111,),
    "eta": (221,),
    "etap": (331,),
    "rho": (113,),
    "omega": (223,),
    "phi": (333,),
    "nucleon": (2212, 2112),
    "antinucleon": (-2212, -2112),
    "pi+": (211,),
    "pi-": (-211,),
    "K0S": (310,),
}
ONIA = {"jpsi": (443,), "psi2s": (100443,), "ups1s": (553,), "ups2s": (100553,), "ups3s": (200553,)}
LOG_X = np.linspace(-5, 0, 51)
ENERGIES = np.geomspace(5.0, 1e7, 20)
"""[GeV] of the proton."""
ONIA_ENERGIES = np.geomspace(30.0, 1e8, 25)
SIBYLL_FROM = 53.0
"""[GeV] where sqrt(s) is 10 GeV."""
QUICK = (10.0, 1e3, 1e5)


class Task(NamedTuple):
    """What one process counts."""

    generator: str
    energy: float
    events: int
    seed: int


class Counts(NamedTuple):
    """What it has counted."""

    histogram: np.ndarray
    """(species, bins)"""
    sigma: float
    """[mb] the cross-section of which the events are a sample."""


def histogram(
    species: dict[str, tuple[int, ...]], events: Iterator[tuple[np.ndarray, np.ndarray]], energy: float
) -> np.ndarray:
    """Counts by species and bin of log10(E / E_p); energies below the first bin, or above the beam's, are left out."""
    counts = np.zeros((len(species), LOG_X.size - 1), np.uint32)
    for pid, e in events:
        log_x = np.log10(np.maximum(e, 1e-99) / energy)
        for row, codes in zip(counts, species.values(), strict=True):
            row += np.histogram(log_x[np.isin(pid, codes)], LOG_X)[0].astype(np.uint32)
    return counts


def of_pythia(event, wanted: frozenset[int]) -> tuple[np.ndarray, np.ndarray]:
    """Codes and energies of the particles of an event; nucleons only where they are final, and no copies."""
    found = []
    for particle in event:
        code = particle.id()
        if code not in wanted or (abs(code) in HADRONS["nucleon"] and not particle.isFinal()):
            continue
        daughter = particle.daughter1()
        if daughter == 0 or event[daughter].id() != code:
            found.append((code, particle.e()))
    return tuple(np.array(column) for column in zip(*found, strict=True)) if found else (np.empty(0), np.empty(0))


def pythia(task: Task) -> Counts:
    """p + N14 by PythiaCascade."""
    import pythia8mc

    cascade = pythia8mc.PythiaCascade()
    cascade.init(0.3, 0.5, str(PYTHIA / "setups" / "InitDefaultMPI.cmnd"), True, 1e-4, False, False)
    cascade.rndm().init(task.seed)
    beam = pythia8mc.Vec4(0, 0, np.sqrt(task.energy**2 - PROTON_MASS**2), task.energy)
    wanted = frozenset(code for codes in HADRONS.values() for code in codes)

    def events() -> Iterator[tuple[np.ndarray, np.ndarray]]:
        for _ in range(task.events):
            cascade.sigmaSetuphN(2212, beam, PROTON_MASS)
            yield of_pythia(cascade.nextColl(7, 14), wanted)

    counts = histogram(HADRONS, batches(events()), task.energy)
    return Counts(counts, cascade.sigmahA(14))


def batches(events: Iterator[tuple[np.ndarray, np.ndarray]], size: int = 500) -> Iterator[tuple[np.ndarray, np.ndarray]]:
    """Several events in one, for the speed of the histograms."""
    held = []
    for event in events:
        held.append(event)
        if len(held) == size:
            yield tuple(np.concatenate(parts) for parts in zip(*held, strict=True))
            held = []
    if held:
        yield tuple(np.concatenate(parts) for parts in zip(*held, strict=True))


def sibyll(task: Task) -> Counts:
    """p + N14 by Sibyll 2.3d, all particles but those of the beam."""
    from chromo.kinematics import FixedTarget
    from chromo.models import Sibyll23d

    generator = Sibyll23d(FixedTarget(task.energy, "p", (14, 7)), seed=task.seed)
    events = ((event.pid[event.status != 4], event.en[event.status != 4]) for event in generator(task.events))
    return Counts(histogram(HADRONS, batches(events), task.energy), generator.cross_section().prod)


def onia(flavour: str) -> Callable[[Task], Counts]:
    """p + p to quarkonium of a `flavour` by Pythia, with what decays to it; low pT suppressed as for multiple interactions."""

    def counts(task: Task) -> Counts:
        import pythia8mc

        generator = pythia8mc.Pythia("", False)
        hooks = pythia8mc.SuppressSmallPT(1.0, 3, False)
        generator.setUserHooksPtr(hooks)
        words = [f"{flavour}:all = on", "PartonLevel:MPI = off", "PhaseSpace:pTHatMinDiverge = 0.5", "Print:quiet = on"]
        words += ["Beams:frameType = 2", f"Beams:eA = {task.energy}", "Beams:eB = 0.", "HadronLevel:Decay = on"]
        words += ["Random:setSeed = on", f"Random:seed = {task.seed}"]
        for word in words:
            generator.readString(word)
        if not generator.init():
            return Counts(np.zeros((len(ONIA), LOG_X.size - 1), np.uint32), 0.0)
        wanted = frozenset(code for codes in ONIA.values() for code in codes)
        events = (of_pythia(generator.event, wanted) for _ in range(task.events) if generator.next())
        histograms = histogram(ONIA, batches(events), task.energy)
        return Counts(histograms, generator.infoPython().sigmaGen() * task.events / max(generator.infoPython().nAccepted(), 1))

    return counts


GENERATORS = {"pythia": pythia, "sibyll": sibyll, "charmonium": onia("Charmonium"), "bottomonium": onia("Bottomonium")}


def run(task: Task) -> tuple[Task, Counts]:
    """One task; the generators' words go nowhere."""
    os.environ["PYTHIA8DATA"] = str(PYTHIA / "xmldoc")
    silent = os.open(os.devnull, os.O_WRONLY)
    os.dup2(silent, 1)
    os.dup2(silent, 2)
    return task, GENERATORS[task.generator](task)


def tasks(events: int, onia_events: int, quick: bool) -> list[Task]:
    """The longest first."""
    energies, onia_energies = (QUICK, QUICK[1:]) if quick else (ENERGIES[::-1], ONIA_ENERGIES[::-1])
    hadrons = [(name, e, events) for e in energies for name in ("pythia", "sibyll") if name == "pythia" or e > SIBYLL_FROM]
    pairs = [(name, e, onia_events) for e in onia_energies for name in ("charmonium", "bottomonium")]
    return [Task(*words, seed) for seed, words in enumerate(hadrons + pairs, start=1)]


def counted(todo: list[Task], processes: int) -> dict[tuple[str, float], tuple[Task, Counts]]:
    """All tasks done, by generator and energy; every one in a process of its own."""
    done = {}
    with Pool(processes, maxtasksperchild=1) as pool:
        for task, counts in pool.imap_unordered(run, todo, chunksize=1):
            done[task.generator, task.energy] = (task, counts)
            print(f"{len(done)}/{len(todo)} {task.generator} {task.energy:g} GeV", flush=True)
    return done


def moment(counts: Counts, events: int, row: int) -> float:
    """Sum of x^1.7 per event."""
    middle = 10 ** ((LOG_X[1:] + LOG_X[:-1]) / 2)
    return float(np.sum(counts.histogram[row] * middle**1.7) / events)


def table(done: dict, events: int) -> dict[str, np.ndarray]:
    """What is written."""
    none = Counts(np.zeros((len(HADRONS), LOG_X.size - 1), np.uint32), 0.0)
    both = [[done.get((name, e), (None, none)) for e in ENERGIES] for name in ("pythia", "sibyll")]
    pairs = [[done[name, e] for e in ONIA_ENERGIES] for name in ("charmonium", "bottomonium")]
    provenance = {
        "script": "scripts/make_yields.py",
        "date": datetime.date.today().isoformat(),
        "generators": {
            "pythia": f"PythiaCascade of pythia8mc {version('pythia8mc')}",
            "sibyll": f"Sibyll 2.3d of chromo {version('chromo')}",
        },
        "seeds": {f"{task.generator} {task.energy:.6g}": task.seed for task, _ in done.values()},
        "events": {"hadrons": events, "onia": pairs[0][0][0].events},
    }
    return {
        "species": np.array(list(HADRONS)),
        "log10_x": LOG_X,
        "energy": ENERGIES,
        "generators": np.array(["pythia", "sibyll"]),
        "counts": np.array([[counts.histogram for _, counts in line] for line in both]),
        "events": np.array([[task.events if task else 0 for task, _ in line] for line in both]),
        "sigma_mb": np.array([[counts.sigma for _, counts in line] for line in both]),
        "onia": np.array(list(ONIA)),
        "onia_energy": ONIA_ENERGIES,
        "onia_mb": sum(np.array([c.histogram * (c.sigma / t.events) for t, c in line], np.float32) for line in pairs),
        "provenance": np.array(json.dumps(provenance)),
    }


def main() -> None:
    words = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    words.add_argument("--quick", action="store_true", help="a few events, and nothing is written")
    words.add_argument("--events", type=int, default=100_000, help="per energy")
    words.add_argument("--onia-events", type=int, default=20_000, help="per energy")
    words.add_argument("--processes", type=int, default=2)
    args = words.parse_args()
    events, onia_events = (300, 100) if args.quick else (args.events, args.onia_events)
    done = counted(tasks(events, onia_events, args.quick), args.processes)
    for task, counts in sorted(done.values()):
        names = list(HADRONS if task.generator in ("pythia", "sibyll") else ONIA)
        told = "  ".join(f"{name} {moment(counts, task.events, row):.3g}" for row, name in enumerate(names))
        print(f"{task.generator:12s} {task.energy:9.3g} GeV  {counts.sigma:9.3g} mb  {told}")
    if not args.quick:
        np.savez_compressed(TABLE, **table(done, events))


if __name__ == "__main__":
    main()
