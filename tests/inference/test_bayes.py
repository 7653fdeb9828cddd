"""The log-likelihood inside two samplers, without anything between."""

import dataclasses

import blackjax
import jax
import jax.numpy as jnp
import numpy as np
import numpyro
import numpyro.distributions as dist
import pytest
from numpyro.diagnostics import split_gelman_rubin
from numpyro.infer import MCMC, NUTS, init_to_value
from scipy.special import expit, logit

import jaxdump
from jaxdump.experiments import NA64MU_1E14
from jaxdump.theories import AlpPhoton

TRUTH = 0.02, 6e-4
LOW, HIGH = np.log([5e-3, 1e-4]), np.log([0.2, 1e-2])
CHAINS, WARMUP, DRAWS = 4, 200, 600
log_likelihood = jax.jit(jaxdump.log_likelihood)  # traced once, and not run operation by operation where a model is set up


@pytest.fixture(scope="module", autouse=True)
def usual_promotion():
    """The samplers mix types and ranks."""
    with jax.numpy_dtype_promotion("standard"), jax.numpy_rank_promotion("allow"):
        yield


@pytest.fixture(scope="module")
def data():
    """Asimov counts of an injected axion, with uncertain backgrounds and a common uncertainty of the signal."""
    regions = tuple(
        dataclasses.replace(region, background=b, background_error=0.3 * b, signal_error=0.2, signal_nuisance="yield")
        for region, b in zip(NA64MU_1E14.regions, (2.0, 1.0), strict=True)
    )
    run = dataclasses.replace(NA64MU_1E14, regions=regions)
    return jax.jit(lambda: jaxdump.asimov(run, AlpPhoton(*TRUTH)))()


@pytest.fixture(scope="module")
def by_numpyro(data):
    """(chains, draws) of ln mass, ln coupling and the pulls, by slopes forwards."""
    names = jaxdump.nuisance_names(data)

    def model():
        x = numpyro.sample("log_mass", dist.Uniform(LOW[0], HIGH[0]))
        y = numpyro.sample("log_g", dist.Uniform(LOW[1], HIGH[1]))
        pulls = {name: numpyro.sample(name, dist.ImproperUniform(dist.constraints.real, (), ())) for name in names}
        numpyro.factor("counts", log_likelihood(data, AlpPhoton(jnp.exp(x), jnp.exp(y)), pulls))

    start = init_to_value(values={"log_mass": np.log(TRUTH[0]), "log_g": np.log(TRUTH[1]), **dict.fromkeys(names, 0.0)})
    sampler = MCMC(
        NUTS(model, init_strategy=start, dense_mass=True, max_tree_depth=5, forward_mode_differentiation=True),
        num_warmup=WARMUP,
        num_samples=DRAWS,
        num_chains=CHAINS,
        chain_method="vectorized",
        progress_bar=False,
    )
    sampler.run(jax.random.key(0))
    draws = sampler.get_samples(group_by_chain=True)
    return {name: np.asarray(draws[name]) for name in ("log_mass", "log_g", *names)}


@pytest.fixture(scope="module")
def by_blackjax(data, by_numpyro):
    """The same by slopes backwards, with the box by a logistic map, its metric from the draws of the other sampler."""
    names = jaxdump.nuisance_names(data)

    def log_density(z):
        x = LOW + (HIGH - LOW) * jax.nn.sigmoid(z["box"])
        jacobian = jnp.sum(jax.nn.log_sigmoid(z["box"]) + jax.nn.log_sigmoid(-z["box"]))
        return log_likelihood(data, AlpPhoton(*jnp.exp(x)), dict(zip(names, z["pulls"], strict=True))) + jacobian

    unbound = lambda name, low, high: logit((by_numpyro[name] - low) / (high - low))
    box = [unbound(*each) for each in zip(("log_mass", "log_g"), LOW, HIGH, strict=True)]
    drawn = np.reshape([*box, *(by_numpyro[name] for name in names)], (2 + len(names), -1))
    sampler = blackjax.nuts(log_density, step_size=0.7, inverse_mass_matrix=jnp.asarray(np.cov(drawn)))

    def chain(key, start):
        step = lambda state, key: (sampler.step(key, state)[0], state.position)
        return jax.lax.scan(step, sampler.init(start), jax.random.split(key, WARMUP + DRAWS))[1]

    box = logit((np.log(TRUTH) - LOW) / (HIGH - LOW))
    start = {"box": jnp.tile(box, (CHAINS, 1)), "pulls": jnp.zeros((CHAINS, len(names)))}
    draws = jax.jit(jax.vmap(chain))(jax.random.split(jax.random.key(1), CHAINS), start)
    draws = jax.tree.map(lambda leaf: np.asarray(leaf)[:, WARMUP:], draws)
    box = LOW + (HIGH - LOW) * expit(draws["box"])
    pulls = {name: draws["pulls"][..., i] for i, name in enumerate(names)}
    return {"log_mass": box[..., 0], "log_g": box[..., 1], **pulls}


@pytest.mark.slow
@pytest.mark.parametrize("sampler", ["by_numpyro", "by_blackjax"])
def test_chains_agree(sampler, request):
    for name, draws in request.getfixturevalue(sampler).items():
        assert draws.shape == (CHAINS, DRAWS)
        assert split_gelman_rubin(draws) < 1.01, name


@pytest.mark.slow
def test_posterior_equals_a_grid(data, by_numpyro, by_blackjax):
    """Mean and spread of ln mass and ln coupling, the pulls profiled out of the way by a sum over their nodes."""
    nodes, weights = np.polynomial.hermite_e.hermegauss(7)
    axes = [np.linspace(*ends, 41) for ends in zip(LOW, HIGH, strict=True)]
    x, y = (a.ravel() for a in np.meshgrid(*axes, indexing="ij"))
    signal = jax.jit(jax.vmap(lambda x, y: jnp.exp(data.log_signal(AlpPhoton(jnp.exp(x), jnp.exp(y))))))(x, y)
    seen = np.array([float(region.observed) for region in data.regions])
    first, second, common = np.meshgrid(nodes, nodes, nodes, indexing="ij")
    weight = np.einsum("i,j,k->ijk", weights, weights, weights)
    mean = np.asarray(signal)[:, :, None, None, None] * 1.2**common
    mean[:, 0] += 2.0 * 1.3**first
    mean[:, 1] += 1.0 * 1.3**second
    density = np.sum(weight * np.exp(np.einsum("r,prijk->pijk", seen, np.log(mean)) - mean.sum(axis=1)), axis=(1, 2, 3))
    for draws in (by_numpyro, by_blackjax):
        for name, values in (("log_mass", x), ("log_g", y)):
            centre = np.average(values, weights=density)
            spread = np.sqrt(np.average((values - centre) ** 2, weights=density))
            assert draws[name].mean() == pytest.approx(centre, abs=0.15 * spread)
            assert draws[name].std() == pytest.approx(spread, rel=0.1)
