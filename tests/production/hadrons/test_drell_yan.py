"""Parton densities and Drell-Yan pairs against stored numbers, against scipy's splines, and in all corners."""

import functools
import json
import pathlib

import jax
import jax.numpy as jnp
import numpy as np
import oracles
import pytest
from scipy.interpolate import make_interp_spline

from jaxdump.constants import PROTON_MASS
from jaxdump.flux import CLOSED
from jaxdump.matter import parton_densities
from jaxdump.matter.parton_densities import FLAVOURS, SETS, momentum_densities
from jaxdump.production.hadrons.drell_yan import log_flux, pair_cross_section, partonic_cross_section, spectrum
from jaxdump.units import CM2_PER_PB

REFERENCE = json.loads((pathlib.Path(__file__).parents[2] / "reference" / "drell_yan.json").read_text())
MUON_MASS = 0.1056583755
PER_PB = 14.5 / 2.9e11
"""A over a p-air cross-section of 290 mb."""
KNEES = np.array([4e6, 3e7, 2e9])
NUCLEI = [  # A, Z, a and gamma of H3a: Gaisser, Astropart. Phys. 35, 801 (2012)
    (1, 1, (7860, 20, 1.7), (1.66, 1.4, 1.4)),
    (4, 2, (3550, 20, 1.7), (1.58, 1.4, 1.4)),
    (12, 6, (2200, 13.4, 1.14), (1.63, 1.4, 1.4)),
    (28, 14, (1430, 13.4, 1.14), (1.67, 1.4, 1.4)),
    (54, 26, (2120, 13.4, 1.14), (1.63, 1.4, 1.4)),
]


def nucleons(energy, xp=jnp):
    """Flux of nucleons [1/(m2 s sr GeV)], by jax or numpy."""
    log_a = np.concatenate([np.log(norm) + (1 - np.array(g)) * np.log(a) for a, _, norm, g in NUCLEI])
    index, cut = (np.concatenate(v) for v in zip(*((np.array(g) + 1, a / z / KNEES) for a, z, _, g in NUCLEI), strict=True))
    log_a, index, cut = (xp.asarray(v, energy.dtype)[:, None] for v in (log_a, index, cut))
    return xp.sum(xp.exp(log_a - index * xp.log(energy)[None] - cut * energy[None]), axis=0)


def in_the_air(energies, mass, pdf_set="cteq6l1", nodes=(12, 12, 16), gain=(1.0,) * 4):
    """ln of the flux for nucleons of which there are `gain` times more at 10, 1e2, 1e3 and 1e4 GeV."""
    knots = jnp.asarray(np.log([1e1, 1e2, 1e3, 1e4]), energies.dtype)
    per_pb = lambda energy: PER_PB * jnp.interp(jnp.log(energy), knots, jnp.asarray(gain, energy.dtype))
    return log_flux(nucleons, per_pb, energies, mass, pdf_set, nodes=nodes)


def energies_of(mass):
    return np.geomspace(mass * 1.0001, 1e6, 64)


def with_slope(energies, mass):
    return jax.jvp(lambda m: in_the_air(energies, m), (mass,), (jnp.ones_like(mass),))


compiled_logs = jax.jit(in_the_air, static_argnums=(2, 3))
compiled_total = jax.jit(pair_cross_section, static_argnums=2)
logs_with_slopes = jax.jit(jax.vmap(with_slope))
twice = lambda s, m: (pair_cross_section(s, m),) * 2
slopes_of_totals = jax.jit(jax.vmap(lambda s, m: jax.jacfwd(twice, argnums=(0, 1), has_aux=True)(s, m)))
densities = jax.jit(lambda x, q: {name: momentum_densities(name, x, q, FLAVOURS) for name in SETS})
spectra, partonic = jax.jit(spectrum), jax.jit(partonic_cross_section)


def logs(energies, mass, pdf_set="cteq6l1", nodes=(12, 12, 16), gain=(1.0,) * 4):
    """One compilation for each set and number of nodes."""
    return np.asarray(compiled_logs(jnp.asarray(energies), jnp.float64(mass), pdf_set, nodes, gain))


