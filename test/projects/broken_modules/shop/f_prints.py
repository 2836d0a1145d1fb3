print("imported f_prints")

from bigflow import Workflow, job


@job
def only(context):
    print("data")


talkative = Workflow("talkative", [only], schedule_interval=None)
