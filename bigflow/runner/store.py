"""Turns the `.bigflow/runs` folder of a project into runs that can be begun, listed, found and locked."""

import contextlib
import fcntl
import os
import re
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime

from bigflow.errors import BigflowError, OutsideError, UsageError
from bigflow.runner.journal import Recorded, is_open, read, short_name

KEPT = 10_000  # runs, for what a backfill must know of its periods; older ones make room
LOGS_KEPT = 200  # runs with the logs of their jobs, which are what takes the room


class Store:
    """The runs of one project."""

    def __init__(self, folder: str) -> None:
        self._folder = folder

    def new_folder(self) -> tuple[str, str]:
        """The number of a new run, and its folder."""
        try:
            os.makedirs(self._folder, exist_ok=True)
            number = max(self._numbers(), default=0) + 1
            while True:
                with contextlib.suppress(FileExistsError):
                    os.mkdir(self._path(number))
                    break
                number += 1
        except OSError as error:
            raise self._unwritable(error) from error
        self._make_room()
        return str(number), self._path(number)

    def recorded(self, run_id: str) -> Recorded:
        """What is known of one run."""
        if not run_id.isdecimal() or not os.path.isdir(self.folder_of(run_id)):
            raise UsageError(f"there is no run {run_id}", where=self._folder, hint="bigflow runs   lists them")
        return read(self.folder_of(run_id))

    def folder_of(self, run_id: str) -> str:
        """Where a run is written down."""
        return os.path.join(self._folder, run_id)

    def newest(self) -> Iterator[Recorded]:
        """The runs, newest first. Those whose journal says nothing are passed over."""
        for number in sorted(self._numbers(), reverse=True):
            with contextlib.suppress(BigflowError):
                yield read(self._path(number))

    def last_open(self, workflow_id: str | None) -> Recorded:
        """The last run, if it did not succeed: the one to resume."""
        for run in self.newest():
            if workflow_id in (None, run.header.workflow_id):
                if run.state == "success":
                    break
                return run
        what = f"workflow {workflow_id!r}" if workflow_id else "this project"
        raise UsageError(f"the last run of {what} has nothing left to do", hint="bigflow runs   lists them all")

    @contextmanager
    def locked(self, workflow_id: str, runtime: datetime, run_id: str) -> Iterator[None]:
        """Nobody else runs this workflow for this runtime meanwhile. The lock ends with this process, always."""
        descriptor, holder = self._lock(f"{workflow_id}--{runtime.isoformat()}", f"run {run_id}")
        if holder:
            raise UsageError(
                f"{workflow_id} is being run for {runtime} already, as {holder}",
                hint="wait for it, stop it, or insist with --force",
            )
        try:
            yield
        finally:
            _unlock(descriptor)

    @contextmanager
    def locked_for_backfill(self, workflow_id: str) -> Iterator[None]:
        """Nobody else backfills this workflow meanwhile: two would take turns at the same periods."""
        descriptor, holder = self._lock(f"{workflow_id}--backfill", "the backfill")
        if holder:
            raise UsageError(
                f"{workflow_id} is being backfilled already, by {holder}", hint="wait for it, or stop it with Ctrl-C"
            )
        try:
            yield
        finally:
            _unlock(descriptor)

    def _lock(self, name: str, who: str) -> tuple[int, str]:
        """The lock; or, if somebody else has it, who that is."""
        folder = os.path.join(self._folder, "locks")
        path = os.path.join(folder, short_name(re.sub(r"[^\w.-]", "_", name)))
        try:
            os.makedirs(folder, exist_ok=True)
            descriptor = os.open(path, os.O_RDWR | os.O_CREAT, 0o644)
        except OSError as error:
            raise self._unwritable(error) from error
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
            os.ftruncate(descriptor, 0)
            os.write(descriptor, f"{who}, process {os.getpid()}".encode())
        except BlockingIOError:
            holder = os.read(descriptor, 100).decode()
            os.close(descriptor)
            return -1, holder or "somebody else"
        except OSError as error:
            os.close(descriptor)
            raise self._unwritable(error) from error
        _held.add(descriptor)
        return descriptor, ""

    def _make_room(self) -> None:
        numbers = sorted(self._numbers())
        too_many = [(old, "") for old in numbers[:-KEPT]]
        too_many += [(old, "logs") for old in numbers[-LOGS_KEPT - 2 : -LOGS_KEPT]]  # those before lost theirs here
        for old, part in too_many:
            if not is_open(self._path(old)):  # else it is still on its way, and writes there
                from shutil import rmtree  # late: it brings zlib, bz2 and lzma, for nothing on most runs

                rmtree(os.path.join(self._path(old), part), ignore_errors=True)

    def _unwritable(self, error: OSError) -> OutsideError:
        return OutsideError(
            f"runs cannot be written down: {error.strerror}",
            where=self._folder,
            hint="make the project's folder writable; one job needs no journal: bigflow run -j W.J",
        )

    def _numbers(self) -> list[int]:
        try:
            return [int(name) for name in os.listdir(self._folder) if name.isdecimal()]
        except (FileNotFoundError, NotADirectoryError):
            return []

    def _path(self, number: int) -> str:
        return os.path.join(self._folder, str(number))


def _unlock(descriptor: int) -> None:
    _held.discard(descriptor)
    os.ftruncate(descriptor, 0)
    os.close(descriptor)


def _forget() -> None:
    """Locks are shared with forked children: a job must not hold them when we are gone."""
    for descriptor in _held:
        os.close(descriptor)
    _held.clear()


_held: set[int] = set()  # descriptors: one handler for all, because a number is used anew when its lock is over
os.register_at_fork(after_in_child=_forget)
