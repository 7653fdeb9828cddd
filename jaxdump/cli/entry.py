"""The command line: what it accepts. Nothing heavy is imported until a command runs, so that help is quick."""

import argparse
import contextlib
import gc
import json
import os
import sys
from pathlib import Path

from jaxdump import __version__
from jaxdump.cli import folders, process, records, user_files

TOLERANCE = "largest |ln(N/N_up)|, and error in ln(mass) and ln(coupling), half way between points (default 1e-4, least 1e-7)"
TOGETHER = "toys (default if one expects few events), asymptotic (else the default) or profile"
OUT = "write a figure (png, pdf), csv, json, and a run.json of the same name for `jaxdump repeat`"


class Parser(argparse.ArgumentParser):
    """Tells what is wrong as everything else does."""

    def error(self, message: str):
        raise ValueError(message)


def parser() -> argparse.ArgumentParser:
    """The arguments of all commands."""
    top = Parser(prog="jaxdump", description="Cross-sections, events and limits for dark particles.")
    top.add_argument("--version", action="store_true", help="print the version, with --json also those of jax and python")
    top.add_argument("--json", action="store_true", help="print JSON, in full double precision")
    commands = top.add_subparsers(dest="command", metavar="COMMAND")

    def command(name: str, text: str) -> argparse.ArgumentParser:
        sub = commands.add_parser(name, help=text, description=text)
        sub.add_argument("--json", action="store_true", default=argparse.SUPPRESS, help="print JSON, in full double precision")
        return sub

    listing = command("list", "List the theories and experiments, or all that one of them can be set to.")
    listing.add_argument("what", nargs="?", metavar="NAME", help="theories, experiments, or one of them; both if left out")

    xsec = command("xsec", "Cross-section per nucleus [pb] for unit coupling, with the experiment's beam, target and cut on x.")
    add_subject(xsec)
    xsec.add_argument("--mass", required=True, metavar="M,...", help="masses [GeV]")
    xsec.add_argument(
        "--x", metavar="X,...", help="energy fractions: gives dsigma/dx [pb] there instead; the cut does not apply"
    )

    events = command("events", "Expected signal events that each region selects, for every mass with every coupling.")
    add_subject(events)
    events.add_argument("--mass", required=True, metavar="M,...", help="masses [GeV]")
    events.add_argument("--coupling", required=True, metavar="G,...", help="couplings, in the unit that `list` gives")
    events.add_argument("--region", metavar="NAME", help="one signal region; all if left out")

    flux = command("flux", "Flux of the atmosphere by parent, for the charge of the electron, against energy.")
    add_subject(flux)
    flux.add_argument("--mass", required=True, metavar="M", help="mass [GeV]")
    flux.add_argument("--energy", metavar="E,...", help="energies [GeV]; 1 to 1e4 if left out")
    flux.add_argument("--above", default="1", metavar="E", help="lower end [GeV] of the integrals (default 1)")
    flux.add_argument("--out", metavar="DIR", help=OUT)

    limit = command("limit", "Excluded couplings at each mass. EXPERIMENT may be several, separated by commas.")
    add_subject(limit)
    masses = limit.add_mutually_exclusive_group()
    masses.add_argument("--mass", metavar="M,...", help="masses [GeV]")
    masses.add_argument(
        "--mass-range", nargs=3, metavar=("LO", "HI", "N"), help="N masses from LO to HI [GeV], equal steps in log; 1e-3 3 100"
    )
    add_rule(limit)
    limit.add_argument(
        "--expected", action="store_true", help="add what the background alone would give: median, 1 and 2 sigma bands"
    )
    limit.add_argument("--out", metavar="DIR", help=OUT)

    compare = command("compare", "Ratio of the excluded couplings to a published curve, at its points, edge by edge.")
    add_subject(compare)
    compare.add_argument("file", metavar="FILE", help="csv, text of AxionLimits or FORESEE, or DarkCast limit file")
    compare.add_argument(
        "--mass-unit",
        choices=("neV", "ueV", "meV", "eV", "keV", "MeV", "GeV", "TeV"),
        help="of FILE's masses; if left out what FILE says, else GeV",
    )
    compare.add_argument("--column", metavar="NAME", help="FILE's couplings (default: the observed ones, else the first)")
    compare.add_argument("--label", metavar="TEXT", help="name of the curve in the figure (default: published)")
    add_rule(compare)
    compare.add_argument("--out", metavar="DIR", help=OUT)

    contour = command("contour", "Every excluded island in a box of masses and couplings, as ordered points.")
    add_subject(contour)
    add_rule(contour, "toys (default if few events are expected, and a sum does), asymptotic (else the default) or profile")
    add_box(contour)
    contour.add_argument("--tolerance", default="1e-4", metavar="E", help=TOLERANCE)
    contour.add_argument("--out", metavar="DIR", help=OUT)

    sensitivity = command("sensitivity", "Slopes of the limit at one mass in every number of the experiment and the theory.")
    add_subject(sensitivity)
    sensitivity.add_argument("--mass", required=True, metavar="M", help="mass [GeV]")
    add_rule(sensitivity, "asymptotic (default) or profile")
    sensitivity.add_argument("--out", metavar="DIR", help=OUT)

    fit = command("fit", "Mass and coupling from counts, nuisances included. EXPERIMENT may be several, separated by commas.")
    add_subject(fit)
    fit.add_argument("--region", metavar="NAME", help="one signal region; all if left out")
    data = fit.add_mutually_exclusive_group()
    data.add_argument("--asimov", nargs=2, metavar=("M", "G"), help="fit what is expected for this mass [GeV] and coupling")
    data.add_argument(
        "--counts",
        metavar="COUNTS",
        help="fit these counts: {REGION: N} or {EXPERIMENT: {REGION: N}}, as JSON or in a file of it",
    )
    add_box(fit)
    fit.add_argument("--level", default="0.6827", metavar="CL", help="confidence level of the intervals (default 0.6827)")
    fit.add_argument("--out", metavar="DIR", help=OUT)

    repeat = command("repeat", "Repeat the run that a file *.run.json tells of.")
    repeat.add_argument("run", metavar="RUN", help="DIR/COMMAND_THEORY.run.json, or DIR if it holds one run")
    repeat.add_argument("--out", metavar="DIR", help="write there, not where the run did")

    command("doctor", "Versions, devices and a numerical self-check.")
    return top


