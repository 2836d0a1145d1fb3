"""Turns the plainest pyproject.toml into what a run must know, without a TOML parser; else asks the spec."""

import os
import re
from typing import NamedTuple

from bigflow.project.layout import mentions_bigflow, read_bytes

_TABLE = re.compile(r"^\[tool\.bigflow\][ \t]*(?:#.*)?$", re.MULTILINE)
_ANSWER = re.compile(r"""([a-z_]+) = (["'])([^"'\\]*)\2[ \t]*(?:#.*)?""")
_PLAIN = {  # the keys that may be there, and what nobody could find wrong with them
    "edition": r"1\.11|2026",
    "name": r"[A-Za-z][A-Za-z0-9_-]*[A-Za-z0-9]",
    "package": r"[A-Za-z_][A-Za-z0-9_]*",
    "python": r"3\.[0-9]+",
    "tests": r"[A-Za-z0-9_-]+(?:/[A-Za-z0-9_-]+)*",
    "test_framework": r"unittest|pytest",
    "deployment_config_file": r"[A-Za-z0-9_-]+\.py",
}


class Glance(NamedTuple):
    """What must be known of a project to run it."""

    root: str
    package: str
    edition: str
    edition_said: bool
    deployment_config_file: str


def glance(root: str) -> Glance:
    """The answers. Whatever is not plain, or could be wrong, is left to the spec, which also tells what is wrong."""
    if seen := _plain(root):
        return seen
    from bigflow.project.spec import read_spec

    spec = read_spec(root, execute=True)
    return Glance(root, spec.package, spec.edition, bool(spec.where("edition")), spec.deployment_config_file)


def _plain(root: str) -> Glance | None:
    if mentions_bigflow(read_bytes(os.path.join(root, "setup.py"))):
        return None
    if b"(" in read_bytes(os.path.join(root, "project_setup.py")):
        return None  # it may call setup(...), whose words count more
    answers = _answers(read_bytes(os.path.join(root, "pyproject.toml")))
    if not {"edition", "name"} <= answers.keys():
        return None
    package = answers.get("package") or answers["name"].replace("-", "_")
    if not os.path.isfile(os.path.join(root, package, "__init__.py")):
        return None
    file = answers.get("deployment_config_file", "deployment_config.py")
    return Glance(root, package, answers["edition"], True, file)


def _answers(pyproject: bytes) -> dict[str, str]:
    """The keys of [tool.bigflow], or nothing if any line of it is more than a plain `key = "value"`."""
    try:
        text = pyproject.decode()
    except UnicodeDecodeError:
        return {}
    found = _TABLE.search(text)
    if found is None or "bigflow-project" in text or text.count("tool.bigflow") != 1 or '"""' in text or "'''" in text:
        return {}
    answers: dict[str, str] = {}
    for line in text[found.end() :].splitlines():
        if line.startswith("["):
            break
        if not line.strip() or line.startswith("#"):
            continue
        answer = _ANSWER.fullmatch(line)
        if answer is None or answer[1] in answers or not re.fullmatch(_PLAIN.get(answer[1], r"(?!)"), answer[3]):
            return {}
        answers[answer[1]] = answer[3]
    return answers
