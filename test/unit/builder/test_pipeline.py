"""What a build performs, skips and tells, with steps of one line each."""

import os
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from support.building import project
from support.cli import write_files

from bigflow._files import write_atomically
from bigflow.builder.events import BuildEvent, StepEnded, StepStarted
from bigflow.builder.fingerprint import Fingerprints
from bigflow.builder.pipeline import Order, Pipeline
from bigflow.builder.records import Records
from bigflow.builder.report import PhaseReport, StepReport
from bigflow.builder.selection import Phase
from bigflow.builder.step import Declared, Done, NotNeeded, Project, Step, StepFailed, Wishes, Work
from bigflow.errors import UsageError


@dataclass
class Fake:
    """A step that does what the test says, and counts how often."""

    declared: Declared | NotNeeded = field(default_factory=Declared)
    act: Callable[[Work], Done] = lambda work: Done("done")
    performed: int = 0

    def declare(self, project: Project, wishes: Wishes) -> Declared | NotNeeded:
        return self.declared

    def perform(self, work: Work) -> Done:
        self.performed += 1
        return self.act(work)


@dataclass
class Bench:
    """A project, and builds of it with the test's own steps."""

    root: Path
    events: list[BuildEvent] = field(default_factory=list)
    builds: int = 0
    version: str = "1.2.0"  # from the second phase on
    interrupt: Callable[[BuildEvent], None] = lambda event: None

    def build(self, steps: dict[str, Step], *phases: Phase, **changes: object) -> dict[str, StepReport]:
        self.run(steps, *phases, **changes)
        return {step.name: step for phase in self.phases for step in phase.steps}

    def run(self, steps: dict[str, Step], *phases: Phase, **changes: object) -> Pipeline:
        self.builds += 1
        phases = phases or (Phase("only", tuple(steps)),)
        fingerprints = Fingerprints(str(self.root), str(self.root / ".bigflow" / "fingerprints.json"))
        order = Order(
            id=str(self.builds),
            folder=str(self.root / ".bigflow" / "builds" / str(self.builds)),
            work=str(self.root / ".bigflow" / "work"),
            project=project(self.root),
            wishes=Wishes(),
            phases=phases,
            steps=steps,
            chosen=frozenset(changes.get("chosen", steps)),  # type: ignore[call-overload]
            previous=None,
            reopen=lambda: project(self.root, version=self.version),
            use_records=bool(changes.get("use_records", True)),
            parallel=int(str(changes.get("parallel", 4))),
        )
        records = Records(str(self.root / ".bigflow" / "steps"), fingerprints)
        pipeline = Pipeline(order, records, fingerprints, self._heard)
        self.phases: tuple[PhaseReport, ...] = pipeline.run()
        return pipeline

    def _heard(self, event: BuildEvent) -> None:
        self.events.append(event)
        self.interrupt(event)


@pytest.fixture
def bench(tmp_path: Path) -> Bench:
    root = write_files(tmp_path / "shop", {"pyproject.toml": '[tool.bigflow]\nname = "shop"\n', "shop/__init__.py": ""})
    return Bench(root)


def states(reports: dict[str, StepReport]) -> dict[str, str]:
    return {name: report.state for name, report in reports.items()}


def writing(path: str, text: str) -> Callable[[Work], Done]:
    """An act that leaves a file."""

    def act(work: Work) -> Done:
        write_atomically(os.path.join(work.project.root, path), text)
        return Done(f"wrote {path}")

    return act


def failing(message: str) -> Callable[[Work], Done]:
    def act(work: Work) -> Done:
        raise StepFailed(message, where="here", hint="mend it")

    return act


def test_nothing_changed_nothing_performed(bench: Bench) -> None:
    (bench.root / "in.txt").write_text("1")
    step = Fake(Declared(("in.txt",), ("v1",), ("out.txt",)), writing("out.txt", "made"))
    assert states(bench.build({"make": step})) == {"make": "succeeded"}
    second = bench.build({"make": step})["make"]
    assert (second.state, second.reason, second.summary) == ("unchanged", "unchanged since build 1", "wrote out.txt")
    assert step.performed == 1


