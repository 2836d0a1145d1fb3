"""Turns the name of an entry script, its arguments and a place into a job like any other: `SparkJob`."""

from collections.abc import Callable, Mapping, Sequence
from typing import TypeAlias, Unpack

from bigflow.errors import UsageError
from bigflow.spark.application import Application, labels, token
from bigflow.spark.places import Dataproc, EmrServerless, Local, Place, no_place
from bigflow.workflow.context import JobContext
from bigflow.workflow.jobs import Job, JobOptions, settings

Arguments: TypeAlias = Sequence[str] | Callable[[JobContext], Sequence[str]]


class SparkJob(Job):
    """Runs an entry script of the project's bundle on Spark, and waits for its end.

    What depends on the run (arguments) or on the environment (place) is a function of the context.
    """

    def __init__(
        self,
        id: str | None = None,
        *,
        entry_script: str,
        place: Place | Callable[[JobContext], Place],
        arguments: Arguments = (),
        spark_conf: Mapping[str, str] | None = None,
        **options: Unpack[JobOptions],
    ) -> None:
        super().__init__(id, **options)
        self.entry_script = entry_script
        self.place = place
        self.arguments = arguments
        self.spark_conf = dict(spark_conf or {})
        if type(self) is SparkJob:
            self.__doc__ = f"Runs {entry_script} of the project's bundle on Spark."

    def execute(self, context: JobContext, /) -> str:
        """Submit it, wait, and fail if it failed. Gives the name of the run at its place."""
        place = self.place(context) if callable(self.place) else self.place
        return _run(place, self.application(context))

    def application(self, context: JobContext) -> Application:
        """What this attempt submits, wherever that is."""
        context = context if context.job_id else context._replace(job_id=self.id)
        arguments = self.arguments(context) if callable(self.arguments) else self.arguments
        if isinstance(arguments, str):
            raise UsageError(
                f"the arguments of job {self.id!r} are one text, {arguments!r}",
                where=self.defined_at,
                hint=f"a list: {arguments.split()!r}",
            )
        return Application(
            entry_script=self.entry_script,
            arguments=tuple(map(str, arguments)),
            spark_conf=self.spark_conf,
            name=f"{context.workflow_id or 'bigflow'}.{self.id} {context.runtime_str}",
            token=token(context),
            labels=labels(context),
            limit=settings(self, context.workflow.defaults if context.workflow else {}).execution_timeout_sec,
            defined_at=self.defined_at,
        )


def _run(place: object, application: Application) -> str:
    match place:
        case Local():
            from bigflow.spark.local import run_here

            return run_here(place, application)
        case EmrServerless():
            from bigflow.spark.emr_serverless import run_on_emr

            return run_on_emr(place, application)
        case Dataproc():
            from bigflow.spark.dataproc import run_on_dataproc

            return run_on_dataproc(place, application)
    raise no_place(place, f"what the job at {application.defined_at} has as its place")