def total(root_s, mass, pdf_set="cteq6l1", low=2.0, high=np.inf):
    return float(compiled_total(jnp.float64(root_s), jnp.float64(mass), pdf_set, float(low), float(high)))


@functools.cache
def at_scale(pdf_set, q):
    """x f(x) at Q by scipy's splines, quarks and then their antiquarks."""
    data = parton_densities.table()
    of_q = make_interp_spline(np.log(np.log(data["q"] / 0.3)), data[pdf_set].astype(float), axis=1)
    of_x = make_interp_spline(np.log(data["x"]) + 8 * data["x"], of_q(np.log(np.log(q / 0.3))), axis=1)
    return lambda x: of_x(np.log(x) + 8 * x)[[6, 7, 8, 9, 10, 4, 3, 2, 1, 0]]


def pairs_of_quarks(pdf_set, q, x1, x2):
    """Sum of e^2 x1 f x2 fbar over d, u, s, c, b and their antiquarks."""
    beam, target = (at_scale(pdf_set, q)(x) for x in (x1, x2))
    charges = np.array([1, 4, 1, 4, 1] * 2).reshape(-1, *(1,) * np.ndim(x1)) / 9
    return np.sum(charges * beam * np.roll(target, 5, axis=0), axis=0)


def legendre(n, low, high):
    nodes, weights = np.polynomial.legendre.leggauss(n)
    return low + (high - low) * (nodes + 1) / 2, weights * (high - low) / 2


def rough_total(pdf_set, root_s, m, n=(50, 60)):
    """The cross-section [pb], by nodes in ln M from max(2m, 2 GeV) on, dense at threshold."""
    low = max(2 * m, 2.0)
    result = 0.0
    for v, dv in zip(*legendre(n[0], 0, 1), strict=True):
        mass = low * (root_s / low) ** (v**2)
        y, dy = legendre(n[1], -np.log(root_s / mass), np.log(root_s / mass))
        r = 4 * m**2 / mass**2
        quark = 4 * np.pi * oracles.ALPHA**2 / (9 * mass**2) * np.sqrt(1 - r) * (1 + r / 2) * oracles.PB
        pairs = pairs_of_quarks(pdf_set, mass, mass / root_s * np.exp(y), mass / root_s * np.exp(-y))
        result += 2 / mass * quark * np.sum(pairs * dy) * mass * np.log(root_s / low) * 2 * v * dv
    return result


def rough_flux(energy, m, n=(20, 40, 120)):
    """The flux of chi and chibar at one energy, by nodes in ln M, ln E_p and c: y follows from c, on two branches."""
    low, result = max(2 * m, 2.0), 0.0
    c, dc = legendre(n[2], -1, 1)
    for v, dv in zip(*legendre(n[0], 0, 1), strict=True):
        mass = low * 60 ** (v**2)
        r = 4 * m**2 / mass**2
        quark = 4 * np.pi * oracles.ALPHA**2 / (9 * mass**2) * np.sqrt(1 - r) * (1 + r / 2) * oracles.PB
        angular = ((1 + r) + (1 - r) * c**2) / (2 * (1 + r) + 2 / 3 * (1 - r)) * dc
        tilt, height = np.sqrt(1 - r) * c, 2 * energy / mass / np.sqrt(1 - (1 - r) * c**2)
        for sign in (1, -1):
            y = sign * np.arccosh(np.maximum(height, 1)) - np.arctanh(tilt)
            x2 = mass / 0.93827208816 * np.exp(-y)
            good = (height > 1) & (x2 < 1)
            if not good.any():
                continue
            slope = mass / 2 * np.abs(np.sinh(y[good]) + tilt[good] * np.cosh(y[good]))
            first = mass**2 / (2 * 0.93827208816 * x2[good])
            u, du = legendre(n[1], 0, 14)
            beam = first[:, None] * np.exp(u) - 0.93827208816
            x2 = np.broadcast_to(x2[good][:, None], beam.shape)
            pairs = pairs_of_quarks("cteq6l1", mass, np.broadcast_to(np.exp(-u), beam.shape), x2)
            primary = nucleons(beam.ravel(), np).reshape(beam.shape)
            folded = np.sum(primary * (beam + 0.93827208816) * pairs * du, axis=1)
            result += PER_PB * 2 * 2 / mass * quark * np.sum(angular[good] * folded / slope) * mass * np.log(60) * 2 * v * dv
    return result


