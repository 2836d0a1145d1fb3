"""layout: any folder inside a project in, the project's root out."""

import subprocess
import sys
from pathlib import Path

import pytest

from bigflow.project.layout import find_root, mentions_bigflow


def write(root: Path, **files: str) -> None:
    root.mkdir(parents=True, exist_ok=True)
    for name, text in files.items():
        (root / f"{name}{'.toml' if name == 'pyproject' else '.py'}").write_text(text)


def found(start: Path, limit: Path) -> str | None:
    return find_root(str(start), str(limit))


@pytest.mark.parametrize(
    "text",
    [
        "[tool.bigflow]\n",
        "[ tool . bigflow ]",
        "[tool.bigflow.image]\nbuilder = 'native'",
        '[tool."bigflow"]',
        "tool.bigflow.edition = '2026'",
        "tool.bigflow = {}",
        "[bigflow-project]",
        '["bigflow-project"]',
        "[project]\r\nname='x'\r\n[tool.bigflow]\r\n",
        "\ufeff[tool.bigflow]",
        "[tool.bigflow]\nthis is = no TOML = at all",
    ],
)
def test_a_pyproject_that_speaks_to_us_is_a_root(tmp_path: Path, text: str) -> None:
    write(tmp_path, pyproject=text)
    assert found(tmp_path, tmp_path) == str(tmp_path)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "[tool.pytest.ini_options]",
        "# [tool.bigflow]",
        "[project]\nname = 'bigflow'",
        "[tool.bigflowers]",
        "[tool.other]\nbigflow = 1",
        "[bigflow-project-x]",
    ],
)
def test_a_pyproject_that_does_not_is_none(tmp_path: Path, text: str) -> None:
    write(tmp_path, pyproject=text)
    assert found(tmp_path, tmp_path) is None


@pytest.mark.parametrize(
    "text",
    [
        "from bigflow.build import setup",
        "import bigflow.build",
        "from bigflow import build",
        "if True:\n    import bigflow.build as b",
        "PROJECT_NAME = 'shop'",
        "PROJECT_NAME: str = 'shop'",
        "\ufeffPROJECT_NAME = 'shop'",
    ],
)
def test_a_setup_file_that_speaks_to_us_is_a_root(tmp_path: Path, text: str) -> None:
    write(tmp_path, setup=text)
    assert found(tmp_path, tmp_path) == str(tmp_path)


@pytest.mark.parametrize(
    "text",
    [
        "from setuptools import setup\nsetup(name='bigflow')",
        "# from bigflow.build import setup",
        "from bigflow import Workflow  # a module of a project that happens to be called setup",
        "import mybigflow.build",
        "    PROJECT_NAME = 'x'",
    ],
)
def test_an_ordinary_setup_file_is_not(tmp_path: Path, text: str) -> None:
    write(tmp_path, setup=text)
    assert found(tmp_path, tmp_path) is None


def test_project_setup_is_ours_whatever_it_says(tmp_path: Path) -> None:
    write(tmp_path, project_setup="")
    assert found(tmp_path, tmp_path) == str(tmp_path)


def test_a_standard_project_is_ours_when_it_can_be_deployed(tmp_path: Path) -> None:
    write(tmp_path, pyproject="[project]\nname='shop'")
    assert found(tmp_path, tmp_path) is None
    write(tmp_path, deployment_config="deployment_config = None")
    assert found(tmp_path, tmp_path) == str(tmp_path)


def test_deployment_config_alone_is_no_project(tmp_path: Path) -> None:
    write(tmp_path, deployment_config="deployment_config = None")
    assert found(tmp_path, tmp_path) is None


def test_the_nearest_project_of_a_monorepo_wins(tmp_path: Path) -> None:
    write(tmp_path, pyproject="[tool.bigflow]")
    write(tmp_path / "teams" / "shop", pyproject="[tool.bigflow]")
    deep = tmp_path / "teams" / "shop" / "shop" / "deep"
    deep.mkdir(parents=True)
    assert found(deep, tmp_path) == str(tmp_path / "teams" / "shop")
    assert found(tmp_path / "teams", tmp_path) == str(tmp_path)


def test_settings_of_some_tool_do_not_hide_the_project_around_them(tmp_path: Path) -> None:
    write(tmp_path, pyproject="[tool.bigflow]")
    write(tmp_path / "shop", pyproject="[tool.ruff]\nline-length = 80", setup="from setuptools import setup")
    assert found(tmp_path / "shop", tmp_path) == str(tmp_path)


def test_the_search_ends_at_home_but_home_itself_may_be_a_project(tmp_path: Path) -> None:
    write(tmp_path, pyproject="[tool.bigflow]")
    home = tmp_path / "home"
    (home / "work").mkdir(parents=True)
    assert found(home / "work", home) is None
    write(home, project_setup="PROJECT_NAME = 'x'")
    assert found(home / "work", home) == str(home)


def test_home_is_recognised_behind_a_link(tmp_path: Path) -> None:
    write(tmp_path, pyproject="[tool.bigflow]")
    (tmp_path / "real" / "work").mkdir(parents=True)
    (tmp_path / "link").symlink_to(tmp_path / "real")
    assert found(tmp_path / "real" / "work", tmp_path / "link") is None


def test_odd_places_are_no_projects_and_no_errors(tmp_path: Path) -> None:
    (tmp_path / "odd" / "pyproject.toml").mkdir(parents=True)
    (tmp_path / "odd" / "setup.py").mkdir()
    (tmp_path / "odd" / "project_setup.py").symlink_to("nowhere")
    assert found(tmp_path / "odd", tmp_path) is None
    assert found(tmp_path / "not" / "there", tmp_path) is None
    assert find_root("/", None) is None


def test_a_file_stands_for_its_folder(tmp_path: Path) -> None:
    write(tmp_path, pyproject="[tool.bigflow]")
    assert found(tmp_path / "pyproject.toml", tmp_path) == str(tmp_path)


def test_bytes_that_are_no_text_are_searched_all_the_same() -> None:
    assert mentions_bigflow(b"\xff\xfe\nPROJECT_NAME = 'x'")
    assert not mentions_bigflow(b"\x00\xff")


def test_the_modules_that_every_start_needs_load_no_costly_ones() -> None:
    code = (
        "import sys; before = set(sys.modules); import bigflow.project.layout, bigflow.project.environment;"
        "import bigflow.project.spec; print(*(set(sys.modules) - before))"
    )
    loaded = subprocess.run(
        [sys.executable, "-S", "-c", code], capture_output=True, text=True, check=True
    ).stdout.split()
    costly = {"pathlib", "dataclasses", "inspect", "tomllib", "ast", "json", "subprocess", "bigflow._process"}
    assert costly & set(loaded) == set()
