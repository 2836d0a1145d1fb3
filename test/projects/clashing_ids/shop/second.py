from bigflow import Job, Workflow


class Load(Job):
    def execute(self, context):
        pass


daily = Workflow("daily", [Load("extract"), Load("load")])
hourly = Workflow("hourly", [Load("extract"), Load("load"), Load("load")], schedule_interval="@hourly")
