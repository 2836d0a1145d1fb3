"""upload_to_s3.sh with a stand-in for the AWS CLI."""

import os
import shutil
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

import pytest
from support.cli import CHECKOUT
from support.emr import HERE, bundled, emr_shop, jar, output

from bigflow.builder.step import Project

FILES = [
    "dependencies/dependencies.zip",
    "entry_script/run_main.py",
    "jars/driver.jar",
    "whl_pkg/shop-1.2.0-py3-none-any.whl",
    "deployment_manifest.json",
]


@dataclass
class Aws:
    """A folder that is S3, and the `aws` that knows it."""

    root: Path

    def __post_init__(self) -> None:
        program = self.root / "bin" / "aws"
        program.parent.mkdir(parents=True)
        (self.root / "s3" / "ours").mkdir(parents=True)
        program.write_text(f'#!/bin/sh\nexec "{sys.executable}" "{CHECKOUT}/test/support/aws_cli.py" "$@"\n')
        program.chmod(0o755)

    def upload(self, of: Project, *words: str, cwd: Path | None = None, **variables: str) -> tuple[int, str, str]:
        path = {"PATH": f"{self.root}/bin:{os.environ['PATH']}", "FAKE_AWS_ROOT": str(self.root / "s3")}
        script = str(output(of, "upload_to_s3.sh"))
        done = subprocess.run(
            [script, *words], env={**path, **variables}, capture_output=True, text=True, check=False, cwd=cwd
        )
        return done.returncode, done.stdout, done.stderr

    def calls(self) -> list[str]:
        """What was asked since the last time."""
        file = self.root / "s3" / "calls"
        told = file.read_text().splitlines() if file.exists() else []
        file.unlink(missing_ok=True)
        return told


@pytest.fixture
def aws(tmp_path: Path) -> Aws:
    return Aws(tmp_path / "aws")


@pytest.fixture
def shop(tmp_path: Path) -> Project:
    made = emr_shop(tmp_path / "shop", HERE + 'jars = ["driver.jar"]\n')
    Path(made.root, "driver.jar").write_bytes(jar())
    bundled(made)
    return made


def test_everything_is_put_below_project_and_version_the_manifest_last(shop: Project, aws: Aws, tmp_path: Path) -> None:
    code, out, err = aws.upload(shop, "s3://ours/spark/jobs/", cwd=tmp_path)
    assert (code, err) == (0, "")
    assert out.splitlines() == [*(f"+ {path}" for path in FILES), "s3://ours/spark/jobs/shop/1.2.0"]
    there = aws.root / "s3" / "ours" / "spark" / "jobs" / "shop" / "1.2.0"
    assert {path: (there / path).read_bytes() for path in FILES} == {
        path: output(shop, path).read_bytes() for path in FILES
    }
    assert [call for call in aws.calls() if call.startswith("put")][-1].endswith("deployment_manifest.json")


def test_what_is_there_is_not_put_again(shop: Project, aws: Aws) -> None:
    aws.upload(shop, "s3://ours")
    aws.calls()
    code, out, _ = aws.upload(shop, bf_emr_bucket="s3://ours")
    assert (code, out.splitlines()[:-1]) == (0, [f"= {path}" for path in FILES])
    assert [call for call in aws.calls() if call.startswith("put")] == []


def test_only_what_changed_is_put(shop: Project, aws: Aws) -> None:
    aws.upload(shop, "s3://ours")
    Path(shop.root, "entry_script", "run_main.py").write_text("print(2)\n")
    bundled(shop)
    aws.calls()
    assert aws.upload(shop, "s3://ours")[0] == 0
    put = [call.rpartition("/")[2] for call in aws.calls() if call.startswith("put")]
    assert put == ["run_main.py", "deployment_manifest.json"]


def test_the_first_failure_ends_it(shop: Project, aws: Aws) -> None:
    code, out, err = aws.upload(shop, "s3://ours", FAKE_AWS_DENIED="ours")
    assert code != 0 and out == "" and "AccessDenied" in err
    first = "shop/1.2.0/dependencies/dependencies.zip"
    assert aws.calls() == [f"head-object {first}", f"put-object {first}"]


def test_a_file_that_is_not_as_it_was_built_is_refused(shop: Project, aws: Aws) -> None:
    output(shop, "jars", "driver.jar").write_bytes(b"another")
    code, _, err = aws.upload(shop, "s3://ours")
    assert code != 0 and "BadDigest" in err
    assert not (aws.root / "s3/ours/shop/1.2.0/deployment_manifest.json").exists()


@pytest.mark.parametrize("word", ["", "ours", "s3://", "gs://ours", "/tmp"])
def test_what_is_no_place(word: str, shop: Project, aws: Aws) -> None:
    code, out, err = aws.upload(shop, word)
    assert (code, out, aws.calls()) == (2, "", [])
    assert "usage:" in err


def test_it_is_what_every_posix_shell_reads(shop: Project) -> None:
    script = str(output(shop, "upload_to_s3.sh"))
    for shell in ("dash", "bash", "busybox"):
        if shutil.which(shell):
            words = [shell, "sh", "-n", script] if shell == "busybox" else [shell, "-n", script]
            assert subprocess.run(words, check=False).returncode == 0
