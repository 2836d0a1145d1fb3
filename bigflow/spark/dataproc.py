"""Turns a bundle in a bucket into one batch of Dataproc, followed to its end."""

from collections.abc import Mapping
from dataclasses import dataclass
from urllib.parse import urlencode

from bigflow.errors import BigflowError
from bigflow.spark.application import Application
from bigflow.spark.bundle import located, read_bundle
from bigflow.spark.dataproc_client import AlreadyThere, DataprocClient
from bigflow.spark.dataproc_request import batch, batch_id
from bigflow.spark.places import Dataproc
from bigflow.spark.waiting import USUAL, Pace, Seen, follow, tell

_ENDED = ("SUCCEEDED", "FAILED", "CANCELLED")


@dataclass(frozen=True, slots=True)
class _Batch:
    """A batch, as `waiting` looks at it."""

    client: DataprocClient
    path: str

    @property
    def name(self) -> str:
        return f"Dataproc batch {self.path.rpartition('/')[2]}"

    def look(self) -> Seen:
        told = self._resource()
        state, runtime = str(told.get("state", "")), told.get("runtimeInfo")
        log = str(runtime.get("outputUri", "")) if isinstance(runtime, Mapping) else ""
        return Seen(state, state in _ENDED, state == "SUCCEEDED", str(told.get("stateMessage", "")), log)

    def cancel(self) -> None:
        self.client.ask("POST", f"{self._resource()['operation']}:cancel", {})

    def _resource(self) -> Mapping[str, object]:
        return self.client.ask("GET", self.path)


def run_on_dataproc(place: Dataproc, application: Application, pace: Pace = USUAL) -> str:
    """Run it to its end; gives the id of the batch."""
    client = DataprocClient(place)
    address = located(place.bundle, application.defined_at)
    wanted = batch(place, application, read_bundle(address), address)
    id = batch_id(application)
    batches = f"projects/{place.project}/locations/{place.region}/batches"
    submitted = _Batch(client, f"{batches}/{id}")

    def submit() -> _Batch:
        try:
            client.ask("POST", f"{batches}?{urlencode({'batchId': id, 'requestId': application.token})}", wanted)
        except AlreadyThere:
            tell(f"{submitted.name} is there already")
        else:
            tell(f"{submitted.name}: {application.entry_script} from {address}")
        return submitted

    seen = follow(submit, pace)
    if not seen.succeeded:
        raise _failure(place, submitted, seen, application.defined_at)
    return id


def _failure(place: Dataproc, submitted: _Batch, seen: Seen, where: str) -> BigflowError:
    id = submitted.path.rpartition("/")[2]
    command = f"gcloud dataproc batches wait {id} --region {place.region} --project {place.project}"
    said = f": {seen.details}" if seen.details else ""
    return BigflowError(
        f"{submitted.name} ended as {seen.state}{said}",
        where=where,
        hint=f"the driver's log: {seen.log + ', or ' if seen.log else ''}{command}",
    )
