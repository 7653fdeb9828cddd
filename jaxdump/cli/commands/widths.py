"""The command `widths`: partial widths, branching ratios and decay length of a theory's particles."""

from collections.abc import Callable

import jax
import jax.numpy as jnp
import numpy as np

from jaxdump.cli import output
from jaxdump.cli.commands.common import Answer, assumptions, sentences, subject
from jaxdump.cli.options import text
from jaxdump.cli.request import Request
from jaxdump.theories import AbstractTheory
from jaxdump.theories.family import Family
from jaxdump.units import PER_METRE_PER_GEV

PAIRS = {
    ("electron", "electron"): "ee",
    ("electron", "positron"): "ee",
    ("positron", "electron"): "ee",
    ("muon", "muon"): "mumu",
    ("tau", "tau"): "tautau",
    ("hadrons",): "hadrons",
}
"""Names of final states by their daughters."""
ALIKE = {"neutrino": "neutrinos", "photon": "photons"}
"""Names of final states of any number of daughters of one kind."""
SHORT = {"electron": "e", "positron": "e", "muon": "mu"}
"""Short names of charged leptons that are no pair of one kind; that of the tau is its own."""
DARK, TOTAL = "dark", "total"
ORDER = (*dict.fromkeys(PAIRS.values()), *ALIKE.values())
"""Names of final states in the order of rows, before others."""
AT_ONCE = 256
"""Masses of one call of the compiled program."""
DRAWN, ROUNDS, MOST = 200, 14, 1500
"""Masses of a figure, and how often and up to how many more are put where branching ratios change by more than `STEP`."""
STEP, LEAST = 0.1, 1e-9
"""Change of a branching ratio over its size, or over `LEAST` if it is smaller."""

Table = dict[tuple[str, str], np.ndarray]
"""Widths [GeV] at many masses, by particle and final state; the total of each particle last."""


def widths_answer(request: Request) -> Answer:
    """The answer: one row for each mass and final state; with `--out` branching ratios are also written and drawn."""
    _, make, theory, notes = subject(request)
    masses, coupling = np.array(request.masses), request.coupling[0]
    for mass in request.masses:
        make(mass, coupling)  # one that it refuses is told before any work
    at = widths_at(make, coupling)
    with output.folder(request) as write:
        found = at(masses)
        check_finite(found, request, make)
        rows = rows_of(masses, found)
        more = {"theory": theory.name, "coupling": coupling, "coupling_unit": make.units[1], "set": dict(request.changes)}
        if write:
            from jaxdump import plot

            many = refined(at, masses)
            curves = branching_of(at(many), theory.particles[0])
            table = rows_of(many, at(many))
            words = sentences(f"{make.axes[1]}={coupling:g}", assumptions(request, [], make))
            write(make, table, {**more, "rows": table}, plot.branching(make, many, curves, words))
    unit = f" {make.units[1]}" if make.units[1] else ""
    return Answer(
        rows, more, [f"for {make.axes[1]} = {coupling:g}{unit}", *stable(found, theory, make, masses, coupling)], notes
    )


def widths_at(make: Family, coupling: float) -> Callable[[np.ndarray], Table]:
    """A function from masses [GeV] to the widths; final states of one name are added."""

    def every(mass: jax.Array) -> dict[tuple[str, str], jax.Array]:
        one = make(mass, jnp.asarray(coupling, mass.dtype))
        found: dict[tuple[str, str], jax.Array] = {}
        for particle in one.particles:
            for daughters, width in (one.widths() if particle == one.particles[0] else one.widths(particle)).items():
                name = final_state(daughters, one)
                found[particle, name] = found.get((particle, name), jnp.zeros_like(mass)) + width
        return found

    program = jax.jit(jax.vmap(every))

    def at(masses: np.ndarray) -> Table:
        padded = np.pad(masses, (0, -masses.size % min(AT_ONCE, masses.size)), mode="edge")
        parts = [jax.device_get(program(jnp.asarray(part))) for part in padded.reshape(-1, min(AT_ONCE, masses.size))]
        names = {name: None for part in parts for name in part}
        states = {name: np.concatenate([part[name] for part in parts])[: masses.size] for name in sorted(names, key=place)}
        return with_totals(states, make, masses)

    return at


def place(key: tuple[str, str]) -> tuple[int, str]:
    """The place of a particle and final state in rows: usual final states, others by name, dark ones."""
    _, name = key
    return (ORDER.index(name) if name in ORDER else len(ORDER) + (name == DARK), name)


def with_totals(states: Table, make: Family, masses: np.ndarray) -> Table:
    """The widths with the total of the first particle, and of each other one that decays."""
    first, *others = make.one(*masses.tolist()).particles
    found: Table = {}
    for particle in (first, *(name for name in others if any(of == name for of, _ in states))):
        mine = {key: width for key, width in states.items() if key[0] == particle}
        found |= mine | {(particle, TOTAL): sum(mine.values(), np.zeros(masses.size))}
    return found


