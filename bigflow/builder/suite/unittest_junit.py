"""A program of the project's Python: turns a folder of unittest tests into JUnit XML, and into one exit code."""

import argparse
import os
import re
import sys
import unittest
from collections.abc import Iterator
from functools import partial
from time import perf_counter
from typing import NamedTuple, TextIO
from xml.etree.ElementTree import Element, SubElement, tostring

NONE_FOUND = 5  # as pytest has it
_NOT_XML = re.compile("[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


class _Run(NamedTuple):
    test: unittest.TestCase
    seconds: float


class _Told(NamedTuple):
    """What unittest tells of a test that did not simply pass."""

    tag: str
    test: unittest.TestCase
    text: str


class JUnitResult(unittest.TextTestResult):
    """A result that also knows which tests passed, and names the one that is running in a file."""

    def __init__(self, running: str, stream: TextIO, descriptions: bool, verbosity: int, **options: object) -> None:
        super().__init__(stream, descriptions, verbosity, **options)  # type: ignore[arg-type]
        self.runs: list[_Run] = []
        self._running = running
        self._began = 0.0

    def startTest(self, test: unittest.TestCase) -> None:  # noqa: N802 - unittest's name
        self._tell(test.id())
        super().startTest(test)
        self._began = perf_counter()

    def stopTest(self, test: unittest.TestCase) -> None:  # noqa: N802 - unittest's name
        self.runs.append(_Run(test, perf_counter() - self._began))
        super().stopTest(test)
        self._tell("")

    def to_xml(self) -> bytes:
        """All tests, and what failed outside of any: setUpClass and its like."""
        suite = Element("testsuite", name="unittest", tests=str(len(self.runs)))
        told: dict[int, list[_Told]] = {}
        for one in self._told():
            told.setdefault(id(_test_of(one.test)), []).append(one)
        for run in self.runs:
            for one in told.pop(id(run.test), [_Told("", run.test, "")]):
                _add(suite, one, run.seconds)
        for one in (one for others in told.values() for one in others):
            _add(suite, one, 0.0)
        xml: bytes = tostring(suite, encoding="utf-8", xml_declaration=True)
        return xml

    def _told(self) -> Iterator[_Told]:
        yield from (_Told("error", test, text) for test, text in self.errors)
        yield from (_Told("failure", test, text) for test, text in self.failures)
        yield from (_Told("failure", test, "it passed, and was expected to fail") for test in self.unexpectedSuccesses)
        yield from (_Told("skipped", test, reason) for test, reason in self.skipped)

    def _tell(self, test: str) -> None:
        with open(self._running, "w", encoding="utf-8", errors="backslashreplace") as file:
            file.write(test)


def _test_of(test: unittest.TestCase) -> unittest.TestCase:
    """The test that a subtest is a part of."""
    whole: unittest.TestCase = getattr(test, "test_case", test)
    return whole


def _add(suite: Element, told: _Told, seconds: float) -> None:
    whole = _test_of(told.test).id()
    classname, _, name = whole.rpartition(".")
    if whole.endswith(")"):  # of setUpClass and its like: "setUpClass (test_orders.OrdersTest)"
        classname, name = "", whole
    part = told.test.id().removeprefix(whole)
    case = SubElement(suite, "testcase", classname=classname, name=_clean(name + part), time=f"{seconds:.6f}")
    if told.tag:
        SubElement(case, told.tag, message=_clean(_reason(told.text))).text = _clean(told.text)


def _reason(text: str) -> str:
    """What was raised: the first line after the last frame that is not indented; of other texts the first line."""
    after_frames = text[max(text.rfind('\n  File "'), 0) :]
    lines = [line for line in after_frames.splitlines() if line and not line[0].isspace()]
    return lines[0] if lines else ""


def _clean(text: str) -> str:
    return _NOT_XML.sub(lambda found: found[0].encode("unicode-escape").decode(), text)


def main() -> int:
    parser = argparse.ArgumentParser()
    for option in ("--start", "--top", "--junit-xml", "--running"):
        parser.add_argument(option, required=True)
    said = parser.parse_args()
    suite = unittest.TestLoader().discover(said.start, top_level_dir=said.top)
    runner = unittest.TextTestRunner(verbosity=2, resultclass=partial(JUnitResult, said.running))
    result = runner.run(suite)
    assert isinstance(result, JUnitResult)
    half = f"{said.junit_xml}.half"
    with open(half, "wb") as file:
        file.write(result.to_xml())
    os.replace(half, said.junit_xml)
    if not result.wasSuccessful():
        return 1
    return 0 if result.runs or result.skipped else NONE_FOUND


if __name__ == "__main__":
    sys.exit(main())
