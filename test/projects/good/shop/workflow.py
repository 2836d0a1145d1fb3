from datetime import datetime

from bigflow import Definition, Job, JobContext, Workflow, job


class Fetch(Job):
    id = "fetch"

    def execute(self, context: JobContext) -> None:
        print("rows of", context.runtime_str)


@job
def clean(context: JobContext) -> None:
    print("clean in", context.env)


@job
def by_country(context: JobContext) -> None:
    print("top", repr(context.params["top"]), "dry", repr(context.params["dry"]))


@job
def by_product(context: JobContext) -> None:
    print("until", context.interval_end)


@job
def report(context: JobContext) -> None:
    print(context.workflow_id, context.job_id, "attempt", context.attempt)


daily = Workflow(
    workflow_id="daily",
    definition=Definition(Fetch() >> clean >> [by_country, by_product] >> report),
    schedule_interval="@daily",
    start_date=datetime(2026, 1, 1),
    params={"top": 5, "dry": False, "since": datetime(2026, 1, 1)},
    description="sales of a day",
)
