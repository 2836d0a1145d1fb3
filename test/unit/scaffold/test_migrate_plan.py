"""The plan of a migration: which files, and what is left to the user."""

from collections.abc import Mapping
from pathlib import Path

import pytest
from support.cli import write_files

from bigflow.project.spec import read_spec
from bigflow.scaffold.migrate.plan import Plan, make, plan

PROJECT = {"setup.py": "import bigflow.build\nbigflow.build.setup(name='shop')\n", "shop/__init__.py": ""}


def planned(root: Path, files: Mapping[str, str]) -> Plan:
    return plan(read_spec(str(write_files(root, {**PROJECT, **files}))))


def told(root: Path, files: Mapping[str, str]) -> list[tuple[str, str]]:
    return [(finding.message, finding.where) for finding in planned(root, files).notices]


@pytest.mark.parametrize(
    ("code", "message"),
    [
        ("import bigflow.bigquery", "there is no bigflow.bigquery here"),
        ("from bigflow import bigquery as bq", "there is no bigflow.bigquery here"),
        ("from bigflow.bigquery import component", "there is no bigflow.bigquery here"),
        ("def f():\n    from bigflow.dataflow.io import x", "there is no bigflow.dataflow.io here"),
        ("import bigflow as bf\nbf.Workflow('x', [], log_config={})", "a Workflow takes no log_config"),
    ],
)
def test_what_is_not_there_is_named_with_its_line(tmp_path: Path, code: str, message: str) -> None:
    line = code.count("\n") + 1
    assert told(tmp_path, {"shop/x.py": code}) == [(message, f"shop/x.py:{line}")]


@pytest.mark.parametrize(
    "code",
    [
        "from bigflow import Job, JobContext, Workflow, job, resources",
        "import bigflow.resources\nfrom bigflow.configuration import DeploymentConfig",
        "import bigflow\nimport bigflower\nfrom . import bigquery\nfrom other import bigflow",
        "x = 'import bigflow.bigquery'",
        "def broken(:",
    ],
)
def test_what_is_there_is_not_named(tmp_path: Path, code: str) -> None:
    assert told(tmp_path, {"shop/x.py": code}) == []


def test_many_places_are_one_finding(tmp_path: Path) -> None:
    use = "import bigflow.bigquery\n"
    assert told(tmp_path, {"shop/a.py": use, "shop/b.py": use, "test/test_c.py": use}) == [
        ("there is no bigflow.bigquery here", "shop/a.py:1 (and 2 more)")
    ]


@pytest.mark.parametrize(
    ("dockerfile", "line"),
    [
        ("FROM python:3.7.9\n", 1),
        ("# x\n\nfrom --platform=linux/amd64 eu.gcr.io/mirror/python:3.10-slim AS base\n", 3),
        ("FROM python:3.11\n", None),
        ("FROM python:3.13-slim\nRUN echo python:3.7\n", None),
        ("FROM debian\n", None),
    ],
)
def test_an_image_with_an_old_python(tmp_path: Path, dockerfile: str, line: int | None) -> None:
    places = [where for _, where in told(tmp_path, {"Dockerfile": dockerfile})]
    assert places == ([] if line is None else [f"Dockerfile:{line}"])


def test_requirements_that_are_written_by_hand(tmp_path: Path) -> None:
    """Without a requirements.in, the .txt is what people edit."""
    files = {"resources/requirements.txt": "bigflow==1.11.3\npandas==2.0\n"}
    (change,) = (one for one in planned(tmp_path, files).changes if "requirements" in one.path)
    assert (change.path, change.after) == ("resources/requirements.txt", "pandas==2.0\n")


def test_a_lock_is_left_to_the_next_install(tmp_path: Path) -> None:
    files = {"resources/requirements.txt": "bigflow==1.11.3\n", "resources/requirements.in": "bigflow\n"}
    paths = [change.path for change in planned(tmp_path, files).changes]
    assert "resources/requirements.in" in paths
    assert "resources/requirements.txt" not in paths


def test_files_that_include_each_other(tmp_path: Path) -> None:
    files = {
        "resources/requirements.in": "-r more.in\n",
        "resources/more.in": "-r requirements.in\n-r gone.in\nbigflow\n",
    }
    assert "resources/more.in" in [change.path for change in planned(tmp_path, files).changes]


def test_bytes_that_are_no_utf_8_survive(tmp_path: Path) -> None:
    write_files(tmp_path, PROJECT)
    (tmp_path / ".gitignore").write_bytes(b"# caf\xe9\r\n")
    make(plan(read_spec(str(tmp_path))))
    assert (tmp_path / ".gitignore").read_bytes().startswith(b"# caf\xe9\r\n# outputs")


def test_a_link_stays_a_link(tmp_path: Path) -> None:
    write_files(tmp_path, {**PROJECT, "shared.in": "bigflow\npandas\n", "resources/x": ""})
    (tmp_path / "resources" / "requirements.in").symlink_to("../shared.in")
    make(plan(read_spec(str(tmp_path))))
    assert (tmp_path / "resources" / "requirements.in").is_symlink()
    assert (tmp_path / "shared.in").read_text() == "pandas\n"


def test_after_it_nothing_is_left_to_change(tmp_path: Path) -> None:
    first = planned(tmp_path, {"resources/requirements.in": "bigflow\n", "pyproject.toml": "[tool.ruff]\n"})
    assert len(first.changes) == 3
    make(first)
    assert plan(read_spec(str(tmp_path))).changes == ()
    assert read_spec(str(tmp_path)).edition == "1.11"
