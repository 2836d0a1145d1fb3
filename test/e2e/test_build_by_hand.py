"""Projects are packaged by hand, without a build of ours: by pip, by `python -m build`, by their setup files."""

import os
import shutil
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest
from support.cli import CHECKOUT, PROJECTS
from support.needs import missing
from support.small_shop import SHOP, files_in, metadata_in, write_shop

from bigflow.builder.wheel.recipe import SETUPTOOLS

# In the shape that start-project writes.
PYPROJECT = f"""\
[build-system]
requires = ["{SETUPTOOLS}"]
build-backend = "setuptools.build_meta"

[project]
name = "shop"
dynamic = ["version"]

[tool.bigflow]
edition = "2026"
name = "shop"

[tool.setuptools]
include-package-data = false
packages = ["shop", "shop.jobs", "shop.resources"]
package-dir = {{ "shop" = "shop", "shop.resources" = "resources" }}
package-data = {{ "shop.resources" = ["**/*"] }}
"""
PROJECT_SETUP = """\
PROJECT_NAME = "shop"

if __name__ == "__main__":
    from setuptools import setup

    setup()
"""
LEGACY_SETUP = """\
import bigflow.build

bigflow.build.setup(name="-".join(["shop"]), version="1.4", author="Ada", cmdclass={})
"""
INSIDE = {name.replace("resources/", "shop/resources/") for name in SHOP if name.startswith(("shop/", "resources/"))}


@pytest.fixture(scope="module")
def python(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An environment with the tools that people build with, and the framework."""
    place = tmp_path_factory.mktemp("tools")
    uv = shutil.which("uv", path=f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}")
    if uv is None:
        missing("uv", "it is not beside this Python")
    made = [uv, "venv", "--quiet", "--python", sys.executable, str(place)]
    tools = [uv, "pip", "install", "--quiet", "--python", str(place / "bin" / "python"), SETUPTOOLS, "pip", "build"]
    for command in (made, [*tools, "--editable", str(CHECKOUT)]):
        subprocess.run(command, check=True, timeout=300)
    return place / "bin" / "python"


def by_hand(python: Path, root: Path, *words: str) -> None:
    done = subprocess.run([python, *words], cwd=root, capture_output=True, text=True, timeout=300)
    assert done.returncode == 0, f"{done.stdout}\n{done.stderr}"


def wheel_in(folder: Path) -> zipfile.ZipFile:
    (wheel,) = folder.glob("*.whl")
    return zipfile.ZipFile(wheel)


@pytest.fixture
def shop(tmp_path: Path) -> Path:
    return write_shop(tmp_path / "shop", {"pyproject.toml": PYPROJECT, "project_setup.py": PROJECT_SETUP})


@pytest.fixture
def legacy(tmp_path: Path) -> Path:
    files = {"pyproject.toml": None, "setup.py": LEGACY_SETUP, "resources/requirements.txt": "six==1.17.0\n"}
    return write_shop(tmp_path / "shop", files)


def test_a_new_project_by_its_setup_file(python: Path, shop: Path) -> None:
    by_hand(python, shop, "project_setup.py", "-q", "bdist_wheel")
    assert set(files_in(wheel_in(shop / "dist"))) == INSIDE


def test_a_new_project_by_build(python: Path, shop: Path) -> None:
    """First a source distribution, then the wheel from that."""
    by_hand(python, shop, "-m", "build", "--no-isolation")
    assert set(files_in(wheel_in(shop / "dist"))) == INSIDE
    assert len(list((shop / "dist").glob("*.tar.gz"))) == 1


def test_a_new_project_by_pip(python: Path, shop: Path, tmp_path: Path) -> None:
    target = tmp_path / "installed"
    by_hand(python, shop, "-m", "pip", "install", "-q", "--no-build-isolation", "--target", str(target), ".")
    assert {str(path.relative_to(target)) for path in target.rglob("*.sql")} == {"shop/resources/report.sql"}


def test_a_project_of_1_11_by_its_setup_file(python: Path, legacy: Path) -> None:
    by_hand(python, legacy, "setup.py", "-q", "bdist_wheel")
    archive = wheel_in(legacy / "dist")
    assert set(files_in(archive)) == {*INSIDE, "shop/resources/requirements.txt"}
    assert "Name: shop\nVersion: 1.4\nAuthor: Ada\n" in metadata_in(archive)
    assert "Requires-Dist: six==1.17.0\n" in metadata_in(archive)


def test_a_project_of_1_11_by_build_has_one_version(python: Path, legacy: Path) -> None:
    setup = LEGACY_SETUP.replace(' version="1.4",', "")
    (legacy / "setup.py").write_text(setup)
    (legacy / "pyproject.toml").write_text('[build-system]\nrequires = []\nbuild-backend = "bigflow.build.meta"\n')
    for command in (
        ["init"],
        ["add", "."],
        ["-c", "user.name=A", "-c", "user.email=a@b", "commit", "-m", "x"],
        ["tag", "v3.1"],
    ):
        subprocess.run(["git", *command], cwd=legacy, check=True, capture_output=True)
    by_hand(python, legacy, "-m", "build", "--no-isolation")
    assert sorted(path.name for path in (legacy / "dist").iterdir()) == ["shop-3.1-py3-none-any.whl", "shop-3.1.tar.gz"]
    assert set(files_in(wheel_in(legacy / "dist"))) == {*INSIDE, "shop/resources/requirements.txt"}


def test_the_backend_asks_for_setuptools_itself(python: Path, tmp_path: Path) -> None:
    asks = "import sys\nfrom bigflow.build import meta"
    tells = "print(*meta.get_requires_for_build_wheel(), 'setuptools' in sys.modules)"
    done = subprocess.run([python, "-c", f"{asks}\n{tells}"], capture_output=True, text=True, check=True)
    assert done.stdout == "setuptools>=64 False\n"


@pytest.mark.parametrize(("name", "version"), [("legacy_setup", "1.2.3"), ("legacy_computed", "4.5.6")])
def test_the_old_projects_of_the_tests(name: str, version: str, python: Path, tmp_path: Path) -> None:
    root = Path(shutil.copytree(PROJECTS / name, tmp_path / name))
    by_hand(python, root, "setup.py", "-q", "bdist_wheel")
    assert [path.name for path in (root / "dist").iterdir()] == [f"old_shop-{version}-py3-none-any.whl"]


def test_a_project_setup_of_before(python: Path, tmp_path: Path) -> None:
    root = Path(shutil.copytree(PROJECTS / "legacy_project_setup", tmp_path / "old"))
    by_hand(python, root, "project_setup.py", "-q", "bdist_wheel")
    assert "Name: old-shop\n" in metadata_in(wheel_in(root / "dist"))


def test_the_keywords_that_older_projects_hand_on_themselves(python: Path, tmp_path: Path) -> None:
    setup = """\
import setuptools
from bigflow.build import auto_configuration, project_setup

if __name__ == "__main__":
    setuptools.setup(**project_setup(**auto_configuration("shop", version="7.0")))
"""
    root = write_shop(tmp_path / "shop", {"pyproject.toml": None, "setup.py": setup})
    by_hand(python, root, "setup.py", "-q", "bdist_wheel")
    assert "Name: shop\nVersion: 7.0\n" in metadata_in(wheel_in(root / "dist"))
