"""The pages that show a terminal are played: files are written, commands are run, what they print is compared.

A block that begins with `# file: PATH` is written to that file. In a `console` block every `$ ` line is run by a shell,
and the lines below it are what it must print; a line `...` stands for any lines. A command must fail exactly if its
output on the page says `error:`, `FAIL` or `failed`. UPDATE_SNAPSHOTS=1 writes what was printed into the page,
also where a `...` stood.
"""

import os
import re
import shutil
import sys
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path

import pytest
from support.cli import CHECKOUT, Result, at_terminal
from support.debian_base import debian_base
from support.screen import ScreenShown
from support.shop import surroundings
from support.snapshots import FILTERS, UPDATING

EXAMPLE = ("project_package", "resources", "test/project_package", "pyproject.toml", "deployment_config.py")
# Each page, and the files that its reader has before the first line.
PAGES = {
    "README.md": EXAMPLE,
    "docs/tutorial/first-project.md": (),
    "docs/tutorial/first-workflow.md": (),
    "docs/how-to/bring-a-1.11-project.md": (),
    "docs/how-to/choose-a-runtime.md": EXAMPLE,
    "docs/how-to/debug-a-job.md": EXAMPLE,
    "docs/how-to/run-a-buildspec.md": (),
    "docs/how-to/use-secrets-locally.md": EXAMPLE,
    "docs/how-to/write-a-job.md": (),
    "docs/how-to/backfill.md": EXAMPLE,
    "docs/how-to/see-what-ran.md": EXAMPLE,
    "docs/how-to/test-your-workflow.md": (),
}
BLOCK = re.compile(r"^```(\w+)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
# Beyond what the snapshots of the command line leave out.
TUTORIAL_FILTERS = (
    (r"\d{4}/\d\d/\d\d \d\d:\d\d:\d\d\b", "[NOW]"),
    (r"\d{4}-\d\d-\d\d\b", "[DAY]"),
    (r"\bin \d+\.\d\ds\b", "in [TIME]"),
    (r"(?m) +\[TIME\]$", " [TIME]"),  # in a column, whose width is that of what differs before it
    (r"\b\d+(\.\d+)? (kB|bytes)\b", "[SIZE]"),
    (r"\b\d+ packages\b", "[NUMBER] packages"),
    (r"\+nogit\.[0-9a-f]{12}\b", "+nogit.[FILES]"),
    (r"sha256:[0-9a-f]+\.\.", "sha256:[DIGEST].."),
    (r"\b\d+ MB\b", "[SIZE]"),
    (r"\((runc|crun|unshare)\)", "([PROGRAM])"),
    (r"not run: \w+ failed", "not run: [JOB] failed"),  # of two that fail at the same time
)


@dataclass(frozen=True, slots=True)
class Written:
    """A file that the page tells its reader to write."""

    path: str
    text: str


@dataclass(frozen=True, slots=True)
class Command:
    """A line that the page tells its reader to type, what the page says comes of it, and where it says so."""

    line: str
    output: str
    start: int
    end: int


def steps(page: str) -> Iterator[Written | Command]:
    """What the reader of a page does, in order."""
    for block in BLOCK.finditer(page):
        language, text = block.groups()
        if named := re.match(r"# file: (\S+)\n", text):
            yield Written(named[1], text[named.end() :])
        elif language == "console":
            yield from commands(text, block.start(2))


def commands(block: str, offset: int) -> Iterator[Command]:
    """Every `$ ` line, with the lines up to the next one."""
    for found in re.finditer(r"^\$ (.*)\n((?:(?!\$ ).*\n)*)", block, re.MULTILINE):
        yield Command(found[1], found[2], offset + found.start(2), offset + found.end(2))


def same_everywhere(text: str) -> str:
    for pattern, stand_in in (*FILTERS, *TUTORIAL_FILTERS):
        text = re.sub(pattern, stand_in, text)
    return text


def matches(expected: str, printed: str) -> bool:
    lines = same_everywhere(expected).splitlines(keepends=True)
    pattern = "".join(r"(?:.*\n)*?" if line == "...\n" else re.escape(line) for line in lines)
    if re.fullmatch(pattern, same_everywhere(printed)) is not None:
        return True
    return sorted(lines) == sorted(same_everywhere(printed).splitlines(keepends=True))  # jobs run side by side


def is_told_to_fail(output: str) -> bool:
    return re.search(r"^error:|^  FAIL|\bfailed\b", output, re.MULTILINE) is not None


def play(command: Command, folder: Path, home: Path) -> Result:
    """What the reader sees, who sits at a terminal; colours are not on the page."""
    environment = {
        **surroundings(home),
        "PATH": f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}",
        "PYTHONPATH": "",  # the reader has the framework installed
        "PYTHONDONTWRITEBYTECODE": "1",  # a file that is written twice in one second would keep that of the first
        "PYTHONUNBUFFERED": "1",
        "NO_COLOR": "1",
        "BIGFLOW_IMAGE_BASE": f"oci-layout:{debian_base()[0].folder}",  # the reader's registry answers; here is none
    }
    done = at_terminal(["sh", "-c", command.line], cwd=folder, env=environment, timeout=180)
    screen = ScreenShown(columns=500, rows=500)
    screen.write(done.out.replace("\r\n", "\n"))
    return replace(done, out="\n".join(screen.shown))


