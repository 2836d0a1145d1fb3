"""Where a Spark application runs, as values: this machine, EMR Serverless or Dataproc."""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import TypeAlias

from bigflow.configuration import Config
from bigflow.errors import UsageError
from bigflow.workflow.context import JobContext

_APPLICATION = re.compile(r"[0-9a-z]{1,64}")
_ROLE = re.compile(r"arn:aws[a-zA-Z0-9-]*:iam::[0-9]{12}:role/\S+")


@dataclass(frozen=True, slots=True, kw_only=True)
class Local:
    """A Spark of this machine, with the bundle in a folder. `python` instead of the interpreter that fits it."""

    bundle: str = "build_output"
    spark_submit: str = "spark-submit"
    master: str = "local[*]"
    python: str = ""
    spark_conf: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class EmrServerless:
    """An application of EMR Serverless. `{version}` in the bundle's address is the version that is installed here."""

    application_id: str
    execution_role_arn: str
    bundle: str  # s3://BUCKET/PATH, where deployment_manifest.json lies
    log_uri: str = ""  # s3://BUCKET/PATH; empty: EMR keeps the logs itself
    region: str = ""  # empty: as AWS's own configuration says
    spark_conf: Mapping[str, str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        _see_that(_APPLICATION.fullmatch(self.application_id), self, "application_id", "such as 00f1r3o5kd2tqe0l")
        _see_that(
            _ROLE.fullmatch(self.execution_role_arn), self, "execution_role_arn", "arn:aws:iam::ACCOUNT:role/NAME"
        )
        _see_that(_is_below("s3", self.bundle), self, "bundle", "s3://BUCKET/PATH/{version}")
        _see_that(not self.log_uri or _is_below("s3", self.log_uri), self, "log_uri", "s3://BUCKET/PATH")


@dataclass(frozen=True, slots=True, kw_only=True)
class Dataproc:
    """Batches of Dataproc, which need no cluster. `{version}` in the bundle's address as for EMR Serverless."""

    project: str
    region: str
    bundle: str  # gs://BUCKET/PATH, where deployment_manifest.json lies
    service_account: str = ""
    subnetwork: str = ""
    runtime_version: str = ""
    container_image: str = ""
    endpoint: str = ""  # of another server than Google's
    spark_conf: Mapping[str, str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        _see_that(self.project, self, "project", "the id of a Google project")
        _see_that(self.region, self, "region", "such as europe-west1")
        _see_that(_is_below("gs", self.bundle), self, "bundle", "gs://BUCKET/PATH/{version}")


Place: TypeAlias = Local | EmrServerless | Dataproc


def place_from(config: Config, name: str = "spark") -> Callable[[JobContext], Place]:
    """The place that a Config has for the environment of each run, as the value of one of its properties."""

    def place(context: JobContext) -> Place:
        value = config.resolve_property(name, context.env)
        if not isinstance(value, Place):
            raise no_place(value, f"the property {name!r} of the configuration")
        return value

    return place


def no_place(value: object, what: str) -> UsageError:
    """The error of whoever gave something else."""
    return UsageError(
        f"{what} is no place for a Spark application: {value!r}",
        hint="one of Local(...), EmrServerless(...), Dataproc(...) of bigflow.spark",
    )


def _is_below(scheme: str, address: str) -> bool:
    """Whether it is in a bucket of that cloud. Spark splits lists at commas, and EMR its parameters at spaces."""
    return re.fullmatch(rf"{scheme}://[^/,\s]+(/[^,\s]*)?", address) is not None


def _see_that(fine: object, place: object, name: str, example: str) -> None:
    if not fine:
        raise UsageError(f"{type(place).__name__}({name}={getattr(place, name)!r}) cannot be", hint=example)
