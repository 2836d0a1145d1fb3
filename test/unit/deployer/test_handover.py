"""A hand-over between two DAG ids leaves no period out, and runs none twice."""

from collections.abc import Iterable
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from support.built import NOW, Environment, named

from bigflow.dags.binding import Bindings
from bigflow.dags.spec import DagSpec, Timetable
from bigflow.deployer import desired
from bigflow.deployer.forecast import schedule_of
from bigflow.deployer.handover import DONE_AFTER, MARGIN, cut_between, deployed, is_done
from bigflow.deployer.observe import recorded
from bigflow.deployer.release import Deployed, Release
from bigflow.schedule import Period
from bigflow.schedule.periods import periods

BINDINGS = Bindings("shop@sha256:1", "1", "prod")
START = datetime(2026, 11, 1, tzinfo=UTC)
TIMETABLES = [
    Timetable("cron", "0 0 * * *"),
    Timetable("cron", "30 3 * * 1-5", timezone="Europe/Warsaw"),
    Timetable("cron", "0 */2 * * *", timezone="America/New_York"),
    Timetable("cron", "0 0 1 * *"),
    Timetable("delta", seconds=3600 * 5),
]


def version(number: int, timetable: Timetable, *, catchup: bool = True) -> DagSpec:
    return named("wf", dag_id=f"wf__v{number}", timetable=timetable, catchup=catchup, start_date=START)


def release(dags: Iterable[Deployed]) -> Release:
    return Release(1, "shop", "prod", "deploy", "1", None, "anna", NOW, dags=tuple(dags))


def handed(spec: DagSpec, before: Release | None, now: datetime) -> Release:
    dags = desired.after_deploy([spec], BINDINGS, before, now)
    return release(desired.handed_over(dags, before, now))


def runs_of(dag: Deployed, until: datetime) -> list[Period]:
    schedule = schedule_of(dag.spec.timetable, dag.begun or dag.spec.start_date, catchup=dag.spec.catchup)
    start = dag.begun or dag.spec.start_date
    return [one for one in periods(schedule, start, until) if dag.ends is None or one.start <= dag.ends]


@given(
    timetable=st.sampled_from(TIMETABLES),
    catchup=st.booleans(),
    minutes=st.lists(st.integers(0, 60 * 24 * 6), min_size=1, max_size=4),
)
@settings(max_examples=40, deadline=None)
def test_all_periods_run_once(timetable: Timetable, catchup: bool, minutes: list[int]) -> None:
    now, until = NOW, NOW + timedelta(days=45)
    current = handed(version(0, timetable, catchup=catchup), None, now)
    seen = {dag.spec.dag_id: dag for dag in current.dags}
    for number, pause in enumerate(minutes, 1):
        now += timedelta(minutes=pause)
        current = handed(version(number, timetable, catchup=catchup), current, now)
        there = {dag.spec.dag_id: dag for dag in current.dags}
        for dag_id, dag in list(seen.items()):
            if dag_id not in there and dag.ends is None:
                del seen[dag_id]  # it went before it began
        seen.update(there)
    (only,) = (dag for dag in seen.values() if dag.ends is None)
    ran = sorted(period for dag in seen.values() for period in runs_of(dag, until))
    whole = runs_of(replace(only, bindings=replace(only.bindings, first=None)), until)
    assert ran == whole


def test_a_period_that_begins_in_a_moment_is_left_to_the_old_one() -> None:
    old = deployed(version(1, TIMETABLES[0]), BINDINGS)
    midnight = datetime(2026, 11, 21, tzinfo=UTC)
    firsts = [
        cut.first
        for now in (midnight - MARGIN, midnight - MARGIN + timedelta(seconds=1))
        if (cut := cut_between(old, version(2, TIMETABLES[0]), now))
    ]
    assert firsts == [midnight, midnight + timedelta(days=1)]


@pytest.mark.parametrize("timetable", TIMETABLES)
def test_the_cut_leaves_time_to_read_the_files(timetable: Timetable) -> None:
    old = deployed(version(1, timetable), BINDINGS)
    cut = cut_between(old, version(2, timetable), NOW)
    assert cut is not None
    assert cut.last is not None
    assert cut.first >= NOW + MARGIN > cut.last


def test_the_files_say_it(environment: Environment) -> None:
    daily = Timetable("cron", "0 0 * * *")
    environment.deploy(environment.build("1.0.0", version(1, daily)))
    built = environment.build("1.1.0", version(2, daily))
    plan = environment.plan(built, handover=True)
    assert {change.dag_id: change.kind for change in plan.dags} == {"wf__v1": "hand over", "wf__v2": "create"}
    assert plan.asks == ()
    environment.deploy(built, handover=True)
    files = environment.files()
    assert "end_date=datetime(2026, 11, 20, tzinfo=timezone.utc)" in files["wf__v1_dag.py"]
    assert "start_date=datetime(2026, 11, 21, tzinfo=timezone.utc)" in files["wf__v2_dag.py"]
    assert "end_date" not in files["wf__v2_dag.py"]
    assert not environment.plan(built, handover=True).changes
    assert not environment.plan(built).changes


def test_the_old_file_leaves_at_a_later_deploy(environment: Environment) -> None:
    daily = Timetable("cron", "0 0 * * *")
    environment.deploy(environment.build("1.0.0", version(1, daily)))
    built = environment.build("1.1.0", version(2, daily))
    environment.deploy(built, handover=True)
    environment.now = datetime(2026, 11, 21, tzinfo=UTC) + DONE_AFTER - timedelta(seconds=1)
    assert not environment.plan(built).changes
    environment.now += timedelta(seconds=1)
    plan = environment.plan(built)
    assert plan.asks == ()
    environment.deploy(built)
    assert set(environment.files()) == {"wf__v2_dag.py"}
    current = recorded(environment.ledger()).current
    assert current is not None
    assert current.dags[0].begun == datetime(2026, 11, 21, tzinfo=UTC)


def test_an_end_is_not_done_before_its_last_run_has_begun() -> None:
    dag = deployed(version(1, TIMETABLES[0]), replace(BINDINGS, last=datetime(2026, 11, 20, tzinfo=UTC)))
    assert not is_done(dag, datetime(2026, 11, 21, 23, tzinfo=UTC))
    assert is_done(dag, datetime(2026, 11, 22, tzinfo=UTC))


@pytest.mark.parametrize("kind", ["none", "once"])
def test_without_a_schedule_there_is_nothing_to_hand_over(kind: str) -> None:
    timetable = Timetable(kind)  # type: ignore[arg-type]
    assert cut_between(deployed(version(1, timetable), BINDINGS), version(2, timetable), NOW) is None


def test_a_new_schedule_begins_where_the_old_one_stops() -> None:
    old = deployed(version(1, Timetable("cron", "0 0 * * *")), BINDINGS)
    cut = cut_between(old, version(2, Timetable("cron", "0 * * * *")), NOW)
    assert cut is not None
    assert cut.first == datetime(2026, 11, 21, tzinfo=UTC)
    assert cut.last == datetime(2026, 11, 20, tzinfo=UTC)
