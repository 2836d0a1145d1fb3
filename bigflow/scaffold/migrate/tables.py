"""Turns a pyproject.toml of 1.11 into one with our tables, and leaves every other line as it is."""

import re
from collections.abc import Iterator
from copy import deepcopy
from dataclasses import dataclass
from typing import Literal, TypeAlias

from bigflow.errors import Finding
from bigflow.project.declared import KEYS
from bigflow.workflow.edition import OLDEST

_FILE = "pyproject.toml"
_LEGACY = "bigflow-project"
_LEGACY_HEADER = re.compile(rf"""^(\s*\[+\s*)["']?{_LEGACY}["']?(?=\s*[].])""", re.MULTILINE)
_HEADER = re.compile(r"""^[ \t]*\[[ \t]*tool[ \t]*\.[ \t]*["']?bigflow["']?[ \t]*\][^\n]*$""", re.MULTILINE)
_BUILD_SYSTEM = re.compile(r"^\s*\[\s*build-system\s*\].*?(?=^\s*\[|\Z)", re.MULTILINE | re.DOTALL)
_REQUIREMENT = re.compile(r"""(?P<quote>["'])bigflow\s*(?:[\[=<>!~@;][^"']*)?(?P=quote)""", re.IGNORECASE)
_BACKEND = re.compile(r"""(?P<quote>["'])bigflow\.build(?:\.meta)?(?P=quote)""")

# Whether building by hand runs a setup file that imports the framework.
Setup: TypeAlias = Literal["calls us", "plain"]


@dataclass(frozen=True, slots=True)
class Tables:
    """The text of pyproject.toml as it should be, and what could not be brought about."""

    text: str
    notices: tuple[Finding, ...] = ()


def with_our_tables(text: str, setup: Setup) -> Tables:
    """The text with [tool.bigflow] and its edition; as it was, with a notice, when it is written in some rare way."""
    import tomllib  # late: the other verbs do without

    plain = text.replace("\r\n", "\n")
    before = tomllib.loads(plain.removeprefix("\ufeff"))
    after = _edited(plain, before, setup)
    try:
        came_out = tomllib.loads(after.removeprefix("\ufeff"))
    except tomllib.TOMLDecodeError:
        came_out = {}
    if came_out != _wanted(before, setup):
        hint = f'write edition = "{OLDEST.name}" under [tool.bigflow], with the keys of [{_LEGACY}]'
        return Tables(text, (Finding("its tables are written in a way that has to be changed by hand", _FILE, hint),))
    return Tables(after.replace("\n", "\r\n") if "\r\n" in text else after)


def _edited(text: str, document: dict[str, object], setup: Setup) -> str:
    if _moves(document):
        text = _LEGACY_HEADER.sub(r"\1tool.bigflow", text)
    if "edition" not in _settings(document):
        text = _with_edition(text)
    return _BUILD_SYSTEM.sub(lambda table: _without_framework(table[0], setup), text)


def _with_edition(text: str) -> str:
    line = f'edition = "{OLDEST.name}"  # whose defaults hold'
    header = _HEADER.search(text)
    if header is None:
        between = "" if not text else "\n" if text.endswith("\n") else "\n\n"
        return f"{text}{between}[tool.bigflow]\n{line}\n"
    return f"{text[: header.end()]}\n{line}{text[header.end() :]}"


def _without_framework(table: str, setup: Setup) -> str:
    needed = ", ".join(f'"{name}"' for name in _needed(setup))
    return _BACKEND.sub('"setuptools.build_meta"', _REQUIREMENT.sub(needed, table))


def _needed(setup: Setup) -> list[str]:
    return ["setuptools", "bigflow-framework"] if setup == "calls us" else ["setuptools"]


def _wanted(before: dict[str, object], setup: Setup) -> dict[str, object]:
    """What the edited text must say: a check on the text edit by other means."""
    wanted = deepcopy(before)
    tool = wanted.setdefault("tool", {})
    assert isinstance(tool, dict)
    if _moves(before):
        tool["bigflow"] = wanted.pop(_LEGACY)
    if "edition" not in _settings(before):
        tool.setdefault("bigflow", {})["edition"] = OLDEST.name
    system = wanted.get("build-system")
    if isinstance(system, dict):
        system.update({key: list(_replaced(value, setup)) for key, value in system.items() if isinstance(value, list)})
        if str(system.get("build-backend", "")) in ("bigflow.build", "bigflow.build.meta"):
            system["build-backend"] = "setuptools.build_meta"
    return wanted


def _replaced(requirements: list[object], setup: Setup) -> Iterator[object]:
    for requirement in requirements:
        if _REQUIREMENT.fullmatch(f'"{requirement}"'):
            yield from _needed(setup)
        else:
            yield requirement


def _moves(document: dict[str, object]) -> bool:
    """Whether the table of 1.11 becomes ours. Keys that it hands on to setuptools would be misspellings there."""
    return _ours(document) is None and bool(_legacy(document)) and _legacy(document).keys() <= set(KEYS)


def _settings(document: dict[str, object]) -> dict[str, object]:
    """What both tables say."""
    return {**_legacy(document), **(_ours(document) or {})}


def _legacy(document: dict[str, object]) -> dict[str, object]:
    legacy = document.get(_LEGACY)
    return legacy if isinstance(legacy, dict) else {}


def _ours(document: dict[str, object]) -> dict[str, object] | None:
    tool = document.get("tool")
    ours = tool.get("bigflow") if isinstance(tool, dict) else None
    return ours if isinstance(ours, dict) else None
