"""Generated code as its users meet it: in builds, in local runs, in the wheel, and never among the sources."""

import json
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest
from support.cli import Result, bigflow, copy_project, write_files
from support.shop import surroundings

from bigflow.artifacts import read_manifest


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("home")


@pytest.fixture
def root(tmp_path: Path) -> Path:
    return copy_project("protobuf", tmp_path / "project")


def do(root: Path, home: Path, *words: str) -> Result:
    return bigflow(*words, cwd=root, env=surroundings(home), timeout=300)


def files(root: Path) -> set[str]:
    ours = (".bigflow", "build", "dist")
    inside = (path.relative_to(root) for path in root.rglob("*") if path.is_file())
    return {str(path) for path in inside if path.parts[0] not in ours and "__pycache__" not in path.parts}


def test_a_build_generates_tests_and_packages(root: Path, home: Path) -> None:
    before = files(root)
    result = do(root, home, "build-package")
    assert result.code == 0, result.err
    assert "2 passed" in result.err
    assert files(root) - before <= {"resources/requirements.txt"}
    manifest = read_manifest(str(root / "build" / "manifest.json"))
    assert manifest is not None
    (wheel,) = manifest.of_kind("wheel")
    assert dict(wheel.details) == {"generated_by": "grpcio-tools 1.76.0 (protobuf 6.31.1)"}
    with zipfile.ZipFile(root / wheel.path) as archive:
        names = set(archive.namelist())
        assert {"shop/protos/order_pb2.py", "shop/protos/order_pb2.pyi", "shop/protos/deep/place_pb2.py"} <= names
        archive.extractall(root / "build" / "installed")
    program = "from shop.protos.order_pb2 import Order; print(Order(price={'cents': 3}).price.cents)"
    said = subprocess.run(
        [sys.executable, "-W", "ignore", "-c", program],
        cwd=root / "build" / "installed",
        capture_output=True,
        text=True,
        check=True,
    )
    assert said.stdout == "3\n"
    again = json.loads(do(root, home, "build-package", "--json").out.splitlines()[-1])
    assert again["steps"]["generate"] == again["steps"]["wheel"] == "unchanged"


def test_a_run_finds_what_was_generated_in_each_kind_of_process(root: Path, home: Path) -> None:
    without = do(root, home, "run", "-j", "orders.write", "-r", "2026-11-19")
    assert without.code == 2
    assert "hint: bigflow generate   makes it, if there is a .proto file for it" in without.err
    assert do(root, home, "generate").code == 0
    assert do(root, home, "run", "-j", "orders.write", "-r", "2026-11-19").out == "350\n"
    whole = do(root, home, "run", "-w", "orders", "-r", "2026-11-19", "--isolation", "process")
    assert (whole.code, "350" in whole.out + whole.err) == (0, True)


def test_check_tells_what_is_out_of_date(root: Path, home: Path) -> None:
    never = do(root, home, "generate", "--check")
    assert (never.code, never.out) == (1, " ! nothing is generated yet   bigflow generate\n")
    do(root, home, "generate")
    assert do(root, home, "generate", "--check").out == " ok generated code is up to date\n"
    proto = root / "shop" / "protos" / "money.proto"
    proto.write_text(proto.read_text().replace("cents", "pence"))
    changed = do(root, home, "generate", "--check", "--json")
    assert changed.code == 1
    (finding,) = json.loads(changed.out)["findings"]
    assert finding["message"] == "shop/protos/money.proto has changed since the code was generated"
    assert do(root, home, "generate").code == 0
    assert do(root, home, "generate", "--check").code == 0


def test_a_proto_that_does_not_compile_stops_the_build(root: Path, home: Path) -> None:
    proto = root / "shop" / "protos" / "order.proto"
    proto.write_text(proto.read_text().replace("Money price = 1;", "Monney price = 1;"))
    result = do(root, home, "build-package")
    assert result.code == 1
    lines = result.err.splitlines()
    at = lines.index('  FAIL generate       "Monney" is not defined.')
    assert lines[at + 1] == "       at: shop/protos/order.proto:10"


def test_types_are_checked_with_the_stubs(root: Path, home: Path) -> None:
    text = (root / "pyproject.toml").read_text() + "\n[tool.mypy]\nstrict = true\nignore_missing_imports = true\n"
    write_files(root, {"pyproject.toml": text, "shop/wrong.py": "from shop.protos.money_pb2 import Monney\n"})
    result = do(root, home, "build-package", "--only", "generate", "--only", "types")
    assert result.code == 1
    assert 'Module "shop.protos.money_pb2" has no attribute "Monney"' in result.err


def test_a_steps_own_command_finds_it_too(root: Path, home: Path) -> None:
    step = """
[[tool.bigflow.build.steps]]
phase = "pre_build"
name = "look"
run = "python -W ignore -c 'import shop.protos.money_pb2'"
"""
    write_files(root, {"pyproject.toml": (root / "pyproject.toml").read_text() + step})
    result = do(root, home, "build-package", "--only", "generate", "--only", "look")
    assert result.code == 0, result.err
