from collections.abc import Mapping
from pathlib import Path

import pytest
from support.building import project
from support.small_shop import write_shop

from bigflow.builder.cleaning import clean
from bigflow.builder.default import PHASES
from bigflow.builder.selection import Phase
from bigflow.builder.step import Declared, Done, NotNeeded, Project, Step, Wishes, Work
from bigflow.errors import UsageError


class Leaving:
    """A step that says what it leaves."""

    def __init__(self, *leaves: str, needed: bool = True, sure: bool = True) -> None:
        self.leaves, self.needed, self.sure = leaves, needed, sure

    def declare(self, project: Project, wishes: Wishes) -> Declared | NotNeeded:
        if not self.sure:
            raise UsageError("it cannot be told")
        return Declared(leaves=self.leaves) if self.needed else NotNeeded("no")

    def perform(self, work: Work) -> Done:
        raise AssertionError("cleaning performs nothing")


@pytest.fixture
def root(tmp_path: Path) -> Path:
    return write_shop(tmp_path / "shop")


def cleaned(root: Path, **steps: Step) -> None:
    names: Mapping[str, Step] = {step: Leaving() for phase in PHASES for step in phase.all}
    here = project(root)
    own = tuple(said.name for said in here.settings.steps)
    phases = [Phase(one.name, (*one.steps, *(own if one.name == "build" else ())), one.closing) for one in PHASES]
    clean(here, Wishes(), phases, {**names, **steps})


def write(root: Path, *paths: str) -> None:
    for path in paths:
        (root / path).parent.mkdir(parents=True, exist_ok=True)
        (root / path).write_text("x")


def test_what_steps_leave_goes_and_what_lies_beside_it_stays(root: Path) -> None:
    write(root, "dist/a.whl", "dist/mine.txt", "build_output/jars/a.jar", "build/x/y")
    cleaned(root, wheel=Leaving("dist/a.whl", "dist/none.whl"), emr=Leaving("build_output"))
    assert sorted(path.name for path in (root / "dist").iterdir()) == ["mine.txt"]
    assert not (root / "build_output").exists() and (root / "build/x/y").exists()


def test_the_lock_and_the_environment_are_no_outputs(root: Path) -> None:
    write(root, "resources/requirements.txt", ".venv/marker")
    cleaned(root, requirements=Leaving("resources/requirements.txt"), environment=Leaving(".venv/marker"))
    assert (root / "resources/requirements.txt").exists() and (root / ".venv/marker").exists()


def test_what_the_project_s_own_steps_leave_may_be_a_source(root: Path) -> None:
    write(root, "docs/generated.html")
    with (root / "pyproject.toml").open("a") as file:
        file.write('[[tool.bigflow.build.steps]]\nphase = "build"\nname = "pages"\nrun = "true"\n')
    cleaned(root, pages=Leaving("docs/generated.html"))
    assert (root / "docs/generated.html").exists()


def test_a_link_goes_and_what_it_leads_to_stays(root: Path, tmp_path: Path) -> None:
    write(tmp_path, "elsewhere/precious")
    (root / "build_output").symlink_to(tmp_path / "elsewhere")
    (root / "dangling").symlink_to("nowhere")
    cleaned(root, emr=Leaving("build_output", "dangling"))
    assert not (root / "build_output").is_symlink() and not (root / "dangling").is_symlink()
    assert (tmp_path / "elsewhere" / "precious").exists()


def test_a_step_that_is_not_needed_or_cannot_say_leaves_nothing(root: Path) -> None:
    write(root, ".image/index.json", ".dags/x.py")
    cleaned(root, image=Leaving(".image", sure=False), dags=Leaving(".dags", needed=False))
    assert (root / ".image/index.json").exists() and (root / ".dags/x.py").exists()
