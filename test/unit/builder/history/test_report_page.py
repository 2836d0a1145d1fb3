"""What the page of a build shows: made from what the build, its tests and its history tell."""

import json
from dataclasses import replace
from itertools import pairwise
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from support.builds import SBOM, begun, broken, cold, damage, keep, mended, unchanged, wheel
from support.dag_specs import SMALL

from bigflow.artifacts.artifact import Artifact
from bigflow.builder.history.difference import difference
from bigflow.builder.history.graphs import MOST_JOBS
from bigflow.builder.history.kept import REPORT
from bigflow.builder.history.page import report_page, write_report_page
from bigflow.builder.history.tables import MOST_ROWS, Built
from bigflow.builder.report import BuildReport, StepReport
from bigflow.builder.suite.coverage import Coverage, FileCoverage
from bigflow.builder.suite.junit import Case, JUnitReport
from bigflow.dags.specs_file import Outline, written
from bigflow.drawing.frame import Badge, Problem
from bigflow.drawing.sheet import Cell, Table
from bigflow.errors import Finding

JUNIT = """<testsuites><testsuite>
<testcase classname="test.test_clean" name="test_clean" time="0.2">
<failure message="assert 3 == 4">test/test_clean.py:12: AssertionError</failure></testcase>
<testcase classname="test.test_clean" name="test_slow" time="1.5"/>
<testcase classname="test.test_clean" name="test_quick" time="0.01"/>
</testsuite></testsuites>"""
COVERAGE = {"totals": {"percent_covered": 87.5}, "files": {"shop/clean.py": {"summary": {"percent_covered": 60.0}}}}


def table(built: Built, name: str) -> Table:
    return next(one for one in report_page(built).tables if one.id == name)


def rows(built: Built, name: str) -> list[list[str]]:
    """The words of a table."""
    return [
        [cell.words if isinstance(cell, (Cell, Badge)) else "" for cell in row.cells] for row in table(built, name).rows
    ]


def test_a_failure_says_why_where_and_what_to_type() -> None:
    frame = report_page(Built(broken())).frame
    assert (frame.title, frame.subtitle, frame.state) == (
        "shop 0.1.1.dev1",
        "build 3: bigflow build",
        Badge("failed", "failed"),
    )
    assert frame.problems == (
        Problem(
            "tests",
            "2 tests failed: test_clean\nassert 3 == 4 (.venv/bin/python -m pytest test/test_clean.py::test_clean)",
            "test/test_clean.py:12",
            "log-tests",
        ),
    )
    assert frame.command == "bigflow build --only tests"


@pytest.mark.parametrize(
    ("build", "command"),
    [(cold(), ""), (unchanged(), ""), (replace(begun(), state="interrupted"), "bigflow build")],
    ids=["cold", "unchanged", "interrupted"],
)
def test_what_to_type_next(build: BuildReport, command: str) -> None:
    assert report_page(Built(build)).frame.command == command


def test_the_timeline_has_phases_with_the_steps_that_ran() -> None:
    timeline = report_page(Built(broken())).timeline
    assert [
        (row.label, [(bar.start, round(bar.seconds, 3), bar.state) for bar in row.bars]) for row in timeline.rows
    ] == [
        ("PRE_BUILD", [(0.3, 2.0, "failed")]),
        ("lint", [(0.3, 0.2, "success")]),
        ("tests", [(0.3, 2.0, "failed")]),
    ]


def test_every_step_has_a_row() -> None:
    shown = rows(Built(unchanged()), "steps")
    assert [row[:3] for row in shown] == [
        [step.name, phase.name, step.state] for phase in unchanged().phases for step in phase.steps
    ]


def test_what_changed_since_the_build_before() -> None:
    built = Built(mended(), changes=difference(cold(), mended()))
    assert rows(built, "artifacts") == [
        ["wheel", "dist/shop-0.1.1-py3-none-any.whl", "16 kB", "+1.4 kB", "d" * 16],
        ["sbom", "build/sbom.cdx.json", "804 bytes", "the same", "f" * 16],
    ]
    changes = rows(built, "changes")
    assert ["dependency", "requests", "changed", "2.31.0", "2.32.0"] in changes
    assert ["input", "shop/workflow.py", "removed", "", ""] in changes
    assert ["file in the wheel", "shop/new.py", "added", "", "77 bytes"] in changes
    assert len(changes) == 3 + 4 + 4


