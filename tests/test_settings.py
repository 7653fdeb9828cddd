"""Numbers and choices: what they are called, how they are changed and listed, and where they come from."""

import copy
import dataclasses
import json
import pickle
import re

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from terminal import answer, complaint

from jaxdump import LeptonBremsstrahlung
from jaxdump.cli import main
from jaxdump.experiments import E137, EXPERIMENTS, JUNO, NA64E_2022, NA64MU_2022, SUPERK, SUPERK_SPECTRUM
from jaxdump.fields import Number, Numbers, docstrings
from jaxdump.numerics.programs import description
from jaxdump.settings import by_name, replaced, same, settings_of, shared, with_method, with_numbers
from jaxdump.theories import AlpPhoton, DarkPhoton, Millicharge, ScalarMediator


def test_a_choice_is_changed_wherever_it_occurs():
    run, make = with_numbers(E137, AlpPhoton, {"target": "thin", "target_length": 2.0, "photon fusion.x_min": 0.2})
    assert [(p.source.target.target, p.source.target.length, p.x_min) for p in run.productions] == [
        ("thin", 2.0, 0.1),
        ("thin", 2.0, 0.2),
        ("thin", 2.0, 0.1),
    ]
    assert (make.make, make.keywords) == (AlpPhoton, {})


def test_a_choice_of_the_theory_is_told_with_its_numbers():
    run, make = with_numbers(NA64MU_2022, DarkPhoton, {"dark": "majorana", "alpha_D": 0.2})
    assert run is NA64MU_2022
    assert make.keywords == {"dark": "majorana", "alpha_D": 0.2, "mass_ratio": 3.0}
    theory = make(0.1, 1e-3)
    assert (theory.dark, theory.alpha_D) == ("majorana", 0.2)
    assert with_numbers(NA64MU_2022, ScalarMediator, {"couples": "muon"})[1](0.1, 1.0).couples == "muon"


@pytest.mark.parametrize(
    ("theory", "change", "told"),
    [
        (AlpPhoton, {"target": "fat"}, "no target 'fat': choose one of thin, thick"),
        (AlpPhoton, {"target": 3.0}, "no target '3': choose one of thin, thick"),
        (DarkPhoton, {"dark": "axion"}, "no dark 'axion': choose one of dirac, complex-scalar, majorana"),
        (DarkPhoton, {"dark": 1.0}, "no dark '1': choose one of dirac"),
        (DarkPhoton, {"alpha_D": "big"}, "alpha_D must be a number, not 'big'"),
        (AlpPhoton, {"exposure": "1e9x"}, "exposure must be a number, not '1e9x'"),
        (AlpPhoton, {"material": "elastic"}, "no choice 'material': did you mean"),
        (AlpPhoton, {"couples": "muon"}, "no choice 'couples': neither e137 nor alp-photon has it, see `jaxdump list NAME`"),
        (AlpPhoton, {"thick": 1.0}, "thick is no name but a value: set target=thick"),
        (DarkPhoton, {"majoranna": 1.0}, "no number 'majoranna': did you mean dark=majorana"),
        (DarkPhoton, {"alphaD": 1.0}, "no number 'alphaD': did you mean alpha_D"),
        (AlpPhoton, {"visable.observed": 1.0}, "no number 'visable.observed': did you mean visible.observed"),
        (AlpPhoton, {"regions_observed": 1.0}, "no number 'regions_observed': did you mean observed"),
        (AlpPhoton, {"x_min": 0.2}, "x_min has different values in e137: say which, bremsstrahlung.x_min (0.1), photon"),
        (AlpPhoton, {"tagret": "thick"}, "no choice 'tagret': did you mean target"),
        (AlpPhoton, {"exposur": 1.0}, "no number 'exposur': did you mean exposure"),
        (AlpPhoton, {"target_length": -1.0}, "length must be finite and positive, not -1"),
    ],
)
def test_a_bad_value_is_told_with_the_remedy(theory, change, told):
    with pytest.raises(ValueError, match=re.escape(told)):
        with_numbers(E137, theory, change)


@jax.jit
def log_signal(run, theory):
    return run.log_signal(theory)


@pytest.mark.parametrize(
    "change",
    [
        {"beam_energy": 50.0},
        {"x_min": 0.3},
        {"theta_max": 0.01},
        {"charge_number": 80.0},
        {"mass_number": 204.0},
        {"form_factor": "elastic+inelastic"},
    ],
)
def test_ratios_of_one_set_up_are_not_taken_for_another(change):
    """Told before any work, whatever is compiled later."""
    ((name, value),) = change.items()
    told = f"ratios of ww-corrected are for 100 GeV on lead and x_min=0.5: take the method exact or ww for {name}={value}"
    with pytest.raises(ValueError, match=re.escape(told.removesuffix(".0"))):
        with_numbers(NA64E_2022, DarkPhoton, change)
    run, _ = with_numbers(with_method(NA64E_2022, "ww"), DarkPhoton, change)
    with pytest.raises(ValueError, match=re.escape(told.removesuffix(".0"))):
        with_method(run, "ww-corrected")
    if "form_factor" not in change:  # its program is another
        assert np.isfinite(log_signal(run, DarkPhoton(0.01, 1e-4))[0])


