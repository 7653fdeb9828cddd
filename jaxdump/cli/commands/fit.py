"""The command `fit`: mass and coupling from counts."""

import json
from collections.abc import Mapping

import jax
import numpy as np

from jaxdump.cli import output
from jaxdump.cli.commands.common import (
    Answer,
    assumptions,
    axes_words,
    description,
    name_of,
    none_if_nan,
    sentences,
    subject,
    unknown_backgrounds,
)
from jaxdump.cli.commands.nothing import nothing_between
from jaxdump.cli.options import text
from jaxdump.cli.request import Request
from jaxdump.experiment import AbstractExperiment, combine
from jaxdump.inference.fit import Fit, FitStatus, Optimum, check, fit, usual_rule
from jaxdump.inference.likelihood import expected_counts, with_observed
from jaxdump.inference.signals import Signals
from jaxdump.region import Region, Signal
from jaxdump.theories.family import Family


def fit_answer(request: Request) -> Answer:
    """The answer: one row for each parameter; with `--out` also written and drawn."""
    experiments, make, theory, notes = subject(request)
    one = combine(*experiments) if len(experiments) > 1 else experiments[0]
    check(one, request.level)
    one = with_data(one, make, request)
    with output.folder(request) as write, output.progress(3, "steps") as advance:
        found = fit(one, make, request.box, request.level, advance)
        rows = rows_of(found, make.units)
        more = {
            "theory": theory.name,
            "experiment": name_of(one),
            "coupling_unit": make.units[1],
            "observed": [np.asarray(region.observed).tolist() for member in one.members for region in member.regions],
            "optima": [document(optimum) for optimum in found.optima],
            "level": request.level,
            **axes_words(make),
            **{
                f"{name}_intervals": [[none_if_nan(end) for end in piece] for piece in pieces]
                for name, pieces in zip(make.columns, found.intervals, strict=True)
            },
            "set": dict(request.changes),
        }
        if write:
            from jaxdump import plot

            words = sentences(description(one), data_of(request), "nuisances profiled", assumptions(request, [one], make))
            write(make, rows, {**more, "rows": rows}, plot.surface(make, found, words))
    status = found.best.status
    told = [f"{status.name.lower()}: {status.message}"] * (status != FitStatus.FOUND)
    several = [f"{len(found.optima)} optima of comparable likelihood: all are listed"]
    if np.ptp(found.surface.deviance) == 0:
        masses = found.surface.masses
        told += nothing_between(one, make, theory.name, usual_rule(one), masses[0], masses[-1])
    told += [*several * (len(found.optima) > 1), *pieces_of(found), *unknown_backgrounds([one])]
    return Answer(rows, more, told, notes)


def pieces_of(found: Fit) -> list[str]:
    """A line for each interval of several pieces, of which the table has the one that holds the optimum."""
    end = lambda word, value: [] if np.isnan(value) else [f"{word} {value:.4g}"]
    return [
        f"{name}: the interval has {len(pieces)} pieces: "
        + ", and ".join(" ".join([*end("from", low), *end("to", high)]) or "all of the box" for low, high in pieces)
        for name, pieces in zip(found.names, found.intervals, strict=False)
        if len(pieces) > 1
    ]


def document(optimum: Optimum) -> dict:
    """An optimum as a JSON document tells it."""
    return {
        "value": optimum.value.tolist(),
        "log_likelihood": optimum.log_likelihood,
        "status": optimum.status.name.lower(),
        "covariance": [[none_if_nan(value) for value in line] for line in optimum.covariance],
        "worst_direction": optimum.direction.tolist(),
    }


def with_data(experiment: AbstractExperiment, make: Family, request: Request) -> AbstractExperiment:
    """The experiment with the counts that are to be fitted."""
    if request.asimov:
        mass, coupling = request.asimov
        make(mass, coupling)  # a bad number is told before any work
        signal = Signals.of(experiment, make).plane(np.log([mass]), np.log([coupling]))[0, 0]
        return with_observed(experiment, jax.jit(expected_counts)(experiment, Signal(signal)).tolist())
    return experiment if request.counts is None else with_observed(experiment, read_counts(experiment, request.counts))


def data_of(request: Request) -> str:
    """The words of a figure for the counts that are fitted."""
    if request.asimov:
        return "counts expected of {} GeV with {}".format(*map(text, request.asimov))
    return "counts observed" if request.counts is None else "counts given"


def read_counts(experiment: AbstractExperiment, given: Mapping) -> list[float]:
    """Counts by region, or by experiment and region, in the order of the likelihood."""
    try:
        several = len(experiment.members) > 1
        of = lambda member: given[member.name] if several or member.name in given else given
        counts = [
            count for member in experiment.members for region in member.regions for count in counts_in(region, of(member))
        ]
        known = {name for member in experiment.members for name in (member.name, *(r.name for r in member.regions))}
        if not set(given) <= known:
            raise KeyError(f"{', '.join(sorted(set(given) - known))} is no region of it")
    except (ValueError, KeyError, TypeError, AttributeError, OverflowError) as error:
        wanted = "{EXPERIMENT: {REGION: N}}" if len(experiment.members) > 1 else "{REGION: N}"
        told = f"{shortened(json.dumps(given))} does not hold the counts, {wanted} of every region"
        raise ValueError(f"{told}: {type(error).__name__}: {error}") from error
    if not all(np.isfinite(count) and count >= 0 for count in counts):
        raise ValueError(f"--counts must be finite and not negative, not {counts}")
    return counts


def counts_in(region: Region, given: Mapping) -> list[float]:
    """The counts of the bins of a region; raises `ValueError` for another number of them."""
    counts = given[region.name] if region.bins > 1 else [given[region.name]]
    if len(counts) != region.bins:
        raise ValueError(f"{region.name} has {region.bins} bins, not {len(counts)}")
    return [float(count) for count in counts]


def shortened(text: str) -> str:
    """A text that is short enough for a message."""
    return text if len(text) < 100 else f"{text[:90]}..."


def rows_of(found: Fit, units_of_axes: tuple[str, str]) -> list[dict]:
    """One row for each optimum and parameter; the error of mass and coupling is relative."""
    units = [*units_of_axes, *("" for _ in found.names[2:])]
    rows = []
    for number, optimum in enumerate(found.optima):
        error, nowhere = np.sqrt(np.diag(optimum.covariance)), np.full(2, np.nan)
        for i, name in enumerate(found.names):
            low, high = found.interval(i, optimum.value[i]) if i < 2 else nowhere
            rows.append(
                {
                    "optimum": number + 1,
                    "parameter": name,
                    "unit": units[i],
                    "value": float(optimum.value[i]),
                    "error": none_if_nan(error[i]),
                    "error_is": "relative" if i < 2 else "absolute",
                    "from": none_if_nan(low),
                    "to": none_if_nan(high),
                    "status": optimum.status.name.lower(),
                }
            )
    return rows
