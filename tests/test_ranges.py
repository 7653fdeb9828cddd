"""No stage leaves the range of its numbers, compiled as XLA compiles for everybody.

The other tests are compiled as quickly as may be. Here programs are optimised, among them the fusions in which a number is
computed more than once: of the whole plane of a theory, of the widths of every theory, and of what follows a production, once
for each way to see a particle, whose widths and weights are here numbers: those of every theory, and beyond.
"""

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from jaxdump.experiments import ATMOSPHERIC_DECAYS, E137, ICECUBE_MCP, JUNO, LDMX_1E15, NA64MU_2022
from jaxdump.flux import CLOSED, Flux
from jaxdump.theories import THEORIES, AbstractTheory, AlpMuon, Millicharge, coupling, parameter

USUAL = {"xla_backend_optimization_level": "3", "xla_cpu_use_fusion_emitters": "True"}
"""What conftest.py turns off."""
NODES = 16
HELD = 2 * CLOSED
"""Weights and events are from `CLOSED` on, common factors apart: the rounding step of float32 is there 1/128."""
DECAYS = {"na64mu": NA64MU_2022, "ldmx": LDMX_1E15, "e137": E137, "air": ATMOSPHERIC_DECAYS}


class Unstable(AbstractTheory):
    """A particle with any widths."""

    name = "unstable"
    mass: jax.Array = parameter()
    g: jax.Array = coupling()
    seen: jax.Array = parameter()
    unseen: jax.Array = parameter()

    def widths(self, particle=""):
        return {("photon", "photon"): self.seen, ("X", "X"): self.unseen}


def nodes(log_weight, mass, highest, angles):
    """A spectrum below `highest` [GeV], also where that is below the mass, as productions have it."""
    energy = jnp.asarray(np.geomspace(1e-2, 1, NODES) * highest, mass.dtype)
    angle = jnp.full_like(energy, 1e-3) if angles else None
    every = jnp.full_like(energy, mass)
    return Flux(energy, every, log_weight, jnp.zeros_like(mass), angle, log_width=jnp.zeros_like(energy))


def behind(experiment, theory, log_weight, *more):
    """log of the events of each region, for the same nodes of each production; those of `more` regions too."""
    flux = nodes(log_weight, theory.mass, 1e3 if experiment.transport else 100.0, experiment is E137)
    fluxes = {production.name: experiment.at_detector(theory, flux) for production in experiment.productions}
    return jnp.concatenate([region.log_events(theory, fluxes) for region in (*experiment.regions, *more)])


def check(function, points, least=HELD):
    """At all points one after the other: finite, in range, with finite slopes backwards; the sums."""

    def total(point):
        each = function(point)
        return jnp.sum(each), jnp.min(each)

    both = jax.value_and_grad(total, has_aux=True)
    program = jax.jit(lambda points: jax.lax.map(both, points), compiler_options=USUAL)
    (sums, lowest), slopes = jax.tree.map(np.asarray, program(points))
    assert np.all(np.isfinite(sums))
    assert lowest.min() >= least
    assert all(np.all(np.isfinite(slope)) for slope in jax.tree.leaves(slopes))
    return sums


def every(*axes, dtype):
    """All pairs or triples."""
    return [jnp.asarray(axis.ravel(), dtype) for axis in np.meshgrid(*axes)]


def weights(points):
    """Of the nodes: from nothing to as many as there may be."""
    return jnp.broadcast_to(jnp.linspace(CLOSED, 40, NODES, dtype=points[0].dtype), (points[0].size, NODES))


@pytest.mark.parametrize("name", DECAYS)
def test_what_decays_in_any_time_stays_in_range(name, dtype):
    points = every([1e-9, 1e-3, 0.05, 1, 8, 30, 1e3], [0, 1e-30, 1e-18, 1e-8, 1, 1e9], [0, 1e-20, 1e3], dtype=dtype)
    particle = lambda mass, seen, unseen: Unstable(mass, jnp.ones_like(mass), seen, unseen)
    assert check(lambda at: behind(DECAYS[name], particle(*at[:3]), at[3]), (*points, weights(points))).max() > 20


def test_any_charge_stays_in_range():
    """Behind the Earth, in JUNO and as tracks in IceCube."""
    points = every(np.geomspace(1e-5, 1e3, 9), np.geomspace(1e-12, 1e3, 13), dtype="float32")
    events = lambda at: behind(JUNO.only("recoils", "double-1MeV"), Millicharge(*at[:2]), at[2], *ICECUBE_MCP.regions)
    assert check(events, (*points, weights(points))).max() > 0.1 * CLOSED  # what shines is no recoil, what does not no track


def test_widths_of_every_theory_stay_in_range():
    """As decays per metre, of which a detector takes the logarithm."""
    energy = jnp.asarray([1e-3, 1.0, 1e3], "float32")

    def rates(point):
        theories = [theory(*point) for theory in THEORIES.values()]
        return jnp.stack([jnp.sum(t.log_decay_rate(energy, jnp.full_like(energy, t.mass))) for t in theories])

    points = every(np.geomspace(1e-9, 1e3, 25), np.geomspace(1e-12, 1e3, 7), dtype="float32")
    check(rates, tuple(points), least=4 * CLOSED)


def test_events_stay_in_range_over_the_whole_plane():
    """All points at once, as fusions want it: log-weights of -1e19, computed twice, were exceeded by 1024, and made infinitely
    many events.
    """
    masses, couplings = jnp.logspace(-5, 2, 41), jnp.logspace(-12, 3, 31)
    total = lambda mass, coupling: jnp.sum(NA64MU_2022.log_signal(AlpMuon(mass, coupling)))
    plane = jax.vmap(jax.vmap(jax.value_and_grad(total, (0, 1)), (None, 0)), (0, None))
    values, slopes = jax.jit(plane, compiler_options=USUAL)(masses, couplings)
    assert all(np.all(np.isfinite(array)) for array in (values, *slopes))
    assert np.min(values) > 2 * HELD  # two regions