@pytest.mark.parametrize(
    "change",
    [
        lambda bench, step: (bench.root / "in.txt").write_text("2"),
        lambda bench, step: (bench.root / "in.txt").chmod(0o755),
        lambda bench, step: (bench.root / "in.txt").unlink(),
        lambda bench, step: (bench.root / "out.txt").write_text("spoilt"),
        lambda bench, step: (bench.root / "out.txt").unlink(),
        lambda bench, step: setattr(step, "declared", Declared(("in.txt",), ("v2",), ("out.txt",))),
        lambda bench, step: setattr(step, "declared", Declared(("in.txt", "new"), ("v1",), ("out.txt",))),
        lambda bench, step: setattr(step, "declared", Declared(("in.txt",), ("v1",), ("out.txt",), always=True)),
        lambda bench, step: (bench.root / ".bigflow" / "steps" / "make.json").write_text('{"key": '),
    ],
    ids=["content", "mode", "input gone", "output spoilt", "output gone", "value", "new input", "always", "record cut"],
)
def test_what_changed_is_performed_again(bench: Bench, change: Callable[[Bench, Fake], object]) -> None:
    (bench.root / "in.txt").write_text("1")
    step = Fake(Declared(("in.txt",), ("v1",), ("out.txt",)), writing("out.txt", "made"))
    bench.build({"make": step})
    change(bench, step)
    bench.build({"make": step})
    assert step.performed == 2


def test_no_cache_performs_all(bench: Bench) -> None:
    step = Fake(Declared(("in.txt",)))
    bench.build({"make": step})
    bench.build({"make": step}, use_records=False)
    assert step.performed == 2


def test_what_is_good_for_a_while_is_done_anew_after_it(bench: Bench) -> None:
    for seconds, performed in ((3600.0, 1), (0.0, 2)):
        step = Fake(Declared(("in.txt",), (str(seconds),)), lambda work, good=seconds: Done("", good_for=good))
        for _ in range(2):
            bench.build({"audit": step})
        assert step.performed == performed


def test_an_input_that_changes_meanwhile_does_not_count(bench: Bench) -> None:
    """The user edits a file while the tests run: what was tested is not what lies there."""
    source = bench.root / "in.txt"
    source.write_text("tested")

    def act(work: Work) -> Done:
        if step.performed == 1:
            source.write_text("edited meanwhile")
        return Done("tested")

    step = Fake(Declared(("in.txt",)), act)
    bench.build({"tests": step})
    assert states(bench.build({"tests": step})) == {"tests": "succeeded"}
    assert states(bench.build({"tests": step})) == {"tests": "unchanged"}


def test_a_failure_stops_the_phases_after_it_and_what_ran_beside_it_is_told(bench: Bench) -> None:
    begun = threading.Event()

    def slow(work: Work) -> Done:
        begun.set()
        time.sleep(0.3)
        return Done("slow, but well")

    def bad(work: Work) -> Done:
        begun.wait(5)
        raise StepFailed("it is broken", hint="mend it")

    steps: dict[str, Step] = {"slow": Fake(act=slow), "bad": Fake(act=bad), "close": Fake(), "later": Fake()}
    told = bench.build(steps, Phase("first", ("slow", "bad"), closing=("close",)), Phase("second", ("later",)))
    assert states(told) == {"slow": "succeeded", "bad": "failed", "close": "not run", "later": "not run"}
    assert told["bad"].findings[0].message == "it is broken"
    assert told["bad"].exit_code == 1
    assert [phase.state for phase in bench.phases] == ["failed", "not run"]


