"""Millicharged fermions of the atmosphere: radiation of protons, and all that is made together."""

import functools
import itertools

import jax
import jax.numpy as jnp
import numpy as np
import oracles
import pytest
from conftest import stored
from scipy.integrate import quad
from slopes import values_and_slopes

from jaxdump.experiments import AT_GROUND, JUNO, SUPERK
from jaxdump.flux import CLOSED, Flux
from jaxdump.inference.limits import limit
from jaxdump.inference.signals import Signals, row_at
from jaxdump.inference.statistics import PublishedCounts
from jaxdump.matter import proton_form_factor
from jaxdump.matter.mesons import MESONS, POINT_LIKE
from jaxdump.matter.proton_form_factor import FORM_FACTORS, unitary, vector_dominance
from jaxdump.production.hadrons import proton_bremsstrahlung as radiation
from jaxdump.production.hadrons.proton_bremsstrahlung import ProtonBremsstrahlung
from jaxdump.settings import with_numbers
from jaxdump.sources.cosmic import Primaries
from jaxdump.theories import DarkPhoton, Millicharge
from jaxdump.theories.decays import dalitz_decay

REFERENCE = stored("atmosphere")
POINTS = {name: meson._replace(pole=POINT_LIKE) for name, meson in MESONS.items()}
dalitz = jax.jit(dalitz_decay)
both_of_etap = jax.jit(lambda m: [dalitz_decay(MESONS["etap"], m, off_pole=off).number for off in (False, True)])
dominance = jax.jit(vector_dominance)
radiated = jax.jit(lambda model, z, k_squared, pt_squared: model.radiation(z, k_squared, pt_squared))
nodes_in_mass = jax.jit(lambda model, m: model.masses(m)[:2])


def test_radiation_of_protons_equals_the_reference():
    plain = ProtonBremsstrahlung("fww", resonances="full")
    for k_squared, *_, wanted in REFERENCE["F1p_timelike"]:
        assert float(dominance(jnp.float64(k_squared))) == pytest.approx(wanted, rel=1e-8)
    for z, pt_squared, k_squared, wanted, _ in REFERENCE["fww_kernel_GeVm2"]:
        h = jnp.float64(radiation.h_of(z, pt_squared, k_squared))
        assert float(radiation.splitting(z, h, k_squared)) == pytest.approx(wanted, rel=1e-12)
    for z, pt, k_squared, wanted, _ in REFERENCE["fww_kernel_ptint"]:
        assert float(radiated(plain, jnp.array([z]), jnp.float64(k_squared), pt**2)[0]) == pytest.approx(wanted, rel=1e-9)
    sigma = lambda energy: float(radiation.proton_cross_section(jnp.float64(energy)))
    for s, wanted in REFERENCE["sigma_pp_mb"]:
        assert sigma(s / (2 * 0.93827208816) - 0.93827208816) == pytest.approx(wanted, rel=1e-8)
    for z, k_squared, energy, wanted in REFERENCE["pb_dn_dz"]:
        made = radiated(plain, jnp.array([z]), jnp.float64(k_squared), 1.0)[0]
        made = made * dominance(jnp.float64(k_squared)) * sigma(energy * (1 - z)) / sigma(energy)
        assert float(made) == pytest.approx(wanted, rel=1e-8)


@pytest.mark.parametrize("m", [0.01, 0.262, 0.3, 0.39, 0.551])
def test_nodes_resolve_the_omega(m):
    model = ProtonBremsstrahlung(resonances="full")
    own, number = nodes_in_mass(model, jnp.float64(m))
    got = jnp.sum(number * dominance((2 * m * jnp.cosh(own)) ** 2))
    square = lambda k: float(dominance(np.float64(k) ** 2))
    spectral = lambda k: 2 / k * np.sqrt(1 - (2 * m / k) ** 2) * (1 + 2 * (m / k) ** 2) * square(k)
    points = [k for k in (0.5, 0.74, 0.765, 0.77, 0.775, 0.8, 1.1, 1.4) if k > 2 * m]
    edges = [2 * m, *points, 2.0]
    wanted = sum(quad(spectral, a, b, epsrel=1e-9, limit=200)[0] for a, b in itertools.pairwise(edges))
    assert float(got) == pytest.approx(wanted * 4 * np.pi / 137.035999 / (6 * np.pi**2), rel=2e-5)


