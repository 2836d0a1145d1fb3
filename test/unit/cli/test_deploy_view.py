"""What a plan says to people, whole, for each thing that can happen."""

import re
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
from support.built import NOW, Environment, named

from bigflow.cli.deploy_view import plan_lines
from bigflow.dags.spec import DagSpec, Resources, TaskSettings, TaskSpec, Timetable
from bigflow.deployer.deploying import plan_rollback, plan_undeploy
from bigflow.deployer.plan import DeployPlan


@pytest.fixture
def environment(tmp_path: Path) -> Environment:
    return Environment(tmp_path)


def told(plan: DeployPlan) -> str:
    """The plan; digests and sizes, which are no news, are left out."""
    text = "\n".join(plan_lines(plan))
    return "\n" + re.sub(r"\d[\d.]* (kB|bytes|MB)", "SIZE", re.sub(r"sha256:[0-9a-f]{12}", "DIGEST", text)) + "\n"


def job(spec: DagSpec, **changes: object) -> DagSpec:
    """The spec with another first job."""
    first = spec.tasks[0]
    settings = replace(first.settings, **changes)  # type: ignore[arg-type]
    return replace(spec, tasks=(replace(first, settings=settings), *spec.tasks[1:]))


def test_the_first_deploy(environment: Environment) -> None:
    environment.bindings = replace(environment.bindings, namespace="team", paused=True)
    late = named("late", catchup=True, start_date=NOW - timedelta(days=20), secrets=("bf_token",))
    environment.dags.mkdir(parents=True)
    (environment.dags / "theirs.py").touch()
    plan = environment.plan(
        environment.build("1.0.0", named("daily"), late, named("manual", timetable=Timetable("none")))
    )
    assert (
        told(plan)
        == """
+ daily   0 0 * * * UTC   first run at once (period 2026-11-19 00:00)   0 catch-up runs   starts paused
+ late   0 0 * * * UTC   first run at once (period 2026-11-01 00:00)   19 catch-up runs   starts paused
+ manual   no schedule   starts paused
+ image   shop@DIGEST   SIZE to move (4 blobs)
  1 file of others: untouched
  needs the secret bf-token (late):  kubectl create secret generic bf-token --namespace team --from-file=bf_token=FILE
"""
    )
    assert plan.asks == ("late would begin with 19 runs for the past",)


def test_changes_are_told_in_the_words_of_the_workflow(environment: Environment) -> None:
    big = job(
        named("big"), resources=Resources(memory="2Gi"), environment=(("bf_password", "hunter2"), ("LEVEL", "info"))
    )
    environment.deploy(environment.build("1.0.0", big, named("gone"), named("kept"), named("timed")))
    environment.bindings = replace(environment.bindings, pool="wide")
    more = TaskSpec("audit", "big-audit", ("fetch",), TaskSettings())
    bigger = job(big, resources=Resources(memory="4Gi"), environment=(("bf_password", "hunter3"), ("LEVEL", "debug")))
    bigger = replace(bigger, tasks=(*bigger.tasks, more))
    built = environment.build("1.1.0", bigger, named("kept"), named("timed", timetable=Timetable("cron", "0 3 * * *")))
    plan = environment.plan(built)
    text = told(plan)
    for line in (
        "    job fetch: resources: memory=2Gi -> memory=4Gi",
        "    job fetch: variable LEVEL: info -> debug",
        "    job audit: new",
        "    job fetch: pool: - -> wide",
        "    schedule: 0 0 * * * UTC -> 0 3 * * * UTC",
        "- gone",
        "    version: 1.0.0 -> 1.1.0",
    ):
        assert f"\n{line}\n" in text, text
    assert "hunter" not in text
    assert set(plan.asks) == {"gone is deleted", "the schedule of timed changes"}


def test_nothing_changes(environment: Environment) -> None:
    built = environment.build("1.0.0", named("daily"), named("weekly"))
    environment.deploy(built)
    assert (
        told(environment.plan(built))
        == """
= image   shop@DIGEST   is there
= 2 workflows unchanged
"""
    )


def test_what_is_repaired(environment: Environment) -> None:
    built = environment.build("1.0.0", named("daily"))
    environment.deploy(built)
    (environment.dags / "daily_dag.py").unlink()
    assert "~ daily   its file was not as released: daily_dag.py is written again" in told(environment.plan(built))


def test_an_old_file_of_no_release(environment: Environment) -> None:
    built = environment.build("1.0.0", named("daily"))
    environment.deploy(built)
    (environment.dags / "old_dag.py").write_text("# bigflow: project=shop workflow=old version=0\n")
    assert "- old_dag.py   an old file of this project, of no release" in told(environment.plan(built, clear=True))


def test_rollback_and_undeploy(environment: Environment) -> None:
    environment.deploy(environment.build("1.0.0", named("daily"), named("weekly")))
    environment.deploy(environment.build("1.1.0", named("daily")))
    back = told(plan_rollback(environment.ground(), None))
    assert "\n+ weekly   " in back
    assert "\n    version: 1.1.0 -> 1.0.0\n" in back
    assert "\n~ image   shop@DIGEST   is there; the tag 1.0.0 will stand for it\n" in back
    assert told(plan_undeploy(environment.ground(), "daily")) == "\n- daily\n"


@pytest.mark.parametrize(("code", "said"), [("", ""), ("1f2e", " and code")])
def test_many_that_only_take_the_new_image_are_told_together(environment: Environment, code: str, said: str) -> None:
    """Of code that no build knows nothing is said."""
    four = [named(f"wf{number}", code=code) for number in range(4)]
    environment.deploy(environment.build("1.0.0", *four))
    assert (
        told(environment.plan(environment.build("1.1.0", *four)))
        == f"""
~ 4 workflows take the new image   image: DIGEST -> DIGEST, version: 1.0.0 -> 1.1.0
    schedule, jobs, resources, secrets, alerts{said}: unchanged
+ image   shop@DIGEST   SIZE to move (3 blobs)
"""
    )
