"""`bigflow deploy` and its kin, from a folder that holds artifacts and configuration, and nothing else."""

import json
import re
import shutil
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from support.built import CONFIG, Build, dag_names, named, stage
from support.cli import Result, at_terminal, bigflow
from support.vault import SECRET, vault

from bigflow.cli.deploy_options import VALUES
from bigflow.errors import ExitCode
from bigflow.project.deployment import OF_A_DEPLOY

BUILD = Build(specs=(named("daily"), named("weekly")))


@pytest.fixture
def here(tmp_path: Path) -> Path:
    return stage(tmp_path / "stage", BUILD)


def told(result: Result) -> dict:
    return json.loads(result.out)


def test_a_new_project_deploys_to_a_disk(here: Path) -> None:
    plan = bigflow("deploy", "-c", "local", "--plan", cwd=here)
    assert plan.code == ExitCode.OK
    assert plan.out.startswith("+ daily   0 0 * * * UTC   first run ")
    assert "+ image   shop@sha256:" in plan.out
    assert not (here / "deployed").exists()
    done = bigflow("deploy", "-c", "local", cwd=here)
    assert (done.code, done.out) == (ExitCode.OK, "")
    assert "Applied release 1 in " in done.err
    assert "undo: bigflow rollback -c local" in done.err
    assert dag_names(here / "deployed/dags") == {"daily_dag.py", "weekly_dag.py"}
    again = bigflow("deploy", "-c", "local", cwd=here)
    assert "Nothing to do: release 1 is what is there" in again.err


def test_the_exit_code_says_whether_anything_would_change(here: Path) -> None:
    words = ("deploy", "--plan", "--exit-code")
    assert bigflow(*words, cwd=here).code == ExitCode.CHANGES
    bigflow("deploy", cwd=here)
    assert bigflow(*words, cwd=here).code == ExitCode.OK


def test_the_plan_as_json(here: Path) -> None:
    plan = told(bigflow("deploy", "--plan", "--json", cwd=here))
    assert plan["changes"]
    assert [(dag["kind"], dag["dag_id"]) for dag in plan["dags"]] == [("create", "daily"), ("create", "weekly")]
    assert plan["dags"][0]["forecast"]["catchup_runs"] == 0
    assert plan["image"]["bytes_to_move"] > 0
    assert [one["name"] for one in plan["files"]] == ["daily_dag.py", "weekly_dag.py"]
    assert told(bigflow("deploy", "--json", cwd=here))["release"]["number"] == 1
    assert not told(bigflow("deploy", "--plan", "--json", cwd=here))["changes"]


def test_deletions_have_to_be_agreed_to_and_nobody_is_asked_without_a_terminal(here: Path) -> None:
    bigflow("deploy", cwd=here)
    stage(here, Build("1.1.0", specs=(named("daily"),)))
    refused = bigflow("deploy", cwd=here)
    assert refused.code == ExitCode.USAGE
    assert "error: this has to be agreed to: weekly is deleted" in refused.err
    assert dag_names(here / "deployed/dags") == {"daily_dag.py", "weekly_dag.py"}
    assert bigflow("deploy", "--yes", cwd=here).code == ExitCode.OK
    assert dag_names(here / "deployed/dags") == {"daily_dag.py"}


@pytest.mark.parametrize(("typed", "there"), [("n\n", False), ("y\n", True)])
def test_at_a_terminal_one_is_asked(here: Path, typed: str, there: bool) -> None:
    import sys

    words = ("deploy", "-c", "prod", "--docker-repository", "oci-layout:images")
    result = at_terminal([sys.executable, "-m", "bigflow", *words], cwd=here, typed=typed)
    assert "prod is protected. Go on? [y/N]" in result.out
    assert (here / "prod" / "dags").exists() == there
    assert result.code == (ExitCode.OK if there else ExitCode.USAGE)


