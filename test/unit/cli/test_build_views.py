"""What the user sees of a build, whole, in each manner; the events are made by hand."""

import json
from collections.abc import Iterable
from dataclasses import replace
from pathlib import Path

import pytest
from support.builds import broken, cold, done, events, keep, phase, unchanged
from support.screen import ScreenShown

from bigflow.builder.events import (
    BuildEnded,
    BuildEvent,
    BuildStarted,
    BuildTick,
    PhaseEnded,
    PhaseStarted,
    StepEnded,
    StepOutput,
    StepStarted,
    Waiting,
)
from bigflow.builder.report import BuildReport, PhaseReport, StepReport
from bigflow.cli.build_lines import BuildLines, Wording
from bigflow.cli.build_live import BuildView
from bigflow.cli.build_view import listener
from bigflow.cli.console import Console
from bigflow.cli.region import Region
from bigflow.errors import Finding

BRIEF = Wording(brief=True)
PLAIN = Wording(brief=False)
WHOLE = Wording(brief=False, output=True)


def said(told: Iterable[BuildEvent], wording: Wording, root: Path) -> str:
    console = Console()
    console.root = str(root)
    lines = BuildLines(console, wording)
    return "\n" + "".join(f"{line}\n" for event in told for line in lines.of(event))


def of(build: BuildReport, wording: Wording, root: Path) -> str:
    keep(root, build)
    return said(events(build, str(root)), wording, root)


# ---- at a terminal, a line a phase


def test_everything_was_done(tmp_path: Path) -> None:
    assert (
        of(cold(), BRIEF, tmp_path)
        == """
INSTALL     lock up to date (3 packages)                  0.4 s
  warn audit          jinja2 3.1.2: GHSA-h5c8-rqwp-cp95
       at: requirements.txt:7
       hint: bigflow build --upgrade-package jinja2
PRE_BUILD   ruff ok  mypy ok  pytest 9 passed (87%)  1 vulnerability   4.4 s
BUILD       wheel 0.1.0 (14 kB)                           9.6 s
POST_BUILD  manifest of 2 artifacts                       0.1 s
Built shop 0.1.0   build/report.html   bigflow builds show 1
"""
    )


def test_nothing_changed(tmp_path: Path) -> None:
    """Every step says why it was skipped."""
    assert (
        of(unchanged(), BRIEF, tmp_path)
        == """
INSTALL     lock up to date (3 packages)                  0.0 s
            requirements: unchanged since build 1
PRE_BUILD   ruff ok  pytest 9 passed (87%)                0.0 s
            lint, tests: unchanged since build 1
            types: not needed: no type checker is configured
BUILD       wheel 0.1.0 (14 kB)                           0.0 s
            wheel: unchanged since build 1
POST_BUILD  manifest                                      0.0 s
Built shop 0.1.0   build/report.html   bigflow builds show 2
"""
    )


@pytest.mark.parametrize(
    ("left_out", "told"), [((), "next: bigflow deploy --plan"), (("dags",), "bigflow builds show 1")]
)
def test_a_build_that_can_be_deployed_says_so(left_out: tuple[str, ...], told: str, tmp_path: Path) -> None:
    steps = tuple(StepReport(name, "succeeded") for name in ("image", "dags") if name not in left_out)
    build = replace(cold(), phases=(PhaseReport("build", "succeeded", 1.0, steps),))
    lines = of(build, BRIEF._replace(next="bigflow deploy --plan"), tmp_path).splitlines()
    assert lines[-1] == f"Built shop 0.1.0   build/report.html   {told}"


TAIL = "".join(f"       | tests line {number}\n" for number in range(10, 30))


def test_a_step_failed(tmp_path: Path) -> None:
    assert of(broken(), BRIEF, tmp_path) == (
        """
INSTALL     lock up to date (3 packages)                  0.0 s
            requirements: unchanged since build 1
  FAIL tests          2 tests failed: test_clean
       assert 3 == 4
       at: test/test_clean.py:12
       hint: .venv/bin/python -m pytest test/test_clean.py::test_clean
"""
        + TAIL
        + """\
       log: .bigflow/builds/3/logs/tests.log
       only that, again: bigflow build --only tests
  warn audit          jinja2 3.1.2: GHSA-h5c8-rqwp-cp95
       at: requirements.txt:7
       hint: bigflow build --upgrade-package jinja2
PRE_BUILD   ruff ok  mypy ok  tests failed  1 vulnerability   2.2 s
            types, audit: unchanged since build 1
build 3 of shop 0.1.1.dev1 failed in 2.4 s: tests   build/report.html   bigflow builds show 3
"""
    )


