"""Requests: the command line, parsed once; run files hold its words, and commands are functions of a request."""

from collections.abc import Mapping
from dataclasses import dataclass, field, fields, replace
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

from jaxdump.cli import records
from jaxdump.cli.options import COMMANDS, EXCLUDING, OUT, RENAMED, WRITTEN
from jaxdump.cli.parser import words_given
from jaxdump.cli.user_files import located
from jaxdump.inference.statistics import PUBLISHED_LEVEL, AbstractStatistic, check_slopes, statistic_named

if TYPE_CHECKING:
    from jaxdump.exchange.published import Published


@dataclass(frozen=True, kw_only=True, repr=False)
class Request:
    """One request. A field that is not asked for, or that its command does not take, is None, empty, or zero."""

    command: str
    experiments: tuple[str, ...] = ()
    """Names, `module:NAME` or `file.py:NAME`."""
    theory: str = ""
    axes: tuple[str, str] | None = None
    """Names of the numbers of the theory that span the plane of limits, contours and fits; None for the usual two."""
    plane: str | None = None
    """Name of a plane of the theory, in place of `axes`."""
    mass: tuple[float, ...] = ()
    """[GeV]"""
    mass_range: tuple[float, float, int] | None = None
    """Lowest and highest mass [GeV], and the number of masses."""
    coupling: tuple[float, ...] = ()
    x: tuple[float, ...] = ()
    energy: tuple[float, ...] = ()
    """[GeV]"""
    above: float = 0.0
    """[GeV]"""
    region: str | None = None
    statistic: str | None = None
    level: float = 0.0
    events: float | None = None
    combine: bool = False
    expected: bool = False
    band: bool = False
    box: tuple[float, float, float, float] | None = None
    tolerance: float = 0.0
    file: str = ""
    mass_unit: str | None = None
    column: str | None = None
    label: str | None = None
    to: str = ""
    """Name of the theory of a recast limit."""
    at: str = ""
    """Momentum transfer of a recast, one of `options.AT`."""
    g_2: bool = False
    delta_a: str | tuple[float, float] | None = None
    """Name of the measured moment of the muon, or its value and error."""
    dark_matter: str = ""
    omega: float = 0.0
    asimov: tuple[float, float] | None = None
    counts: Mapping | None = field(default=None, hash=False)
    method: str | None = None
    changes: Mapping[str, float | str] = field(default_factory=dict, hash=False)
    what: str | None = None
    out: Path | None = None
    json: bool = False

    def __repr__(self) -> str:
        told = [(one.name, getattr(self, one.name)) for one in fields(self)]
        empty = vars(Request(command=""))
        return f"Request({', '.join(f'{name}={value!r}' for name, value in told if value != empty[name])})"

    @property
    def masses(self) -> tuple[float, ...]:
        """All masses [GeV] that a limit is asked at."""
        import numpy as np

        return self.mass or tuple(np.geomspace(*self.mass_range).tolist() if self.mass_range else ())

    @property
    def probes(self) -> tuple[float, ...]:
        """Masses [GeV] that were asked for, or the ends of their range."""
        return (*self.mass, *(self.mass_range or ())[:2], *(self.asimov or ())[:1], *(self.box or ())[:2])

    @cached_property
    def published(self) -> "Published":
        """The curve in `file`."""
        from jaxdump.exchange.published import read_published

        return read_published(self.file, self.mass_unit, self.column)

    def arguments(self) -> list[str]:
        """The words of the same request, without those for the place and form of the answer."""
        given = [(option, getattr(self, option.name)) for option in COMMANDS[self.command].options if option.name != "out"]
        told = [option.words(value) for option, value in given if value not in (None, (), {}) and value is not False]
        return [self.command, *(word for words in told for word in words)]

    def from_anywhere(self) -> "Request":
        """The same request in any folder: files are named by their full paths."""
        return replace(
            self,
            experiments=tuple(map(located, self.experiments)),
            theory=located(self.theory) if self.theory else "",
            statistic=located(self.statistic) if self.statistic else None,
            file=str(Path(self.file).resolve()) if self.file else "",
        )


def request(arguments: list[str]) -> Request:
    """The request of the words of a command line, or of the run that they repeat; raises `ValueError` for wrong words."""
    given = words_given(arguments)
    command = "version" if "version" in given else given["command"]
    if command == "repeat":
        run = records.run_file(Path(given["run"]))
        out = OUT.value(given["out"]) if "out" in given else run.parent
        return replace(request(records.arguments_in(run, [*WRITTEN, *RENAMED])), out=out, json="json" in given)
    asked = Request(command=command, json="json" in given, **(values(command, given) if command in COMMANDS else {}))
    check(asked)
    return asked


def values(command: str, given: dict) -> dict:
    """The value of each option of a command; an option that is left out has its default, unless one of its group is given."""
    found, places = {}, {option.instead for option in COMMANDS[command].options if option.instead and option.name in given}
    for option in COMMANDS[command].options:
        if option.name in given:
            words = given[option.name]
            found[option.name] = option.value([words] if isinstance(words, str) else words)
        elif option.default is not None and option.instead not in places:
            found[option.name] = option.default
    return found


def check(asked: Request) -> None:
    """Raise `ValueError` for what is wrong of a request whatever its experiments and its theory are."""
    takes = COMMANDS[asked.command].takes if len(asked.experiments) > 1 else ""
    if takes == "one":
        told = ", ".join(asked.experiments)
        raise ValueError(f"{asked.command} takes one experiment, not {told}: ask for one after the other")
    if takes == "combined" and not asked.combine:
        raise ValueError(f"{asked.command} takes one experiment, or several with --combine")
    if asked.command not in EXCLUDING or ":" in (asked.statistic or ""):  # a user's statistic is asked when it is loaded
        return
    wrong = [error_of(asked, spectrum) for spectrum in (False, True)]
    if wrong[0] and wrong[-1]:  # whether or not the bins of an experiment are taken together
        raise wrong[0]


def error_of(asked: Request, spectrum: bool) -> ValueError | None:
    """The error in the statistic of a request for spectra, or for other experiments; None if it is right."""
    try:
        rule = rule_for(asked, spectrum, expected=0.0 if asked.expected else None)
        if asked.command == "sensitivity":
            check_slopes(rule)
    except ValueError as error:
        return error
    return None


def rule_for(
    asked: Request,
    spectrum: bool,
    toys: bool = False,
    expected: float | None = None,
    own: type[AbstractStatistic] | None = None,
) -> AbstractStatistic:
    """What is excluded: the bins of a spectrum are taken together, by toys or asymptotically if nobody says otherwise.

    Regions by themselves are excluded by published counts, and by CLs at a level that those do not have. `own` is a user's
    statistic.
    """
    combined = asked.combine or spectrum
    alone = "counts" if asked.level == PUBLISHED_LEVEL or asked.events is not None else "cls"
    usual = ("toys" if toys else "asymptotic") if combined else alone
    return statistic_named(own or asked.statistic or usual, asked.level, asked.events, expected, combined)
