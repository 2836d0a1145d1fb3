"""Runs each attempt in a process of its own, and notices how each ends."""

import os
import selectors
import signal
import sys
from collections.abc import Callable, Iterable, Sequence
from typing import NamedTuple, TypeAlias

from bigflow import _ambient
from bigflow._process_tree import (
    adopt_orphans,
    end_strays,
    has_native_threads,
    own_children,
    signal_family,
    signal_group,
)
from bigflow.errors import OutsideError
from bigflow.runner.attempt import Outcome
from bigflow.runner.backends import Backend, Ended, Task
from bigflow.runner.backends.child import flush, heard

# Begins an attempt in a new process, which reports through the pipe and must close those descriptors; gives its id.
Launch: TypeAlias = Callable[[Task, int, Sequence[int]], int]


class _Child(NamedTuple):
    process: int
    pipe: int  # our end: the outcome comes through it
    began: float
    told: bytearray  # what has come by now


class Children:
    """The parent of attempts: one thread, woken by SIGCHLD."""

    def __init__(self, launch: Launch) -> None:
        self._launch = launch
        self._children: dict[int, _Child] = {}
        self._woken, self._waker = os.pipe()
        os.set_blocking(self._waker, False)
        os.set_blocking(self._woken, False)
        self._selector = selectors.DefaultSelector()
        self._selector.register(self._woken, selectors.EVENT_READ)
        self._handler_before = signal.signal(signal.SIGCHLD, lambda number, frame: None)
        self._waker_before = signal.set_wakeup_fd(self._waker, warn_on_full_buffer=False)
        self._not_ours = set(own_children())  # the project's import may have started some
        adopt_orphans()

    def start(self, task: Task) -> int:
        flush()  # else the child would write it, too
        began = _ambient.stopwatch()
        try:
            process, pipe = self._launched(task)
        except OSError as error:
            raise OutsideError(
                f"a process for job {task.context.job_id} cannot be started: {error.strerror}",
                hint="fewer at a time need less: --parallel 1; then go on with: bigflow run --resume",
            ) from error
        self._children[process] = _Child(process, pipe, began, bytearray())
        return process

    def _launched(self, task: Task) -> tuple[int, int]:
        ours, theirs = os.pipe()
        os.set_blocking(ours, False)
        try:
            pipes = (child.pipe for child in self._children.values())
            return self._launch(task, theirs, (ours, self._woken, self._waker, *pipes)), ours
        except OSError:
            os.close(ours)
            raise
        finally:
            os.close(theirs)

    def wait(self, seconds: float) -> Iterable[Ended]:
        ended = self._reap()
        if not ended:
            self._selector.select(max(seconds, 0))
            ended = self._reap()
        return ended

    def stop(self, ticket: int, number: int) -> None:
        if ticket in self._children:
            signal_family(ticket, number)

    def close(self) -> None:
        for process in list(self._children):
            signal_family(process, signal.SIGKILL)
            os.waitpid(process, 0)
            os.close(self._children.pop(process).pipe)
        end_strays(self._not_ours)
        adopt_orphans(False)
        signal.set_wakeup_fd(self._waker_before)
        signal.signal(signal.SIGCHLD, self._handler_before)
        self._selector.close()
        os.close(self._woken)
        os.close(self._waker)

    def _reap(self) -> list[Ended]:
        _available(self._woken)
        ended = []
        for child in list(self._children.values()):
            process, status = os.waitpid(child.process, os.WNOHANG)
            child.told.extend(_available(child.pipe))  # also of those that go on: a full pipe would block them
            if process:
                os.close(self._children.pop(process).pipe)
                signal_group(process, signal.SIGKILL)  # what the job left running ends with it, as in a pod
                ended.append(Ended(process, _outcome(child, status)))
        if ended:
            end_strays(self._not_ours | set(self._children))
        return ended


def forks() -> bool:
    """Whether attempts are forked: where that is unsafe for this process, a new one imports the job's module again."""
    return not has_native_threads() and sys.platform != "darwin"


def make() -> Backend:
    """Forked attempts; spawned ones where there can be no forks."""
    if forks():
        from bigflow.runner.backends.forking import fork, share_memory

        share_memory()
        return Children(fork)
    from bigflow.runner.backends.spawning import spawn

    return Children(spawn)


def _outcome(child: _Child, status: int) -> Outcome:
    """What the child told; else what its end tells, as it would of a pod."""
    seconds = _ambient.stopwatch() - child.began
    told = heard(bytes(child.told))
    if told is not None:
        return told._replace(seconds=seconds)
    if os.WIFSIGNALED(status):
        return Outcome(seconds, reason=f"killed by {_name(os.WTERMSIG(status))}")
    code = os.WEXITSTATUS(status)
    return Outcome(seconds, reason=f"the process ended with exit code {code}" if code else "")


def _name(number: int) -> str:
    try:
        return signal.Signals(number).name
    except ValueError:  # most real-time signals have none
        return f"signal {number}"


def _available(pipe: int) -> bytes:
    """All that can be read without waiting."""
    chunks = []
    try:
        while chunk := os.read(pipe, 65536):
            chunks.append(chunk)
    except BlockingIOError:
        pass
    return b"".join(chunks)