def interrupted() -> BuildReport:
    steps = (
        StepReport("tests", "interrupted", started=0.5),
        StepReport("lint", "not run", reason="it waits for tests"),
    )
    phases = (PhaseReport("pre_build", "interrupted", 3.0, steps),)
    return replace(cold(), state="interrupted", phases=phases, seconds=3.5)


def test_an_interruption(tmp_path: Path) -> None:
    assert (
        of(interrupted(), BRIEF, tmp_path)
        == """
PRE_BUILD   tests interrupted                             3.0 s
            lint: not run: it waits for tests
build 1 interrupted after 3.5 s   bigflow builds show 1
  go on with: bigflow build
"""
    )


def test_another_build_is_waited_for(tmp_path: Path) -> None:
    told = [Waiting("build 12, process 4711"), Waiting("")]
    assert (
        said(told, BRIEF, tmp_path)
        == """
waiting for build 12, process 4711, which is at work in this project
waiting for another build, which is at work in this project
"""
    )


def test_a_failure_that_says_nothing_and_wrote_nothing(tmp_path: Path) -> None:
    silent = StepEnded("build", StepReport("wheel", "failed"), "")
    assert (
        said([silent], BRIEF, tmp_path)
        == """
  FAIL wheel          it failed
       only that, again: bigflow build --only wheel
"""
    )


@pytest.mark.parametrize(
    ("log", "tail"),
    [
        ("2 failed\nsee above\n", ""),
        ("test_a F\n2 failed\nsee above\n", "       | test_a F\n"),
        ("2 failed\nsee above\nand more\n", "       | 2 failed\n       | see above\n       | and more\n"),
        ("see above\n", "       | see above\n"),
    ],
)
def test_what_is_told_above_is_not_told_again(log: str, tail: str, tmp_path: Path) -> None:
    path = tmp_path / "tests.log"
    path.write_text(log)
    ended = StepEnded("pre_build", StepReport("tests", "failed", findings=(Finding("2 failed\nsee above"),)), str(path))
    assert (
        said([ended], PLAIN, tmp_path)
        == f"""
  FAIL tests          2 failed
       see above
{tail}\
       log: tests.log
       only that, again: bigflow build --only tests
"""
    )


def test_several_findings_each_with_its_place(tmp_path: Path) -> None:
    findings = (
        Finding("no such bucket", f"{tmp_path}/deployment_config.py:9", "set it"),
        Finding("\x1b[31mred\x1b[0m\n"),
    )
    ended = StepEnded("pre_build", StepReport("configuration", "failed", findings=findings), "")
    assert (
        said([ended], PLAIN, tmp_path)
        == """
  FAIL configuration  no such bucket
       at: deployment_config.py:9
       hint: set it
       red
       only that, again: bigflow build --only configuration
"""
    )


# ---- elsewhere


def test_everything_was_done_in_a_pipe(tmp_path: Path) -> None:
    assert (
        of(cold(), PLAIN, tmp_path)
        == """
Build 1: shop 0.1.0   Python 3.12.3
Phase started: INSTALL
  ..   requirements
  ok   requirements   0.4 s   lock up to date (3 packages)
Phase complete: INSTALL State: SUCCEEDED (0.4 s)
Phase started: PRE_BUILD
  ..   lint
  ok   lint           0.2 s   ruff ok
  ..   types
  ok   types          1.1 s   mypy ok
  ..   tests
  ok   tests          2.1 s   pytest 9 passed (87%)
  ..   audit
  ok   audit          1.0 s   1 vulnerability
  warn audit          jinja2 3.1.2: GHSA-h5c8-rqwp-cp95
       at: requirements.txt:7
       hint: bigflow build --upgrade-package jinja2
Phase complete: PRE_BUILD State: SUCCEEDED (4.4 s)
Phase started: BUILD
  ..   wheel
  ok   wheel          9.6 s   wheel 0.1.0 (14 kB)
Phase complete: BUILD State: SUCCEEDED (9.6 s)
Phase started: POST_BUILD
  ..   manifest
  ok   manifest       0.1 s   manifest of 2 artifacts
Phase complete: POST_BUILD State: SUCCEEDED (0.1 s)
Built shop 0.1.0 in 12.5 s   build/report.html   bigflow builds show 1
"""
    )


