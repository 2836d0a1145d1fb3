from bigflow import Config, Definition, Job, Workflow
from bigflow.resources import get_resource_absolute_path

config = Config(name="dev", properties={"bucket": "recommendations-{env}"}).add_configuration(
    name="prod", properties={}
)


class Weigh(Job):
    id = "weigh"
    retry_count = 5

    def execute(self, context):
        with open(get_resource_absolute_path("weights.sql", __file__)) as file:
            print("weights of", context.runtime.date(), "by", file.read().strip())


class Recommend:
    """Not a subclass: 1.11 takes whatever has an id and can be executed."""

    id = "recommend"

    def execute(self, context):
        print("recommendations of", context.runtime_str, "go to", config.resolve()["bucket"])


weigh, recommend = Weigh(), Recommend()
recommendations = Workflow(
    workflow_id="recommendations",
    definition=Definition({weigh: [recommend]}),
    schedule_interval="@daily",
    secrets=["bf_token"],
)
