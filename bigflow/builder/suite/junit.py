"""Turns JUnit XML into the tests that it tells of: what came of each, and where it failed."""

import os
import re
from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING, Literal, NamedTuple, TypeAlias

if TYPE_CHECKING:
    from xml.etree.ElementTree import Element

Outcome: TypeAlias = Literal["passed", "failed", "error", "skipped"]

_OUTCOMES: tuple[tuple[str, Outcome], ...] = (("error", "error"), ("failure", "failed"), ("skipped", "skipped"))
_WORDS: tuple[tuple[Outcome, str], ...] = (
    ("failed", "failed"),
    ("error", "unable to run"),
    ("passed", "passed"),
    ("skipped", "skipped"),
)
# `path:line: ...` of pytest, `File "path", line 12` of Python itself.
_PLACE = re.compile(r'^(?:E +)?([^\s:"][^:"\n]*\.py):(\d+):|^(?:E)? *File "([^"\n]+)", line (\d+)', re.MULTILINE)
_RAISED = re.compile(r"^E   (\S.*)", re.MULTILINE)
_FOREIGN = ("site-packages", "dist-packages")


class Case(NamedTuple):
    """One test. `place` is the deepest line of the project that its traceback has, relative to the project."""

    classname: str
    name: str
    outcome: Outcome
    seconds: float
    message: str = ""
    text: str = ""
    place: str = ""

    @property
    def bad(self) -> bool:
        return self.outcome in ("failed", "error")


class JUnitReport(NamedTuple):
    """The tests of one run, in its order."""

    cases: tuple[Case, ...]

    def count(self, *outcomes: Outcome) -> int:
        """How many tests ended so."""
        return sum(case.outcome in outcomes for case in self.cases)

    @property
    def bad(self) -> tuple[Case, ...]:
        return tuple(case for case in self.cases if case.bad)

    @property
    def summary(self) -> str:
        """`2 failed, 7 passed`: the worst first; what did not happen is not told."""
        told = [f"{number} {word}" for outcome, word in _WORDS if (number := self.count(outcome))]
        return ", ".join(told) or "no tests"


def read_junit(paths: Iterable[str], root: str) -> JUnitReport | None:
    """What the files tell together; None when no file is a report. Places become relative to `root`."""
    reports = [report for path in paths if (report := _read(path, root)) is not None]
    return JUnitReport(tuple(case for report in reports for case in report.cases)) if reports else None


def parse_junit(content: bytes, root: str) -> JUnitReport | None:
    """The report that a file holds; None when it holds none, or half of one."""
    from xml.etree.ElementTree import ParseError, fromstring  # late: an unchanged build reads none

    try:
        top = fromstring(content)
    except (ParseError, ValueError, LookupError):  # ValueError, LookupError: an encoding that is none
        return None
    if top.tag not in ("testsuites", "testsuite"):
        return None
    return JUnitReport(tuple(_case(element, root) for element in top.iter("testcase")))


def _read(path: str, root: str) -> JUnitReport | None:
    try:
        with open(path, "rb") as file:
            return parse_junit(file.read(), root)
    except OSError:
        return None


def _case(element: "Element", root: str) -> Case:
    classname, name = element.get("classname", ""), element.get("name", "")
    seconds = _seconds(element.get("time", ""))
    for tag, outcome in _OUTCOMES:
        if (said := element.find(tag)) is not None:
            text = said.text or ""
            message = _reason(said.get("message") or said.get("type") or text, text)
            return Case(classname, name, outcome, seconds, message, text, _place(element, text, root))
    return Case(classname, name, "passed", seconds)


def _place(element: "Element", text: str, root: str) -> str:
    own = [place for place in _places(text, root) if place]
    if own:
        return own[-1]
    file, line = element.get("file"), element.get("line", "")
    return f"{file}:{line}" if file and line else file or ""


def _places(text: str, root: str) -> Iterator[str]:
    for found in _PLACE.finditer(text):
        path, line = found[1] or found[3], found[2] or found[4]
        inside = os.path.relpath(os.path.join(root, path), root)
        foreign = inside.split(os.sep)
        if foreign[0] not in ("..", ".venv") and not any(part in _FOREIGN for part in foreign):
            yield f"{inside}:{line}"


def _reason(message: str, text: str) -> str:
    """One line. Of a module that cannot be imported pytest's message says nothing: the text does."""
    raised = _RAISED.findall(text) if message == "collection failure" else []
    return raised[-1].strip() if raised else message.strip().partition("\n")[0].strip()


def _seconds(text: str) -> float:
    try:
        return float(text.replace(",", ""))
    except ValueError:
        return 0.0