def test_a_step_failed_in_a_pipe(tmp_path: Path) -> None:
    shown = of(broken(), PLAIN, tmp_path)
    assert TAIL in shown
    assert shown.replace(TAIL, "") == (
        """
Build 3: shop 0.1.1.dev1   Python 3.12.3
Phase started: INSTALL
  --   requirements   unchanged since build 1
Phase complete: INSTALL State: SUCCEEDED (0.0 s)
Phase started: PRE_BUILD
  ..   lint
  ok   lint           0.2 s   ruff ok
  --   types          unchanged since build 1
  ..   tests
  FAIL tests          2 tests failed: test_clean
       assert 3 == 4
       at: test/test_clean.py:12
       hint: .venv/bin/python -m pytest test/test_clean.py::test_clean
       log: .bigflow/builds/3/logs/tests.log
       only that, again: bigflow build --only tests
  --   audit          unchanged since build 1
  warn audit          jinja2 3.1.2: GHSA-h5c8-rqwp-cp95
       at: requirements.txt:7
       hint: bigflow build --upgrade-package jinja2
Phase complete: PRE_BUILD State: FAILED (2.2 s)
  --   wheel          not run: pre_build did not succeed
  --   manifest       not run: pre_build did not succeed
build 3 of shop 0.1.1.dev1 failed in 2.4 s: tests   build/report.html   bigflow builds show 3
"""
    )


def test_with_v_all_that_a_step_writes_is_told_once(tmp_path: Path) -> None:
    shown = of(broken(), WHOLE, tmp_path)
    assert "tests | tests at work\ntests | tests nearly done\n  FAIL tests" in shown
    assert "tests line 29" not in shown


def test_output_that_comes_in_pieces_is_told_in_lines(tmp_path: Path) -> None:
    pieces = [
        StepOutput("a", text) for text in ("on", "e\ntw", "o\n", "\n", "\x1b[1mbold\x1b[0m\r\n", "10%\r20%\n", "en")
    ]
    mixed = [*pieces[:3], StepOutput("b", "x\n"), *pieces[3:]]
    told = [*mixed, StepEnded("install", StepReport("a", "succeeded", "fine", seconds=1.0), "")]
    assert (
        said(told, WHOLE, tmp_path)
        == """
a | one
a | two
b | x
a |
a | bold
a | 20%
a | en
  ok   a              1.0 s   fine
"""
    )


def test_an_interruption_in_a_pipe(tmp_path: Path) -> None:
    shown = of(interrupted(), PLAIN, tmp_path)
    assert "  STOP tests          interrupted after 0.0 s\n" in shown
    assert "Phase complete: PRE_BUILD State: INTERRUPTED (3.0 s)\n" in shown


# ---- live


class Screen:
    """A view on a terminal of our own; its clock moves at every event."""

    def __init__(self, root: Path, columns: int = 80, rows: int = 24) -> None:
        console = Console()
        console.root = str(root)
        self.time = 100.0
        self.screen = ScreenShown(columns, rows)
        self.view = BuildView(BuildLines(console, BRIEF), Region(self.screen), lambda: self.time)

    def tell(self, *told: BuildEvent) -> str:
        for event in told:
            self.time += 0.25
            self.view.tell(event)
        return "\n" + "\n".join(self.screen.shown)


ON_THE_WAY: list[BuildEvent] = [
    BuildStarted("1", "shop", "0.1.0", "3.12.3", (("install", ("requirements",)), ("pre_build", ("lint", "tests")))),
    PhaseStarted("install"),
    StepEnded("install", done("requirements", 0.1, 0.2, "lock up to date"), ""),
    PhaseEnded(phase("install", done("requirements", 0.1, 0.2, "lock up to date"))),
    PhaseStarted("pre_build"),
    StepStarted("pre_build", "lint", ""),
    StepStarted("pre_build", "tests", ""),
    StepOutput("lint", "checking\nshop/clean.py\n"),
    StepOutput("tests", "collecting\ntest_clean \x1b[32mPASS"),
    BuildTick(("lint", "tests")),
]


