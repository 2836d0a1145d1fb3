"""Random runs, driven without processes and clocks, against a small reference model of Airflow's rules."""

from datetime import datetime
from random import Random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from support.reference_run import RULES, RefJob, attempts, final_states, run_state

from bigflow import Definition, Workflow, job
from bigflow._events import State
from bigflow.runner.execution import MOST_NAMED, Execution
from bigflow.runner.plan import PlannedJob, RunPlan, Wishes, plan
from bigflow.runner.rules import Before, verdict
from bigflow.runner.selection import Selection


@st.composite
def runs(draw: st.DrawFn) -> list[RefJob]:
    jobs: list[RefJob] = []
    for place in range(draw(st.integers(1, 12))):
        parents = draw(st.sets(st.integers(0, place - 1), max_size=4)) if place else set()
        jobs.append(
            RefJob(
                tuple(sorted(parents)),
                draw(st.sampled_from(sorted(RULES))),
                draw(st.integers(0, 3)),
                draw(st.integers(1, 3)),
                draw(st.sampled_from(["execute"] * 6 + ["kept", "left out"])),
            )
        )
    return jobs


def as_plan(jobs: list[RefJob]) -> RunPlan:
    children: list[list[int]] = [[] for _ in jobs]
    for place, one in enumerate(jobs):
        for parent in one.parents:
            children[parent].append(place)
    return RunPlan(
        Workflow("w", _nothing),
        tuple(
            PlannedJob(
                id=f"j{place}",
                action=one.action,  # type: ignore[arg-type]
                why="",
                parents=one.parents,
                children=tuple(children[place]),
                trigger_rule="all_success" if one.action == "left out" else one.rule,
                tries=one.tries,
                retries=one.tries - 1,
                pause=1,
                limit=60,
            )
            for place, one in enumerate(jobs)
        ),
    )


@job
def _nothing(context: object) -> None:
    """For plans whose jobs are only names."""


class Played:
    """A run that is driven as the driver does it, with chance instead of processes."""

    def __init__(self, jobs: list[RefJob], parallel: int, chance: Random) -> None:
        self.jobs = jobs
        self.execution = Execution(as_plan(jobs))
        self.told: list[tuple[str, State]] = [(one.id, state) for one, state, _ in self.execution.begin()]
        self.tried = [0] * len(jobs)
        self.most_at_once = 0
        running: list[int] = []
        now = 0.0
        while not self.execution.done:
            while len(running) < parallel and (place := self.execution.next_ready(now)) is not None:
                self._start(place)
                running.append(place)
            self.most_at_once = max(self.most_at_once, len(running))
            if running:
                self._end(running.pop(chance.randrange(len(running))), now)
            else:
                moment = self.execution.next_moment()
                assert moment is not None and moment > now, "nothing runs, nothing rests, and it is not done"
                now = moment

    def _start(self, place: int) -> None:
        states = [self.execution.states[parent] for parent in self.jobs[place].parents]
        before = Before(
            len(states),
            *(states.count(s) for s in ("success", "failed", "upstream_failed", "skipped")),  # type: ignore[arg-type]
        )
        assert verdict(self.jobs[place].rule, before) == "run", "before its time"
        assert self.execution.states[place] is None
        self.tried[place] += 1

    def _end(self, place: int, now: float) -> None:
        one = self.jobs[place]
        failed = self.tried[place] <= one.failing
        if failed and self.tried[place] < one.tries:
            self.execution.rest(place, now + 1)
            return
        state: State = "failed" if failed else "success"
        self.told.append((f"j{place}", state))
        self.told += [(one.id, state) for one, state, _ in self.execution.end(place, state)]


@settings(max_examples=400, deadline=None)
@given(runs(), st.integers(1, 4), st.randoms(use_true_random=False))
def test_states_and_attempts_are_those_of_the_reference_model(
    jobs: list[RefJob], parallel: int, chance: Random
) -> None:
    played = Played(jobs, parallel, chance)
    expected = final_states(jobs)
    assert played.execution.states == expected
    assert played.tried == [attempts(one, state) for one, state in zip(jobs, expected, strict=True)]
    assert played.execution.state() == run_state(jobs, expected)
    assert played.most_at_once <= parallel
    told = dict(played.told)
    assert len(told) == len(played.told), "nobody's state is told twice"
    assert told == {f"j{place}": state for place, state in enumerate(expected) if jobs[place].action != "left out"}


@settings(max_examples=200, deadline=None)
@given(runs(), st.randoms(use_true_random=False), st.integers(0, 12))
def test_a_run_that_is_given_up_ends(jobs: list[RefJob], chance: Random, steps: int) -> None:
    execution = Execution(as_plan(jobs))
    execution.begin()
    busy: set[int] = set()
    for _ in range(steps):
        if (place := execution.next_ready(0)) is not None:
            busy.add(place)
        elif busy:
            execution.end(busy.pop(), chance.choice(("success", "failed")))
    settled = execution.give_up(busy)
    assert {one.state for one in settled} <= {"interrupted"}
    assert execution.next_ready(1e9) is None and execution.next_moment() is None
    for place in busy:
        assert not execution.done
        execution.drop(place)
    assert execution.done
    assert (execution.state() == "interrupted") == ("interrupted" in execution.states)


