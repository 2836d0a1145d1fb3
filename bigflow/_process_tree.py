"""Turns a process into its whole family, so that nothing of it outlives its end."""

import contextlib
import functools
import os
import signal
import sys
from collections.abc import Callable

_DEATH_SIGNAL, _SUBREAPER = 1, 36  # of Linux's prctl
_ROUNDS = 10  # of killing what the killed left behind: who starts processes faster than that is not ours to stop


def end_with_parent(parent: int) -> None:
    """Let the kernel kill this process when its parent is gone, however the parent went (Linux)."""
    _prctl()(_DEATH_SIGNAL, signal.SIGKILL)
    if os.getppid() != parent:
        os._exit(1)


def adopt_orphans(adopt: bool = True) -> None:
    """Let descendants whose parents end become our children, so that they are found again (Linux)."""
    _prctl()(_SUBREAPER, int(adopt))


def signal_family(leader: int, number: int) -> None:
    """Send a signal, once, to a process, its process group, and every descendant, wherever it moved."""
    strayed = [member for member in _descendants(leader) if _group(member) != leader]
    signal_group(leader, number)
    for member in strayed:
        _signal(member, number)


def signal_group(leader: int, number: int) -> None:
    """Send a signal to what is left of a process group."""
    with contextlib.suppress(ProcessLookupError, PermissionError):
        os.killpg(leader, number)


def end_strays(keep: set[int]) -> None:
    """Kill children of ours that we did not start: what jobs left behind came to us as orphans."""
    for _ in range(_ROUNDS):
        strays = [child for child in own_children() if child not in keep]
        ended = [child for child in strays if _end(child)]
        if not ended:
            return


def has_native_threads() -> bool:
    """Whether this process has threads that Python may know nothing of: forking it would be unsafe."""
    try:
        return len(os.listdir("/proc/self/task")) > 1
    except OSError:
        import threading

        return threading.active_count() > 1


def own_children() -> list[int]:
    """Our children, orphans included (Linux; elsewhere none are known). What our other threads started is theirs."""
    process = str(os.getpid())
    return _children_of_thread(process, process)


def _descendants(leader: int) -> list[int]:
    found: list[int] = []
    waiting = [leader]
    while waiting:
        below = _children(waiting.pop())
        found += below
        waiting += below
    return found


def _children(process: int) -> list[int]:
    try:
        threads = os.listdir(f"/proc/{process}/task")
    except OSError:
        return []
    return [child for thread in threads for child in _children_of_thread(str(process), thread)]


def _children_of_thread(process: str, thread: str) -> list[int]:
    try:
        with open(f"/proc/{process}/task/{thread}/children") as file:
            return [int(child) for child in file.read().split()]
    except OSError:
        return []


def _group(process: int) -> int:
    try:
        return os.getpgid(process)
    except ProcessLookupError:
        return 0


def _signal(process: int, number: int) -> bool:
    """Whether it could be sent. A program with rights that we lack, such as sudo, is not ours to end."""
    try:
        os.kill(process, number)
    except PermissionError:
        return False
    except ProcessLookupError:
        pass
    return True


def _end(child: int) -> bool:
    strayed = _descendants(child)
    if not _signal(child, signal.SIGKILL):
        return False
    for member in strayed:
        _signal(member, signal.SIGKILL)
    with contextlib.suppress(ChildProcessError):
        os.waitpid(child, 0)
    return True


@functools.cache
def _prctl() -> Callable[[int, int], object]:
    if not sys.platform.startswith("linux"):
        return lambda option, value: None
    import ctypes

    prctl = ctypes.CDLL(None, use_errno=True).prctl
    return lambda option, value: prctl(option, value, 0, 0, 0)
