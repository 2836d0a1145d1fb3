"""The page of a build in a real Chromium: what is visible, what can be followed, what is loaded, light and dark."""

import json
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from support.browser import Tab, opened
from support.builds import broken, cold, keep, mended
from support.dag_specs import SMALL

from bigflow.artifacts.artifact import Artifact
from bigflow.builder.history.kept import REPORT
from bigflow.builder.history.page import write_report_page
from bigflow.dags.specs_file import written

JUNIT = """<testsuites><testsuite>
<testcase classname="test.test_clean" name="test_clean" time="0.2">
<failure message="assert &lt;b&gt; == 4">test/test_clean.py:12: AssertionError</failure></testcase>
<testcase classname="test.test_clean" name="test_slow" time="1.5"/>
</testsuite></testsuites>"""
COVERAGE = {
    "totals": {"percent_covered": 87.5},
    "files": {"shop/clean.py": {"summary": {"percent_covered": 60.0}, "missing_lines": [3, 4, 9]}},
}
LOG = (
    "\x1b[32mgreen\x1b[0m </pre></details></script><script>console.log('x')</script>"
    "<img src=http://127.0.0.1:9/x onerror=console.log(1)>\x00\n"
)
SPECS = Artifact("dagspec", ".dags/specs.json", 1, "a" * 64, "0.1.1", "i" * 64)
VISIBLE = "e.checkVisibility()"


@pytest.fixture(scope="module")
def root(tmp_path_factory: pytest.TempPathFactory) -> Path:
    root = keep(tmp_path_factory.mktemp("project"), cold(), broken(), mended())
    (root / ".bigflow/builds/3/logs/tests.log").write_bytes(LOG.encode() + b"\xff end\n")
    (root / "build/junit-reports").mkdir(parents=True)
    (root / "build/junit-reports/report.xml").write_text(JUNIT)
    (root / "build/coverage").mkdir()
    (root / "build/coverage/coverage.json").write_text(json.dumps(COVERAGE))
    (root / ".dags").mkdir()
    large = replace(
        SMALL,
        dag_id="large",
        workflow_id="large",
        tasks=tuple(replace(SMALL.tasks[0], job_id=f"j{n}") for n in range(501)),
    )
    other = replace(SMALL, dag_id="other", workflow_id="other")
    (root / ".dags/specs.json").write_text(written([SMALL, large, other]))
    return root


def page_of(root: Path, name: str) -> Path:
    build = {"failed": broken(), "succeeded": mended()}[name]
    write_report_page(str(root), replace(build, artifacts=(*build.artifacts, SPECS)) if name == "succeeded" else build)
    return (root / REPORT).rename(root / f"{name}.html")


@pytest.fixture
def failed(root: Path) -> Iterator[Tab]:
    with opened(page_of(root, "failed")) as tab:
        yield tab


@pytest.fixture
def succeeded(root: Path) -> Iterator[Tab]:
    with opened(page_of(root, "succeeded")) as tab:
        yield tab


def count(tab: Tab, selector: str) -> int:
    """How many elements can be seen."""
    visible = f"[...document.querySelectorAll({json.dumps(selector)})].filter((e) => {VISIBLE}).length"
    found = tab.evaluate(visible)
    assert isinstance(found, int)
    return found


def test_it_loads_nothing_and_the_console_is_silent(failed: Tab, root: Path) -> None:
    failed.evaluate("document.querySelectorAll('details').forEach((e) => { e.open = true; })")
    failed.screenshot()
    assert failed.requests == [(root / "failed.html").as_uri()]
    assert failed.complaints == []


def test_the_policy_is_obeyed_by_this_browser(failed: Tab) -> None:
    failed.evaluate(
        "{ const s = document.createElement('script'); s.textContent = 'window.broken = 1'; document.body.append(s);"
        " const i = new Image(); i.src = 'http://127.0.0.1:9/x'; document.body.append(i); }"
    )
    assert failed.evaluate("window.broken === undefined") is True
    assert any("Content Security Policy" in words for words in failed.complaints)


def test_what_is_to_be_seen_of_a_failure(failed: Tab) -> None:
    text = str(failed.evaluate("document.body.innerText"))
    for words in (
        "shop 0.1.1.dev1",
        "2 tests failed: test_clean",
        "test/test_clean.py:12",
        "bigflow build --only tests",
        "1 failed, 1 passed",
        "87%",
        "assert <b> == 4",
        "unchanged since build 1",
        "pre_build did not succeed",
        "GHSA-h5c8-rqwp-cp95",
    ):
        assert words in text, words
    assert failed.evaluate("document.title") == "shop 0.1.1.dev1: failed"
    assert count(failed, ".bar") == 3
    assert count(failed, "#steps tbody tr") == 7
    assert count(failed, "details pre") == count(failed, "details pre#log-tests") == 1  # unfolded without a click