def write(step: Written, folder: Path) -> None:
    path = folder / step.path
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(step.text, encoding="utf-8")


@pytest.fixture
def folder(tmp_path: Path, request: pytest.FixtureRequest) -> Path:
    for name in PAGES[request.node.callspec.params["page"]]:
        source, target = CHECKOUT / name, tmp_path / name
        target.parent.mkdir(parents=True, exist_ok=True)
        if source.is_dir():
            shutil.copytree(source, target, ignore=shutil.ignore_patterns("__pycache__"))
        else:
            shutil.copy(source, target)
    return tmp_path


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """One reader reads all pages: what was downloaded once is there."""
    return tmp_path_factory.mktemp("home")


@pytest.mark.parametrize("page", PAGES)
def test_what_the_page_shows_is_what_happens(page: str, folder: Path, home: Path) -> None:
    text = (CHECKOUT / page).read_text(encoding="utf-8")
    played: list[tuple[Command, str]] = []
    for step in steps(text):
        if isinstance(step, Written):
            write(step, folder)
            continue
        done = play(step, folder, home)
        played.append((step, done.out))
        if not UPDATING:
            if not matches(step.output, done.out):
                assert same_everywhere(done.out) == same_everywhere(step.output), f"$ {step.line}"
            assert bool(done.code) == is_told_to_fail(step.output), f"$ {step.line}: exit {done.code}"
    assert played, "a page on this list shows a terminal"
    if UPDATING:
        (CHECKOUT / page).write_text(updated(text, played), encoding="utf-8")


def updated(page: str, played: list[tuple[Command, str]]) -> str:
    """The page with what was printed, wherever it says something else."""
    for command, printed in reversed(played):
        if not matches(command.output, printed):
            page = page[: command.start] + printed + page[command.end :]
    return page


def test_every_page_with_a_terminal_is_played() -> None:
    pages = [CHECKOUT / "README.md", *(CHECKOUT / "docs").rglob("*.md")]
    showing = {str(page.relative_to(CHECKOUT)) for page in pages if "```console" in page.read_text(encoding="utf-8")}
    assert showing == set(PAGES)


@pytest.mark.parametrize(
    ("expected", "printed", "same"),
    [
        ("ok  fetch  0.1 s\n", "ok  fetch  12.9 s\n", True),
        ("ok  fetch  0.1 s\n", "ok  clean  0.1 s\n", False),
        ("one\n...\nlast\n", "one\ntwo\nthree\nlast\n", True),
        ("one\n...\nlast\n", "one\nlast\n", True),
        ("one\n...\nlast\n", "one\ntwo\n", False),
        ("one\n", "one\ntwo\n", False),
        ("", "one\n", False),
        ("a.c\n", "abc\n", False),
    ],
)
def test_the_comparison_sees_a_difference(expected: str, printed: str, same: bool) -> None:
    assert matches(expected, printed) is same


def test_an_update_changes_only_what_differs() -> None:
    page = "```console\n$ one\nok 0.1 s\n$ two\nold\n```\n"
    one, two = steps(page)
    assert isinstance(one, Command)
    assert isinstance(two, Command)
    assert updated(page, [(one, "ok 0.9 s\n"), (two, "new\nnewer\n")]) == page.replace("old", "new\nnewer")


def test_steps_are_read_in_order() -> None:
    page = (
        "```python\n# file: a/b.py\nx = 1\n```\nText.\n```console\n$ one\nprinted\n$ two\n```\n```shell\n$ not\n```\n"
    )
    seen = [step.path if isinstance(step, Written) else (step.line, step.output) for step in steps(page)]
    assert seen == ["a/b.py", ("one", "printed\n"), ("two", "")]
