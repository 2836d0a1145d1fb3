"""Turns an attempt into what its pod is given: the command, the variables, the limits."""

import json
import os
import re
from collections.abc import Mapping
from typing import NamedTuple

from bigflow import _ambient
from bigflow.errors import UsageError
from bigflow.runner.backends import Task
from bigflow.workflow.context import JobContext

_ENTRY = ("python", "-m", "bigflow", "run")
_QUANTITY = re.compile(r"([0-9]+(?:\.[0-9]+)?)(m|k|M|G|T|P|Ki|Mi|Gi|Ti|Pi)?", re.ASCII)
_FACTORS = {
    "": 1.0,
    "m": 0.001,
    **{unit: 1000.0**power for power, unit in enumerate("kMGTP", 1)},
    **{f"{unit}i": 1024.0**power for power, unit in enumerate("KMGTP", 1)},
}
_TAIL = 1 << 14  # bytes of a log in which its last words are looked for


class Limits(NamedTuple):
    """What an attempt may use; 0 is no limit."""

    memory: int = 0  # bytes
    cpus: float = 0.0
    memory_said: str = ""  # as the job says it


def words(task: Task) -> tuple[str, ...]:
    """The command of the pod."""
    context = task.context
    told = ["--job", f"{context.workflow_id}.{context.job_id}", "--runtime", context.runtime_str]
    told += ["--project-package", task.package]
    told += ["--config", context.env] if context.env else []
    defaults = context.workflow.params if context.workflow else {}
    for key, value in context.params.items():
        if key not in defaults or defaults[key] != value:
            told += ["--param", f"{key}={_text(value)}"]
    return (*_ENTRY, *told)


def variables(context: JobContext, declared: Mapping[str, str]) -> tuple[tuple[str, str], ...]:
    """The variables that anybody may see: those of the job, and those that say which run it is."""
    told = {**declared, "BF_RUN_ID": context.run_id, "BF_ATTEMPT": str(context.attempt)}
    if context.env:
        told["BF_ENV"] = context.env
    if context.interval_end is not None:
        told["BF_INTERVAL_END"] = context.interval_end.isoformat(" ")
    return tuple((name, str(value)) for name, value in told.items())


def secrets(context: JobContext) -> dict[str, str]:
    """The values of the secrets that the workflow declares, from where a local run finds them; a pod gets no others."""
    declared = context.workflow.secrets if context.workflow else ()
    found = {name: _ambient.variable(name, context.env) for name in declared}
    return {name.upper(): value for name, value in found.items() if value is not None}


def limits(resources: Mapping[str, str | int | float], job: str) -> Limits:
    """What the job may use, of what it says it needs."""
    memory, cpu = resources.get("memory", 0), resources.get("cpu", 0)
    said = str(memory) if memory else ""
    return Limits(int(_amount(memory, "memory", job)), _amount(cpu, "cpu", job), said)


class Told(NamedTuple):
    """What the log of an attempt says at its end."""

    reason: str = ""
    where: str = ""


def told_by(task: Task) -> Told:
    """What `bigflow run` in there said of the failure; else the last line that it, or whatever it was, wrote."""
    job, log = task.context.job_id, task.log
    try:
        with open(log, "rb") as file:
            file.seek(max(0, os.path.getsize(log) - _TAIL))
            text = file.read().decode("utf-8", "replace")
    except OSError:
        return Told()
    found = re.findall(rf"^  FAIL {re.escape(job)} [^\n]*\n +(\S[^\n]*?)(?:   (\S+:\d+))?$", text, re.MULTILINE)
    if found:
        reason, where = found[-1]
        in_package = where.rpartition(f"/{task.package}/")[2]
        return Told(reason, f"{task.package}/{in_package}" if in_package != where else where)
    return Told(next((line.strip() for line in reversed(text.splitlines()) if line.strip()), ""))


def _amount(value: str | int | float, what: str, job: str) -> float:
    """A quantity as Kubernetes has it: 2, 0.5, 500m, 512Mi."""
    found = _QUANTITY.fullmatch(str(value).strip())
    if not found:
        raise UsageError(
            f"the job {job} has resources with {what} = {value!r}, which is no quantity",
            hint='memory = "2Gi", or cpu = "500m"',
        )
    return float(found[1]) * _FACTORS[found[2] or ""]


def _text(value: object) -> str:
    """A param as `--param` reads it."""
    return json.dumps(value) if isinstance(value, list | dict) else str(value)
