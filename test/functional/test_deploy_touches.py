"""What a plan says of a change of one line: whose code it is, and who only takes the new image."""

import json
from dataclasses import replace
from pathlib import Path

import pytest
from support.built import Build, stage
from support.cli import bigflow, write_files

from bigflow.dags import specs_file
from bigflow.errors import ExitCode

COUNT = 12
PYPROJECT = '[tool.bigflow]\nedition = "2026"\nname = "shop"\npackage = "shop"\n'
WORKFLOW = """\
from bigflow import Workflow
from shop.marts import common
from shop.marts.{name} import load

wf = Workflow("{name}", [load.Load("load")], schedule_interval="@daily", start_date="2026-01-01")
"""
LOAD = "from bigflow import Job\n\n\nclass Load(Job):\n    def execute(self, context):\n        return 1\n"
NAMES = [f"mart_{number:02}" for number in range(COUNT)]


@pytest.fixture
def project(tmp_path: Path) -> Path:
    files = {"pyproject.toml": PYPROJECT, "resources/requirements.txt": ""}
    for package in ("shop", "shop/marts", *(f"shop/marts/{name}" for name in NAMES)):
        files[f"{package}/__init__.py"] = ""
    for name in NAMES:
        files[f"shop/marts/{name}/load.py"] = LOAD
        files[f"shop/marts/{name}/workflow.py"] = WORKFLOW.format(name=name)
    return write_files(tmp_path / "shop", {**files, "shop/marts/common.py": "LIMIT = 1\n"})


def staged(project: Path, tmp_path: Path, version: str) -> Path:
    """What a CI stage holds: the project's DAGs as a real build writes them, and an image that is new each time."""
    result = bigflow("build-dags", "-t", "2026-11-01", cwd=project)
    assert result.code == ExitCode.OK, result.err
    specs = specs_file.read((project / ".dags/specs.json").read_text())
    assert len(specs) == COUNT
    return stage(tmp_path / "stage", Build(version, specs=specs, code=version.encode()))


def planned(here: Path) -> list[str]:
    return bigflow("deploy", "--plan", cwd=here).out.splitlines()


def test_a_change_of_one_line(project: Path, tmp_path: Path) -> None:
    """One workflow changed; the others take the new image, and the plan says that this is all."""
    here = staged(project, tmp_path, "1.4.1")
    assert bigflow("deploy", cwd=here).code == ExitCode.OK
    load = project / "shop/marts/mart_07/load.py"
    load.write_text(load.read_text().replace("return 1", "return 2"))
    here = staged(project, tmp_path, "1.4.2")
    lines = planned(here)
    assert lines[0].startswith("~ mart_07   next run ")
    assert lines[1].startswith("    image: sha256:")
    assert lines[2:5] == [
        "    version: 1.4.1 -> 1.4.2",
        "    code: changed",
        "    schedule, jobs, resources, secrets, alerts: unchanged",
    ]
    assert lines[5].startswith(f"~ {COUNT - 1} workflows take the new image   image: sha256:")
    assert lines[6] == "    schedule, jobs, resources, secrets, alerts and code: unchanged"
    plan = json.loads(bigflow("deploy", "--plan", "--json", cwd=here).out)
    assert [dag["dag_id"] for dag in plan["dags"] if not dag["same_code"]] == ["mart_07"]
    assert all(dag["only_build"] for dag in plan["dags"])


def test_a_change_of_what_many_import(project: Path, tmp_path: Path) -> None:
    assert bigflow("deploy", cwd=staged(project, tmp_path, "1.0.0")).code == ExitCode.OK
    (project / "shop/marts/common.py").write_text("LIMIT = 2\n")
    lines = planned(staged(project, tmp_path, "1.1.0"))
    assert lines[0].startswith(f"~ {COUNT} workflows take the new image   ")
    assert lines[0].endswith("version: 1.0.0 -> 1.1.0, code: changed")
    assert lines[2] == "    mart_00, mart_01, mart_02, mart_03, mart_04 and 7 more"


def test_an_image_with_the_same_code(project: Path, tmp_path: Path) -> None:
    """Such as one of a newer base: all take it, and no code changed."""
    assert bigflow("deploy", cwd=staged(project, tmp_path, "1.0.0")).code == ExitCode.OK
    lines = planned(staged(project, tmp_path, "1.1.0"))
    assert lines[1] == "    schedule, jobs, resources, secrets, alerts and code: unchanged"


def test_where_the_code_is_not_known_nothing_is_said_of_it(project: Path, tmp_path: Path) -> None:
    """The last release was built before anybody looked."""
    here = staged(project, tmp_path, "1.0.0")
    specs = here / ".dags/specs.json"
    old = [replace(spec, code="") for spec in specs_file.read(specs.read_text())]
    stage(here, Build("0.9.0", specs=tuple(old), code=b"0.9"))
    assert bigflow("deploy", cwd=here).code == ExitCode.OK
    lines = planned(staged(project, tmp_path, "1.0.0"))
    assert lines[1] == "    schedule, jobs, resources, secrets, alerts: unchanged"
    assert not any("code" in line for line in lines)
