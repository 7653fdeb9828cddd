"""The Fisher information of counts on mass and coupling, and the errors that it leaves."""

import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Float

from jaxdump.experiment import AbstractExperiment
from jaxdump.inference.arguments import subject
from jaxdump.inference.counts import counts_of
from jaxdump.inference.fit import DEGENERATE
from jaxdump.theories.family import MakeTheory


def fisher_information(
    experiment: AbstractExperiment, theory: MakeTheory, mass: float | Array, coupling: float | Array
) -> Float[Array, "parameters parameters"]:
    """The Fisher information of the counts on (ln mass, ln coupling, nuisances) at a true `mass` [GeV] and `coupling`; pure.

    It is the sum over the bins of (d mean / d a)(d mean / d b) / variance, plus one for the measurement of each pull. The
    matrix is singular where the counts do not tell the parameters apart.
    """
    theory = subject("fisher_information", experiment, theory)
    counts = counts_of(experiment)
    x = jnp.concatenate([jnp.log(jnp.stack([jnp.asarray(mass, float), jnp.asarray(coupling, float)])), counts.centre])
    log_mean = lambda x: counts.log_mean(experiment.signal(theory(*jnp.exp(x[:2]))), x[2:])
    slopes = jax.jacfwd(log_mean)(x)
    place = np.arange(x.size)
    own = jnp.diag(jnp.where((place >= 2) & (place < 2 + counts.pulls), 1.0, 0.0))
    return slopes.T @ (counts.information(jnp.exp(log_mean(x)))[:, None] * slopes) + own


def expected_errors(
    experiment: AbstractExperiment, theory: MakeTheory, mass: float | Array, coupling: float | Array
) -> Float[Array, " parameters"]:
    """The standard deviations of (ln mass, ln coupling, nuisances) that the counts would leave at a true `mass` [GeV]; pure.

    They come from the inverse of `fisher_information`, and are infinite for parameters that the counts do not tell apart.
    Notebook 07 has an example.
    """
    information = fisher_information(experiment, theory, mass, coupling)
    values, vectors = jnp.linalg.eigh(information)
    known = values > DEGENERATE * values[-1]
    variance = jnp.sum(vectors**2 / jnp.where(known, values, 1.0)[None, :], axis=1)
    spoiled = jnp.any(~known[None, :] & (jnp.abs(vectors) > 1e-6), axis=1)
    return jnp.where(spoiled, jnp.inf, jnp.sqrt(variance))
