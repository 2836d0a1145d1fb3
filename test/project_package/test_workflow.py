import logging
from datetime import date, timedelta
from pathlib import Path

import pytest

from bigflow.configuration import ConfigurationError
from project_package.configuration import config
from project_package.signature import is_genuine
from project_package.tables import Total, read_rows
from project_package.workflow import daily


@pytest.fixture(autouse=True)
def empty_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    for name in ("bf_env", "BF_ENV", "bf_report_token", "BF_REPORT_TOKEN"):
        monkeypatch.delenv(name, raising=False)
    return tmp_path


def test_nothing_is_wrong_with_it() -> None:
    assert daily.validate() == []
    assert [job.id for job in daily.jobs] == ["fetch", "clean", "by_country", "by_product", "report"]


def test_every_day_of_the_week_gives_a_report() -> None:
    for number in range(7):
        day = date(2026, 2, 26) + timedelta(days=number)  # across the end of a month
        daily.run(day)
        report = Path(f"build/out/{day}/report.html").read_text(encoding="utf-8")
        assert f"{day.day} {day:%B} 2026" in report
        assert "delivered twice" in report


def test_both_branches_count_the_same_money() -> None:
    daily.run("2026-11-19")
    countries, products = (
        [Total.from_row(row) for row in read_rows(Path(f"build/out/2026-11-19/{name}.csv"))]
        for name in ("by_country", "by_product")
    )
    assert sum(total.eur for total in countries) == sum(total.eur for total in products) > 0
    assert sum(total.orders for total in countries) == sum(total.orders for total in products) > 0


def test_a_day_that_is_run_again_gives_the_same_bytes() -> None:
    daily.run("2026-11-19")
    first = Path("build/out/2026-11-19/report.html").read_bytes()
    daily.run("2026-11-20")
    daily.run("2026-11-19")
    assert Path("build/out/2026-11-19/report.html").read_bytes() == first


def test_the_report_says_where_it_is(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.INFO)
    for job in ("fetch", "clean", "by_country", "by_product"):
        daily.run_job(job, "2026-11-19")
    assert daily.run_job("report", "2026-11-19") == Path("build/out/report.html")
    assert caplog.messages[-1].endswith("build/out/report.html")
    assert Path("build/out/report.html").read_bytes() == Path("build/out/2026-11-19/report.html").read_bytes()


def test_another_environment_signs_with_its_own_secret_and_never_shows_it(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    monkeypatch.setenv("bf_env", "dev")
    monkeypatch.setenv("bf_report_token", "hunter2")
    daily.run("2026-11-19")
    report = Path("build/out/dev/report.html").read_text(encoding="utf-8")
    assert is_genuine(report, "hunter2")
    assert "Orders (dev)" in report
    assert "hunter2" not in report + caplog.text + str(config)


@pytest.mark.parametrize("environment", ["dev", "prod"])
def test_outside_of_a_laptop_there_is_no_token_unless_somebody_gives_one(environment: str) -> None:
    with pytest.raises(ConfigurationError, match="report_token") as error:
        config.resolve_property("report_token", environment)
    assert "bf_report_token" in error.value.hint
