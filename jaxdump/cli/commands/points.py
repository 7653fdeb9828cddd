"""The commands `xsec` and `events`: numbers at points."""

from typing import cast

import jax
import jax.numpy as jnp
import numpy as np

from jaxdump.cli import output
from jaxdump.cli.commands.common import Answer, subject
from jaxdump.cli.commands.nothing import nothing_between
from jaxdump.cli.request import Request
from jaxdump.experiment import Experiment
from jaxdump.fields import require
from jaxdump.inference.signals import Signals
from jaxdump.inference.statistics import PublishedCounts
from jaxdump.production.leptons.bremsstrahlung import LeptonBremsstrahlung
from jaxdump.region import names_of_bins
from jaxdump.theories.base import AbstractTheory
from jaxdump.theories.capabilities import RadiatedByLeptons
from jaxdump.theories.family import Family


def bremsstrahlung(experiment: Experiment, theory: AbstractTheory) -> LeptonBremsstrahlung:
    """The experiment's production that has a cross-section and makes a theory."""
    every = [production for production in experiment.productions if isinstance(production, LeptonBremsstrahlung)]
    if not every:
        raise ValueError(f"{experiment.name} has no bremsstrahlung, so no cross-section")
    for production in every:
        if production.makes(theory):
            return production
    raise ValueError(f"{theory.name} is not radiated by a beam of {every[0].lepton}s")


def xsec_answer(request: Request) -> Answer:
    """The answer of `xsec`: cross-sections for unit coupling."""
    (experiment,), make, theory, notes = subject(request)
    production = bremsstrahlung(experiment, make.one(*request.mass))
    masses = jnp.array(request.mass)
    unit = lambda mass: cast(RadiatedByLeptons, make(mass, jnp.ones_like(mass)))
    if not request.x:
        sigma = jax.jit(jax.vmap(lambda mass: production.sigma(unit(mass))))(masses)
        rows = [
            {"mass": m, "method": production.method, "sigma_pb": s} for m, s in zip(request.mass, sigma.tolist(), strict=True)
        ]
        told = [] if sigma.any() else none_between(experiment, make, theory.name, request.mass)
        return Answer(rows, {}, told, notes)
    x = jnp.array(request.x)
    values = jax.jit(jax.vmap(lambda mass: production.spectrum(unit(mass), x)))(masses)
    rows = [
        {"mass": m, "method": production.method, "x": xi, "dsigma_dx_pb": v}
        for m, line in zip(request.mass, values.tolist(), strict=True)
        for xi, v in zip(request.x, line, strict=True)
    ]
    return Answer(rows, notes=notes)


def events_answer(request: Request) -> Answer:
    """The answer of `events`: the events of every mass with every coupling."""
    (experiment,), make, theory, notes = subject(request)
    masses, couplings = np.array(request.mass), np.array(request.coupling)
    for coupling in request.coupling if ":" in request.theory else ():
        make(request.mass[0], coupling)  # one that it refuses is told before any work
    with np.errstate(over="ignore"):
        counts = np.exp(Signals.of(experiment, make).plane(np.log(masses), np.log(couplings)))
    require("events", "the result", counts)  # couplings beyond all reason overflow
    plane, names = counts.tolist(), names_of_bins(experiment.regions)
    rows = [
        {"mass": m, "coupling": g, "region": region, "events": count}
        for m, of_mass in zip(request.mass, plane, strict=True)
        for g, counts in zip(request.coupling, of_mass, strict=True)
        for region, count in zip(names, counts, strict=True)
    ]
    told = [] if counts.any() else none_between(experiment, make, theory.name, request.mass)
    return Answer(rows, {"coupling_unit": make.units[1]}, told, notes, output.units_of(make))


def none_between(experiment: Experiment, make: Family, theory: str, masses: tuple[float, ...]) -> list[str]:
    """Lines that say why there are no events at all at these masses."""
    return nothing_between(experiment, make, theory, PublishedCounts(events=1.0), min(masses), max(masses))
