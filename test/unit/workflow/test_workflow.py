"""Workflows: what they are, what is wrong with them, and how they run from a plain Python file."""

import subprocess
import sys
from datetime import UTC, date, datetime, timedelta, timezone
from pathlib import Path
from typing import Any

import pytest

from bigflow import Definition, Job, JobContext, Workflow, job
from bigflow.errors import Finding
from bigflow.workflow import InvalidJobGraph
from bigflow.workflow.context import InvalidRuntime
from bigflow.workflow.edition import EDITIONS, edition, settled
from bigflow.workflow.moment import moment
from bigflow.workflow.workflow import UnknownJob


class Note(Job):
    """Writes down that it ran."""

    def __init__(self, id: str, notes: list[Any] | None = None, **options: Any) -> None:
        super().__init__(id, **options)
        self.notes = [] if notes is None else notes

    def execute(self, context: JobContext) -> str:
        self.notes.append((self.id, context))
        return self.id


def only(findings: list[Finding]) -> Finding:
    assert len(findings) == 1, findings
    return findings[0]


def test_it_runs_in_order_with_one_runtime() -> None:
    notes: list[Any] = []
    a, b, c, d = (Note(name, notes) for name in "abcd")
    workflow = Workflow("w", {b: [d], c: [d], a: [b, c]}, params={"top": 5})
    workflow.run("2026-11-19")
    assert [name for name, _ in notes] == ["a", "b", "c", "d"]
    contexts = [context for _, context in notes]
    assert {context.runtime for context in contexts} == {datetime(2026, 11, 19)}
    assert [context.job_id for context in contexts] == ["a", "b", "c", "d"]
    assert contexts[0].workflow is workflow
    assert contexts[0].workflow_id == "w"
    assert contexts[0].params == {"top": 5}
    assert contexts[0].interval_end == datetime(2026, 11, 20)


def test_one_job_runs_alone_and_returns() -> None:
    workflow = Workflow("w", [Note("a"), Note("b")])
    assert workflow.run_job("b", date(2026, 11, 19)) == "b"


def test_without_a_runtime_it_is_the_last_complete_period() -> None:
    note = Note("a")
    Workflow("w", [note]).run()
    context = note.notes[0][1]
    now = datetime.now(UTC).replace(tzinfo=None)
    assert context.runtime == now.replace(hour=0, minute=0, second=0, microsecond=0) - timedelta(days=1)


def test_a_workflow_runs_from_a_plain_file(tmp_path: Path) -> None:
    script = tmp_path / "pipeline.py"
    script.write_text(
        "from bigflow import Workflow, job\n"
        "@job\n"
        "def hello(context):\n"
        "    print('hello', context.runtime_str, context.workflow_id)\n"
        "if __name__ == '__main__':\n"
        "    Workflow('greet', [hello]).run('2026-11-19')\n"
    )
    done = subprocess.run([sys.executable, script], capture_output=True, text=True, check=True, cwd=tmp_path)
    assert done.stdout == "hello 2026-11-19 00:00:00 greet\n"


def test_what_is_not_said_stays_unset_until_the_edition_is_known() -> None:
    workflow = Workflow("w", [Note("a")])
    assert (workflow.depends_on_past, workflow.catchup, workflow.max_active_runs) == (None, None, None)
    old, new = (settled(workflow, EDITIONS[name]) for name in ("1.11", "2026"))
    assert (old.depends_on_past, old.catchup, old.max_active_runs) == (True, True, 1)
    assert (new.depends_on_past, new.catchup, new.max_active_runs) == (False, False, 1)
    said = Workflow("w", [Note("a")], depends_on_past=False, catchup=True, max_active_runs=4)
    for name in EDITIONS:
        settled_values = settled(said, edition(name))
        assert settled_values[1:] == (False, True, 4)


def test_the_seven_parameters_of_1_11_stay_where_they_were() -> None:
    def factory(moment: datetime) -> datetime:
        return moment

    workflow = Workflow("w", [Note("a")], "@hourly", factory, False, ["bf_password"], "stage")
    assert workflow.schedule_interval == "@hourly"
    assert workflow.start_time_factory is factory
    assert (workflow.depends_on_past, workflow.secrets, workflow.env_variable) == (False, ("bf_password",), "stage")
    assert Workflow("w", [Note("a")], schedule=None).schedule_interval is None


