"""Places where curves that were found cross, or come so near to others that they may be connected otherwise."""

import numpy as np

from jaxdump.numerics.level_sets.curves import Curve, Link

PIECES = 16
"""Number of straight lines into which a link is cut."""


def tangles(curves: list[Curve], reach: float) -> tuple[np.ndarray, float, np.ndarray]:
    """(k, 2) points where curves cross or different ones are within `reach`; the length of that; (n,) which curves do so."""
    links = [curve.links() for curve in curves] or [Link(*np.zeros((4, 0, 2)))]
    owner = np.repeat(np.arange(len(links)), [len(link.p) for link in links])
    link = Link(*(np.concatenate(a) for a in zip(*links, strict=True)))
    i, j = pairs(link, reach)
    paths = link.pick(i).path(PIECES)
    crossing, at = crossings_of(paths, link.pick(j).path(PIECES))
    close = near(paths, link.pick(j), reach) & (owner[i] != owner[j])[:, None]
    length = np.linalg.norm(np.diff(paths, axis=1)[close], axis=-1).sum()
    involved = owner[np.concatenate([i, j])[np.tile(close.any(axis=1) | np.isin(np.arange(len(i)), crossing), 2)]]
    return np.concatenate([at, paths[:, :-1][close]]), float(length), np.isin(np.arange(len(curves)), involved)


def pairs(link: Link, reach: float) -> tuple[np.ndarray, np.ndarray]:
    """The pairs of links that may be within `reach` of each other, without pairs of neighbours."""
    path = link.path(PIECES)
    low, high = path.min(axis=1) - reach, path.max(axis=1)
    meet = np.logical_and.reduce([low[:, None, k] <= high[:, k] for k in (0, 1)])
    i, j = np.nonzero(meet & meet.T & ~np.eye(len(meet), dtype=bool))
    apart = (link.q[i] != link.p[j]).any(axis=-1) & (link.p[i] != link.q[j]).any(axis=-1)
    return i[apart], j[apart]


def near(paths: np.ndarray, link: Link, reach: float) -> np.ndarray:
    """(k, m) at which of their points (k, m + 1, 2) `paths` are within `reach` of their links and do not go the same way."""
    at, way = paths[:, :-1], np.diff(paths, axis=1)
    link = link.pick(np.s_[:, None])
    s = link.nearest(at)
    velocity = link.velocity(s)
    same = np.vecdot(way, velocity) > 0.5 * np.linalg.norm(way, axis=-1) * np.linalg.norm(velocity, axis=-1)
    return (np.linalg.norm(at - link.at(s), axis=-1) <= reach) & ~same


def crossings_of(first: np.ndarray, second: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """(c,) which pairs of (k, m, 2) paths cross, not going the same way, and (c, 2) where."""
    p, a = first[:, :-1, None], np.diff(first, axis=1)[:, :, None]
    q, b = second[:, None, :-1], np.diff(second, axis=1)[:, None]
    with np.errstate(all="ignore"):
        s, t = cross(q - p, b) / cross(a, b), cross(q - p, a) / cross(a, b)
    same = np.vecdot(a, b) > 0.5 * np.linalg.norm(a, axis=-1) * np.linalg.norm(b, axis=-1)
    pair, i, j = np.nonzero((s >= 0) & (s <= 1) & (t >= 0) & (t <= 1) & ~same)
    return pair, first[pair, i] + s[pair, i, j, None] * a[pair, i, 0]


def cross(a: np.ndarray, b: np.ndarray) -> np.ndarray:
    return a[..., 0] * b[..., 1] - a[..., 1] * b[..., 0]
