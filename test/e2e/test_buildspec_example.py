"""The Streamlit calculator is built by its own buildspec, and from its second build on with the cache of pip."""

import io
import os
import re
import tarfile
import zipfile
from collections.abc import Iterator
from pathlib import Path

import pytest
from support.cli import Result, bigflow, copy_project
from support.needs import missing
from support.package_index import Index, served

FILES = [
    "appspec.yml",
    "buildspec.yml",
    "calculator.py",
    "requirements.txt",
    "scripts/install_dependencies.sh",
    "scripts/start_server.sh",
    "scripts/stop_server.sh",
]

# A source distribution that tells when it is built.
_BACKEND = """\
import os, zipfile

def build_wheel(wheel_directory, config_settings=None, metadata_directory=None):
    with open(os.environ["BUILT"], "a") as file:
        file.write("once\\n")
    name = "streamlit-1.30.0-py3-none-any.whl"
    folder = "streamlit-1.30.0.dist-info"
    with zipfile.ZipFile(os.path.join(wheel_directory, name), "w") as wheel:
        wheel.writestr("streamlit.py", "")
        wheel.writestr(folder + "/METADATA", "Metadata-Version: 2.1\\nName: streamlit\\nVersion: 1.30.0\\n")
        wheel.writestr(folder + "/WHEEL", "Wheel-Version: 1.0\\nRoot-Is-Purelib: true\\nTag: py3-none-any\\n")
        wheel.writestr(folder + "/RECORD", "")
    return name

def build_sdist(sdist_directory, config_settings=None):
    raise NotImplementedError

def prepare_metadata_for_build_wheel(metadata_directory, config_settings=None):
    folder = os.path.join(metadata_directory, "streamlit-1.30.0.dist-info")
    os.makedirs(folder)
    with open(os.path.join(folder, "METADATA"), "w") as file:
        file.write("Metadata-Version: 2.1\\nName: streamlit\\nVersion: 1.30.0\\n")
    return os.path.basename(folder)
"""
_SOURCES = {
    "PKG-INFO": "Metadata-Version: 2.1\nName: streamlit\nVersion: 1.30.0\n",
    "pyproject.toml": '[build-system]\nrequires = []\nbuild-backend = "backend"\nbackend-path = ["."]\n',
    "backend.py": _BACKEND,
}


def source_distribution() -> bytes:
    content = io.BytesIO()
    with tarfile.open(fileobj=content, mode="w:gz") as archive:
        for name, text in _SOURCES.items():
            entry = tarfile.TarInfo(f"streamlit-1.30.0/{name}")
            entry.size = len(text.encode())
            archive.addfile(entry, io.BytesIO(text.encode()))
    return content.getvalue()


@pytest.fixture
def index() -> Iterator[Index]:
    with served() as index:
        index.files["streamlit-1.30.0.tar.gz"] = source_distribution()
        yield index


def build(root: Path, home: Path, env: dict[str, str]) -> Result:
    env = {"HOME": str(home), "PYENV_ROOT": os.environ.get("PYENV_ROOT", ""), **env}
    return bigflow("build", "--buildspec", "buildspec.yml", cwd=root, env=env, timeout=600)


def archive_of(root: Path) -> zipfile.ZipFile:
    (path,) = (root / "build" / "artifacts").iterdir()
    assert re.fullmatch(r"streamlit-calculator-\d{4}-\d\d-\d\d\.zip", path.name)
    return zipfile.ZipFile(path)


def test_the_second_build_installs_from_the_cache(tmp_path: Path, index: Index) -> None:
    """What pip has built once is neither fetched nor built again; bench.buildspec tells how much that is worth."""
    root = copy_project("streamlit_calculator", tmp_path / "calculator")
    env = {"PIP_INDEX_URL": index.url, "PIP_CONFIG_FILE": os.devnull, "BUILT": str(tmp_path / "built")}
    fetched = []
    for _ in range(2):
        before = len(index.requests)
        result = build(root, tmp_path / "home", env)
        assert result.code == 0, result.err
        fetched.append([path for path in index.requests[before:] if path.endswith(".tar.gz")])
    assert [len(paths) for paths in fetched] == [1, 0]
    assert (tmp_path / "built").read_text() == "once\n"
    assert "Restored the cache" in result.err


def test_the_example_becomes_an_archive_with_all_its_files(tmp_path: Path) -> None:
    """With the real packages, from the index that pip is set up to use here."""
    root = copy_project("streamlit_calculator", tmp_path / "calculator")
    ways = {name: value for name, value in os.environ.items() if name.startswith(("PIP_", "SSL_"))}
    result = build(root, tmp_path / "home", ways)
    if "Could not find a version" in result.err or "Connection" in result.err:
        missing("a package index with streamlit", result.err.splitlines()[-1])
    assert result.code == 0, result.err
    with archive_of(root) as archive:
        assert archive.namelist() == FILES
        modes = {entry.filename: entry.external_attr >> 16 & 0o777 for entry in archive.infolist()}
        assert modes["scripts/start_server.sh"] == 0o755
        assert archive.read("calculator.py") == (root / "calculator.py").read_bytes()
    assert sorted(path.name for path in root.iterdir() if not path.name.startswith(".")) == sorted(
        {name.split("/")[0] for name in FILES} | {"build"}
    )
