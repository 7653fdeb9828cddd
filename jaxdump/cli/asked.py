"""What arguments mean, and what they alone show to be wrong; without importing jax."""

import argparse
import math

import numpy as np

from jaxdump.checks import FINEST_TOLERANCE, require
from jaxdump.cli.user_files import names_in
from jaxdump.exchange.published import read_published
from jaxdump.inference.statistics import PUBLISHED_LEVEL, check_slopes, statistic_named

LISTS = ("limit", "compare", "contour", "fit")
"""Commands that take several experiments."""
SPECTRA = ("superk-spectrum",)
"""Experiments whose bins are taken together."""
DEFAULT_MASSES = ("1e-3", "3", "100")


def check(args: argparse.Namespace) -> None:
    """Raise `ValueError` for what is wrong whatever the experiment and the theory are; reads the file of `compare`."""
    if args.command in ("list", "doctor"):
        return
    given = names_in(args.experiment)
    if len(given) > 1 and args.command not in LISTS:
        raise ValueError(f"{args.command} takes one experiment, not {', '.join(given)}: ask for one after the other")
    if len(given) > 1 and args.command in ("compare", "contour") and not args.combine:
        raise ValueError(f"{args.command} takes one experiment, or several with --combine")
    settings(args.set)
    check_numbers(args)
    if hasattr(args, "statistic"):
        check_exclusion(args, given)
    if args.command == "compare":
        args.curve = read_published(args.file, args.mass_unit, args.column)


def check_numbers(args: argparse.Namespace) -> None:
    """The same for masses, couplings, and what else a command asks for as a number."""
    if args.command == "limit":
        limit_masses(args)
    require(args.command, "mass", masses_of(args), 0, open_below=True)
    if args.command == "events":
        require("events", "coupling", numbers(args.coupling, "--coupling"), 0, open_below=True)
    if args.command == "xsec" and args.x is not None:
        require("xsec", "x", numbers(args.x, "--x"), 0, 1, open_below=True, open_above=True)
    if args.command == "flux":
        require("flux", "above", number(args.above, "--above"), 0)
        require("flux", "energy", [] if args.energy is None else numbers(args.energy, "--energy"), 0, open_below=True)
    if args.command == "contour":
        require("contours", "tolerance", number(args.tolerance, "--tolerance"), FINEST_TOLERANCE, 1)
    if args.command == "fit":
        require("fit", "level", number(args.level, "--level"), 0, 1, open_below=True, open_above=True)
        asimov_of(args)


def check_exclusion(args: argparse.Namespace, given: list[str]) -> None:
    """The same for the rule of exclusion, if one can know which it is: experiments of a user's may be spectra."""
    level, events = level_and_events(args)
    together = args.combine or bool({*given} & {*SPECTRA})
    if args.statistic is None and not together and any(":" in name for name in given):
        return
    statistic = args.statistic or ("asymptotic" if together else usual_statistic(level, events))
    rule = statistic_named(statistic, level, events, 0.0 if getattr(args, "expected", False) else None, together)
    if args.command == "sensitivity":
        check_slopes(rule)


def level_and_events(args: argparse.Namespace) -> tuple[float, float | None]:
    """What `--level` and `--events` ask for."""
    return number(args.level, "--level"), None if args.events is None else number(args.events, "--events")


def usual_statistic(level: float, events: float | None) -> str:
    """The statistic of regions that are not combined, if none is asked for: a level other than the published one takes CLs."""
    return "counts" if level == PUBLISHED_LEVEL or events is not None else "cls"


def masses_of(args: argparse.Namespace) -> list[float]:
    """Masses [GeV] that a command was asked for, or the ends of the range that it was."""
    if args.command == "limit" and args.mass is None:
        return [number(text, "--mass-range") for text in (args.mass_range or DEFAULT_MASSES)[:2]]
    if getattr(args, "mass", None) is not None:
        single = args.command in ("flux", "sensitivity")
        return [number(args.mass, "--mass")] if single else numbers(args.mass, "--mass")
    asimov = asimov_of(args) if args.command == "fit" else None
    around = box(getattr(args, "box", None))
    return [*(asimov or ())[:1], *(around or ())[:2]]


def limit_masses(args: argparse.Namespace) -> np.ndarray:
    """The masses that `limit` was asked for."""
    if args.mass is not None:
        return np.array(numbers(args.mass, "--mass"))
    low, high, count = (number(text, "--mass-range") for text in args.mass_range or DEFAULT_MASSES)
    if not (0 < low < high and 2 <= count <= 1e6 and count == int(count)):
        raise ValueError(f"--mass-range takes 0 < LO < HI and a whole number N from 2 to 1e6, not {low:g} {high:g} {count:g}")
    return np.geomspace(low, high, int(count))


def asimov_of(args: argparse.Namespace) -> tuple[float, float] | None:
    """Mass and coupling of `--asimov`, if they were given."""
    if args.asimov is None:
        return None
    mass, coupling = (number(word, "--asimov") for word in args.asimov)
    require("--asimov", "coupling", coupling, 0, open_below=True)
    return mass, coupling


def box(words: list[str] | None) -> tuple[float, float, float, float] | None:
    """The four numbers of `--box`, if it was given."""
    if words is None:
        return None
    mass_low, mass_high, low, high = (number(word, "--box") for word in words)
    if not (0 < mass_low < mass_high and 0 < low < high):
        raise ValueError(f"--box takes 0 < MLO < MHI and 0 < GLO < GHI, not {' '.join(words)}")
    return mass_low, mass_high, low, high


def numbers(text: str, what: str) -> list[float]:
    """A comma-separated list of finite numbers."""
    parts = [part.strip() for part in text.split(",") if part.strip()]
    if not parts:
        raise ValueError(f"{what} is empty: give numbers separated by commas")
    return [number(part, what) for part in parts]


def number(text: str, what: str) -> float:
    """One finite number."""
    try:
        value = float(text)
    except ValueError:
        raise ValueError(f"{what}: {text!r} is not a number") from None
    if not math.isfinite(value):
        raise ValueError(f"{what} must be finite, not {text}")
    return value


def settings(pairs: list[str]) -> dict[str, float | str]:
    """NAME=VALUE pairs as a dict; a value that is not a number is a word."""
    changes: dict[str, float | str] = {}
    for pair in pairs:
        name, equals, value = pair.partition("=")
        if not (name and equals and value):
            raise ValueError(f"--set takes NAME=VALUE, not {pair!r}")
        try:
            float(value)
        except ValueError:
            changes[name] = value
        else:
            changes[name] = number(value, f"--set {name}")
    return changes
