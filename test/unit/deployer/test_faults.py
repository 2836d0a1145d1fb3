"""Whatever goes wrong in a deploy, afterwards there is the old state or the new one, and each DAG has its image."""

import contextlib
import os
import re
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta

import pytest
from support.built import NOW, Environment, FaultyStore, Killed, named

from bigflow.deployer.actor import LEASE_SECONDS
from bigflow.deployer.deploying import perform, plan_deploy, plan_rollback
from bigflow.deployer.undo import Busy, settle
from bigflow.deployer.wanted import Built
from bigflow.errors import BigflowError, OutsideError

OLD = ("daily", "weekly", "gone")
NEW = ("daily", "weekly", "fresh")


def prepared(environment: Environment) -> tuple[dict[str, str], Built]:
    """An environment with a release, files of others, and a build that creates, changes and deletes."""
    environment.deploy(environment.build("1.0.0", *map(named, OLD)))
    (environment.dags / "theirs_dag.py").write_text("from airflow import DAG\n")
    return environment.files(), environment.build("1.1.0", *map(named, NEW))


def attempt(environment: Environment, built: Built, fails: Callable[[int], str]) -> tuple[bool, FaultyStore]:
    ground = environment.ground()
    store = environment.store
    assert store is not None
    planned = plan_deploy(ground, environment.order(built))
    environment.store = store
    store.number, store.asked, store.fails = 0, [], fails
    try:
        perform(ground, planned, built)
        return True, store
    except (BigflowError, Killed):
        return False, store


def requests_of_a_deploy(environment: Environment) -> tuple[int, dict[str, str]]:
    _, built = prepared(environment)
    done, store = attempt(environment, built, lambda number: "")
    assert done
    return store.number, environment.files()


def check(environment: Environment, old: dict[str, str], new: dict[str, str]) -> bool:
    """Whether it is the new state; nothing else but the old one is allowed."""
    files, state = environment.files(), environment.ledger().open().state
    assert files in (old, new)
    assert state.intent is None
    assert state.current is not None
    assert environment.ledger().release(state.current).text("daily_dag.py") == files["daily_dag.py"]
    for text in files.values():
        for digest in re.findall(r"shop@(sha256:[0-9a-f]{64})", text):
            assert environment.ground().images(environment.repository).find(digest)
    return files == new


@pytest.fixture(scope="session")
def whole(tmp_path_factory: pytest.TempPathFactory) -> tuple[int, dict[str, str]]:
    return requests_of_a_deploy(Environment(tmp_path_factory.mktemp("whole")))


POINTS = range(7)


def test_all_points_are_tried(whole: tuple[int, dict[str, str]]) -> None:
    assert whole[0] == len(POINTS)  # record, intent, four files, state


@pytest.mark.parametrize("fault", ["before", "after"])
@pytest.mark.parametrize("point", POINTS)
def test_a_request_that_fails_once_changes_all_or_nothing(
    environment: Environment, whole: tuple[int, dict[str, str]], point: int, fault: str
) -> None:
    old, built = prepared(environment)
    done, _ = attempt(environment, built, lambda number: fault if number == point else "")
    assert check(environment, old, whole[1]) == done


@pytest.mark.parametrize("fault", ["before", "after", "killed", "killed after"])
@pytest.mark.parametrize("point", POINTS)
def test_after_a_kill_or_without_a_network_the_next_command_clears_up(
    environment: Environment, whole: tuple[int, dict[str, str]], point: int, fault: str
) -> None:
    """From one request on nothing works any more: neither the deploy, nor undoing it."""
    old, built = prepared(environment)
    first = [fault]

    def fails(number: int) -> str:
        if number < point:
            return ""
        return first.pop() if first else fault.removesuffix(" after").replace("after", "before")

    done, _ = attempt(environment, built, fails)
    ground = environment.ground()
    settle(ground.place, ground.ledger, ground.actor)
    assert check(environment, old, whole[1]) or not done


@pytest.mark.parametrize("point", range(12))
def test_a_kill_while_it_is_undone_is_cleared_up_too(
    environment: Environment, whole: tuple[int, dict[str, str]], point: int
) -> None:
    old, built = prepared(environment)
    attempt(environment, built, lambda number: "killed" if number >= 5 else "")
    ground = environment.ground()
    assert environment.store is not None
    environment.store.fails = lambda number: "killed" if number >= point else ""
    with contextlib.suppress(Killed):
        settle(ground.place, ground.ledger, ground.actor)
    ground = environment.ground()
    settle(ground.place, ground.ledger, ground.actor)
    assert not check(environment, old, whole[1])


