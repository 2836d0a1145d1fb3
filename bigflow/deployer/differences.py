"""Turns a DAG before and after into what differs, in the words of those who wrote the workflow."""

from collections.abc import Iterator
from dataclasses import dataclass, fields, is_dataclass
from datetime import datetime

from bigflow.configuration.secrets import HIDDEN, looks_secret
from bigflow.dags.binding import bind
from bigflow.dags.spec import TaskSettings, Timetable
from bigflow.deployer.forecast import told
from bigflow.deployer.release import Deployed

_SAID_ELSEWHERE = ("timetable", "alerts", "resources", "pool", "service_account", "first", "last")


@dataclass(frozen=True, slots=True)
class Difference:
    """One thing that is not what it was. Empty: there was, or is, nothing of the kind."""

    what: str
    before: str
    after: str


def differences(before: Deployed, after: Deployed) -> tuple[Difference, ...]:
    """All of them, in the order of the spec. The image of the project is told once, not for each job."""
    old, new = dict(_facts(before)), dict(_facts(after))
    if before.spec.code and after.spec.code:  # else one of them was built when that was not yet known
        old["code"], new["code"] = before.spec.code, after.spec.code
    found = [
        Difference(what, old.get(what, ""), new.get(what, ""))
        for what in dict.fromkeys((*old, *new))
        if old.get(what, "") != new.get(what, "")
    ]
    if not found and before.text != after.text:
        return (Difference("file", "", "written anew, with the same meaning"),)
    return tuple(found)


def _facts(dag: Deployed) -> Iterator[tuple[str, str]]:
    bound = bind(dag.spec, dag.bindings)
    for field in fields(dag.bindings):
        if field.name not in _SAID_ELSEWHERE:
            yield field.name, _shown(getattr(dag.bindings, field.name))
    for field in fields(bound.spec):
        if field.name in ("tasks", "code"):
            continue
        what = "schedule" if field.name == "timetable" else field.name
        yield what, _shown(getattr(bound.spec, field.name))
    yield "ends with the period", _shown(dag.ends)
    for task in bound.spec.tasks:
        yield f"job {task.job_id}", "there"
        yield f"job {task.job_id}: after", ", ".join(task.after)
        for what, said in _settings(task.settings, dag.bindings.image):
            yield f"job {task.job_id}: {what}", said


def _settings(settings: TaskSettings, image: str) -> Iterator[tuple[str, str]]:
    for field in fields(settings):
        value = getattr(settings, field.name)
        if field.name == "environment":
            yield from ((f"variable {name}", HIDDEN if looks_secret(name) else text) for name, text in value)
        elif not (field.name == "image" and value == image):
            yield field.name, _shown(value)


def _shown(value: object) -> str:
    if isinstance(value, Timetable):
        return told(value)
    if isinstance(value, datetime):
        return f"{value:%Y-%m-%d %H:%M} UTC"
    if isinstance(value, tuple):
        return ", ".join(map(_shown, value))
    if is_dataclass(value):
        said = ((field.name, getattr(value, field.name)) for field in fields(value))
        return " ".join(f"{name}={_shown(one)}" for name, one in said if one not in ("", None, ()))
    return "" if value is None else str(value)
