"""The folder of runs: numbers, locks, what is forgotten."""

import os
import signal
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from pathlib import Path

import pytest

from bigflow.errors import UsageError
from bigflow.runner import store as rules
from bigflow.runner.attempt import Outcome
from bigflow.runner.journal import Header, Journal
from bigflow.runner.store import Store

WHEN = datetime(2026, 11, 19, tzinfo=UTC)


def header(run_id: str, workflow_id: str = "daily") -> Header:
    return Header(run_id, workflow_id, WHEN.isoformat(), None, None, {}, ("a",), {}, None, 0.0)


def record(store: Store, state: str | None, workflow_id: str = "daily") -> str:
    run_id, folder = store.new_folder()
    journal = Journal(folder, header(run_id, workflow_id))
    journal.ended("a", 1, "success", Outcome(0.0))
    if state:
        journal.over(state, 1.0)  # type: ignore[arg-type]
    else:
        os.close(journal._file)  # as when the process is killed
    return run_id


def test_runs_are_numbered(tmp_path: Path) -> None:
    store = Store(str(tmp_path / "new" / "runs"))
    assert [store.new_folder()[0] for _ in range(3)] == ["1", "2", "3"]
    os.rmdir(store.folder_of("2"))
    assert store.new_folder()[0] == "4"


def test_many_at_once_get_numbers_of_their_own(tmp_path: Path) -> None:
    with ThreadPoolExecutor(16) as threads:
        numbers = list(threads.map(lambda _: Store(str(tmp_path)).new_folder()[0], range(150)))
    assert len(set(numbers)) == 150


@pytest.mark.parametrize("run_id", ["9", "0", "-1", "", "x", "1.0", "../1", "²", "9" * 5000, "1\0", " 1"])
def test_there_is_no_such_run(tmp_path: Path, run_id: str) -> None:
    store = Store(str(tmp_path))
    record(store, "success")
    with pytest.raises(UsageError, match="there is no run"):
        store.recorded(run_id)


def test_the_last_run_that_is_open(tmp_path: Path) -> None:
    store = Store(str(tmp_path))
    with pytest.raises(UsageError, match="nothing left to do"):
        store.last_open(None)
    record(store, "failed")
    record(store, None, "hourly")
    store.new_folder()  # killed before it wrote a line
    assert store.last_open(None).header.run_id == "2"
    assert store.last_open("daily").header.run_id == "1"
    record(store, "success")
    with pytest.raises(UsageError, match="nothing left to do"):
        store.last_open("daily")


HOLD = """
import sys, time
from datetime import datetime
from bigflow.runner.store import Store
with Store(sys.argv[1]).locked("daily", datetime.fromisoformat(sys.argv[2]), "12"):
    print("held", flush=True)
    time.sleep(60)
"""


def test_a_lock_names_its_holder_and_ends_with_it(tmp_path: Path) -> None:
    store = Store(str(tmp_path))
    command = [sys.executable, "-c", HOLD, str(tmp_path), WHEN.isoformat()]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as holder:
        assert holder.stdout is not None and holder.stdout.readline() == "held\n"
        with (
            pytest.raises(UsageError, match=f"run 12, process {holder.pid}") as told,
            store.locked("daily", WHEN, "13"),
        ):
            pytest.fail("two at once")
        assert "--force" in told.value.hint
        with store.locked("hourly", WHEN, "13"), store.locked("daily", WHEN.replace(hour=1), "13"):
            pass
        holder.send_signal(signal.SIGKILL)
    with store.locked("daily", WHEN, "13"):
        pass


def test_the_longest_id_can_be_locked(tmp_path: Path) -> None:
    store = Store(str(tmp_path))
    with store.locked("ż" * 250, WHEN, "1"), store.locked("ż" * 249 + "z", WHEN, "2"):
        assert len(os.listdir(tmp_path / "locks")) == 2


def test_a_child_of_ours_does_not_hold_our_lock(tmp_path: Path) -> None:
    """It may outlive us; and what it opens under the lock's number must stay open in its own children."""
    store = Store(str(tmp_path))
    read_end, write_end = os.pipe()
    wait, go_on = os.pipe()
    with store.locked("daily", WHEN, "1"):
        child = os.fork()
        if child == 0:
            code = 1
            try:
                os.write(write_end, b"1")
                opened = [os.open(os.devnull, os.O_RDONLY) for _ in range(20)]
                grandchild = os.fork()
                if grandchild == 0:
                    for descriptor in opened:
                        os.fstat(descriptor)
                    os._exit(0)
                code = os.waitstatus_to_exitcode(os.waitpid(grandchild, 0)[1])
                os.close(go_on)
                os.read(wait, 1)  # until the parent is done
            finally:
                os._exit(code)
        os.read(read_end, 1)  # it has begun
    with store.locked("daily", WHEN, "2"):
        pass
    for descriptor in (read_end, write_end, wait, go_on):
        os.close(descriptor)
    assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0


def test_old_runs_make_room_but_not_while_they_go_on(tmp_path: Path) -> None:
    store = Store(str(tmp_path))
    _, folder = store.new_folder()
    going_on = Journal(folder, header("1"))
    log = Path(going_on.log_of("a", 1))
    log.touch()
    for number in range(2, rules.LOGS_KEPT + 5):
        (tmp_path / str(number) / "logs").mkdir(parents=True)
    for _ in range(5):
        store.new_folder()
    assert log.exists(), "its jobs would have nowhere to write"
    going_on.over("success", 1.0)
    with_logs = [name for name in os.listdir(tmp_path) if (tmp_path / name / "logs").exists()]
    assert 0 < len(with_logs) <= rules.LOGS_KEPT + 1


def test_a_folder_that_is_a_file(tmp_path: Path) -> None:
    (tmp_path / "runs").touch()
    with pytest.raises(Exception, match="runs cannot be written down") as told:
        Store(str(tmp_path / "runs")).new_folder()
    assert "bigflow run -j" in told.value.hint  # type: ignore[attr-defined]
