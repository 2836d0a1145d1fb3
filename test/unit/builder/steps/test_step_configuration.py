"""The step `configuration`: environments resolve, modules import, workflows are valid; or it is told why."""

import os
import time
from collections.abc import Callable
from pathlib import Path

import pytest
from support.building import Tried, perform, project

from bigflow.builder.step import Declared, Project, StepFailed, Wishes
from bigflow.builder.steps import configuration as step

Make = Callable[..., Project]
DAILY = "from bigflow import Workflow, job\n\n@job\ndef a(context): ...\n\ndaily = Workflow('daily', [a])\n"
CONFIG = """from bigflow import Config
deployment_config = Config('local', {'bucket': '{env}-data'}).add_configuration('prod', {'bucket': 'data'})
"""


@pytest.fixture
def make(tmp_path: Path) -> Make:
    def made(files: dict[str, str], key: str = "", build: str = "") -> Project:
        root = tmp_path / "a shöp"
        table = f"[tool.bigflow]\nname = 'shop'\n{key}\n[tool.bigflow.build]\n{build}\n"
        for name, content in {"shop/__init__.py": "", "pyproject.toml": table, **files}.items():
            (root / name).parent.mkdir(parents=True, exist_ok=True)
            (root / name).write_text(content, encoding="utf-8")
        return project(root)

    return made


def failed(tried: Tried) -> StepFailed:
    assert isinstance(tried.error, StepFailed), f"{tried.error} {tried.done}\n{tried.log}"
    return tried.error


def test_a_sound_project(make: Make) -> None:
    made = make({"shop/daily.py": DAILY, "deployment_config.py": CONFIG})
    done = perform(step, made).done
    assert done is not None
    assert (done.summary, done.warnings) == ("1 workflow, 2 environments", ())
    assert not list(Path(made.root).rglob("shop/__pycache__"))
    assert set(os.listdir(made.root)) == {".bigflow", "shop", "pyproject.toml", "deployment_config.py"}


def test_everything_that_is_wrong_is_told_at_once_with_its_place(make: Make) -> None:
    files = {
        "shop/broken.py": "x = 1\ndef f(:\n",
        "shop/lost.py": "import nowhere\n",
        "shop/circle.py": DAILY.replace("[a]", "[a, a]"),
        "shop/leaving.py": "import sys\nsys.exit(3)\n",
        "deployment_config.py": CONFIG + "deployment_config.add_configuration('dev', {'path': '{buckt}/x'})\n",
    }
    error = failed(perform(step, make(files)))
    wheres = [finding.where for finding in error.findings]
    assert {"shop/broken.py:2", "shop/lost.py:1", "shop/leaving.py:2"} <= set(wheres)
    assert wheres[0].startswith("deployment_config.py")
    assert any(where.startswith("shop/circle.py") for where in wheres)
    assert all(finding.message for finding in error.findings)


@pytest.mark.parametrize(
    "config", ["deployment_config = {}\n", "raise OSError('down')\n", "def f(:\n", "import sys\nsys.exit()\n"]
)
def test_a_configuration_that_is_none(make: Make, config: str) -> None:
    error = failed(perform(step, make({"shop/daily.py": DAILY, "deployment_config.py": config})))
    assert error.where.startswith("deployment_config.py")


def test_a_value_that_comes_from_a_variable_is_no_failure(make: Make, monkeypatch: pytest.MonkeyPatch) -> None:
    config = CONFIG + "deployment_config.add_configuration('dev', {'password': None, 'url': '{password}@host'})\n"
    made = make({"shop/daily.py": DAILY, "deployment_config.py": config})
    before = step.declare(made, Wishes())
    done = perform(step, made).done
    assert done is not None
    assert [(one.message, one.where, one.hint) for one in done.warnings] == [
        (
            "environment 'dev' has no value here for password",
            "deployment_config.py",
            "set bf_password where it is deployed from",
        )
    ]
    monkeypatch.setenv("BF_PASSWORD", "secret")
    assert step.declare(made, Wishes()) != before, "the warning of last time would be repeated"
    tried = perform(step, made)
    assert tried.done is not None
    assert tried.done.warnings == ()
    assert "secret" not in repr(tried)


def test_what_only_a_deploy_needs_is_not_missed_by_a_build(make: Make) -> None:
    config = CONFIG + "deployment_config.add_configuration('dev', {'dags_bucket': None, 'docker_repository': None})\n"
    done = perform(step, make({"shop/daily.py": DAILY, "deployment_config.py": config})).done
    assert done is not None
    assert done.warnings == ()


def test_no_workflow_is_worth_a_word(make: Make) -> None:
    done = perform(step, make({})).done
    assert done is not None
    assert done.summary == "0 workflows"
    assert [warning.message for warning in done.warnings] == ["the project has no workflows"]


def test_a_configuration_file_that_is_named_must_be_there(make: Make) -> None:
    error = failed(perform(step, make({}, key="deployment_config_file = 'deploy/config.py'")))
    assert (error.message, error.where) == ("there is no deploy/config.py", "pyproject.toml:3")


def test_a_module_that_hangs_is_shown_where(make: Make) -> None:
    files = {"shop/slow.py": "import time\n\n\ndef wait():\n    time.sleep(600)\n\n\nwait()\n"}
    began = time.monotonic()
    error = failed(perform(step, make(files, build="timeouts = { configuration = 3 }")))
    assert "not imported within the time limit of 3 seconds" in error.message
    assert error.where == "shop/slow.py:5"
    assert time.monotonic() - began < 60


@pytest.mark.parametrize("ending", ["os._exit(0)", "os.kill(os.getpid(), 9)", "os.abort()"])
def test_a_module_that_ends_the_process(make: Make, ending: str) -> None:
    error = failed(perform(step, make({"shop/end.py": f"import os\n{ending}\n"})))
    assert "the process that imports the project's modules ended with code" in error.message


def test_what_a_module_leaves_running_holds_nobody(make: Make) -> None:
    thread = "import threading, time\nthreading.Thread(target=time.sleep, args=(600,)).start()\n"
    began = time.monotonic()
    files = {"shop/thread.py": thread, "shop/daily.py": DAILY}
    assert perform(step, make(files, build="timeouts = { configuration = 50 }")).error is None
    assert time.monotonic() - began < 40


def test_it_depends_on_code_configuration_and_the_names_of_variables(
    make: Make, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("bf_password", "secret")
    said = step.declare(make({".env.prod": "bf_x=1"}), Wishes())
    assert isinstance(said, Declared)
    assert {"shop", "deployment_config.py", "resources", ".env.prod"} <= set(said.files)
    assert "bf_password" in said.values
    assert "secret" not in repr(said)
