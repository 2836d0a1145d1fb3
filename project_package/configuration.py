"""Turns the name of an environment into what the pipeline needs to know about it."""

from pathlib import Path

from bigflow import Config, JobContext

# None means: not in the code. The value comes from the variable `bf_report_token`, or from `.env.<environment>`.
config = (
    Config("local", {"title": "Orders", "work_folder": "build/out", "report_token": "no secret on a laptop"})
    .add_configuration("dev", {"title": "Orders ({env})", "work_folder": "build/out/{env}", "report_token": None})
    # Each job runs in a pod of its own there: this folder is a volume that all of them see.
    .add_configuration("prod", {"work_folder": "/mnt/orders", "report_token": None})
)


def title(context: JobContext) -> str:
    """What the report is called."""
    return str(config.resolve_property("title", context.env))


def report_token(context: JobContext) -> str:
    """The secret that reports are signed with."""
    return str(config.resolve_property("report_token", context.env))


def all_runs_folder(context: JobContext) -> Path:
    """Where the folders of all runs lie."""
    return Path(str(config.resolve_property("work_folder", context.env)))


def run_folder(context: JobContext) -> Path:
    """Where the jobs of this run leave files for each other: each job is a process of its own."""
    folder = all_runs_folder(context) / f"{context.runtime:%Y-%m-%d}"
    folder.mkdir(parents=True, exist_ok=True)
    return folder