def add_subject(sub: argparse.ArgumentParser) -> None:
    """Arguments of every command about an experiment and a theory."""
    sub.add_argument("experiment", metavar="EXPERIMENT", help="a name from `jaxdump list`, or module:NAME or file.py:NAME")
    sub.add_argument("theory", metavar="THEORY", help="a name from `jaxdump list`, or module:NAME or file.py:NAME")
    sub.add_argument(
        "--method", help="ww (Weizsaecker-Williams), iww (improved), exact (tree level), ww-corrected (WW times ratios)"
    )
    sub.add_argument(
        "--set",
        action="append",
        default=[],
        metavar="NAME=VALUE",
        help="change a number (exposure=1e12) or a choice (target=thick) of experiment or theory; repeatable",
    )


def add_rule(sub: argparse.ArgumentParser, statistics: str = TOGETHER) -> None:
    """Arguments of every command that excludes something."""
    sub.add_argument("--region", metavar="NAME", help="one signal region; all if left out")
    sub.add_argument(
        "--statistic",
        choices=("counts", "cls", "bayes", "feldman-cousins", "toys", "asymptotic", "profile"),
        help="counts: the published upper count (default at level 0.90); cls: exact Poisson CLs (default at another level)",
    )
    sub.add_argument("--level", default="0.90", metavar="CL", help="confidence or credible level (default 0.90)")
    sub.add_argument("--events", metavar="N", help="exclude more than N signal events before selection, whatever was observed")
    sub.add_argument(
        "--combine",
        action="store_true",
        help=f"all regions together, with --statistic {statistics}",
    )


def add_box(sub: argparse.ArgumentParser) -> None:
    """The range of masses and couplings to look at."""
    sub.add_argument(
        "--box",
        nargs=4,
        metavar=("MLO", "MHI", "GLO", "GHI"),
        help="masses [GeV] and couplings to look at; left out, those around the limits from 1 MeV to 3 GeV",
    )


def parsed(arguments: list[str]) -> argparse.Namespace:
    """The arguments, those of a run in place of `repeat`; raises `ValueError` for what can be seen to be wrong."""
    args = parser().parse_args(arguments)
    if args.command == "repeat":
        told = records.recorded_arguments(Path(args.run), args.out)
        return parsed([*told, *(["--json"] if args.json else [])])
    if args.command is None and not args.version:
        raise ValueError("the following arguments are required: COMMAND: see jaxdump --help")
    if getattr(args, "counts", None) is not None:
        args.counts = records.counts_text(args.counts)
    args.out, args.notes = getattr(args, "out", None), []
    if args.out is not None:
        folders.check(args.out, str(args.command))
    elif sys.stdout is None:
        raise ValueError("standard output is closed: there is nowhere to answer, but for --out DIR")
    return args


def main(arguments: list[str] | None = None) -> int:
    """Run a command; the exit status is 2 for bad input and 1 if `doctor` finds something wrong."""
    try:
        args = parsed(sys.argv[1:] if arguments is None else arguments)
        if args.version:
            process.answer(json.dumps(records.versions(), indent=1) if args.json else f"jaxdump {__version__}")
            return 0
        from jaxdump.cli import asked

        asked.check(args)
        with process.same_jax():
            prepare_jax()
            from jaxdump.cli import commands

            return commands.run(args)
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
    """The command as a process of its own, which skips what only long-lived ones need: 0.4 s of an answer of 2 s."""
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
    """Settings of jax: double precision, and a cache of compiled programs that outlives the process."""
    import jax

    from jaxdump.numerics import programs

    if asked := os.environ.get("JAX_PLATFORMS"):
        try:
            jax.devices()
        except (RuntimeError, AssertionError) as error:
            told = "unset it, or set it to cpu; GPUs need the extra cuda"
            raise ValueError(f"jax finds no device for JAX_PLATFORMS={asked}: {told}") from error
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
