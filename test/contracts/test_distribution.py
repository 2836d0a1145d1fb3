"""What `pip install bigflow-framework` brings: our package, typed, two commands, and little else."""

import subprocess
import sys
import zipfile
from email import message_from_string
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> zipfile.ZipFile:
    folder = tmp_path_factory.mktemp("dist")
    command = [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", str(folder)]
    subprocess.run(command, cwd=ROOT, check=True, capture_output=True)
    (built,) = folder.iterdir()
    return zipfile.ZipFile(built)


def test_it_holds_our_package_and_nothing_of_the_example(wheel: zipfile.ZipFile) -> None:
    tops = {name.partition("/")[0] for name in wheel.namelist()}
    assert {top for top in tops if not top.endswith(".dist-info")} == {"bigflow"}
    assert "bigflow/py.typed" in wheel.namelist()
    sources = {str(path.relative_to(ROOT)) for path in (ROOT / "bigflow").rglob("*.py")}
    assert sources <= set(wheel.namelist())


def test_it_says_what_it_is(wheel: zipfile.ZipFile) -> None:
    def text(file: str) -> str:
        return wheel.read(next(name for name in wheel.namelist() if name.endswith(f".dist-info/{file}"))).decode()

    metadata = message_from_string(text("METADATA"))
    assert metadata["Name"] == "bigflow-framework"
    assert metadata["Requires-Python"] == ">=3.11"
    assert metadata["License-Expression"] == "Apache-2.0"
    assert metadata.get_all("Requires-Dist") == [
        "croniter>=6.2.1",
        "cyclonedx-python-lib>=11",
        "jinja2>=3.1",
        "kingfisher-secret-scanner>=1.5",
        "pyyaml>=6.0.2",
        "urllib3>=2.2",
        "uv>=0.9.8",
        "botocore>=1.40; extra == 'aws'",
        "google-auth>=2.40; extra == 'gcp'",
    ]
    commands = [line.replace(" ", "") for line in text("entry_points.txt").splitlines() if "=" in line]
    assert sorted(commands) == ["bf=bigflow.cli.main:main", "bigflow=bigflow.cli.main:main"]
