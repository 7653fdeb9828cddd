"""The command `recast`: a limit on millicharges as one on another theory."""

from pathlib import Path

import jax
import jax.numpy as jnp
import numpy as np

from jaxdump.cli import output
from jaxdump.cli.commands.common import Answer, none_if_nan
from jaxdump.cli.options import AT
from jaxdump.cli.request import Request
from jaxdump.exchange.published import Published
from jaxdump.theories import THEORIES
from jaxdump.theories.family import family
from jaxdump.theories.kinetic_mixing import effective_charge


def recast_answer(request: Request) -> Answer:
    """The answer: one row for each point that is a limit; with `--out` the curve is also written and drawn."""
    curve, make = request.published, family(THEORIES[request.to])
    over = charges(curve.mass, request.at)
    recast = curve._replace(coupling=curve.coupling / over)
    rows = rows_of(curve, recast)
    more = {
        "theory": request.to,
        "coupling_unit": make.units[1],
        "at": request.at,
        "file": Path(request.file).name,
        "reading": curve.reading,
    }
    told = f"mixing of the photon at {AT[request.at]}"
    notes = [f"{request.file}: {curve.reading}"] * curve.assumed
    with output.folder(request) as write:
        if write:
            from jaxdump import plot

            name = request.label or f"{Path(request.file).stem}, recast"
            figure = plot.published(make, {name: recast}, f"recast with the mixing of the photon at {AT[request.at]}")
            write(make, rows, {**more, "rows": rows}, figure)
    return Answer(rows, more, [told], notes, {**output.units_of(make), "millicharge": ""})


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
