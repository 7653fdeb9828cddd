"""Compiled programs of functions of concrete numbers: kept on disk, and optimised as hard as their work deserves.

A library user's programs are those of `jax.jit`. The command line names a folder, `prepare`, in which compiled programs outlive
the process: a program found there is neither traced nor compiled again. A program is known by the structure of its arguments
(classes, words and shapes, not numbers), the files of jaxdump, the versions of what it is made with and the processor. Only
classes and functions of jaxdump have their programs kept: others may change from run to run.
"""

import contextlib
import dataclasses
import hashlib
import importlib.metadata
import itertools
import os
import pickle
import platform
import shutil
import time
import zlib
from collections.abc import Callable, Hashable, Iterator
from functools import cache
from pathlib import Path
from typing import Any, NamedTuple

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
from jax.core import Tracer
from jax.experimental import serialize_executable
from jax.experimental.compilation_cache import compilation_cache
from jaxlib import lapack

PACKAGE = Path(__file__).parents[1]
LEVELS = ((6e5, 0), (3e7, 1), (float("inf"), 3))
"""Numbers that a program computes with each of its equations up to which an optimisation level of XLA is the quickest, all in
all: level 0 compiles in half the time of level 1 and runs four times slower.
"""
KEPT = 30 * 86400
"""Time [s] after which unused programs of another version are removed."""

REMEMBERED = 16
"""Number of modules of which a program remembers the leaves."""


class Unknown(Exception):
    """An argument by which no program can be known."""


class Store:
    """The folder in which programs are kept; none unless `prepare` was called."""

    folder: Path | None = None
    process: int | None = None
    """Number of the process in which programs have run."""


def prepare(folder: Path) -> None:
    """Keep compiled programs in a folder of this version and machine below `folder`; those long unused are removed."""
    Store.folder = folder / made_with()[:16]
    if Store.folder.is_dir():
        return
    for old in folder.glob("*") if folder.is_dir() else ():
        if old.is_dir() and time.time() - old.stat().st_mtime > KEPT:
            shutil.rmtree(old, ignore_errors=True)


@cache
def made_with() -> str:
    """A digest of all that compiled programs depend on besides their arguments."""
    digest = hashlib.sha256()
    for path in sorted(path for path in PACKAGE.rglob("*") if path.is_file() and path.suffix != ".pyc"):
        digest.update(str(path.relative_to(PACKAGE)).encode() + path.read_bytes())
    cpu = Path("/proc/cpuinfo").read_text().splitlines() if Path("/proc/cpuinfo").exists() else []
    abilities = next((line for line in cpu if line.startswith(("flags", "Features"))), "")
    versions = [importlib.metadata.version(name) for name in ("jax", "jaxlib", "numpy", "equinox")]
    settings = [f"{name}={value}" for name, value in sorted(os.environ.items()) if name.startswith(("JAX_", "XLA_"))]
    digest.update(
        "\n".join(
            [*versions, *settings, platform.python_version(), platform.machine(), platform.processor(), abilities]
        ).encode()
    )
    return digest.hexdigest()


class Flat(NamedTuple):
    """An argument of a program as it is handed over."""

    argument: Any
    leaves: tuple
    kind: Hashable
    """Key that tells programs of different arguments apart."""


class Program:
    """A function of arrays, modules and, last, the number of points that count; keywords are static."""

    def __init__(self, function: Callable):
        self.function = function
        self.ready: dict[tuple, Callable] = {}
        self.modules: dict[tuple, Flat] = {}
        self.kinds: dict[tuple, int] = {}
        self.__doc__ = function.__doc__

    def __call__(self, *arguments: Any, expected: int | None = None, **static: Any) -> Any:
        """The result for concrete arguments; `expected` points are wanted in all calls together, if more than in this one."""
        refuse_fork()
        flat = [self.flat(argument) for argument in arguments]
        leaves = [leaf for one in flat for leaf in one.leaves]
        call = Store.folder, *(one.kind for one in flat), *sorted(static.items()), jnp.result_type(float)
        program = self.ready.get(call)
        if program is None:
            program = self.ready[call] = self.kept(arguments, static, max(int(leaves[-1]), expected or 0))
        return program(*leaves)

    def flat(self, argument: Any) -> Flat:
        """The leaves of an argument: those of modules, of which many calls have the same, are taken and put in place once."""
        place = id(argument), jnp.result_type(float)
        if place in self.modules:
            return self.modules[place]
        leaves, structure = jax.tree.flatten(argument)
        kind = structure, *map(description, leaves)
        if not isinstance(argument, eqx.Module) or any(isinstance(leaf, Tracer) for leaf in leaves):
            return Flat(argument, tuple(leaves), kind)
        while len(self.modules) >= REMEMBERED:
            self.modules.pop(next(iter(self.modules)))
        number = self.kinds.setdefault(kind, len(self.kinds))
        return self.modules.setdefault(place, Flat(argument, tuple(map(jnp.asarray, leaves)), number))

    def kept(self, arguments: tuple, static: dict[str, Any], points: int) -> Callable:
        """The program for such arguments, of their leaves: from the folder, or compiled and put there."""
        leaves, structure = jax.tree.flatten(arguments)
        flat = lambda *leaves: self.function(*jax.tree.unflatten(structure, leaves), **static)
        if Store.folder is None:
            return jax.jit(flat)
        try:
            described = description((self.function, arguments, str(jnp.result_type(float)))), fixed(static)
        except Unknown:
            return jax.jit(flat)
        path = Store.folder / hashlib.sha256(repr(described).encode()).hexdigest()[:32]
        return loaded(path, points) or compiled(flat, leaves, path, points)


