"""The command `recast`: a limit on millicharges as one on another theory."""

from pathlib import Path

import jax
import jax.numpy as jnp
import numpy as np

from jaxdump.cli import output, records
from jaxdump.cli.commands.common import Answer, none_if_nan
from jaxdump.cli.options import AT
from jaxdump.cli.request import Request
from jaxdump.constants import MUON_MASS, TAU_MASS
from jaxdump.exchange.published import Published
from jaxdump.theories import THEORIES, Millicharge
from jaxdump.theories.family import family
from jaxdump.theories.kinetic_mixing import effective_charge

CUSPS = MUON_MASS, TAU_MASS
"""Masses of chi [GeV] where pairs at threshold meet that of a loop: the charge has a cusp."""
AROUND = np.geomspace(1e-4, np.log(10), 32)
"""Distances in ln(mass) from a cusp of points that a figure has besides those of a file."""


def recast_answer(request: Request) -> Answer:
    """The answer: one row for each point that is a limit; with `--out` the curve is also written and drawn."""
    notes = told_theory(Path(request.file))
    curve, make = request.published, family(THEORIES[request.to])
    recast = over_charges(curve, request.at)
    rows = rows_of(curve, recast)
    more = {
        "theory": request.to,
        "coupling_unit": make.units[1],
        "at": request.at,
        "file": Path(request.file).name,
        "reading": curve.reading,
    }
    told = f"mixing of the photon at {AT[request.at]}"
    notes += [f"{request.file}: {curve.reading}"] * curve.assumed
    with output.folder(request) as write:
        if write:
            from jaxdump import plot

            name = request.label or f"{Path(request.file).stem}, recast"
            drawn = over_charges(finer(curve), request.at) if request.at == "threshold" else recast
            figure = plot.published(make, {name: drawn}, f"recast with the mixing of the photon at {AT[request.at]}")
            write(make, rows, {**more, "rows": rows}, figure)
    return Answer(rows, more, [told], notes, {**output.units_of(make), "millicharge": ""})


def told_theory(path: Path) -> list[str]:
    """A note that a file is taken for a limit on millicharges, unless the files of our own run beside it say so.

    Raises `ValueError` if they tell of another theory.
    """
    theory = theory_of(path)
    if theory is None:
        return [f"{path}: taken for a limit on millicharges: masses of chi, charges in units of e"]
    if theory != Millicharge.name:
        raise ValueError(f"{path} is of {theory}, as the files of its run tell: recast takes limits on {Millicharge.name}")
    return []


def theory_of(path: Path) -> str | None:
    """The name of the theory that the JSON files of a run tell, if there are such beside its csv."""
    for ending in (".json", ".run.json"):
        try:
            document = records.read_json(path.with_suffix(ending))
        except (OSError, ValueError):
            continue
        if not isinstance(document, dict):
            continue
        if "coupling_unit" in document and isinstance(theory := document.get("theory"), str):
            return theory
        words = document.get("arguments")
        if isinstance(words, list) and len(words) > 2 and words[0] in ("limit", "contours", "compare"):
            return str(words[2])
    return None


def over_charges(curve: Published, at: str) -> Published:
    """A limit on millicharges as one on g_Z' g_chi."""
    return curve._replace(coupling=curve.coupling / charges(curve.mass, at))


def finer(curve: Published) -> Published:
    """A curve with more points around `CUSPS`, between its own as straight lines in logarithms; for figures."""
    wanted = np.concatenate([np.log(cusp) + np.concatenate([-AROUND, [0.0], AROUND]) for cusp in CUSPS])
    edges = curve.edge if curve.edge.size else np.full(curve.mass.size, "")
    parts, starts = [], [0]
    for part, closed in zip(np.split(np.arange(curve.mass.size), curve.starts[1:]), curve.closed, strict=True):
        around = np.append(part, part[: int(closed)])
        place = places(np.log(curve.mass[around]), wanted)
        place = place[place < part.size]
        low, share = around[place.astype(int)], place % 1
        high = np.where(share > 0, around[np.minimum(place.astype(int) + 1, around.size - 1)], low)
        mass, coupling = (one[low] ** (1 - share) * one[high] ** share for one in (curve.mass, curve.coupling))
        edge = np.where(edges[low] == edges[high], edges[low], "")
        parts.append((mass, coupling, curve.compared[low] & curve.compared[high], edge))
        starts.append(starts[-1] + place.size)
    columns = map(np.concatenate, zip(*parts, strict=True))
    return Published(*columns, starts=tuple(starts[:-1]), closed=curve.closed)


def places(log_masses: np.ndarray, wanted: np.ndarray) -> np.ndarray:
    """Places along a line: whole numbers at its points, and fractions where it passes one of the `wanted` ln(mass)."""
    steps = np.diff(log_masses)
    share = (wanted - log_masses[:-1, None]) / np.where(steps == 0, np.inf, steps)[:, None]
    between = (np.arange(steps.size)[:, None] + share)[(share > 0) & (share < 1)]
    return np.sort(np.concatenate([np.arange(log_masses.size), between]))


def charges(masses: np.ndarray, at: str) -> np.ndarray:
    """The charge in units of e for g_Z' g_chi = 1, at masses [GeV] of chi."""
    with jax.enable_x64(True):
        squared = 4 * jnp.asarray(masses, float) ** 2 if at == "threshold" else jnp.zeros(len(masses))
        return np.asarray(effective_charge(squared))


def rows_of(curve: Published, recast: Published) -> list[dict]:
    """One row for each point of the curve that is a limit; the edge is that of a closed region, if it is one."""
    edges = curve.edge if curve.edge.size else np.full(curve.mass.size, "")
    return [
        {
            "mass": float(curve.mass[i]),
            "millicharge": none_if_nan(curve.coupling[i]),
            "coupling": none_if_nan(recast.coupling[i]),
            "edge": str(edges[i]) or None,
        }
        for i in np.flatnonzero(curve.compared)
    ]
