"""Turns the project's workflows into the DAG files of one environment, and into the specs of all of them."""

import os
from datetime import UTC, datetime

from bigflow import _ambient
from bigflow._files import replace_folder, write_atomically
from bigflow.artifacts.artifact import artifact_of
from bigflow.builder.dagging.order import Order, answer_from_json
from bigflow.builder.environment.site_packages import described
from bigflow.builder.failures import SeveralFailed, counted, last_line
from bigflow.builder.sources import sources
from bigflow.builder.step import Declared, Done, NotNeeded, Project, StepFailed, Wishes, Work
from bigflow.builder.traceless import traceless
from bigflow.errors import BigflowError, Finding, UsageError
from bigflow.workflow.context import as_moment
from bigflow.workflow.edition import edition

FOLDER = ".dags"
_SPECS = "specs.json"


def declare(project: Project, wishes: Wishes) -> Declared | NotNeeded:
    """Everything that a module may read when it is imported can be seen in a DAG."""
    asked = (wishes.env, wishes.workflow, *wishes.airflow)
    values = (project.version, _started(project, wishes).isoformat(), *map(str, asked), *described(project.python))
    return Declared(sources(project), values, (FOLDER,))


def perform(work: Work) -> Done:
    """The project's Python writes the files; they take the place of those that lay there when all of them are right."""
    project, wishes = work.project, work.wishes
    spec = project.spec
    made = os.path.join(work.folder, "dags")
    order = Order(
        root=project.root,
        folder=made,
        project=spec.name,
        package=spec.package,
        edition=spec.edition,
        version=project.version,
        started=_started(project, wishes).isoformat(),
        configuration=spec.deployment_config_file,
        env=wishes.env,
        repository=spec.docker_repository,
        workflow=wishes.workflow,
        airflow=wishes.airflow,
        shared=(spec.resources_dir, spec.requirements_file),
    )
    os.mkdir(made)
    order_file, answer_file = (os.path.join(work.folder, name) for name in ("order.json", "answer.json"))
    write_atomically(order_file, order.to_json())
    program = (project.python.path, "-m", "bigflow.builder.dagging.program", order_file, answer_file)
    completed = work.tool(program, cwd=project.root, env_add=traceless(project))
    try:
        with open(answer_file, encoding="utf-8") as file:
            answer = answer_from_json(file.read())
    except FileNotFoundError:
        said = last_line(completed.stdout)
        raise StepFailed(f"writing the DAG files ended with code {completed.returncode}: {said}") from None
    if answer.wrong:
        raise SeveralFailed([_placed(project, finding) for finding in answer.wrong])
    replace_folder(made, os.path.join(project.root, FOLDER))
    kinds = [*((name, "dag") for name in answer.files), (_SPECS, "dagspec")]
    artifacts = tuple(artifact_of(project.root, f"{FOLDER}/{name}", kind, work.made) for name, kind in kinds)
    known = f"{answer.checked[0]} to {answer.checked[-1]}" if len(answer.checked) > 1 else "".join(answer.checked)
    summary = f"{counted(len(answer.files), 'DAG')} valid on Airflow {known}"
    return Done(summary, artifacts, tuple(_placed(project, doubt) for doubt in answer.doubts))


def _started(project: Project, wishes: Wishes) -> datetime:
    """The start time of the build, as wall time: what the user says, else the commit's or this hour, by edition."""
    if wishes.start_time not in (None, "NOW"):
        return _said(str(wishes.start_time))
    if wishes.start_time is None and edition(project.spec.edition).dag_start == "commit":
        return datetime.fromtimestamp(project.commit_time, UTC).replace(tzinfo=None)
    return _ambient.now().replace(tzinfo=None, minute=0, second=0, microsecond=0)


def _said(start_time: str) -> datetime:
    try:
        said = as_moment(start_time)
    except BigflowError:
        said = None
    if said is None or said.tzinfo is not None:
        hint = "wall time such as 2026-11-19 or '2026-11-19 03:00:00', or NOW"
        raise UsageError(f"--start-time cannot be {start_time!r}", hint=hint)
    return said


def _placed(project: Project, finding: Finding) -> Finding:
    return finding._replace(where=finding.where.removeprefix(project.root + os.sep))