def test_what_is_to_be_seen_of_a_success(succeeded: Tab) -> None:
    text = str(succeeded.evaluate("document.body.innerText"))
    for words in ("since build 1", "+1.4 kB", "requests", "2.32.0", "shop/new.py", "77 bytes", "16 kB"):
        assert words in text, words
    assert "To go on" not in text
    assert count(succeeded, "#artifacts tbody tr") == 3
    assert count(succeeded, "#changes tbody tr") == 11
    assert count(succeeded, "details pre") == 0


def test_graphs_are_folded_and_what_is_too_large_is_counted(succeeded: Tab) -> None:
    assert count(succeeded, "#workflows summary") == 2
    assert count(succeeded, "#workflows .node") == 0
    succeeded.evaluate("document.querySelectorAll('#workflows details').forEach((e) => { e.open = true; })")
    assert count(succeeded, "#workflows .node") == 2 * len(SMALL.tasks)
    assert count(succeeded, "#workflows .edge") == 2 * sum(len(task.after) for task in SMALL.tasks)
    ids = "[...document.querySelectorAll('[id]')].map((e) => e.id)"
    assert succeeded.evaluate(f"new Set({ids}).size === {ids}.length") is True, "else arrows take the heads of others"
    assert "large (501 jobs)" in str(succeeded.evaluate("document.querySelector('#workflows > .note').innerText"))
    succeeded.evaluate("document.querySelectorAll('#workflows details').forEach((e) => { e.open = false; })")


def test_nothing_sticks_out_at_any_width(failed: Tab, succeeded: Tab) -> None:
    for tab in (failed, succeeded):
        for width in (1280, 700, 360):
            tab.width(width)
            assert tab.evaluate("document.documentElement.scrollWidth <= innerWidth") is True, width


def test_a_problem_leads_to_what_the_step_wrote(failed: Tab) -> None:
    failed.evaluate("document.querySelector('details[open]').open = false")
    failed.evaluate("document.querySelector('.problems a').click()")
    failed.evaluate("new Promise((done) => setTimeout(done, 100))")
    wanted = LOG.replace("\x1b[32m", "").replace("\x1b[0m", "").replace("\x00", "␀") + "\ufffd end"
    assert failed.evaluate("document.querySelector('details[open] pre').textContent") == wanted
    assert count(failed, "pre .t-green") == 1


def test_a_step_leads_to_its_log_without_a_script(succeeded: Tab) -> None:
    assert succeeded.evaluate("document.scripts.length") == 0
    succeeded.evaluate("[...document.querySelectorAll('#steps td a')].at(-1).click()")
    succeeded.evaluate("new Promise((done) => setTimeout(done, 100))")
    assert "wheel line 29" in str(succeeded.evaluate("document.querySelector('details[open] pre').textContent"))


def test_it_follows_light_and_dark(failed: Tab) -> None:
    """Paper, ink and the colours of states are others, and words can be read on both."""
    pictures = []
    for scheme in ("light", "dark"):
        failed.surroundings(scheme)
        pictures.append(failed.screenshot())
        contrast = failed.evaluate(CONTRAST)
        assert isinstance(contrast, (int, float)) and contrast > 4.5, (scheme, contrast)
    assert pictures[0] != pictures[1]
    assert all(picture.startswith(b"\x89PNG") and len(picture) > 20_000 for picture in pictures)


# The least contrast (WCAG) of words in pills and of the ink on the paper.
CONTRAST = """
(() => {
  const numbers = (colour) => colour.match(/[\\d.]+/g).slice(0, 3).map((n) => n / 255);
  const light = (colour) => numbers(colour).map((c) => c <= 0.03928 ? c / 12.92 : ((c + 0.055) / 1.055) ** 2.4)
    .reduce((sum, c, i) => sum + c * [0.2126, 0.7152, 0.0722][i], 0);
  return Math.min(...[document.body, ...document.querySelectorAll(".pill, .problems")].map((e) => {
    const style = getComputedStyle(e), pair = [light(style.color), light(style.backgroundColor)].sort((a, b) => b - a);
    return (pair[0] + 0.05) / (pair[1] + 0.05);
  }));
})()
"""
