"""Turns what happens in a run into lines on disk that survive any end of this process, and such lines into values."""

import fcntl
import json
import os
from collections.abc import Iterator, Mapping
from typing import NamedTuple

from bigflow import _ambient
from bigflow._events import State
from bigflow.errors import OutsideError, UsageError
from bigflow.runner.attempt import Outcome
from bigflow.runner.selection import Selection

FORMAT = 1
FILE = "journal.jsonl"
LONGEST_NAME = 240  # bytes: file systems take 255, and an ending follows


class Header(NamedTuple):
    """What a run is: the first line of its journal."""

    run_id: str
    workflow_id: str
    runtime: str
    interval_end: str | None
    env: str | None
    params: Mapping[str, object]
    jobs: tuple[str, ...]
    kept: Mapping[str, str]  # job -> the run in which it succeeded
    resumes: str | None
    began: float
    selection: Selection = Selection()
    parents: Mapping[str, tuple[str, ...]] = {}  # job -> those that it waits for


class Recorded(NamedTuple):
    """What a journal tells: the header, each attempt, the last state of each job, and the end if there was one."""

    header: Header
    attempts: tuple["Attempted", ...]
    states: Mapping[str, State]
    state: State | None  # None: the process was killed
    seconds: float | None
    reasons: Mapping[str, str] = {}  # of jobs that have a state without an attempt


class Attempted(NamedTuple):
    """One attempt: open (state None) if the process was killed meanwhile."""

    job_id: str
    number: int
    began: float
    state: State | None = None
    seconds: float = 0.0
    reason: str = ""
    where: str = ""


class Journal:
    """Appends. Lines are written at once; `sync` makes them durable, and does nothing where nothing is new."""

    def __init__(self, folder: str, header: Header) -> None:
        self._folder = folder
        self._path = os.path.join(folder, FILE)
        self._unsynced = False
        self._file = -1
        try:
            os.makedirs(os.path.join(folder, "logs"), exist_ok=True)
            self._file = os.open(self._path, os.O_WRONLY | os.O_CREAT | os.O_APPEND | os.O_EXCL, 0o644)
            fcntl.flock(self._file, fcntl.LOCK_EX)  # it ends with this process: who finds it knows that the run goes on
        except OSError as error:
            raise self._broken(error) from error
        self._write({"format": FORMAT, **header._asdict()})
        self.sync()
        self._sync_names()

    def log_of(self, job_id: str, number: int) -> str:
        """The file that takes what an attempt writes."""
        return log_path(self._folder, job_id, number)

    def started(self, job_id: str, number: int) -> None:
        self._write({"started": job_id, "attempt": number, "at": _now()})

    def ended(self, job_id: str, number: int, state: State, outcome: Outcome) -> None:
        told = {"ended": job_id, "attempt": number, "state": state, "seconds": round(outcome.seconds, 4)}
        if not outcome.succeeded:
            told |= {"reason": outcome.reason, "where": outcome.where}
        self._write(told)

    def settled(self, job_id: str, state: State, why: str) -> None:
        self._write({"settled": job_id, "state": state, "why": why})

    def over(self, state: State, seconds: float) -> None:
        self._write({"over": state, "seconds": round(seconds, 4)})
        self.sync()
        os.close(self._file)

    def sync(self) -> None:
        """Wait until the disk has what was written."""
        if self._unsynced:
            try:
                os.fdatasync(self._file) if hasattr(os, "fdatasync") else os.fsync(self._file)
            except OSError as error:
                raise self._broken(error) from error
            self._unsynced = False

    def _sync_names(self) -> None:
        """That there is a journal must be as durable as what is in it."""
        for folder in (self._folder, os.path.dirname(self._folder)):
            descriptor = os.open(folder or ".", os.O_RDONLY)
            try:
                os.fsync(descriptor)
            except OSError as error:
                raise self._broken(error) from error
            finally:
                os.close(descriptor)

    def _write(self, record: Mapping[str, object]) -> None:
        line = (json.dumps(record, default=str) + "\n").encode()
        try:
            while line:
                line = line[os.write(self._file, line) :]
        except OSError as error:
            raise self._broken(error) from error
        self._unsynced = True

    def _broken(self, error: OSError) -> OutsideError:
        """Nothing more is written, and the run does not go on."""
        if self._file >= 0:
            os.close(self._file)
            self._file = -1
        return OutsideError(
            f"the journal of this run cannot be written: {error.strerror}",
            where=self._path,
            hint="make room or make the folder writable, then: bigflow run --resume",
        )


