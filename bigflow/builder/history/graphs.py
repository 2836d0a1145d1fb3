"""Turns the specs that a build left into the graphs on its page: as many as one can look at."""

import os
from collections.abc import Iterable, Iterator
from typing import NamedTuple

from bigflow.builder.failures import counted
from bigflow.builder.report import BuildReport
from bigflow.dags.specs_file import Outline, SpecsUnreadable, outlines
from bigflow.drawing.picture import Edge, Node, Picture
from bigflow.drawing.sheet import Drawing

MOST_JOBS = 500  # on one page
_MOST_NAMES = 10  # of those for which there is no room


class Graphs(NamedTuple):
    """What is drawn, and in words what is not."""

    drawn: tuple[Drawing, ...] = ()
    note: str = ""


def outlines_of(root: str, report: BuildReport) -> tuple[Outline, ...]:
    """The workflows of the build; none where it made no DAGs, or they are gone."""
    for artifact in report.artifacts:
        if artifact.kind == "dagspec":
            try:
                with open(os.path.join(root, artifact.path), encoding="utf-8") as file:
                    return outlines(file.read(), artifact.path)
            except (OSError, UnicodeDecodeError, SpecsUnreadable):
                return ()
    return ()


def graphs(workflows: Iterable[Outline]) -> Graphs:
    """One after the other while there is room; what is larger than the room that is left is only counted."""
    drawn: list[Drawing] = []
    left_out: list[str] = []
    room = MOST_JOBS
    for workflow in workflows:
        jobs = counted(len(workflow.jobs), "job")
        if len(workflow.jobs) > room:
            left_out.append(f"{workflow.workflow_id} ({jobs})")
            continue
        room -= len(workflow.jobs)
        drawn.append(Drawing(workflow.workflow_id, jobs, _picture(workflow)))
    return Graphs(tuple(drawn), "".join(_note(left_out)))


def _picture(workflow: Outline) -> Picture:
    edges = tuple(Edge(before, job_id) for job_id, after in workflow.jobs for before in after)
    return Picture("", tuple(Node(job_id) for job_id, _ in workflow.jobs), edges)


def _note(left_out: list[str]) -> Iterator[str]:
    if left_out:
        more = len(left_out) - _MOST_NAMES
        yield f"Not drawn here: {', '.join(left_out[:_MOST_NAMES])}"
        yield f" and {more} more" if more > 0 else ""
        yield ". To see one: bigflow workflows show W --format svg"
