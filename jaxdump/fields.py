"""Fields of modules: real numbers, numbers with a source, choices of words, docstrings. Checks of numbers are in `checks`."""

import ast
import dataclasses
import inspect
import textwrap
from functools import cache
from itertools import pairwise
from typing import Any

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np

from jaxdump.checks import require as require
from jaxdump.typing import Scalar

STATUSES = {"P": "published", "D": "derived", "A": "assumed"}
"""Origins of a number by their letters: a number of status D is derived from published ones."""

FACTOR = {"factor": True}
"""Metadata of a field whose number multiplies the flux behind its stage, or the signal of its region or experiment."""


class Number(float):
    """A float that knows its status, its source and its error; arithmetic and traces forget them.

    Raises `ValueError` for a status that is not in `STATUSES`.

    >>> from jaxdump import Number
    >>> inelasticity = Number(0.4, "D", "arXiv:2307.02404", error=0.05)
    >>> inelasticity, inelasticity.source, inelasticity.error, type(2 * inelasticity)
    (0.4, 'arXiv:2307.02404', 0.05, <class 'float'>)
    """

    status: str
    """Letter of `STATUSES`."""
    source: str
    """Paper in which the number is published or from which it is derived, or the reason to assume it."""
    error: float | None
    """Standard deviation, in the unit of the number; None if it is not known."""

    def __new__(cls, value: Scalar, status: str, source: str, error: float | None = None):
        if status not in STATUSES:
            told = ", ".join(f"{letter} ({word})" for letter, word in STATUSES.items())
            raise ValueError(f"no status {status!r} of the number {float(value):g}: choose one of {told}")
        number = super().__new__(cls, float(value))
        number.status, number.source, number.error = status, source, error
        return number

    def __reduce__(self):
        return Number, (float(self), self.status, self.source, self.error)


class Numbers(np.ndarray):
    """An array of floats, such as one for each bin, that knows status and source as a `Number` does; arithmetic forgets them.

    It cannot be written to, so that an experiment that holds it is a key of the programs of `jax.jit`.

    >>> from jaxdump.fields import Numbers
    >>> counts = Numbers([3, 1, 2], "P", "arXiv:1111.5031")
    >>> counts.source, type(2 * counts).__name__, hash(counts) == hash(Numbers([3, 1, 2]))
    ('arXiv:1111.5031', 'ndarray', True)
    """

    status: str | None
    source: str | None
    error = None

    def __new__(cls, values: Any, status: str | None = None, source: str | None = None):
        table = np.array(values, float).view(cls)
        table.flags.writeable = False
        table.status, table.source = status, source
        return table

    def __array_finalize__(self, _: Any) -> None:
        self.status = self.source = None

    def __array_wrap__(self, array: np.ndarray, context: Any = None, return_scalar: bool = False) -> Any:
        return np.asarray(array)[()] if return_scalar else np.asarray(array)

    def __hash__(self) -> int:  # pyright: ignore[reportIncompatibleVariableOverride]
        return hash(self.tobytes())

    def __reduce__(self):
        return Numbers, (np.asarray(self), self.status, self.source)


@cache
def docstrings(owner: type) -> dict[str, str]:
    """The docstrings below the fields of a class and of its bases, by field; empty where the source cannot be read."""
    found: dict[str, str] = {}
    for kind in reversed(owner.__mro__):
        if not issubclass(kind, eqx.Module) or kind is eqx.Module:
            continue
        try:
            (defined,) = ast.parse(textwrap.dedent(inspect.getsource(kind))).body
        except (OSError, SyntaxError):
            continue
        for field, below in pairwise(getattr(defined, "body", [])):
            text = below.value if isinstance(field, ast.AnnAssign) and isinstance(below, ast.Expr) else None
            if isinstance(text, ast.Constant) and isinstance(text.value, str):
                found[ast.unparse(field.target)] = inspect.cleandoc(text.value)
    return found


