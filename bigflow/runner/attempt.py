"""Turns a job and a context into one execution in this very process, and says how it ended."""

import signal
from collections.abc import Iterator
from contextlib import contextmanager
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

    @property
    def succeeded(self) -> bool:
        return not self.reason


def attempt(job: object, context: JobContext, limit: float) -> Outcome:
    """Execute once. Interruptions by the user or by SIGTERM pass through; everything else becomes an Outcome."""
    began = _ambient.stopwatch()
    try:
        with _raised_by(signal.SIGINT, KeyboardInterrupt), _raised_by(signal.SIGTERM, Terminated), _limited(limit):
            value = execute(job, context)
    except SystemExit as stop:
        if not stop.code:
            return Outcome(_ambient.stopwatch() - began)
        return _failure(job, stop, f"sys.exit({stop.code!r})", began)
    except TimedOut as late:
        return _failure(job, late, f"TimedOut: longer than execution_timeout_sec={limit:g}", began)
    except Exception as error:
        return _failure(job, error, _last_line(error), began)
    return Outcome(_ambient.stopwatch() - began, value)


@contextmanager
def _raised_by(number: int, error: type[BaseException]) -> Iterator[None]:
    """Inside, the signal raises `error`; a job that swallows or replaces the error ends with it all the same."""
    arrived: list[int] = []

    def tell(signal_number: int, _: FrameType | None) -> None:
        arrived.append(signal_number)
        raise error

    if signal.getsignal(number) is signal.SIG_IGN:  # nohup, or a shell's `&`: not for us to change
        yield
        return
    before = signal.signal(number, tell)
    try:
        yield
    except BaseException as other:
        if arrived and not isinstance(other, error):
            raise error from other
        raise
    else:
        if arrived:
            raise error
    finally:
        signal.signal(number, before)


@contextmanager
def _limited(seconds: float) -> Iterator[None]:
    with _raised_by(signal.SIGALRM, TimedOut):
        signal.setitimer(signal.ITIMER_REAL, seconds)
        try:
            yield
        finally:
            signal.setitimer(signal.ITIMER_REAL, 0)


def _failure(job: object, error: BaseException, reason: str, began: float) -> Outcome:
    seconds = _ambient.stopwatch() - began
    import traceback

    frames = _without_ours(error.__traceback__)
    text = "".join(traceback.format_exception(type(error), error, frames))
    return Outcome(seconds, reason=reason, where=_where(frames, _top_package(job)), traceback=text)


def _last_line(error: Exception) -> str:
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
