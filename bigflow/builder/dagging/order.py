"""What the program that writes DAG files is told, and what it answers, as values that go through JSON."""

import json
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import NamedTuple

from bigflow.errors import Finding


@dataclass(frozen=True, slots=True)
class Order:
    """Which DAG files to write, and what they say besides their workflows."""

    root: str
    folder: str  # for the files
    project: str
    package: str
    edition: str
    version: str
    started: str  # ISO 8601, without a zone: wall time
    configuration: str  # the file of deployment_config
    env: str | None
    repository: str | None  # as the project says it; else deployment_config does
    workflow: str | None = None  # only this one
    airflow: tuple[str, ...] = ()  # only these versions are checked; none: all that are known
    shared: tuple[str, ...] = ()  # what of the project, beside modules, every workflow can reach

    @property
    def moment(self) -> datetime:
        return datetime.fromisoformat(self.started)

    def to_json(self) -> str:
        return json.dumps(asdict(self))


class Answer(NamedTuple):
    """What came of it. With anything wrong, no file is to be used."""

    wrong: tuple[Finding, ...]
    doubts: tuple[Finding, ...]
    files: tuple[str, ...]
    checked: tuple[str, ...]  # the Airflow versions that the files were checked against

    def to_json(self) -> str:
        return json.dumps(self)


def order_from_json(text: str) -> Order:
    """The order that was written."""
    read = json.loads(text)
    return Order(**{**read, "airflow": tuple(read["airflow"]), "shared": tuple(read["shared"])})


def answer_from_json(text: str) -> Answer:
    """The answer that was written."""
    wrong, doubts, files, checked = json.loads(text)
    return Answer(
        tuple(Finding(*one) for one in wrong), tuple(Finding(*one) for one in doubts), tuple(files), tuple(checked)
    )
