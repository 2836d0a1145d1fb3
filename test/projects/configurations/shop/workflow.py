from bigflow import Workflow, job

from shop.configuration import config


@job
def show(context):
    print(config.resolve(context.env))


@job
def show_bucket(context):
    print(config.resolve_property("bucket", context.env))


@job
def show_misspelt(context):
    print(config.resolve_property("buckte", context.env))


settings = Workflow("settings", [show, show_bucket, show_misspelt], schedule_interval=None)
