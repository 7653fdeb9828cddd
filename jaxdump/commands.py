"""The command line: what each command does."""

import argparse
import sys
from functools import partial
from pathlib import Path

import jax
import jax.numpy as jnp
import numpy as np

from jaxdump import cli, names, output
from jaxdump.checks import require
from jaxdump.experiment import Experiment
from jaxdump.experiments import EXPERIMENTS
from jaxdump.limits import Limits, MakeTheory, limit
from jaxdump.production.bremsstrahlung import LeptonBremsstrahlung, dsigma_dx
from jaxdump.roots import Status
from jaxdump.theories import THEORIES, AbstractTheory

DEFAULT_MASSES = ("1e-3", "3", "100")


def run(args: argparse.Namespace, arguments: list[str]) -> int:
    """Run the command that was asked for; returns the exit status."""
    if args.command == "doctor":
        from jaxdump import doctor

        return doctor.report(args.json)
    if args.command == "repeat":
        return cli.main([*output.recorded_arguments(Path(args.run), args.out), *(["--json"] if args.json else [])])
    limits = partial(limit_rows, arguments=arguments)
    command = {"list": list_rows, "xsec": xsec_rows, "events": events_rows, "limit": limits}[args.command]
    rows, more = command(args)
    unit = more.get("coupling_unit", "")
    units = {"mass": "GeV", "coupling": unit, "lower": unit, "upper": unit}
    print(output.as_json({**more, "rows": rows}) if args.json else output.as_table(rows, units))
    return 0


def subject(args: argparse.Namespace) -> tuple[list[Experiment], MakeTheory, type[AbstractTheory]]:
    """Experiments and theory of the arguments, with their numbers changed; and the theory's class."""
    theory = names.find_theory(args.theory)
    changes = cli.settings(args.set)
    experiments = []
    make: MakeTheory = theory
    for name in args.experiment.split(",") if args.command == "limit" else [args.experiment]:
        experiment, make = names.with_numbers(names.with_method(names.find_experiment(name), args.method), theory, changes)
        experiments.append(experiment if getattr(args, "region", None) is None else experiment.only(args.region))
    return experiments, make, theory


def list_rows(args: argparse.Namespace) -> tuple[list[dict], dict]:
    """One row a theory or experiment."""
    theories = [
        {
            "theory": theory.name,
            "coupling": f"{theory.coupling_name} [{theory.coupling_unit}]" if theory.coupling_unit else theory.coupling_name,
            "about": (theory.__doc__ or "").split("\n")[0],
        }
        for theory in THEORIES.values()
    ]
    experiments = [
        {"experiment": e.name, "exposure": e.exposure, "regions": ", ".join(r.name for r in e.regions), "about": e.description}
        for e in EXPERIMENTS.values()
    ]
    return {"theories": theories, "experiments": experiments, None: theories + experiments}[args.what], {}


def bremsstrahlung(experiment: Experiment) -> LeptonBremsstrahlung:
    """The experiment's production with a cross-section."""
    for production in experiment.productions:
        if isinstance(production, LeptonBremsstrahlung):
            return production
    raise ValueError(f"{experiment.name} has no bremsstrahlung, so no cross-section")


def xsec_rows(args: argparse.Namespace) -> tuple[list[dict], dict]:
    """Cross-sections for unit coupling."""
    (experiment,), make, _ = subject(args)
    production = bremsstrahlung(experiment)
    masses = jnp.array(cli.numbers(args.mass, "--mass"))
    make(masses, jnp.ones_like(masses))  # a bad mass is told before any work
    unit = lambda mass: make(mass, jnp.ones_like(mass))
    if args.x is None:
        sigma = jax.jit(jax.vmap(lambda mass: production.sigma(unit(mass))))(masses)
        rows = [
            {"mass": m, "method": production.method, "sigma_pb": s}
            for m, s in zip(masses.tolist(), sigma.tolist(), strict=True)
        ]
        return rows, {}
    x = jnp.array(cli.numbers(args.x, "--x"))
    target = production.target.material
    spectrum = lambda mass: dsigma_dx(unit(mass), x, production.beam.energy, production.beam.lepton, target, production.method)
    require("xsec", "x", x, 0, 1, open_below=True, open_above=True)
    values = jax.jit(jax.vmap(spectrum))(masses)
    return [
        {"mass": m, "method": production.method, "x": xi, "dsigma_dx_pb": v}
        for m, line in zip(masses.tolist(), values.tolist(), strict=True)
        for xi, v in zip(x.tolist(), line, strict=True)
    ], {}


