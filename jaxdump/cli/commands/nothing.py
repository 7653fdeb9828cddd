"""Lines of commands about masses at which no coupling gives an event: these are neither allowed nor excluded."""

import numpy as np

from jaxdump.cli.commands.common import name_of
from jaxdump.experiment import AbstractExperiment
from jaxdump.inference.limits import Limits, last_open, limit
from jaxdump.inference.statistics import AbstractStatistic
from jaxdump.numerics.roots import NO_EVENT, Status
from jaxdump.theories.capabilities import DecaysAtOnce
from jaxdump.theories.family import Family, class_of, family

TRIED = 3
"""Number of masses that tell whether a range is closed."""


def nothing_between(
    experiment: AbstractExperiment, make: Family, theory: str, rule: AbstractStatistic, low: float, high: float
) -> list[str]:
    """Lines that say why no coupling gives an event at masses [GeV] from `low` to `high`; none if some coupling does."""
    limits = limit(experiment, make, np.geomspace(low, high, TRIED if low < high else 1), rule)
    closed = np.isin(limits.status, NO_EVENT).all()
    return nothing_expected(experiment, make, theory, rule, limits) if closed else []


def nothing_expected(
    experiment: AbstractExperiment, make: Family, theory: str, rule: AbstractStatistic, limits: Limits
) -> list[str]:
    """Lines about masses that are closed, with the largest open one, and about particles that are not made at all."""
    lines: dict[str, list[str]] = {}
    hint = f"; {kind.hint}" if (kind := class_of(family(make).make)) is not None and kind.hint else ""
    one = family(make).one(*limits.mass.tolist())
    left = "".join(f"; {what}" for what in dict.fromkeys(what for run in experiment.members for what in run.leaves_out(one)))
    for region, status, last in zip(limits.regions, limits.status.T, last_open(experiment, make, rule, limits), strict=True):
        if (status == Status.NOT_MADE).any():
            words = f"{theory} is not calculated: no production makes it, or no coupling does{left}{hint}"
            lines.setdefault(words, []).append(region)
        if (status == Status.NOT_SEEN).any():
            at_once = kind is not None and issubclass(kind, DecaysAtOnce)
            dark = not at_once and float(family(make).numbers.get("alpha_D", 0.0)) > 0
            words = f"{theory} is made, but at no coupling is it seen: it decays elsewhere, or to something else{left}{hint}"
            lines.setdefault(words + dark * "; alpha_D=0 leaves its visible decays", []).append(region)
        if not (status == Status.CLOSED).any():
            continue
        axis, unit = make.columns[0], make.units[0]
        values = "masses" if axis == "mass" else f"values of {axis}"
        above = f"no event is expected at the closed {values}" if last is None else f"closed above {last:.4g} {unit}".rstrip()
        meant = limits.mass / 1e3
        if axis == "mass" and last is not None and (status == Status.CLOSED).all() and np.min(meant) < last:
            above += f"; masses are in GeV: was {', '.join(f'{mass:g}' for mass in meant[:3])} meant?"
        lines.setdefault(above, []).append(region)
    every = len(limits.regions)
    where = lambda regions: name_of(experiment) if len(regions) == every else f"{name_of(experiment)} {', '.join(regions)}"
    told = [f"{where(regions)}: {words}" for words, regions in lines.items()]
    if np.isin(limits.status, NO_EVENT).all():
        told.append(f"{name_of(experiment)}: no event is expected of any coupling, so nothing is allowed or excluded")
    return told