def test_ratios_of_whole_cross_sections_are_not_those_of_a_narrow_cone():
    with pytest.raises(ValueError, match=r"20 GeV on aluminium and x_min=0\.1: take the method exact or ww for theta_max"):
        with_method(E137, "ww-corrected")


def test_experiments_are_found_by_the_names_that_they_have():
    assert all(experiment.name == name for name, experiment in EXPERIMENTS.items())
    with pytest.raises(KeyError):
        EXPERIMENTS["na64"]


def test_a_number_is_set_again_whatever_it_was_set_to():
    for first in (jnp.asarray(1e12), np.float32(1e12), np.asarray(1e12), 10**12):
        run, _ = with_numbers(NA64MU_2022, AlpPhoton, {"exposure": first, "beam_energy": first})
        again, _ = with_numbers(run, AlpPhoton, {"exposure": 10**13, "beam_energy": 150})
        assert again == with_numbers(NA64MU_2022, AlpPhoton, {"exposure": 1e13, "beam_energy": 150.0})[0]
    traced = jax.jit(
        lambda x: with_numbers(with_numbers(NA64MU_2022, AlpPhoton, {"exposure": x})[0], AlpPhoton, {"exposure": x})
    )
    assert traced(2.0)[0].exposure == 2.0


def least(run):
    return [[getattr(stage, "least", None) for stage in region.channels[0].stages] for region in run.regions]


def test_a_name_of_different_numbers_must_be_qualified():
    told = "least has different values in juno: say which, recoils.least (0.01), double-1MeV.least (0.001), double-0.1MeV.least"
    with pytest.raises(ValueError, match=re.escape(told)):
        with_numbers(JUNO, Millicharge, {"least": 5e-3})
    run, _ = with_numbers(JUNO, Millicharge, {"double-1MeV.least": 5e-3, "recoils.ElectronRecoils.least": 2e-2})
    assert least(run) == [[1e-2, 2e-2], [5e-3, 5e-3], [1e-4, 1e-4]]
    run, _ = with_numbers(JUNO.only("double-1MeV"), Millicharge, {"least": 5e-3})
    assert least(run) == [[5e-3, 5e-3]]
    with pytest.raises(ValueError, match=re.escape("say which, invisible.background (0), visible.background (none)")):
        with_numbers(NA64MU_2022, AlpPhoton, {"background": 3.0})
    with pytest.raises(ValueError, match=re.escape("say which, sk1.observed (a table), sk2.observed (a table)")):
        with_numbers(SUPERK_SPECTRUM, Millicharge, {"observed": 3.0})


def test_a_number_for_a_table_is_that_of_all_bins():
    run, _ = with_numbers(SUPERK_SPECTRUM, Millicharge, {"sk2.observed": 3.0})
    np.testing.assert_array_equal(run.regions[1].observed, np.full(45, 3.0))
    assert hash(run) != hash(SUPERK_SPECTRUM)


def test_a_number_of_the_detector_is_that_of_all_regions(capsys):
    """Also where regions see the detector differently; that is said, with what it was."""
    both = ("events", "na64mu-2022", "alp-photon", "--mass", "0.01", "--coupling", "1e-3")
    assert main([*both, "--set", "skip_layers=0", "--json"]) == 0
    written = capsys.readouterr()
    assert written.err == "jaxdump: note: skip_layers is changed in invisible (0) and visible (1)\n"
    (alone,) = answer(capsys, *both, "--region", "visible", "--set", "skip_layers=0")
    assert json.loads(written.out)["rows"][1]["events"] == pytest.approx(alone["events"], rel=1e-12)


def test_a_name_of_the_same_numbers_is_that_of_all():
    run, _ = with_numbers(with_method(NA64E_2022, "ww"), DarkPhoton, {"x_min": 0.3})
    assert [production.x_min for production in run.productions] == [0.3] * 4
    four = "bremsstrahlung, annihilation, photon fusion, mesons"
    assert shared(NA64E_2022, ["x_min", "exposure", "exit_length"]) == [f"x_min is changed in {four}"]
    assert shared(SUPERK, ["least"]) == ["least is changed in recoils, DimParticles"]


def test_every_name_that_is_listed_sets_what_it_says():
    """Names on the list stand for one value each, and for all numbers together; nothing but numbers has a name."""
    for run in (NA64MU_2022, NA64E_2022, E137, JUNO, EXPERIMENTS["icecube-mcp"]):
        known = list(settings_of(run))
        listed = by_name(known)
        assert sum(map(len, listed.values())) == len(known)
        for name, group in listed.items():
            assert {one.path for one in known if name in one.names} == {one.path for one in group}
            if isinstance(group[0].value, float):
                assert with_numbers(run, AlpPhoton, {name: group[0].value})[0] == run


