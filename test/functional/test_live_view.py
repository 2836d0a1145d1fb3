"""The live display as the user of a real terminal sees it, with real runs."""

import fcntl
import os
import pty
import re
import select
import signal
import struct
import subprocess
import sys
import termios
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, closing, suppress
from pathlib import Path

import pytest
from support.cli import bigflow, clean_environment, write_files
from support.screen import ScreenShown

WORKFLOW = """
import time
from bigflow import Definition, Workflow, job

@job
def fetch(context):
    return None

@job(retry_count=0)
def slow(context):
    for page in range(30):
        print("\\x1b[31mpage", page, flush=True)
        time.sleep(0.1)

@job(retry_count=0)
def broken(context):
    time.sleep(1.5)
    {}["prise"]

@job
def endless(context):
    print("at work", flush=True)
    time.sleep(60)

daily = Workflow("daily", Definition({fetch: [slow, broken]}), schedule_interval=None)
stuck = Workflow("stuck", [fetch, endless], schedule_interval=None)
"""
PYPROJECT = '[tool.bigflow]\nedition = "2026"\nname = "shop"\npackage = "shop"\n'
COLOURS = re.compile(r"\x1b\[\d*m")


class AtTerminal:
    """A run in a window: what is on the screen at each moment."""

    def __init__(self, words: str, root: Path, columns: int, env: Mapping[str, str]) -> None:
        self._ours, its = pty.openpty()
        self.screen = ScreenShown(columns)
        self.raw = ""
        self.resize(columns)
        self.process = subprocess.Popen(
            [sys.executable, "-m", "bigflow", *words.split()],
            cwd=root,
            env=clean_environment({"TERM": "xterm", **env}),
            stdin=its,
            stdout=its,
            stderr=its,
            start_new_session=True,
        )
        os.close(its)

    def resize(self, columns: int) -> None:
        fcntl.ioctl(self._ours, termios.TIOCSWINSZ, struct.pack("HHHH", 24, columns, 0, 0))
        self.screen.columns = columns

    def until(self, condition: Callable[[list[str]], bool]) -> list[str]:
        """The screen as soon as it fulfils the condition."""
        deadline = time.monotonic() + 20
        while not condition(self.screen.shown):
            assert time.monotonic() < deadline, self.screen.shown
            assert self._read(), self.screen.shown
        return self.screen.shown

    def end(self) -> list[str]:
        """The screen that is left."""
        while self._read():
            pass
        self.process.wait(10)
        return self.screen.shown

    def close(self) -> None:
        self.process.kill()
        self.process.wait(10)
        os.close(self._ours)

    def _read(self) -> bool:
        if not select.select([self._ours], [], [], 20)[0]:
            return False
        data = b""
        with suppress(OSError):  # EIO: the last program at the terminal has gone
            data = os.read(self._ours, 65536)
        text = data.decode()
        self.raw += text
        self.screen.write(text)
        return bool(data)


@pytest.fixture
def root(tmp_path: Path) -> Path:
    return write_files(
        tmp_path / "project", {"pyproject.toml": PYPROJECT, "shop/__init__.py": "", "shop/workflow.py": WORKFLOW}
    )


@pytest.fixture
def at_terminal(root: Path) -> Iterator[Callable[..., AtTerminal]]:
    with ExitStack() as after:

        def begin(words: str, columns: int = 80, **env: str) -> AtTerminal:
            return after.enter_context(closing(AtTerminal(words, root, columns, env)))

        yield begin


def steady(lines: list[str]) -> list[str]:
    return [re.sub(r"\b\d+\.\d s\b", "N s", line) for line in lines]


def line_with(text: str) -> Callable[[list[str]], bool]:
    return lambda shown: any(text in line for line in shown)


