from pathlib import Path

from bigflow import Definition, Workflow, job, resources


@job
def good(context):
    print(resources.read_text("sql/orders.sql", __file__), end="")


@job
def misspelt(context):
    resources.read_text("sql/oders.sql", __file__)


@job
def folder(context):
    resources.read_text("sql", __file__)


@job
def not_text(context):
    resources.read_text("sql/binary.sql", __file__)


@job
def outside(context):
    resources.read_text("../pyproject.toml", __file__)


@job
def as_in_1_11(context):
    from bigflow.resources import get_resource_absolute_path

    print(get_resource_absolute_path("orders.csv", Path(__file__)))


jobs = [good, misspelt, folder, not_text, outside, as_in_1_11]
reading = Workflow("reading", Definition({one: [] for one in jobs}), None, defaults={"retry_count": 0})
