import dataclasses
from functools import partial

import jax
import jax.numpy as jnp
import numpy as np
import oracles
import pytest

import jaxdump
from jaxdump.experiments import EXPERIMENTS, NA64E_5E12, NA64MU_2022
from jaxdump.inference.statistics import statistic_named
from jaxdump.production.leptons.bremsstrahlung import LeptonBremsstrahlung
from jaxdump.settings import with_numbers
from jaxdump.theories import AlpMuon, AlpPhoton, DarkPhoton, LmuLtau, LmuLtauDark, PseudoscalarMuon, ScalarMuon, Vector

RUNS = {
    "run2022": "na64mu-2022",
    "run2023_RECALLED": "na64mu-2023",
    "p1e12": "na64mu-1e12",
    "p1e13": "na64mu-1e13",
    "p1e14": "na64mu-1e14",
}
STABLE = partial(AlpMuon, loop_photons=0.0)
"""The axion with muons as arXiv:2501.06294 takes it."""


def full(run="na64mu-2022", theory=AlpPhoton, **numbers):
    """A run with efficiency 1."""
    return with_numbers(EXPERIMENTS[run], theory, {"efficiency": 1.0, **numbers})[0]


def edges(experiment, theory, masses, region, precision="float64", **rule):
    """Lower and upper edges of one region."""
    limits = jaxdump.limit(experiment.only(region), theory, masses, statistic_named(**rule), precision=precision)
    return limits.lower[:, 0], limits.upper[:, 0]


def test_events_equal_the_reference_far_into_the_tail(reference):
    rows = [row for row in reference["events_2022_eff1_L10m"] if row["model"] == "alp_gamma"]
    masses, couplings = (jnp.array([row[key] for row in rows]) for key in ("mX", "g"))
    run = full(skip_layers=0.0)
    found = jax.jit(jax.vmap(lambda m, g: jnp.exp(run.log_signal(AlpPhoton(m, g)))))(masses, couplings)
    for row, (invisible, visible) in zip(rows, found.tolist(), strict=True):
        assert visible == pytest.approx(row["N_vis"], rel=1e-5)
        if row["N_inv"] > 1e-30:
            assert invisible == pytest.approx(row["N_inv"], rel=1e-5)


def test_stable_particles_equal_the_reference(reference):
    for theory, table, mass, coupling in (
        (STABLE, "contour_alp_mu_eff1", "mX", "g90_stable_eff1"),
        (LmuLtau, "contour_LmuLtau_massive_eff1", "mZ", "g90_2022_eff1"),
        (LmuLtauDark, "contour_zchi_eff1", "mchi", "gg90_run2022"),
    ):
        rows = [row for row in reference[table] if row.get("run", "run2022") == "run2022"]
        rows = [row for row in rows if theory is not STABLE or row[mass] < 0.211]
        lower, upper = edges(full(), theory, [row[mass] for row in rows], "invisible", events=2.3)
        np.testing.assert_allclose(lower, [row[coupling] for row in rows], rtol=1e-6)
        assert np.isnan(upper).all()


@pytest.mark.parametrize("run", RUNS)
def test_alp_photon_islands_equal_the_reference(reference, run):
    rows = [row for row in reference["contour_alp_gamma_eff1_L10m"] if row["run"] == run and row["mX"] > 2e-3]
    masses = [row["mX"] for row in rows]
    runs = full(RUNS[run], skip_layers=0.0), full(RUNS[run], skip_layers=1.0)
    invisible = edges(runs[0], AlpPhoton, masses, "invisible", events=2.3)
    visible = edges(runs[1], AlpPhoton, masses, "visible", events=rows[0]["N_up_vis"])
    for found, key in ((invisible, "inv"), (visible, "vis_skip1layer")):
        wanted = np.array([[*row[key], np.nan, np.nan][:2] for row in rows]).T
        np.testing.assert_allclose(found[0], wanted[0], rtol=1e-5)
        given = np.isfinite(wanted[1]) | np.isnan(wanted[0])  # the table stops at a coupling of 3
        np.testing.assert_allclose(found[1][given], wanted[1][given], rtol=1e-5)


def test_numbers_of_the_readme():
    """Limits with efficiency 1 and 2.3 events: independent calculation, good to the digits given."""
    cases = {STABLE: (0.1, 1.4919e-3), LmuLtau: (0.1, 1.648e-4), LmuLtauDark: (0.1, 2.715e-3)}
    for theory, (mass, wanted) in cases.items():
        assert edges(full(), theory, [mass], "invisible", events=2.3)[0][0] == pytest.approx(wanted, rel=3e-4)
    found = edges(full(), AlpPhoton, [0.01], "invisible", events=2.3)
    np.testing.assert_allclose(np.ravel(found), [1.84e-3, 1.32e-2], rtol=3e-3)


