"""Turns a name into a tiny installed package whose jobs write down what they are told: `shop` runs in pods of tests."""

from pathlib import Path

PACKAGE = "shop"
MODULE = '''
"""Jobs that write down what they are told."""

import json
import os
import sys
import time
from datetime import timedelta

from bigflow import Job, Workflow
from bigflow.workflow.alerts import email, slack, webhook


class Tell(Job):
    """Writes a line."""

    def execute(self, context):
        told = {
            "job": context.job_id,
            "runtime": context.runtime_str,
            "end": context.interval_end and str(context.interval_end),
            "attempt": context.attempt,
            "run_id": context.run_id,
            "env": context.env,
            "params": {name: value if value is None else str(value) for name, value in context.params.items()},
            "types": {name: type(value).__name__ for name, value in context.params.items()},
            "secret": os.environ.get("BF_PASSWORD"),
            "own": os.environ.get("OWN"),
            "labels": dict(context.labels),
        }
        with open(os.environ["TOLD"], "a") as file:
            file.write(json.dumps(told) + "\\n")
        print(f"{context.job_id} is told {context.runtime_str}")


class Fail(Tell):
    def execute(self, context):
        super().execute(context)
        raise ValueError(f"{context.job_id} cannot be done")


class Hungry(Tell):
    def execute(self, context):
        super().execute(context)
        eaten = [bytes(range(256)) * 4000 for _ in range(400)]
        time.sleep(20)  # whoever watches may look now and then only
        sys.exit(f"was given {len(eaten)} MB")


PARAMS = {"n": 3, "share": 0.5, "dry": False, "name": "it's {{ ds }}", "tags": ["a"], "options": {"b": 1}, "none": None}
OWN = "100% {{ ds }} 'quoted' \\n\\u017c.json"
fails = Fail("fails", retry_count=1, retry_pause_sec=0)
flow = Workflow(
    "flow",
    {
        Tell("first", labels={"team": "Orders & Co"}, environment={"OWN": OWN}): [fails],
        fails: [Tell("not_run"), Tell("after_all", trigger_rule="all_done")],
    },
    schedule_interval="0 3 * * *",
    start_date="2026-01-01",
    secrets=["bf_password"],
    params=PARAMS,
    alerts=[slack("slack"), webhook("webhook"), email("team@example.com", connection="mail")],
    description="A flow that fails",
)
zoned = Workflow(
    "zoned", [Tell("one")], schedule_interval="0 3 * * *", start_date="2026-01-01", timezone="Europe/Warsaw"
)
unscheduled = Workflow("unscheduled", [Tell("one")], schedule_interval=None, params={"day": "all"})
hungry = Workflow(
    "hungry",
    [Hungry("eats", retry_count=0, resources={"memory": "100Mi"})],
    start_date="2026-01-01",
)
equipped = Workflow(
    "equipped",
    [
        Tell(
            "one",
            resources={"cpu": "500m", "memory": "2Gi", "disk": "10Gi", "gpu": 1},
            annotations={"example.com/note": "{{ ds }}"},
            service_account="reader",
            node_selector={"disk": "ssd"},
            tolerations=[{"key": "gpu", "operator": "Exists", "effect": "NoExecute", "seconds": 60}],
            spot=True,
            image_pull_policy="Always",
            image_pull_secrets=["registry"],
            volumes=[
                {"path": "/cache", "empty_dir": "10Gi"},
                {"path": "/shared", "claim": "data", "read_only": True},
                {"path": "/etc/keys", "secret": "keys"},
                {"path": "/etc/shop", "config_map": "settings"},
            ],
            priority=7,
        )
    ],
    start_date="2026-01-01",
    deadline=timedelta(hours=2),
    owner="data team",
)
secretless = Workflow(
    "secretless",
    [Tell("never", retry_count=0, startup_timeout_sec=2)],
    start_date="2026-01-01",
    secrets=["bf_missing"],
)
imageless = Workflow(
    "imageless",
    [Tell("never", retry_count=0, image="nowhere/nothing:1", startup_timeout_sec=2)],
    start_date="2026-01-01",
)
'''


def write_package(folder: Path) -> Path:
    """The package in a folder that is to be on the path of imports."""
    (folder / PACKAGE).mkdir(parents=True)
    (folder / PACKAGE / "__init__.py").touch()
    (folder / PACKAGE / "workflow.py").write_text(MODULE.lstrip(), encoding="utf-8")
    return folder