@pytest.mark.parametrize("kernel", ["off-shell", "quasi-real"])
@pytest.mark.parametrize(("z", "k"), [(0.15, 0.05), (0.5, 0.6), (0.85, 1.5)])
def test_radiation_off_the_shell_equals_quadrature(kernel, z, k):
    mp, cutoff = 0.93827208816, 1.5

    def integrand(pt2):
        h = pt2 + (1 - z) * k**2 + z**2 * mp**2
        if kernel == "quasi-real":
            w = z * (1 - (1 - z) * (2 * mp**2 + k**2) / h + h / (2 * z**2 * k**2))
        else:
            w = (1 + (1 - z) ** 2) / z - 2 * z * (1 - z) * (2 * mp**2 + k**2) * pt2 / h**2
        return w / (137.035999177 * 2 * np.pi * h) * (cutoff**4 / (cutoff**4 + (h / z) ** 2)) ** 2

    got = radiated(ProtonBremsstrahlung(kernel), jnp.array([z]), jnp.float64(k**2), 1.0)[0]
    assert float(got) == pytest.approx(quad(integrand, 0, 1, epsrel=1e-11)[0], rel=1e-6)


FOLDED = {
    0.05: ((0.29, 0.59, 0.78), 0.146, 0.100),
    0.3: ((0.20, 0.53, 0.75), 0.141, 0.084),
    0.78: ((0.077, 0.34, 0.59), 0.125, 0.041),
    1.02: ((0.053, 0.27, 0.51), 0.110, 0.024),
}
"""Mass of the photon [GeV]: with cutoffs of 1, 1.5 and 2 GeV, with cuts, and with cuts and 1.5 GeV, over plain fww."""


@jax.jit
def photons(model, k):
    """Of mass k above 2 GeV."""
    log_energy = jnp.linspace(np.log(2), np.log(1e4), 400)
    log_flux = model.log_photons(k, radiation.collisions(Primaries("gsf"), k))(jnp.exp(log_energy))
    return jnp.trapezoid(jnp.exp(log_flux + log_energy), log_energy)


@pytest.mark.parametrize("k", FOLDED)
def test_choices_of_radiation_equal_an_independent_calculation(k):
    """Photons above 2 GeV of the protons of GSF, down to slow ones; the numbers are rounded."""
    folded = lambda **choices: float(photons(ProtonBremsstrahlung(least_energy=1.0, **choices), jnp.float64(k)))
    plain, (cutoffs, cuts, both) = folded(kernel="fww"), FOLDED[k]
    got = [folded(cutoff=cutoff) / plain for cutoff in (1.0, 1.5, 2.0)]
    got += [folded(kernel="fww", validity="cuts") / plain, folded(validity="cuts") / plain]
    np.testing.assert_allclose(got, [*cutoffs, cuts, both], rtol=0.025)


@pytest.mark.parametrize(
    ("k", "wanted"), [(0.1, 1.05), (0.3, 1.65), (0.5, 5.17), (0.7, 90.8), (0.78, 2.8e4), (0.9, 391), (1.02, 5.2e5)]
)
def test_unitary_form_factor_equals_its_table(k, wanted):
    assert float(unitary(jnp.float64(k**2))) == pytest.approx(wanted, rel=0.01)


@pytest.mark.parametrize(
    ("numbers", "message"),
    [
        ({"z_min": 0.9, "z_max": 0.1}, "z_max - z_min must be finite and positive, not -0.8"),
        ({"form_factor": "unitary", "k_max": 3.0}, "form factor unitary: k_max must be above 0 and at most 2, not 3"),
    ],
)
def test_radiation_that_nobody_knows_is_refused(numbers, message):
    with pytest.raises(ValueError, match=message):
        ProtonBremsstrahlung(**numbers)


def test_a_broken_form_factor_says_what_makes_it(monkeypatch, tmp_path):
    monkeypatch.setattr(proton_form_factor, "TABLE", tmp_path / "none.csv")
    with pytest.raises(RuntimeError, match=r"missing or broken: make it anew with scripts/make_form_factor\.py"):
        proton_form_factor.table.__wrapped__()


