"""Signals that end a command: in one line from its first moment on."""

import os
import signal

STOPS = [getattr(signal, name) for name in ("SIGINT", "SIGTERM", "SIGHUP") if hasattr(signal, name)]
"""Signals that end a command."""


def catch(handler) -> None:
    """Let signals call `handler`, except signals that are ignored already, as under nohup."""
    for number in STOPS:
        if signal.getsignal(number) != signal.SIG_IGN:
            signal.signal(number, handler)


def leave(number: int, frame: object) -> None:
    """End at a signal: an exception could get lost, and breaks imports of compiled modules."""
    told = "interrupted" if number == signal.SIGINT else f"stopped by {signal.Signals(number).name}"
    cursor = "\33[?25h" if os.isatty(2) else ""  # which a progress bar hides
    try:
        os.write(2, f"{cursor}jaxdump: {told}\n".encode())  # print may be at work
    finally:
        os._exit(128 + number)
