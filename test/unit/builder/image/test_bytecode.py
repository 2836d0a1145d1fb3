import importlib.util
import marshal
import os
import subprocess
import sys
from pathlib import Path

import pytest
from support.building import perform, project
from support.small_shop import write_shop

from bigflow.builder.image.bytecode import Compiler, compile_into, compiler_for
from bigflow.builder.step import Declared, Done, NotNeeded, Project, StepFailed, Wishes, Work

OURS = Compiler(sys.executable, ".".join(map(str, sys.version_info[:3])))
SITE = f"lib/python3.{sys.version_info[1]}/site-packages"


class Does:
    """A step that does one thing with its work."""

    def __init__(self, act: object) -> None:
        self.act = act

    def declare(self, project: Project, wishes: Wishes) -> Declared | NotNeeded:
        return Declared()

    def perform(self, work: Work) -> Done:
        self.act(work)  # type: ignore[operator]
        return Done("")


@pytest.fixture
def shop(tmp_path: Path) -> Project:
    return project(write_shop(tmp_path / "shop"))


def compiled(shop: Project, folder: Path) -> dict[str, bytes]:
    tried = perform(Does(lambda work: compile_into(work, OURS, str(folder))), shop)
    assert tried.error is None, tried.error
    return {str(path.relative_to(folder)): path.read_bytes() for path in sorted(folder.rglob("*.pyc"))}


def many(folder: Path) -> Path:
    """Modules that share names and constants with each other, and with what Python itself uses."""
    site = folder / SITE
    site.mkdir(parents=True)
    for number in range(150):
        names = ", ".join(f"'name_{(number + more) % 160}'" for more in range(20))
        text = (
            f"import os\nNAMES = frozenset(({names}))\ndef run_{number}(path, self=None):\n    return os.path, 'self'\n"
        )
        (site / f"module_{number}.py").write_text(text)
    return folder


def test_it_is_python_that_takes_it(shop: Project, tmp_path: Path) -> None:
    folder = many(tmp_path / "one")
    found = compiled(shop, folder)
    assert len(found) == 150
    name, data = next(iter(found.items()))
    assert data[:4] == importlib.util.MAGIC_NUMBER and data[4:8] == b"\x01\0\0\0"
    source = (folder / SITE / f"{Path(name).name.partition('.')[0]}.py").read_bytes()
    assert data[8:16] == importlib.util.source_hash(source)
    assert marshal.loads(data[16:]).co_filename.startswith(f"/opt/venv/{SITE}/module_")
    told = subprocess.run(
        [sys.executable, "-v", "-c", "import module_7"], cwd=folder / SITE, capture_output=True, text=True, check=True
    ).stderr
    assert "code object from '" in told and "module_7.cpython" in told and "# wrote" not in told


@pytest.mark.parametrize("cores", [1, 2])
def test_it_does_not_depend_on_the_machine(shop: Project, tmp_path: Path, cores: int) -> None:
    if not hasattr(os, "sched_setaffinity"):
        pytest.skip("processors cannot be taken away here")
    expected = compiled(shop, many(tmp_path / "one"))
    before = os.sched_getaffinity(0)
    os.sched_setaffinity(0, set(sorted(before)[:cores]))
    try:
        assert compiled(shop, many(tmp_path / "another place" / "two")) == expected
    finally:
        os.sched_setaffinity(0, before)


def test_what_is_no_python_is_left_out(shop: Project, tmp_path: Path) -> None:
    (folder := tmp_path / "odd").mkdir()
    for name, text in {"old.py": b"print 'x'", "null.py": b"a\0b", "latin.py": b"\xff", "deep.py": b"(" * 500}.items():
        (folder / name).write_bytes(text)
    (folder / "good.py").write_bytes(b"x = 1\n")
    assert [Path(name).name.partition(".")[0] for name in compiled(shop, folder)] == ["good"]


def test_a_disk_that_refuses_is_told(shop: Project, tmp_path: Path) -> None:
    (tmp_path / "x").mkdir()
    (tmp_path / "x" / "good.py").write_text("x = 1\n")
    (tmp_path / "x" / "__pycache__").write_text("not a folder")
    tried = perform(Does(lambda work: compile_into(work, OURS, str(tmp_path / "x"))), shop)
    assert isinstance(tried.error, StepFailed) and "could not be compiled" in tried.error.message


def test_which_python_compiles(shop: Project) -> None:
    found: list[Compiler | None] = []
    minor = ".".join(OURS.version.split(".")[:2])
    tried = perform(Does(lambda work: found.extend(compiler_for(work, one) for one in (minor, "3.99"))), shop)
    assert tried.error is None
    assert found == [Compiler(shop.python.path, shop.python.version), None]
