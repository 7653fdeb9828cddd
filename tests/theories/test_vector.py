"""A vector with any charges: what it shares with the dark photon and with L_mu - L_tau, and what its charges do."""

import dataclasses

import decays
import jax
import jax.numpy as jnp
import numpy as np
import pytest
from scipy.optimize import brentq
from slopes import values_and_slopes

from jaxdump import limit
from jaxdump.constants import E_CHARGE, LEPTON_MASS
from jaxdump.experiments import E137
from jaxdump.matter.hadronic_ratio import THRESHOLD
from jaxdump.matter.mesons import MESONS, VECTORS
from jaxdump.settings import with_numbers
from jaxdump.theories import DarkPhoton, LmuLtau, Vector
from jaxdump.theories.charges import ELECTRIC, MESON_WEIGHTS, SETS, meson_factor, vector_meson_factor
from jaxdump.theories.family import Family

SAME = {"rel": 4e-16, "abs": 0}
NAMES = tuple(f"charge_{name}" for name in ELECTRIC)


def numbers_of(name: str) -> dict[str, float]:
    """The charges of a set as numbers."""
    return {f"charge_{fermion}": value for fermion, value in SETS[name].items()}


@pytest.mark.parametrize("mass", [1.2e-3, 0.2, 0.35, 0.78, 1.02, 5.0])
def test_electric_charges_make_the_dark_photon(mass):
    wanted, theory = DarkPhoton(mass, 1e-3), Vector(mass, 1e-3, charges="dark-photon")
    found = theory.widths()
    assert float(found.pop(("neutrino", "neutrino"))) == 0.0
    assert {key: float(width) for key, width in wanted.widths().items()} == pytest.approx(
        {key: float(width) for key, width in found.items()}, **SAME
    )
    for lepton in ("electron", "muon"):
        (ours,), (theirs,) = theory.emissions(lepton), wanted.emissions(lepton)
        assert abs(float(ours.coupling)) == pytest.approx(float(theirs.coupling), **SAME)
        assert ours.element == theirs.element
    off = wanted.off_shell(jnp.float64(0.5))
    for key, width in theory.off_shell(jnp.float64(0.5)).items():
        assert float(width) == pytest.approx(float(off.get(key, 0.0)), rel=1e-14)
    for name, meson in MESONS.items():
        ours, theirs = theory.rest_spectra(name, meson), wanted.rest_spectra(name, meson)
        assert (ours is None) == (theirs is None)
        if ours is not None:
            np.testing.assert_allclose(ours.number, theirs.number, rtol=1e-14)
            np.testing.assert_array_equal(ours.rapidity, theirs.rapidity)
    for name in VECTORS:
        ratios = [each.invisible_ratio(name, MESONS[name]) for each in (theory, wanted)]
        assert float(ratios[0]) == pytest.approx(float(ratios[1]), rel=1e-13)


@pytest.mark.parametrize("mass", [0.1, 0.3, 5.0])
def test_muon_minus_tau_is_lmu_ltau(mass):
    found = Vector(mass, 1e-3, charges="Lmu-Ltau", alpha_D=0.0).widths()
    for daughters, width in LmuLtau(mass, 1e-3).widths().items():
        assert float(found.pop(daughters)) == pytest.approx(float(width), rel=1e-15)
    assert sum(map(float, found.values())) == 0.0


def test_widths_of_single_charges_equal_their_amplitudes():
    """Each charge opens what it should and nothing else."""
    keys = {"e": ("electron", "electron"), "mu": ("muon", "muon"), "tau": ("tau", "tau")}
    for name in ELECTRIC:
        widths = Vector(5.0, 0.1, alpha_D=0.0, **{f"charge_{name}": -1.5}).widths()
        key = keys.get(name, ("neutrino", "neutrino") if name.startswith("nu") else ("hadrons",))
        assert {other for other, width in widths.items() if width > 0} == {key}
        if name in "uds":
            continue
        lepton = {"e": "electron", "mu": "muon", "tau": "tau"}.get(name)
        kind, daughter = ("vector", LEPTON_MASS[lepton]) if lepton else ("left-handed", 0.0)
        assert float(widths[key]) == pytest.approx(0.15**2 * decays.to_fermions(kind, 5.0, daughter), rel=1e-12)


