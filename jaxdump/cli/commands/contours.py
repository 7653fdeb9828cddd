"""The command `contours`: every excluded island as ordered points."""

from jaxdump.cli import output
from jaxdump.cli.commands.common import (
    Answer,
    assumptions,
    axes_words,
    description,
    name_of,
    named,
    rule_of,
    rule_words,
    sentences,
    subject,
    unknown_backgrounds,
)
from jaxdump.cli.commands.nothing import nothing_between
from jaxdump.cli.request import Request
from jaxdump.experiment import combine
from jaxdump.inference.contours import Contours, Survey, contours
from jaxdump.numerics.level_sets import Cover, CurveStatus, SearchStatus


def contours_answer(request: Request) -> Answer:
    """The answer: one row for each island; lines below tell of the search, also where there is no island."""
    experiments, make, theory, notes = subject(request)
    one = combine(*experiments) if request.combine else experiments[0]
    rule, doubts = rule_of(request, experiments)
    with output.folder(request) as write, output.progress(1, "regions") as advance:
        found = contours(one, make, request.box, rule, request.tolerance, progress=advance)
        rows = rows_of(found)
        more = {
            "theory": theory.name,
            "experiment": name_of(one),
            "coupling_unit": make.units[1],
            **rule_words(rule),
            "set": dict(request.changes),
            "box": list(found.box),
            **axes_words(make),
            "regions": [
                {**survey._asdict(), "cover": survey.cover.name.lower(), "status": status_of(found, survey).name.lower()}
                for survey in found.surveys
            ],
        }
        if write:
            from jaxdump import plot

            words = sentences(description(one), rule.text(), assumptions(request, [one], make, rule))
            figure = plot.contours(make, found, words, filled=not one.projection)
            write(make, named(points_of(found), make), {**more, "rows": rows}, figure)
    told = [*filter(None, map(told_of, found.surveys)), *doubts_of(found), *unknown_backgrounds([one], rule)]
    if all(survey.cover == Cover.NEGATIVE for survey in found.surveys):
        told += nothing_between(one, make, theory.name, rule, *found.box[:2])
    return Answer(rows, more, told, [*notes, *doubts], output.units_of(make))


def status_of(found: Contours, survey: Survey) -> SearchStatus | CurveStatus:
    """The status of a region: that of its search if this was not complete, else that of its worst island."""
    own = [island.status for island in found.islands if island.region == survey.region]
    worst = next((status for status in (CurveStatus.INCOMPLETE, CurveStatus.DOUBTFUL) if status in own), CurveStatus.COMPLETE)
    return worst if survey.status == SearchStatus.COMPLETE else survey.status


def told_of(survey: Survey) -> str:
    """A line about the search in a region; empty if the rows tell all of it."""
    wrong = [survey.cover.message] * (survey.cover != Cover.CURVES)
    wrong += [survey.status.message] * (survey.status != SearchStatus.COMPLETE)
    return f"{survey.region}: {'; '.join(wrong)}" if wrong else ""


def doubts_of(found: Contours) -> list[str]:
    """A line for each kind of island that was not followed to its ends: what that means, and what to do."""
    kinds = dict.fromkeys((island.region, island.status) for island in found.islands if island.status != CurveStatus.COMPLETE)
    return [f"{region}: {status.name.lower()}: {status.message}" for region, status in kinds]


def rows_of(found: Contours) -> list[dict]:
    """One row for each island; the numbers of its search are those of its region."""
    surveys = {survey.region: survey for survey in found.surveys}
    return [
        {
            "region": island.region,
            "closed": island.closed,
            "status": island.status.name.lower(),
            "points": island.points.tolist(),
            "jumps": list(island.jumps),
            "max_residual": float(island.max_residual),
            "evaluations": surveys[island.region].evaluations,
            "gradients": surveys[island.region].gradients,
        }
        for island in found.islands
    ]


def points_of(found: Contours) -> list[dict]:
    """One row for each point."""
    return [
        {"island": number, "region": island.region, "mass": float(mass), "coupling": float(coupling)}
        for number, island in enumerate(found.islands)
        for mass, coupling in island.points
    ]
