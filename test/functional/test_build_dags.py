"""`bigflow build-dags` as its users see it: a file for each workflow, checked, and what is said when one cannot be."""

import json
from pathlib import Path

import pytest
from support.cli import Result, bigflow
from support.shop import FILES, shop, surroundings
from support.snapshots import Snapshot

from bigflow.artifacts import changed_since, read_manifest
from bigflow.dags import specs_file

WORKFLOW = FILES["shop/workflow.py"]


def build(root: Path, *words: str, command: str = "build-dags") -> Result:
    """At a time of its own, as a commit would have."""
    env = {**surroundings(root.parent / "home"), "SOURCE_DATE_EPOCH": "1700000000"}
    return bigflow(command, "--parallel", "1", *words, cwd=root, env=env, timeout=120)


def test_a_file_for_each_workflow(tmp_path: Path, snapshot: Snapshot) -> None:
    root = shop(tmp_path / "project")
    snapshot.check(build(root))
    assert sorted(path.name for path in (root / ".dags").iterdir()) == ["daily_dag.py", "specs.json"]
    text = (root / ".dags" / "daily_dag.py").read_text()
    compile(text, "daily_dag.py", "exec")
    assert "bigflow" not in [
        line.split()[1].partition(".")[0] for line in text.splitlines() if line.startswith(("import", "from"))
    ]
    (spec,) = specs_file.read((root / ".dags" / "specs.json").read_text())
    assert (spec.dag_id, [task.job_id for task in spec.tasks]) == ("daily", ["count"])


def test_the_manifest_has_them_beside_what_was_built_before(tmp_path: Path) -> None:
    root = shop(tmp_path / "project")
    assert build(root, command="build-package").code == 0
    assert build(root).code == 0
    manifest = read_manifest(str(root / "build" / "manifest.json"))
    assert manifest is not None
    assert [artifact.kind for artifact in manifest.artifacts] == ["wheel", "runtime", "dag", "dagspec", "sbom"]
    assert changed_since(manifest, str(root)) == ()


def test_the_same_sources_give_the_same_bytes(tmp_path: Path) -> None:
    files = []
    for place in ("one", "two"):
        root = shop(tmp_path / place / "project")
        assert build(root).code == 0
        files.append({path.name: path.read_bytes() for path in (root / ".dags").iterdir()})
    assert files[0] == files[1]


@pytest.mark.parametrize(
    ("said", "told"),
    [
        (
            {"dags_bucket": "gs://airflow/dags", "namespace": "jobs"},
            ["pods in composer-user-workloads, not in jobs", "0.25"],
        ),
        ({"dags_bucket": "gs://airflow/dags", "namespace": "composer-user-workloads"}, ["0.25"]),
        ({"dags_bucket": "gs://a/dags", "namespace": "jobs", "kubernetes_connection": "gke"}, ["0.25"]),
        ({"dags_bucket": "s3://airflow/dags", "namespace": "jobs"}, []),
        ({"dags_bucket": "./dags", "namespace": "jobs"}, []),
    ],
)
def test_what_composer_would_make_of_it(said: dict[str, str], told: list[str], tmp_path: Path) -> None:
    config = f"from bigflow import Config\n\ndeployment_config = Config('local', {said})\n"
    workflow = WORKFLOW.replace('id = "count"', 'id = "count"\n    resources = {"cpu": "100m"}')
    done = build(shop(tmp_path / "project", **{"deployment_config.py": config, "shop/workflow.py": workflow}))
    assert done.code == 0, done.err
    assert done.err.count("omposer 3") == len(told)
    assert [part for part in told if part not in done.err] == []


def test_of_an_environment(tmp_path: Path) -> None:
    config = (
        "from bigflow import Config\n\ndeployment_config = Config('local', {'docker_repository': 'none'})"
        ".add_configuration('prod', {'docker_repository': 'registry.example.com/shop'})\n"
    )
    root = shop(tmp_path / "project", **{"deployment_config.py": config})
    assert build(root, "-c", "prod").code == 0
    text = (root / ".dags" / "daily_dag.py").read_text()
    assert '"image": "registry.example.com/shop:0-nogit.' in text
    assert "var.value.get('env', 'prod')" in text


@pytest.mark.parametrize(
    "words",
    [
        ("--airflow", "2.10, 3.1"),
        ("--airflow", "4.0"),
        ("-w", "dialy"),
        ("-c", "prdo"),
        ("-t", "yesterday"),
        ("-t", "2026-01-01 00:00:00+01:00"),
    ],
    ids=["two versions", "unknown version", "workflow", "environment", "start time", "zone"],
)
def test_wishes(words: tuple[str, ...], tmp_path: Path, snapshot: Snapshot) -> None:
    snapshot.check(build(shop(tmp_path / "project"), *words))


def test_one_workflow_only(tmp_path: Path) -> None:
    two = WORKFLOW + WORKFLOW.replace("daily", "weekly").partition("\n\n\n")[2]
    root = shop(tmp_path / "project", **{"shop/workflow.py": two})
    assert build(root, "-w", "weekly").code == 0
    assert sorted(path.name for path in (root / ".dags").iterdir()) == ["specs.json", "weekly_dag.py"]


def test_what_cannot_be_a_dag_leaves_the_files_of_before(tmp_path: Path, snapshot: Snapshot) -> None:
    root = shop(tmp_path / "project")
    assert build(root).code == 0
    before = (root / ".dags" / "daily_dag.py").read_bytes()
    (root / "shop" / "workflow.py").write_text(
        WORKFLOW.replace(', start_date="2023-01-01"', "").replace(
            'id = "count"', 'id = "count"\n    resources = {"cpu": "many"}'
        )
    )
    snapshot.check(build(root))
    assert (root / ".dags" / "daily_dag.py").read_bytes() == before


def test_a_module_that_hangs_up_the_process(tmp_path: Path) -> None:
    root = shop(tmp_path / "project", **{"shop/leaving.py": "import os\n\nos._exit(7)\n"})
    result = build(root, "--skip", "configuration")
    assert result.code == 1
    assert "ended with code 7" in result.err


def test_of_edition_1_11(tmp_path: Path) -> None:
    """As users of 1.11 know it: the version and the start time of the build are in the id."""
    pyproject = FILES["pyproject.toml"].replace('edition = "2026"', 'edition = "1.11"\nversion = "1.2.0"')
    root = shop(
        tmp_path / "project",
        **{"pyproject.toml": pyproject, "shop/workflow.py": WORKFLOW.replace(', start_date="2023-01-01"', "")},
    )
    assert build(root, "-t", "2026-01-02 03:00:00").code == 0
    (file,) = (root / ".dags").glob("*.py")
    assert file.name == "daily__v1_2_0__2026_01_02_03_00_00_dag.py"
    told = json.loads((root / "build" / "manifest.json").read_text())
    assert f".dags/{file.name}" in [artifact["path"] for artifact in told["artifacts"]]