def test_from_an_empty_folder_with_the_configuration_only(here: Path, tmp_path: Path) -> None:
    config = CONFIG.replace("./deployed", f"{here}/deployed")
    first = stage(here, BUILD, config)
    bigflow("deploy", cwd=first)
    old = (here / "deployed/dags/daily_dag.py").read_text()
    bigflow("deploy", cwd=stage(here, Build("1.1.0", specs=BUILD.specs, code=b"1.1"), config))
    empty = tmp_path / "empty"
    empty.mkdir()
    (empty / "deployment_config.py").write_text(config.replace("oci-layout:deployed", f"oci-layout:{here}/deployed"))
    listed = told(bigflow("releases", "--json", cwd=empty))
    assert [(one["number"], one["version"]) for one in listed] == [(2, "1.1.0"), (1, "1.0.0")]
    back = bigflow("rollback", "-c", "local", cwd=empty)
    assert "is gone" in back.err  # the images are named as the first folder saw them
    assert back.code == ExitCode.OUTSIDE
    (empty / "deployed").symlink_to(here / "deployed")
    back = bigflow("rollback", "-c", "local", cwd=empty)
    assert back.code == ExitCode.OK, back.err
    assert (here / "deployed/dags/daily_dag.py").read_text() == old
    assert "   3  " in bigflow("releases", cwd=empty).out
    assert bigflow("rollback", "--to", "2", cwd=empty).code == ExitCode.OK
    assert bigflow("rollback", "--to", "99", cwd=empty).code == ExitCode.USAGE


def test_of_several_projects_one_has_to_be_named(here: Path, tmp_path: Path) -> None:
    bigflow("deploy", cwd=here)
    other = stage(tmp_path / "other", Build(project="store", specs=(named("hourly", project="store"),)))
    words = ("--dags-bucket", str(here / "deployed/dags"))
    assert bigflow("deploy", *words, cwd=other).code == ExitCode.OK
    (here / "build/manifest.json").unlink()
    asked = bigflow("releases", cwd=here)
    assert asked.code == ExitCode.USAGE
    assert "several projects have records there: shop, store" in asked.err
    assert "1.0.0" in bigflow("releases", "--project", "store", cwd=here).out


def test_undeploy_and_drift(here: Path) -> None:
    bigflow("deploy", cwd=here)
    assert bigflow("drift", "--exit-code", cwd=here).code == ExitCode.OK
    assert bigflow("undeploy", "-w", "weekly", cwd=here).code == ExitCode.OK
    assert dag_names(here / "deployed/dags") == {"daily_dag.py"}
    (here / "deployed/dags/daily_dag.py").unlink()
    drift = bigflow("drift", "--exit-code", cwd=here)
    assert (drift.code, drift.out) == (ExitCode.CHANGES, "missing  daily_dag.py   it was released, and is gone\n")
    assert told(bigflow("drift", "--json", cwd=here))["drift"][0]["kind"] == "missing"


def test_image_and_dags_one_after_the_other(here: Path) -> None:
    early = bigflow("deploy-dags", cwd=here)
    assert early.code == ExitCode.USAGE
    assert "hint: bigflow deploy-image" in early.err
    assert bigflow("deploy-image", "--plan", "--exit-code", cwd=here).code == ExitCode.CHANGES
    assert bigflow("deploy-image", cwd=here).code == ExitCode.OK
    assert bigflow("deploy-image", "--plan", "--exit-code", cwd=here).code == ExitCode.OK
    shutil.rmtree(here / ".image")
    assert bigflow("deploy-dags", cwd=here).code == ExitCode.OK
    assert dag_names(here / "deployed/dags") == {"daily_dag.py", "weekly_dag.py"}


def test_all_that_is_missing_is_named_at_once(here: Path) -> None:
    config = "from bigflow import Config\ndeployment_config = Config('prod', {'dags_bucket': None})\n"
    (here / "deployment_config.py").write_text(config)
    result = bigflow("deploy", cwd=here)
    assert result.code == ExitCode.USAGE
    assert "error: dags_bucket is missing for the environment 'prod'" in result.err
    assert "error: docker_repository is missing for the environment 'prod'" in result.err
    assert "at: deployment_config.py" in result.err
    assert "--docker-repository, or in deployment_config.py, or bf_docker_repository" in result.err
    by_variables = {"bf_dags_bucket": "./x", "BF_DOCKER_REPOSITORY": "oci-layout:y"}
    assert bigflow("deploy", cwd=here, env=by_variables).code == ExitCode.OK
    assert dag_names(here / "x") == {"daily_dag.py", "weekly_dag.py"}


