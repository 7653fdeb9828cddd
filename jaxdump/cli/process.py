"""The command as a process of its own: its streams, its signals, and the folders that outlive it."""

import contextlib
import os
import shutil
import signal
import sys
import tempfile
import threading
import warnings
from collections.abc import Iterator
from pathlib import Path

from jaxdump.cli import stops
from jaxdump.cli.stops import STOPS, catch

QUICK_COMPILER = (
    "--xla_cpu_use_fusion_emitters=false --xla_backend_optimization_level=1 --xla_cpu_parallel_codegen_split_count=1"
)
"""Flags of XLA with which the gradients of a contour compile in 2.6 s for 8.1 s."""
SETTINGS = (
    "jax_enable_x64",
    "jax_compilation_cache_dir",
    "jax_persistent_cache_min_compile_time_secs",
    "jax_persistent_cache_min_entry_size_bytes",
)
"""Settings of jax that a command changes."""
TEMPORARY: set[Path] = set()
"""Folders that a signal must not leave behind."""


def begin() -> None:
    """Prepare a process that is nothing but a command; `cli.main` in a Python program leaves streams and signals alone."""
    catch(leave)
    take_streams()
    if not sys.warnoptions:
        warnings.simplefilter("ignore")
    compile_quickly()


def take_streams() -> None:
    """Keep standard output for the answer: all else that is written there goes to standard error; closed streams are opened."""
    for number in range(3):
        try:
            os.fstat(number)
        except OSError:
            os.open(os.devnull, os.O_RDWR)  # takes the lowest number that is free
    if sys.stderr is None:
        sys.stderr = open(os.devnull, "w")  # noqa: SIM115
    if sys.stdout is not None:
        sys.stdout = os.fdopen(os.dup(1), "w", encoding=sys.stdout.encoding, errors="backslashreplace")
        os.dup2(2, 1)


def compile_quickly() -> None:
    """Set the flags of XLA, which it reads when the first array is made."""
    import importlib.metadata  # which takes longer than all else here

    if os.environ.get("TF_CPP_MIN_LOG_LEVEL", "1") == "1":  # "1" is what jax sets, also for the children of its process
        os.environ["TF_CPP_MIN_LOG_LEVEL"] = "3"  # loading a cached program warns about instruction preferences
    if importlib.metadata.version("jax").startswith("0.10."):  # others may not know a flag, and stop at one that they do not
        os.environ["XLA_FLAGS"] = f"{QUICK_COMPILER} {os.environ.get('XLA_FLAGS', '')}"


def leave(number: int, frame: object) -> None:
    """End at a signal, with nothing left behind."""
    for folder in TEMPORARY:
        shutil.rmtree(folder, ignore_errors=True)
    stops.leave(number, frame)


@contextlib.contextmanager
def temporary(folder: Path) -> Iterator[Path]:
    """A context with a temporary folder that is removed in the end, whatever happens."""
    TEMPORARY.add(folder)
    try:
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)
        TEMPORARY.discard(folder)


@contextlib.contextmanager
def undisturbed() -> Iterator[None]:
    """A context that signals interrupt only when it ends."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    waiting: list[int] = []
    usual = {number: signal.signal(number, lambda number, _: waiting.append(number)) for number in STOPS}
    try:
        yield
    finally:
        for number, handler in usual.items():
            signal.signal(number, signal.SIG_DFL if handler is None else handler)
        for number in waiting:
            signal.raise_signal(number)


def answer(text: str) -> None:
    """Write the answer, all of it, to standard output, or raise; a closed one takes nothing."""
    try:
        print(text, flush=True)
    except BrokenPipeError:
        raise
    except OSError as error:
        raise ValueError(f"cannot write standard output: {error.strerror or error}") from error


def tell(message: object) -> None:
    """Say something in one line on standard error, whatever characters it holds."""
    with contextlib.suppress(OSError):
        print(f"jaxdump: {one_line(message)}", file=sys.stderr, flush=True)


def one_line(message: object) -> str:
    """A message in one line, without characters that would move the cursor."""
    words = " ".join(str(message).split())
    return "".join(letter if letter.isprintable() else ascii(letter)[1:-1] for letter in words)


def cache_folder() -> Path | None:
    """The folder of compiled programs, below jax's own if the environment names one; None if nothing can be kept."""
    named = os.environ.get("JAX_COMPILATION_CACHE_DIR")
    folder = Path(named or usual_folder("XDG_CACHE_HOME", ".cache") or os.devnull) / "jaxdump"
    return folder if "://" not in (named or "") and can_be_written(folder) else None


def usual_folder(variable: str, name: str) -> Path | None:
    """The folder that a variable names, or else the one of this name in the user's home; None for a user without a home."""
    try:
        return Path(os.environ.get(variable) or Path.home() / name)
    except RuntimeError:
        return None


def can_be_written(folder: Path) -> bool:
    """Whether a file can be made in a folder, which need not exist. One is made: systems tell a superuser that all can be."""
    try:
        home = next(place for place in (folder, *folder.absolute().parents) if place.exists())
        with temporary(Path(tempfile.mkdtemp(prefix=".jaxdump-", dir=home))):
            return True
    except OSError:
        return False


@contextlib.contextmanager
def place_for_fonts() -> Iterator[None]:
    """A context with a folder for matplotlib's lists of fonts: the usual one, ours, or one that is removed in the end."""
    usual = [usual_folder("XDG_CONFIG_HOME", ".config"), usual_folder("XDG_CACHE_HOME", ".cache")]
    named = os.environ.get("MPLCONFIGDIR")
    if all(folder and can_be_written(folder / "matplotlib") for folder in ([Path(named)] if named else usual)):
        yield
        return
    if kept := cache_folder():
        os.environ["MPLCONFIGDIR"] = str(kept / "matplotlib")
        yield
        return
    try:
        place = Path(tempfile.mkdtemp(prefix="jaxdump-"))
    except OSError:  # nothing can be written anywhere
        yield
        return
    with temporary(place):
        os.environ["MPLCONFIGDIR"] = str(place)
        yield


@contextlib.contextmanager
def same_jax() -> Iterator[None]:
    """A context that restores the program's own settings of jax, and the folder of compiled programs, in the end."""
    import jax
    from jax.experimental.compilation_cache import compilation_cache

    from jaxdump.numerics import programs

    before, folder = {name: jax.config.values[name] for name in SETTINGS}, programs.Store.folder
    try:
        yield
    finally:
        programs.Store.folder = folder
        changed = [name for name, value in before.items() if jax.config.values[name] != value]
        for name in changed:
            jax.config.update(name, before[name])
        if "jax_compilation_cache_dir" in changed:
            compilation_cache.reset_cache()
