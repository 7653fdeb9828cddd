"""The theories and experiments of the names that people write on the command line."""

import dataclasses
import inspect
from collections.abc import Sequence
from typing import Any

import jax
import numpy as np

from jaxdump.cli import user_files
from jaxdump.detection.decay import SEEN, kind_of
from jaxdump.experiment import Experiment
from jaxdump.experiments import EXPERIMENTS
from jaxdump.inference.statistics import AbstractStatistic
from jaxdump.matter.mesons import MESONS, VECTORS
from jaxdump.settings import unknown
from jaxdump.theories import THEORIES, AbstractTheory
from jaxdump.theories.capabilities import (
    Charged,
    CouplesToPhotons,
    Emission,
    MadeByMesons,
    MesonsDecayInvisibly,
    RadiatedByLeptons,
)
from jaxdump.theories.family import Family


def find(name: str) -> Experiment | type[AbstractTheory]:
    """An experiment, or a theory's class, by its name, or by `module:NAME` or `file.py:NAME`."""
    if ":" in name:
        found = load(name)
        return found if isinstance(found, Experiment) else as_theory(name, found)
    if name not in EXPERIMENTS and name not in THEORIES:
        raise unknown("experiment or theory", name, [*EXPERIMENTS, *THEORIES])
    return EXPERIMENTS[name] if name in EXPERIMENTS else THEORIES[name]


def check_order(command: str, experiments: Sequence[str], theory: str) -> None:
    """Raise `ValueError` if the names of experiment and theory are swapped."""
    if all(name in THEORIES for name in experiments) and all(name in EXPERIMENTS for name in theory.split(",")):
        right = f"jaxdump {command} {theory} {','.join(experiments)}"
        raise ValueError(f"experiment and theory are swapped: {right}")


def find_theory(name: str) -> type[AbstractTheory]:
    """A theory's class by its name, or by `module:NAME` or `file.py:NAME`."""
    if ":" not in name:
        if name not in THEORIES:
            raise unknown("theory", name, THEORIES)
        return THEORIES[name]
    return as_theory(name, load(name))


def as_theory(name: str, found: object) -> type[AbstractTheory]:
    """The object that a user's name has found, if it is the class of a theory; raises `ValueError` if not."""
    if not (inspect.isclass(found) and issubclass(found, AbstractTheory) and not inspect.isabstract(found)):
        raise ValueError(f"{name} is not a theory: it must be a final subclass of jaxdump.theories.AbstractTheory")
    return found


def axes_of_plane(theory: type[AbstractTheory], plane: str | None) -> tuple[str, str] | None:
    """The axes of a plane of a theory by its name, None for the usual one; raises `ValueError` if it has no such plane."""
    if plane is None or plane in theory.planes:
        return None if plane is None else theory.planes[plane]
    others = f"choose from {', '.join(theory.planes)}" if theory.planes else "it has no other plane than the usual one"
    raise ValueError(f"--plane {plane}: {theory.name} has no such plane; {others}")


def check_answers(theory: type[AbstractTheory], make: Family, masses: Sequence[float] = ()) -> None:
    """Raise `ValueError` unless the methods of a theory take their arguments and return numbers.

    Widths must be finite and not negative, as far as one of `masses`, or a usual one, can tell.
    """

    def ask(mass: jax.Array, coupling: jax.Array) -> None:
        one = make(mass, coupling)
        answers = {f"widths, for {name!r},": width for name, width in widths_of(one).items()} | numbers_of(one)
        for what, value in answers.items():
            if not is_real(value):
                raise ValueError(f"{theory.__name__}.{what} must return a real number, not {value!r}")
        if isinstance(one, RadiatedByLeptons):
            nodes = asked(one, RadiatedByLeptons, "invariant_masses", mass, 4)
            if not (isinstance(nodes, tuple) and len(nodes) == 2 and all(isinstance(node, jax.Array) for node in nodes)):
                raise ValueError(f"{theory.__name__}.invariant_masses must return masses and their log-weights, not {nodes!r}")

    jax.eval_shape(ask, 1.0, 1.0)
    one = make.one(*masses)
    for name, width in widths_of(one).items():
        if not (np.isfinite(width) and np.asarray(width) >= 0):
            what = f"{theory.__name__}.widths, for {name!r}, at {float(one.mass):g} GeV"
            raise ValueError(f"{what} must be finite and not negative, not {width}")
    told = asked(one, AbstractTheory, "kinks")
    if not isinstance(told, dict) or not all(is_real(number) for number in told.values()):
        raise ValueError(f"{theory.__name__}.kinks must return numbers by name, not {told!r}")