@pytest.mark.parametrize(
    ("before", "words"),
    [(None, "new"), (wheel(sha256="0"), "other content, same size"), (wheel(size=20_000, sha256="0"), "-5.8 kB")],
)
def test_an_artifact_since_the_build_before(before: Artifact | None, words: str) -> None:
    earlier = replace(cold(), artifacts=(before,) if before else (SBOM,))
    assert rows(Built(cold(), changes=difference(earlier, cold())), "artifacts")[0][3] == words


def test_the_first_build_has_nothing_to_be_compared_with() -> None:
    assert rows(Built(cold()), "changes") == []
    assert rows(Built(cold()), "artifacts")[0][3] == ""


def test_of_very_many_changes_the_first_are_shown() -> None:
    many = tuple(cold().inputs[0]._replace(path=f"{n}") for n in range(500))
    built = Built(cold(), changes=difference(replace(cold(), inputs=()), replace(cold(), inputs=many)))
    shown = table(built, "changes")
    assert len(shown.rows) == MOST_ROWS
    assert "The first 200 of 500" in shown.note


def case(name: str, outcome: str, seconds: float) -> Case:
    return Case("test_x", name, outcome, seconds)  # type: ignore[arg-type]


def test_failed_tests_first_then_the_slowest() -> None:
    cases = [case(f"quick_{n}", "passed", n / 1_000) for n in range(30)]
    tests = JUnitReport(
        (*cases, case("bad", "failed", 0.0), case("skipped", "skipped", 0.0), case("torn", "error", 2.0))
    )
    shown = rows(Built(cold(), tests=tests), "tests")
    assert [row[0] for row in shown] == ["test_x.bad", "test_x.torn", *(f"test_x.quick_{n}" for n in range(29, 19, -1))]


@given(st.sets(st.integers(1, 40)))
def test_missing_lines_are_told_in_spans(missing: set[int]) -> None:
    coverage = Coverage(50.0, (FileCoverage("a.py", 50.0, tuple(missing)), FileCoverage("whole.py", 100.0)))
    ((path, percent, words),) = rows(Built(cold(), coverage=coverage), "coverage")
    assert (path, percent) == ("a.py", "50%")
    spans = [[int(number) for number in span.split("-")] for span in words.split(", ") if span]
    assert [line for span in spans for line in range(span[0], span[-1] + 1)] == sorted(missing)
    assert all(one[-1] + 1 < other[0] for one, other in pairwise(spans))


def chain(workflow_id: str, count: int) -> Outline:
    return Outline(workflow_id, tuple((f"j{n}", (f"j{n - 1}",) if n else ()) for n in range(count)))


def test_graphs_as_long_as_there_is_room_for_them() -> None:
    page = report_page(Built(cold(), workflows=(chain("a", 2), chain("huge", 10_000), chain("b", MOST_JOBS - 2))))
    assert [(one.title, one.size, len(one.picture.edges)) for one in page.graphs] == [
        ("a", "2 jobs", 1),
        ("b", f"{MOST_JOBS - 2} jobs", MOST_JOBS - 3),
    ]
    assert page.not_drawn == "Not drawn here: huge (10000 jobs). To see one: bigflow workflows show W --format svg"


def test_of_very_many_workflows_most_are_counted() -> None:
    page = report_page(Built(cold(), workflows=tuple(chain(f"w{n:03}", 50) for n in range(150))))
    assert len(page.graphs) == MOST_JOBS // 50
    assert "w010 (50 jobs), " in page.not_drawn and " and 130 more. " in page.not_drawn


# ---- written


def leave_reports(root: Path) -> None:
    (root / "build/junit-reports").mkdir(parents=True)
    (root / "build/junit-reports/report.xml").write_text(JUNIT)
    (root / "build/coverage").mkdir()
    (root / "build/coverage/coverage.json").write_text(json.dumps(COVERAGE))


def page(root: Path, build: BuildReport) -> str:
    keep(root, build)
    write_report_page(str(root), build)
    return (root / REPORT).read_text(encoding="utf-8")


