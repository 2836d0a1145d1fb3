from bigflow import Definition, Job, Workflow, job


class Step(Job):
    def execute(self, context):
        pass


def not_decorated(context):
    pass


a, b, c = Step("a"), Step("b"), Step("c")

circle = Workflow("circle", Definition({a: [b], b: [c], c: [a]}))
nothing = Workflow("nothing", [])
strangers = Workflow("strangers", [Step, not_decorated, "text", Step("d")])
lonely = Workflow("lonely", Definition({a: [a]}))