def final_state(daughters: tuple[str, ...], theory: AbstractTheory) -> str:
    """The name of a final state: a usual one, `DARK` where all daughters are the theory's, else those and then the others.

    Others are a usual final state, as in "chi1 ee", or their names, short ones where there are, as in "mu tau".
    """
    dark = tuple(name for name in daughters if name in theory.particles)
    others = tuple(name for name in daughters if name not in theory.particles)
    if not others:
        return DARK
    alike = ALIKE.get(others[0]) if len(set(others)) == 1 and not dark else None
    usual = PAIRS.get(others) or alike
    return " ".join([*dark, *([usual] if usual else (SHORT.get(name, name) for name in others))])


def check_finite(widths: Table, request: Request, make: Family) -> None:
    """Raise `ValueError` for a width that is not finite or negative, with the numbers that it may be due to."""
    for (_, name), width in widths.items():
        if not np.all(np.isfinite(width) & (width >= 0)):
            bad = width[~(np.isfinite(width) & (width >= 0))][0]
            numbers = {make.axes[1]: request.coupling[0], **request.changes}
            told = ", ".join(f"{key}={text(value)}" for key, value in numbers.items())
            raise ValueError(f"widths: the width to {name} must be finite and at least 0, not {bad:g}: check {told}")


def rows_of(masses: np.ndarray, widths: Table) -> list[dict]:
    """One row for each mass and final state; where several particles decay, a column tells them apart."""
    several = len({particle for particle, _ in widths}) > 1
    return [
        {
            "mass": float(mass),
            **({"particle": particle} if several else {}),
            "final_state": name,
            "width_GeV": float(width[i]),
            "branching_ratio": float(width[i] / total) if (total := widths[particle, TOTAL][i]) > 0 else None,
            "c_tau_m": float(1 / (PER_METRE_PER_GEV * total)) if name == TOTAL and total > 0 else None,
        }
        for i, mass in enumerate(masses)
        for (particle, name), width in widths.items()
    ]


def branching_of(widths: Table, particle: str) -> dict[str, np.ndarray]:
    """Branching ratios of a particle by final state; nan where it is stable."""
    total = widths[particle, TOTAL]
    over = np.where(total > 0, total, np.nan)
    return {name: width / over for (of, name), width in widths.items() if of == particle and name != TOTAL}


def refined(at: Callable[[np.ndarray], Table], masses: np.ndarray) -> np.ndarray:
    """Masses [GeV] of a figure: many, and more where a branching ratio of the first particle opens or peaks."""
    ends = (masses.min(), masses.max()) if np.ptp(masses) > 0 else (masses[0] / 2, masses[0] * 2)
    many = np.union1d(np.geomspace(*ends, DRAWN), masses)
    for _ in range(ROUNDS):
        widths = at(many)
        curves = list(branching_of(widths, next(iter(widths))[0]).values())
        ratios = np.nan_to_num(np.stack(curves)) if curves else np.zeros((1, many.size))
        size = np.maximum(np.minimum(ratios[:, 1:], ratios[:, :-1]), LEAST)
        wide = np.any(np.abs(np.diff(ratios, axis=1)) > STEP * size, axis=0) & np.any(ratios[:, 1:] > LEAST, axis=0)
        if many.size > MOST or not wide.any():
            break
        many = np.union1d(many, np.sqrt(many[1:] * many[:-1])[wide])
    return many


def stable(widths: Table, theory: type[AbstractTheory], make: Family, masses: np.ndarray, coupling: float) -> list[str]:
    """Lines for people if nothing decays at some of the masses, or to dark particles alone where that may be a slip."""
    first = theory.particles[0]
    total = widths[first, TOTAL]
    if not any(of == first and name != TOTAL for of, name in widths):
        return [f"{theory.name} tells no widths: it is stable, or nothing that it decays to is seen"]
    seen = any(width.any() for (_, name), width in widths.items() if name not in (DARK, TOTAL))
    if not total.any() and coupling < 1 and widths_at(make, 1.0)(masses)[first, TOTAL].any():
        return [f"{make.axes[1]} = {coupling:g} is so small that all widths are zero to the precision of numbers"]
    lines = []
    if not total.all():
        where = "at these masses" if not total.any() else f"at {np.count_nonzero(total == 0)} of {total.size} masses"
        lines.append(f"{theory.name} is stable {where}: it has no open decay, or no coupling")
    if theory.hint and not seen:
        lines.append(f"{theory.name} decays to nothing that is known: {theory.hint}")
    return lines
