"""Files are checked against tables of what each Airflow accepts, and by an Airflow that is installed."""

import os
from pathlib import Path

import pytest
from support.dag_specs import BINDINGS, FULL, SMALL
from support.provided_airflow import OLDEST, SUPPORTED

from bigflow.dags import parsing
from bigflow.dags.binding import bind
from bigflow.dags.render import render
from bigflow.dags.tables import tables
from bigflow.dags.verify import verify
from bigflow.errors import UsageError

FULL_FILE = render(bind(FULL, BINDINGS))


def test_all_versions_have_their_table() -> None:
    known = [(table.airflow, table.provider) for table in tables()]
    assert known == [OLDEST, *SUPPORTED.items()]


@pytest.mark.parametrize("text", [render(bind(SMALL, BINDINGS)), FULL_FILE], ids=["small", "full"])
def test_our_files_are_fine(text: str) -> None:
    assert verify(text, "daily_dag.py", tables()) == []


@pytest.mark.parametrize(
    ("before", "after", "message", "first", "last"),
    [
        (
            "    catchup=True,",
            "    schedule_interval='@daily',",
            "DAG has no argument 'schedule_interval'",
            "3.0.6",
            "3.3.2",
        ),
        ("    catchup=True,", "    fail_fast=True,", "DAG has no argument 'fail_fast'", "2.9.3", "2.11.2"),
        ('        "retries": 3,', '        "durable": True,', "no argument 'durable'", "2.9.3", "2.10.5"),
        ("        pool=", "        on_kill_action='x', pool=", "no argument 'on_kill_action'", "2.9.3", "2.10.5"),
        ('"kubernetes_conn_id": "kubernetes_default"}', '"nonsense": 1}', "no argument 'nonsense'", "2.9.3", "3.3.2"),
        (
            "            **settings,",
            "            reattach_on_restart=True,",
            "warns of the argument",
            "2.11.2",
            "3.3.2",
        ),
        ("toleration_seconds=60", "seconds=60", "V1Toleration has no argument 'seconds'", "2.9.3", "3.3.2"),
        (
            "    from airflow.models.param import Param",
            "    from airflow.params import Param",
            "Param",
            "2.9.3",
            "2.11.2",
        ),
        (
            "from airflow.providers.cncf.kubernetes.secret",
            "from airflow.kubernetes.secret",
            "secret.Secret",
            "2.9.3",
            "3.3.2",
        ),
    ],
)
def test_what_some_version_does_not_accept(before: str, after: str, message: str, first: str, last: str) -> None:
    assert before in FULL_FILE
    text = FULL_FILE.replace(before, after, 1)
    found = [one for one in verify(text, "x_dag.py", tables()) if message in one.message]
    assert found
    versions = [table.airflow for table in tables() if any(str(table) in one.message for one in found)]
    assert (versions[0], versions[-1]) == (first, last)
    file, _, line = found[0].where.partition(":")
    assert file == "x_dag.py"
    assert not line or after.strip() in text.splitlines()[int(line) - 1]


def test_what_is_no_python_is_said_so() -> None:
    (one,) = verify("def", "x_dag.py", tables())
    assert (one.where, "not Python" in one.message) == ("x_dag.py:1", True)


def test_versions_can_be_narrowed() -> None:
    assert [table.airflow for table in tables(["2.10", "3.1"])] == ["2.10.5", "3.1.8"]
    assert [table.airflow for table in tables(["3"])] == ["3.0.6", "3.1.8", "3.2.2", "3.3.2"]
    assert len(tables(["2.9.3"])) == 2


@pytest.mark.parametrize("version", ["2.1", "4.0", "", "3.1.9"])
def test_an_unknown_version_is_said_to_be(version: str) -> None:
    with pytest.raises(UsageError) as caught:
        tables([version])
    assert "3.3.2" in caught.value.hint


@pytest.fixture
def airflow(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A package that can be imported as airflow is."""
    package = tmp_path / "site" / "airflow"
    package.mkdir(parents=True)
    (package / "__init__.py").touch()
    (package / "configuration.py").touch()
    monkeypatch.syspath_prepend(str(package.parent))
    monkeypatch.setenv("PYTHONPATH", f"{package.parent}{os.pathsep}{os.environ.get('PYTHONPATH', '')}")
    return package


def test_an_airflow_beside_us_is_asked(airflow: Path, tmp_path: Path) -> None:
    assert parsing.importable()
    files = {
        "good.py": "import airflow",
        "bad.py": "import airflow.contrib",
        "warns.py": "import warnings\nwarnings.warn('old', DeprecationWarning, 1)",
        "exits.py": "raise SystemExit(3)",
    }
    for name, text in files.items():
        (tmp_path / name).write_text(text)
    found = {
        one.where.removeprefix(f"{tmp_path}/"): one.message
        for one in parsing.parse([str(tmp_path / name) for name in files])
    }
    assert set(found) == {"bad.py", "warns.py:2", "exits.py"}
    assert "airflow.contrib" in found["bad.py"]
    assert "old" in found["warns.py:2"]


def test_an_airflow_that_breaks_is_told_as_one(airflow: Path, tmp_path: Path) -> None:
    (airflow / "__init__.py").write_text("import os; os._exit(7)")
    (tmp_path / "good.py").write_text("import airflow")
    (one,) = parsing.parse([str(tmp_path / "good.py")])
    assert "cannot be asked" in one.message


def test_without_airflow_nothing_is_asked() -> None:
    assert not parsing.importable()
