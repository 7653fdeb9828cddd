"""The command `list`: all theories and experiments, or the numbers and choices of one."""

import dataclasses
import re
from typing import Any

from jaxdump.cli import lookup
from jaxdump.cli.commands.common import Answer, description
from jaxdump.cli.request import Request
from jaxdump.experiment import Experiment
from jaxdump.experiments import EXPERIMENTS
from jaxdump.fields import STATUSES, Number, Numbers, docstrings, words_of
from jaxdump.settings import SHOWN, by_name, is_table, parameters_of, places, settings_of
from jaxdump.theories import THEORIES, AbstractTheory


def list_answer(request: Request) -> Answer:
    """The answer: one row for each theory or experiment, or for each number or choice of the one that is named."""
    if request.what in (None, "theories", "experiments"):
        theories = [of_theory(theory) for theory in THEORIES.values()]
        experiments = [of_experiment(run) for run in EXPERIMENTS.values()]
        return Answer({"theories": theories, "experiments": experiments, None: theories + experiments}[request.what])
    found = lookup.find(request.what)
    if isinstance(found, Experiment):
        others = [f"{name}={value}" for name, value in found.alternatives]
        told = [f"{found.name}: as good as the usual choices are {', '.join(others)}: limit --band"] if others else []
        return Answer(rows_of_experiment(found), {"experiment": found.name, "alternatives": others}, told)
    first, second = (with_unit(found, name) for name in found.axes())
    rest = f"besides its {first} and its coupling {second}, which commands ask for"
    rows = rows_of_theory(found)
    return Answer(rows, {"theory": found.name}, [f"{found.name}: {'these' if rows else 'nothing to set'} {rest}"])


def with_unit(theory: type[AbstractTheory], name: str) -> str:
    """The name of a field of a theory with its unit."""
    unit = theory.unit_of(name)
    return f"{name} [{unit}]" if unit else name


def of_theory(theory: type[AbstractTheory]) -> dict:
    """A theory's row in the list of all."""
    return {
        "theory": theory.name,
        "coupling": with_unit(theory, theory.axes()[1]),
        "references": list(theory.references),
        "about": (theory.__doc__ or "").split("\n")[0],
    }


def of_experiment(run: Experiment) -> dict:
    """An experiment's row in the list of all."""
    names = [region.name for region in run.regions]
    return {
        "experiment": run.name,
        "exposure": run.exposure,
        "regions": ", ".join(names) if len(names) <= SHOWN else f"{len(names)} regions",
        "references": list(run.references),
        "about": description(run),
    }


def rows_of_experiment(run: Experiment) -> list[dict]:
    """One row for each name that `--set` takes; a name of several equal numbers tells their places."""
    return [
        row(name, group[0].value, group[0].field, group[0].owner, of=places(group))
        for name, group in by_name(list(settings_of(run))).items()
    ]


def rows_of_theory(theory: type[AbstractTheory]) -> list[dict]:
    """One row for each number or choice of a theory, with its default."""
    fields = parameters_of(theory).items()
    missing = dataclasses.MISSING
    return [row(name, None if field.default is missing else field.default, field, theory) for name, field in fields]


def row(name: str, value: Any, field: dataclasses.Field, owner: type, **of: str) -> dict:
    """A row about a number or a choice; unit and meaning are from the docstring below its field."""
    text = " ".join(docstrings(owner).get(field.name, "").split("\n\n")[0].split())
    unit = re.search(r" ?\[([^\]]+)\]", text)
    meaning = {"meaning": text.replace(unit[0], "", 1).strip() if unit else text}
    if words_of(field):
        return {"name": name, "value": value, "choices": list(dict.fromkeys(words_of(field))), **of, **meaning}
    known = isinstance(value, Number | Numbers)
    return {
        "name": name,
        "value": plain(value),
        "error": value.error if known else None,
        "unit": field.metadata.get("unit") or (unit[1] if unit else None),
        "status": STATUSES.get(value.status or "") if known else None,
        "source": value.source if known else None,
        **of,
        **meaning,
    }


def plain(value: Any) -> float | int | str | None:
    """A number in a type that JSON has."""
    if is_table(value):
        return "table"
    return value if value is None or isinstance(value, int) else float(value)
