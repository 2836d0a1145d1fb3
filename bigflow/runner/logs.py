"""Turns the log file of an attempt into its end, as text, with a word on what is not there."""

import os
from typing import NamedTuple

from bigflow.runner.journal import log_path
from bigflow.runner.past import Past


class LogEnd(NamedTuple):
    """The last part of a log."""

    text: str
    size: int
    left_out: int  # bytes


def log_file(folder: str, job_id: str, number: int) -> str:
    """Where an attempt's log is in a run's folder, if it wrote one; an empty path if not."""
    path = log_path(folder, job_id, number)
    try:
        return path if os.path.getsize(path) else ""
    except OSError:
        return ""


def last_log(folder: str, past: Past, job_id: str) -> str:
    """The log of the last attempt of a job that wrote one."""
    tries = next(job.tries for job in past.jobs if job.id == job_id)
    return next((path for one in reversed(tries) if (path := log_file(folder, job_id, one.number))), "")


def end_of(path: str, most: int) -> LogEnd:
    """The last `most` bytes, from the beginning of a line on. A log that cannot be read is told to be so."""
    try:
        with open(path, "rb") as file:
            size = os.fstat(file.fileno()).st_size
            file.seek(max(0, size - most))
            data = file.read(most)
    except OSError as error:
        return LogEnd(f"(cannot be read: {error.strerror})", 0, 0)
    if size > most:
        data = data[data.find(b"\n") + 1 :]
    return LogEnd(data.decode("utf-8", "replace"), size, size - len(data))