def test_three_jobs(at_terminal: Callable[..., AtTerminal], root: Path) -> None:
    run = at_terminal("run -w daily --parallel 3 -r 2026-01-02", columns=100)
    both = run.until(lambda shown: line_with("   page ")(shown) and line_with("   broken")(shown))
    assert steady(both)[:2] == ["daily  runtime 2026-01-02 00:00:00 UTC", "  ok  fetch    N s"]
    assert re.fullmatch(r"  [-|/\\]   slow     \d\.\d s   page \d+", both[2])
    assert re.fullmatch(r"  [-|/\\]   broken   \d\.\d s", both[3])
    assert steady(both)[4:] == ["  1/3  N s", ""]
    one = run.until(line_with("2/3"))
    assert re.fullmatch(r"  [-|/\\]   slow   \d\.\d s   page \d+", one[-3])
    assert steady(one)[-2] == "  2/3  1 failed  N s"
    assert steady(run.end()) == [
        "daily  runtime 2026-01-02 00:00:00 UTC",
        "  ok  fetch    N s",
        "  FAIL broken  attempt 1 of 1",
        "       KeyError: 'prise'   shop/workflow.py:18",
        "       log: .bigflow/runs/1/logs/broken.1.log",
        "  ok  slow     N s",
        "2 succeeded, 1 failed in N s   bigflow runs show 1",
        "  fix it, then: bigflow run --resume",
        "",
    ]
    assert run.process.returncode == 1
    assert (root / ".bigflow/runs/1/logs/broken.1.log").is_file()


def test_a_window_that_changes_its_size(at_terminal: Callable[..., AtTerminal]) -> None:
    run = at_terminal("run -w daily --only slow -r 2026-01-02", columns=100)
    run.until(line_with("   page "))
    for columns, wanted in ((20, "…"), (60, "   page 1"), (35, "   page 2")):
        run.resize(columns)
        run.until(line_with(wanted))
    run.end()
    run.screen.columns = 100
    shown = steady(run.screen.shown)
    assert shown == [
        "daily  runtime 2026-01-02 00:00:00 UTC",
        "  ok  slow   N s",
        "1 job succeeded in N s   bigflow runs show 1",
        "",
    ]


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_ctrl_c_leaves_nothing_on_the_screen(number: signal.Signals, at_terminal: Callable[..., AtTerminal]) -> None:
    run = at_terminal("run -w stuck")
    run.until(line_with("at work"))
    run.process.send_signal(number)
    shown = steady(run.end())
    assert shown[1:] == [
        "  ok  fetch     N s",
        "  --  endless   interrupted after N s",
        "interrupted: 1 succeeded, 1 interrupted in N s   bigflow runs show 1",
        "  go on with: bigflow run --resume",
        "",
    ]
    assert run.process.returncode in (130, 143)


def test_without_colours_it_is_the_same_display(at_terminal: Callable[..., AtTerminal]) -> None:
    run = at_terminal("run -w daily --parallel 3", NO_COLOR="1")
    run.until(line_with("   page"))
    run.end()
    assert "\x1b[J" in run.raw
    assert not COLOURS.search(run.raw)


@pytest.mark.parametrize("env", [{"TERM": "dumb"}, {"CI": "true"}, {"BIGFLOW_VERBOSE": "1"}])
def test_lines_where_nothing_can_or_should_be_redrawn(
    env: dict[str, str], at_terminal: Callable[..., AtTerminal]
) -> None:
    run = at_terminal("run -w daily --parallel 3", **env)
    shown = run.end()
    assert "\x1b[J" not in run.raw
    assert [line for line in shown if line.startswith("slow | page")] == [f"slow | page {page}" for page in range(30)]


def test_in_a_pipe_there_are_lines(root: Path) -> None:
    result = bigflow("run", "-w", "daily", "--parallel", "3", cwd=root)
    assert result.out == ""
    assert "\x1b" not in result.err
    assert "\nslow | page 29\n" in result.err
    assert "\nbroken | KeyError: 'prise'\n" in result.err
