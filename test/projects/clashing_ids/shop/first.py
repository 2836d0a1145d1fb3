from bigflow import Workflow, job


@job
def load(context):
    pass


daily = Workflow("daily", [load])
