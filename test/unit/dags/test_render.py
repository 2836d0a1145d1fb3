"""DAG files: golden files, and what files with any values in them ask of Airflow."""

import ast
import subprocess
import sys
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import jinja2
import pytest
from hypothesis import HealthCheck, given, settings
from support.dag_specs import BINDINGS, FULL, SMALL, specs
from support.snapshots import UPDATING
from support.stub_airflow import AIRFLOW_2, AIRFLOW_3, executed

from bigflow.dags.binding import Bindings, bind
from bigflow.dags.mark import Mark, read
from bigflow.dags.render import render
from bigflow.dags.spec import DagSpec, Param, TaskSettings, TaskSpec, Timetable

GOLDEN = Path(__file__).parent / "golden"
ELSEWHERE = replace(BINDINGS, namespace="jobs", config_file="/etc/kubeconfig", connection="cluster", paused=True)
FILES = {
    "small.py": (SMALL, BINDINGS),
    "full.py": (FULL, BINDINGS),
    "elsewhere.py": (replace(SMALL, timetable=Timetable("delta", seconds=25200)), ELSEWHERE),
    "unscheduled.py": (replace(SMALL, timetable=Timetable("none"), env_variable=""), BINDINGS),
}


@pytest.mark.parametrize("name", FILES)
def test_files_are_the_golden_ones(name: str) -> None:
    text = render(bind(*FILES[name]))
    if UPDATING:
        (GOLDEN / f"{name}.txt").write_text(text, encoding="utf-8")
    assert text == (GOLDEN / f"{name}.txt").read_text(encoding="utf-8"), (
        "UPDATE_SNAPSHOTS=1 writes them; read what has changed"
    )


def test_there_is_no_golden_file_too_many() -> None:
    assert {path.name for path in GOLDEN.iterdir()} == {f"{name}.txt" for name in FILES}


@pytest.mark.parametrize("name", FILES)
def test_a_formatter_has_nothing_to_say(name: str) -> None:
    text = render(bind(*FILES[name]))
    command = [
        sys.executable,
        "-m",
        "ruff",
        "format",
        "--isolated",
        "--line-length",
        "100",
        "--stdin-filename",
        name,
        "-",
    ]
    assert subprocess.run(command, input=text, capture_output=True, text=True, check=True).stdout == text


def test_a_file_needs_nothing_of_ours() -> None:
    modules = [
        node.module or "" if isinstance(node, ast.ImportFrom) else node.names[0].name
        for node in ast.walk(ast.parse(render(bind(FULL, BINDINGS))))
        if isinstance(node, (ast.Import, ast.ImportFrom))
    ]
    assert {module.partition(".")[0] for module in modules} == {"os", "datetime", "airflow", "kubernetes"}


@pytest.mark.parametrize("missing", [AIRFLOW_2, AIRFLOW_3])
def test_what_it_asks_of_airflow(missing: tuple[str, ...]) -> None:
    dag, tasks = executed(render(bind(FULL, BINDINGS)), missing)
    assert (dag.kwargs["dag_id"], dag.kwargs["catchup"], dag.kwargs["max_active_runs"]) == ("Mart.orders", True, 3)
    assert dag.kwargs["dagrun_timeout"] == timedelta(hours=2)
    assert dag.kwargs["start_date"] == FULL.start_date
    assert (dag.kwargs["schedule"].kind, dag.kwargs["schedule"].args) == (
        "CronDataIntervalTimetable",
        ("30 3 * * 1-5",),
    )
    assert list(dag.kwargs["params"]) == ["runtime", "country", "top", "since"]
    load, check, report = tasks.values()
    assert [one.kwargs["task_id"] for one in tasks.values()] == ["load", "check-all", "report"]
    assert report.upstream == [load, check]
    assert (load.kwargs["retries"], check.kwargs["retries"]) == (3, 1), "one more on spot nodes"
    assert check.kwargs["termination_grace_period"] == 25
    assert check.kwargs["node_selector"] == {"disk": "ssd", "cloud.google.com/gke-spot": "true"}
    assert [one.kwargs.get("key") for one in check.kwargs["tolerations"]] == ["gpu", "cloud.google.com/gke-spot"]
    assert (load.kwargs["active_deadline_seconds"], load.kwargs["execution_timeout"]) == (10800, timedelta(hours=3))
    assert load.kwargs["container_resources"].kwargs["limits"] == {"cpu": "500m", "memory": "2Gi"}
    assert check.kwargs["labels"] == {
        "bigflow-project": "shop", "bigflow-workflow": "Mart.orders", "bigflow-owner": "data-team",
        "bigflow-version": "1.4.2", "bigflow-job": "check-all", "team": "data-more",
    }  # fmt: skip
    assert [one.kwargs["deploy_target"] for one in load.kwargs["secrets"]] == ["bf_password", "bf_token"]


@settings(suppress_health_check=[HealthCheck.too_slow], deadline=None, max_examples=50)
@given(specs())
def test_values_arrive_as_data_whatever_they_are(spec: DagSpec) -> None:
    dag, tasks = executed(render(bind(spec, BINDINGS)))
    assert dag.kwargs["dag_id"] == spec.dag_id
    assert dag.kwargs.get("description", "") == spec.description
    assert dag.kwargs.get("doc_md", "\n")[:-1] == spec.doc
    assert tuple(dag.kwargs.get("tags", ())) == spec.tags
    assert list(tasks) == [task.job_id for task in spec.tasks]
    for task in spec.tasks:
        made = tasks[task.job_id]
        assert made.kwargs["name"] == task.pod_name
        assert [one.kwargs["task_id"] for one in made.upstream] == list(task.after)
        assert made.kwargs.get("pool") == (task.settings.pool or None)
        assert made.kwargs["arguments"][1] == f"{spec.workflow_id}.{task.job_id}"
        for name, value in task.settings.environment:
            template = made.kwargs["env_vars"][name]
            if not name.startswith("BF_"):
                assert jinja2.Environment().from_string(template).render() == value