def test_partonic_cross_sections_equal_the_reference():
    for mass_squared, mass, wanted in REFERENCE["partonic_cm2"]["rows"]:
        got = 4 / 9 * float(partonic(jnp.float64(mass_squared), mass))
        assert got == pytest.approx(wanted / CM2_PER_PB, rel=1e-9)


def test_pairs_of_muons_equal_the_reference_and_pythia():
    for root_s, low, high, wanted, pythia, error in REFERENCE["muon_pairs"]["rows"]:
        got = total(root_s, MUON_MASS, "cteq6l1", low, high)
        assert got == pytest.approx(wanted, rel=5e-4)
        assert got == pytest.approx(pythia, abs=2 * error)


def test_pairs_equal_the_reference():
    for root_s, mass, wanted in REFERENCE["pairs"]["rows"]:
        assert total(root_s, mass) == pytest.approx(wanted, rel=2.5e-3)


@pytest.mark.parametrize(("pdf_set", "error"), [("cteq6l1", 1e-4), ("nnpdf23lo", 2e-4), ("nnpdf31lo", 1e-3)])
def test_pairs_equal_quadrature(pdf_set, error):
    for root_s, mass in ((20.0, 0.3), (137.0, 1.01), (433.0, 3.0)):
        assert total(root_s, mass, pdf_set) == pytest.approx(rough_total(pdf_set, root_s, mass), rel=error)


MOMENTA = {"cteq6l1": (1.0, 0.005), "nnpdf23lo": (0.996, 0.005), "nnpdf31lo": (1.0, 0.02)}
"""The sum and its error: some is the photon's in NNPDF2.3, and what is negative in NNPDF3.1 is missed."""


def test_densities_have_the_proton_s_momentum_and_quarks():
    log_x, step = legendre(300, np.log(1e-8), 0.0)
    for q in (2.0, 5.0, 30.0):
        for name, values in densities(jnp.asarray(np.exp(log_x)), q).items():
            rows, (momentum, error) = dict(zip(FLAVOURS, np.asarray(values), strict=True)), MOMENTA[name]
            assert sum(np.sum(row * np.exp(log_x) * step) for row in rows.values()) == pytest.approx(momentum, abs=error)
            assert np.sum((rows[2] - rows[-2]) * step) == pytest.approx(2.0, abs=3 * error)
            assert np.sum((rows[1] - rows[-1]) * step) == pytest.approx(1.0, abs=3 * error)


def test_densities_equal_scipy_s_splines(dtype):
    x = np.geomspace(2e-8, 0.9, 300)
    for name, got in densities(jnp.asarray(x, dtype), jnp.asarray(7.3, dtype)).items():
        assert got.dtype == dtype
        wanted = np.maximum(at_scale(name, 7.3)(x)[[9, 8, 7, 6, 5, 0, 1, 2, 3, 4]], 0)
        assert np.delete(np.asarray(got, float), 5, axis=0) == pytest.approx(wanted, rel=3e-5, abs=3e-6)


def test_what_is_wrong_is_told(tmp_path, monkeypatch):
    with pytest.raises(ValueError, match="no set 'ct18': choose one of cteq6l1, nnpdf23lo, nnpdf31lo"):
        momentum_densities("ct18", jnp.array([0.1]), 2.0)
    with pytest.raises(ValueError, match=r"mass_min must be finite and at least 2, not 1\.5"):
        pair_cross_section(20.0, 0.1, mass_min=1.5)
    for name, content in (("none.npz", None), ("broken.npz", b"PK\x03\x04 and no more"), ("other.npz", {"x": np.ones(3)})):
        monkeypatch.setattr(parton_densities, "TABLE", tmp_path / name)
        if isinstance(content, dict):
            np.savez(tmp_path / name, **content)
        elif content:
            (tmp_path / name).write_bytes(content)
        parton_densities.table.cache_clear()
        with pytest.raises(RuntimeError, match=rf"{name} is missing or broken: make it anew with scripts/make_pdfs.py"):
            parton_densities.table()
    parton_densities.table.cache_clear()


