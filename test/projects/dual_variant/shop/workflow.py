"""One workflow, the same for both variants."""

from bigflow import Job, JobContext, Workflow


class Say(Job):
    id = "say"

    def execute(self, context: JobContext) -> None:
        print("hello")


daily = Workflow(workflow_id="daily", definition=[Say()], start_date="2026-01-01", schedule_interval="@daily")
