"""New projects: all of it is there, or nothing."""

import ast
import os
import tempfile
import tomllib
from datetime import date
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from support.doctrine import broken, git

from bigflow.builder.wheel.recipe import SETUPTOOLS
from bigflow.errors import OutsideError, UsageError
from bigflow.project.deployment import deployment_config
from bigflow.project.layout import find_root
from bigflow.project.spec import read_spec
from bigflow.scaffold.start import NewProject, create, filled

answers = st.none() | st.text(st.characters(codec="utf-8"), min_size=1, max_size=30)


def new(place: Path, **said: str | None) -> Path:
    create(NewProject("my-shop", str(place), date(2026, 11, 20), "3.12", **said))
    return place


def everything_in(folder: Path) -> list[str]:
    return sorted(str(path.relative_to(folder)) for path in folder.rglob("*"))


def test_the_project_is_what_its_files_say(tmp_path: Path) -> None:
    root = new(tmp_path / "shop")
    spec = read_spec(str(root))
    assert find_root(str(root / "test")) == str(root)
    assert (spec.name, spec.package, spec.edition, spec.python) == ("my-shop", "project_package", "2026", "3.12")
    assert (spec.test_framework, spec.tests, spec.version) == ("pytest", "test", None)
    assert "start_date=datetime(2026, 11, 20)" in (root / "project_package" / "workflow.py").read_text()
    assert (root / "Dockerfile").read_text().startswith("# bigflow: standard\n")


def test_nothing_of_the_template_shows(tmp_path: Path) -> None:
    root = new(tmp_path / "shop")
    files = [path for path in root.rglob("*") if path.is_file()]
    assert not [path for path in files if "{{" in path.read_text() or path.suffix == ".tmpl"]
    for path in files:
        if path.suffix == ".py":
            compile(path.read_text(), path, "exec")


def test_environments_are_as_answered(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    root = new(tmp_path / "shop", gcp_project_id="acme", docker_repository="eu.gcr.io/acme/x")
    config = deployment_config(str(root), "deployment_config.py")
    assert config is not None
    assert config.environments == ("local", "dev", "prod")
    assert config.missing("local") == ()
    assert config.missing("dev") == ("dags_bucket",)
    assert set(config.missing("prod")) == {"gcp_project_id", "dags_bucket", "docker_repository"}
    assert config.resolve_property("docker_repository", "dev") == "eu.gcr.io/acme/x"


@given(answers, answers, answers)
@settings(max_examples=25)
def test_any_answer_is_written_as_it_was_given(
    project_id: str | None, bucket: str | None, repository: str | None
) -> None:
    with tempfile.TemporaryDirectory() as folder:
        said = {"gcp_project_id": project_id, "dags_bucket": bucket, "docker_repository": repository}
        tree = ast.parse((new(Path(folder, "shop"), **said) / "deployment_config.py").read_text(encoding="utf-8"))
        dicts = [ast.literal_eval(node) for node in ast.walk(tree) if isinstance(node, ast.Dict)]
        assert said in dicts


def test_a_value_may_look_like_a_placeholder() -> None:
    assert filled("{{ a }}{{ b }} {{c}} {d}", {"a": "{{ b }}", "b": "x"}) == "{{ b }}x {{c}} {d}"


def test_a_placeholder_without_a_value_is_our_mistake() -> None:
    with pytest.raises(KeyError):
        filled("{{ unknown }}", {})


def test_an_empty_folder_is_filled(tmp_path: Path) -> None:
    (tmp_path / "shop").mkdir()
    assert (new(tmp_path / "shop") / "pyproject.toml").is_file()
    assert everything_in(tmp_path)[0] == "shop"


@pytest.mark.parametrize("kind", ["folder", "hidden", "file", "dangling link", "link to an empty folder"])
def test_what_is_there_stays_as_it_is(tmp_path: Path, kind: str) -> None:
    place = tmp_path / "shop"
    if kind in ("folder", "hidden"):
        place.mkdir()
        (place / (".git" if kind == "hidden" else "notes.txt")).write_text("mine")
    elif kind == "file":
        place.write_text("mine")
    else:
        (tmp_path / "empty").mkdir()
        place.symlink_to("gone" if kind == "dangling link" else "empty")
    before = everything_in(tmp_path)
    with pytest.raises(UsageError, match="already"):
        new(place)
    assert everything_in(tmp_path) == before


def test_a_folder_that_is_not_there(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="there is no folder") as refused:
        new(tmp_path / "gone" / "shop")
    assert refused.value.hint == f"mkdir -p {tmp_path / 'gone'}"


def test_a_place_that_takes_nothing(tmp_path: Path) -> None:
    parent = Path("/proc/self")  # refuses root, too
    if os.geteuid():
        parent = tmp_path / "read only"
        parent.mkdir(0o500)
    if not parent.is_dir():
        pytest.skip("this machine has no place that refuses root")
    with pytest.raises(OutsideError, match="cannot write"):
        new(parent / "shop")


def test_it_is_readable_as_the_user_wishes_new_files_to_be(tmp_path: Path) -> None:
    before = os.umask(0o027)
    try:
        root = new(tmp_path / "shop")
    finally:
        os.umask(before)
    assert (root.stat().st_mode & 0o777, (root / "README.md").stat().st_mode & 0o777) == (0o750, 0o640)


def test_a_wheel_by_hand_is_built_by_what_builds_all_wheels(tmp_path: Path) -> None:
    document = tomllib.loads((new(tmp_path / "shop") / "pyproject.toml").read_text())
    assert document["build-system"]["requires"] == [SETUPTOOLS]


def test_a_new_project_keeps_the_doctrine(tmp_path: Path) -> None:
    root = new(tmp_path / "shop")
    git(root, "init", "--quiet", "--template=")
    git(root, "add", ".")
    assert broken(root) == []
