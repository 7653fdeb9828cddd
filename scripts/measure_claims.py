"""Measure the accuracy that README.md and docs claim: each claim with its numbers, as a table in markdown.

    python scripts/measure_claims.py                     # all of them: many minutes
    python scripts/measure_claims.py --only statistics   # one section
    python scripts/measure_claims.py --quick             # a sample of each section: few masses and theories

What is claimed of speed comes from the scripts called benchmark, see docs/benchmarks.md.
"""

import argparse
import dataclasses
from collections.abc import Iterator, Mapping, Sequence
from typing import NamedTuple

import jax
import jax.numpy as jnp
import numpy as np

import jaxdump
from jaxdump.constants import MUON_MASS
from jaxdump.experiment import AbstractExperiment, Experiment
from jaxdump.experiments import E137, EXPERIMENTS, NA64E_2022, NA64MU_2022, SUPERK, SUPERK_SPECTRUM
from jaxdump.inference.exclusion import signal_count
from jaxdump.inference.statistics import PUBLISHED, statistic_named
from jaxdump.matter.mesons import MESONS
from jaxdump.production.leptons.bremsstrahlung import LeptonBremsstrahlung
from jaxdump.production.leptons.exact_over_ww import log_ratio, table
from jaxdump.production.leptons.vertices import VERTICES
from jaxdump.settings import replaced, settings_of, with_method, with_numbers
from jaxdump.stage import AbstractProduction
from jaxdump.theories import (
    THEORIES,
    AbstractTheory,
    AlpMuon,
    AlpPhoton,
    AxialVector,
    DarkPhoton,
    LmuLtau,
    Millicharge,
    PseudoscalarMediator,
    ScalarMediator,
    Spin2,
    Vector,
)
from jaxdump.theories.family import Family

Numbers = Mapping[float, float]
Settings = Mapping[str, float | str]

KINDS = {
    "spins 0 and 1": ("derivative", "scalar", "pseudoscalar", "vector", "axial"),
    "spin 2": ("graviton",),
    "alp-photon": ("photon-fusion",),
}
"""Matrix elements of which docs/theories.md speaks together."""
RADIATED = (LmuLtau, AlpPhoton, AlpMuon, ScalarMediator, PseudoscalarMediator, DarkPhoton, AxialVector, Spin2)
ACCURACY: tuple[tuple[str, type[AbstractTheory], Settings], ...] = (
    ("na64mu-2022", LmuLtau, {}),
    *(("na64mu-2022", theory, {}) for name, theory in THEORIES.items() if name not in ("lmu-ltau", "millicharge", "vector")),
    ("na64mu-2022", Vector, {"charges": "B-L"}),
    ("m3-1e13", LmuLtau, {}),
    ("na64e-2022", DarkPhoton, {}),
    ("na64e-2022", AlpPhoton, {}),
    ("ldmx-1e15", Spin2, {}),
    ("e137", DarkPhoton, {"alpha_D": 0.0}),
    ("e137", AlpPhoton, {}),
    ("superk", Millicharge, {}),
    ("juno", Millicharge, {}),
)
"""Events that are done again in float32 and with twice the nodes."""
JUST_BELOW = 1 - 1e-5
"""Of masses at which a pair of them, or of muons, is almost too heavy: there rounding counts."""
COUPLINGS, SEEN = np.geomspace(1e-9, 0.1, 9), 1e-3
"""And the least number of them that is looked at."""
DARK_PHOTON: Mapping[str, Numbers] = {
    "na64mu-2022": {0.002: 1.7543e-3, 0.01: 1.7561e-3, 0.1: 1.8496e-3, 0.2: 2.4489e-3, 0.5: 5.476e-3, 1.0: 1.393e-2},
    "na64e-2022": {0.004: 1.122e-5, 0.01: 2.2212e-5, 0.03: 5.8444e-5, 0.1: 2.0611e-4, 0.5: 1.6716e-3, 0.9: 4.4078e-3},
    "na64e-2022, sides of the resonance": {0.2: 3.7714e-4, 0.3: 5.28e-4},
}
"""Published limits at 90 % CL against mass [GeV] for alpha_D = 0.1 and m = 3 m_chi: arXiv:2401.01708, 2307.02404, digitised."""
CHARGE: Numbers = {
    0.101: 3.28e-3,
    0.127: 3.98e-3,
    0.154: 4.73e-3,
    0.214: 5.98e-3,
    0.281: 6.45e-3,
    0.351: 7.57e-3,
    0.429: 1.32e-2,
    0.489: 1.6e-2,
    0.52: 2.38e-2,
    0.588: 2.71e-2,
    0.776: 2.8e-2,
    0.977: 2.92e-2,
    1.14: 3.15e-2,
    1.34: 3.43e-2,
}
"""The published one of Super-Kamiokande, as digitised by FORESEE, arXiv:2105.07077."""
RADIATION = {"default": {}, "mesons": {"parents": "mesons"}, "as published": {"kernel": "fww", "resonances": "full"}}
CHOICES: tuple[Settings, ...] = (
    {"cutoff": 1.0},
    {"cutoff": 2.0},
    {"parents": "mesons"},
    {"primary": "gsf"},
    {"yields": "sibyll"},
    {"transition": "point"},
    {"kernel": "fww"},
    {"kernel": "fww", "resonances": "full"},
    {"kernel": "quasi-real"},
    {"resonances": "capped"},
    {"form_factor": "unitary"},
    {"validity": "cuts"},
    {"parton_densities": "nnpdf23lo"},
    {"parton_densities": "nnpdf31lo"},
)
"""The rows of the table of signals at Super-Kamiokande in docs/physics/atmosphere.md."""
CHOICE_MASSES = (0.1, 0.01, 0.03, 0.3, 0.5, 1.0, 2.0, 4.0)


