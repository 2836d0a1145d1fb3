"""Turns a job and a context into one execution in this very process, and says how it ended."""

import _signal  # type: ignore[import-not-found]  # the functions beneath `signal`: see _Raised
import os
import sys
from types import FrameType, TracebackType
from typing import NamedTuple

from bigflow import _ambient
from bigflow.errors import BigflowError
from bigflow.workflow.context import JobContext
from bigflow.workflow.jobs import execute


class Terminated(BaseException):
    """SIGTERM arrived: raised inside the job, so that it can put things in order."""


class TimedOut(BaseException):
    """The job's `execution_timeout_sec` is over: raised inside the job. No `except Exception` swallows it."""


class Outcome(NamedTuple):
    """How an attempt ended. `reason` is empty for a success; `where` is the last line of the user's code."""

    seconds: float
    value: object = None
    reason: str = ""
    where: str = ""
    traceback: str = ""
    hint: str = ""  # what to do about it, if the error said so
    note: str = ""  # the value, if it is a short text
    interruption: str = ""  # the name of what ended it, if that was a signal to us and not the job's own doing

    @property
    def succeeded(self) -> bool:
        return not self.reason


def attempt(job: object, context: JobContext, limit: float) -> Outcome:
    """Execute once. Interruptions by the user or by SIGTERM pass through; everything else becomes an Outcome."""
    began = _ambient.stopwatch()
    try:
        with _Raised(_signal.SIGINT, KeyboardInterrupt), _Raised(_signal.SIGTERM, Terminated):
            value = _within(limit, job, context)
    except SystemExit as stop:
        if not stop.code:
            return Outcome(_ambient.stopwatch() - began)
        return _failure(job, stop, f"sys.exit({stop.code!r})", began)
    except TimedOut as late:
        return _failure(job, late, f"TimedOut: longer than execution_timeout_sec={limit:g}", began)
    except (KeyboardInterrupt, Terminated):
        raise
    except BaseException as error:  # asyncio.CancelledError, and what else is no Exception
        return _failure(job, error, _last_line(error), began)
    return Outcome(_ambient.stopwatch() - began, value, note=_note(value))


def _within(limit: float, job: object, context: JobContext) -> object:
    if not _hears_signals():
        return execute(job, context)
    with _Raised(_signal.SIGALRM, TimedOut):
        _signal.setitimer(_signal.ITIMER_REAL, limit)
        try:
            return execute(job, context)
        finally:
            _signal.setitimer(_signal.ITIMER_REAL, 0)


def interrupted(interruption: BaseException) -> Outcome:
    """The outcome of an attempt that Ctrl-C or SIGTERM ended."""
    return Outcome(0.0, reason="ended by a signal", interruption=type(interruption).__name__)


def _note(value: object) -> str:
    text = str(value) if isinstance(value, str) or hasattr(value, "__fspath__") else ""
    return text if len(text) <= 200 and text.isprintable() else ""


class _Raised:
    """Inside, the signal raises `error`; a job that swallows or replaces the error ends with it all the same.

    A plain class, and the C functions beneath `signal`: a forked child pays for each page of memory that it touches,
    and contextlib's generators and signal's enums touch more of them than all the rest of an attempt.
    """

    __slots__ = ("_arrived", "_before", "_error", "_number")

    def __init__(self, number: int, error: type[BaseException]) -> None:
        self._number = number
        self._error = error
        self._arrived = False
        self._before: object = _signal.SIG_IGN

    def __enter__(self) -> None:
        if _hears_signals():
            self._before = _signal.getsignal(self._number)
        if self._before != _signal.SIG_IGN:  # nohup, or a shell's `&`, which is not for us to change
            _signal.signal(self._number, self._tell)
            _raised.append(self)

    def __exit__(self, kind: object, other: BaseException | None, frames: object) -> None:
        if self._before == _signal.SIG_IGN:
            return
        _raised.remove(self)
        _signal.signal(self._number, self._before)
        if self._arrived and not isinstance(other, self._error):
            raise self._error from other

    def forget(self) -> None:
        """In a child that the job has forked: a signal to it is none to the job.

        A worker of multiprocessing that waits for a lock would not hear of it by a handler, and never end.
        """
        _signal.signal(self._number, self._before)

    def _tell(self, number: int, frame: FrameType | None) -> None:
        self._arrived = True
        raise self._error


_raised: list[_Raised] = []


def _forget_all() -> None:
    for one in _raised:
        one.forget()
    _raised.clear()


os.register_at_fork(after_in_child=_forget_all)


def _hears_signals() -> bool:
    """Only the main thread does. Where nobody has imported `threading`, there is no other."""
    threading = sys.modules.get("threading")
    return threading is None or threading.current_thread() is threading.main_thread()


def _failure(job: object, error: BaseException, reason: str, began: float) -> Outcome:
    seconds = _ambient.stopwatch() - began
    import traceback

    frames = _without_ours(error.__traceback__)
    text = "".join(traceback.format_exception(type(error), error, frames))
    hint = error.hint if isinstance(error, BigflowError) else ""
    return Outcome(seconds, reason=reason, where=_where(frames, _top_package(job)), traceback=text, hint=hint)


def _last_line(error: BaseException) -> str:
    """`KeyError: 'prise'`, also where the message has many lines or there are notes."""
    if isinstance(error, BigflowError):
        return str(error).partition("\n")[0]
    import traceback

    lines = traceback.format_exception_only(error)
    return next((line for line in lines if not line.startswith(" ")), lines[0]).strip().partition("\n")[0]


def _without_ours(frames: TracebackType | None) -> TracebackType | None:
    """The traceback from the first frame on that is not the framework's."""
    while frames is not None and frames.tb_next is not None and _module(frames).startswith("bigflow."):
        frames = frames.tb_next
    return frames


def _where(frames: TracebackType | None, package: str) -> str:
    """The deepest line of the job's own package, else the deepest of all."""
    place = ""
    in_package = False
    while frames is not None:
        ours = _module(frames).partition(".")[0] == package
        if ours or not in_package:
            place = f"{frames.tb_frame.f_code.co_filename}:{frames.tb_lineno}"
            in_package = in_package or ours
        frames = frames.tb_next
    return place


def _module(frame: TracebackType) -> str:
    return str(frame.tb_frame.f_globals.get("__name__", ""))


def _top_package(job: object) -> str:
    return str(getattr(job, "__module__", "")).partition(".")[0]
