"""Freeze-out: the relic density of dark matter that annihilates through a mediator."""

import math
from typing import Any, Self

import equinox as eqx
import jax
import jax.numpy as jnp
from jaxtyping import Array, Float

from jaxdump.cosmology.annihilation import Annihilation
from jaxdump.cosmology.degrees_of_freedom import degrees_of_freedom, log_root_g
from jaxdump.numerics.bessel import scaled_bessel_k
from jaxdump.numerics.interpolate import EvenCurve
from jaxdump.theories.capabilities import CouplesToDarkMatter, DarkMatter
from jaxdump.typing import Scalar, Values

PLANCK_MASS = 1.220890e19
"""[GeV] CODATA 2018."""
DENSITY_PER_YIELD = 2891.2 / 1.053672e-5
"""Omega h^2 over m [GeV] and the number of particles per entropy: entropy density today [cm^-3] over the critical density
[GeV / cm^3 / h^2]. PDG 2022."""
STEP, POINTS = 1 / 12, 112
"""Step in ln(x), x = m / T, of the table of what the equation needs, from x = 1, and its number of points: to x = 1e4."""
MOST_STEPS = 1024
"""Most steps of the integration: 75 are usual, and some hundred near a narrow resonance."""
EQUILIBRIUM = math.log(100.0)
"""Logarithm of the rate of annihilation over that of the expansion down to which dark matter is in equilibrium.

The equation is stiff before. The departure from equilibrium that is left out there, some per cent, has decayed to 1e-8 by
freeze-out.
"""


def relic_density(theory: CouplesToDarkMatter) -> Scalar:
    """The density Omega h^2 today of dark matter, and of its antiparticles, that was in equilibrium and freezes out."""
    return jnp.exp(FreezeOut.of(theory).log_density())


class FreezeOut(eqx.Module):
    """The freeze-out of dark matter that was in equilibrium at x = 1, x = m / T, and is as hot as photons throughout.

    The ratio Y of number to entropy density follows dY / d ln x = -lambda(x) (Y^2 - Y_eq^2), with
    lambda = f (pi / 45)^(1/2) M_Pl m g*^(1/2) <sigma v> / x; f is 1 for particles that are their own antiparticles, 1/2 for the
    sum of particles and antiparticles. Reference: Gondolo and Gelmini, Nucl. Phys. B360, 145 (1991).
    """

    annihilation: Annihilation
    log_factor: Float[Array, " x"]
    """Logarithm of lambda over <sigma v> [GeV^2]."""
    log_thermal: Float[Array, " x"]
    """Logarithm of Y_eq, and x added."""
    log_density_per_yield: Scalar

    @classmethod
    def of(cls, theory: CouplesToDarkMatter) -> Self:
        """That of a theory."""
        dark = theory.dark_matter()
        x = jnp.exp(STEP * jnp.arange(POINTS, dtype=jnp.result_type(theory.mass)))
        number = math.log(PLANCK_MASS) + math.log(math.pi / 45) / 2 - (0.0 if dark.self_conjugate else math.log(2))
        log_factor = number + jnp.log(dark.mass / x) + log_root_g(dark.mass / x)
        log_density_per_yield = jnp.log(dark.mass) + math.log(DENSITY_PER_YIELD)
        return cls(Annihilation.of(theory, x), log_factor, log_equilibrium(dark, x) + x, log_density_per_yield)

    def log_density(self, log_scale: Scalar | float = 0.0) -> Scalar:
        """ln(Omega h^2) today, if all widths but that to dark matter are exp(`log_scale`) times as large."""
        log_rate = self.log_factor + self.annihilation.log_average(log_scale)
        log_yield = last_log_yield(log_rate, self.log_thermal)
        later = jax.nn.softplus(log_rate[-1] + log_yield)  # annihilation of an s wave after the last x
        return log_yield - later + self.log_density_per_yield


def log_equilibrium(dark: DarkMatter, x: Values) -> Values:
    """Logarithm of Y_eq = 45 g x^2 K_2(x) / (4 pi^4 h) at each `x`, g the states of particles and antiparticles."""
    states = dark.states * (1 if dark.self_conjugate else 2)
    h = degrees_of_freedom(dark.mass / x).h
    return jnp.log(45 * states / (4 * math.pi**4) * x**2 * scaled_bessel_k(2, x) / h) - x


def last_log_yield(log_rate: Float[Array, " x"], log_thermal: Float[Array, " x"]) -> Scalar:
    """ln Y at the end of the table, from W = ln Y: dW / d ln x = exp(2 W_eq - W) lambda - exp(W) lambda.

    The tables are of ln lambda and W_eq + x at steps `STEP` of ln x. Accurate to 1e-7 in float64.
    """
    import diffrax  # takes a second to import

    rate, thermal = EvenCurve(log_rate), EvenCurve(log_thermal)
    dtype = log_rate.dtype
    log_x = STEP * jnp.arange(log_rate.size, dtype=dtype)
    coupled = log_rate + log_thermal - jnp.exp(log_x) > EQUILIBRIUM
    first = jnp.max(jnp.where(coupled[:-1], jnp.arange(log_rate.size - 1), 0))
    start, span = log_thermal[first] - jnp.exp(log_x[first]), log_x[-1] - log_x[first]

    def slope(share: Any, W: Any, _: None) -> Array:
        t, now_W = log_x[first] + jnp.asarray(share, dtype) * span, jnp.asarray(W, dtype)
        now, equal = rate(t / STEP), thermal(t / STEP) - jnp.exp(t)
        return jnp.asarray(span * (jnp.exp(now + 2 * equal - now_W) - jnp.exp(now + now_W)), W.dtype)

    tolerance = 1e-9 if dtype == jnp.float64 else 1e-5
    found = diffrax.diffeqsolve(
        diffrax.ODETerm(slope),
        diffrax.Tsit5(),
        0.0,  # plain numbers need no check in the program, which could not be kept; diffrax makes float64 of them, and of W
        1.0,
        1e-4,
        start,
        stepsize_controller=diffrax.PIDController(rtol=tolerance, atol=tolerance),
        adjoint=diffrax.DirectAdjoint(),  # slopes of both directions and any order
        max_steps=MOST_STEPS,
        throw=False,
    )
    return jnp.where(found.result == diffrax.RESULTS.successful, jnp.asarray(found.ys, dtype)[0], jnp.nan)
