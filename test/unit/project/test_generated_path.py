"""generated_path: packages of the sources have what was generated for them, in this Python and in those it starts."""

import subprocess
import sys
from pathlib import Path

import pytest
from support.cli import clean_environment, write_files

from bigflow.project import generated_path
from bigflow.project.generated_path import ENTRY, GENERATED

SITE = f"{Path(generated_path.__file__).read_text()}\n\nstand_in(__file__)\n"


@pytest.fixture
def root(tmp_path: Path) -> Path:
    return write_files(
        tmp_path,
        {
            "shop/__init__.py": "NAME = 'the sources'\n",
            "shop/protos/readme.md": "no package without code\n",
            "shop/api/__init__.py": "API = 1\n",
            f"{GENERATED}/shop/protos/__init__.py": "",
            f"{GENERATED}/shop/protos/a_pb2.py": "from shop import NAME\nFOUND = NAME\n",
            f"{GENERATED}/shop/api/b_pb2.py": "B = 2\n",
            f"{GENERATED}/apart/__init__.py": "APART = 3\n",
            f"{GENERATED}/top_pb2.py": "TOP = 4\n",
            f"{ENTRY}/sitecustomize.py": SITE,
        },
    )


def python(root: Path, program: str, *more: str) -> str:
    path = ":".join((str(root / ENTRY), *more))
    ended = subprocess.run(
        [sys.executable, "-c", program],
        cwd=root,
        env=clean_environment({"PYTHONPATH": path}),
        capture_output=True,
        text=True,
        timeout=60,
    )
    return ended.stdout + ended.stderr


@pytest.mark.parametrize(
    ("program", "printed"),
    [
        ("from shop.protos import a_pb2; print(a_pb2.FOUND)", "the sources\n"),
        ("import shop.api.b_pb2; print(shop.api.API, shop.api.b_pb2.B)", "1 2\n"),
        ("import apart, top_pb2; print(apart.APART, top_pb2.TOP)", "3 4\n"),
        ("import json, email.message; print(json.__name__)", "json\n"),
        ("import importlib.util; print(importlib.util.find_spec('shop.nothing'))", "None\n"),
        ("import importlib.resources as r; print((r.files('shop') / '__init__.py').is_file())", "True\n"),
    ],
)
def test_imports_find_both(root: Path, program: str, printed: str) -> None:
    assert python(root, program) == printed


def test_a_python_that_is_started_from_there_finds_it_too(root: Path) -> None:
    program = "import subprocess, sys; subprocess.run([sys.executable, '-c', 'import shop.api.b_pb2 as b; print(b.B)'])"
    assert python(root, program) == "2\n"


def test_a_sitecustomize_of_the_users_own_is_not_hidden(root: Path, tmp_path: Path) -> None:
    write_files(tmp_path, {"users/sitecustomize.py": "print('of the user')\n"})
    assert python(root, "print('done')", str(tmp_path / "users")) == "of the user\ndone\n"


def test_without_the_folder_nothing_happens(tmp_path: Path) -> None:
    before = list(sys.path), list(sys.meta_path)
    generated_path.extend(str(tmp_path / "gone"))
    assert (sys.path, sys.meta_path) == before


def test_the_sources_come_first(root: Path) -> None:
    """Where a module is in both. A build refuses such twins; a folder for an editor may lag behind."""
    write_files(root, {"shop/api/b_pb2.py": "B = 'checked in'\n"})
    assert python(root, "import shop.api.b_pb2 as b; print(b.B)") == "checked in\n"
