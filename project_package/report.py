"""Turns the totals of a day into a page that one can look at, signed."""

import logging
from pathlib import Path

from bigflow import JobContext, job
from project_package import configuration, page
from project_package.signature import sign
from project_package.tables import LeftOut, Total, read_rows

log = logging.getLogger(__name__)


@job(execution_timeout_sec=300)
def report(context: JobContext) -> Path:
    """Write the page of the day, and a copy of the newest one where it is found without knowing the day."""
    folder = configuration.run_folder(context)
    content = page.Content(
        title=configuration.title(context),
        day=context.runtime.date(),
        countries=[Total.from_row(row) for row in read_rows(folder / "by_country.csv")],
        products=[Total.from_row(row) for row in read_rows(folder / "by_product.csv")],
        left_out=[LeftOut.from_row(row) for row in read_rows(folder / "left_out.csv")],
    )
    signed = sign(page.render(content, top=int(str(context.params["top"]))), configuration.report_token(context))
    newest = configuration.all_runs_folder(context) / "report.html"
    for path in (folder / "report.html", newest):
        path.write_text(signed, encoding="utf-8")
    log.info("the report: %s", newest)
    return newest
