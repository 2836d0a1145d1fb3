from bigflow import JobContext, Workflow, job


@job
def add_up(context: JobContext) -> None:
    pass


weekly = Workflow("weekly", [add_up], schedule_interval="0 3 * * MON", timezone="Europe/Warsaw")
