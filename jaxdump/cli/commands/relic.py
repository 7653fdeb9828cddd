"""The command `relic`: the couplings with which dark matter freezes out at the density that is measured."""

import numpy as np

from jaxdump.cli import lookup, output
from jaxdump.cli.commands.common import Answer, none_if_nan, sentences
from jaxdump.cli.options import text
from jaxdump.cli.request import Request
from jaxdump.cosmology.degrees_of_freedom import CONFINED
from jaxdump.inference.relic import thermal_targets
from jaxdump.numerics.roots import Status
from jaxdump.settings import family_with, parameters_of
from jaxdump.theories import THEORIES, DarkPhoton, ScalarMediator
from jaxdump.theories.family import Family

KINDS = {
    "scalar": (DarkPhoton, "complex-scalar"),
    "majorana": (DarkPhoton, "majorana"),
    "pseudo-dirac": (DarkPhoton, "pseudo-dirac"),
    "dirac-scalar": (ScalarMediator, "dirac"),
}
"""The mediator, and the name of its dark matter, by the kind of dark matter."""
PLANE = "y"
LEAST_RATIO = 2.0
"""Least mass of the mediator over that of dark matter: lighter ones do not decay to it."""
DRAWN = 120
"""Number of masses of a figure, besides those that are asked for."""
ANSWERS = {
    Status.FOUND: "found",
    Status.ALLOWED: "too_much",
    Status.EXCLUDED: "too_little",
    Status.UNDEFINED: "not_calculated",
}
"""Words for what the search for a coupling has found."""
LEFT = {
    "too_much": "more dark matter than {omega:g} is left for every y from {low:g} to {high:g}",
    "too_little": "less dark matter than {omega:g} is left for every y from {low:g} to {high:g}",
    "not_calculated": "the freeze-out is not solved for some y from {low:g} to {high:g}, where too few final states are open",
}
FREEZES_OUT = 20.0
"""Mass over temperature, about, at which dark matter freezes out."""


def relic_answer(request: Request) -> Answer:
    """The answer: one row for each mass of the dark matter; with `--out` also written and drawn."""
    make = family_of(request)
    masses = np.array(request.masses)
    with output.folder(request) as write:
        rows = rows_of(make, masses, request.omega)
        more = {
            "theory": make.name,
            "dark_matter": request.dark_matter,
            "omega": request.omega,
            "set": dict(request.changes),
            "coupling_unit": make.make.unit_of(make.make.axes()[1]),  # pyright: ignore[reportFunctionMemberAccess]
            "y_range": list(make.search),
        }
        if write:
            from jaxdump import plot

            finer = np.unique(np.concatenate([masses, np.geomspace(masses.min(), masses.max(), DRAWN)]))
            table = rows_of(make, finer, request.omega)
            values = np.array([np.nan if line["y"] is None else line["y"] for line in table])
            words = sentences(f"{make.name}, Omega h^2 = {request.omega:g}", numbers_of(make))
            write(
                make,
                table,
                {**more, "rows": table},
                plot.lines(make, finer, {request.dark_matter: values}, words),
                part=request.dark_matter,
            )
    notes = []
    if masses.max() / FREEZES_OUT > CONFINED:
        hot = FREEZES_OUT * CONFINED
        notes.append(f"above about {hot:g} GeV dark matter freezes out among quarks and gluons, which are left out: y is rough")
    units = {"mass": "GeV", "mediator_mass": "GeV", "coupling": more["coupling_unit"]}
    return Answer(rows, more, told_of(make, rows, request.omega), notes, units)


def family_of(request: Request) -> Family:
    """The theories of a request in the plane of y; raises `ValueError` for those that this is not calculated for."""
    usual, dark = KINDS[request.dark_matter]
    kind = lookup.find_theory(request.theory) if request.theory else usual
    if PLANE not in kind.planes or "dark" not in parameters_of(kind):
        able = [name for name, one in THEORIES.items() if PLANE in one.planes and "dark" in parameters_of(one)]
        raise ValueError(f"relic: {kind.name} has no choice of dark matter in a plane of y: take --theory {', '.join(able)}")
    if usual.spin == 0 and getattr(kind, "spin", None) != 0:
        raise ValueError(f"--dark-matter {request.dark_matter} has a mediator of spin 0, not {kind.name}")
    if "dark" in request.changes:
        raise ValueError("--set dark: the dark matter is that of --dark-matter")
    make = family_with(kind, {**request.changes, "dark": dark}, request.masses, kind.planes[PLANE])
    ratio = float(make.numbers["mass_ratio"])
    if ratio < LEAST_RATIO:
        beyond = "dark matter that annihilates to pairs of mediators, too, is not calculated"
        raise ValueError(f"relic: mass_ratio must be at least {LEAST_RATIO:g}, not {ratio:g}: {beyond}")
    return make


def rows_of(make: Family, masses: np.ndarray, omega: float) -> list[dict]:
    """The answers at all masses of the dark matter."""
    values, status = thermal_targets(make, masses, omega)
    return [row(make, *of) for of in zip(masses.tolist(), values.tolist(), status.tolist(), strict=True)]


def row(make: Family, mass: float, y: float, status: int) -> dict:
    """The answer at a mass of the dark matter."""
    theory = make(mass, 1.0 if np.isnan(y) else y)
    return {
        "mass": mass,
        "y": none_if_nan(y),
        "mediator_mass": float(theory.mass),
        "coupling": None if np.isnan(y) else float(theory.coupling),
        "status": ANSWERS[Status(status)],
    }


def told_of(make: Family, rows: list[dict], omega: float) -> list[str]:
    """A line about masses without an answer of each kind, and what may be missing of the theory."""
    low, high = make.search
    every = {answer: [row["mass"] for row in rows if row["status"] == answer] for answer in LEFT}
    of = f" of {len(rows)} masses"
    lines = [f"{LEFT[kind].format(omega=omega, low=low, high=high)}: {len(some)}{of}" for kind, some in every.items() if some]
    hint = getattr(make.make, "hint", "")
    return [*lines, hint] if hint and every["too_much"] else lines


def numbers_of(make: Family) -> str:
    """The numbers and choices of a family, for a figure."""
    told = {name: value if isinstance(value, str) else text(float(value)) for name, value in make.keywords.items()}
    return ", ".join(f"{name}={value}" for name, value in told.items())
