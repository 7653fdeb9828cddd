"""The command line, from its words to the exit status. Nothing heavy is imported until a command runs: help is quick."""

import contextlib
import gc
import json
import os
import sys

from jaxdump import __version__
from jaxdump.cli import folders, process, records, user_files
from jaxdump.cli.request import Request, request


def parsed(arguments: list[str]) -> Request:
    """The request of the words; raises `ValueError` for mistakes that show without jax, also of files and folders."""
    asked = request(arguments)
    if asked.out is not None:
        folders.check(asked.out, asked.command)
    elif sys.stdout is None:
        raise ValueError("standard output is closed: there is nowhere to answer, but for --out DIR")
    if asked.file:
        _ = asked.published
    return asked


def main(arguments: list[str] | None = None) -> int:
    """Run a command and return its exit status: 2 for bad input, 1 if `doctor` finds something wrong."""
    try:
        asked = parsed(sys.argv[1:] if arguments is None else arguments)
        if asked.command == "version":
            process.answer(json.dumps(records.versions(), indent=1) if asked.json else f"jaxdump {__version__}")
            return 0
        with process.same_jax():
            prepare_jax()
            from jaxdump.cli import commands

            return commands.run(asked)
    except KeyboardInterrupt:
        process.tell("interrupted")
        return 130
    except BrokenPipeError:  # the reader has seen enough
        with contextlib.suppress(OSError, ValueError):
            os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 0
    except (Exception, SystemExit) as error:
        mistake = user_files.mistake(error)
        if os.environ.get("JAXDUMP_TRACEBACK") or not (mistake or isinstance(error, ValueError | OSError)):
            raise
        process.tell(f"{mistake} (JAXDUMP_TRACEBACK=1 shows the traceback)" if mistake else error)
        return 2


def script() -> None:
    """Run the command as a process of its own, without work that only long-lived ones need: 0.4 s of an answer of 2 s."""
    gc.disable()
    process.begin()
    with process.place_for_fonts():
        try:
            status = main()
        except SystemExit as stop:  # of --help
            status = 2 if stop.code else 0
            if sys.stdout is not None:
                sys.stdout.flush()
    os._exit(status)


def prepare_jax() -> None:
    """Set jax to double precision, and to a cache of compiled programs that outlives the process."""
    import jax

    from jaxdump.numerics import programs

    if named := os.environ.get("JAX_PLATFORMS"):
        try:
            jax.devices()
        except (RuntimeError, AssertionError) as error:
            told = "unset it, or set it to cpu; GPUs need the extra cuda"
            raise ValueError(f"jax finds no device for JAX_PLATFORMS={named}: {told}") from error
    jax.config.update("jax_enable_x64", True)
    cache = process.cache_folder()
    if cache is None or not jax.config.values["jax_enable_compilation_cache"]:
        return
    usual = {
        "jax_compilation_cache_dir": str(cache),
        "jax_persistent_cache_min_compile_time_secs": 0.0,
        "jax_persistent_cache_min_entry_size_bytes": -1,
    }
    for name, value in usual.items():
        if not os.environ.get(name.upper()):
            jax.config.update(name, value)
    programs.prepare(cache)