@pytest.mark.parametrize("form_factor", FORM_FACTORS)
def test_a_capped_pole_makes_no_more_than_its_mesons(form_factor):
    capped_pole, parents = {"resonances": "capped", "omega_dalitz": 0.0}, "bremsstrahlung,rho,omega,phi"
    capped = integral(AT_GROUND, 0.1, parents=parents, form_factor=form_factor, **capped_pole)
    off, full = (
        integral(AT_GROUND, 0.1, parents="bremsstrahlung", form_factor=form_factor, resonances=choice)["bremsstrahlung"]
        for choice in ("off-pole", "full")
    )
    mesons = ("rho", "omega", "phi") if form_factor == "unitary" else ("rho", "omega")
    assert off < capped["bremsstrahlung"] < full
    assert capped["bremsstrahlung"] <= off + sum(capped[meson] for meson in mesons) * (1 + 1e-9)


def test_gradients_of_the_other_choices_are_finite(dtype):
    model = ProtonBremsstrahlung("quasi-real", "unitary", "full", "cuts")
    rapidity = jnp.linspace(0.1, 8, 5, dtype=dtype)
    total = lambda m: jnp.sum(model.daughters(Primaries(), m, rapidity, lambda names: rapidity))
    values, slopes = values_and_slopes(total, [1e-4, 0.39, 0.9999, 1.2], dtype=dtype, backwards=True)
    assert np.all(np.isfinite(values))
    assert np.all(np.isfinite(slopes))


def test_slopes_are_finite_where_pairs_are_too_heavy_for_radiation():
    """In float32, in which the radiation of 76 GeV is 1e-37: nothing, as nothing is made beyond 2 GeV."""
    rapidity = jnp.linspace(0.1, 8, 5, dtype="float32")
    total = lambda m: jnp.sum(ProtonBremsstrahlung().daughters(Primaries(), m, rapidity, lambda names: rapidity))
    values, slopes = values_and_slopes(total, [0.3, 37.0, 38.0, 300.0], dtype="float32")
    assert values[0] > 0
    np.testing.assert_array_equal(values[1:], 0)
    assert np.all(np.isfinite(slopes))


def drawn_radiation(m, above, events=400_000):
    """Flux above an energy for fww, full, by drawing protons, photons and fermions one by one; and its error."""
    random = np.random.default_rng(1)
    u = lambda: random.random(events)
    square = lambda k2: np.abs(sum(f * M**2 / (M**2 - k2 - 1j * M * G) for f, M, G in zip(*RESONANCES, strict=True))) ** 2
    energy = 5 * u() ** (-1 / 1.7)
    low, high = np.log(2 * m), np.log(2.0)
    peak = u() < 0.5
    k = np.where(peak, 0.7826 + 0.006 * np.tan(np.pi * (u() - 0.5)), np.exp(low + (high - low) * u()))
    inside = (k > 2 * m) & (k < 2)
    k = np.where(inside, k, 1.0)
    chance = 0.5 / (high - low) / k + 0.5 / (np.pi * 0.006 * (1 + ((k - 0.7826) / 0.006) ** 2))
    z, pt2 = 0.1 + 0.8 * u(), 1e-4 * np.exp(np.log(1e4) * u())
    h = pt2 + (1 - z) * k**2 + (z * 0.93827208816) ** 2
    w = (1 + (1 - z) ** 2) / z - 2 * z * (1 - z) * (2 * 0.93827208816**2 + k**2) * pt2 / h**2
    w = w / (137.035999 * 2 * np.pi * h) * pt2 * np.log(1e4)
    velocity = np.sqrt(np.maximum(1 - (2 * m / k) ** 2, 0))
    pairs = 4 * np.pi / 137.035999 / (6 * np.pi**2) * 2 / k * velocity * (1 + 2 * (m / k) ** 2)
    protons = np.exp(Primaries().log_protons(jnp.asarray(energy))) * energy / 1.7 * (energy / 5) ** 1.7
    sigma = lambda e: np.asarray(radiation.proton_cross_section(jnp.asarray(e)))
    gamma = z * energy / k
    chi = k / 2 * (gamma + np.sqrt(np.maximum(gamma**2 - 1, 0)) * velocity * (2 * u() - 1))
    weight = protons * pairs * square(k**2) * w * 0.8 * sigma(energy * (1 - z)) / sigma(energy) / chance
    weight = weight * (inside & (gamma > 1) & (chi > above))
    return weight.mean(), weight.std() / events**0.5


RESONANCES = (proton_form_factor.COUPLINGS, proton_form_factor.MASSES, proton_form_factor.WIDTHS)


by_parent = jax.jit(lambda production, m, y: production.by_parent(m, y))


