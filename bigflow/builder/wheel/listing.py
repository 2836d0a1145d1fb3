"""Turns a package, as some Python can import it, into its workflows and the modules to import for them."""

import os
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import cast

import bigflow
from bigflow.builder.step import StepFailed, Work
from bigflow.builder.wheel.calling import Script, Silence, call
from bigflow.errors import Finding, InvalidProject

_ABSENT = re.compile(r"No module named '([^']+)'")
_FRAMEWORK = os.path.dirname(os.path.dirname(os.path.abspath(bigflow.__file__)))


@dataclass(frozen=True, slots=True)
class Listing:
    """What was found: workflows with their modules, and the hashes of the resources that were asked for."""

    workflows: tuple[tuple[str, str], ...]
    resources: tuple[tuple[str, str], ...]

    @property
    def index(self) -> str:
        """The text of the index, which lies in the package of a wheel."""
        return "".join(f"{workflow} {module}\n" for workflow, module in self.workflows)


def list_staged(work: Work, source: str) -> Listing:
    """Of copies of the sources, in the project's Python. All that is wrong with a module or a workflow stops it."""
    script = Script(work.project.python.path, "_listing.py", "tell", {"PYTHONDONTWRITEBYTECODE": "1"})
    return _listing(work, script, source, {"first": [source], "last": [_FRAMEWORK], "resources": [], "validate": True})


def list_installed(work: Work, python: str, folder: str, resources: Iterable[str]) -> Listing:
    """Of what is installed for a Python, which has nothing but that; it is started in `folder`."""
    script = Script(python, "_listing.py", "tell", {"PYTHONPATH": None, "PYTHONDONTWRITEBYTECODE": "1"})
    return _listing(work, script, folder, {"first": [], "last": [], "resources": list(resources), "validate": False})


def _listing(work: Work, script: Script, folder: str, order: Mapping[str, object]) -> Listing:
    package = work.project.spec.package
    told = call(work, script, {**order, "package": package}, folder)
    if isinstance(told, Silence):
        title = f"looking for the workflows of {package} ended with code {told.code}, without an answer"
        raise StepFailed("\n  ".join((title, *told.last_lines)), hint="one of its modules ends the process")
    findings = cast("list[list[str]]", told["findings"])
    if findings:
        root, packages = work.project.root, (package, *(work.project.spec.packages or ()))
        raise InvalidProject(
            _unpackaged(_in_the_project(Finding(*finding), folder), root, packages) for finding in findings
        )
    workflows = cast("list[tuple[str, str]]", told["workflows"])
    hashes = cast("dict[str, str]", told["resources"])
    return Listing(tuple((name, module) for name, module in workflows), tuple(hashes.items()))


def _in_the_project(finding: Finding, folder: str) -> Finding:
    """With the paths of the sources in place of those of the copies."""
    message, where, hint = (text.replace(f"{os.path.realpath(folder)}{os.sep}", "") for text in finding)
    message, where, hint = (text.replace(f"{folder}{os.sep}", "") for text in (message, where, hint))
    return Finding(message, where, hint)


def _unpackaged(finding: Finding, root: str, packages: Iterable[str]) -> Finding:
    """With a better hint, where what could not be imported does lie in the project, but not in the wheel."""
    found = _ABSENT.search(finding.message)
    name = found[1].partition(".")[0] if found else ""
    if name in packages or not os.path.isfile(os.path.join(root, name, "__init__.py")):
        return finding
    listed = ", ".join(f'"{one}"' for one in dict.fromkeys((*packages, name)))
    return finding._replace(hint=f"packages = [{listed}] under [tool.bigflow] puts it into the wheel, too")