def test_what_runs_is_shown_with_its_last_line(tmp_path: Path) -> None:
    screen = Screen(tmp_path)
    assert (
        screen.tell(*ON_THE_WAY)
        == """
INSTALL     lock up to date                               0.2 s
  /   lint    1.0 s   shop/clean.py
  /   tests   0.8 s   test_clean PASS
  PRE_BUILD  1/3  2.5 s
"""
    )
    left_out = StepEnded("pre_build", StepReport("audit", "left out", reason="not asked for"), "")
    ended = StepEnded("pre_build", done("lint", 0.5, 1.0, "ruff ok"), "")
    assert (
        screen.tell(left_out, ended, BuildTick(("tests",)))
        == """
INSTALL     lock up to date                               0.2 s
  -   tests   1.5 s   test_clean PASS
  PRE_BUILD  2/3  3.2 s
"""
    )


def test_nothing_of_the_display_is_left(tmp_path: Path) -> None:
    screen = Screen(tmp_path)
    screen.tell(*ON_THE_WAY)
    assert (
        screen.tell(BuildEnded(replace(cold(), phases=()), ""))
        == """
INSTALL     lock up to date                               0.2 s
Built shop 0.1.0   build/report.html   bigflow builds show 1
"""
    )


def test_a_line_from_elsewhere_stays_above(tmp_path: Path) -> None:
    screen = Screen(tmp_path)
    screen.tell(*ON_THE_WAY)
    screen.view.say("note: the disk is nearly full")
    assert "PRE_BUILD" not in screen.tell()
    assert screen.tell(BuildTick(())).count("note: the disk is nearly full") == 1


def test_a_build_that_is_over_at_once_shows_no_display(tmp_path: Path) -> None:
    screen = Screen(tmp_path)
    screen.time = 0.0
    screen.view = BuildView(BuildLines(Console(), BRIEF), Region(screen.screen), lambda: 100.0)
    screen.tell(*ON_THE_WAY)
    assert "1/3" not in screen.tell()


@pytest.mark.parametrize(("columns", "rows"), [(20, 24), (80, 3), (80, 2), (80, 1), (4, 4)])
def test_a_window_of_any_size(columns: int, rows: int, tmp_path: Path) -> None:
    screen = Screen(tmp_path, columns, rows)
    for _ in range(3):
        screen.tell(*ON_THE_WAY, BuildTick(()))
    shown = screen.tell(BuildEnded(replace(cold(), phases=()), ""))
    assert "1/3" not in shown and "/   lint" not in shown


# ---- as JSON


def as_json(told: Iterable[BuildEvent], root: Path, capsys: pytest.CaptureFixture[str]) -> list[dict[str, object]]:
    console = Console(json=True)
    console.root = str(root)
    tell = listener(console)
    for event in told:
        tell(event)
    out, err = capsys.readouterr()
    assert err == ""
    return [json.loads(line) for line in out.splitlines()]


def test_events_as_json(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    keep(tmp_path, broken())
    told = as_json(events(broken(), str(tmp_path)), tmp_path, capsys)
    names = [str(event["event"]) for event in told]
    assert names[0] == "build_started" and names[-1] == "build_ended"
    assert set(names) == {
        "build_started", "phase_started", "step_started", "step_output", "step_ended", "phase_ended", "build_ended",
    }  # fmt: skip
    (failed,) = [event for event in told if event.get("state") == "failed" and event["event"] == "step_ended"]
    assert failed == {
        "event": "step_ended",
        "phase": "pre_build",
        "step": "tests",
        "state": "failed",
        "summary": "",
        "reason": "",
        "started": 0.3,
        "seconds": 2.0,
        "cpu_seconds": 1.0,
        "log": ".bigflow/builds/3/logs/tests.log",
        "findings": [
            {
                "message": "2 tests failed: test_clean\nassert 3 == 4",
                "where": "test/test_clean.py:12",
                "hint": ".venv/bin/python -m pytest test/test_clean.py::test_clean",
            }
        ],
        "warnings": [],
        "exit_code": 1,
    }
    assert told[-1]["steps"] == {step.name: step.state for step in broken().steps}
    assert (told[-1]["folder"], told[-1]["exit_code"]) == (".bigflow/builds/3", 1)
    assert told[0]["phases"][0] == {"phase": "install", "steps": ["requirements"]}  # type: ignore[index]


def test_a_tick_is_no_event_for_programs(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert as_json([BuildTick(("tests",))], tmp_path, capsys) == []


def test_output_is_quoted_as_it_is_and_is_valid_json(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (told,) = as_json([StepOutput("tests", f"{tmp_path}/a\udcff\x1b")], tmp_path, capsys)
    assert told == {"event": "step_output", "step": "tests", "text": f"{tmp_path}/a\\udcff\x1b"}
