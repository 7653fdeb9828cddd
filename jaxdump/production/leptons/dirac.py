"""Dirac matrices, and sums over spins as polynomials in the components of the momenta.

Matrices are numpy, so that all algebra is done before anything is traced.
"""

import jax.numpy as jnp
import numpy as np

from jaxdump.typing import Values

PAULI = np.array([[[0, 1], [1, 0]], [[0, -1j], [1j, 0]], [[1, 0], [0, -1]]])
GAMMA = np.array([np.kron([[0, 1], [1, 0]], np.eye(2)), *(np.kron([[0, 1], [-1, 0]], sigma) for sigma in PAULI)])
"""Matrices gamma^mu in the chiral representation."""
GAMMA5 = 1j * GAMMA[0] @ GAMMA[1] @ GAMMA[2] @ GAMMA[3]
ALPHA = GAMMA[0] @ GAMMA[1:]
"""Matrices gamma^0 gamma^i, to which an electric field couples."""
METRIC = np.array([1.0, -1.0, -1.0, -1.0])
MOMENTUM = np.array([(GAMMA[0] - GAMMA[3]) / 2, (GAMMA[0] + GAMMA[3]) / 2, -GAMMA[1], -GAMMA[2], np.eye(4)])
"""Matrices that p+, p-, p1, p2 and m multiply in p-slash + m."""

Component = Values | float
Momentum = tuple[Component, Component, Component, Component, Component]
"""Components (p+, p-, p1, p2, m) with p+- = E +- p3, in which nothing cancels for collinear particles."""


class SpinSum:
    """Sum_spins Sum_s sign_s |u'bar (Sum_i z_i matrix_si) u|^2 for real z, a polynomial whose terms are found by traces."""

    terms: list[tuple[int, int, list[tuple[int, int, float]]]]
    """For each i <= j, the coefficients of the products p'_a p_b in the factor of z_i z_j, as (a, b, coefficient)."""

    def __init__(self, matrices: np.ndarray, signs: np.ndarray):
        conjugate = GAMMA[0] @ matrices.conj().swapaxes(-1, -2) @ GAMMA[0]
        operands = (signs, MOMENTUM, matrices, MOMENTUM, conjugate)
        trace = np.einsum("s,auv,sivw,bwx,sjxu->ijab", *operands, optimize=True).real
        self.terms = []
        for i, j in zip(*np.triu_indices(len(trace)), strict=True):
            both = trace[i, j] + trace[j, i] if i != j else trace[i, i]
            row = [(a, b, float(both[a, b])) for a, b in np.argwhere(abs(both) > 1e-9).tolist()]
            self.terms.append((int(i), int(j), row))

    def __call__(self, out: Momentum, into: Momentum, z: tuple[Values, ...]) -> Values:
        """The sum for the momenta of u'bar and of u; components that are the number 0 cost nothing."""
        total = jnp.zeros_like(z[0])
        for i, j, row in self.terms:
            kept = [c * (out[a] * into[b]) for a, b, c in row if not is_zero(into[b]) and not is_zero(out[a])]
            if kept:
                total = total + z[i] * z[j] * sum(kept[1:], start=kept[0])
        return total


def is_zero(component: Component) -> bool:
    """Whether a component is the Python number 0."""
    return isinstance(component, float) and component == 0