@pytest.mark.parametrize(("beam", "mass"), [(20.0, 0.01), (300.0, 0.7), (1e5, 2.0)])
def test_spectra_hold_two_particles_and_the_energy_of_the_pair(beam, mass):
    energies, s = np.geomspace(mass, beam, 1001), 2 * PROTON_MASS * (beam + PROTON_MASS)
    density = np.asarray(spectra(jnp.asarray(energies), beam, jnp.float64(mass)))
    number, energy = (np.trapezoid(density * energies**k, np.log(energies)) for k in (1, 2))
    assert number == pytest.approx(2 * total(s**0.5, mass), rel=1e-4)

    wanted = 0.0
    low = max(2 * mass, 2.0)
    for v, dv in zip(*legendre(50, 0, 1), strict=True):
        pair = low * (s**0.5 / low) ** (v**2)
        y, dy = legendre(60, -np.log(s**0.5 / pair), np.log(s**0.5 / pair))
        pairs = pairs_of_quarks("cteq6l1", pair, pair / s**0.5 * np.exp(y), pair / s**0.5 * np.exp(-y))
        lab = pair * np.cosh(y + np.log(s**0.5 / PROTON_MASS))
        weight = float(partonic(jnp.float64(pair**2), mass)) * 2 * np.log(s**0.5 / low) * 2 * v * dv
        wanted += weight * np.sum(lab * pairs * dy)
    assert energy == pytest.approx(wanted, rel=3e-4)


@pytest.mark.parametrize("mass", [0.01, 1.7])
def test_flux_equals_quadrature(mass):
    energies = energies_of(mass)
    got = np.exp(logs(energies, mass))
    for i in (32, 48):
        assert got[i] == pytest.approx(rough_flux(energies[i], mass), rel=2e-3)


def test_flux_equals_an_independent_calculation():
    """That has cross-sections of protons on air by Pythia, a tenth smaller at low energy than the 290 mb here."""
    gain = tuple(row[1] for row in REFERENCE["cascade_gain"]["rows"])
    for mass, wanted in REFERENCE["flux_above_1_gev"]["rows"]:
        energies = np.geomspace(max(1.0, mass), 1e6, 64)
        density = np.exp(logs(energies, mass, gain=gain))
        assert np.trapezoid(density * energies, np.log(energies)) * 1e-4 == pytest.approx(wanted, rel=0.15)


@pytest.mark.parametrize(("pdf_set", "error"), [("cteq6l1", 2e-3), ("nnpdf31lo", 2e-2)])
def test_flux_has_converged(pdf_set, error):
    """Not on average but at each energy, so that the spectrum is smooth too."""
    for mass in (1e-4, 0.1, 0.98, 1.05, 4.0):
        energies = energies_of(mass)
        few, many = (logs(energies, mass, pdf_set, n) for n in ((12, 12, 16), (30, 30, 40)))
        weight = energies * np.exp(many)
        seen = weight > 1e-3 * weight.max()
        assert np.abs(few - many)[seen].max() < error, mass


def test_gradients_equal_finite_differences():
    """And values for many masses those for one."""
    start, step = np.repeat([0.03, 0.97, 1.03, 5.0], 3), 1e-5
    masses = start * (1 + np.tile([-step, 0, step], 4))
    energies = np.geomspace(200.0, 1e6, 16)
    values, slopes = (np.asarray(v) for v in logs_with_slopes(jnp.asarray(np.tile(energies, (12, 1))), jnp.asarray(masses)))
    wanted = (values[2::3] - values[::3]) / (2 * step * start[::3, None])
    assert slopes[1::3] == pytest.approx(wanted, rel=1e-4, abs=1e-5)
    assert values[5] == pytest.approx(logs(np.resize(energies, 64), masses[5])[:16], rel=1e-12)


