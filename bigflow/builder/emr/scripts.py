"""Turns the patterns of `entry_scripts` into the scripts that a bundle has, by the names that jobs call them."""

import glob
import os
import re
from collections.abc import Iterator

from bigflow.builder.step import Project
from bigflow.errors import Finding, InvalidProject, nearest

_NAME = re.compile(r"[A-Za-z0-9_][A-Za-z0-9_.-]*\.py", re.ASCII)  # words of spark-submit have no quotes


def entry_scripts(project: Project, patterns: tuple[str, ...]) -> dict[str, str]:
    """name -> path in the project; InvalidProject with all that is wrong."""
    where = project.spec.where("emr")
    findings: list[Finding] = []
    found: dict[str, str] = {}
    for pattern in patterns:
        matches = list(_matches(project.root, pattern))
        if not matches:
            findings.append(_nothing(project, pattern))
        for path in matches:
            file = os.path.basename(path)
            name = file.removesuffix(".py")
            if not _NAME.fullmatch(file):
                hint = "a file NAME.py: letters, digits, _ and -"
                findings.append(Finding(f"{path} cannot be an entry script", where, hint))
            elif found.setdefault(name, path) != path:
                hint = "give one of them another name: in the bundle they lie in one folder"
                findings.append(Finding(f"two entry scripts are called {file}: {found[name]} and {path}", where, hint))
    if not patterns:
        findings.append(Finding("emr.entry_scripts is empty", where, 'entry_scripts = ["entry_script/*.py"]'))
    if findings:
        raise InvalidProject(findings)
    return dict(sorted(found.items()))


def _matches(root: str, pattern: str) -> Iterator[str]:
    path = os.path.normpath(pattern)
    if os.path.isabs(path) or path.split(os.sep)[0] == os.pardir:
        return
    for match in sorted(glob.glob(path, root_dir=root, recursive=True)):
        if os.path.isfile(os.path.join(root, match)):
            yield match


def _nothing(project: Project, pattern: str) -> Finding:
    where = project.spec.where("emr")
    if any(sign in pattern for sign in "*?["):
        message = f"there is no entry script {pattern}"
        return Finding(message, where, "write one, or name yours: entry_scripts = [...]")
    folder = os.path.join(project.root, os.path.dirname(pattern))
    others = sorted(os.listdir(folder)) if os.path.isdir(folder) else []
    meant = nearest(os.path.basename(pattern), others)
    hint = f"did you mean {os.path.join(os.path.dirname(pattern), meant)!r}?" if meant else "a path in the project"
    return Finding(f"the entry script {pattern} does not exist", where, hint)
