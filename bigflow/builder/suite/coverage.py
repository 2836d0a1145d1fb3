"""Turns the report of a coverage measurement, JSON or XML, into percents: of all, and of each file."""

import json
from collections.abc import Mapping
from typing import NamedTuple


class FileCoverage(NamedTuple):
    """One file: how much of it the tests ran. `missing` are the lines that they did not."""

    path: str
    percent: float
    missing: tuple[int, ...] = ()


class Coverage(NamedTuple):
    """What the tests ran, of all that was measured."""

    percent: float
    files: tuple[FileCoverage, ...] = ()

    def __str__(self) -> str:
        return f"{int(self.percent)}%"  # down: 100% is all of it


def read_coverage(path: str) -> Coverage | None:
    """What the file tells; None when there is none, or it is no such report."""
    try:
        with open(path, "rb") as file:
            return parse_coverage(file.read())
    except OSError:
        return None


def parse_coverage(content: bytes) -> Coverage | None:
    """The measurement that a report holds; None when it holds none."""
    try:
        return _from_xml(content) if content.lstrip().startswith(b"<") else _from_json(content)
    except (ValueError, KeyError, TypeError, AttributeError):
        return None


def _from_json(content: bytes) -> Coverage:
    read = json.loads(content)
    files = (_file(path, said) for path, said in sorted(read["files"].items()))
    return Coverage(float(read["totals"]["percent_covered"]), tuple(files))


def _file(path: str, said: Mapping[str, object]) -> FileCoverage:
    summary, missing = said["summary"], said.get("missing_lines", ())
    assert isinstance(summary, Mapping)
    lines = tuple(int(line) for line in missing) if isinstance(missing, list) else ()
    return FileCoverage(path, float(summary["percent_covered"]), lines)


def _from_xml(content: bytes) -> Coverage:
    """The format of Cobertura. With branches, both rates count, as they do in the JSON of coverage itself."""
    from xml.etree.ElementTree import ParseError, fromstring

    try:
        top = fromstring(content)
    except ParseError as error:
        raise ValueError(str(error)) from None
    files = []
    for one in top.iter("class"):
        missing = tuple(int(line.attrib["number"]) for line in one.iter("line") if line.attrib["hits"] == "0")
        files.append(FileCoverage(one.attrib["filename"], float(one.attrib["line-rate"]) * 100, missing))
    valid, covered = (
        sum(int(top.get(f"{kind}-{count}", "0")) for kind in ("lines", "branches")) for count in ("valid", "covered")
    )
    percent = covered / valid * 100 if valid else float(top.attrib["line-rate"]) * 100
    return Coverage(percent, tuple(sorted(files)))
