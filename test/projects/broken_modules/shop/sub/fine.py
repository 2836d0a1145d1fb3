from bigflow import Workflow, job


@job
def one(context):
    print("fine runs")


fine = Workflow("fine", [one], schedule_interval=None)
