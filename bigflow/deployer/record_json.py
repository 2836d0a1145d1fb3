"""Turns releases and states into the JSON of the records, and that back."""

import json
from collections.abc import Callable
from dataclasses import asdict
from datetime import datetime
from typing import Any, TypeVar

from bigflow.containers.descriptor import Descriptor
from bigflow.dags import specs_file
from bigflow.dags.binding import Bindings
from bigflow.dags.spec import Alert, Resources, Timetable
from bigflow.deployer.release import BundleFile, Deployed, DeployedBundle, DeployedImage, Entry, Intent, Release, State
from bigflow.errors import BigflowError, UsageError

SCHEMA = 1
_Read = TypeVar("_Read")
_Json = dict[str, Any]


class RecordDamaged(UsageError):
    """A record that cannot be read: cut in half, changed by hand, or of a newer version."""


def release_text(release: Release) -> bytes:
    """The record of a release; bindings that DAGs share are written once."""
    dags = sorted(release.dags, key=lambda dag: dag.spec.dag_id)
    bindings = list(dict.fromkeys(dag.bindings for dag in dags))
    return _written(
        {
            **{key: value for key, value in asdict(release).items() if key not in ("dags", "images")},
            "images": [_image(image) for image in release.images],
            "specs": json.loads(specs_file.written(dag.spec for dag in dags)),
            "bindings": [asdict(one) for one in bindings],
            "dags": [{"bindings": bindings.index(dag.bindings), "text": dag.text} for dag in dags],
        }
    )


def read_release(content: bytes, where: str) -> Release:
    """The release that was written."""

    def read(told: _Json) -> Release:
        specs = specs_file.read(json.dumps(told.pop("specs")), where)
        bindings = [_bindings(one) for one in told.pop("bindings")]
        dags = tuple(
            Deployed(spec, bindings[one["bindings"]], one["text"])
            for spec, one in zip(specs, told.pop("dags"), strict=True)
        )
        images = tuple(_image_of(one) for one in told.pop("images"))
        bundle = _bundle_of(told.pop("bundle", None))
        time = datetime.fromisoformat(told["time"])
        return Release(**{**told, "time": time, "images": images, "dags": dags, "bundle": bundle})

    return _read(content, where, read)


def state_text(state: State) -> bytes:
    """The object that says where a project stands."""
    return _written(asdict(state))


def read_state(content: bytes, where: str) -> State:
    """The state that was written."""

    def read(told: _Json) -> State:
        history = tuple(Entry(**{**one, "time": datetime.fromisoformat(one["time"])}) for one in told["history"])
        return State(told["project"], history, _intent(told["intent"]) if told["intent"] else None)

    return _read(content, where, read)


def _intent(told: _Json) -> Intent:
    before = tuple((str(name), text) for name, text in told["before"])
    since = datetime.fromisoformat(told["since"])
    return Intent(**{**told, "since": since, "names": tuple(told["names"]), "before": before})


def _image(image: DeployedImage) -> _Json:
    return {
        "place": image.place,
        "reference": image.reference,
        "tag": image.tag,
        "media_type": image.blob.media_type,
        "digest": image.blob.digest,
        "size": image.blob.size,
    }


def _image_of(told: _Json) -> DeployedImage:
    blob = Descriptor(told["media_type"], told["digest"], told["size"])
    return DeployedImage(told["place"], told["reference"], told["tag"], blob)


def _bundle_of(told: _Json | None) -> DeployedBundle | None:
    return DeployedBundle(**{**told, "files": tuple(BundleFile(**one) for one in told["files"])}) if told else None


def _bindings(told: _Json) -> Bindings:
    alerts = told["alerts"]
    return Bindings(
        **{
            **told,
            "resources": Resources(**told["resources"]),
            "first": _moment(told["first"]),
            "last": _moment(told["last"]),
            "timetable": Timetable(**told["timetable"]) if told["timetable"] else None,
            "alerts": None if alerts is None else tuple(Alert(**{**one, "to": tuple(one["to"])}) for one in alerts),
        }
    )


def _moment(text: str | None) -> datetime | None:
    return datetime.fromisoformat(text) if text else None


def _written(told: _Json) -> bytes:
    text = json.dumps({"schema": SCHEMA, **told}, indent=1, ensure_ascii=False, default=datetime.isoformat)
    return f"{text}\n".encode()


def _read(content: bytes, where: str, read: Callable[[_Json], _Read]) -> _Read:
    try:
        told = json.loads(content)
        if told.pop("schema", None) != SCHEMA:
            raise ValueError(f"it is not of schema {SCHEMA}")
        return read(told)
    except (BigflowError, AttributeError, KeyError, TypeError, ValueError, IndexError) as error:
        raise RecordDamaged(
            f"the record cannot be read: {error}",
            where=where,
            hint="bigflow deploy --clear-dags-folder   makes a new one, by the marks in the files",
        ) from None
