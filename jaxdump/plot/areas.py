"""The area on the left of boundaries that may end at the box: their inside."""

import numpy as np
from matplotlib.path import Path

from jaxdump.inference.tip import Box


def left_of(curves: list[np.ndarray], box: Box) -> Path:
    """The area on the left of (n, 2) `curves` of mass and coupling, which are closed or end at the edge of the box.

    From where a curve ends the edge of the box is followed, counterclockwise as ln(coupling) is drawn against ln(mass), to
    where the next one begins.
    """
    low, high = np.log(box[::2]), np.log(box[1::2])
    unit = [(np.log(curve) - low) / (high - low) for curve in curves]
    loops = [curve for curve in unit if np.allclose(curve[0], curve[-1], atol=1e-9)]
    ended = [curve for curve in unit if not np.allclose(curve[0], curve[-1], atol=1e-9)]
    if not ended and sum(map(area, loops)) < 0:
        loops.append(np.array([(0.0, 0), (1, 0), (1, 1), (0, 1), (0, 0)]))
    begins, ends = (np.array([place_on_edge(curve[k]) for curve in ended]) for k in (0, -1))
    left = set(range(len(ended)))
    while left:
        first = here = min(left)
        around = []
        while here in left:
            left.remove(here)
            ahead = (begins - ends[here]) % 4
            around += [ended[here], corners_between(ends[here], float(np.min(ahead)))]
            here = int(np.argmin(ahead))
        loops.append(np.concatenate([*around, ended[first][:1]]))
    paths = [Path(np.exp(low + (high - low) * loop), closed=True) for loop in loops]
    return Path.make_compound_path(*paths)


def area(loop: np.ndarray) -> float:
    """Twice the area of a closed curve, positive if it is followed counterclockwise."""
    x, y = loop.T
    return float(np.sum(x[:-1] * y[1:] - x[1:] * y[:-1]))


def place_on_edge(point: np.ndarray) -> float:
    """The distance of a point on the edge of the unit square from the lower left corner, counterclockwise along the edge."""
    x, y = np.clip(point, 0, 1)
    distance = (y, 1 - x, 1 - y, x)
    return float((x, 1 + y, 3 - x, 4 - y)[int(np.argmin(distance))]) % 4


def corners_between(start: float, length: float) -> np.ndarray:
    """(k, 2) corners of the unit square on the way along its edge."""
    corners = np.array([(0.0, 0), (1, 0), (1, 1), (0, 1)])
    passed = np.arange(np.ceil(start), start + length).astype(int)
    return corners[passed % 4].reshape(-1, 2)