def integral(experiment, mass, above=1.0, **changes):
    """Fluxes above an energy [1/(m2 s sr)] by parent."""
    run, _ = with_numbers(experiment, Millicharge, changes)
    y = jnp.linspace(np.arccosh(max(above / mass, 1.0)), np.arccosh(1e6 / mass), 300)
    fluxes = by_parent(run.productions[0], jnp.float64(mass), y)
    return {name: float(np.trapezoid(flux * mass * np.sinh(y), y)) for name, flux in fluxes.items()}


@functools.cache
def plain(mass):
    """Without omega -> pi0 and a pair, mesons as points, and with the simplest radiation."""
    parents = "pi0,eta,rho,omega,bremsstrahlung,drell-yan"
    return integral(AT_GROUND, mass, parents=parents, transition="point", omega_dalitz=0.0, kernel="fww", resonances="full")


def test_flux_of_radiation_equals_drawn_events():
    got = plain(0.1)["bremsstrahlung"]
    wanted, error = drawn_radiation(0.1, 1.0)
    assert error < 0.02 * wanted
    assert got == pytest.approx(wanted, abs=4 * error)


def test_measured_form_factors_are_the_default():
    """Fluxes at all energies grow as the branching ratios do; what makes vectors and pions of omegas knows no choice."""
    of_mesons = functools.partial(integral, AT_GROUND, 0.1, above=0.1, parents="eta,etap,omega")
    measured, points = of_mesons(), of_mesons(transition="point")
    m = jnp.float64(0.1)
    rate = lambda numbers: float(jnp.sum(numbers))
    gains = {
        "eta": rate(dalitz(MESONS["eta"], m).number) / rate(dalitz(POINTS["eta"], m).number),
        "etap": rate(both_of_etap(m)[1]) / rate(dalitz(POINTS["etap"], m).number),
        "omega": 1.0,
    }
    for name, gain in gains.items():
        assert measured[name] / points[name] == pytest.approx(gain, rel=1e-12 if name == "omega" else 2e-3)
    assert gains["eta"] > 1.4
    assert gains["etap"] > 1.8


MADE = [
    (0.01, "pi0", 3.98e-5),
    (0.01, "eta", 6.1e-6),
    (0.1, "eta", 7.0e-7),
    (0.01, "rho", 1.6e-7),
    (0.01, "omega", 3.2e-7),
    (0.3, "omega", 2.9e-7),
    (0.01, "bremsstrahlung", 3.5e-5),
    (0.1, "bremsstrahlung", 3.43e-5),
    (0.3, "bremsstrahlung", 2.93e-5),
    (0.01, "drell-yan", 9.6e-11),
    (1.0, "drell-yan", 6.6e-11),
    (2.0, "drell-yan", 1.2e-12),
    (4.0, "drell-yan", 2.5e-14),
]
"""Mass [GeV], parent and flux above 1 GeV [1/(cm2 s sr)] of an independent calculation without omega -> pi0 and a pair."""


@pytest.mark.parametrize(("mass", "parent", "wanted"), MADE)
def test_fluxes_equal_an_independent_calculation(mass, parent, wanted):
    assert plain(mass)[parent] == pytest.approx(wanted * 1e4, rel=0.1)


def test_limits_equal_an_independent_calculation():
    run, make = with_numbers(SUPERK, Millicharge, {"parents": "mesons", "transition": "point", "omega_dalitz": 0.0})
    got = limit(run, make, np.array([0.1, 0.3]), PublishedCounts(events=20)).lower[:, 0]
    np.testing.assert_allclose(got, [3.474e-3, 5.734e-3], rtol=0.08)


PLANE = [axis.ravel() for axis in np.meshgrid(np.geomspace(1e-5, 300, 9), np.geomspace(1e-8, 10, 4))]
SENSIBLE = np.array([(0.01, 1e-3), (0.1, 3e-3), (0.5, 0.02), (2.0, 0.05)]).T
STEEP = np.array([(0.05, 3e-3), (0.6, 3e-3)]).T
HEAVIER = np.stack([oracles.moved(STEEP[:1], 1e-3)[0], np.full(8, 3e-3)])
WEAK = np.array([[0.2], [1e-5]])
at_superk = lambda mass, charge: SUPERK.log_signal(Millicharge(mass, charge))[0]