def events_rows(args: argparse.Namespace) -> tuple[list[dict], dict]:
    """Events of every mass with every coupling."""
    from jaxdump.limits import grid

    (experiment,), make, theory = subject(args)
    masses, couplings = (jnp.array(cli.numbers(getattr(args, name), f"--{name}")) for name in ("mass", "coupling"))
    make(masses[:, None], couplings[None, :])  # a bad value is told before any work
    counts = jnp.exp(jax.jit(lambda m, g: grid(experiment, make, m, g))(masses, couplings))
    require("events", "the result", counts)  # couplings beyond all reason overflow
    plane = counts.tolist()
    return [
        {"mass": m, "coupling": g, "region": region.name, "events": count}
        for m, of_mass in zip(masses.tolist(), plane, strict=True)
        for g, counts in zip(couplings.tolist(), of_mass, strict=True)
        for region, count in zip(experiment.regions, counts, strict=True)
    ], {"coupling_unit": theory.coupling_unit}


def limit_masses(args: argparse.Namespace) -> np.ndarray:
    """The masses that `limit` was asked for."""
    if args.mass is not None:
        return np.array(cli.numbers(args.mass, "--mass"))
    low, high, count = (cli.number(text, "--mass-range") for text in args.mass_range or DEFAULT_MASSES)
    if not (0 < low < high and 2 <= count <= 1e6 and count == int(count)):
        raise ValueError(f"--mass-range takes 0 < LO < HI and a whole number N from 2 to 1e6, not {low:g} {high:g} {count:g}")
    return np.geomspace(low, high, int(count))


def limit_rows(args: argparse.Namespace, arguments: list[str]) -> tuple[list[dict], dict]:
    """Excluded couplings; with `--out` also written and drawn."""
    experiments, make, theory = subject(args)
    masses = limit_masses(args)
    options = {
        "statistic": args.statistic,
        "level": cli.number(args.level, "--level"),
        "events": None if args.events is None else cli.number(args.events, "--events"),
    }
    if args.statistic == "counts" and any(pair.startswith(("observed=", "background=")) for pair in args.set):
        print("jaxdump: note: observed and background count only with --statistic cls or bayes", file=sys.stderr)
    results: list[tuple[Experiment, Limits]] = []
    with output.folder(args.out) as write, output.progress(len(experiments) * masses.size) as advance:
        for experiment in experiments:
            results.append((experiment, limit(experiment, make, masses, **options, progress=advance)))
        rows = [row for experiment, limits in results for row in rows_of(experiment, limits)]
        more = {"theory": theory.name, "coupling_unit": theory.coupling_unit, **options}
        if write:
            from jaxdump import plot

            curves = [(e, plot.with_tips(limits, partial(limit, e, make, **options))) for e, limits in results]
            write(args, arguments, theory, rows, more, plot.exclusion(theory, curves))
    return rows, more


def rows_of(experiment: Experiment, limits: Limits) -> list[dict]:
    """One row a mass and region."""
    none_if_nan = lambda value: None if np.isnan(value) else float(value)
    return [
        {
            "experiment": experiment.name,
            "mass": float(mass),
            "region": region,
            "lower": none_if_nan(limits.lower[i, j]),
            "upper": none_if_nan(limits.upper[i, j]),
            "status": Status(limits.status[i, j]).name.lower(),
        }
        for i, mass in enumerate(limits.mass)
        for j, region in enumerate(limits.regions)
    ]
