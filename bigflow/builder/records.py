"""Turns what came of a step into a record on disk, and the record back if all is still as it says."""

import contextlib
import json
import os
from dataclasses import asdict
from typing import Any, NamedTuple

from bigflow._ambient import now
from bigflow._files import write_atomically
from bigflow.artifacts.artifact import artifact_from_fields
from bigflow.builder.fingerprint import Fingerprints
from bigflow.builder.step import Declared, Done
from bigflow.errors import Finding


class Record(NamedTuple):
    """What a step left when it last succeeded, and in which build that was."""

    key: str
    build_id: str
    left: str  # the hash of what it left
    done: Done
    until: float | None = None  # seconds since 1970


class Records:
    """The records of one project's steps."""

    def __init__(self, folder: str, fingerprints: Fingerprints) -> None:
        self._folder = folder
        self._fingerprints = fingerprints

    def standing(self, step: str, key: str, declared: Declared) -> Record | None:
        """The record, if the step would read the same again, and what it left is untouched."""
        try:
            with open(self._path(step), encoding="utf-8") as file:
                record = _record(json.load(file))
        except (OSError, ValueError, KeyError, TypeError):
            return None
        if record.until is not None and now().timestamp() > record.until:
            return None
        if record.key != key or record.left != self._fingerprints.digest(declared.leaves):
            return None
        return record

    def forget(self, step: str) -> None:
        """Before the step begins to change what it left."""
        with contextlib.suppress(FileNotFoundError):
            os.unlink(self._path(step))

    def keep(self, step: str, key: str, build_id: str, declared: Declared, done: Done) -> None:
        """The step has succeeded, and all that it leaves is in its place."""
        left = self._fingerprints.digest(declared.leaves)
        until = None if done.good_for is None else now().timestamp() + done.good_for
        told = {"key": key, "build_id": build_id, "left": left, "done": _told(done), "until": until}
        write_atomically(self._path(step), json.dumps(told, ensure_ascii=False))

    def _path(self, step: str) -> str:
        return os.path.join(self._folder, f"{step}.json")


def _told(done: Done) -> dict[str, object]:
    return {
        "summary": done.summary,
        "artifacts": [asdict(artifact) for artifact in done.artifacts],
        "warnings": done.warnings,
    }


def _record(read: dict[str, Any]) -> Record:
    done = read["done"]
    artifacts = tuple(artifact_from_fields(one) for one in done["artifacts"])
    warnings = tuple(Finding(*one) for one in done["warnings"])
    done = Done(str(done["summary"]), artifacts, warnings)
    return Record(str(read["key"]), str(read["build_id"]), str(read["left"]), done, read["until"])