def test_who_waits_for_a_failed_step_is_not_run_and_the_others_are(bench: Bench) -> None:
    steps: dict[str, Step] = {
        "wheel": Fake(Declared(leaves=("dist",)), failing("no wheel")),
        "image": Fake(Declared(files=("dist/x.whl",))),
        "dags": Fake(),
    }
    told = bench.build(steps)
    assert states(told) == {"wheel": "failed", "image": "not run", "dags": "succeeded"}
    assert told["image"].reason == "it waits for wheel"


def test_independent_steps_run_side_by_side(bench: Bench) -> None:
    meeting = threading.Barrier(3, timeout=5)

    def meet(work: Work) -> Done:
        meeting.wait()
        return Done("met")

    told = bench.build({name: Fake(act=meet) for name in ("one", "two", "three")})
    assert set(states(told).values()) == {"succeeded"}


def test_no_more_of_them_than_asked_for_have_begun(bench: Bench) -> None:
    """What waits for its turn is not told to be at work."""
    steps: dict[str, Step] = {name: Fake(act=lambda work: Done(work.tool(("sleep", "0.1")).stdout)) for name in "abcde"}
    bench.build(steps, parallel=2)
    at_work, most = 0, 0
    for event in bench.events:
        at_work += isinstance(event, StepStarted) - isinstance(event, StepEnded)
        most = max(most, at_work)
    assert most == 2


def test_a_reader_begins_after_the_writer(bench: Bench) -> None:
    read: list[str] = []
    steps: dict[str, Step] = {
        "reader": Fake(Declared(("made",)), lambda work: read.append((bench.root / "made/a").read_text()) or Done("")),
        "writer": Fake(Declared(leaves=("made/a",)), writing("made/a", "written")),
    }
    bench.build(steps)
    assert read == ["written"]


def test_results_of_earlier_steps_are_known_to_later_ones_also_when_these_were_skipped(bench: Bench) -> None:
    seen: list[str] = []
    first = Fake(Declared(("in.txt",)), lambda work: Done("first's result"))
    second = Fake(Declared(always=True), lambda work: seen.append(work.before["first"].summary) or Done(""))
    for _ in range(2):
        bench.build({"first": first, "second": second}, Phase("a", ("first",)), Phase("b", ("second",)))
    assert (seen, first.performed) == (["first's result"] * 2, 1)


def test_a_step_that_was_left_out_lends_its_result_while_it_stands(bench: Bench) -> None:
    seen: list[bool] = []
    steps: dict[str, Step] = {
        "wheel": Fake(Declared(("in.txt",), (), ("out",)), writing("out", "x")),
        "manifest": Fake(Declared(always=True), lambda work: seen.append("wheel" in work.before) or Done("")),
    }
    phases = (Phase("a", ("wheel",)), Phase("b", ("manifest",)))
    bench.build(steps, *phases)
    assert states(bench.build(steps, *phases, chosen=("manifest",)))["wheel"] == "left out"
    (bench.root / "in.txt").write_text("changed")
    bench.build(steps, *phases, chosen=("manifest",))
    assert seen == [True, True, False]


def test_not_needed_is_told_with_its_reason(bench: Bench) -> None:
    told = bench.build({"lint": Fake(NotNeeded("no linter is configured"))})["lint"]
    assert (told.state, told.reason) == ("not needed", "no linter is configured")


def test_what_few_projects_have_is_told_to_who_asks_for_it_alone(bench: Bench) -> None:
    rare = Fake(NotNeeded("there are none", quiet=True))
    beside = bench.build({"rare": rare, "tests": Fake()})["rare"]
    assert beside.state == "left out"
    alone = bench.build({"rare": rare, "tests": Fake()}, chosen=("rare",))["rare"]
    assert (alone.state, alone.reason) == ("not needed", "there are none")


def test_an_error_of_declaring_fails_the_step(bench: Bench) -> None:
    class Broken(Fake):
        def declare(self, project: Project, wishes: Wishes) -> Declared | NotNeeded:
            raise UsageError("what is this?")

    told = bench.build({"broken": Broken(), "fine": Fake()})
    assert (states(told), told["broken"].exit_code) == ({"broken": "failed", "fine": "succeeded"}, 2)