def test_stages_of_one_class_are_counted():
    first = NA64MU_2022.only("visible")
    stages = first.regions[0].channels[0].stages
    twice = replaced(first, {("regions", 0, "channels", 0, "stages"): (*stages, dataclasses.replace(stages[1]))})
    run, _ = with_numbers(twice, AlpPhoton, {"visible.Efficiency-2.yield_per_muon": 2.0})
    assert [stage.yield_per_muon for stage in run.regions[0].channels[0].stages[1:]] == [1.0, 2.0]


def test_what_is_traced_may_be_the_same():
    assert same(1.0, np.float64(1.0))
    assert not same(1.0, None)
    assert not same(1.0, 2.0)
    both = jax.jit(lambda run: with_numbers(run, AlpPhoton, {"observed": 3.0})[0])(NA64MU_2022)
    assert [region.observed for region in both.regions] == [3.0, 3.0]


def test_a_number_is_a_float_that_knows_its_source():
    number = Number(0.4, "D", "arXiv:2307.02404", error=0.05)
    for one in (number, pickle.loads(pickle.dumps(number)), copy.deepcopy(number)):
        assert (one, one.status, one.source, one.error) == (0.4, "D", "arXiv:2307.02404", 0.05)
    assert (repr(number), f"{number:.2f}", type(number + 0)) == ("0.4", "0.40", float)
    assert description(number) == description(0.4) == "float"
    with pytest.raises(ValueError, match=r"no status 'X' of the number 0.4: choose one of P \(published\), D \(derived\)"):
        Number(0.4, "X", "")


def test_a_trace_forgets_the_source():
    """Numbers are as weak as floats, and another program is made for none."""
    double = jax.jit(lambda x: x * jnp.float32(2))
    assert [double(x).dtype for x in (0.4, Number(0.4, "A", ""))] == ["float32"] * 2
    assert double._cache_size() == 1
    plain = jax.tree.map(lambda leaf: float(leaf) if isinstance(leaf, float) else leaf, NA64E_2022)
    assert plain == NA64E_2022
    assert jax.tree.structure(plain) == jax.tree.structure(NA64E_2022)


def test_docstrings_are_those_of_the_fields():
    told = docstrings(LeptonBremsstrahlung)
    assert "[rad]" in told["theta_max"]
    assert docstrings(DarkPhoton)["alpha_D"] == "Dark fine-structure constant."  # of its base


def test_list_tells_what_can_be_set(capsys, tmp_path):
    rows = {row["name"]: row for row in answer(capsys, "list", "na64e-2022")}
    efficiency = {"value": 0.4, "error": 0.05, "unit": None, "status": "derived", "of": "invisible"}
    assert rows["efficiency"].items() >= efficiency.items()
    assert rows["beam_energy"].items() >= {"value": 100.0, "unit": "GeV", "status": "published"}.items()
    assert rows["observed"].items() >= {"value": 0.0, "status": "published", "source": "arXiv:2307.02404"}.items()
    assert rows["x_min"]["of"] == "bremsstrahlung, annihilation, photon fusion, mesons"
    assert rows["target"].items() >= {"value": "thick", "choices": ["thin", "thick"]}.items()
    rows = {row["name"]: row for row in answer(capsys, "list", "dark-photon")}
    assert rows["alpha_D"].items() >= {"value": 0.1, "status": "assumed"}.items()
    assert rows["dark"]["choices"] == ["dirac", "complex-scalar", "majorana", "pseudo-dirac"]
    assert answer(capsys, "list", "alp-photon") == []
    assert main(["list", "alp-photon"]) == 0
    assert capsys.readouterr().out.startswith("alp-photon: nothing to set besides its mass")
    (tmp_path / "own.py").write_text("from jaxdump.experiments import JUNO as RUN\nfrom jaxdump.theories import Spin2 as Own\n")
    assert {row["name"] for row in answer(capsys, "list", f"{tmp_path}/own.py:RUN")} >= {"double-1MeV.least", "depth"}
    assert {row["name"] for row in answer(capsys, "list", f"{tmp_path}/own.py:Own")} == {"alpha_D", "mass_ratio", "dark"}
    assert "no experiment or theory 'dark-foton': did you mean dark-photon" in complaint(capsys, "list", "dark-foton")


def test_every_number_of_a_region_is_told_with_its_source():
    """All that experiments which ship say about what was seen, and where."""
    names = ("exposure", "observed", "beam_energy", "x_min", "least", "most", "exit_length", "decay_length")
    bare = [
        (run.name, one.names[0])
        for run in EXPERIMENTS.values()
        for one in settings_of(run)
        if one.names[0] in names and not isinstance(one.value, Number | Numbers)
    ]
    assert bare == []


def test_the_region_that_is_asked_for_is_meant(capsys):
    base = ("events", "na64mu-2022", "alp-photon", "--mass", "0.01", "--coupling", "1e-3", "--region", "visible")
    usual, more = (answer(capsys, *base, *change) for change in ((), ("--set", "background=3", "--set", "skip_layers=0")))
    assert more[0]["events"] > usual[0]["events"]


def test_swapped_names_are_told(capsys):
    told = complaint(capsys, "limit", "alp-photon", "na64mu-2022")
    assert told == "jaxdump: experiment and theory are swapped: jaxdump limit na64mu-2022 alp-photon\n"
