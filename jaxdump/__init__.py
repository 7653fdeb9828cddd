"""jaxdump: differentiable likelihoods for dark particles made in beam dumps, fixed targets and the atmosphere.

Importing it starts no backend and changes no flag; names load when they are first used.
"""

import importlib
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from jaxdump.experiment import Channel, Experiment, SignalRegion
    from jaxdump.flux import Flux
    from jaxdump.form_factors import photon_flux
    from jaxdump.likelihood import log_likelihood
    from jaxdump.limits import Limits, coupling_intervals, grid, limit
    from jaxdump.production.bremsstrahlung import LeptonBremsstrahlung, dsigma_dx
    from jaxdump.roots import Crossing, Interval, Status, crossing, interval
    from jaxdump.stage import AbstractProduction, AbstractStage
    from jaxdump.statistics import poisson_cls, upper_count

__version__ = "0.1.0"

MODULES = {
    "experiment": ("Channel", "Experiment", "SignalRegion"),
    "flux": ("Flux",),
    "form_factors": ("photon_flux",),
    "likelihood": ("log_likelihood",),
    "limits": ("Limits", "coupling_intervals", "grid", "limit"),
    "production.bremsstrahlung": ("LeptonBremsstrahlung", "dsigma_dx"),
    "roots": ("Crossing", "Interval", "Status", "crossing", "interval"),
    "stage": ("AbstractProduction", "AbstractStage"),
    "statistics": ("poisson_cls", "upper_count"),
}
HOME = {name: module for module, names in MODULES.items() for name in names}

__all__ = [
    "AbstractProduction",
    "AbstractStage",
    "Channel",
    "Crossing",
    "Experiment",
    "Flux",
    "Interval",
    "LeptonBremsstrahlung",
    "Limits",
    "SignalRegion",
    "Status",
    "__version__",
    "coupling_intervals",
    "crossing",
    "dsigma_dx",
    "grid",
    "interval",
    "limit",
    "log_likelihood",
    "photon_flux",
    "poisson_cls",
    "upper_count",
]


def __getattr__(name: str) -> object:
    if name not in HOME:
        raise AttributeError(f"module 'jaxdump' has no attribute {name!r}")
    return getattr(importlib.import_module(f"jaxdump.{HOME[name]}"), name)


def __dir__() -> list[str]:
    return __all__
