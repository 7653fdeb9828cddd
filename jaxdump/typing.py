"""Names for the shapes that signatures speak of."""

import numpy as np
from jaxtyping import Array, Float

Scalar = Float[Array, ""] | float
"""One number: a Python float or a traced or concrete jax scalar."""
Values = Float[Array, "*shape"]
"""Numbers of any one shape."""
Bins = Float[Array, " bins"] | np.ndarray | Scalar
"""One number for all bins of a region, or one for each."""