def test_every_value_is_also_an_option(here: Path) -> None:
    (here / "deployment_config.py").unlink()
    words = {
        "-b": "./air",
        "-r": "oci-layout:img",
        "--namespace": "team",
        "--kubernetes-connection": "cluster",
        "--service-account": "runner",
        "--pool": "big",
        "--resources": "cpu=500m,memory=2Gi",
        "--schedule": "@hourly",
        "--schedule-timezone": "Europe/Warsaw",
        "--alerts": "slack=team_slack",
        "--paused": "true",
    }
    result = bigflow("deploy", "-c", "dev", *(word for pair in words.items() for word in pair), cwd=here)
    assert result.code == ExitCode.OK, result.err
    text = (here / "air/daily_dag.py").read_text()
    for said in ("team", "cluster", "runner", "big", "500m", "2Gi", "team_slack", "Europe/Warsaw", "'dev'"):
        assert said in text
    assert "is_paused_upon_creation=True" in text


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (("--resources", "cpu"), "is no list of NAME=VALUE"),
        (("--resources", "ram=1"), "it knows cpu, memory, disk and gpu"),
        (("--schedule", "often"), "schedule 'often' is not a cron expression"),
        (("--alerts", "pigeon=x"), "it knows slack, webhook and email"),
        (("--paused", "perhaps"), "should be true or false"),
        (("--auth-method", "vualt"), "did you mean 'vault'"),
        (("--handoverr",), "did you mean --handover"),
        (("-c", "prud"), "there is no environment 'prud'"),
        (("-w", "dayly"), "did you mean 'daily'"),
        (("-dc", "nowhere.py"), "there is no nowhere.py"),
        (("-i", "nowhere"), "there is no image"),
        (("--dags-bucket", "gs:/x"), "two slashes"),
    ],
)
def test_what_is_wrong_is_told_and_nothing_is_deployed(here: Path, words: tuple[str, ...], message: str) -> None:
    result = bigflow("deploy", *words, cwd=here)
    assert result.code == ExitCode.USAGE, result.err
    assert message in result.err
    assert not (here / "deployed").exists()


def test_logs(here: Path) -> None:
    bigflow("deploy", cwd=here)
    assert bigflow("logs", "-w", "daily", cwd=here).code == ExitCode.USAGE
    links = bigflow("logs", "-w", "daily", "--airflow-url", "https://a.example", "-p", "my-project", cwd=here)
    assert links.out.splitlines()[0] == "runs of daily: https://a.example/dags/daily"
    assert len(links.out.splitlines()) == 3


def test_outside_of_everything(tmp_path: Path) -> None:
    for verb in ("deploy", "deploy-image", "deploy-dags"):
        result = bigflow(verb, cwd=tmp_path)
        assert result.code == ExitCode.USAGE
        assert "nothing was built here yet" in result.err
    for words in (("releases",), ("rollback",), ("drift",), ("undeploy", "-w", "x"), ("logs", "-w", "x")):
        result = bigflow(*words, cwd=tmp_path)
        assert result.code == ExitCode.USAGE
        assert "dags_bucket is missing" in result.err


def test_no_secret_is_told_or_written(here: Path) -> None:
    """A vault, a proxy, a registry's login, a variable: each with a secret that would show."""
    planted = {
        "bf_vault_secret": SECRET,
        "HTTPS_PROXY": "http://anna:hunter2@127.0.0.1:9",
        "bf_api_token": "hunter2-token",
        "DOCKER_CONFIG": str(here / "docker"),
    }
    (here / "docker").mkdir()
    (here / "docker/config.json").write_text('{"auths": {"127.0.0.1:9": {"auth": "YW5uYTpodW50ZXIy"}}}')
    config = CONFIG.replace('"docker_repository"', '"vault_secret": None, "docker_repository"')
    (here / "deployment_config.py").write_text(config)
    said = []
    with vault() as there:
        words = ("--auth-method", "vault", "--vault-endpoint", there.endpoint)
        for more in ((), ("--plan", "--json"), ("-v",), ("-r", "127.0.0.1:9/shop"), ("-b", "gs://nowhere")):
            result = bigflow("deploy", *words, *more, cwd=here, env=planted)
            said.append(result.out + result.err)
        result = bigflow("doctor", "-c", "local", *words, "-r", "127.0.0.1:9/shop", cwd=here, env=planted)
        said.append(result.out + result.err)
    there = [here / "build/manifest.json", *(here / "deployed/dags").rglob("*")]
    written = [path.read_text() for path in there if path.is_file()]
    assert {path.parent.name for path in there if path.is_file()} >= {"build", "dags", "releases", "shop"}
    for text in (*said, *written):
        assert not any(secret in text for secret in (SECRET, "hunter2", "ya29", "YW5uYTpodW50ZXIy"))


def test_what_only_a_deploy_asks_for_is_one_list() -> None:
    assert {value.name for value in VALUES} == OF_A_DEPLOY