def test_the_page_is_there_with_tests_and_coverage(tmp_path: Path) -> None:
    leave_reports(tmp_path)
    keep(tmp_path, cold())
    text = page(tmp_path, broken())
    for words in ("test.test_clean.test_slow", "1 failed, 2 passed", "87%", "shop/new.py", "tests line 29", " open"):
        assert words in text


SPECS = Artifact("dagspec", ".dags/specs.json", 1, "a" * 64, "0.1.0", "i" * 64)


@pytest.mark.parametrize(
    "dags", ["[]", '[{"workflow_id": "x"}]', '["x"]', "3", '{"a": 1}', '[{"workflow_id": "x", "tasks": [3]}]']
)
def test_specs_that_are_none(dags: str, tmp_path: Path) -> None:
    (tmp_path / ".dags").mkdir()
    (tmp_path / ".dags/specs.json").write_text(f'{{"schema": 1, "dags": {dags}}}')
    assert '<h2 id="workflows-title">' not in page(tmp_path, replace(cold(), artifacts=(SPECS,)))


def test_graphs_are_of_the_build(tmp_path: Path) -> None:
    """One that made no DAGs does not show those that lie there."""
    build = replace(cold(), artifacts=(SPECS,))
    (tmp_path / ".dags").mkdir()
    (tmp_path / ".dags/specs.json").write_text(written([SMALL]))
    assert "Workflows" not in page(tmp_path, cold())
    write_report_page(str(tmp_path), build)
    shown = (tmp_path / REPORT).read_text(encoding="utf-8")
    assert '<details class="log" open><summary><span class="name">daily</span>' in shown
    assert ">fetch</text>" in shown
    (tmp_path / ".dags/specs.json").unlink()
    write_report_page(str(tmp_path), build)
    assert "Workflows" not in (tmp_path / REPORT).read_text(encoding="utf-8")


def test_tests_of_another_build_are_not_told(tmp_path: Path) -> None:
    """This build had none: what lies there is not of it."""
    leave_reports(tmp_path)
    steps = tuple(StepReport(step.name, "left out") for step in cold().phases[1].steps)
    text = page(tmp_path, replace(cold(), phases=(replace(cold().phases[1], steps=steps),)))
    assert "test_slow" not in text and "87%" not in text


@pytest.mark.parametrize("junit", [b"", b"<testsuites>", b"\xff\x00", b"<html/>"])
def test_reports_that_are_none(junit: bytes, tmp_path: Path) -> None:
    leave_reports(tmp_path)
    (tmp_path / "build/junit-reports/report.xml").write_bytes(junit)
    (tmp_path / "build/coverage/coverage.json").write_bytes(junit)
    assert "shop 0.1.0" in page(tmp_path, cold())


def test_a_history_that_is_damaged_is_no_obstacle(tmp_path: Path) -> None:
    damage(tmp_path, "1", b"{")
    damage(tmp_path, "2", None)
    assert "Changes" not in page(tmp_path, replace(mended(), id="3"))


def test_logs_that_are_gone(tmp_path: Path) -> None:
    write_report_page(str(tmp_path), broken())
    assert "shop 0.1.1.dev1" in (tmp_path / REPORT).read_text(encoding="utf-8")


def test_places_are_told_as_seen_from_the_project(tmp_path: Path) -> None:
    finding = Finding(f"{tmp_path}/a.py is not Python", f"{tmp_path}/a.py:3", f"see {tmp_path}/b.py")
    step = StepReport("tests", "failed", reason=f"{tmp_path}/c.py", findings=(finding,), warnings=(finding,))
    text = page(tmp_path, replace(cold(), state="failed", phases=(replace(cold().phases[1], steps=(step,)),)))
    assert "a.py is not Python" in text and "c.py" in text
    assert str(tmp_path) not in text


def test_of_a_long_log_the_end_is_there(tmp_path: Path) -> None:
    keep(tmp_path, broken())
    log = tmp_path / ".bigflow/builds/3/logs/tests.log"
    log.write_text("".join(f"line {number}\n" for number in range(100_000)))
    write_report_page(str(tmp_path), broken())
    text = (tmp_path / REPORT).read_text(encoding="utf-8")
    assert "line 99999" in text and "line 99000\n" not in text
    assert "bigflow builds show 3 --log tests" in text
