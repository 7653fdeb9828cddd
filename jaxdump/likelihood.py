"""The likelihood of the counts: what is embedded in an inference."""

import jax.numpy as jnp
from jax.scipy.special import gammaln
from jaxtyping import Array, Float

from jaxdump.experiment import Experiment
from jaxdump.flux import safe_log
from jaxdump.theories.base import AbstractTheory


def log_likelihood(theory: AbstractTheory, experiment: Experiment) -> Float[Array, ""]:
    """log of the Poisson probability of the observed counts of all regions.

    Sum of n log(s + b) - (s + b) - log n!. Finite everywhere: without signal and background a region that has seen n
    events gives n times `flux.CLOSED`. In numpyro: `numpyro.factor("na64mu", log_likelihood(theory, NA64MU_2022))`.
    """
    log_signal = experiment.log_signal(theory)
    observed, background = (
        jnp.stack([jnp.asarray(getattr(region, name), dtype=log_signal.dtype) for region in experiment.regions])
        for name in ("observed", "background")
    )
    log_mean = jnp.logaddexp(log_signal, safe_log(background))
    return jnp.sum(observed * log_mean - jnp.exp(log_mean) - gammaln(observed + 1))
