"""Turns pyproject.toml into what its three tables say about the project, with line numbers."""

import re
from typing import NamedTuple

from bigflow.errors import Finding
from bigflow.project.declared import Declared, Said

FILE = "pyproject.toml"
_HEADER = re.compile(r"^\s*\[+\s*([^\[\]#]+?)\s*\]")
_PLACE = re.compile(r"line (\d+)")


class Pyproject(NamedTuple):
    """The tables that can describe a project, and what was wrong with the file as a whole."""

    tool: Declared = Declared()
    legacy: Declared = Declared()
    standard: Declared = Declared()
    findings: tuple[Finding, ...] = ()


def read_pyproject(content: bytes) -> Pyproject:
    """Read the file's content. Only `name` and `version` of the standard [project] table are our business."""
    if not content:
        return Pyproject()
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = content[: error.start].count(b"\n") + 1
        return Pyproject(findings=(Finding("the file is not UTF-8 text", f"{FILE}:{line}", "save it as UTF-8"),))
    return _tables(text.replace("\r\n", "\n"))


def _tables(text: str) -> Pyproject:
    import tomllib  # late: a project may do without the file

    try:
        document = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        place = _PLACE.search(str(error))
        line = place[1] if place else text.rstrip().count("\n") + 1
        return Pyproject(findings=(Finding(f"not valid TOML: {error}", f"{FILE}:{line}"),))
    tools = document.get("tool")
    standard = _declared(text, "project", document.get("project"))
    return Pyproject(
        _declared(text, "tool.bigflow", tools.get("bigflow") if isinstance(tools, dict) else tools),
        _declared(text, "bigflow-project", document.get("bigflow-project")),
        standard._replace(said=tuple(said for said in standard.said if said.key in ("name", "version"))),
    )


def _declared(text: str, table: str, content: object) -> Declared:
    if content is None:
        return Declared()
    if not isinstance(content, dict):
        where = f"{FILE}:{_line(text, '', table)}"
        return Declared(
            findings=(Finding(f"'{table}' must be a table", where, f"write [{table}] on a line of its own"),)
        )
    said = []
    for key, value in content.items():
        if key == "image" and isinstance(value, dict):
            said += [Said(f"image.{k}", v, f"{FILE}:{_line(text, f'{table}.image', k)}") for k, v in value.items()]
        else:
            said.append(Said(key, value, f"{FILE}:{_line(text, table, key)}"))
    return Declared(tuple(said))


def _line(text: str, table: str, key: str) -> int:
    """The line that gives `key`, or the nearest to it: the parser keeps no positions, so they are looked for."""
    wanted = _plain(f"{table}.{key}")
    current, best, best_length = "", 1, 0
    for number, line in enumerate(text.split("\n"), start=1):
        header = _HEADER.match(line)
        if header:
            current = name = _plain(header[1])
        else:
            left, equals, _ = line.partition("=")
            name = _plain(f"{current}.{left}") if equals else ""
        if name == wanted or name.startswith(wanted + "."):
            return number
        if len(name) > best_length and wanted.startswith(name + "."):
            best, best_length = number, len(name)
    return best


def _plain(name: str) -> str:
    return re.sub(r"[\s\"']", "", name).strip(".")
