from datetime import timedelta

from bigflow import Workflow, job


@job
def load(context):
    print(context.workflow_id)


by_table = [Workflow(f"load_{table}", [load], schedule_interval=None) for table in ("orders", "customers")]
by_name = {"hourly": Workflow("hourly", [load], schedule_interval="@hourly"),
           "seven": Workflow("every_seven", [load], schedule_interval=timedelta(hours=7))}
again = by_table[0]
once = Workflow("once", [load], schedule_interval="@once")
