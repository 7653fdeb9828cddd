"""Draw docs/limit_millicharge.png and docs/shadow_millicharge.png: limits, and what the Earth leaves by zenith.

python scripts/make_atmosphere_figures.py
"""

from pathlib import Path

import jax
import jax.numpy as jnp
import matplotlib.pyplot as plt
import numpy as np

import jaxdump
from jaxdump.experiments import AT_GROUND, JUNO, SUPERK
from jaxdump.names import with_numbers
from jaxdump.theories import Millicharge
from jaxdump.transport.earth import Overburden

DOCS = Path(__file__).parents[1] / "docs"
COLOURS = ("#1b4f72", "#b03a2e", "#1e8449", "#b9770e")
MASSES = np.geomspace(5e-3, 6.0, 120)


def limits() -> None:
    """Smallest excluded charges, with what the model of radiation does to them."""
    figure, axes = plt.subplots(figsize=(6.4, 5.2), layout="constrained")
    curves = [("Super-K, 16 to 30 MeV", SUPERK, {}, COLOURS[0], "-")]
    curves += [("the same, mesons only", SUPERK, {"parents": "mesons"}, COLOURS[0], ":")]
    curves += [
        ("the same, radiation of protons as published", SUPERK, {"kernel": "fww", "resonances": "full"}, COLOURS[0], "--")
    ]
    for region, line in (("recoils", "-"), ("double-1MeV", "--"), ("double-0.1MeV", ":")):
        curves.append((f"JUNO, {region}", JUNO.only(region), {}, COLOURS[1], line))
    for label, run, changes, colour, line in curves:
        experiment, make = with_numbers(run, Millicharge, changes)
        axes.loglog(MASSES, jaxdump.limit(experiment, make, MASSES).lower[:, 0], line, color=colour, label=label)
    axes.set(xlabel=Millicharge.mass_label, ylabel=Millicharge.coupling_label, xlim=(MASSES[0], MASSES[-1]), ylim=(3e-4, 1))
    figure.legend(loc="outside upper center", ncols=2, frameon=False, fontsize="small")
    figure.savefig(DOCS / "limit_millicharge.png", dpi=150)


def shadows() -> None:
    """Flux above 0.5 GeV at the depth of Super-Kamiokande over that at the surface, against the zenith."""
    figure, axes = plt.subplots(figsize=(6.4, 4.2), layout="constrained")
    mass, above = jnp.float64(0.1), 0.5
    stage = Overburden(1019.0, n=40)
    for charge, colour in zip((1e-3, 0.01, 0.03, 0.1), COLOURS, strict=True):
        theory = Millicharge(mass, jnp.float64(charge))
        surface = jax.jit(AT_GROUND.productions[0])(theory)
        arriving = jnp.exp(jax.jit(stage.log_arriving)(theory, surface))
        cosine, solid_angle = stage.directions(jnp.float64(1019.0))
        seen = jnp.where(surface.energy[:, None] > above, arriving, 0.0).sum(axis=0)
        total = jnp.where(surface.energy > above, jnp.exp(surface.log_weight), 0.0).sum()
        order = np.argsort(cosine)
        axes.semilogy(cosine[order], (seen / solid_angle / total)[order], color=colour, label=rf"$\epsilon$ = {charge:g}")
    axes.set(xlabel="cosine of the zenith angle", ylabel=f"flux above {above} GeV over that at the surface", ylim=(1e-5, 2))
    axes.legend(frameon=False, title=r"$m_\chi$ = 0.1 GeV, 1019 m of rock")
    figure.savefig(DOCS / "shadow_millicharge.png", dpi=150)


if __name__ == "__main__":
    jax.config.update("jax_enable_x64", True)
    limits()
    shadows()