def test_inferred_efficiency_gives_the_published_limits():
    """Dark photon: 90 % CL of arXiv:2401.01708. ALP with muons: near the 4e-3 of arXiv:2501.06294."""
    published = {0.01: 1.756e-3, 0.1: 1.85e-3, 0.3: 3.31e-3, 1.0: 1.39e-2}
    lower, _ = edges(NA64MU_2022, DarkPhoton, list(published), "invisible")
    np.testing.assert_allclose(lower, list(published.values()), rtol=0.03)
    assert edges(NA64MU_2022, AlpMuon, [0.01], "invisible")[0][0] == pytest.approx(4.8e-3, rel=0.01)


LOOPS = {
    ScalarMuon: {
        0.05: ((7.888e-4, 0.05501), ()),
        0.1: ((9.159e-4, 9.942e-3), (2.848e-3, 0.7212)),
        0.15: ((1.4373e-3, 2.3177e-3), ()),
        0.15296: (None, ()),
    },
    PseudoscalarMuon: {
        0.05: ((1.0234e-3, 0.03350), ()),
        0.1: ((1.1605e-3, 5.300e-3), ()),
        0.12: ((1.4952e-3, 2.5004e-3), ()),
        0.2: (None, None),
    },
    AlpMuon: {
        0.1: ((5.0717e-3, 0.5646), ()),
        0.15: ((5.7970e-3, 0.06456), ()),
        0.18: ((8.088e-3, 0.014321), ()),
        0.2: (None, (0.01269, 0.5172)),
    },
}
"""Edges of the invisible and of the visible region by an independent calculation, None for none; () where none was made."""


@pytest.mark.parametrize("theory", LOOPS)
def test_decays_by_the_muon_loop_open_a_region_and_close_another(theory):
    found = jaxdump.limit(NA64MU_2022, theory, list(LOOPS[theory]))
    assert found.regions == ("invisible", "visible")
    for lower, upper, *wanted in zip(found.lower, found.upper, *zip(*LOOPS[theory].values(), strict=True), strict=True):
        for edges, known in zip(zip(lower, upper, strict=True), wanted, strict=True):
            if known is None:
                assert np.isnan(edges).all()
            elif known:
                np.testing.assert_allclose(edges, known, rtol=5e-4)  # the digits that are given


def test_a_tip_of_short_lived_scalars():
    found = jaxdump.limit(NA64MU_2022, ScalarMuon, [0.15294, 0.15296])
    assert np.isfinite([found.lower[0, 0], found.upper[0, 0]]).all()
    assert np.isnan([found.lower[1, 0], found.upper[1, 0]]).all()


def test_pair_limit_has_converged_in_mass_nodes_with_the_efficiency_table():
    masses = np.geomspace(1e-3, 3, 8)
    fine, _ = with_numbers(NA64MU_2022, LmuLtauDark, {"n_mass": 300})
    lower, exact = (edges(run, LmuLtauDark, masses, "invisible")[0] for run in (NA64MU_2022, fine))
    np.testing.assert_allclose(lower, exact, rtol=1e-5)


def test_limit_in_both_precisions():
    masses = [0.003, 0.05, 0.2]
    exact, single = (np.array(edges(full(), AlpPhoton, masses, "invisible", precision=p)) for p in ("float64", "float32"))
    assert single.dtype == np.float32
    np.testing.assert_allclose(single, exact, rtol=1e-4)


def test_statistics_and_levels():
    limits = {
        name: edges(NA64MU_2022, LmuLtau, [0.05], "invisible", statistic=name)[0][0] for name in ("counts", "cls", "bayes")
    }
    assert limits["counts"] == pytest.approx(limits["cls"], rel=1e-9)
    assert limits["cls"] == limits["bayes"]
    stricter = edges(NA64MU_2022, LmuLtau, [0.05], "invisible", statistic="cls", level=0.95)[0][0]
    assert stricter / limits["cls"] == pytest.approx(np.sqrt(np.log(20) / np.log(10)), rel=1e-8)


def test_limits_of_many_masses_equal_single_ones():
    masses = np.geomspace(1e-3, 0.02, 70)
    done = []
    together = jaxdump.limit(full(), AlpPhoton, masses, progress=done.append)
    assert sum(done) == masses.size
    for i in (0, 30, 69):
        alone = jaxdump.limit(full(), AlpPhoton, masses[i : i + 1])
        np.testing.assert_allclose(alone.lower[0], together.lower[i], rtol=1e-10)
        np.testing.assert_allclose(alone.upper[0], together.upper[i], rtol=1e-10)


