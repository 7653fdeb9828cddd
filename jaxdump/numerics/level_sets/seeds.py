"""Starting points: zeros on edges of the grid on which the sign changes, and near nodes that may hide an island."""

import numpy as np

from jaxdump.numerics.level_sets.curves import Spots
from jaxdump.numerics.level_sets.survey import Survey, project, spots_at

FRONTS = 8
"""Most curves, or parts of a curve, that are followed at once."""


def spread(edges: np.ndarray) -> np.ndarray:
    """At most `FRONTS` of the (k, 3) `edges`, far from each other."""
    chosen, distance = [0], np.full(len(edges), np.inf)
    while len(chosen) < min(FRONTS, len(edges)):
        distance = np.minimum(distance, np.linalg.norm(edges - edges[chosen[-1]], axis=1))
        chosen.append(int(np.argmax(distance)))
    return edges[chosen] if len(edges) else edges


def zeros_on_edges(survey: Survey, edges: np.ndarray) -> Spots:
    """A zero on each of the (k, 3) `edges`, by Newton's method, or bisection where that leaves the bracket."""
    nodes = np.stack([edges[:, 1:], edges[:, 1:] + np.eye(2, dtype=int)[edges[:, 0]]])
    below = survey.values[tuple(nodes[0].T)] <= 0
    nodes = np.where(below[:, None], nodes, nodes[::-1])
    start, way = survey.low + nodes[0] * survey.cell, (nodes[1] - nodes[0]) * survey.cell
    ends = np.clip(survey.values[tuple(np.moveaxis(nodes, -1, 0))].astype(float), -50, 50)
    s, low, high = ends[0] / (ends[0] - ends[1]), np.zeros(len(edges)), np.ones(len(edges))
    value, gradient = survey(start + s[:, None] * way)
    for turn in range(50):
        todo = np.flatnonzero(~survey.is_zero(start + s[:, None] * way, value, gradient) & (high - low > 1e-9))
        if not todo.size:
            break
        low, high = np.where(value <= 0, s, low), np.where(value > 0, s, high)
        with np.errstate(all="ignore"):
            newton = s - value / np.vecdot(gradient, way)
        safe = (newton > low) & (newton < high) & (turn % 4 != 3)  # now and then halve, lest one end creeps
        s[todo] = np.where(safe, newton, (low + high) / 2)[todo]
        value[todo], gradient[todo] = survey((start + s[:, None] * way)[todo])
    return spots_at(survey, start + s[:, None] * way, value, gradient, np.zeros(len(edges), dtype=bool))


def zeros_near_extrema(survey: Survey) -> Spots:
    """Zeros near nodes between which a piece could hide from the grid, within the box and along its edge."""
    values = survey.values.astype(float)
    nodes = [survey.low + hiding(values) * survey.cell]
    starts = nodes.copy()
    for axis, far in ((0, 0), (0, 1), (1, 0), (1, 1)):
        edge = far * (values.shape[axis] - 1)
        extrema = hiding(np.take(values, [edge], axis))[:, [1 - axis]]
        along = np.unique(np.clip(extrema + np.arange(-1, 2), 0, values.shape[1 - axis] - 1))  # a narrow valley has two sides
        nodes.append(survey.low + np.insert(along[:, None], axis, edge, axis=1) * survey.cell)
        starts.append(nodes[-1] + (2 * far - 1) * np.eye(2)[axis])  # from outside the box the search stays on its edge
    home = np.concatenate(nodes)
    spots = project(survey, np.concatenate(starts), survey.cell.min() / 2, rounds=20, home=home)
    return spots.pick((np.abs(spots.at - home) < 1.5 * survey.cell).all(axis=-1))


def hiding(values: np.ndarray) -> np.ndarray:
    """(k, 2) indices at which `values` come close to zero and turn back, along a row, a column or a diagonal.

    Close is closer than the difference to a neighbour. A ridge has such nodes all along, an island at least one.
    """
    padded, (nx, ny) = np.pad(values, 1, constant_values=np.nan), values.shape
    ways = np.array([(1, 0), (0, 1), (1, 1), (1, -1)])
    beside = np.array([[padded[1 + i : 1 + i + nx, 1 + j : 1 + j + ny] for i, j in (way, -way)] for way in ways])
    least, most = np.fmin.reduce(beside, axis=1), np.fmax.reduce(beside, axis=1)
    with np.errstate(invalid="ignore"):
        fall = np.where(values > 0, most - values, values - least)
        extremal = np.where(values > 0, values <= least, values >= most)
    return np.argwhere(np.any(extremal & (np.abs(values) <= fall), axis=0))