@settings(max_examples=200, deadline=None)
@given(runs(), st.randoms(use_true_random=False))
def test_nothing_starts_on_a_success_that_is_not_saved(jobs: list[RefJob], chance: Random) -> None:
    """Also where what lies between was not executed. Saving is asked for only then."""
    execution = Execution(as_plan(jobs))
    execution.begin()
    saved = {place for place, one in enumerate(jobs) if one.action == "kept"}
    ended: set[int] = set()
    while (place := execution.next_ready(1e9)) is not None:
        unsaved = {one for one in _needed(jobs, place, execution.states) if one in ended - saved}
        assert execution.builds_on_unsaved(place) or not unsaved
        if unsaved or chance.random() < 0.2:
            execution.saved()
            saved |= ended
        execution.end(place, "success")
        ended.add(place)


def _needed(jobs: list[RefJob], place: int, states: list[State | None]) -> set[int]:
    """The jobs before this one, and those before the ones that are left out; `always` may start before those."""
    found: set[int] = set()
    waiting = list(jobs[place].parents)
    while waiting:
        one = waiting.pop()
        found.add(one)
        if jobs[one].action == "left out" and states[one] is not None:
            waiting += jobs[one].parents
    return found


def test_a_fan_asks_for_saving_once() -> None:
    jobs = [RefJob()] + [RefJob((0,)) for _ in range(100)]
    execution = Execution(as_plan(jobs))
    execution.begin()
    asked = 0
    while (place := execution.next_ready(0)) is not None:
        if execution.builds_on_unsaved(place):
            asked += 1
            execution.saved()
        execution.end(place, "success")
    assert asked == 1


@pytest.mark.parametrize("shape", ["chain", "fan", "layers"])
def test_ten_thousand_jobs_behind_failures_stay_small(shape: str) -> None:
    many = 10_000
    jobs = {
        "chain": [RefJob((place - 1,) if place else ()) for place in range(many)],
        "fan": [RefJob()] + [RefJob((0,)) for _ in range(many)],
        "layers": [RefJob() for _ in range(300)]
        + [RefJob(tuple(range(300)), "one_success")]
        + [RefJob((place,)) for place in range(300, many)],
    }[shape]
    execution = Execution(as_plan(jobs))
    execution.begin()
    told = []
    while (place := execution.next_ready(0)) is not None:
        told += execution.end(place, "failed")
    assert execution.done and execution.state() == "failed"
    assert {one.state for one in told} == {"upstream_failed"}
    assert max(len(one.why) for one in told) < 60
    assert told[-1].why == ("j0, j1, j2 and others failed" if shape == "layers" else "j0 failed")
    assert MOST_NAMED == 3


# ---- plan ----


def make(id: str, rule: str = "all_success", retries: int = 3) -> object:
    return job(id=id, trigger_rule=rule, retry_count=retries, retry_pause_sec=7)(lambda context: None)


def diamond() -> Workflow:
    a, b, c, d = (make(id) for id in "abcd")
    return Workflow("w", Definition({a: [b, c], b: [d], c: [d]}))  # type: ignore[dict-item]


def actions(wishes: Wishes) -> dict[str, tuple[str, str]]:
    return {one.id: (one.action, one.why) for one in plan(diamond(), wishes).jobs}


def test_a_plan_has_every_job_after_those_it_waits_for() -> None:
    made = plan(diamond(), Wishes())
    for place, one in enumerate(made.jobs):
        assert all(parent < place for parent in one.parents)
        assert all(place in made.jobs[child].parents for child in one.children)
        assert (one.tries, one.pause, one.limit) == (4, 7, 10800)
    assert [one.tries for one in plan(diamond(), Wishes(retries=False)).jobs] == [1] * 4


def test_left_out_beats_kept_beats_executed() -> None:
    made = actions(Wishes(Selection(skip=("a",)), kept={"a": "1", "b": "7"}))
    assert made["a"] == ("left out", "--skip a")
    assert made["b"] == ("kept", "succeeded in run 7")
    assert made["c"] == ("execute", "")


@given(
    st.sets(st.sampled_from("abcd")), st.sets(st.sampled_from("abcd")), st.sets(st.sampled_from("abcd")), st.datetimes()
)
def test_selections_meet(only: set[str], since: set[str], until: set[str], _: datetime) -> None:
    follow = {"a": set("abcd"), "b": set("bd"), "c": set("cd"), "d": set("d")}
    need = {"a": set("a"), "b": set("ab"), "c": set("ac"), "d": set("abcd")}
    wanted = set("abcd")
    wanted &= only or wanted
    wanted &= set().union(*(follow[one] for one in since)) if since else wanted
    wanted &= set().union(*(need[one] for one in until)) if until else wanted
    wishes = Wishes(Selection(tuple(only), tuple(since), tuple(until)))
    if wanted:
        assert {id for id, (action, _) in actions(wishes).items() if action == "execute"} == wanted
    else:
        with pytest.raises(Exception, match="leaves no job to run"):
            actions(wishes)


@pytest.mark.parametrize("option", ["only", "since", "until", "skip"])
def test_a_glob_that_matches_nothing(option: str) -> None:
    with pytest.raises(Exception, match=r"matches no job"):
        actions(Wishes(Selection(**{option: ("x*",)})))  # type: ignore[arg-type]


def test_globs_are_globs() -> None:
    assert {id for id, (action, _) in actions(Wishes(Selection(only=("[ab]", "[!abd]")))).items()} == set("abcd")
