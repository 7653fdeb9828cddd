"""The commands `xsec` and `events`: numbers at points."""

import argparse

import jax
import jax.numpy as jnp
import numpy as np

from jaxdump.cli import asked
from jaxdump.cli.commands.common import Answer, subject
from jaxdump.cli.commands.nothing import nothing_between
from jaxdump.experiment import Experiment
from jaxdump.fields import require
from jaxdump.inference.rules import Rule
from jaxdump.inference.signals import Signals
from jaxdump.production.leptons.bremsstrahlung import LeptonBremsstrahlung
from jaxdump.theories.family import Family


def bremsstrahlung(experiment: Experiment) -> LeptonBremsstrahlung:
    """The experiment's production with a cross-section."""
    for production in experiment.productions:
        if isinstance(production, LeptonBremsstrahlung):
            return production
    raise ValueError(f"{experiment.name} has no bremsstrahlung, so no cross-section")


def xsec_answer(args: argparse.Namespace, arguments: list[str]) -> Answer:
    """Cross-sections for unit coupling."""
    (experiment,), make, theory = subject(args)
    production = bremsstrahlung(experiment)
    masses = jnp.array(asked.numbers(args.mass, "--mass"))
    unit = lambda mass: make(mass, jnp.ones_like(mass))
    if args.x is None:
        sigma = jax.jit(jax.vmap(lambda mass: production.sigma(unit(mass))))(masses)
        rows = [
            {"mass": m, "method": production.method, "sigma_pb": s}
            for m, s in zip(masses.tolist(), sigma.tolist(), strict=True)
        ]
        return Answer(rows, {}, [] if sigma.any() else none_between(experiment, make, theory.name, np.asarray(masses)))
    x = jnp.array(asked.numbers(args.x, "--x"))
    require("xsec", "x", x, 0, 1, open_below=True, open_above=True)
    values = jax.jit(jax.vmap(lambda mass: production.spectrum(unit(mass), x)))(masses)
    rows = [
        {"mass": m, "method": production.method, "x": xi, "dsigma_dx_pb": v}
        for m, line in zip(masses.tolist(), values.tolist(), strict=True)
        for xi, v in zip(x.tolist(), line, strict=True)
    ]
    return Answer(rows)


def events_answer(args: argparse.Namespace, arguments: list[str]) -> Answer:
    """Events of every mass with every coupling."""
    (experiment,), make, theory = subject(args)
    masses, couplings = (np.array(asked.numbers(getattr(args, name), f"--{name}")) for name in ("mass", "coupling"))
    for coupling in couplings.tolist() if ":" in args.theory else []:
        make(float(masses[0]), coupling)  # one that it refuses is told before any work
    with np.errstate(over="ignore"):
        counts = np.exp(Signals.of(experiment, make).plane(np.log(masses), np.log(couplings)))
    require("events", "the result", counts)  # couplings beyond all reason overflow
    plane = counts.tolist()
    rows = [
        {"mass": m, "coupling": g, "region": region.name, "events": count}
        for m, of_mass in zip(masses.tolist(), plane, strict=True)
        for g, counts in zip(couplings.tolist(), of_mass, strict=True)
        for region, count in zip(experiment.regions, counts, strict=True)
    ]
    told = [] if counts.any() else none_between(experiment, make, theory.name, masses)
    return Answer(rows, {"coupling_unit": theory.coupling_unit}, told)


def none_between(experiment: Experiment, make: Family, theory: str, masses: np.ndarray) -> list[str]:
    """Why there are no events at all of these masses."""
    return nothing_between(experiment, make, theory, Rule("counts", events=1.0), masses.min(), masses.max())
