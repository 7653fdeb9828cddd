"""Numbers that people give, as real ones, and words that are one of a few; `ranges` has the checks of numbers."""

import dataclasses
from typing import Any

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np

from jaxdump.checks import require as require


def real(value: Any) -> jax.Array:
    """As a jax array of real numbers, which whole numbers are too; weakly typed if it is a Python number."""
    if isinstance(value, int):
        value = float(value)
    elif isinstance(value, np.ndarray | np.generic) and np.issubdtype(value.dtype, np.integer):
        value = value.astype(float)  # before jax makes 32 bits of it
    array = jnp.asarray(value)
    return array.astype(float) if jnp.issubdtype(array.dtype, jnp.integer) else array


def with_real_numbers(node: Any) -> Any:
    """A tree of modules in which whole numbers are real ones, but for counts: fields that are static, or of type `int`."""
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
    """What a `choice` may be; empty for any other field."""
    return field.metadata.get("words", ())


def selection(**groups: tuple[str, ...]) -> str:
    """A static field that is one of the `groups` of words, by default the first, or some words with commas between."""
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
    """Raise `ValueError` unless `value` is one of `words`, or `several` with commas between, if there are any."""
    given = value.split(",") if several and isinstance(value, str) else [value]
    for word in given if words else []:
        if word not in words:
            raise ValueError(f"{owner}: no {name} {word!r}: choose {'some' if several else 'one'} of {', '.join(words)}")


def takes_several(field: dataclasses.Field) -> bool:
    """Whether it is a `selection`."""
    return "groups" in field.metadata
