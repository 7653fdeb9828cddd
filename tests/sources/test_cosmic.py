"""Primary nucleons, and what their showers make."""

import functools
import json
from functools import partial

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from conftest import stored

from jaxdump.sources import cosmic, hadrons_in_air
from jaxdump.sources.cosmic import Primaries
from jaxdump.sources.hadrons_in_air import HADRON_ENERGIES, HadronsInAir

REFERENCE = stored("atmosphere")
ENERGIES = 10.0 ** np.arange(1, 7)
log_nucleons = jax.jit(lambda primaries, energy: primaries.log_nucleons(energy))
log_protons = jax.jit(lambda primaries, energy: primaries.log_protons(energy))


def test_h3a_equals_public_code():
    """Protons and neutrons of crflux 2.1.0, times E^2.7."""
    scaled = np.exp(log_nucleons(Primaries("h3a"), jnp.asarray(ENERGIES))) * ENERGIES**2.7
    np.testing.assert_allclose(scaled, [11711, 13442, 15577, 18239, 21174, 19626], rtol=4e-5)


def test_h3a_equals_the_reference_but_for_its_nitrogen():
    energy, flux = np.array(REFERENCE["h3a_nucleon_per_cm2_s_sr_GeV"])[:3].T  # below the knee
    np.testing.assert_allclose(np.exp(log_nucleons(Primaries("h3a"), jnp.asarray(energy))), flux * 1e4, rtol=6e-3)


@pytest.mark.parametrize("model", ["h3a", "gsf"])
def test_protons_are_most_of_the_nucleons(model):
    primaries, energies = Primaries(model), jnp.asarray(ENERGIES)
    protons = np.exp(log_protons(primaries, energies) - log_nucleons(primaries, energies))
    assert np.all((protons > 0.75) & (protons < 0.92))


@pytest.mark.parametrize("model", ["h3a", "gsf"])
def test_precisions_agree(model):
    exact, single = (log_nucleons(Primaries(model), jnp.asarray(ENERGIES, dtype)) for dtype in ("float64", "float32"))
    assert single.dtype == np.float32
    np.testing.assert_allclose(single, exact, atol=2e-5)


def test_spectra_bend_as_they_are_told():
    energy = jnp.asarray([30.0, 100.0, 1e4])
    at = jax.jit(lambda size, tilt: Primaries("gsf", size, tilt).log_nucleons(energy))
    slope = jax.jit(jax.jacfwd(at, argnums=(0, 1)))(1.0, 0.0)
    np.testing.assert_allclose(slope[0], 1.0)
    np.testing.assert_allclose(slope[1], -np.log(energy / 100), atol=1e-12)
    more = log_nucleons(Primaries("gsf", modulation=0.3), energy) - log_nucleons(Primaries("gsf"), energy)
    assert np.all(np.diff(more) > 0)
    assert -0.2 < more[0] < more[-1] < 0


MOMENTS = {"111": "pi0", "221": "eta", "331": "etap", "113": "rho", "223": "omega", "N": "nucleon", "pi+": "pi+", "pi-": "pi-"}
ERRORS = {"111": 0.02, "221": 0.04, "331": 0.1, "113": 0.035, "223": 0.035, "N": 0.02, "pi+": 0.02, "pi-": 0.02}
"""Of the reference, relative, at 1 TeV for 8000 events."""


@pytest.mark.parametrize(("column", "generator"), [(0, "pythia"), (1, "sibyll")])
@pytest.mark.parametrize("code", MOMENTS)
def test_moments_are_those_of_the_generators(code, column, generator):
    """Sum of x^1.7 per event: the nearest energies of the table against the reference, within three of its errors."""
    yields = hadrons_in_air.tables()[generator]
    middle = 10 ** ((yields.log10_x[1:] + yields.log10_x[:-1]) / 2)
    kinds = ["nucleon", "antinucleon"] if code == "N" else [MOMENTS[code]]
    bins = -np.diff(np.sum([yields.above[kind] for kind in kinds], axis=0), axis=-1)
    moments = np.interp(np.log([1e3, 1e4, 1e5]), np.log(yields.energy), bins @ middle**1.7)
    wanted = np.array([REFERENCE["moments"][f"Z_{code}"][energy][column] for energy in ("1e+03", "1e+04", "1e+05")])
    np.testing.assert_allclose(moments.mean(), wanted.mean(), rtol=3 * ERRORS[code] + 0.01)


def test_later_generations_of_nucleons():
    energy = hadrons_in_air.NUCLEON_ENERGIES
    first = np.exp(log_nucleons(Primaries("gsf"), jnp.asarray(energy)))
    every = np.asarray(HadronsInAir(Primaries("gsf")).nucleons(np.float64)(jnp.asarray(energy)))
    for at, grown in ((10, 1.70), (1e2, 1.31), (1e3, 1.25), (1e4, 1.26)):
        i = np.argmin(np.abs(energy - at))
        assert every[i] / first[i] == pytest.approx(grown, rel=0.04)


