import json
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from support.building import perform, project
from support.needs import missing
from support.vulnerability_service import Service, served

from bigflow.builder.requirements.vulnerabilities import Vulnerability, audit_of
from bigflow.builder.settings import Settings
from bigflow.builder.step import Declared, NotNeeded, Project, StepFailed, Wishes
from bigflow.builder.steps import audit
from bigflow.builder.uv.calling import find_uv, plain_tool

LOCK = "resources/requirements.txt"


@pytest.fixture(scope="module")
def pip_audit(tmp_path_factory: pytest.TempPathFactory) -> None:
    """Once, so that a slow download is nobody's time limit."""
    root = str(tmp_path_factory.mktemp("pip-audit"))
    if not find_uv(root, plain_tool(root, 300)).run("tool", "run", "--quiet", "pip-audit", "--version").ok:
        missing("pip-audit", "uv cannot get it")


@pytest.fixture
def service(monkeypatch: pytest.MonkeyPatch, pip_audit: None) -> Iterator[Service]:
    """The way in which a user chooses another service."""
    with served() as service:
        monkeypatch.setenv("PIP_AUDIT_VULNERABILITY_SERVICE", "osv")
        monkeypatch.setenv("PIP_AUDIT_OSV_URL", service.url)
        yield service


@pytest.fixture
def shop(tmp_path: Path) -> Project:
    root = tmp_path / "shop"
    (root / "shop").mkdir(parents=True)
    (root / "shop" / "__init__.py").touch()
    (root / "resources").mkdir()
    (root / LOCK).write_text("bigflow==1.11.3\nalpha==1.0 --hash=sha256:aa\nbeta==2.0 ; sys_platform == 'win32'\n")
    (root / "pyproject.toml").write_text('[tool.bigflow]\nedition = "2026"\nname = "shop"\n')
    return project(root)


def strict(shop: Project) -> Project:
    return replace(shop, settings=Settings(audit="fail"))


def test_nothing_is_known(shop: Project, service: Service) -> None:
    done = perform(audit, shop).done
    assert done is not None
    assert (done.summary, done.warnings, done.good_for) == ("nothing known against 2 packages", (), None)
    assert sorted(service.asked) == [("alpha", "1.0"), ("beta", "2.0")]


def test_a_finding_is_a_warning(shop: Project, service: Service) -> None:
    service.known = {"alpha": ("OSV-1", "1.2")}
    done = perform(audit, shop).done
    assert done is not None and done.good_for is None
    (warning,) = done.warnings
    assert "alpha 1.0 is vulnerable" in warning.message and "OSV-1" in warning.message
    assert "--upgrade-package alpha" in warning.hint and "1.2" in warning.hint


def test_it_fails_where_the_project_says_so_and_a_fix_exists(shop: Project, service: Service) -> None:
    service.known = {"alpha": ("OSV-1", "1.2"), "beta": ("OSV-2", None)}
    error = perform(audit, strict(shop)).error
    assert isinstance(error, StepFailed)
    assert "OSV-1" in error.message and "fixed in 1.2" in error.message
    assert error.hint == "bigflow build-requirements --upgrade-package alpha"


def test_without_a_fix_nobody_can_do_anything(shop: Project, service: Service) -> None:
    service.known = {"alpha": ("OSV-1", None)}
    done = perform(audit, strict(shop)).done
    assert done is not None
    assert [warning.hint for warning in done.warnings] == ["there is no version yet in which it is fixed"]


@pytest.mark.parametrize("settings", [Settings(), Settings(audit="fail")])
def test_a_service_that_does_not_answer_has_not_said_clean(shop: Project, service: Service, settings: Settings) -> None:
    service.mood = "broken"
    done = perform(audit, replace(shop, settings=settings)).done
    assert done is not None
    assert done.summary == "not audited" and done.good_for == 3600
    assert len(done.warnings) == 1


def test_a_service_that_keeps_silent_holds_nobody_up(shop: Project, service: Service) -> None:
    service.mood = "silent"
    done = perform(audit, replace(shop, settings=Settings(timeouts=(("tried", 4.0),)))).done
    assert done is not None
    assert done.summary == "not audited" and done.good_for == 3600


def test_offline_asks_nobody(shop: Project, service: Service) -> None:
    done = perform(audit, shop, wishes=Wishes(offline=True)).done
    assert done is not None
    assert done.summary == "not audited" and done.good_for == 3600
    assert service.asked == []


def test_nothing_exact_to_ask_for(shop: Project) -> None:
    Path(shop.root, LOCK).write_text("alpha>=1\n")
    done = perform(audit, shop).done
    assert done is not None and "audit" in done.summary


def test_when_there_is_nothing_to_do(shop: Project) -> None:
    off = audit.declare(replace(shop, settings=Settings(audit="off")), Wishes())
    assert isinstance(off, NotNeeded) and "off" in off.reason
    Path(shop.root, LOCK).unlink()
    assert isinstance(audit.declare(shop, Wishes()), NotNeeded)


def test_it_is_done_once_a_day_and_lock(shop: Project) -> None:
    declared = audit.declare(shop, Wishes())
    assert isinstance(declared, Declared)
    assert declared.files == (LOCK,)
    assert any(value.count("-") == 2 for value in declared.values)


def test_the_report_of_pip_audit() -> None:
    known = [
        {"name": "b", "version": "1", "vulns": [{"id": "X", "fix_versions": ["2", "3"], "aliases": []}]},
        {"name": "a", "version": "1", "vulns": []},
    ]
    unknown = {"name": "private", "skip_reason": "not on the index"}
    read = audit_of(json.dumps({"dependencies": [*known, unknown], "fixes": []}))
    assert read.known == 2
    assert read.unknown == ("private",)
    assert read.vulnerabilities == (Vulnerability("b", "1", "X", (), ("2", "3")),)


@pytest.mark.parametrize(
    "text", ["", "[]", "{}", '{"dependencies": [{}]}', '{"dependencies": [{"name": "a", "vulns": [{}]}]}']
)
def test_what_is_no_report(text: str) -> None:
    with pytest.raises(ValueError):
        audit_of(text)
