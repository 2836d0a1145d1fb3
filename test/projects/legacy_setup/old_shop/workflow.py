import bigflow


class Hello(bigflow.Job):
    id = "hello"

    def execute(self, context):
        print("hello in", context.env, type(context.runtime).__name__)


hello = bigflow.Workflow(workflow_id="hello", definition=[Hello()])
