"""The command `moment`: the muon's anomalous magnetic moment; and the couplings that agree with it, for figures of limits."""

import jax
import jax.numpy as jnp
import numpy as np

from jaxdump.cli import output
from jaxdump.cli.commands.common import Answer, none_if_nan, subject
from jaxdump.cli.request import Request
from jaxdump.fields import Number
from jaxdump.inference.moment import Agreement, agreement
from jaxdump.theories.family import Family
from jaxdump.theories.moments import DELTA_A, muon_moment, no_moment

USUAL = "2025"
"""Name of the measurement if none is given."""


def moment_answer(request: Request) -> Answer:
    """The answer: one row for every mass with every coupling."""
    _, make, theory, notes = subject(request)
    told = no_moment(make.one(*request.mass))  # a theory whose moment is not known is refused before any work
    notes += [told] if told else []
    for mass in request.mass:
        for coupling in request.coupling:
            make(mass, coupling)
    pairs = np.stack(np.meshgrid(request.mass, request.coupling, indexing="ij"), axis=-1).reshape(-1, 2)
    moments = jax.jit(jax.vmap(lambda pair: muon_moment(make(pair[0], pair[1]))))(jnp.asarray(pairs))
    rows = [
        {"mass": mass, "coupling": coupling, "delta_a_mu": moment}
        for (mass, coupling), moment in zip(pairs.tolist(), moments.tolist(), strict=True)
    ]
    more = {"theory": theory.name, "coupling_unit": make.units[1], "set": dict(request.changes), "measured": measured()}
    told = [f"measured less expected, {year}: {one:.3g} +- {one.error:.2g}: {one.source}" for year, one in DELTA_A.items()]
    return Answer(rows, more, told, notes, output.units_of(make))


def measured() -> dict[str, dict]:
    """The measurements that have a name, as a JSON document tells them."""
    return {name: {"value": float(one), "error": one.error, "source": one.source} for name, one in DELTA_A.items()}


def measurement(request: Request) -> tuple[str, Number] | None:
    """The measured moment that a figure of limits is asked to show, and its name; None if it is not."""
    if not request.g_2 and request.delta_a is None:
        return None
    given = request.delta_a or USUAL
    if isinstance(given, str):
        return given, DELTA_A[given]
    value, error = given
    return f"{value:g} +- {error:g}", Number(value, "A", "given", error=error)


def agreeing(request: Request, make: Family, masses: np.ndarray) -> tuple[dict[str, Agreement], list[str]]:
    """The couplings that agree with the measurement that is asked for, by its name, and a line if there are none."""
    if (asked := measurement(request)) is None:
        return {}, []
    name, value = asked
    found = agreement(make, masses, value)
    none = f"no coupling of {make.name} agrees with the magnetic moment of {name} within 2 sigma"
    return {name: found}, [] if np.isfinite(found.upper).any() else [none]


def rows_of_moment(agreements: dict[str, Agreement], like: list[dict]) -> list[dict]:
    """One row for each mass, with the columns of the rows of limits."""
    empty = dict.fromkeys(like[0]) if like else {}
    return [
        {
            **empty,
            "experiment": f"g-2 {name}",
            "mass": float(mass),
            "region": "within 2 sigma",
            "lower": none_if_nan(lower),
            "upper": none_if_nan(upper),
            "status": "disagrees" if np.isnan(upper) else "agrees",
        }
        for name, found in agreements.items()
        for mass, lower, upper in zip(*found, strict=True)
    ]
