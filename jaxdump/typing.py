"""Names for the shapes that signatures speak of."""

from jaxtyping import Array, Float

Scalar = Float[Array, ""] | float
"""One number: a Python float or a traced or concrete jax scalar."""
Values = Float[Array, "*shape"]
"""Numbers of any one shape."""
