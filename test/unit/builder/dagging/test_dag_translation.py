"""Workflows become DagSpecs; what cannot become one is told with file and line."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta, timezone
from typing import Any

import pytest

from bigflow.builder.dagging.translation import ALWAYS, NO_TIME, BuiltProject, doubts, translate
from bigflow.dags.binding import Bindings, bind
from bigflow.dags.render import render
from bigflow.dags.spec import Alert, Param, Resources, Timetable, Toleration, Volume
from bigflow.dags.tables import tables
from bigflow.dags.verify import verify
from bigflow.errors import InvalidProject
from bigflow.workflow import Job, JobContext, Workflow, job
from bigflow.workflow.alerts import email, slack, webhook
from bigflow.workflow.edition import EDITIONS

STARTED = datetime(2026, 11, 20, 13, 18)
NEW = BuiltProject("shop", "project_package", EDITIONS["2026"], "1.2.0", STARTED)
OLD = replace(NEW, edition=EDITIONS["1.11"])


class Step(Job):
    """One step."""

    def execute(self, context: JobContext) -> None: ...


def workflow(*jobs: object, **said: Any) -> Workflow:
    return Workflow(
        **{"workflow_id": "daily", "definition": list(jobs) or [Step("one")], "start_date": "2026-01-01", **said}
    )


def test_a_plain_workflow() -> None:
    spec = translate(workflow(Step("one"), [Step("b_2"), Step("b-2")], Step("end")), NEW)
    assert (spec.dag_id, spec.timetable) == ("daily", Timetable("cron", "0 0 * * *"))
    assert spec.start_date == datetime(2026, 1, 1, tzinfo=UTC)
    assert (spec.catchup, spec.depends_on_past, spec.max_active_runs) == (False, False, 1)
    assert [(task.job_id, task.after) for task in spec.tasks] == [
        ("one", ()),
        ("b_2", ("one",)),
        ("b-2", ("one",)),
        ("end", ("b_2", "b-2")),
    ]
    assert len({task.pod_name for task in spec.tasks}) == 4
    assert spec.tasks[0].doc == "One step."
    assert spec.tasks[0].settings is spec.tasks[3].settings, "shared where the same"


def test_the_same_workflow_gives_the_same_spec() -> None:
    assert translate(workflow(Step("a")), NEW) == translate(workflow(Step("a")), NEW)


def test_all_that_can_be_said() -> None:
    said = Step(
        "a",
        retry_count=1,
        retry_pause_sec=5,
        execution_timeout_sec=60,
        startup_timeout_sec=30,
        pool="p",
        priority=7,
        trigger_rule="all_done",
        resources={"cpu": 2, "memory": "4Gi", "disk": "10Gi", "gpu": 1},
        environment={"N": 1},
        labels={"team": "a b"},
        annotations={"x/y": "z"},
        service_account="s",
        node_selector={"disk": "ssd"},
        tolerations=[{"key": "k", "operator": "Exists", "effect": "NoExecute", "seconds": 5}],
        spot=True,
        image="i:1",
        image_pull_policy="Always",
        image_pull_secrets=["r"],
        volumes=[{"path": "/c", "empty_dir": "1Gi"}, {"path": "/d", "claim": "d", "read_only": True}],
    )
    (task,) = translate(workflow(said), NEW).tasks
    assert task.settings.resources == Resources("2", "4Gi", "10Gi", "1")
    assert task.settings.environment == (("N", "1"),)
    assert task.settings.tolerations == (Toleration("k", "Exists", "", "NoExecute", 5),)
    assert task.settings.volumes == (Volume("/c", "empty_dir", "1Gi"), Volume("/d", "claim", "d", True))
    assert (task.settings.retries, task.settings.limit_sec, task.settings.priority) == (1, 60, 7)
    assert (task.settings.spot, task.settings.pull_policy, task.settings.image) == (True, "Always", "i:1")


def test_of_the_workflow() -> None:
    spec = translate(
        workflow(
            timezone="Europe/Warsaw",
            schedule_interval="30 3 * * *",
            description="Sales.",
            tags=["a"],
            owner="me",
            catchup=True,
            max_active_runs=2,
            depends_on_past=True,
            deadline=timedelta(hours=1),
            secrets=["bf_a", "bf_a"],
            alerts=[slack(), email("a@b.c", sender="x@y.z"), webhook("ops")],
            env_variable="",
            params={
                "s": "x",
                "i": 1,
                "f": 0.5,
                "b": True,
                "l": [1],
                "o": {"a": 1},
                "d": date(2026, 1, 1),
                "n": None,
                "m": datetime(2026, 1, 1, tzinfo=UTC),
                "w": datetime(2026, 1, 1),
            },
        ),
        NEW,
    )
    assert spec.timetable == Timetable("cron", "30 3 * * *", timezone="Europe/Warsaw")
    assert spec.start_date == datetime(2025, 12, 31, 23, tzinfo=UTC)
    assert (spec.doc, spec.secrets, spec.deadline_sec) == ("Sales.", ("bf_a",), 3600)
    assert spec.alerts == (
        Alert("slack", "slack_default"),
        Alert("email", "smtp_default", ("a@b.c",), "x@y.z"),
        Alert("webhook", "ops"),
    )
    assert [param.kind for param in spec.params] == [
        "text",
        "integer",
        "number",
        "boolean",
        "list",
        "object",
        "date",
        "text",
        "moment",
        "text",
    ]
    assert spec.params[7] == Param("n", "text", "null", nullable=True)


@pytest.mark.parametrize(
    ("schedule", "timetable"),
    [
        ("@hourly", Timetable("cron", "0 * * * *")),
        (timedelta(hours=7), Timetable("delta", seconds=25200.0)),
        ("@once", Timetable("once")),
        (None, Timetable("none")),
    ],
)
def test_schedules(schedule: object, timetable: Timetable) -> None:
    assert translate(workflow(schedule_interval=schedule), NEW).timetable == timetable


@pytest.mark.parametrize(
    ("start", "moment"),
    [
        (datetime(2026, 1, 1, 5), datetime(2026, 1, 1, 5, tzinfo=UTC)),
        (date(2026, 1, 1), datetime(2026, 1, 1, tzinfo=UTC)),
        (datetime(2026, 1, 1, 5, tzinfo=timezone(timedelta(hours=3))), datetime(2026, 1, 1, 2, tzinfo=UTC)),
    ],
)
def test_naive_and_aware_start_dates(start: object, moment: datetime) -> None:
    assert translate(workflow(start_date=start), NEW).start_date == moment


def test_edition_1_11_has_an_id_for_each_build_and_the_start_of_its_factory() -> None:
    spec = translate(workflow(start_date=None), OLD)
    assert spec.dag_id == "daily__v1_2_0__2026_11_20_13_18_00"
    assert spec.start_date == datetime(2026, 11, 19, tzinfo=UTC)
    assert (spec.catchup, spec.depends_on_past) == (True, True)
    assert translate(workflow(), OLD).dag_id == "daily"


def test_without_schedule_no_start_date_is_wanted() -> None:
    assert translate(workflow(start_date=None, schedule_interval=None), NEW).start_date == ALWAYS


def test_a_docstring_is_documentation() -> None:
    @job
    def fetch(context: JobContext) -> None:
        """Fetches.

        All of it.
        """

    class Undocumented(Job):
        def execute(self, context: JobContext) -> None: ...

    spec = translate(workflow(fetch, Undocumented("x")), NEW)
    assert [task.doc for task in spec.tasks] == ["Fetches.\n\nAll of it.", ""]


BAD_WORKFLOWS: list[tuple[dict[str, Any], str]] = [
    ({"start_date": None}, "has no start_date"),
    ({"workflow_id": "a b"}, "Airflow refuses"),
    ({"workflow_id": "a'b"}, "Airflow refuses"),
    ({"workflow_id": "{{ x }}"}, "Airflow refuses"),
    ({"workflow_id": "a\nb"}, "Airflow refuses"),
    ({"workflow_id": "a\\b"}, "Airflow refuses"),
    ({"workflow_id": "żółw"}, "Kubernetes refuses"),
    ({"workflow_id": "x" * 251}, "251 characters"),
    ({"secrets": ["bf-x"]}, "'bf-x'"),
    ({"secrets": [5]}, "5 is no text"),
    ({"tags": "abc"}, "is no list"),
    ({"tags": ["x" * 101]}, "tag"),
    ({"params": {"runtime": 1}}, "'runtime'"),
    ({"params": {"f": print}}, "'f'"),
    ({"params": {1: "x"}}, "has no name"),
    ({"params": {"x": [date(2026, 1, 1)]}}, "no JSON"),
    ({"params": {"x": float("nan")}}, "no JSON"),
    ({"alerts": ["ops@example.com"]}, "is no alert"),
    ({"alerts": [slack("")]}, "no connection"),
    ({"alerts": [email()]}, "no address"),
    ({"alerts": 5}, "is no list"),
    ({"deadline": 3600}, "no timedelta"),
    ({"deadline": timedelta(0)}, "deadline"),
    ({"description": 5}, "no text"),
    ({"owner": None}, "no text"),
    ({"env_variable": None}, "no text"),
    ({"max_active_runs": 0}, "max_active_runs"),
    ({"schedule_interval": "61 * * * *"}, "61"),
]


@pytest.mark.parametrize(("said", "part"), BAD_WORKFLOWS)
def test_what_is_wrong_with_a_workflow(said: dict[str, Any], part: str) -> None:
    with pytest.raises(InvalidProject) as caught:
        translate(workflow(**said), NEW)
    (one,) = caught.value.findings
    assert part in one.message
    assert one.where.startswith(__file__)
    assert one.hint


BAD_JOBS: list[tuple[dict[str, Any], str]] = [
    ({"resources": "2Gi"}, "is no dict"),
    ({"resources": {"mem": "2Gi"}}, "'mem'"),
    ({"resources": {"cpu": True}}, "True"),
    ({"resources": {"memory": "2GB"}}, "2GB"),
    ({"environment": {"A B": "x"}}, "'A B'"),
    ({"environment": {"A": None}}, "None"),
    ({"environment": {"BF_RUN_ID": "x"}}, "framework's own"),
    ({"labels": {"": "x"}}, "labels key"),
    ({"tolerations": {"key": "x"}}, "is no list"),
    ({"tolerations": ["x"]}, "is no dict"),
    ({"tolerations": [{"effekt": "x"}]}, "'effekt'"),
    ({"tolerations": [{"key": 5}]}, "5 is no text"),
    ({"volumes": [{"path": "/x"}]}, "volumes has"),
    ({"volumes": [{"path": "/x", "claim": "a", "secret": "b"}]}, "volumes has"),
    ({"volumes": [{"path": "/x", "disk": "a"}]}, "volumes has"),
    ({"spot": "yes"}, "neither True nor False"),
    ({"priority": "high"}, "no whole number"),
    ({"priority": True}, "no whole number"),
    ({"pool": 5}, "no text"),
    ({"image": ""}, "no image"),
    ({"startup_timeout_sec": "10"}, "no number"),
    ({"image_pull_secrets": "x"}, "is no list"),
    ({"execution_timeout_sec": float("inf")}, "execution_timeout_sec"),
    ({"service_account": "A"}, "service_account"),
]


@pytest.mark.parametrize(("said", "part"), BAD_JOBS)
def test_what_is_wrong_with_a_job(said: dict[str, Any], part: str) -> None:
    with pytest.raises(InvalidProject) as caught:
        translate(workflow(Step("fine"), Step("wrong", **said)), NEW)
    (one,) = caught.value.findings
    assert part in one.message
    assert one.message.startswith("job 'wrong'")
    assert one.where.startswith(__file__)


def test_all_that_is_wrong_is_told_at_once() -> None:
    with pytest.raises(InvalidProject) as caught:
        translate(workflow(Step("a", spot=1), Step("b", pool=2), tags=3), NEW)
    assert len(caught.value.findings) == 3


def test_true_is_not_taken_for_the_one_that_came_before() -> None:
    with pytest.raises(InvalidProject):
        translate(workflow(Step("a", priority=1), Step("b", priority=True)), NEW)


def test_a_start_time_factory_that_fails() -> None:
    for factory in (lambda start: 1 / 0, lambda start: "soon"):
        with pytest.raises(InvalidProject, match="start_time_factory"):
            translate(workflow(start_date=None, start_time_factory=factory), OLD)


def test_an_id_that_only_the_version_makes_too_long() -> None:
    with pytest.raises(InvalidProject, match="DAG id"):
        translate(workflow(workflow_id="x" * 240, start_date=None), OLD)


def test_doubts() -> None:
    soon = workflow(start_date="2027-01-01")
    (one,) = doubts(soon, translate(soon, NEW), NEW)
    assert "before its start_date" in one.message
    assert [*doubts(soon, translate(soon, NEW), replace(NEW, started=NO_TIME))] == []
    many = workflow(*(Step(f"job_{number}") for number in range(1001)))
    (two,) = doubts(many, translate(many, NEW), NEW)
    assert "1001 jobs" in two.message
    assert [*doubts(workflow(), translate(workflow(), NEW), NEW)] == []


@pytest.mark.filterwarnings("ignore")
def test_ten_thousand_jobs() -> None:
    many = workflow([Step(f"job_{number}") for number in range(10_000)])
    spec = translate(many, NEW)
    text = render(bind(spec, Bindings("shop:1", "1.0", "prod")))
    assert (len(spec.tasks), text.count("    job(")) == (10_000, 10_000)
    assert verify(text, "huge_dag.py", tables()) == []
