from bigflow import Workflow


class LooksLikeAJob:
    def __init__(self, id):
        self.id = id

    def execute(self, context):
        print(self.id, "executes", type(context).__name__)


class JobOfOldTimes:
    id = "old"

    def run(self, runtime):
        print("runs", runtime)


daily = Workflow("sales.daily", [LooksLikeAJob("extract"), LooksLikeAJob("extract.all"), JobOfOldTimes()])
