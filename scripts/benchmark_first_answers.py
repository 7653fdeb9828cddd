"""CPU seconds to the first answer of commands, with an empty cache of compiled programs and with a full one, as a table.

    python scripts/benchmark_first_answers.py                       # all commands, some minutes
    python scripts/benchmark_first_answers.py --only "limit superk" # those that begin so
    python scripts/benchmark_first_answers.py --parts               # where the seconds of an empty cache go
    python scripts/benchmark_first_answers.py --quick               # the first command, the imports only once

Whole processes, user and system time of all threads together. The unit of the ratios is `python -c "import jax, numpy"` in the
same run. With `--tree DIR` another checkout is measured.
"""

import argparse
import os
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path

HERE = Path(__file__).resolve().parents[1]
COMMANDS = {
    "limit na64mu-2022 alp-photon --mass-range 1e-3 0.1 30": 2.5,
    "limit na64e-2022 dark-photon --mass-range 1e-3 1 30": 4,
    "limit superk millicharge --mass 0.01,0.1": 5,
    "limit e137 alp-photon --mass-range 1e-3 0.3 30": None,
    "contours na64mu-1e13 alp-photon": 6,
    "fit na64mu-1e13 alp-photon --asimov 0.02 6e-4": 8,
    "contours e137 dark-photon": 30,
}
"""And the largest ratio that is wanted with an empty cache."""
PARTS = ("jaxpr_trace_duration", "jaxpr_to_mlir_module_duration", "backend_compile_duration")
PROFILE = """
import gc, sys, time
gc.disable()
import jax, jax.monitoring
spent, programs, parts = {}, [0], %r
def listen(event, seconds, **_):
    name = event.rsplit("/", 1)[-1]
    if name in parts:
        spent[name] = spent.get(name, 0.0) + seconds
        programs[0] += name == "backend_compile_duration"
jax.monitoring.register_event_duration_secs_listener(listen)
from jaxdump.cli import entry
from jaxdump.cli import process
process.compile_quickly()
status = entry.main(sys.argv[1:])
print(*(f"{spent.get(name, 0.0):.2f}" for name in parts), programs[0], file=sys.stderr)
"""


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--only", default="", metavar="WORDS", help="commands that begin so")
    parser.add_argument("--parts", action="store_true", help="seconds of tracing, lowering and compiling, and programs")
    parser.add_argument("--quick", action="store_true", help="the first command, the imports only once")
    parser.add_argument("--tree", default=HERE, type=Path, metavar="DIR", help="the checkout to measure")
    args = parser.parse_args()
    python = lambda *words: [sys.executable, *words]
    with tempfile.TemporaryDirectory() as cache:
        bare = min(cpu_seconds(python("-c", "import jax, numpy"), cache, args.tree)[0] for _ in range(1 if args.quick else 3))
    print(f"`import jax, numpy`: {bare:.2f} CPU s\n")
    columns = ["command", "empty cache", "ratio", "wanted", "full cache", "ratio"]
    columns += ["trace", "lower", "compile", "programs"] if args.parts else []
    print(f"| {' | '.join(columns)} |\n|{' --- |' * len(columns)}")
    for command, wanted in list(COMMANDS.items())[: 1 if args.quick else None]:
        if not command.startswith(args.only):
            continue
        words = command.split()
        run = python("-m", "jaxdump", *words)
        with tempfile.TemporaryDirectory() as cache:
            cold, warm = (cpu_seconds(run, cache, args.tree)[0] for _ in range(2))
        row = f"| `{command}` | {cold:.2f} | {cold / bare:.1f} | {wanted or ''} | {warm:.2f} | {warm / bare:.1f} |"
        if args.parts:
            with tempfile.TemporaryDirectory() as cache:
                told = cpu_seconds(python("-c", PROFILE % (PARTS,), *words), cache, args.tree)[1]
            row += "".join(f" {part} |" for part in told.splitlines()[-1].split())
        print(row, flush=True)


def cpu_seconds(command: Sequence[str], cache: str, tree: Path) -> tuple[float, str]:
    """User and system time of a process, which must succeed, and what it writes to stderr."""
    environment = {**os.environ, "XDG_CACHE_HOME": cache, "PYTHONPATH": str(tree)}
    with tempfile.TemporaryFile("w+") as told:
        process = subprocess.Popen(command, cwd=tree, env=environment, stdout=subprocess.DEVNULL, stderr=told)
        _, status, usage = os.wait4(process.pid, 0)
        process.returncode = os.waitstatus_to_exitcode(status)
        told.seek(0)
        text = told.read()
    if process.returncode:
        raise SystemExit(f"{' '.join(command)} ended with {process.returncode}: {text}")
    return usage.ru_utime + usage.ru_stime, text


if __name__ == "__main__":
    main()
