from pathlib import Path

import pytest
from support.building import project
from support.cli import write_files
from support.emr import PYPROJECT

from bigflow.builder.emr.scripts import entry_scripts
from bigflow.errors import InvalidProject


def scripts(root: Path, *patterns: str, files: tuple[str, ...] = ()) -> dict[str, str]:
    texts = dict.fromkeys((*files, "shop/__init__.py"), "")
    return entry_scripts(project(write_files(root, {"pyproject.toml": PYPROJECT, **texts})), patterns)


def wrong(root: Path, *patterns: str, files: tuple[str, ...] = ()) -> list[str]:
    with pytest.raises(InvalidProject) as caught:
        scripts(root, *patterns, files=files)
    assert all(finding.where == "pyproject.toml:6" for finding in caught.value.findings)
    return [f"{finding.message} | {finding.hint}" for finding in caught.value.findings]


def test_scripts_are_found_by_patterns_and_names(tmp_path: Path) -> None:
    found = scripts(tmp_path, "jobs/*.py", "main.py", "jobs/b.py", files=("jobs/b.py", "jobs/a.py", "main.py"))
    assert list(found.items()) == [("a", "jobs/a.py"), ("b", "jobs/b.py"), ("main", "main.py")]


def test_a_script_that_does_not_exist(tmp_path: Path) -> None:
    (told,) = wrong(tmp_path, "jobs/run_man.py", files=("jobs/run_main.py",))
    assert told == "the entry script jobs/run_man.py does not exist | did you mean 'jobs/run_main.py'?"


def test_a_pattern_without_a_match(tmp_path: Path) -> None:
    (told,) = wrong(tmp_path, "entry_script/*.py")
    assert told.startswith("there is no entry script entry_script/*.py | write one")


def test_two_scripts_of_one_name(tmp_path: Path) -> None:
    (told,) = wrong(tmp_path, "a/run.py", "b/run.py", files=("a/run.py", "b/run.py"))
    assert told.startswith("two entry scripts are called run.py: a/run.py and b/run.py")


@pytest.mark.parametrize("name", ["run.sh", "run main.py", "-x.py", "a,b.py", "run'.py"])
def test_a_name_that_spark_submit_could_misread(name: str, tmp_path: Path) -> None:
    (told,) = wrong(tmp_path, f"jobs/{name}", files=(f"jobs/{name}",))
    assert "cannot be an entry script" in told


def test_nothing_outside_of_the_project(tmp_path: Path) -> None:
    (tmp_path / "outside.py").touch()
    assert len(wrong(tmp_path / "shop", "../outside.py", str(tmp_path / "outside.py"))) == 2


def test_no_script_at_all(tmp_path: Path) -> None:
    assert wrong(tmp_path) == ['emr.entry_scripts is empty | entry_scripts = ["entry_script/*.py"]']


def test_everything_is_told_at_once(tmp_path: Path) -> None:
    assert len(wrong(tmp_path, "a.py", "b/*.py", "c.sh", files=("c.sh",))) == 3
