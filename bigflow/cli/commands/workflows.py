"""Turns the project's workflows into a list, or one of them into a picture."""

import argparse
from typing import TYPE_CHECKING

from bigflow.cli.console import Console
from bigflow.cli.here import Here, enter
from bigflow.cli.options import add_json, add_variant
from bigflow.errors import ExitCode, InvalidProject, UsageError
from bigflow.project.discovery import discover, find_workflow
from bigflow.workflow.edition import settled
from bigflow.workflow.workflow import Workflow

if TYPE_CHECKING:
    from bigflow.drawing.picture import Picture

FORMATS = ("text", "mermaid", "svg", "json")


def add_options(parser: argparse.ArgumentParser) -> None:
    parser.usage = "bigflow workflows [show W] [options]"
    parser.add_argument("action", nargs="?", choices=["show"], help="draw one workflow")
    parser.add_argument("workflow", nargs="?", metavar="W", help="the workflow to draw")
    parser.add_argument("--format", choices=FORMATS, default="text", help="of the drawing (default: text)")
    parser.add_argument(
        "--project-package", metavar="PKG", help="the package with the workflows (default: the project's)"
    )
    add_variant(parser)
    add_json(parser)


def run(arguments: argparse.Namespace, console: Console) -> int:
    if arguments.action and not arguments.workflow:
        raise UsageError("which workflow?", hint="bigflow workflows show W   (bigflow workflows lists them)")
    here = enter(arguments, console)
    if arguments.action:
        return _show(find_workflow(here.package, arguments.workflow), arguments, console)
    return _list(here, console)


def _list(here: Here, console: Console) -> int:
    found = discover(here.package)
    if found.findings:
        raise InvalidProject(found.findings)
    rows = [_row(workflow, here, console) for workflow in sorted(found.workflows, key=lambda one: one.workflow_id)]
    if console.json:
        console.data_json(rows)
        return ExitCode.OK
    if not rows:
        console.note(
            f"{here.package} has no workflows; a module-level `name = Workflow(...)` in any module of it is one"
        )
    table = [_line(row) for row in rows]
    widths = [max((len(line[column]) for line in table), default=0) for column in range(4)]
    for line in table:
        console.data("   ".join(cell.ljust(width) for cell, width in zip(line, widths, strict=True)).rstrip())
    return ExitCode.OK


def _line(row: dict[str, object]) -> tuple[str, str, str, str]:
    zone = "" if row["timezone"] == "UTC" else f" {row['timezone']}"
    jobs = "1 job" if row["jobs"] == 1 else f"{row['jobs']} jobs"
    return str(row["workflow_id"]), f"{row['schedule']}{zone}", jobs, str(row["where"])


def _row(workflow: Workflow, here: Here, console: Console) -> dict[str, object]:
    schedule = workflow.schedule_interval
    return {
        "workflow_id": workflow.workflow_id,
        "schedule": "none" if schedule is None else schedule if isinstance(schedule, str) else f"every {schedule}",
        "timezone": workflow.timezone or "UTC",
        "jobs": len(workflow.jobs),
        "depends_on_past": settled(workflow, here.edition).depends_on_past,
        "catchup": settled(workflow, here.edition).catchup,
        "description": workflow.description,
        "where": console.place(workflow.defined_at),
    }


def _show(workflow: Workflow, arguments: argparse.Namespace, console: Console) -> int:
    """A workflow that is wrong is drawn too: its cycle is best seen."""
    import shutil
    import sys

    from bigflow.drawing import flowchart, terminal, vector
    from bigflow.drawing.picture import as_json

    picture = _picture(workflow)
    if console.json or arguments.format == "json":
        console.data_json(as_json(picture))
    elif arguments.format == "mermaid":
        console.data(flowchart.mermaid(picture))
    elif arguments.format == "svg":
        console.data(vector.svg(picture))
    else:
        unicode = (sys.stdout.encoding or "").lower().startswith("utf")
        console.data(terminal.text(picture, width=shutil.get_terminal_size().columns, unicode=unicode))
    if findings := workflow.validate():
        raise InvalidProject(findings)
    return ExitCode.OK


def _picture(workflow: Workflow) -> "Picture":
    from bigflow.drawing.picture import Edge, Node, Picture

    graph = workflow.graph
    ids = [str(getattr(job, "id", job)) for job in graph.jobs]
    edges = tuple(Edge(ids[before], ids[after]) for before, afters in enumerate(graph.children) for after in afters)
    return Picture(workflow.workflow_id, tuple(Node(job_id) for job_id in ids), edges)
