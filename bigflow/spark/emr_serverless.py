"""Turns a bundle in a bucket into one job run of EMR Serverless, followed to its end."""

import gzip
import sys
import zlib
from collections.abc import Mapping
from dataclasses import dataclass

from bigflow.errors import BigflowError
from bigflow.spark.application import Application
from bigflow.spark.bundle import access_to, located, read_bundle
from bigflow.spark.emr_client import EmrClient
from bigflow.spark.emr_request import driver_log, start_request
from bigflow.spark.output import reason
from bigflow.spark.places import EmrServerless
from bigflow.spark.waiting import USUAL, Pace, Seen, follow, tell
from bigflow.storage import Absent, open_store

_ENDED = ("SUCCESS", "FAILED", "CANCELLED")
_LARGEST = 10_000_000  # bytes of a compressed log that are fetched
_TAIL = 100  # lines of it that are shown


@dataclass(frozen=True, slots=True)
class _Run:
    """A job run, as `waiting` looks at it."""

    client: EmrClient
    application: str
    id: str

    @property
    def name(self) -> str:
        return f"EMR Serverless run {self.id}"

    def look(self) -> Seen:
        told = self.client.ask("get_job_run", self._named())["jobRun"]
        assert isinstance(told, Mapping)
        state = str(told["state"])
        return Seen(state, state in _ENDED, state == "SUCCESS", str(told.get("stateDetails") or ""))

    def cancel(self) -> None:
        self.client.ask("cancel_job_run", self._named())

    def _named(self) -> Mapping[str, object]:
        return {"applicationId": self.application, "jobRunId": self.id}


def run_on_emr(place: EmrServerless, application: Application, pace: Pace = USUAL) -> str:
    """Run it to its end; gives the id of the job run."""
    client = EmrClient(place)
    address = located(place.bundle, application.defined_at)
    request = start_request(place, application, read_bundle(address), address)
    started: list[_Run] = []

    def submit() -> _Run:
        run = _Run(client, place.application_id, str(client.ask("start_job_run", request)["jobRunId"]))
        if not started:
            tell(f"{run.name} of application {place.application_id}: {application.entry_script} from {address}")
        started.append(run)
        return run

    seen = follow(submit, pace)
    run = started[0]
    if not seen.succeeded:
        raise _failure(place, run, seen, application.defined_at)
    return run.id


def _failure(place: EmrServerless, run: _Run, seen: Seen, where: str) -> BigflowError:
    what = f"{run.name} ended as {seen.state}"
    said = seen.details
    if not place.log_uri:
        command = "aws emr-serverless get-dashboard-for-job-run"
        return BigflowError(
            ": ".join(filter(None, (what, said))),
            where=where,
            hint=f"{command} --application-id {run.application} --job-run-id {run.id}   (or keep logs with log_uri)",
        )
    log = driver_log(place, run.id, "stdout")
    output = _show_the_end_of(log)
    raised = reason(output)
    told = ": ".join(part for part in (what, said, raised if raised not in said else "") if part)
    return BigflowError(told, where=where, hint=f"the driver's log: {log} (and stderr.gz)")


def _show_the_end_of(log: str) -> str:
    """The last lines of a log, which also go to our standard output; nothing where it cannot be read."""
    folder, _, name = log.rpartition("/")
    try:
        store = open_store(folder, access_to(folder))
        stat = store.stat(name)
        if stat is None or stat.size > _LARGEST:
            return ""
        text = gzip.decompress(store.read(name).content).decode("utf-8", "replace")
    except (BigflowError, OSError, EOFError, zlib.error) as error:  # why the run failed is more important
        if not isinstance(error, Absent):
            tell(f"{log} cannot be read: {error}")
        return ""
    lines = text.splitlines(keepends=True)
    left_out = f"... {len(lines) - _TAIL} lines before, in {log}\n" if len(lines) > _TAIL else ""
    sys.stdout.write(left_out + "".join(lines[-_TAIL:]))
    return text