def test_numbers_are_added_to_a_set_and_make_it():
    theory = Vector(0.7, 1e-2, charges="B-L", charge_mu=1.0, charge_u=0.25)
    assert float(theory.coupling_to("muon")) == 0.0
    assert float(theory.charge_of("u")) == pytest.approx(1 / 3 + 0.25)
    for name in SETS:
        found, wanted = Vector(0.7, 1e-2, charges=name), Vector(0.7, 1e-2, **numbers_of(name))
        for key, width in found.widths().items():
            assert float(width) == pytest.approx(float(wanted.widths()[key]), rel=1e-15)
    assert all(float(Vector(0.7, 1.0).charge_of(name)) == 0.0 for name in ELECTRIC)


def test_sets_are_what_their_names_say():
    quarks = lambda name: [SETS[name][quark] for quark in "uds"]
    leptons = lambda name: [SETS[name][lepton] for lepton in ("e", "mu", "tau")]
    table = {
        "B-3Le": (1 / 3, -3, 0, 0),
        "B-3Lmu": (1 / 3, 0, -3, 0),
        "B-3Ltau": (1 / 3, 0, 0, -3),
        "B-1.5Lmu-1.5Ltau": (1 / 3, 0, -1.5, -1.5),
        "Le-Lmu": (0, 1, -1, 0),
        "Le-Ltau": (0, 1, 0, -1),
        "Le-0.5Lmu-0.5Ltau": (0, 1, -0.5, -0.5),
        "By+Lmu+Ltau": (1 / 3, 0, 1, 1),
        "Le+2Lmu+2Ltau": (0, 1, 2, 2),
    }
    for name, (quark, *lepton) in table.items():
        assert quarks(name) == pytest.approx([quark] * 3)
        assert leptons(name) == lepton
        assert [SETS[name][f"nu_{each}"] for each in ("e", "mu", "tau")] == lepton
    assert list(SETS["protophobic"].values()) == pytest.approx([-1, -1, -1, 0, 0, 0, -1 / 3, 2 / 3, 2 / 3])
    proton = lambda name: 2 * SETS[name]["u"] + SETS[name]["d"]
    assert (proton("protophobic"), proton("B-L"), proton("dark-photon")) == pytest.approx((0, 1, E_CHARGE))
    with pytest.raises(ValueError, match=r"^vector: no charges 'BL': choose one of custom, B-L, B, "):
        Vector(0.1, 1.0, charges="BL")


@pytest.mark.parametrize("meson", MESON_WEIGHTS)
def test_factors_of_mesons_are_traces(meson):
    """Of the U(3) matrices: the meson, which is normalised, electric charges, and the others."""
    matrix = np.diag(np.array(MESON_WEIGHTS[meson]) / np.linalg.norm(MESON_WEIGHTS[meson]))
    electric, other = np.diag([2 / 3, -1 / 3, -1 / 3]), np.diag([0.3, -0.8, 0.5])
    wanted = np.trace(matrix @ (electric @ other + other @ electric)) / np.trace(2 * matrix @ electric @ electric)
    assert meson_factor(meson, 0.3, -0.8, 0.5) == pytest.approx(wanted, rel=1e-14)
    assert meson_factor(meson, 2 / 3, -1 / 3, -1 / 3) == pytest.approx(1.0)
    assert meson_factor("omega", 0.3, -0.8, 0.5) == pytest.approx(1.1)


def test_vector_mesons_decay_to_neutrinos_by_their_charges():
    """Far from all poles as by a contact interaction; B - L couples to omega and phi, and B not to neutrinos."""
    meson, g, mass = MESONS["omega"], 1e-2, 50.0
    theory = Vector(mass, g, charges="B-L", alpha_D=0.0)
    to_electrons = E_CHARGE**2 * decays.to_fermions("vector", meson.mass, LEPTON_MASS["electron"])
    neutrinos = 3 * g**2 * decays.to_fermions("left-handed", meson.mass, 0.0)
    wanted = meson.to_electrons * neutrinos / to_electrons * (2 * g / E_CHARGE * meson.mass**2 / mass**2) ** 2
    assert float(theory.invisible_ratio("omega", meson)) == pytest.approx(wanted, rel=1e-3)
    assert float(theory.invisible_ratio("rho", MESONS["rho"])) == 0.0
    assert float(Vector(mass, g, charges="B", alpha_D=0.0).invisible_ratio("omega", meson)) == 0.0
    factors = [vector_meson_factor(name, 2 / 3, -1 / 3, -1 / 3) for name in VECTORS]
    assert factors == pytest.approx([1.0] * len(VECTORS))