@functools.cache
def superk(dtype):
    """Its signal and the slopes in mass and charge, at the points of the tests below."""
    parts = {"plane": PLANE, "sensible": SENSIBLE}
    if dtype == "float64":
        parts |= {"steep": STEEP, "heavier": HEAVIER, "weak": WEAK}
    values, slopes = values_and_slopes(at_superk, *np.concatenate([*parts.values()], axis=1), dtype=dtype)
    ends = np.cumsum([len(part[0]) for part in parts.values()])[:-1]
    return dict(zip(parts, zip(np.split(values, ends), np.split(slopes, ends, axis=1), strict=True), strict=True))


def test_rates_grow_as_powers_of_the_charge():
    """Recoils with the fourth, of which two are of the production, double hits with the sixth."""
    assert float(superk("float64")["weak"][1][1, 0]) * 1e-5 == pytest.approx(4, abs=2e-3)
    double, _ = with_numbers(JUNO.only("double-1MeV"), Millicharge, {"parents": "eta"})
    at = lambda charge: double.log_signal(Millicharge(jnp.float64(0.2), charge))[0]
    assert float(jax.jit(jax.jacfwd(at))(jnp.float64(1e-5))) * 1e-5 == pytest.approx(6, abs=2e-3)


@pytest.mark.slow
def test_values_and_gradients_are_finite_everywhere(dtype):
    values, slopes = superk(dtype.name)["plane"]
    assert values.dtype == dtype
    assert np.all(np.isfinite(values))
    assert np.all(np.isfinite(slopes))


def test_precisions_and_ways_to_compute_agree():
    exact, single = (superk(dtype)["sensible"][0].astype(float) for dtype in ("float64", "float32"))
    np.testing.assert_allclose(single, exact, atol=2e-3)
    np.testing.assert_allclose(jax.jit(jax.vmap(at_superk))(*SENSIBLE), exact, atol=1e-9)


def test_events_begin_with_nucleons_of_5_gev():
    """Pairs of 10 MeV are of slow pions: nucleons from 4.47 GeV would make 27.3 events."""
    assert np.exp(superk("float64")["sensible"][0][0]) == pytest.approx(24.68, rel=2e-3)


def test_gradient_in_the_mass_equals_finite_differences():
    _, (in_mass, _) = superk("float64")["steep"]
    wanted = oracles.log_slopes(superk("float64")["heavier"][0], 2, 1e-3)[0]
    assert in_mass * STEEP[0] == pytest.approx(wanted, rel=2e-2, abs=1e-3)


def test_parents_are_chosen_by_name():
    assert set(integral(AT_GROUND, 0.5, parents="rho,jpsi")) == {"rho", "jpsi"}
    with pytest.raises(ValueError, match="no parents 'kaon': choose some of all, mesons, pi0"):
        with_numbers(AT_GROUND, Millicharge, {"parents": "rho,kaon"})


@pytest.mark.parametrize("experiment", [SUPERK, JUNO])
def test_another_theory_makes_nothing(experiment):
    signal = jax.jit(lambda m: experiment.log_signal(DarkPhoton(m, 1e-3)))(jnp.float64(0.1))
    assert np.all(np.asarray(signal) < CLOSED / 2)
    assert np.all(np.isfinite(signal))


@jax.jit
def fast(fluxes):
    """log of the number of fermions that are faster than beta = 0.87."""
    (flux,) = jax.tree.leaves(fluxes, is_leaf=lambda node: isinstance(node, Flux))
    return jax.nn.logsumexp(flux.log_weight, where=flux.energy > 2 * flux.mass)


def test_between_its_kinks_the_flux_is_smooth_in_the_mass():
    """So smooth that contours, which are good to 1e-4, go by a table of fluxes."""
    signals = Signals.of(SUPERK, Millicharge)
    tables = signals.over(*np.log([0.36, 0.42])).tables
    ends = [float(np.exp(table.last)) for table in tables]
    assert ends == pytest.approx([0.37, 0.3876, 0.3913, 0.4, 0.42], abs=1e-4)
    places = np.arange(1.5, 8)
    xs = np.array([table.stretch.x_and_slope(table.first + places * table.step)[0] for table in tables])
    with jax.enable_x64(True):
        true = jax.lax.map(fast, jax.tree.map(lambda rows: rows[: xs.size], signals.fluxes(xs.ravel())))
        near = [[fast(row_at(table.fluxes, table.nodes, place)) for place in places] for table in tables]
    np.testing.assert_allclose(np.array(near).ravel(), true, atol=1e-5)
