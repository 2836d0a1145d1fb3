"""The page of a run in a real Chromium: what is visible, what can be clicked, what is loaded, in light and in dark."""

import json
from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path

import pytest
from support.browser import Tab, opened

from bigflow.drawing.page import page
from bigflow.runner.history import of_run
from bigflow.runner.journal import Attempted, Header, Recorded
from bigflow.runner.past import past
from bigflow.runner.run_page import run_page

BEGAN = 1795125600.0
JOBS = 40
LOG = (
    "\x1b[32mgreen\x1b[0m </pre></details></script><script>console.log('x')</script>"
    "<img src=http://127.0.0.1:9/x onerror=console.log(1)>\x00\n"
)


def write_page(folder: Path) -> Path:
    """A run of forty jobs in a chain with a fan: one failed at its third attempt, all behind it were not run."""
    ids = tuple(f"job_{number:02}" for number in range(JOBS))
    attempts = [Attempted(job, 1, BEGAN + 2 * place, "success", 2.0) for place, job in enumerate(ids[:30])]
    attempts[-1:] = [
        Attempted(ids[29], number, BEGAN + 60 + 10 * number, "failed", 3.0, "KeyError: '<b>'", f"{folder}/a.py:3")
        for number in (1, 2, 3)
    ]
    states = dict.fromkeys(ids[:29], "success") | {ids[29]: "failed"} | dict.fromkeys(ids[30:], "upstream_failed")
    header = Header("12", "daily", "2026-11-19T00:00:00", None, "local", {}, ids, {}, None, BEGAN)
    run = folder / ".bigflow" / "runs" / "12"
    (run / "logs").mkdir(parents=True)
    (run / "logs" / f"{ids[29]}.3.log").write_bytes(LOG.encode() + b"\xff end\n")
    (run / "logs" / f"{ids[0]}.1.log").write_bytes(b"fetched\n" * 100_000)
    edges = [(ids[number // 3], ids[number]) for number in range(1, JOBS)]
    known = past(Recorded(header, tuple(attempts), json.loads(json.dumps(states)), "failed", 100.0), None)
    target = folder / "page.html"
    target.write_text(page(run_page(known, edges, str(run), str(folder))), encoding="utf-8")
    return target


@pytest.fixture(scope="module")
def shown(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_page(tmp_path_factory.mktemp("report"))


@pytest.fixture
def tab(shown: Path) -> Iterator[Tab]:
    with opened(shown) as tab:
        yield tab


def count(tab: Tab, selector: str, condition: str = "true") -> int:
    """How many elements there are of which the condition holds."""
    found = tab.evaluate(f"[...document.querySelectorAll({json.dumps(selector)})].filter((e) => {condition}).length")
    assert isinstance(found, int)
    return found


VISIBLE = "e.checkVisibility()"


def test_it_loads_nothing_and_the_console_is_silent(tab: Tab, shown: Path) -> None:
    tab.evaluate("document.querySelectorAll('details').forEach((e) => { e.open = true; })")
    tab.screenshot()
    assert tab.requests == [shown.as_uri()]
    assert tab.complaints == []


def test_the_policy_is_obeyed_by_this_browser(tab: Tab) -> None:
    """What a log would do if it got out of its element: neither loaded nor run."""
    tab.evaluate(
        "{ const s = document.createElement('script'); s.textContent = 'window.broken = 1'; document.body.append(s);"
        " const i = new Image(); i.src = 'http://127.0.0.1:9/x'; document.body.append(i); }"
    )
    assert tab.evaluate("window.broken === undefined") is True
    assert len([words for words in tab.complaints if "Content Security Policy" in words]) >= 1


def test_what_is_to_be_seen(tab: Tab) -> None:
    text = str(tab.evaluate("document.body.innerText"))
    for words in ("daily", "failed", "KeyError: '<b>'", "a.py:3", "bigflow run --resume 12", "29 ok, 1 failed"):
        assert words in text
    assert count(tab, ".graph .node", VISIBLE) == JOBS
    assert count(tab, ".bar", VISIBLE) == 29 + 3
    assert count(tab, "tbody tr", VISIBLE) == 29 + 3 + 10
    assert count(tab, "details", VISIBLE) == 2
    assert tab.evaluate("document.title") == "daily: failed"


def test_nothing_sticks_out_at_any_width(tab: Tab) -> None:
    for width in (1280, 700, 360):
        tab.width(width)
        assert tab.evaluate("document.documentElement.scrollWidth <= innerWidth") is True, width


def test_logs_fold_and_unfold(tab: Tab) -> None:
    assert count(tab, "details pre", VISIBLE) == 0
    tab.evaluate("document.querySelector('details summary').click()")
    assert count(tab, "details pre", VISIBLE) == 1
    tab.evaluate("document.getElementById('unfold').click()")
    assert count(tab, "details pre", VISIBLE) == 2
    assert "600 kB" in str(tab.evaluate("document.querySelector('details').textContent"))
    tab.evaluate("document.getElementById('unfold').click()")
    assert count(tab, "details pre", VISIBLE) == 0


def test_a_link_to_a_log_unfolds_it(tab: Tab) -> None:
    tab.evaluate("[...document.querySelectorAll('td.log a')].at(-1).click()")
    tab.evaluate("new Promise((done) => setTimeout(done, 100))")
    (log,) = [tab.evaluate("document.querySelector('details[open] pre').textContent")]
    assert log == LOG.replace("\x1b[32m", "").replace("\x1b[0m", "").replace("\x00", "␀") + "\ufffd end\n"
    assert count(tab, "pre .t-green") == 1


def test_a_node_leads_to_the_row_of_its_job(tab: Tab) -> None:
    tab.evaluate("document.querySelectorAll('.graph a')[29].dispatchEvent(new MouseEvent('click', {bubbles: true}))")
    assert tab.evaluate("document.querySelector('tr:target td').textContent") == "job_29"


def test_the_graph_begins_with_what_failed_in_sight(tmp_path: Path) -> None:
    """Also at the far end of a chain that is much wider than the page."""
    ids = tuple(f"job_{number}" for number in range(40))
    attempts = (Attempted(ids[-1], 1, BEGAN, "failed", 1.0),)
    header = Header("1", "chain", "2026-11-19T00:00:00", None, None, {}, ids, {}, None, BEGAN)
    known = past(Recorded(header, attempts, {ids[-1]: "failed"}, "failed", 1.0), None)
    target = tmp_path / "page.html"
    target.write_text(page(run_page(known, list(pairwise(ids)), str(tmp_path), str(tmp_path))), encoding="utf-8")
    with opened(target) as tab:
        assert tab.evaluate(
            "(() => { const f = document.querySelector('.graph').getBoundingClientRect(),"
            " b = document.querySelector('.graph a.failed').getBoundingClientRect();"
            " return b.top >= f.top && b.bottom <= f.bottom && b.left >= f.left && b.right <= f.right; })()"
        )


def test_a_link_shows_a_log_that_the_filter_has_hidden(tab: Tab) -> None:
    tab.evaluate(
        "{ const f = document.getElementById('filter'); f.value = 'job_29'; f.dispatchEvent(new Event('input')); }"
    )
    assert count(tab, "details.log", VISIBLE) == 1
    tab.evaluate("location.hash = 'log-0'")
    tab.evaluate("new Promise((done) => setTimeout(done, 100))")
    assert count(tab, "details.log[open] #log-0", VISIBLE) == 1


def test_the_filter(tab: Tab) -> None:
    for words, rows in (("failed", 13), ("KEYERROR job_29", 3), ("nothing", 0), ("", 42)):
        tab.evaluate(
            f"{{ const f = document.getElementById('filter'); f.value = {json.dumps(words)};"
            " f.dispatchEvent(new Event('input')); }"
        )
        assert count(tab, "tbody tr", VISIBLE) == rows, words


def test_without_script_everything_is_there(shown: Path, tmp_path: Path) -> None:
    """Only the tools are not: they could do nothing."""
    bare = tmp_path / "page.html"
    source = shown.read_text(encoding="utf-8")
    bare.write_text(source[: source.index("<script>")] + "</body></html>", encoding="utf-8")
    with opened(bare) as tab:
        assert count(tab, "tbody tr", VISIBLE) == 42
        assert count(tab, ".tools", VISIBLE) == 0
        tab.evaluate("[...document.querySelectorAll('td.log a')].at(-1).click()")
        tab.evaluate("new Promise((done) => setTimeout(done, 100))")
        assert count(tab, "details pre", VISIBLE) == 1


def test_it_follows_light_and_dark(tab: Tab) -> None:
    """Paper, ink and the colours of states are others, and words can be read on both."""
    pictures = []
    for scheme in ("light", "dark"):
        tab.surroundings(scheme)
        pictures.append(tab.screenshot())
        contrast = tab.evaluate(CONTRAST)
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


def test_a_run_of_thousands_of_jobs_opens(tmp_path: Path) -> None:
    ids = tuple(f"job_{number}" for number in range(3_000))
    attempts = tuple(Attempted(job, 1, BEGAN + place, "success", 1.0) for place, job in enumerate(ids))
    header = Header("1", "wide", "2026-11-19T00:00:00", None, None, {}, ids, {}, None, BEGAN)
    known = of_run(Recorded(header, attempts, dict.fromkeys(ids, "success"), "success", 3_000.0), str(tmp_path))
    edges = [(ids[0], job) for job in ids[1:]]
    target = tmp_path / "page.html"
    target.write_text(page(run_page(known, edges, str(tmp_path), str(tmp_path))), encoding="utf-8")
    with opened(target) as tab:
        assert count(tab, ".bar", VISIBLE) == 3_000
        assert "too large" in str(tab.evaluate("document.querySelector('#graph').innerText"))
        assert tab.complaints == []
