"""Projects as pods have them: installed, without their sources' folder; and projects of many modules."""

from pathlib import Path

import pytest
from support.cli import CHECKOUT, bigflow, write_files
from support.snapshots import Snapshot

from bigflow.project.discovery import INDEX

MODULES = 300
ONE = (
    "from pathlib import Path\n\nfrom bigflow import Workflow, job\n\n"
    "Path(__file__).with_suffix('.imported').touch()\n\n\n"
    "@job\ndef load(context):\n    print(context.workflow_id, context.env)\n\n\n"
)
IN_A_POD = ("run", "--job", "computed-id.load", "--runtime", "2026-01-02", "--project-package", "shop")


def imported(root: Path) -> list[str]:
    return sorted(path.stem for path in root.rglob("*.imported"))


@pytest.fixture
def large(tmp_path: Path) -> Path:
    files = {f"shop/m{number}.py": f'{ONE}one = Workflow("w{number}", [load])\n' for number in range(MODULES)}
    files["shop/computed.py"] = f'{ONE}two = Workflow("-".join(["computed", "id"]), [load])\n'
    project = '[tool.bigflow]\nname = "shop"\nedition = "2026"\n'
    return write_files(tmp_path / "project", {"pyproject.toml": project, "shop/__init__.py": "", **files})


def test_one_job_of_many_modules_imports_its_own_only(large: Path) -> None:
    result = bigflow("run", "-j", "w217.load", "-r", "2026-01-02", "-c", "dev", cwd=large)
    assert (result.code, result.out) == (0, "w217 dev\n"), result.err
    assert imported(large) == ["m217"]


def test_an_id_that_is_computed_is_found_by_a_search(large: Path) -> None:
    result = bigflow("run", "-j", "computed-id.load", "-r", "2026-01-02", cwd=large)
    assert (result.code, result.out) == (0, "computed-id None\n"), result.err
    assert len(imported(large)) == MODULES + 1


def test_all_of_them_are_listed(large: Path) -> None:
    result = bigflow("workflows", cwd=large)
    assert (result.code, len(result.out.splitlines())) == (0, MODULES + 1)


@pytest.fixture
def site(tmp_path: Path) -> Path:
    """What a wheel leaves in site-packages: the package and its index, nothing beside it."""
    return write_files(
        tmp_path / "site",
        {
            "shop/__init__.py": "",
            "shop/a.py": ONE,
            "shop/deep/__init__.py": "",
            "shop/deep/b.py": f'{ONE}two = Workflow("-".join(["computed", "id"]), [load])\n',
            f"shop/{INDEX}": "computed-id shop.deep.b\n",
        },
    )


def test_in_a_pod_the_index_names_the_module(site: Path, tmp_path: Path, snapshot: Snapshot) -> None:
    words = (*IN_A_POD, "--config", "prod")
    empty = tmp_path / "app"
    empty.mkdir()
    snapshot.check(bigflow(*words, cwd=empty, env={"PYTHONPATH": f"{CHECKOUT}:{site}"}))
    assert imported(site) == ["b"]


def test_an_index_that_is_wrong_is_not_believed(site: Path, tmp_path: Path) -> None:
    (site / "shop" / INDEX).write_text("computed-id shop.a\n")
    result = bigflow(*IN_A_POD, cwd=tmp_path, env={"PYTHONPATH": f"{CHECKOUT}:{site}"})
    assert (result.code, result.out) == (0, "computed-id None\n"), result.err


def test_an_index_that_names_a_module_that_is_gone(site: Path, tmp_path: Path) -> None:
    (site / "shop" / INDEX).write_text("computed-id shop.gone\n")
    result = bigflow(*IN_A_POD, cwd=tmp_path, env={"PYTHONPATH": f"{CHECKOUT}:{site}"})
    assert (result.code, result.out) == (0, "computed-id None\n"), result.err
