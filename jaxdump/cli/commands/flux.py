"""The command `flux`: the flux of a theory's particles from a source, by parent."""

import jax
import jax.numpy as jnp
import numpy as np

from jaxdump.cli import output
from jaxdump.cli.commands.common import Answer, assumptions, sentences, subject
from jaxdump.cli.request import Request
from jaxdump.experiment import Experiment
from jaxdump.fields import require, selected
from jaxdump.production.hadrons.atmosphere import AtmosphericPairs
from jaxdump.sources.in_flight import HIGHEST_DAUGHTER
from jaxdump.theories import Millicharge

USUAL = (1.0, 10.0, 100.0, 1e3, 1e4)
"""Energies [GeV] if none are given; those below the mass are left out."""
DRAWN = 200
"""Number of energies of a figure and of the integrals."""


def flux_answer(request: Request) -> Answer:
    """The answer: one row for each parent and one for the total; with `--out` the spectra are also written and drawn."""
    (experiment,), make, theory, notes = subject(request)
    source = atmosphere(experiment, theory.name)
    (mass,), threshold = request.mass, request.above
    energies = request.energy or tuple(energy for energy in USUAL if energy > mass)
    require("flux", "energy", np.array(energies), mass, HIGHEST_DAUGHTER, open_below=True)
    require("flux", "above", threshold, 0, HIGHEST_DAUGHTER, open_above=True)
    with output.folder(request) as write:
        many = np.geomspace(max(threshold, mass * (1 + 1e-6)), HIGHEST_DAUGHTER, DRAWN)
        rapidities = jnp.asarray(np.arccosh(np.concatenate([energies, many]) / mass))
        every = jax.jit(lambda m, y: list(source.by_parent(m, y).values()))(jnp.asarray(mass), rapidities)
        spectra = dict(zip(selected("parents", source), map(np.asarray, every), strict=True))
        spectra["total"] = np.sum(every, axis=0)
        curves = {name: flux[len(energies) :] for name, flux in spectra.items()}
        rows = [
            {
                "parent": name,
                f"above {threshold:g} GeV": float(np.trapezoid(curves[name] * many, np.log(many))),
                **{f"at {energy:g} GeV": float(value) for energy, value in zip(energies, flux, strict=False)},
            }
            for name, flux in spectra.items()
        ]
        more = {"theory": theory.name, "mass": mass, "coupling": 1.0, "set": dict(request.changes)}
        if write:
            from jaxdump import plot

            columns = {"energy": many, **curves}
            table = [dict(zip(columns, line, strict=True)) for line in np.stack(list(columns.values()), axis=1).tolist()]
            words = sentences(f"{theory.name} of {mass:g} GeV with unit charge", assumptions(request, [], make))
            write(make, table, {**more, "rows": rows, "spectra": table}, plot.fluxes(many, curves, words))
    told = ["for the charge of the electron; in 1/(m2 s sr GeV), above an energy in 1/(m2 s sr)"]
    return Answer(rows, more, told, notes)


def atmosphere(experiment: Experiment, theory: str) -> AtmosphericPairs:
    """The experiment's source of a flux by parent; raises `ValueError` if it has none for the theory."""
    for production in experiment.productions:
        if isinstance(production, AtmosphericPairs):
            if theory != Millicharge.name:
                raise ValueError(f"no flux of {theory!r} by parent: take {Millicharge.name}")
            return production
    raise ValueError(f"{experiment.name} has no flux by parent: take atmosphere")
