"""Turns a plan into a succession of decisions: what can start now, and what becomes of a job when others end."""

from collections import deque
from heapq import heappop, heappush
from itertools import islice
from typing import NamedTuple

from bigflow._events import State
from bigflow.runner.plan import PlannedJob, RunPlan
from bigflow.runner.rules import Before, state_of_run, verdict

MOST_NAMED = 3  # jobs in a reason: a thousand failures before a thousand jobs must not become a million names

# Where a state is counted in Before. An interrupted job decides nothing: nobody behind it is started any more.
_FIELD: dict[State, int] = {"success": 1, "failed": 2, "upstream_failed": 3, "skipped": 4}


class Settled(NamedTuple):
    """A job has its final state, by an execution or without one."""

    job: PlannedJob
    state: State
    why: str


class Execution:
    """Where a run stands. It starts nothing and knows no clock: it is told, and it answers."""

    def __init__(self, plan: RunPlan) -> None:
        self.plan = plan
        self.states: list[State | None] = [None] * len(plan.jobs)
        self._before = [[len(job.parents), 0, 0, 0, 0] for job in plan.jobs]
        self._culprits: dict[int, tuple[str, ...]] = {}
        self._ready: deque[int] = deque()
        self._queued = [False] * len(plan.jobs)
        self._resting: list[tuple[float, int]] = []  # when a failed attempt may be repeated
        self._open = len(plan.jobs)
        self._unsaved: set[int] = set()

    def begin(self) -> list[Settled]:
        """Settle what is settled from the start, and make the first jobs ready."""
        settled: list[Settled] = []
        for place, job in enumerate(self.plan.jobs):  # all of them first: none is to be decided anew by its parents
            if job.action == "kept":
                self._close(place, "success")
                settled.append(Settled(job, "success", job.why))
        for place in range(len(self.plan.jobs)):
            settled += self._decide([place])
        return settled

    @property
    def done(self) -> bool:
        return self._open == 0

    def state(self) -> State:
        """The final state of the whole run, as Airflow has it: that of its last jobs, if all came to an end."""
        if "interrupted" in self.states:
            return "interrupted"
        return state_of_run(
            state for job, state in zip(self.plan.jobs, self.states, strict=True) if state and not job.children
        )

    def next_ready(self, now: float) -> int | None:
        """A job that can start at this moment, if there is one."""
        while self._resting and self._resting[0][0] <= now:
            self._ready.append(heappop(self._resting)[1])
        while self._ready:
            place = self._ready.popleft()
            if self.states[place] is None:
                return place
        return None

    def next_moment(self) -> float | None:
        """When the next resting job may be repeated."""
        return self._resting[0][0] if self._resting else None

    def rest(self, place: int, until: float) -> None:
        """A failed attempt will be repeated."""
        heappush(self._resting, (until, place))

    def end(self, place: int, state: State) -> list[Settled]:
        """An executed job has its final state. Those are told that have theirs, too, because of it."""
        self._close(place, state)
        if state == "success":
            self._unsaved.add(place)
        return self._decide(self.plan.jobs[place].children)

    def builds_on_unsaved(self, place: int) -> bool:
        """Whether a job before this one, also through jobs that were not executed, has succeeded since `saved`."""
        return not self._unsaved.isdisjoint(self.plan.jobs[place].parents)

    def saved(self) -> None:
        """All that has been told so far would survive a loss of power."""
        self._unsaved.clear()

    def drop(self, place: int) -> None:
        """An attempt was cut short: its job has no final state in this run, and needs none."""
        self._close(place, "interrupted")

    def give_up(self, busy: set[int]) -> list[Settled]:
        """Nothing will be started any more: whatever waits or rests is not run."""
        settled = []
        self._ready.clear()
        self._resting.clear()
        for place, state in enumerate(self.states):
            if state is None and place not in busy:
                self._close(place, "interrupted")
                if self.plan.jobs[place].action != "left out":
                    settled.append(Settled(self.plan.jobs[place], "interrupted", "the run was stopped"))
        return settled

    def _decide(self, places: "tuple[int, ...] | list[int]") -> list[Settled]:
        """Iterative: a chain of ten thousand jobs behind a failure is one call."""
        settled: list[Settled] = []
        waiting = deque(places)
        while waiting:
            place = waiting.popleft()
            if self.states[place] is not None or self._queued[place]:
                continue
            job = self.plan.jobs[place]
            word = verdict(job.trigger_rule, Before(*self._before[place]))
            if word == "wait":
                continue
            if word == "run" and job.action == "execute":
                self._queued[place] = True
                self._ready.append(place)
                continue
            state: State = "success" if word == "run" else word
            self._close(place, state)
            if self.builds_on_unsaved(place):
                self._unsaved.add(place)
            if job.action != "left out":
                settled.append(Settled(job, state, self._reason(place, state)))
            waiting.extend(job.children)
        return settled

    def _close(self, place: int, state: State) -> None:
        self.states[place] = state
        self._open -= 1
        if state in _FIELD:
            for child in self.plan.jobs[place].children:
                self._before[child][_FIELD[state]] += 1
        if state == "failed":
            self._culprits[place] = (self.plan.jobs[place].id,)
        elif state == "upstream_failed":
            parents = self.plan.jobs[place].parents
            guilty = dict.fromkeys(name for parent in parents for name in self._culprits.get(parent, ()))
            self._culprits[place] = tuple(islice(guilty, MOST_NAMED + 1))

    def _reason(self, place: int, state: State) -> str:
        if state == "upstream_failed":
            culprits = self._culprits[place]
            others = " and others" if len(culprits) > MOST_NAMED else ""
            return f"{', '.join(culprits[:MOST_NAMED])}{others} failed"
        return f"trigger rule {self.plan.jobs[place].trigger_rule}"