def test_widths_and_gradients_are_finite_at_every_threshold(dtype):
    thresholds = [*(2 * mass for mass in LEPTON_MASS.values()), THRESHOLD, MESONS["pi0"].mass, MESONS["omega"].mass, 1.01946]
    masses = np.concatenate([np.geomspace(1e-5, 1e4, 80), *(np.array(thresholds) * (1 + step) for step in (-1e-7, 0, 1e-7))])
    charges = np.broadcast_to(np.array(list(SETS["B-L"].values()))[:, None], (len(NAMES), masses.size)).copy()
    charges[:, ::3] = 0.0

    def every(mass, *charges):
        return Vector(mass, 1e-3, mass_ratio=2.0, **dict(zip(NAMES, charges, strict=True))).widths()

    for numbers in jax.tree.leaves(values_and_slopes(every, masses, *charges, dtype=dtype, backwards=True)):
        assert numbers.dtype == dtype
        assert np.all(np.isfinite(numbers))


def recast(lower: float, upper: float) -> list[float]:
    """Edges of B - L below two muons over those of a dark photon and e, by the way of the public code of arXiv:1801.04847.

    Particles have one energy, with which the events, g^2 (exp(-L1 k g^2) - exp(-L2 k g^2)), are as many at both edges of the
    dark photon. Three neutrinos make the width 2.5 times as large.
    """
    rate = lambda log_k, g: np.exp(log_k) * (g / upper) ** 2
    events = lambda log_k, g: 2 * np.log(g) + np.log(np.exp(-179 * rate(log_k, g)) - np.exp(-383 * rate(log_k, g)))
    log_k = brentq(lambda log_k: events(log_k, lower) - events(log_k, upper), np.log(0.1 / 179), np.log(300 / 179))
    excess = lambda g: events(log_k + np.log(2.5), g) - np.log(2.5) - events(log_k, lower)
    top = upper * np.exp(-log_k / 2) / (2.5 * 383) ** 0.5  # near the largest number of events
    return [brentq(excess, 0.1 * lower, top) / lower, brentq(excess, top, upper) / upper]


def test_edges_of_b_minus_l_at_e137_are_those_of_another_recast():
    """Over those of a dark photon and e, bremsstrahlung alone: neutrinos shorten the lifetime.

    The public code of arXiv:1801.04847 recasts a published limit. A radiation length, in which energies are alike, comes
    within 3 % of its ratios, and within 1 % of what its way makes of our edges of the dark photon. All decays are seen there.
    """
    region = E137.regions[0]
    alone = dataclasses.replace(E137, regions=(dataclasses.replace(region, channels=region.channels[:1]),))
    run, _ = with_numbers(alone, Vector, {"target": "thin", "seen": "all", "n_x": 10})
    masses = [0.01, 0.07, 0.15, 0.25]
    ours, photon = (limit(run, Family(Vector, alpha_D=0.0, **numbers_of(name)), masses) for name in ("B-L", "dark-photon"))
    edges = lambda limits: np.stack([limits.lower[:, 0], limits.upper[:, 0]], axis=1)
    ratios = edges(ours) / edges(photon) / E_CHARGE
    theirs = [[1.0000, 0.6085], [1.0010, 0.5907], [1.0089, 0.5688], [1.0914, 0.6032]]
    np.testing.assert_allclose(ratios, theirs, rtol=0.03)
    np.testing.assert_allclose(ratios[:3], [recast(*each) for each in edges(photon)[:3]], rtol=0.01)
    assert recast(6.2885e-8, 1.6973e-6) == pytest.approx(theirs[2], rel=1e-3)  # of the published limit