def test_a_step_has_a_log_and_a_folder_that_is_gone_afterwards(bench: Bench) -> None:
    folders: list[str] = []

    def act(work: Work) -> Done:
        folders.append(work.folder)
        (Path(work.folder) / "half").write_text("made")
        work.tell("a line")
        completed = work.tool(("sh", "-c", "echo from the tool; pwd"))
        assert completed.ok
        return Done("done")

    told = bench.build({"make": Fake(act=act)})["make"]
    log = bench.root / ".bigflow" / "builds" / "1" / told.log
    assert log.read_text() == f"a line\nfrom the tool\n{bench.root}\n"
    assert not os.path.exists(folders[0])


def test_a_step_that_hangs_is_ended_at_its_time_limit(bench: Bench) -> None:
    with (bench.root / "pyproject.toml").open("a") as file:
        file.write("[tool.bigflow.build]\ntimeouts = { hang = 0.3 }\n")
    told = bench.build({"hang": Fake(act=lambda work: Done(work.tool(("sleep", "30")).stdout))})["hang"]
    assert told.state == "failed"
    assert told.findings[0].message == "hang was stopped at its time limit of 0.3 seconds"
    assert told.seconds < 5


def test_a_full_or_read_only_disk_is_an_outside_error(bench: Bench) -> None:
    def act(work: Work) -> Done:
        raise OSError(28, "No space left on device", "dist/shop.whl")

    told = bench.build({"wheel": Fake(act=act)})["wheel"]
    assert (told.state, told.exit_code) == ("failed", 4)
    assert "dist/shop.whl: No space left on device" in told.findings[0].message


def test_our_own_bug_is_not_hidden(bench: Bench) -> None:
    def act(work: Work) -> Done:
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        bench.build({"bug": Fake(act=act), "beside": Fake(act=lambda work: Done(work.tool(("sleep", "30")).stdout))})


def test_interrupting_ends_programs_and_tells_what_was_not_run(bench: Bench) -> None:
    def interrupt(event: BuildEvent) -> None:
        if isinstance(event, StepStarted) and event.step == "two":
            raise KeyboardInterrupt

    sleep = Fake(act=lambda work: Done(work.tool(("sleep", "30")).stdout))
    bench.interrupt = interrupt
    began = time.monotonic()
    pipeline = bench.run(
        {"one": sleep, "two": sleep, "later": Fake()}, Phase("first", ("one", "two")), Phase("second", ("later",))
    )
    assert pipeline.interrupted
    assert time.monotonic() - began < 10
    assert [phase.state for phase in bench.phases] == ["interrupted", "not run"]
    assert {step.name: step.state for phase in bench.phases for step in phase.steps} == {
        "one": "interrupted",
        "two": "not run",
        "later": "not run",
    }


def test_an_interrupted_step_is_performed_again(bench: Bench) -> None:
    step = Fake(Declared(("in.txt",), (), ("out",)), failing("killed"))
    bench.build({"make": step})
    step.act = writing("out", "x")
    assert states(bench.build({"make": step})) == {"make": "succeeded"}


def test_a_new_lock_has_a_say_in_the_version_of_what_follows(bench: Bench) -> None:
    """Else one version would stand for whatever the index had on the day of the build."""
    bench.version = "1.2.0.dev0+gc0ffee.tf00d"
    versions: dict[str, str] = {}

    def note(name: str) -> Callable[[Work], Done]:
        return lambda work: versions.setdefault(name, work.project.version) and Done("noted")

    lock, wheel = Fake(Declared(("in.txt",)), note("lock")), Fake(Declared(("in.txt",)), note("wheel"))
    pipeline = bench.run({"lock": lock, "wheel": wheel}, Phase("install", ("lock",)), Phase("build", ("wheel",)))
    assert versions == {"lock": "1.2.0", "wheel": bench.version}
    assert pipeline.project.version == bench.version
