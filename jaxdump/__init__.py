"""jaxdump: differentiable likelihoods for dark particles made in beam dumps, fixed targets and the atmosphere.

Importing it starts no backend and changes no flag; names load when they are first used.
"""

import importlib

TYPE_CHECKING = False  # that of typing takes longer to import than all else here
if TYPE_CHECKING:
    from jaxdump.experiment import Combination, Experiment, combine
    from jaxdump.fields import Number
    from jaxdump.flux import Flux
    from jaxdump.inference.band import Band, band
    from jaxdump.inference.contour_curve import ContourCurve, contour_curve
    from jaxdump.inference.contours import Contours, Island, contours
    from jaxdump.inference.counts import nuisance_names
    from jaxdump.inference.fisher import expected_errors, fisher_information
    from jaxdump.inference.fit import Fit, fit
    from jaxdump.inference.likelihood import asimov, log_likelihood, toys, with_observed
    from jaxdump.inference.limits import Limits, coupling_intervals, grid, limit
    from jaxdump.inference.lines import AbstractLine
    from jaxdump.inference.moment import MuonMoment
    from jaxdump.inference.nuisances import with_nuisances
    from jaxdump.inference.poisson import feldman_cousins, poisson_cls, upper_count
    from jaxdump.inference.refinement import refined
    from jaxdump.inference.relic import RelicDensity, thermal_target, thermal_targets
    from jaxdump.inference.sensitivity import Sensitivity, sensitivity
    from jaxdump.inference.statistics import (
        AbstractStatistic,
        Asymptotic,
        Bayes,
        CLs,
        FeldmanCousins,
        Profile,
        PublishedCounts,
        Toys,
    )
    from jaxdump.inference.tip import Tip, tip
    from jaxdump.matter.form_factors import photon_flux
    from jaxdump.numerics.roots import Crossing, Interval, Status, crossing, interval
    from jaxdump.production.leptons.annihilation import ResonantAnnihilation
    from jaxdump.production.leptons.bremsstrahlung import LeptonBremsstrahlung, dsigma_dx
    from jaxdump.production.leptons.photoproduction import MesonPhotoproduction
    from jaxdump.production.leptons.primakoff import Primakoff
    from jaxdump.region import Measurement, Signal, SignalRegion, Template
    from jaxdump.settings import with_numbers
    from jaxdump.sources.base import AbstractSource
    from jaxdump.sources.beam import Beam, ParticleList, Target, Tracks
    from jaxdump.stage import AbstractProduction, AbstractResponse, AbstractStage, Channel
    from jaxdump.theories.family import Family

__version__ = "0.2.0"

MODULES = {
    "inference.band": ("Band", "band"),
    "inference.counts": ("nuisance_names",),
    "experiment": ("Combination", "Experiment", "combine"),
    "inference.fisher": ("expected_errors", "fisher_information"),
    "inference.fit": ("Fit", "fit"),
    "fields": ("Number",),
    "flux": ("Flux",),
    "matter.form_factors": ("photon_flux",),
    "inference.contour_curve": ("ContourCurve", "contour_curve"),
    "inference.contours": ("Contours", "Island", "contours"),
    "inference.likelihood": ("asimov", "log_likelihood", "toys", "with_observed"),
    "inference.limits": ("Limits", "coupling_intervals", "grid", "limit"),
    "inference.lines": ("AbstractLine",),
    "inference.moment": ("MuonMoment",),
    "production.leptons.annihilation": ("ResonantAnnihilation",),
    "production.leptons.bremsstrahlung": ("LeptonBremsstrahlung", "dsigma_dx"),
    "production.leptons.photoproduction": ("MesonPhotoproduction",),
    "production.leptons.primakoff": ("Primakoff",),
    "numerics.roots": ("Crossing", "Interval", "Status", "crossing", "interval"),
    "region": ("Measurement", "Signal", "SignalRegion", "Template"),
    "settings": ("with_numbers",),
    "sources.base": ("AbstractSource",),
    "sources.beam": ("Beam", "ParticleList", "Target", "Tracks"),
    "stage": ("AbstractProduction", "AbstractResponse", "AbstractStage", "Channel"),
    "theories.family": ("Family",),
    "inference.statistics": (
        "AbstractStatistic",
        "Asymptotic",
        "Bayes",
        "CLs",
        "FeldmanCousins",
        "Profile",
        "PublishedCounts",
        "Toys",
    ),
    "inference.refinement": ("refined",),
    "inference.relic": ("RelicDensity", "thermal_target", "thermal_targets"),
    "inference.sensitivity": ("Sensitivity", "sensitivity"),
    "inference.poisson": ("feldman_cousins", "poisson_cls", "upper_count"),
    "inference.nuisances": ("with_nuisances",),
    "inference.tip": ("Tip", "tip"),
}
HOME = {name: module for module, names in MODULES.items() for name in names}
OLD = ("Rule", "toy_counts")
"""Names that earlier versions had."""

__all__ = [
    "AbstractLine",
    "AbstractProduction",
    "AbstractResponse",
    "AbstractSource",
    "AbstractStage",
    "AbstractStatistic",
    "Asymptotic",
    "Band",
    "Bayes",
    "Beam",
    "CLs",
    "Channel",
    "Combination",
    "ContourCurve",
    "Contours",
    "Crossing",
    "Experiment",
    "Family",
    "FeldmanCousins",
    "Fit",
    "Flux",
    "Interval",
    "Island",
    "LeptonBremsstrahlung",
    "Limits",
    "Measurement",
    "MesonPhotoproduction",
    "MuonMoment",
    "Number",
    "ParticleList",
    "Primakoff",
    "Profile",
    "PublishedCounts",
    "RelicDensity",
    "ResonantAnnihilation",
    "Sensitivity",
    "Signal",
    "SignalRegion",
    "Status",
    "Target",
    "Template",
    "Tip",
    "Toys",
    "Tracks",
    "__version__",
    "asimov",
    "band",
    "combine",
    "contour_curve",
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
    "refined",
    "sensitivity",
    "thermal_target",
    "thermal_targets",
    "tip",
    "toys",
    "upper_count",
    "with_nuisances",
    "with_numbers",
    "with_observed",
]


def __getattr__(name: str) -> object:
    if name not in HOME and name not in OLD:
        raise AttributeError(f"module 'jaxdump' has no attribute {name!r}")
    return getattr(importlib.import_module(f"jaxdump.{HOME.get(name, 'inference.old_names')}"), name)


def __dir__() -> list[str]:
    return __all__
