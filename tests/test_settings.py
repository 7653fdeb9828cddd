"""Numbers and choices that people change by name."""

import re

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from jaxdump.experiments import E137, EXPERIMENTS, NA64E_2022, NA64MU_2022
from jaxdump.settings import with_method, with_numbers
from jaxdump.theories import AlpPhoton, DarkPhoton, ScalarMediator


def test_a_choice_is_changed_wherever_it_occurs():
    run, make = with_numbers(E137, AlpPhoton, {"target": "thin", "target_length": 2.0, "photon fusion.x_min": 0.2})
    assert [(p.target.target, p.target.length, p.x_min) for p in run.productions] == [("thin", 2.0, 0.1), ("thin", 2.0, 0.2)]
    assert (make.make, make.keywords) == (AlpPhoton, {})


def test_a_choice_of_the_theory_is_told_with_its_numbers():
    run, make = with_numbers(NA64MU_2022, DarkPhoton, {"dark": "majorana", "alpha_D": 0.2})
    assert run is NA64MU_2022
    assert make.keywords == {"dark": "majorana", "alpha_D": 0.2}
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
