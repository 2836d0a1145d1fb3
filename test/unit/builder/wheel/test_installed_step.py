"""The trial of a wheel: a real environment, real installations."""

from pathlib import Path

from support.building import Tried, perform
from support.small_shop import WORKFLOW, built, opened, write_shop

from bigflow.builder.step import Project, StepFailed
from bigflow.builder.steps import installed, runtime
from bigflow.builder.wheel.archive import Entry, dist_info, write_wheel
from bigflow.errors import BigflowError, UsageError


def finished(root: Path, cache: Path, files: dict[str, str | None] | None = None) -> Project:
    """A project that has been built."""
    project = opened(write_shop(root, files), cache)
    assert perform(runtime, project).error is None
    built(project)
    return project


def error_of(tried: Tried) -> BigflowError:
    assert isinstance(tried.error, BigflowError), tried.done
    return tried.error


def forged(project: Project, files: dict[str, str]) -> None:
    """A wheel in the place of the finished one."""
    info = dist_info("shop", project.version)
    metadata = Entry(f"{info}/METADATA", f"Metadata-Version: 2.1\nName: shop\nVersion: {project.version}\n".encode())
    entries = [metadata, *(Entry(name, text.encode()) for name, text in files.items())]
    (wheel,) = Path(project.root, "dist").iterdir()
    write_wheel(str(wheel), info, entries, 0)


def test_all_workflows_and_resources_are_found_again(tmp_path: Path, cache: Path) -> None:
    hourly = WORKFLOW.replace("daily", "hourly").replace(
        "definition", "schedule_interval='0 3 * * MON', timezone='Europe/Warsaw', definition"
    )
    reading = f"from bigflow.resources import read_text\nassert read_text('report.sql') == 'select 1\\n'\n{hourly}"
    project = finished(tmp_path / "shop", cache, {"shop/hourly.py": reading})
    tried = perform(installed, project)
    assert tried.error is None, tried.log
    assert tried.done is not None
    assert tried.done.summary == "wheel installs, 2 workflows found"


def test_the_project_itself_is_not_looked_at(tmp_path: Path, cache: Path) -> None:
    project = finished(tmp_path / "shop", cache)
    Path(project.root, "shop", "workflow.py").write_text("raise SystemExit('the sources are imported')\n")
    Path(project.root, "resources", "report.sql").unlink()
    assert perform(installed, project).error is None


def test_requirements_are_installed_from_the_lock_but_no_framework(tmp_path: Path) -> None:
    cache = tmp_path / "cache"
    lock = {"resources/requirements.txt": "iniconfig==2.1.0\nbigflow==1.11.3\n"}
    files = {"shop/jobs/load.py": "import iniconfig\n", **lock}
    project = finished(tmp_path / "shop", cache, files)
    tried = perform(installed, project)
    assert tried.error is None, tried.log
    there = {path.name for path in (cache / "locked").rglob("*.dist-info")}
    assert there == {"iniconfig-2.1.0.dist-info"}


def test_what_is_imported_must_be_in_the_lock(tmp_path: Path, cache: Path) -> None:
    project = finished(tmp_path / "shop", cache, {"shop/jobs/load.py": "import hypothesis\n"})
    error = error_of(perform(installed, project))
    assert "No module named 'hypothesis'" in error.message
    assert error.findings[0].where.endswith("shop/jobs/load.py:1")
    assert "requirements.in" in error.hint


def test_a_lock_that_cannot_be_installed(tmp_path: Path, cache: Path) -> None:
    lock = "iniconfig==2.1.0 --hash=sha256:" + "0" * 64 + "\n"
    project = finished(tmp_path / "shop", cache, {"resources/requirements.txt": lock})
    error = error_of(perform(installed, project))
    assert isinstance(error, StepFailed)
    assert "iniconfig" in error.message


def test_a_workflow_that_depends_on_the_place(tmp_path: Path, cache: Path) -> None:
    here = f"import os\n{WORKFLOW}" + "if not os.path.exists('resources/report.sql'):\n    del daily\n"
    project = finished(tmp_path / "shop", cache, {"shop/workflow.py": here})
    assert "other workflows than the sources: daily shop.workflow" in error_of(perform(installed, project)).message


def test_a_resource_that_is_not_found(tmp_path: Path, cache: Path) -> None:
    project = finished(tmp_path / "shop", cache)
    forged(
        project,
        {
            "shop/__init__.py": "",
            "shop/bigflow_workflows.txt": "",
            "shop/resources/a.sql": "",
            "resources/b.sql": "",
        },
    )
    assert perform(installed, project).error is None
    forged(
        project,
        {
            "shop/__init__.py": "import bigflow.resources as r\nr.get_resource_absolute_path = lambda *a: __file__\n",
            "shop/bigflow_workflows.txt": "",
            "shop/resources/a.sql": "",
        },
    )
    assert "cannot be read from the installed wheel: a.sql" in error_of(perform(installed, project)).message


def test_a_wheel_that_is_not_ours(tmp_path: Path, cache: Path) -> None:
    project = finished(tmp_path / "shop", cache)
    forged(project, {"shop/__init__.py": ""})
    assert "no wheel that a build made" in error_of(perform(installed, project)).message
    (wheel,) = Path(project.root, "dist").iterdir()
    wheel.write_bytes(b"half of one")
    assert "no wheel that a build made" in error_of(perform(installed, project)).message


def test_names_that_only_csv_can_quote(tmp_path: Path, cache: Path) -> None:
    names = ('a,"b".sql', "a'b c.sql", "\\n back\\slash.sql")
    project = finished(tmp_path / "shop", cache, {f"resources/{name}": name for name in names})
    assert perform(installed, project).error is None


def test_nothing_was_built(tmp_path: Path, cache: Path) -> None:
    error = error_of(perform(installed, opened(write_shop(tmp_path / "shop"), cache)))
    assert isinstance(error, UsageError)
    assert error.message == "there is no dist/shop-1.2.0-py3-none-any.whl"
