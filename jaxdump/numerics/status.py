"""Statuses: the outcome of a search as a small number that arrays hold, with a message for people."""

import enum
from typing import Self


class AbstractStatus(enum.IntEnum):
    """A number with a `message`: one sentence that says what it means and, if something is wrong, what to do.

    >>> import jaxdump
    >>> jaxdump.Status.ALLOWED.message
    'nothing in the whole range is excluded, though events are expected'
    """

    message: str

    def __new__(cls, value: int, message: str) -> Self:
        """A new member, which a class writes as its number and its message."""
        status = int.__new__(cls, value)
        status._value_ = value
        status.message = message
        return status