def test_the_error_says_what_became_of_it(environment: Environment) -> None:
    _, built = prepared(environment)
    ground = environment.ground()
    planned = plan_deploy(ground, environment.order(built))
    store = ground.place.store
    assert isinstance(store, FaultyStore)
    store.number, store.fails = 0, lambda number: "before" if number == 4 else ""
    with pytest.raises(OutsideError) as error:
        perform(ground, planned, built)
    assert error.value.message == "the network is gone"
    assert error.value.hint == "nothing is deployed: all is as it was"
    store.number, store.fails = 0, lambda number: "before" if number >= 4 else ""
    with pytest.raises(OutsideError) as error:
        perform(ground, planned, built)
    assert "the next bigflow command here does that" in error.value.hint


def test_what_somebody_else_changed_meanwhile_is_left(environment: Environment) -> None:
    _, built = prepared(environment)
    attempt(environment, built, lambda number: "killed" if number >= 6 else "")
    (environment.dags / "daily_dag.py").write_text("# somebody's\n")
    ground = environment.ground()
    undone = settle(ground.place, ground.ledger, ground.actor).undone
    assert undone is not None
    assert undone.left == ("daily_dag.py",)
    assert environment.files()["daily_dag.py"] == "# somebody's\n"
    assert "fresh_dag.py" not in environment.files()


def test_whoever_is_alive_is_not_disturbed(environment: Environment) -> None:
    _, built = prepared(environment)
    attempt(environment, built, lambda number: "killed" if number >= 3 else "")
    environment.gone = False
    ground = environment.ground()
    with pytest.raises(Busy, match="anna@laptop has been at work here \\(deploy\\) since 2026-11-20 12:00:00 UTC"):
        settle(ground.place, ground.ledger, ground.actor)
    with pytest.raises(Busy):
        perform(ground, plan_deploy(ground, environment.order(built)), built)


def test_a_lease_ends_by_the_clock_of_the_store(environment: Environment) -> None:
    """However wrong the clocks of those who deploy are."""
    old, built = prepared(environment)
    attempt(environment, built, lambda number: "killed" if number >= 5 else "")
    environment.gone = False
    state = environment.dags / ".bigflow/shop/state.json"
    for skew in (timedelta(days=-400), timedelta(days=400)):
        environment.now = NOW + skew
        ground = environment.ground()
        with pytest.raises(Busy):
            settle(ground.place, ground.ledger, ground.actor)
    written = state.stat().st_mtime - LEASE_SECONDS - 1
    os.utime(state, (written, written))
    ground = environment.ground()
    assert settle(ground.place, ground.ledger, ground.actor).undone
    assert environment.files() == old


def test_whoever_takes_too_long_stops_before_others_undo_it(environment: Environment) -> None:
    old, built = prepared(environment)
    ground = environment.ground()
    seconds = iter([0.0, *[LEASE_SECONDS / 2 + 1] * 99])
    slow = replace(ground, actor=replace(ground.actor, stopwatch=lambda: next(seconds)))
    with pytest.raises(OutsideError, match="this took longer than 300 s"):
        perform(slow, plan_deploy(slow, environment.order(built)), built)
    assert environment.files() == old


def test_of_two_at_once_exactly_one_wins(environment: Environment) -> None:
    _, built = prepared(environment)
    grounds = [environment.ground(), environment.ground()]
    plans = [plan_deploy(ground, environment.order(built)) for ground in grounds]
    perform(grounds[0], plans[0], built)
    after = environment.files()
    with pytest.raises(OutsideError, match="anna@laptop made release 2 meanwhile"):
        perform(grounds[1], plans[1], built)
    assert environment.files() == after
    assert len(list((environment.dags / ".bigflow/shop/releases").iterdir())) == 2


def test_a_deploy_that_is_undone_leaves_a_file_that_drifted_as_it_was(environment: Environment) -> None:
    """Not as it was released: somebody may have had a reason."""
    _, built = prepared(environment)
    drifted = environment.dags / "daily_dag.py"
    drifted.write_text(drifted.read_text() + "# a patch of the night\n")
    (environment.dags / "weekly_dag.py").unlink()
    old = environment.files()
    done, _ = attempt(environment, built, lambda number: "before" if number == 5 else "")
    assert not done
    assert environment.files() == old


def test_a_rollback_fails_as_cleanly(environment: Environment) -> None:
    old, built = prepared(environment)
    environment.deploy(built)
    new = environment.files()
    ground = environment.ground()
    planned = plan_rollback(ground, None)
    assert environment.store is not None
    environment.store.number, environment.store.fails = 0, lambda number: "after" if number == 4 else ""
    with pytest.raises(OutsideError):
        perform(ground, planned)
    assert environment.files() == new
    perform(environment.ground(), plan_rollback(environment.ground(), None))
    assert environment.files() == old
