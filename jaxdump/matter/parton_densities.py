"""Parton densities of the proton, from a table by splines."""

from functools import cache

import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Float, Int

from jaxdump.data import FOLDER, arrays, reading
from jaxdump.fields import check_choice
from jaxdump.typing import Scalar, Values

TABLE = FOLDER / "parton_densities.npz"
SETS = ("cteq6l1", "nnpdf23lo", "nnpdf31lo")
"""Sets at leading order: CTEQ6L1, hep-ph/0201195; NNPDF2.3 LO, arXiv:1308.0598; NNPDF3.1 LO, arXiv:1706.00428."""
FLAVOURS = (-5, -4, -3, -2, -1, 21, 1, 2, 3, 4, 5)
"""PDG codes of the rows of the table; in reverse order they are those of the antiparticles."""
QUARKS = (-5, -4, -3, -2, -1, 1, 2, 3, 4, 5)


def momentum_densities(
    pdf_set: str, x: Values, scale: Scalar, flavours: tuple[int, ...] = QUARKS
) -> Float[Array, "flavours *shape"]:
    """Parton densities x f(x, Q) of the proton at momentum fractions `x` and one `scale` Q [GeV], by flavour.

    They have the dtype of `x` and are cubic splines in ln x + a x and in ln ln(Q / Q0), good to 1e-3 where f is not small;
    constant below x = 1e-8 and outside of 2 < Q < 1000 GeV, and zero where a spline is negative. Raises `ValueError` for an
    unknown `pdf_set`.
    """
    check_choice("parton densities", "set", pdf_set, SETS)
    data = table()
    coefficients = spline_coefficients(pdf_set)[[FLAVOURS.index(flavour) for flavour in flavours]]
    knots_x, knots_q = data["x"], data["q"]
    bend, q_scale = data["x_bend"].item(), data["q_scale"].item()

    fraction = jnp.clip(x, *knots_x[[0, -1]].tolist())
    in_x = even_position(jnp.log(fraction) + bend * fraction, np.log(knots_x) + bend * knots_x)
    log_q = jnp.log(jnp.clip(jnp.asarray(scale, x.dtype), *knots_q[[0, -1]].tolist()) / q_scale)
    in_q = even_position(jnp.log(log_q), np.log(np.log(knots_q / q_scale)))

    left, weights = four_splines(in_q, knots_q.size)
    at_scale = jnp.tensordot(jnp.asarray(coefficients, x.dtype)[:, left], weights, axes=(1, 0), precision="highest")
    left, weights = four_splines(in_x, knots_x.size)
    return jnp.maximum(jnp.sum(at_scale[:, left] * weights[None], axis=-1), 0.0)


def even_position(value: Values, knots: np.ndarray) -> Values:
    """Position of `value` among even knots: 0 at the first, 1 at the second."""
    first, last = knots[[0, -1]].tolist()
    return (value - first) * ((knots.size - 1) / (last - first))


def four_splines(position: Values, n: int) -> tuple[Int[Array, "*shape 4"], Float[Array, "*shape 4"]]:
    """Indices and weights of the coefficients of a cubic spline over `n` even knots at a `position`; constant outside."""
    position = jnp.clip(position, 0.0, n - 1.0)
    left = jnp.clip(jnp.floor(position), 0.0, n - 2.0)
    u = position - left
    weights = ((1 - u) ** 3, 4 - 3 * u**2 * (2 - u), 4 - 3 * (1 - u) ** 2 * (1 + u), u**3)
    steps = jnp.arange(4, dtype="int32").reshape((1,) * u.ndim + (4,))
    return left.astype("int32")[..., None] + steps, jnp.stack(weights, axis=-1) / 6


@cache
def spline_matrix(n: int) -> np.ndarray:
    """Matrix that turns the values at `n` even knots into n + 2 coefficients, with the condition "not a knot" at the ends."""
    system = np.zeros((n + 2, n + 2))
    for row in range(n):
        system[row + 1, row : row + 3] = 1 / 6, 4 / 6, 1 / 6
    system[0, :5] = system[-1, -5:] = 1, -4, 6, -4, 1
    return np.linalg.inv(system)[:, 1:-1]


@cache
def spline_coefficients(pdf_set: str) -> np.ndarray:
    """Coefficients of the splines of a set, with axes [flavour, Q, x], in float64."""
    values = table()[pdf_set].astype(float)
    of_q, of_x = (spline_matrix(n) for n in values.shape[1:])
    return np.einsum("qj,fji,xi->fqx", of_q, values, of_x, optimize=True)


@cache
def table() -> dict[str, np.ndarray]:
    """The arrays of jaxdump/data/parton_densities.npz, read once."""
    with reading(TABLE, "make_pdfs.py"):
        data = arrays(TABLE)
        shape = (len(FLAVOURS), data["q"].size, data["x"].size)
        intact = tuple(data["flavours"].tolist()) == FLAVOURS and data["x_bend"].shape == data["q_scale"].shape == ()
        intact = intact and all(data[name].shape == shape and bool(np.all(np.isfinite(data[name]))) for name in SETS)
        if not intact:
            raise ValueError("it does not hold what it should")
    return data