def numbers_of(one: AbstractTheory) -> dict[str, object]:
    """What a theory tells of its couplings, by the method that tells it."""
    found: dict[str, object] = {}
    if isinstance(one, RadiatedByLeptons):
        for lepton in ("electron", "muon"):
            ways = asked(one, RadiatedByLeptons, "emissions", lepton)
            if not (isinstance(ways, tuple) and all(isinstance(way, Emission) for way in ways)):
                raise ValueError(f"{type(one).__name__}.emissions({lepton!r}) must return a tuple of Emission, not {ways!r}")
            found |= {f"emissions({lepton!r}), the coupling of {way.element.name},": way.coupling for way in ways}
    for capability, name in ((CouplesToPhotons, "photon_coupling"), (Charged, "charge"), (MadeByMesons, "meson_coupling")):
        if isinstance(one, capability):
            found[f"{name}()"] = asked(one, capability, name)
    return found | (of_mesons(one) if isinstance(one, MesonsDecayInvisibly) else {})


def of_mesons(one: MesonsDecayInvisibly) -> dict[str, object]:
    """The branching ratios of mesons that a theory tells, by the method that tells them."""
    parents = asked(one, MesonsDecayInvisibly, "invisible_parents")
    if not (isinstance(parents, tuple) and set(parents) <= set(VECTORS)):
        what = f"{type(one).__name__}.invisible_parents must return a tuple of names among {', '.join(VECTORS)}"
        raise ValueError(f"{what}, not {parents!r}")
    ask = lambda name: asked(one, MesonsDecayInvisibly, "invisible_ratio", name, MESONS[name])
    return {f"invisible_ratio({name!r}, ...)": ask(name) for name in parents}


def widths_of(one: AbstractTheory) -> dict:
    """The widths of all particles of a theory by the daughters."""
    every = {}
    for particle in one.particles:
        widths = asked(one, AbstractTheory, "widths", particle)
        if not isinstance(widths, dict):
            raise ValueError(f"{type(one).__name__}.widths must return widths by the names of daughters, not {widths!r}")
        for daughters in widths:
            kind_of(one, daughters, SEEN)
        every |= widths
    return every


def asked(one: AbstractTheory, of: type[AbstractTheory], name: str, *arguments: object) -> Any:
    """The result of a method of a theory; `ValueError` if it is no method, or takes other arguments than that of `of`."""
    method, known = getattr(one, name), inspect.signature(getattr(of, name))
    if not callable(method):
        raise ValueError(f"{type(one).__name__}.{name} must be a method, not {method!r}")
    try:
        inspect.signature(method).bind(*arguments)
    except TypeError as error:
        raise ValueError(f"{type(one).__name__}.{name} must take {', '.join(known.parameters)}: {error}") from error
    return method(*arguments)


def is_real(value: object) -> bool:
    """Whether a value is one real number, or a tracer of one; truth values are not."""
    number = isinstance(value, int | float | np.generic | np.ndarray | jax.Array) and np.ndim(value) == 0
    return number and np.dtype(getattr(value, "dtype", type(value))).kind in "iuf"


def find_experiment(name: str) -> Experiment:
    """An experiment by its name, or by `module:NAME` or `file.py:NAME`."""
    if ":" not in name:
        if name not in EXPERIMENTS:
            raise unknown("experiment", name, EXPERIMENTS)
        return EXPERIMENTS[name]
    found = load(name)
    if not isinstance(found, Experiment):
        raise ValueError(f"{name} is not an experiment: it must be an instance of jaxdump.Experiment")
    return found


def find_statistic(name: str) -> type[AbstractStatistic]:
    """A user's statistic by `module:NAME` or `file.py:NAME`."""
    found = load(name)
    if not (inspect.isclass(found) and issubclass(found, AbstractStatistic) and dataclasses.is_dataclass(found)):
        raise ValueError(f"{name} is not a statistic: it must be a dataclass that inherits jaxdump.AbstractStatistic")
    if "level" not in found.numbers():
        raise ValueError(f"{name} has no field level, which every statistic has: level: float = 0.9")
    missing = [word for word in ("name", "words") if not isinstance(getattr(found, word, None), str)]
    if missing:
        raise ValueError(f"{name} has no {' and no '.join(missing)}: a statistic says what it is called, and what figures say")
    return found


def load(name: str) -> object:
    """The object that `module:NAME`, `folder/module:NAME` or `file.py:NAME` names; any failure is a `ValueError`."""
    source, _, attribute = name.rpartition(":")
    module = user_files.load(source)
    if hasattr(module, attribute):
        return getattr(module, attribute)
    if source == "__main__":
        raise ValueError(f"{name} was in the Python program that asked: write it into a file, and name file.py:{attribute}")
    raise unknown(f"name in {source}", attribute, [known for known in vars(module) if not known.startswith("_")])