def refuse_fork() -> None:
    """Raise `RuntimeError` in a process that was forked after programs had run: it has no threads of jax to wait for."""
    Store.process = Store.process or os.getpid()
    if Store.process != os.getpid():
        raise RuntimeError('this process was forked after jax had run: start it by multiprocessing.get_context("spawn")')


def compiled(flat: Callable, leaves: list, path: Path, points: int) -> Callable:
    """The program of a function, also written to `path`."""
    traced = jax.jit(flat).trace(*leaves)
    numbers, equations = work(traced.jaxpr.jaxpr)
    each = numbers / equations
    level = level_for(points * each)
    with uncached():
        program = traced.lower().compile(compiler_options={"xla_backend_optimization_level": str(level)})
    executable, arguments, _ = serialize_executable.serialize(program)
    answer = jax.tree.map(lambda _: 0, traced.out_info)  # a tree of modules does not survive, modules do
    content = zlib.compress(pickle.dumps((level, each, executable, arguments, answer)), 1)
    partly = path.with_suffix(f".{os.getpid()}")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        partly.write_bytes(hashlib.sha256(content).digest() + content)
        partly.replace(path)
    except OSError:  # a full disk must not stop a calculation
        with contextlib.suppress(OSError):
            partly.unlink()
    return program


@contextlib.contextmanager
def uncached() -> Iterator[None]:
    """A context without jax's own cache: a program that comes from there cannot be written again."""
    usual = jax.config.values["jax_enable_compilation_cache"]
    jax.config.update("jax_enable_compilation_cache", False)
    compilation_cache.reset_cache()
    try:
        yield
    finally:
        jax.config.update("jax_enable_compilation_cache", usual)
        compilation_cache.reset_cache()


def loaded(path: Path, points: int) -> Callable | None:
    """The program at `path`; None if there is none, if it is not whole, or if so many points deserve a faster one."""
    try:
        checksum, content = (whole := path.read_bytes())[:32], whole[32:]
    except OSError:
        return None
    if hashlib.sha256(content).digest() != checksum:
        return None
    level, each, executable, arguments, answer = pickle.loads(zlib.decompress(content))
    if level < level_for(points * each):
        return None
    prepare_linear_algebra()
    try:
        return serialize_executable.deserialize_and_load(executable, arguments, jax.tree.structure(answer))
    except jax.errors.JaxRuntimeError:  # made anew instead
        return None


@cache
def prepare_linear_algebra() -> None:
    """Make LAPACK ready, as jax does only where it lowers a program that needs it: a loaded program would crash without it."""
    try:
        lapack.prepare_lapack_call("getrf", np.dtype("float64"))
    except (AttributeError, KeyError, TypeError):  # a jaxlib with another way
        jax.jit(jax.lax.linalg.lu).lower(jax.ShapeDtypeStruct((1, 1), np.float32))


def level_for(numbers: float) -> int:
    """The optimisation level for so many numbers that each equation has to compute."""
    return next(level for most, level in LEVELS if numbers <= most)


def work(jaxpr: Any) -> tuple[float, int]:
    """The number of numbers that a program computes for one point, and of its equations.

    Loops of known length count as often as they run, others once.
    """
    numbers, equations = 0.0, 0
    for equation in jaxpr.eqns:
        values = (value if isinstance(value, tuple | list) else (value,) for value in equation.params.values())
        parts = itertools.chain.from_iterable(values)
        bodies = [body for body in (getattr(part, "jaxpr", part) for part in parts) if hasattr(body, "eqns")]
        inside = [work(body) for body in bodies] or [(sum(float(np.prod(out.aval.shape)) for out in equation.outvars), 1)]
        numbers += equation.params.get("length", 1) * sum(part[0] for part in inside)
        equations += sum(part[1] for part in inside)
    return numbers, equations


def description(node: Any) -> Any:
    """The key that tells programs of different arguments apart; raises `Unknown` for one that may change its meaning."""
    if isinstance(node, np.ndarray | np.generic | jax.Array):
        return (str(node.dtype), node.shape, getattr(node, "weak_type", False))
    if isinstance(node, bool | int | float | complex):
        return "float" if isinstance(node, float) else type(node).__name__
    return fixed(node, description)


def fixed(node: Any, inside: Callable | None = None) -> Any:
    """The key of a part of the structure: words, classes, functions, and static fields with their numbers."""
    inside = inside or fixed
    if node is None or isinstance(node, str | bool | int | float):
        return repr(node)
    if isinstance(node, dict):
        return [(key, inside(value)) for key, value in sorted(node.items())]
    kind = type(node)
    if isinstance(node, tuple | list):
        name = kind.__name__ if kind.__module__ == "builtins" else own(kind)
        return [name, *map(inside, node)]
    if isinstance(node, eqx.Module):
        fields = node.__dataclass_fields__.values()
        each = [(f.name, (fixed if f.metadata.get("static") else inside)(getattr(node, f.name))) for f in fields]
        return [own(kind), *each]
    if dataclasses.is_dataclass(node) and not isinstance(node, type):
        return [own(kind), *((field.name, inside(getattr(node, field.name))) for field in dataclasses.fields(node))]
    return own(node)


def own(thing: Any) -> str:
    """The full name of a class or function of jaxdump that its files define once and for all."""
    module, name = getattr(thing, "__module__", None) or "", getattr(thing, "__qualname__", "<")
    if module.split(".")[0] != "jaxdump" or "<" in name:
        raise Unknown(f"{module}.{name}")
    return f"{module}.{name}"
