"""Draw docs/flux_millicharge.png, limit_millicharge.png and shadow_millicharge.png: fluxes by parent, limits, and what the
Earth leaves by zenith.

    python scripts/make_atmosphere_figures.py [LABEL=FILE ...]     # minutes
    python scripts/make_atmosphere_figures.py --quick              # mesons alone, one curve of three masses

Each FILE is a published limit, which is drawn in grey beside ours.
"""

import argparse
from functools import partial
from pathlib import Path

import jax
import jax.numpy as jnp
import matplotlib.pyplot as plt
import numpy as np

import jaxdump
from jaxdump import plot
from jaxdump.exchange.published import read_published
from jaxdump.experiment import Experiment
from jaxdump.experiments import AT_GROUND, JUNO, SUPERK, SUPERK_SPECTRUM
from jaxdump.inference.refinement import refined
from jaxdump.inference.statistics import PUBLISHED, Asymptotic
from jaxdump.plot.style import COLOURS, LINES, WIDTH, dress, note, styled
from jaxdump.production.hadrons.atmosphere import AtmosphericPairs
from jaxdump.settings import with_numbers
from jaxdump.theories import Millicharge
from jaxdump.transport.overburden import Overburden

DOCS = Path(__file__).parents[1] / "docs"
MASSES = np.geomspace(5e-3, 6.0, 120)


def fluxes(ground: Experiment) -> None:
    """What makes pairs of three masses, for the charge of the electron."""
    figure, panels = plt.subplots(1, 3, figsize=(2 * WIDTH, 3.4), layout="constrained", sharey=True)
    source = ground.productions[0]
    assert isinstance(source, AtmosphericPairs)
    energy = np.geomspace(1.0, 1e5, 200)
    by_parent, names = jax.jit(source.by_parent), {}
    for axes, mass in zip(panels, (0.01, 0.3, 1.0), strict=True):
        spectra = by_parent(jnp.float64(mass), np.arccosh(np.maximum(energy / mass, 1 + 1e-9)))
        for number, (name, flux) in enumerate(spectra.items()):
            shown = np.where(np.asarray(flux) > 0, energy**2 * np.asarray(flux), np.nan)
            colour, line = COLOURS[number % len(COLOURS)], LINES[number % len(LINES)]
            (names[name],) = axes.loglog(energy, shown, color=colour, ls=line, lw=0.9)
        (names["total"],) = axes.loglog(energy, energy**2 * np.sum([*spectra.values()], axis=0), color="0.1", lw=1.5)
        axes.set(xlabel=r"$E$ [GeV]", xlim=(1, 1e5), ylim=(1e-9, 3), title=rf"$m_\chi$ = {mass:g} GeV")
    panels[0].set_ylabel(r"$E^2\,\Phi/\epsilon^2$ [GeV m$^{-2}$ s$^{-1}$ sr$^{-1}$]")
    figure.legend(names.values(), names.keys(), loc="outside lower center", ncols=7)
    figure.savefig(DOCS / "flux_millicharge.png", dpi=125)


def limits(published: dict[str, str], quick: bool) -> None:
    """Excluded charges, with what the model of radiation does to them."""
    masses = MASSES[::50] if quick else MASSES
    figure, axes = plt.subplots(figsize=(WIDTH, 4.2), layout="constrained")
    for (label, path), line in zip(published.items(), ("-", "--", ":", "-.") * 3, strict=False):
        mass, coupling = read_published(path).path()
        axes.loglog(mass, coupling, line, color="0.6", lw=0.9, label=label)
    together = Asymptotic(combined=True)
    curves = [
        ("Super-K, 16 to 30 MeV", SUPERK, {}, COLOURS[0], "-"),
        ("the same, mesons only", SUPERK, {"parents": "mesons"}, COLOURS[0], ":"),
        ("the same, radiation as published", SUPERK, {"kernel": "fww", "resonances": "full"}, COLOURS[0], "--"),
        ("Super-K, spectra", SUPERK_SPECTRUM, {}, COLOURS[2], "-."),
    ]
    for region, line in (("recoils", "-"), ("double-1MeV", "--"), ("double-0.1MeV", ":")):
        curves.append((f"JUNO, {region} (projection)", JUNO.only(region), {}, COLOURS[1], line))
    for label, run, changes, colour, line in curves[: 1 if quick else None]:
        experiment, make = with_numbers(run, Millicharge, changes)
        again = partial(jaxdump.limit, experiment, make, rule=together if run.spectrum else PUBLISHED)
        for island in plot.islands(refined(again(masses), again), 0, top=1.0):
            axes.loglog(*island.outline().T, ls=line, color=colour, label=label)
            label = "_"
    axes.set(
        xlabel=Millicharge.label_of("mass"), ylabel=Millicharge.label_of("eps"), xlim=(masses[0], masses[-1]), ylim=(3e-4, 0.5)
    )
    dress(axes)
    note(figure, "90 % CL, published upper counts; spectra: asymptotic CLs, bins together; grey: published")
    figure.legend(loc="outside upper center", ncols=2, fontsize=6)
    figure.savefig(DOCS / "limit_millicharge.png", dpi=200)


def shadows(ground: Experiment) -> None:
    """Flux above 0.5 GeV at the depth of Super-Kamiokande over that at the surface, against the zenith."""
    figure, axes = plt.subplots(figsize=(WIDTH, 2.7), layout="constrained")
    mass, above = jnp.float64(0.1), 0.5
    stage = Overburden(1019.0, n=40)
    made, log_arriving = jax.jit(ground.productions[0]), jax.jit(stage.log_arriving)
    cosine, solid_angle = map(np.asarray, jax.jit(stage.directions)(jnp.float64(1019.0)))
    order = np.argsort(cosine)
    for charge, colour, line in zip((1e-3, 0.01, 0.03, 0.1), COLOURS, LINES, strict=False):
        theory = Millicharge(mass, jnp.float64(charge))
        surface = made(theory)
        counted = np.asarray(surface.energy) > above
        seen = np.exp(log_arriving(theory, surface))[counted].sum(axis=0)
        total = np.exp(surface.log_weight)[counted].sum()
        axes.semilogy(
            cosine[order], (seen / solid_angle / total)[order], color=colour, ls=line, label=rf"$\epsilon$ = {charge:g}"
        )
    axes.set(xlabel="cosine of the zenith angle", ylabel=f"flux above {above} GeV over surface", ylim=(1e-5, 2))
    axes.legend()
    note(figure, "m = 0.1 GeV, 1019 m of rock")
    figure.savefig(DOCS / "shadow_millicharge.png", dpi=200)


@styled
def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("published", nargs="*", metavar="LABEL=FILE", help="published limits")
    parser.add_argument("--quick", action="store_true", help="mesons alone, one curve of three masses")
    args = parser.parse_args()
    jax.config.update("jax_enable_x64", True)

    ground, _ = with_numbers(AT_GROUND, Millicharge, {"parents": "mesons" if args.quick else "all"})
    fluxes(ground)
    limits(dict(word.split("=", 1) for word in args.published), args.quick)
    shadows(ground)


if __name__ == "__main__":
    main()