@pytest.mark.parametrize("name", ["my env", "it's", 'a"b', "{{ x }}", "}}", "a\nb", "\\", "zmienna-ż"])
def test_an_airflow_variable_of_any_name(name: str) -> None:
    _, tasks = executed(render(bind(replace(SMALL, env_variable=name), BINDINGS)))
    words = tasks["fetch"].kwargs["arguments"]

    class Value:
        @staticmethod
        def get(asked: str, default: str) -> str:
            return f"{asked}!{default}"

    template = words[words.index("--config") + 1]
    assert jinja2.Environment().from_string(template).render(var={"value": Value}) == f"{name}!prod"


@pytest.mark.parametrize(
    ("known", "runtime"),
    [
        ({"params": {"runtime": "2026-01-05"}}, "2026-01-05"),
        ({}, "2026-03-01 03:00:00+0000"),
        ({"data_interval_start": None}, "2026-03-02 03:00:00+0000"),
        ({"data_interval_start": None, "logical_date": None}, "2026-03-02 04:05:06+0000"),
    ],
)
def test_what_the_runtime_is(known: dict[str, object], runtime: str) -> None:
    from datetime import UTC, datetime

    class Run:
        run_after = datetime(2026, 3, 2, 4, 5, 6, 789, tzinfo=UTC)

    usual = {
        "params": {"runtime": None},
        "data_interval_start": datetime(2026, 3, 1, 3, tzinfo=UTC),
        "logical_date": datetime(2026, 3, 2, 3, tzinfo=UTC),
        "dag_run": Run,
    }
    context = {name: value for name, value in {**usual, **known}.items() if value is not None}
    _, tasks = executed(render(bind(SMALL, BINDINGS)))
    words = tasks["fetch"].kwargs["arguments"]
    template = jinja2.Environment(undefined=jinja2.StrictUndefined).from_string(words[words.index("--runtime") + 1])
    assert template.render(context) == runtime


def test_composer_is_recognised_unless_a_place_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    text = render(bind(SMALL, BINDINGS))
    _, elsewhere = executed(text)
    assert "namespace" not in elsewhere["fetch"].kwargs
    monkeypatch.setenv("COMPOSER_ENVIRONMENT", "shop")
    _, composer = executed(text)
    assert composer["fetch"].kwargs["namespace"] == "composer-user-workloads"
    assert composer["fetch"].kwargs["config_file"] == "/home/airflow/composer_kube_config"
    _, named = executed(render(bind(SMALL, ELSEWHERE)))
    assert named["fetch"].kwargs["namespace"] == "jobs"


def test_what_most_jobs_say_is_said_once_and_can_be_taken_back() -> None:
    heavy, light = TaskSettings(pool="heavy", trigger_rule="all_done"), TaskSettings()
    tasks = [TaskSpec(f"job_{number}", f"daily-job-{number}", (), heavy) for number in range(3)]
    spec = replace(SMALL, tasks=(*tasks, TaskSpec("light", "daily-light", (), light)))
    text = render(bind(spec, BINDINGS))
    assert text.count('"heavy"') == 1
    _, made = executed(text)
    assert [one.kwargs["pool"] for one in made.values()] == ["heavy", "heavy", "heavy", None]
    assert [one.kwargs["trigger_rule"] for one in made.values()] == ["all_done"] * 3 + ["all_success"]


def test_the_mark_is_the_first_line() -> None:
    assert read(render(bind(SMALL, BINDINGS))) == Mark("shop", "daily", "1.4.2")


def test_a_param_that_was_left_empty_is_told_as_nothing() -> None:
    spec = replace(SMALL, params=(Param("a'b", "text", "null", nullable=True), Param("o", "object", "{}")))
    _, tasks = executed(render(bind(spec, BINDINGS)))
    words = [jinja2.Environment().from_string(word).render(params={"a'b": None, "o": {"x": "it's"}, "runtime": "x"})
             for word in tasks["fetch"].kwargs["arguments"] if "params" in word]  # fmt: skip
    assert words[1:] == ["a'b=", 'o={"x": "it\\u0027s"}']


def test_bindings_change_the_dag_and_not_the_spec() -> None:
    before = repr(FULL)
    bound = bind(
        FULL,
        Bindings(
            "i@sha256:1", "2", pool="p", service_account="s", alerts=(), timetable=Timetable("none"),
            resources=replace(FULL.tasks[0].settings.resources, cpu="8", disk="1Gi"),
        ),
    )  # fmt: skip
    load, check, _ = (task.settings for task in bound.spec.tasks)
    assert (load.pool, check.pool) == ("p", "heavy-jobs"), "the one nearest to the job wins"
    assert (load.service_account, check.service_account) == ("s", "reader")
    assert (load.resources.cpu, load.resources.disk) == ("500m", "1Gi")
    assert (load.image, check.image) == ("i@sha256:1", FULL.tasks[1].settings.image)
    assert (bound.spec.alerts, bound.spec.timetable.kind) == ((), "none")
    assert repr(FULL) == before