class Claim(NamedTuple):
    """What was measured, and the numbers."""

    words: str
    numbers: Mapping[str, float]


def ends(values) -> dict[str, float]:
    """The smallest and the largest."""
    return {"from": float(np.min(values)), "to": float(np.max(values))}


@jax.jit
def sigmas(production: LeptonBremsstrahlung, theory: Family, masses):
    """Cross-sections [pb] of unit couplings."""
    return jax.lax.map(lambda mass: production.sigma(theory(mass, jnp.ones_like(mass))), masses)


@jax.jit
def totals(production: AbstractProduction, theory: Family, masses):
    """log of the particles per lepton for unit couplings."""
    return jax.lax.map(lambda mass: production(theory(mass, jnp.ones_like(mass))).log_total(), masses)


@jax.jit
def planes(experiment: AbstractExperiment, theory: Family, masses, couplings):
    """log of the signal events, [mass, coupling, region]."""
    return jaxdump.grid(experiment, theory, masses, couplings, batch_size=1)


def approximations(quick: bool) -> Iterator[Claim]:
    """Cross-sections of `ww` and `iww` over the exact tree level, which comes from the tables of scripts/make_ratios.py."""
    for name, setup in table().items():
        masses = np.array(setup["mass"])
        for kind, elements in KINDS.items():
            over = 1 / np.array([setup["ratio"][element] for element in elements])
            for words, those in (("up to 1 GeV", masses <= 1), ("above", masses > 1)):
                if those.any():
                    yield Claim(f"ww over exact, {name}, {kind}, {words}", ends(over[:, those]))
    masses = jnp.array([1e-3, 1.0]) if quick else jnp.geomspace(1e-3, 1.0, 16)
    for theory in RADIATED[:1] if quick else RADIATED:
        iww, ww = (sigmas(with_method(NA64MU_2022, m).productions[0], Family(theory), masses) for m in ("iww", "ww"))
        (way,) = theory(0.1, 1.0).emissions("muon")
        exact = ww * jnp.exp(jax.jit(lambda m, name=way.element.name: log_ratio("na64mu", name, m))(masses))
        yield Claim(f"iww over exact, na64mu, {theory.name}, 1 MeV to 1 GeV", ends(iww / exact))


def shower(quick: bool) -> Iterator[Claim]:
    """What a thick target does at NA64e and E137."""
    masses = jnp.array([0.1]) if quick else jnp.geomspace(1e-3, 3.0, 12)
    exact, corrected = (with_method(NA64E_2022, method).productions[0] for method in ("exact", "ww-corrected"))
    for theory in (DarkPhoton,) if quick else (DarkPhoton, ScalarMediator, Spin2):
        over = jnp.exp(totals(corrected, Family(theory), masses) - totals(exact, Family(theory), masses))
        yield Claim(f"ww-corrected over exact, events of na64e, {theory.name}", ends(over))
    if not quick:
        photons = NA64E_2022.productions[2]
        made = jnp.exp(totals(photons, Family(Spin2), masses) - totals(corrected, Family(Spin2), masses))
        yield Claim("photons over bremsstrahlung, na64e, spin2", ends(made))
    run = with_method(E137, "ww") if quick else E137
    for theory in (DarkPhoton,) if quick else (DarkPhoton, AlpPhoton):
        numbers = {"alpha_D": 0.0, "annihilation": 0.0} if theory is DarkPhoton else {}
        thin, thick = (
            jaxdump.limit(*with_numbers(run, theory, {**numbers, "target": target}), np.array([0.01, 0.1])).lower[:, 0]
            for target in ("thin", "thick")
        )
        yield Claim(f"smallest coupling with a thin target over that with a thick one, e137, {theory.name}", ends(thin / thick))


def precision(quick: bool) -> Iterator[Claim]:
    """Events in float32 and with few nodes against float64 and many, where at least `SEEN` of them are expected."""
    for name, theory, numbers in ACCURACY[:1] if quick else ACCURACY:
        experiment, make = with_numbers(EXPERIMENTS[name], theory, numbers)
        usual = np.geomspace(0.01, 4, 12) if theory is Millicharge else np.geomspace(1e-3, 3, 12)
        masses = np.append(usual, [JUST_BELOW * MESONS["omega"].mass / 2, JUST_BELOW * 2 * MUON_MASS])
        events = lambda run, dtype: planes(run, make, jnp.asarray(masses, dtype), jnp.asarray(COUPLINGS, dtype))  # noqa: B023
        double = np.asarray(events(experiment, "float64"))
        seen = double > np.log(SEEN)
        for words, other in (("float32", (experiment, "float32")), ("nodes", (refined(experiment, theory), "float64"))):
            off = np.where(seen, np.abs(np.asarray(events(*other), float) - double), 0.0)
            numbers_of = {"largest": off[:-2].max(), "median": np.median(off[seen]), "near thresholds": off[-2:].max()}
            yield Claim(f"{words}: error of the events of {name}, {theory.name}", numbers_of)