def test_slopes_are_continuous_where_pairs_open_at_the_floor():
    """At m = 1 GeV, where the floor of 2 GeV is reached: from below as its square root, on both sides those of differences."""
    below, above = 1 - np.geomspace(1e-9, 1e-2, 8), 1 + np.geomspace(1e-9, 1e-2, 8)
    masses = np.concatenate([below, above, [1.0], np.repeat([0.999, 1.001], 2) * (1 + 1e-5 * np.tile([-1, 1], 2))])
    energies = np.tile(np.geomspace(5.0, 1e6, 16), (masses.size, 1))
    values, slopes = (np.asarray(v) for v in logs_with_slopes(jnp.asarray(energies), jnp.asarray(masses)))
    at_floor = slopes[16]
    assert np.abs(slopes[:2] - at_floor).max() < 5e-3 * np.abs(at_floor).max()
    assert slopes[8] == pytest.approx(at_floor, rel=1e-6)
    assert np.all(np.diff(np.abs(slopes[:8] - at_floor).max(axis=1)) > 0)
    for i, mass in ((17, 0.999), (19, 1.001)):
        wanted = (values[i + 1] - values[i]) / (2e-5 * mass)
        near = (slopes[i] + slopes[i + 1]) / 2
        assert near == pytest.approx(wanted, rel=1e-4, abs=1e-5)


def test_values_and_gradients_are_finite_everywhere(dtype):
    masses = jnp.asarray(np.geomspace(1e-5, 300, 12), dtype)
    energies = np.stack([[mass, 1e-6, *np.geomspace(1e-3, 1e6, 14)] for mass in masses])
    values, slopes = logs_with_slopes(jnp.asarray(energies, dtype), masses)
    assert values.dtype == slopes.dtype == dtype
    assert np.all(np.isfinite(values))
    assert np.all(np.isfinite(slopes))
    assert np.all(np.asarray(values)[:, :2] < CLOSED / 2)
    if dtype == "float32":
        exact, _ = logs_with_slopes(jnp.asarray(energies), masses.astype("float64"))
        seen = np.asarray(exact > jnp.max(exact, axis=1, keepdims=True) - 20)
        assert np.abs(np.asarray(values) - np.asarray(exact))[seen].max() < 2e-4


def test_cross_sections_are_finite_and_closed_in_time(dtype):
    masses, roots = (a.ravel() for a in np.meshgrid(np.geomspace(1e-5, 300, 9), [1.9, 2.0, 5.0, 40.0, 1e4]))
    slopes, values = slopes_of_totals(jnp.asarray(roots, dtype), jnp.asarray(masses, dtype))
    assert values.dtype == dtype
    assert np.all(np.isfinite(values))
    assert all(np.all(np.isfinite(slope)) for slope in slopes)
    lowest = np.maximum(2 * masses, 2.0)
    assert np.all(np.asarray(values)[lowest >= roots] == 0)
    assert np.all(np.asarray(values)[1.2 * lowest < roots] > 0)


def test_gradients_of_cross_sections_equal_finite_differences():
    roots, masses = (jnp.asarray(np.resize(a, 45)) for a in ([20.0, 43.3, 137.0], [0.4, 2.0, 1.02]))
    (in_s, in_m), values = slopes_of_totals(roots, masses)
    for i, (s, m) in enumerate(zip(roots[:3], masses[:3], strict=True)):
        assert float(values[i]) == pytest.approx(total(s, m), rel=1e-12)
        assert float(in_s[i] * s) == pytest.approx(oracles.log_derivative(lambda v, m=m: total(v, m), s), rel=1e-4)
        assert float(in_m[i] * m) == pytest.approx(oracles.log_derivative(lambda v, s=s: total(s, v), m), rel=1e-4)


def test_light_pairs_do_not_know_their_mass():
    for energy, mass in ((10.0, 1e-5), (1e4, 1e-3)):
        light, heavier = (logs(np.full(64, energy), m)[0] for m in (mass, 10 * mass))
        assert light == pytest.approx(heavier, abs=2e-3)