COARSE = {("etap", 1e4), ("jpsi", 10.0), ("jpsi", 1e3), ("ups1s", 10.0), ("ups1s", 1e2)}
"""Where the reference has too few events, or no energies near the threshold."""


@pytest.mark.parametrize("kind", REFERENCE["meson_fluxes_per_cm2_s_sr_GeV"])
def test_fluxes_of_mesons_equal_an_independent_calculation(kind):
    """Per energy, of H3a with all generations of nucleons: differences of the flux above E."""
    log_above = np.asarray(HadronsInAir(Primaries("h3a")).log_flux_above([kind], np.dtype("float64"))[0])
    for energy, wanted in REFERENCE["meson_fluxes_per_cm2_s_sr_GeV"][kind]:
        ends = energy * np.exp([-0.115, 0.115])
        above = np.exp(np.interp(np.log(ends), np.log(HADRON_ENERGIES), log_above))
        if (kind, energy) not in COARSE:
            assert -np.diff(above) / np.diff(ends) == pytest.approx(wanted * 1e4, rel=0.1), energy


def test_showers_of_a_power_law_have_the_moment_of_the_yields(monkeypatch):
    """If yields scale, nucleons with E^-2.7 make mesons above E in proportion to E^-1.7, times the sum of x^1.7 over 1.7."""
    yields = hadrons_in_air.tables()["pythia"]
    scaling = yields._replace(above={kind: np.tile(number[10:11], (20, 1)) for kind, number in yields.above.items()})
    monkeypatch.setattr(hadrons_in_air, "tables", lambda: {"pythia": scaling})
    every = hadrons_in_air.above("pythia", "pi0", HADRON_ENERGIES) * hadrons_in_air.steps(5.0)
    made = every @ hadrons_in_air.NUCLEON_ENERGIES**-1.7
    x = 10 ** ((yields.log10_x[1:] + yields.log10_x[:-1]) / 2)
    moment = np.sum(-np.diff(scaling.above["pi0"][0]) * x**1.7)
    inside = (HADRON_ENERGIES > 10) & (HADRON_ENERGIES < 1e6)
    np.testing.assert_allclose((made * HADRON_ENERGIES**1.7)[inside], moment / 1.7, rtol=2e-2)


KINDS = ("pi0", "jpsi", "ups1s")


@functools.cache
def fluxes_and_slopes(dtype):
    """Of some mesons, and their slopes in the tilt of the primaries."""
    at = lambda tilt: HadronsInAir(Primaries("gsf", tilt=tilt)).log_flux_above(KINDS, dtype)
    none, one = dtype.type(0), dtype.type(1)
    return [dict(zip(KINDS, np.asarray(rows), strict=True)) for rows in jax.jit(partial(jax.jvp, at))((none,), (one,))]


@pytest.mark.parametrize("kind", KINDS)
def test_fluxes_fall_and_follow_the_primaries(kind, dtype):
    flux, slope = (rows[kind] for rows in fluxes_and_slopes(dtype))
    assert flux.dtype == dtype
    assert np.all(np.diff(flux) <= 1e-5)
    assert np.all(np.isfinite(slope))
    assert slope[HADRON_ENERGIES > 1e3].max() < -2  # made by nucleons of more than 100 GeV exp(2)


def test_models_spread_as_the_generators_do():
    pythia, sibyll = (HadronsInAir(Primaries(), name).log_flux_above(["pi0"], np.float64)[0] for name in ("pythia", "sibyll"))
    at = np.argmin(np.abs(HADRON_ENERGIES - 1e3))
    assert abs(float(pythia[at] - sibyll[at])) < 0.15


@pytest.mark.parametrize(("module", "name"), [(cosmic, "make_primaries"), (hadrons_in_air, "make_yields")])
def test_a_missing_table_says_who_makes_it(module, name, monkeypatch, tmp_path):
    monkeypatch.setattr(module, "TABLE", tmp_path / "none")
    with pytest.raises(RuntimeError, match=f"make it anew with scripts/{name}.py"):
        (cosmic.gsf if module is cosmic else hadrons_in_air.read).__wrapped__()


def test_the_table_tells_where_it_comes_from():
    told = json.loads(str(hadrons_in_air.read()["provenance"]))
    assert told["script"] == "scripts/make_yields.py"
    assert "pythia8mc" in told["generators"]["pythia"]
    assert "chromo" in told["generators"]["sibyll"]


def test_bad_values_are_told():
    with pytest.raises(ValueError, match="no primary 'gst': choose one of h3a, gsf"):
        Primaries("gst")
    with pytest.raises(ValueError, match="normalisation must be finite and positive"):
        Primaries(normalisation=0.0)
    with pytest.raises(ValueError, match="no yields 'epos': choose one of pythia, sibyll"):
        HadronsInAir(Primaries(), "epos")