def test_a_misspelt_option_is_named() -> None:
    wrong: Any = {"time_zone": "UTC"}
    with pytest.raises(TypeError, match="'time_zone'; did you mean 'timezone'"):
        Workflow("w", [Note("a")], **wrong)


def test_constructors_never_raise_on_graph_errors_and_all_are_told_at_once() -> None:
    a, b = Note("a"), Note("b")
    twin = Note("a")
    rubbish: Any = {a: [b], b: [a], twin: ["load", Note, print], Note("bäh"): [], Note("x" * 251): []}
    workflow = Workflow("täglich/sales", rubbish, schedule="61 * * * *", timezone="Europe/Warsav")
    told = "\n".join(finding.message for finding in workflow.validate())
    for part in (
        "'täglich/sales' has characters that Airflow refuses: '/'",
        "has a cycle: a -> b -> a",
        "two jobs with the id 'a'",
        "'load' is not a job",
        "print is not a job",
        "'bäh' has letters that Kubernetes refuses",
        "has 251 characters; Airflow stops at 250",
        "'Europe/Warsav'",
    ):
        assert part in told
    assert all(finding.hint for finding in workflow.validate())


@pytest.mark.parametrize(
    ("options", "part"),
    [
        ({"schedule": "61 * * * *"}, "61"),
        ({"schedule": "@dayly"}, "@dayly"),
        ({"schedule": "0 0 30 2 *"}, "0 0 30 2 *"),
        ({"schedule": timedelta(0)}, "is not a step forward"),
        ({"schedule": "every day"}, "every day"),
        ({"timezone": "Mars/Olympus"}, "Mars/Olympus"),
        ({"start_date": "yesterday"}, "yesterday"),
        ({"defaults": {"retries": 3}}, "retries"),
    ],
)
def test_a_wrong_option_is_a_finding(options: dict[str, Any], part: str) -> None:
    finding = only(Workflow("w", [Note("a")], **options).validate())
    assert part in finding.message
    assert finding.where.partition(":")[0].endswith("test_workflow.py")
    assert finding.hint


@pytest.mark.parametrize("bad", ["", None, 7, "a b", "a/b", "a+b", "a\nb", "ł", "...", "x" * 251])
def test_ids_that_airflow_or_kubernetes_would_refuse(bad: Any) -> None:
    assert Workflow(bad, [Note("a")]).validate()
    assert Workflow("w", [Note(bad) if bad is not None else Note("")]).validate()


@pytest.mark.parametrize("good", ["a", "A.b-c_d", "2026", "_x", "x" * 250])
def test_ids_that_are_fine(good: str) -> None:
    assert Workflow(good, [Note(good)]).validate() == []


@pytest.mark.parametrize(
    "options",
    [
        {"retry_count": -1},
        {"retry_count": "3"},
        {"retry_count": True},
        {"retry_pause_sec": -0.5},
        {"execution_timeout_sec": 0},
        {"trigger_rule": "all_sucess"},
    ],
)
def test_settings_that_mean_nothing_are_findings(options: dict[str, Any]) -> None:
    finding = only(Workflow("w", [Note("a", **options)]).validate())
    assert next(iter(options)) in finding.message


def test_an_empty_workflow_is_a_finding_and_cannot_run() -> None:
    for nothing in ([], {}, Definition()):
        empty = Workflow("w", nothing)
        assert "has no jobs" in only(empty.validate()).message
        with pytest.raises(InvalidJobGraph):
            empty.run("2026-11-19")


def test_a_long_cycle_is_told_in_a_line() -> None:
    ring = [Note(str(number)) for number in range(1000)]
    message = only(Workflow("w", [*ring, ring[0]]).validate()).message
    assert "(989 more)" in message
    assert len(message) < 200


def test_hints_name_the_repair() -> None:
    findings = Workflow("w", [Note, print]).validate()
    assert [finding.hint for finding in findings] == ["write Note() instead of Note", "decorate the function with @job"]


