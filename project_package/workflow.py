"""Turns the jobs into the workflow `daily`: what follows what, and when."""

from datetime import datetime

from bigflow import Workflow
from project_package.aggregate import by_country, by_product
from project_package.clean import clean
from project_package.fetch import fetch
from project_package.report import report

daily = Workflow(
    workflow_id="daily",
    definition=fetch >> clean >> [by_country, by_product] >> report,
    schedule_interval="@daily",
    start_date=datetime(2025, 1, 1),
    timezone="UTC",
    description="The shop's orders of a day, as a report.",
    params={"top": 5},
    secrets=["bf_report_token"],
    defaults={"retry_count": 2, "execution_timeout_sec": 600, "resources": {"cpu": 0.25, "memory": "256Mi"}},
)