def real(value: Any) -> jax.Array:
    """A value as a jax array of real numbers, also if it is a whole number; weakly typed if it is a Python number."""
    if isinstance(value, int):
        value = float(value)
    elif isinstance(value, np.ndarray | np.generic) and np.issubdtype(value.dtype, np.integer):
        value = value.astype(float)  # before jax makes 32 bits of it
    array = jnp.asarray(value)
    return array.astype(float) if jnp.issubdtype(array.dtype, jnp.integer) else array


def per_bin(value: Any) -> Any:
    """A list or an array of numbers as `Numbers`; a number, and what jax holds or traces, as it is."""
    plain = isinstance(value, list | tuple | np.ndarray) and not isinstance(value, Numbers) and np.ndim(value)
    return Numbers(value) if plain else value


def with_real_numbers(node: Any) -> Any:
    """A tree of modules with real numbers in place of whole ones, except in fields that are static or of type `int`."""
    if isinstance(node, tuple):
        new = tuple(map(with_real_numbers, node))
        return node if all(one is old for one, old in zip(new, node, strict=True)) else type(node)(new)
    if isinstance(node, eqx.Module):
        every = {f.name: getattr(node, f.name) for f in dataclasses.fields(node) if not f.metadata.get("static")}
        counts = [field.name for field in dataclasses.fields(node) if field.type is int]
        new = {name: with_real_numbers(old) for name, old in every.items() if name not in counts}
        new = {name: value for name, value in new.items() if value is not every[name]}
        places = lambda module: [getattr(module, name) for name in new]
        return eqx.tree_at(places, node, list(new.values())) if new else node
    if isinstance(node, int | np.integer) and not isinstance(node, bool):
        return float(node)
    if isinstance(node, np.ndarray | jax.Array) and np.issubdtype(node.dtype, np.integer):
        return node.astype(float)
    return node


def choice(*words: str, **more: Any) -> str:
    """A static field that is one of `words`, by default the first."""
    return eqx.field(static=True, default=words[0], metadata={"words": words}, **more)


def words_of(field: dataclasses.Field) -> tuple[str, ...]:
    """The words that a `choice` may be; empty for any other field."""
    return field.metadata.get("words", ())


def selection(**groups: tuple[str, ...]) -> str:
    """A static field that names one of the `groups` of words, by default the first, or that lists words with commas between."""
    words = tuple(dict.fromkeys(word for group in groups.values() for word in group))
    return eqx.field(static=True, default=next(iter(groups)), metadata={"words": (*groups, *words), "groups": groups})


def selected(name: str, node: Any) -> tuple[str, ...]:
    """The words that a `selection` called `name` stands for, each once."""
    (field,) = (field for field in dataclasses.fields(node) if field.name == name)
    groups = field.metadata["groups"]
    words = [word for part in getattr(node, name).split(",") for word in groups.get(part, (part,))]
    return tuple(dict.fromkeys(words))


def check_choices(owner: str, node: Any) -> None:
    """Raise `ValueError` unless each `choice` of an object is one of its words."""
    for field in dataclasses.fields(node):
        check_choice(owner, field.name, getattr(node, field.name), words_of(field), takes_several(field))


def check_choice(owner: str, name: str, value: object, words: tuple[str, ...], several: bool = False) -> None:
    """Raise `ValueError` unless `value` is one of `words` or, if it may be `several`, some of them with commas between.

    Any value passes where there are no words.
    """
    given = value.split(",") if several and isinstance(value, str) else [value]
    for word in given if words else []:
        if word not in words:
            whose = "" if owner == name else f"{owner}: "
            known = ", ".join(dict.fromkeys(words))
            raise ValueError(f"{whose}no {name} {word!r}: choose {'some' if several else 'one'} of {known}")


def takes_several(field: dataclasses.Field) -> bool:
    """Whether a field is a `selection`."""
    return "groups" in field.metadata
