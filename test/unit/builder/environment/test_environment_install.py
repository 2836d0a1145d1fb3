import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from support.package_index import Index, served, settle, wheel

from bigflow._process import Completed, run
from bigflow.builder.environment.installing import Installed, Wanted, install, wanted_for
from bigflow.builder.environment.marker import MARKER, fits, is_ours
from bigflow.builder.environment.own_source import OwnSource
from bigflow.builder.step import StepFailed
from bigflow.builder.uv.calling import Tool, Uv, find_uv, plain_tool
from bigflow.errors import BigflowError, OutsideError, UsageError
from bigflow.project.spec import read_spec

FRAMEWORK = OwnSource(("bigflow-framework==0.1.0",), "0.1.0")
LOCK = "resources/requirements.txt"


@pytest.fixture
def index(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[Index]:
    with served() as index:
        settle(monkeypatch, index.url, tmp_path)
        index.add("bigflow-framework", "0.1.0", "tool")
        index.add("tool", "1.0")
        index.add("alpha", "1.0", "beta")
        index.add("beta", "1.1")
        index.add("beta", "2.0")
        yield index


@pytest.fixture
def wanted(index: Index, tmp_path: Path) -> Wanted:
    """A project that wants alpha with an old beta."""
    root = tmp_path / "a project"
    (root / "resources").mkdir(parents=True)
    (root / "pyproject.toml").write_text('[tool.bigflow]\nname = "shop"\n')
    pins = (("alpha", "1.0"), ("beta", "1.1"))
    lines = (f"{name}=={version} --hash=sha256:{index.sha256(name, version)}\n" for name, version in pins)
    (root / LOCK).write_text("".join(lines))
    return Wanted(str(root), "shop", LOCK, FRAMEWORK)


def installed(wanted: Wanted, tmp_path: Path, tool: Tool | None = None) -> Installed:
    scratch = tmp_path / "scratch"
    scratch.mkdir(exist_ok=True)
    return install(wanted, lambda: find_uv(wanted.root, tool or plain_tool(wanted.root, 60)), str(scratch))


def never() -> Uv:
    raise AssertionError("uv was asked for")


def packages(wanted: Wanted) -> dict[str, str]:
    found = Path(wanted.root).glob(".venv/lib/python3*/site-packages/*.dist-info")
    return dict(path.name.removesuffix(".dist-info").split("-") for path in found)  # type: ignore[arg-type, misc]


def test_the_environment_holds_what_is_wanted(wanted: Wanted, tmp_path: Path) -> None:
    made = installed(wanted, tmp_path)
    assert packages(wanted) == {"alpha": "1.0", "beta": "1.1", "bigflow_framework": "0.1.0", "tool": "1.0"}
    assert made == Installed(".".join(map(str, sys.version_info[:3])), 4, changed=True, ours=True)
    python = Path(wanted.root, ".venv", "bin", "python")
    assert subprocess.run([python, "-c", "import alpha, beta, tool"], check=False).returncode == 0


def test_nothing_to_do_starts_nothing(wanted: Wanted, tmp_path: Path) -> None:
    made = installed(wanted, tmp_path)
    assert install(wanted, never, str(tmp_path)) == made._replace(changed=False)


def test_tools_for_development(wanted: Wanted, index: Index, tmp_path: Path) -> None:
    """They give way to the lock: here to its old beta."""
    index.add("lint", "3.0", "beta")
    installed(wanted, tmp_path)
    Path(wanted.root, "pyproject.toml").write_text(
        '[tool.bigflow]\nname = "shop"\n[dependency-groups]\n'
        'more = ["bigflow==1.11.3"]\ndev = ["lint", {include-group = "more"}]\n'
    )
    assert installed(wanted, tmp_path).changed
    assert packages(wanted).items() >= {"lint": "3.0", "beta": "1.1"}.items()
    assert "bigflow" not in packages(wanted)


def test_what_is_no_longer_wanted_goes(wanted: Wanted, tmp_path: Path) -> None:
    installed(wanted, tmp_path)
    Path(wanted.root, LOCK).write_text("")
    assert installed(wanted, tmp_path).changed
    assert packages(wanted).keys() == {"bigflow_framework", "tool"}


def test_there_need_be_no_requirements(wanted: Wanted, tmp_path: Path) -> None:
    os.unlink(Path(wanted.root, LOCK))
    installed(wanted, tmp_path)
    assert packages(wanted).keys() == {"bigflow_framework", "tool"}


def test_a_lock_of_1_11_brings_no_second_framework(wanted: Wanted, index: Index, tmp_path: Path) -> None:
    index.add("bigflow", "1.11.3")
    Path(wanted.root, LOCK).write_text("bigflow[log]==1.11.3\nbeta==1.1\n    # via bigflow\n")
    installed(wanted, tmp_path)
    assert packages(wanted).keys() == {"beta", "bigflow_framework", "tool"}


@pytest.mark.parametrize(
    "change",
    [
        {"framework": OwnSource(("bigflow-framework==0.1.0",), "of another commit")},
        {"places": ("--find-links https://127.0.0.1:9/wheels",)},
    ],
)
def test_what_makes_it_stale(wanted: Wanted, tmp_path: Path, change: dict[str, object]) -> None:
    installed(wanted, tmp_path)
    with pytest.raises(AssertionError, match="uv was asked for"):
        install(replace(wanted, **change), never, str(tmp_path))  # type: ignore[arg-type]


def test_places_that_the_source_of_the_lock_names(wanted: Wanted, tmp_path: Path) -> None:
    (tmp_path / "wheels").mkdir()
    (tmp_path / "wheels" / "inhouse-1.0-py3-none-any.whl").write_bytes(wheel("inhouse", "1.0"))
    Path(wanted.root, LOCK).write_text("inhouse==1.0\n")
    installed(replace(wanted, places=(f"--find-links {tmp_path}/wheels",)), tmp_path)
    assert "inhouse" in packages(wanted)


def test_a_file_with_another_hash_is_refused(wanted: Wanted, index: Index, tmp_path: Path) -> None:
    index.add("beta", "1.1", module="print('not what you locked')")
    with pytest.raises(StepFailed, match="not the one that the lock names") as caught:
        installed(wanted, tmp_path)
    assert "beta==1.1" in caught.value.message
    assert "beta" not in packages(wanted)


def test_the_framework_and_the_lock_may_not_go_together(wanted: Wanted, index: Index, tmp_path: Path) -> None:
    index.add("bigflow-framework", "0.1.0", "beta>=2")
    with pytest.raises(StepFailed, match="bigflow-framework") as caught:
        installed(wanted, tmp_path)
    assert caught.value.where == LOCK


def test_after_a_failure_the_next_call_repairs(wanted: Wanted, index: Index, tmp_path: Path) -> None:
    installed(wanted, tmp_path)
    Path(wanted.root, LOCK).write_text("beta==2.0\n")
    index.mood = "broken"
    shutil.rmtree(tmp_path / "uv-cache")
    with pytest.raises(OutsideError):
        installed(wanted, tmp_path)
    index.mood = "fine"
    assert installed(wanted, tmp_path).changed
    assert packages(wanted) == {"beta": "2.0", "bigflow_framework": "0.1.0", "tool": "1.0"}


def killed_after(calls: int) -> Callable[..., Completed]:
    """A tool that does so many calls, and then the kill comes."""
    left = [calls]

    def tool(args: tuple[str, ...], *, cwd: str | None = None, env_add: object = None) -> Completed:
        left[0] -= 1
        if left[0] < 0:
            raise KeyboardInterrupt
        return run(args, env_add=env_add)  # type: ignore[arg-type]

    return tool


@pytest.mark.parametrize("calls", [0, 1])
def test_who_is_stopped_begins_again(wanted: Wanted, tmp_path: Path, calls: int) -> None:
    with pytest.raises(KeyboardInterrupt):
        installed(wanted, tmp_path, killed_after(calls))
    assert is_ours(wanted.root)
    assert installed(wanted, tmp_path).changed
    assert packages(wanted).keys() == {"alpha", "beta", "bigflow_framework", "tool"}
    assert install(wanted, never, str(tmp_path)).changed is False


def test_a_kill_while_uv_installs(wanted: Wanted, index: Index, tmp_path: Path) -> None:
    """The whole family is killed while the index keeps it waiting."""
    index.mood = "silent"
    code = (
        "import sys; from bigflow.builder.environment.installing import *; from bigflow.builder.uv.calling import *;"
        "from bigflow.builder.environment.own_source import OwnSource;"
        f"install(Wanted({wanted.root!r}, 'shop', {LOCK!r}, OwnSource(('bigflow-framework==0.1.0',), '0.1.0')),"
        f"lambda: find_uv({wanted.root!r}, plain_tool({wanted.root!r}, 60)), {str(tmp_path)!r})"
    )
    before = len(index.requests)
    process = subprocess.Popen([sys.executable, "-c", code], start_new_session=True, stderr=subprocess.DEVNULL)
    until = time.monotonic() + 30
    while len(index.requests) == before and time.monotonic() < until:
        time.sleep(0.02)
    os.kill(process.pid, signal.SIGKILL)
    process.wait()
    index.mood = "fine"
    index.awake.set()
    assert Path(wanted.root, MARKER).read_text() == ""
    installed(wanted, tmp_path)
    assert packages(wanted).keys() == {"alpha", "beta", "bigflow_framework", "tool"}


def test_half_of_a_package_is_made_whole(wanted: Wanted, tmp_path: Path) -> None:
    """What a kill in the middle of copying leaves: metadata that speaks of files that are not there."""
    installed(wanted, tmp_path)
    Path(wanted.root, MARKER).write_text("")
    module = next(Path(wanted.root).glob(".venv/lib/python3*/site-packages/beta/__init__.py"))
    module.unlink()
    installed(wanted, tmp_path)
    assert module.exists()


def test_an_environment_that_is_not_ours_is_only_added_to(wanted: Wanted, index: Index, tmp_path: Path) -> None:
    index.add("mine", "1.0")
    uv = find_uv(wanted.root, plain_tool(wanted.root, 60))
    uv.must("prepare", "venv", "--python", sys.executable, f"{wanted.root}/.venv")
    uv.must("prepare", "pip", "install", "--python", f"{wanted.root}/.venv/bin/python", "mine")
    made = installed(wanted, tmp_path)
    assert (made.changed, made.ours) == (True, False)
    assert packages(wanted).keys() == {"mine", "alpha", "beta", "bigflow_framework", "tool"}
    assert not is_ours(wanted.root)


def test_a_folder_that_is_no_environment_is_left_alone(wanted: Wanted, tmp_path: Path) -> None:
    Path(wanted.root, ".venv").mkdir()
    Path(wanted.root, ".venv", "thesis.tex").touch()
    with pytest.raises(UsageError, match="no working environment") as caught:
        installed(wanted, tmp_path)
    assert "mv .venv" in caught.value.hint
    assert Path(wanted.root, ".venv", "thesis.tex").exists()


def test_ours_is_made_anew_when_its_python_is_gone(wanted: Wanted, tmp_path: Path) -> None:
    installed(wanted, tmp_path)
    os.unlink(Path(wanted.root, ".venv", "bin", "python"))
    assert installed(wanted, tmp_path).packages == 4
    assert not Path(wanted.root, ".bigflow", "venv.old").exists()


def test_a_python_that_is_not_here(wanted: Wanted, tmp_path: Path) -> None:
    with pytest.raises(UsageError, match=r"no Python 3\.99") as caught:
        installed(replace(wanted, python="3.99"), tmp_path)
    assert "3.99" in caught.value.hint
    assert not Path(wanted.root, ".venv").exists()


def test_what_worked_stays_when_the_new_python_is_not_here(wanted: Wanted, tmp_path: Path) -> None:
    made = installed(wanted, tmp_path)
    with pytest.raises(UsageError, match=r"no Python 3\.99"):
        installed(replace(wanted, python="3.99"), tmp_path)
    assert install(wanted, never, str(tmp_path)) == made._replace(changed=False)
    assert not Path(wanted.root, ".bigflow", "venv.old").exists()


def test_another_python_than_the_wanted_one_is_replaced(wanted: Wanted, tmp_path: Path) -> None:
    """As far as it can be tried with one Python: its pyvenv.cfg speaks of another."""
    installed(wanted, tmp_path)
    config = Path(wanted.root, ".venv", "pyvenv.cfg")
    number = ".".join(map(str, sys.version_info[:3]))
    config.write_text(config.read_text().replace(number, "3.9.1"))
    here = ".".join(map(str, sys.version_info[:2]))
    assert installed(replace(wanted, python=here), tmp_path).python == number


def test_nobody_saws_off_the_branch_that_he_sits_on(
    wanted: Wanted, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    installed(wanted, tmp_path)
    monkeypatch.setattr("sys.prefix", f"{wanted.root}/.venv")
    with pytest.raises(UsageError, match="runs in it"):
        installed(replace(wanted, python="3.99"), tmp_path)
    assert "alpha" in packages(wanted)


def test_a_project_folder_that_takes_nothing(wanted: Wanted, tmp_path: Path) -> None:
    """Root may write everywhere, so that a file stands in the way instead of missing rights."""
    Path(wanted.root, ".venv").write_text("")
    with pytest.raises(BigflowError, match=r"cannot write .*\.venv"):
        installed(wanted, tmp_path)


@pytest.mark.parametrize(
    ("version", "python", "right"),
    [
        ("3.11.7", "3.11", True),
        ("3.11.7", "3.1", False),
        ("3.11.7", "3.11.7", True),
        ("3.11", "3.11.7", False),
        (None, "3.11", False),
        (None, None, True),
    ],
)
def test_which_python_fits(version: str | None, python: str | None, right: bool) -> None:
    assert fits(version, python) is right


def test_what_a_project_wants(wanted: Wanted) -> None:
    root = Path(wanted.root)
    (root / "shop").mkdir()
    (root / "shop" / "__init__.py").touch()
    (root / "resources" / "requirements.in").write_text("--extra-index-url https://example.org/simple\nalpha\n")
    told = wanted_for(read_spec(str(root)), "3.12")
    assert (told.root, told.name, told.lock, told.python) == (str(root), "shop", LOCK, "3.12")
    assert told.places == ("--extra-index-url https://example.org/simple",)
