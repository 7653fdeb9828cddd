"""jaxdump: differentiable likelihoods for dark particles made in beam dumps, fixed targets and the atmosphere.

Importing it starts no backend and changes no flag; names load when they are first used.
"""

import importlib

TYPE_CHECKING = False  # that of typing takes longer to import than all else here
if TYPE_CHECKING:
    from jaxdump.counts import nuisance_names
    from jaxdump.experiment import Channel, Combination, Experiment, SignalRegion, Template, combine
    from jaxdump.fisher import expected_errors, fisher_information
    from jaxdump.fitting import Fit, fit
    from jaxdump.flux import Flux
    from jaxdump.form_factors import photon_flux
    from jaxdump.islands import Contours, Island, contours
    from jaxdump.likelihood import asimov, log_likelihood, toy_counts, with_observed
    from jaxdump.limits import Limits, coupling_intervals, grid, limit
    from jaxdump.production.bremsstrahlung import LeptonBremsstrahlung, dsigma_dx
    from jaxdump.roots import Crossing, Interval, Status, crossing, interval
    from jaxdump.rules import Rule
    from jaxdump.sensitivities import Sensitivity, sensitivity
    from jaxdump.stage import AbstractProduction, AbstractStage
    from jaxdump.statistics import feldman_cousins, poisson_cls, upper_count
    from jaxdump.tips import Tip, tip

__version__ = "0.2.0"

MODULES = {
    "counts": ("nuisance_names",),
    "experiment": ("Channel", "Combination", "Experiment", "SignalRegion", "Template", "combine"),
    "fisher": ("expected_errors", "fisher_information"),
    "fitting": ("Fit", "fit"),
    "flux": ("Flux",),
    "form_factors": ("photon_flux",),
    "islands": ("Contours", "Island", "contours"),
    "likelihood": ("asimov", "log_likelihood", "toy_counts", "with_observed"),
    "limits": ("Limits", "coupling_intervals", "grid", "limit"),
    "production.bremsstrahlung": ("LeptonBremsstrahlung", "dsigma_dx"),
    "roots": ("Crossing", "Interval", "Status", "crossing", "interval"),
    "stage": ("AbstractProduction", "AbstractStage"),
    "rules": ("Rule",),
    "sensitivities": ("Sensitivity", "sensitivity"),
    "statistics": ("feldman_cousins", "poisson_cls", "upper_count"),
    "tips": ("Tip", "tip"),
}
HOME = {name: module for module, names in MODULES.items() for name in names}

__all__ = [
    "AbstractProduction",
    "AbstractStage",
    "Channel",
    "Combination",
    "Contours",
    "Crossing",
    "Experiment",
    "Fit",
    "Flux",
    "Interval",
    "Island",
    "LeptonBremsstrahlung",
    "Limits",
    "Rule",
    "Sensitivity",
    "SignalRegion",
    "Status",
    "Template",
    "Tip",
    "__version__",
    "asimov",
    "combine",
    "contours",
    "coupling_intervals",
    "crossing",
    "dsigma_dx",
    "expected_errors",
    "feldman_cousins",
    "fisher_information",
    "fit",
    "grid",
    "interval",
    "limit",
    "log_likelihood",
    "nuisance_names",
    "photon_flux",
    "poisson_cls",
    "sensitivity",
    "tip",
    "toy_counts",
    "upper_count",
    "with_observed",
]


def __getattr__(name: str) -> object:
    if name not in HOME:
        raise AttributeError(f"module 'jaxdump' has no attribute {name!r}")
    return getattr(importlib.import_module(f"jaxdump.{HOME[name]}"), name)


def __dir__() -> list[str]:
    return __all__
