import subprocess
from dataclasses import replace
from pathlib import Path

import pytest
from support.building import Tried, perform
from support.small_shop import opened, write_shop

from bigflow.artifacts.artifact import Artifact, Made, artifact_of, folder_artifact
from bigflow.artifacts.manifest import PATH, Manifest
from bigflow.builder.step import Done, Project, StepFailed, Wishes
from bigflow.builder.steps import sizes
from bigflow.errors import UsageError

MADE = Made("1.2.0", "0" * 64)


@pytest.fixture
def project(tmp_path: Path) -> Project:
    return opened(write_shop(tmp_path / "shop"), tmp_path / "cache")


def artifact(project: Project, kind: str, path: str, size: int) -> Artifact:
    place = Path(project.root, path)
    place.parent.mkdir(parents=True, exist_ok=True)
    place.write_bytes(b"x" * size)
    return artifact_of(project.root, path, kind, MADE)


def tried(project: Project, *artifacts: Artifact) -> Tried:
    return perform(sizes, project, before={"wheel": Done("", artifacts[:1]), "others": Done("", artifacts[1:])})


def with_budget(project: Project, **budget: int) -> Project:
    return replace(project, settings=replace(project.settings, budget=tuple(budget.items())))


def test_kinds_are_summed_up_and_compared_with_the_build_before(project: Project) -> None:
    wheel = artifact(project, "wheel", "dist/a.whl", 14_000)
    one, two = (artifact(project, "dag", f".dags/{name}.py", 1_000) for name in "ab")
    before = Manifest("shop", "shop", "1.1", None, (replace(wheel, size=12_000), replace(one, size=2_000)))
    Path(project.root, PATH).parent.mkdir(exist_ok=True)
    Path(project.root, PATH).write_text(before.to_json())
    done = tried(project, wheel, one, two).done
    assert done is not None
    assert done.summary == "wheel +2.0 kB"


def test_without_a_build_before_there_is_no_comparison(project: Project) -> None:
    done = tried(project, artifact(project, "wheel", "dist/a.whl", 14_000)).done
    assert done is not None
    assert done.summary == "14 kB in all"


def test_a_kind_that_was_not_there_before_is_new_and_each_size_is_in_the_log(project: Project) -> None:
    wheel = artifact(project, "wheel", "dist/a.whl", 14_000)
    Path(project.root, PATH).parent.mkdir(exist_ok=True)
    Path(project.root, PATH).write_text(Manifest("shop", "shop", "1.1", None, (wheel,)).to_json())
    tried_now = tried(project, wheel, artifact(project, "dag", ".dags/a.py", 1_000))
    assert tried_now.done is not None
    assert tried_now.done.summary == "dag new"
    assert [line for line in tried_now.log.splitlines() if ": " in line] == ["wheel: 14 kB", "dag: 1.0 kB"]
    again = tried(project, wheel).done
    assert again is not None
    assert again.summary == "sizes as before"


def test_nothing_was_made(project: Project) -> None:
    done = tried(project).done
    assert done is not None
    assert done.summary == "no artifacts"


def test_checksums_are_such_as_other_programs_check(project: Project) -> None:
    folder = Path(project.root, "build_output", "deep")
    folder.mkdir(parents=True)
    (folder / "ü.py").write_text("x")
    bundle = folder_artifact(project.root, "build_output", "emr-bundle", MADE)
    image = Artifact("image", ".image", 5, "f" * 64, "1.2.0", "")
    tried(project, artifact(project, "wheel", "dist/a.whl", 10), bundle, image)
    listed = Path(project.root, sizes.CHECKSUMS).read_text()
    assert [line.split("  ")[1] for line in listed.splitlines()] == ["dist/a.whl", "build_output/deep/ü.py"]
    command = ["sha256sum", "--check", "--strict", sizes.CHECKSUMS]
    assert subprocess.run(command, cwd=project.root, capture_output=True).returncode == 0
    (folder / "ü.py").write_text("y")
    assert subprocess.run(command, cwd=project.root, capture_output=True).returncode == 1


@pytest.mark.parametrize(("budget", "fails"), [(99, True), (100, False), (101, False)])
def test_a_budget_may_be_used_up(budget: int, fails: bool, project: Project) -> None:
    result = tried(with_budget(project, wheel=budget, image=1), artifact(project, "wheel", "dist/a.whl", 100))
    assert isinstance(result.error, StepFailed) is fails
    if fails:
        assert str(result.error) == "over budget: dist/a.whl has 100 bytes, and may have 99 bytes"


def test_all_that_is_over_budget_is_told(project: Project) -> None:
    artifacts = [artifact(project, kind, f"x/{kind}", 10) for kind in ("wheel", "runtime", "dag")]
    error = tried(with_budget(project, wheel=1, dag=1), *artifacts).error
    assert "x/wheel" in str(error)
    assert "x/dag" in str(error)
    assert "x/runtime" not in str(error)


def test_a_budget_for_something_that_does_not_exist(project: Project) -> None:
    with pytest.raises(UsageError, match="no artifact 'whel'") as refused:
        sizes.declare(with_budget(project, whel=1), Wishes())
    assert refused.value.hint == "did you mean 'wheel'?"