def test_a_cycle_is_refused_at_run_and_is_a_value_error_as_before() -> None:
    a, b = Note("a"), Note("b")
    with pytest.raises(ValueError, match="a -> b -> a"):
        Workflow("w", {a: [b], b: [a]}).run("2026-11-19")


def test_an_unknown_job_is_a_value_error_with_the_nearest() -> None:
    workflow = Workflow("w", [Note("extract"), Note("load")])
    with pytest.raises(ValueError, match="no job 'extrakt'; did you mean 'extract'") as caught:
        workflow.find_job("extrakt")
    assert isinstance(caught.value, UnknownJob)
    assert caught.value.hint == "its jobs: extract, load"


@pytest.mark.parametrize(
    ("wish", "timezone_name", "expected"),
    [
        ("2026-11-19", None, datetime(2026, 11, 19)),
        ("2026-11-19 03:04:05", None, datetime(2026, 11, 19, 3, 4, 5)),
        ("2026-11-19T00:00:00+01:00", None, datetime(2026, 11, 18, 23)),
        (date(2026, 11, 19), None, datetime(2026, 11, 19)),
        ("2026-11-19", "Europe/Warsaw", "2026-11-19T00:00:00+01:00"),
        ("2026-07-01", "Europe/Warsaw", "2026-07-01T00:00:00+02:00"),
        ("2026-11-18T23:00:00Z", "Europe/Warsaw", "2026-11-19T00:00:00+01:00"),
        ("2026-03-29 02:30:00", "Europe/Warsaw", "2026-03-29T03:30:00+02:00"),
    ],
)
def test_runtimes_are_naive_utc_or_aware_in_the_zone(wish: Any, timezone_name: str | None, expected: Any) -> None:
    workflow = Workflow("w", [Note("a")], timezone=timezone_name)
    got = moment(workflow, EDITIONS["2026"], wish, datetime.now(UTC)).runtime
    if isinstance(expected, str):
        assert got.isoformat() == expected
    else:
        assert got == expected
        assert got.tzinfo is None


def test_the_edition_decides_the_runtime_that_nobody_named() -> None:
    workflow = Workflow("w", [Note("a")])
    now = datetime(2026, 11, 20, 13, 18, 7, 5, tzinfo=UTC)
    old = moment(workflow, EDITIONS["1.11"], None, now)
    new = moment(workflow, EDITIONS["2026"], None, now)
    assert (old.runtime, old.interval_end, old.chosen) == (datetime(2026, 11, 20, 13, 18, 7), None, True)
    assert (new.runtime, new.interval_end) == (datetime(2026, 11, 19), datetime(2026, 11, 20))
    unscheduled = Workflow("w", [Note("a")], schedule=None)
    assert moment(unscheduled, EDITIONS["2026"], None, now).runtime == datetime(2026, 11, 20, 13, 18, 7)


@pytest.mark.parametrize("wish", ["", "yesterday", "2026-13-01", "2026-11-19 25:00", "19.11.2026", 7, object()])
def test_a_runtime_that_does_not_parse(wish: Any) -> None:
    with pytest.raises(InvalidRuntime) as caught:
        Workflow("w", [Note("a")]).run(wish)
    assert "2026-11-19" in caught.value.hint


def test_contexts_can_be_made_of_nothing_as_before(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("bf_env", "dev")
    context = JobContext.make()
    assert context.env == "dev"
    assert context.runtime.tzinfo is None
    made = JobContext.make(runtime=datetime(2026, 1, 1, tzinfo=timezone(timedelta(hours=2))), env="prod")
    assert (made.runtime, made.runtime_str, made.env) == (datetime(2025, 12, 31, 22), "2025-12-31 22:00:00", "prod")
    assert JobContext.make(runtime_str="2026-01-01").runtime == datetime(2026, 1, 1)


def test_functions_make_workflows_too() -> None:
    @job
    def first(context: JobContext) -> None: ...

    @job
    def second(context: JobContext) -> None: ...

    assert [step.id for step in Workflow("w", first >> second).jobs] == ["first", "second"]