def log_path(folder: str, job_id: str, number: int) -> str:
    """The log of one attempt of a run."""
    return os.path.join(folder, "logs", f"{short_name(job_id)}.{number}.log")


def short_name(name: str) -> str:
    """A name for a file: the longest ids that Airflow takes are too long for one."""
    told = name.encode()
    if len(told) <= LONGEST_NAME:
        return name
    from zlib import crc32

    return f"{name[: LONGEST_NAME // 8]}~{crc32(told):08x}"


def is_open(folder: str) -> bool:
    """Whether the process that writes the journal in this folder is still alive."""
    try:
        with open(os.path.join(folder, FILE), "rb") as file:
            fcntl.flock(file, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except BlockingIOError:
        return True
    except OSError:
        return False
    return False


def read(folder: str) -> Recorded:
    """The journal in a folder. What a killed process or a lost power cut off at its end is not missed."""
    path = os.path.join(folder, FILE)
    records = list(_records(path))
    if not records:
        raise UsageError("the journal of this run is empty", where=path, hint="the run was killed before it began")
    header = _header(records[0], path)
    attempts: dict[tuple[str, int], Attempted] = {}
    states: dict[str, State] = {}
    reasons: dict[str, str] = {}
    state, seconds = None, None
    for record in records[1:]:
        try:
            _take(record, attempts, states, reasons)
            if "over" in record:
                state, seconds = record["over"], record["seconds"]
        except (KeyError, ValueError):
            continue  # still JSON, but not what was written
    return Recorded(header, tuple(attempts.values()), states, state, seconds, reasons)  # type: ignore[arg-type]


def _header(record: Mapping[str, object], path: str) -> Header:
    version = record.get("format")
    if isinstance(version, int) and version > FORMAT:
        raise UsageError(
            "the journal was written by a newer bigflow", where=path, hint="upgrade: pip install -U bigflow-framework"
        )
    try:
        told: dict[str, object] = {name: record[name] for name in Header._fields if name in record}
        told["jobs"] = tuple(record["jobs"])  # type: ignore[arg-type]
        told["selection"] = Selection(*(tuple(words) for words in record["selection"]))  # type: ignore[attr-defined]
        return Header(**told)  # type: ignore[arg-type]
    except (KeyError, TypeError):
        raise UsageError(
            "the beginning of this run's journal is lost", where=path, hint="run the workflow anew: bigflow run -w W"
        ) from None


def _take(
    record: Mapping[str, object],
    attempts: dict[tuple[str, int], Attempted],
    states: dict[str, State],
    reasons: dict[str, str],
) -> None:
    told: dict[str, object] = dict(record)
    if "started" in told:
        key = (str(told["started"]), int(str(told["attempt"])))
        attempts[key] = Attempted(*key, began=float(str(told["at"])))
    elif "ended" in told:
        key = (str(told["ended"]), int(str(told["attempt"])))
        before = attempts.get(key, Attempted(*key, began=0.0))
        state: State = told["state"]  # type: ignore[assignment]
        attempts[key] = before._replace(
            state=state,
            seconds=float(str(told["seconds"])),
            reason=str(told.get("reason", "")),
            where=str(told.get("where", "")),
        )
        states[key[0]] = state
    elif "settled" in told:
        states[str(told["settled"])] = told["state"]  # type: ignore[assignment]
        reasons[str(told["settled"])] = str(told.get("why", ""))


def _records(path: str) -> Iterator[Mapping[str, object]]:
    try:
        with open(path, "rb") as file:
            data = file.read()
    except OSError as error:
        raise UsageError(f"cannot read the journal: {error.strerror}", where=path, hint="bigflow runs") from error
    for line in data.split(b"\n")[:-1]:
        try:
            record = json.loads(line)
        except ValueError:
            continue  # a disk may keep a hole where a line was when the power went; the others stand
        if isinstance(record, dict):
            yield record


def _now() -> float:
    return round(_ambient.now().timestamp(), 3)