def refined(experiment: Experiment, theory: type[AbstractTheory]) -> Experiment:
    """With twice the nodes in energy, mass, angle and along paths; those in momentum transfer are as they are."""
    nodes = [one for one in settings_of(experiment) if one.field.name in ("n", "n_x", "n_mass")]
    experiment = replaced(experiment, {one.path: 2 * one.value for one in nodes})

    def in_angle(production: AbstractProduction) -> AbstractProduction:
        if not isinstance(production, LeptonBremsstrahlung):
            return production
        element = theory(0.1, 1.0).emissions(production.lepton)[0].element
        usual = VERTICES[element.name].nodes.angle if production.method == "exact" else element.angular_nodes
        return dataclasses.replace(production, n_angle=2 * (production.n_angle or usual))

    return dataclasses.replace(experiment, productions=tuple(map(in_angle, experiment.productions)))


def statistics(quick: bool) -> Iterator[Claim]:
    """Limits on the charge by several statistics at Super-Kamiokande: few events go as its fourth power."""
    by_count = signal_count(SUPERK, PUBLISHED)
    names: tuple[str, ...] = ("asymptotic", "profile", "cls", "bayes")
    some = [statistic_named(name) for name in names[: 1 if quick else None]]
    over = {one.name: float(signal_count(SUPERK, one) / by_count) ** 0.25 for one in some}
    yield Claim("limit on the charge over that of the published count, superk", over)
    if not quick:
        lower = lambda run, rule: float(jaxdump.limit(run, Millicharge, np.array([0.1]), rule).lower[0, 0])
        counted = lower(SUPERK, PUBLISHED)
        together = {name: lower(SUPERK_SPECTRUM, statistic_named(name, combined=True)) / counted for name in names[:2]}
        yield Claim("limit on the charge over that of the published count, superk-spectrum, 0.1 GeV", together)


def choices(quick: bool) -> Iterator[Claim]:
    """Signals at Super-Kamiokande for a charge of 1e-3 over those of the defaults."""
    masses = CHOICE_MASSES[:1] if quick else CHOICE_MASSES
    of = lambda run: np.asarray(planes(run, Family(Millicharge), jnp.array(masses), jnp.array([1e-3])))[:, 0, 0]
    usual = of(SUPERK)
    for settings in CHOICES[:2] if quick else CHOICES:
        over = np.exp(of(with_numbers(SUPERK, Millicharge, settings)[0]) - usual)
        words = ", ".join(f"{name}={value}" for name, value in settings.items())
        yield Claim(
            f"signal of superk with {words}", {f"{m:g} GeV": float(v) for m, v in sorted(zip(masses, over, strict=True))}
        )


def published(quick: bool) -> Iterator[Claim]:
    """Limits over published ones."""
    for name, curve in list(DARK_PHOTON.items())[: 1 if quick else None]:
        masses = list(curve)[:2] if quick else list(curve)
        over = limits(EXPERIMENTS[name.split(",")[0]], DarkPhoton, masses) / [curve[mass] for mass in masses]
        yield Claim(
            f"limit on eps over the published one, {name}", {f"{m:g} GeV": float(v) for m, v in zip(masses, over, strict=True)}
        )
    if quick:
        return
    yield Claim("limit on the axion-muon coupling, na64mu-2022", {"0.01 GeV": limits(NA64MU_2022, AlpMuon, [0.01])[0]})
    for words, settings in RADIATION.items():
        run, make = with_numbers(SUPERK, Millicharge, settings)
        over = limits(run, make, list(CHARGE)) / list(CHARGE.values())
        yield Claim(
            f"limit on the charge over the published one of superk where ours excludes, {words}",
            {"median": float(np.nanmedian(over))},
        )


def limits(run: Experiment, make, masses: Sequence[float]) -> np.ndarray:
    """Smallest couplings that the first region excludes."""
    return jaxdump.limit(run.only(run.regions[0].name), make, np.array(masses)).lower[:, 0]


SECTIONS = {f.__name__: f for f in (approximations, shower, precision, statistics, choices, published)}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--only", choices=SECTIONS, help="one section")
    parser.add_argument("--quick", action="store_true", help="few masses and theories")
    args = parser.parse_args()
    jax.config.update("jax_enable_x64", True)
    print("| claim | measured |\n| --- | --- |")
    for name, section in SECTIONS.items():
        if args.only in (None, name):
            for claim in section(args.quick):
                numbers = ", ".join(f"{word} {number:.4g}" for word, number in claim.numbers.items())
                print(f"| {claim.words} | {numbers} |", flush=True)


if __name__ == "__main__":
    main()
