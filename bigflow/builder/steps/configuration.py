"""Turns the project's configuration and modules into the proof that all of them can be loaded."""

import json
import os
import re
from typing import NamedTuple

from bigflow import _ambient
from bigflow._process import Completed
from bigflow.builder.environment.site_packages import described
from bigflow.builder.failures import SeveralFailed, counted, last_line
from bigflow.builder.sources import sources
from bigflow.builder.step import Declared, Done, NotNeeded, Project, StepFailed, Wishes, Work
from bigflow.builder.traceless import traceless
from bigflow.errors import Finding

_PATIENCE = 0.9  # of the time limit: then the process itself says where it hangs, and ends


class _Told(NamedTuple):
    """One thing that the inspection tells."""

    fails: bool
    message: str
    where: str
    hint: str

    @property
    def finding(self) -> Finding:
        return Finding(self.message, self.where, self.hint)


def declare(project: Project, wishes: Wishes) -> Declared | NotNeeded:
    """What a property without a value gets depends on the variables that are set: on their names, not their values."""
    variables = (name for name in _ambient.environment() if name.lower().startswith("bf_"))
    dotenvs = (name for name in os.listdir(project.root) if name.startswith(".env."))
    return Declared((*sources(project), *sorted(dotenvs)), (*described(project.python), *sorted(variables)))


def perform(work: Work) -> Done:
    project = work.project
    spec = project.spec
    said = spec.where("deployment_config_file")
    if said and not os.path.isfile(os.path.join(project.root, spec.deployment_config_file)):
        hint = "write it, or take the key away"
        raise StepFailed(f"there is no {spec.deployment_config_file}", where=said, hint=hint)
    answer = os.path.join(work.folder, "answer.json")
    limit = project.settings.time_limit("configuration") * _PATIENCE
    args = (
        *(
            project.python.path,
            "-m",
            "bigflow.builder.analysis.inspection",
            "--root",
            project.root,
            "--package",
            spec.package,
        ),
        *("--configuration", spec.deployment_config_file, "--answer", answer, "--limit", f"{limit:.3f}"),
    )
    completed = work.tool(args, cwd=project.root, env_add=traceless(project))
    try:
        with open(answer, encoding="utf-8") as file:
            told = json.load(file)
    except FileNotFoundError:
        raise _silence(project, completed) from None
    return _done(project, told["workflows"], told["environments"], [_Told(*one) for one in told["told"]])


def _done(project: Project, workflows: list[str], environments: list[str], told: list[_Told]) -> Done:
    findings = [_placed(project, one.finding) for one in told if one.fails]
    warnings = [_placed(project, one.finding) for one in told if not one.fails]
    if findings:
        raise SeveralFailed(findings)
    if not workflows:
        hint = "a module-level `name = Workflow(...)` in any module of the package is one"
        warnings.append(Finding("the project has no workflows", project.spec.package, hint))
    summary = [counted(len(workflows), "workflow")]
    summary += [counted(len(environments), "environment")] if environments else []
    return Done(", ".join(summary), warnings=tuple(warnings))


def _placed(project: Project, finding: Finding) -> Finding:
    return finding._replace(where=finding.where.removeprefix(project.root + os.sep))


def _silence(project: Project, completed: Completed) -> StepFailed:
    """It ended before it could answer: a module has ended it, or hangs, and then a frame says where."""
    output = completed.stdout + completed.stderr
    if "Timeout (" in output:
        limit = f"{project.settings.time_limit('configuration'):g} seconds"
        return StepFailed(
            f"the project's modules are not imported within the time limit of {limit}",
            where=_innermost(project.root, output),
            hint="what takes long belongs into a job's execute, not into the module",
        )
    return StepFailed(
        f"the process that imports the project's modules ended with code {completed.returncode}: {last_line(output)}",
        hint="a module must not end the process that imports it",
    )


def _innermost(root: str, output: str) -> str:
    """The project's first frame: in what Python dumps of a thread, the most recent one comes first."""
    escaped = root.encode("ascii", "backslashreplace").decode()  # as Python dumps it
    frames = re.findall(rf'File "{re.escape(escaped)}/([^"]+)", line ([0-9]+)', output)
    return next((f"{path}:{line}" for path, line in frames if not path.startswith(".venv/")), "")