def test_a_protected_environment_asks_for_everything(here: Path) -> None:
    """Without a terminal nobody is asked: it has to be agreed to beforehand."""
    words = ("-c", "prod", "--docker-repository", "oci-layout:images")
    for act in (("deploy",), ("deploy-image",)):
        refused = bigflow(*act, *words, cwd=here)
        assert (refused.code, "prod is protected" in refused.err) == (ExitCode.USAGE, True)
    assert not (here / "prod").exists()
    assert bigflow("deploy", *words, "--yes", cwd=here).code == ExitCode.OK
    stage(here, Build("1.1.0", specs=BUILD.specs, code=b"1.1"))
    assert bigflow("deploy", *words, "--yes", cwd=here).code == ExitCode.OK
    for act in (("rollback",), ("undeploy", "-w", "daily")):
        before = (here / "prod/dags/daily_dag.py").read_text()
        refused = bigflow(*act, "-c", "prod", cwd=here)
        assert (refused.code, "prod is protected" in refused.err) == (ExitCode.USAGE, True)
        assert (here / "prod/dags/daily_dag.py").read_text() == before
        assert bigflow(*act, "-c", "prod", "--yes", cwd=here).code == ExitCode.OK


@pytest.mark.parametrize(("periods", "asks"), [(10, False), (11, True)])
def test_more_than_ten_runs_for_the_past_have_to_be_agreed_to(tmp_path: Path, periods: int, asks: bool) -> None:
    today = datetime.now(UTC).replace(hour=0, minute=0, second=0, microsecond=0)
    late = named("late", catchup=True, start_date=today - timedelta(days=periods))
    here = stage(tmp_path, Build(specs=(late,)))
    told = bigflow("deploy", cwd=here)
    assert told.code == (ExitCode.USAGE if asks else ExitCode.OK), told.err
    assert (f"late would begin with {periods} runs for the past" in told.err) == asks
    assert bigflow("deploy", "--yes", cwd=here).code == ExitCode.OK
    assert dag_names(here / "deployed/dags") == {"late_dag.py"}


AUTH_OF_1_11 = {
    "-a --auth-method": "local_account", "-ve --vault-endpoint": "https://vault", "-vs --vault-secret": "secret",
    "-vev --vault-endpoint-verify": "false", "-dc --deployment-config-path": "config.py", "-c --config": "dev",
    "-r --docker-repository": "oci-layout:img",
}  # fmt: skip
IMAGE_OF_1_11 = {"-i --image-tar-path": "image"}
DAGS_OF_1_11 = {
    "-dd --dags-dir": "dags", "-b --dags-bucket": "./air", "-p --gcp-project-id": "my-project",
    "-cdf --clear-dags-folder": "",
}  # fmt: skip
OF_1_11 = {
    "deploy-image": {**AUTH_OF_1_11, **IMAGE_OF_1_11},
    "deploy-dags": {**AUTH_OF_1_11, **DAGS_OF_1_11},
    "deploy": {**AUTH_OF_1_11, **DAGS_OF_1_11, **IMAGE_OF_1_11},
}


@pytest.mark.parametrize("form", [0, 1], ids=["short", "long"])
def test_each_option_of_1_11_is_taken_by_the_commands_that_had_it(here: Path, form: int) -> None:
    (here / ".dags").rename(here / "dags")
    (here / ".image").rename(here / "image")
    (here / "deployment_config.py").rename(here / "config.py")
    for command, known in OF_1_11.items():
        words = [word for names, value in known.items() for word in (names.split()[form], value) if word]
        done = bigflow(command, *words, cwd=here)
        assert done.code == ExitCode.OK, (command, done.err)
    assert dag_names(here / "air") == {"daily_dag.py", "weekly_dag.py"}
    assert (here / "img/index.json").is_file()


def test_the_digest_that_was_tested_in_dev_is_the_one_in_prod(here: Path, tmp_path: Path) -> None:
    """Built once: prod needs nothing but what was built, and what differs is what the environments say."""
    repositories = {name: f"oci-layout:{tmp_path / name}" for name in ("dev", "prod")}
    found = {}
    for name, repository in repositories.items():
        done = bigflow("deploy", "-c", name, "-r", repository, "--yes", cwd=here)
        assert done.code == ExitCode.OK, done.err
        text = (here / name / "dags/daily_dag.py").read_text()
        found[name] = set(re.findall("sha256:[0-9a-f]{64}", text))
        index = json.loads((tmp_path / name / "index.json").read_text())
        assert {one["digest"] for one in index["manifests"]} == found[name]
    assert found["dev"] == found["prod"]
    dev, prod = ((here / name / "dags/daily_dag.py").read_text() for name in repositories)
    assert '"namespace": "dev"' in dev
    assert "is_paused_upon_creation=True" in prod
    assert "is_paused_upon_creation=False" in dev