def test_one_production_integral_per_mass(monkeypatch):
    calls = []
    original = LeptonBremsstrahlung.__call__
    monkeypatch.setattr(LeptonBremsstrahlung, "__call__", lambda self, theory: calls.append(1) or original(self, theory))

    def events():
        ready = NA64MU_2022.held(AlpPhoton(0.01, 1.0))
        return [ready.log_signal(AlpPhoton(0.01, coupling)) for coupling in (1e-3, 1e-2)]

    with jax.disable_jit():  # no trace is taken from one that was made before
        jax.eval_shape(events)
    assert len(calls) == 1


def test_a_limit_can_be_asked_for_while_others_look_for_what_is_not_a_number():
    """One that has no edge either."""
    with jax.debug_nans(True):
        found = jaxdump.limit(NA64MU_2022, AlpPhoton, np.array([0.01]))
    assert np.isnan(found.lower[0, 0])
    assert found.lower[0, 1] == pytest.approx(0.01437, rel=1e-3)


def test_limit_scales_with_exposure_and_is_differentiable():
    """g ~ exposure^(-1/2) without background; all slopes against finite differences."""

    def log_limit(log_exposure, beam_energy):
        experiment, _ = with_numbers(NA64MU_2022, LmuLtau, {"exposure": 1.0, "beam_energy": 160.0})
        production = experiment.productions[0]
        beam = dataclasses.replace(production.source.beam, energy=beam_energy)
        source = dataclasses.replace(production.source, beam=beam)
        experiment = dataclasses.replace(
            experiment, exposure=jnp.exp(log_exposure), productions=(dataclasses.replace(production, source=source),)
        )
        found = jaxdump.coupling_intervals(experiment.only("invisible"), LmuLtau, jnp.float64(0.05), jnp.array([2.3]))
        return jnp.log(found.lower[0])

    start = np.log(1.98e10), np.float64(160.0)
    at = jax.jit(jax.value_and_grad(log_limit, argnums=(0, 1)))
    _, slopes = at(*start)
    assert float(slopes[0]) == pytest.approx(-0.5, rel=1e-10)
    in_energy = lambda energy: at(start[0], energy)[0]
    assert float(slopes[1]) * 160 == pytest.approx(oracles.log_derivative(in_energy, 160.0, 1e-3), rel=1e-6)


def test_grid_equals_points_for_any_batch():
    masses, couplings = jnp.geomspace(1e-3, 0.1, 5), jnp.geomspace(1e-5, 1e-1, 4)
    run = NA64MU_2022.only("visible")
    plane = jax.jit(lambda size: jaxdump.grid(run, AlpPhoton, masses, couplings, size), static_argnums=0)
    point = jax.jit(lambda m, g: run.log_signal(AlpPhoton(m, g)))
    wanted = np.array([[point(m, g) for g in couplings] for m in masses])
    for size in (1, 2, 16):
        np.testing.assert_allclose(plane(size), wanted, rtol=1e-11)


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"level": 0.95}, "published counts hold at level 0.9, not 0.95: take another statistic, or give events"),
        ({"statistic": "cls", "level": 1.0}, "level must be above 0 and below 1, not 1"),
        ({"statistic": "cls", "events": 2.3}, "leave it out with cls"),
        ({"statistic": "bayesian"}, "no statistic 'bayesian': choose one of counts, cls"),
        ({"statistic": "cls", "combined": True}, "takes each region by itself: combine with asymptotic or profile"),
        ({"expected": 0.0}, "has no expected limit"),
        ({"statistic": "cls", "expected": 9.0}, "expected must be at least -5 and at most 5, not 9"),
        ({"events": -1.0}, "events must be finite and positive, not -1"),
    ],
)
def test_bad_options_are_told(options, message):
    with pytest.raises(ValueError, match=message):
        jaxdump.limit(NA64MU_2022, LmuLtau, [0.1], statistic_named(**options))


@pytest.mark.parametrize("masses", [[], [0.1, -1.0], [np.nan], [0.0], [[0.1]]])
def test_bad_masses_are_told(masses):
    with pytest.raises(ValueError, match="mass"):
        jaxdump.limit(NA64MU_2022, LmuLtau, masses)


@pytest.mark.parametrize(
    ("mass", "changes", "made", "here"),
    [
        (0.1, {"charges": "Lmu-Ltau"}, False, False),
        (0.1, {"charge_u": 1.0}, True, True),  # by mesons
        (9.0, {"charge_u": 1.0}, True, False),
        (1e3, {"charge_u": 0.0}, False, False),
    ],
)
def test_charges_that_are_zero_make_nothing_at_any_mass(mass, changes, made, here):
    """Neither a production that tells whether it opens, nor one whose flux is no mere factor of the couplings."""
    found = NA64E_5E12.made_where(Vector(mass=jnp.asarray(mass), g=jnp.asarray(1e-4), **changes))
    assert tuple(bool(one[0]) for one in found) == (made, here)
