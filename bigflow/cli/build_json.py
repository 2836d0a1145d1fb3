"""Turns builds, their steps and what differs between them into plain data for programs."""

import os
from typing import TYPE_CHECKING, TypeVar

from bigflow.artifacts.artifact import Artifact
from bigflow.builder.history.kept import FILE, Lost
from bigflow.builder.report import BuildReport, PhaseReport, StepReport
from bigflow.cli.console import Console

if TYPE_CHECKING:
    from bigflow.builder.history.difference import Change, Difference

_Thing = TypeVar("_Thing")


def build_as_json(build: BuildReport) -> dict[str, object]:
    """What `bigflow builds --json` says of each, and the last event of a build."""
    return {
        "build_id": build.id,
        "state": build.state,
        "why": "",
        "command": build.command,
        "project": build.project,
        "version": build.version,
        "variant": build.variant,
        "commit": build.commit,
        "python": build.python,
        "began": build.began,
        "seconds": build.seconds,
        "own_cpu_seconds": build.own_cpu_seconds,
        "exit_code": build.exit_code,
        "steps": {step.name: step.state for step in build.steps},
        "artifacts": [_artifact(artifact) for artifact in build.artifacts],
    }


def lost_as_json(lost: Lost) -> dict[str, object]:
    """The same of a build that tells nothing of itself: null for what is not known."""
    unknown: dict[str, object] = dict.fromkeys(build_as_json(BuildReport("", "", "", "", None, "", "", "failed")))
    return unknown | {"build_id": lost.id, "state": lost.state, "why": lost.why, "steps": {}, "artifacts": []}


def details_as_json(build: BuildReport, folder: str) -> dict[str, object]:
    """What `bigflow builds show ID --json` says: beyond that, all that is kept of the build."""
    phases = [
        phase_as_json(phase) | {"steps": [step_as_json(step, log_of(step, folder)) for step in phase.steps]}
        for phase in build.phases
    ]
    return build_as_json(build) | {
        "phases": phases,
        "inputs": [one._asdict() for one in build.inputs],
        "packages": [one._asdict() for one in build.packages],
        "contents": [{"path": part.path, "size": part.size} for part in build.contents],
        "record": os.path.join(folder, FILE),
    }


def phase_as_json(phase: PhaseReport) -> dict[str, object]:
    """A phase without its steps."""
    return {"phase": phase.name, "state": phase.state, "seconds": phase.seconds}


def step_as_json(step: StepReport, log: str) -> dict[str, object]:
    """A step; `log` is the file that has its output, if there is one."""
    return {
        "step": step.name,
        "state": step.state,
        "summary": step.summary,
        "reason": step.reason,
        "started": step.started,
        "seconds": step.seconds,
        "cpu_seconds": step.cpu_seconds,
        "log": log,
        "findings": [finding._asdict() for finding in step.findings],
        "warnings": [finding._asdict() for finding in step.warnings],
        "exit_code": step.exit_code,
    }


def difference_as_json(found: "Difference") -> dict[str, object]:
    """What `bigflow builds diff A B --json` says. Null: it was not there."""
    return {
        "before": build_as_json(found.before),
        "after": build_as_json(found.after),
        "inputs": [_change("path", one, one.before, one.after) for one in found.inputs],
        "packages": [_change("name", one, one.before, one.after) for one in found.packages],
        "contents": [
            _change("path", one, one.before and one.before.size, one.after and one.after.size) for one in found.contents
        ],
        "artifacts": [
            _change("name", one, one.before and _artifact(one.before), one.after and _artifact(one.after))
            for one in found.artifacts
        ],
        "steps": [
            _change("step", one, one.before and _duration(one.before), one.after and _duration(one.after))
            for one in found.steps
        ],
    }


def log_of(step: StepReport, folder: str) -> str:
    """The file with a step's output; empty when it wrote nothing."""
    return os.path.join(folder, step.log) if step.log else ""


def told(value: object, console: Console) -> object:
    """With places relative to the project; file names that are not UTF-8 still as valid JSON."""
    match value:
        case str():
            return valid(console.place(value))
        case dict():
            return {key: told(one, console) for key, one in value.items()}
        case list() | tuple():
            return [told(one, console) for one in value]
    return value


def valid(text: str) -> str:
    """Bytes that are not UTF-8 as escapes."""
    return text.encode("utf-8", "backslashreplace").decode()


def _artifact(artifact: Artifact) -> dict[str, object]:
    return {name: getattr(artifact, name) for name in ("kind", "path", "size", "sha256", "version", "variant")}


def _duration(step: StepReport) -> dict[str, object]:
    return {"state": step.state, "seconds": step.seconds}


def _change(key: str, change: "Change[_Thing]", before: object, after: object) -> dict[str, object]:
    return {key: change.name, "before": before, "after": after}
