"""The wheel step with real backends. What they need is made once for all these tests."""

import os
import stat
import zipfile
from pathlib import Path

import pytest
from support.building import perform
from support.cli import CHECKOUT
from support.small_shop import WORKFLOW, built, files_in, metadata_in, opened, wheel_of, write_shop

from bigflow.builder.fingerprint import Fingerprints
from bigflow.builder.step import Declared, StepFailed, Wishes
from bigflow.builder.steps import wheel
from bigflow.builder.wheel.recipe import SETUPTOOLS
from bigflow.errors import BigflowError, InvalidProject

OWN = f"""\
[build-system]
requires = ["{SETUPTOOLS}"]
build-backend = "setuptools.build_meta"

[project]
name = "shop"
dynamic = ["version"]
dependencies = ["pandas>=2", "bigflow-framework"]
readme = "docs/about.md"

[project.scripts]
shop = "shop:main"

[tool.bigflow]
edition = "2026"
name = "shop"

[tool.setuptools]
packages = ["shop", "shop.jobs", "shop.resources"]
package-dir = {{ "shop.resources" = "resources" }}
package-data = {{ "shop.resources" = ["**/*"] }}
"""
INSIDE = {
    "shop/__init__.py",
    "shop/workflow.py",
    "shop/jobs/__init__.py",
    "shop/jobs/load.py",
    "shop/resources/report.sql",
    "shop/resources/deep/er/orders.csv",
    "shop/bigflow_workflows.txt",
}


def error_of(root: Path, cache: Path) -> BigflowError:
    tried = perform(wheel, opened(root, cache))
    assert isinstance(tried.error, BigflowError)
    return tried.error


def everything(root: Path) -> dict[str, tuple[int, str]]:
    """All but our own state and what a build leaves."""
    return {
        str(path): (path.stat().st_mode, path.read_text() if path.is_file() else "")
        for path in root.rglob("*")
        if path.relative_to(root).parts[0] not in (".bigflow", "dist")
    }


def test_a_project_that_only_has_a_name(tmp_path: Path, cache: Path) -> None:
    project = opened(write_shop(tmp_path / "shop"), cache)
    before = everything(tmp_path / "shop")
    tried = built(project)
    archive = wheel_of(project)
    assert set(files_in(archive)) == INSIDE
    assert files_in(archive)["shop/bigflow_workflows.txt"] == "daily shop.workflow\n"
    assert metadata_in(archive).startswith("Metadata-Version: 2.4\nName: shop\nVersion: 1.2.0\n")
    assert tried.done is not None
    (artifact,) = tried.done.artifacts
    assert (artifact.kind, artifact.path) == ("wheel", "dist/shop-1.2.0-py3-none-any.whl")
    assert tried.done.summary.startswith("wheel 1.2.0 (")
    assert everything(tmp_path / "shop") == before, "nothing is left among the sources"


def test_a_project_with_its_own_backend(tmp_path: Path, cache: Path) -> None:
    files = {"pyproject.toml": OWN, "docs/about.md": "About it\n", "shop/_made.py": "", "LICENSE": "free\n"}
    project = opened(write_shop(tmp_path / "shop", files), cache)
    built(project)
    archive = wheel_of(project)
    assert set(files_in(archive)) == {*INSIDE, "shop/_made.py"}
    metadata = metadata_in(archive)
    assert "\nVersion: 1.2.0\n" in metadata
    assert "Requires-Dist: pandas>=2\n" in metadata
    assert "bigflow" not in metadata
    assert metadata.endswith("About it\n")
    assert archive.read("shop-1.2.0.dist-info/entry_points.txt") == b"[console_scripts]\nshop = shop:main\n"
    assert archive.read("shop-1.2.0.dist-info/licenses/LICENSE") == b"free\n"


def test_a_backend_that_is_not_setuptools_and_asks_for_more(tmp_path: Path, cache: Path) -> None:
    backend = """\
import zipfile
from importlib.metadata import version


def get_requires_for_build_wheel(config_settings=None):
    return ["iniconfig"]


def build_wheel(folder, config_settings=None, metadata_directory=None):
    version("iniconfig")
    name = "shop-9-py2.py3-none-any.whl"
    with zipfile.ZipFile(f"{folder}/{name}", "w") as archive:
        for path in ("shop/__init__.py", "shop/workflow.py", "shop/jobs/__init__.py", "shop/jobs/load.py"):
            archive.write(path)
        archive.writestr("shop-9.dist-info/METADATA", "Metadata-Version: 2.1\\nName: shop\\nVersion: 9\\n")
    return name
"""
    system = '[build-system]\nrequires = []\nbuild-backend = "own:hooks"\nbackend-path = ["made"]\n'
    toml = f'{system}[project]\nname = "shop"\n'
    hooks = {"made/own.py": "import own_hooks as hooks\n", "made/own_hooks.py": backend}
    project = opened(
        write_shop(tmp_path / "shop", {"pyproject.toml": toml, **hooks, "deployment_config.py": ""}), cache
    )
    built(project)
    assert set(files_in(wheel_of(project))) == INSIDE


def test_a_backend_has_the_same_surroundings_always(tmp_path: Path, cache: Path) -> None:
    setup = """\
import os, sys
from setuptools import setup

names = ("TZ", "LC_ALL", "SOURCE_DATE_EPOCH", "SETUPTOOLS_SCM_PRETEND_VERSION", "PYTHONPATH")
with open("shop/made.py", "w") as file:
    print(hash("shop"), [os.environ.get(name) for name in names], sys.path, file=file)
setup(packages=["shop", "shop.jobs"])
"""
    toml = f'[build-system]\nrequires = ["{SETUPTOOLS}"]\n[project]\nname = "shop"\nversion = "0"\n'
    project = opened(write_shop(tmp_path / "shop", {"pyproject.toml": toml, "setup.py": setup}), cache)
    seen = set()
    for _ in range(2):
        built(project)
        seen.add(files_in(wheel_of(project))["shop/made.py"])
    (line,) = seen
    assert "['UTC', 'C.UTF-8', '1700000000', '1.2.0', None]" in line
    assert str(CHECKOUT) not in line


def test_a_plain_setup_file(tmp_path: Path, cache: Path) -> None:
    arguments = "name='shop', version='7', author='Ada', packages=find_packages()"
    setup = f"from setuptools import setup, find_packages\nsetup({arguments})\n"
    files = {
        "pyproject.toml": '[project]\nname = "another"\nversion = "3"\n',
        "project_setup.py": f"PROJECT_NAME = 'shop'\n{setup}",
    }
    project = opened(write_shop(tmp_path / "shop", files), cache)
    built(project)
    assert set(files_in(wheel_of(project))) == INSIDE
    assert "\nVersion: 1.2.0\nAuthor: Ada\n" in metadata_in(wheel_of(project))


def test_a_setup_file_of_1_11(tmp_path: Path, cache: Path) -> None:
    setup = """\
import bigflow.build

bigflow.build.setup(name="-".join(["shop"]), author="Ada", data_files=[("etc/shop", ["notes.txt"])])
"""
    lock = "pandas==2.2.0 --hash=sha256:aa\nbigflow==1.11.3\n"
    files = {"pyproject.toml": None, "setup.py": setup, "resources/requirements.txt": lock}
    project = opened(write_shop(tmp_path / "shop", files), cache)
    built(project)
    inside = files_in(wheel_of(project))
    assert inside["shop-1.2.0.data/data/etc/shop/notes.txt"] == "not packaged\n"
    metadata = metadata_in(wheel_of(project))
    assert "Author: Ada\n" in metadata
    assert [line for line in metadata.splitlines() if line.startswith("Requires-Dist")] == [
        "Requires-Dist: pandas==2.2.0"
    ]


def test_wheels_of_other_versions_go_and_of_other_projects_stay(tmp_path: Path, cache: Path) -> None:
    old = {"dist/Shop-0.9-py3-none-any.whl": "", "dist/shop_two-0.9-py3-none-any.whl": "", "dist/shop-0.9.tar.gz": ""}
    project = opened(write_shop(tmp_path / "shop", old), cache)
    built(project)
    assert sorted(os.listdir(tmp_path / "shop" / "dist")) == [
        "shop-0.9.tar.gz",
        "shop-1.2.0-py3-none-any.whl",
        "shop_two-0.9-py3-none-any.whl",
    ]


def test_a_path_with_spaces_and_other_letters(tmp_path: Path, cache: Path) -> None:
    project = opened(write_shop(tmp_path / "my shöp 'äö' 店", {"resources/größe [1].sql": "x"}), cache)
    built(project)
    assert "shop/resources/größe [1].sql" in files_in(wheel_of(project))


def test_a_link_and_its_mode(tmp_path: Path, cache: Path) -> None:
    root = write_shop(tmp_path / "shop", {"run.sh": "#!/bin/sh\n"})
    (root / "run.sh").chmod(0o755)
    (root / "resources" / "run.sh").symlink_to("../run.sh")
    project = opened(root, cache)
    built(project)
    info = wheel_of(project).getinfo("shop/resources/run.sh")
    assert stat.filemode(info.external_attr >> 16) == "-rwxr-xr-x"
    assert wheel_of(project).read(info) == b"#!/bin/sh\n"


def test_a_workflow_is_listed_where_it_is_written(tmp_path: Path, cache: Path) -> None:
    files = {
        "shop/__init__.py": "from shop.workflow import daily\n",
        "shop/again.py": "from shop.workflow import daily\n",
        "shop/factory.py": WORKFLOW.replace("daily = Workflow(", "def make(name):\n    return Workflow(").replace(
            '"daily"', "name"
        ),
        "shop/hourly.py": "from shop.factory import make\nall = {'h': make('hourly')}\n",
    }
    project = opened(write_shop(tmp_path / "shop", files), cache)
    built(project)
    index = files_in(wheel_of(project))["shop/bigflow_workflows.txt"]
    assert index == "daily shop.workflow\nhourly shop.hourly\n"


def test_no_workflow_is_an_empty_index(tmp_path: Path, cache: Path) -> None:
    project = opened(write_shop(tmp_path / "shop", {"shop/workflow.py": ""}), cache)
    built(project)
    assert files_in(wheel_of(project))["shop/bigflow_workflows.txt"] == ""


def test_a_resource_can_be_read_while_the_modules_are_imported(tmp_path: Path, cache: Path) -> None:
    reading = f"from bigflow.resources import read_text\nSQL = read_text('report.sql')\n{WORKFLOW}"
    built(opened(write_shop(tmp_path / "shop", {"shop/workflow.py": reading}), cache))


@pytest.mark.parametrize(
    ("text", "message", "where"),
    [
        ("x = (\n", "cannot import shop.workflow: SyntaxError", "shop/workflow.py:1"),
        ("\nimport no_such_thing\n", "No module named 'no_such_thing'", "shop/workflow.py:2"),
        ("import sys\nsys.exit(3)\n", "it calls sys.exit(3)", "shop/workflow.py:2"),
        (
            WORKFLOW + WORKFLOW.partition("\n\n\n")[2].replace("daily = ", "twin = "),
            "two workflows have the id",
            "shop/workflow.py:19",
        ),
    ],
)
def test_a_module_or_a_workflow_that_is_broken(
    text: str, message: str, where: str, tmp_path: Path, cache: Path
) -> None:
    error = error_of(write_shop(tmp_path / "shop", {"shop/workflow.py": text}), cache)
    assert isinstance(error, InvalidProject)
    assert message in error.findings[0].message
    assert error.findings[0].where == where
    assert not (tmp_path / "shop" / "dist").exists()


def test_a_package_that_is_not_packaged(tmp_path: Path, cache: Path) -> None:
    files = {"common/__init__.py": "", "shop/jobs/load.py": "import common\n"}
    error = error_of(write_shop(tmp_path / "shop", files), cache)
    assert "No module named 'common'" in error.message
    assert error.hint == 'packages = ["shop", "common"] under [tool.bigflow] puts it into the wheel, too'


def test_a_module_that_ends_the_process(tmp_path: Path, cache: Path) -> None:
    text = "import os\nprint('last words', flush=True)\nos._exit(7)\n"
    error = error_of(write_shop(tmp_path / "shop", {"shop/workflow.py": text}), cache)
    assert isinstance(error, StepFailed)
    assert "ended with code 7" in error.message
    assert "last words" in error.message


def test_a_backend_that_fails_shows_its_last_lines(tmp_path: Path, cache: Path) -> None:
    files = {"pyproject.toml": OWN.replace("[project]", "[project]\nkeywords = 3"), "docs/about.md": ""}
    error = error_of(write_shop(tmp_path / "shop", files), cache)
    assert isinstance(error, StepFailed)
    assert error.message.startswith("the build backend setuptools.build_meta failed")
    assert "project.keywords" in error.message
    assert error.where == "pyproject.toml"
    assert error.message.count("\n") <= 12


def test_a_backend_that_is_not_there(tmp_path: Path, cache: Path) -> None:
    files = {"pyproject.toml": OWN.replace('"setuptools.build_meta"', '"nowhere.hooks"'), "docs/about.md": ""}
    assert "No module named 'nowhere'" in error_of(write_shop(tmp_path / "shop", files), cache).message


def test_a_wheel_for_one_platform(tmp_path: Path, cache: Path) -> None:
    setup = "from setuptools import setup\nsetup(options={'bdist_wheel': {'plat_name': 'linux_x86_64'}})\n"
    files = {"pyproject.toml": OWN, "setup.py": setup, "docs/about.md": ""}
    error = error_of(write_shop(tmp_path / "shop", files), cache)
    assert "for one platform only" in error.message
    assert "linux_x86_64" in error.message


def test_sources_that_change_meanwhile(tmp_path: Path, cache: Path) -> None:
    writing = f"open({str(tmp_path / 'shop' / 'shop' / 'jobs' / 'load.py')!r}, 'w').write('LIMIT = 4')\n{WORKFLOW}"
    error = error_of(write_shop(tmp_path / "shop", {"shop/workflow.py": writing}), cache)
    assert isinstance(error, StepFailed)
    assert error.message == "changed while the wheel was built: shop/jobs/load.py"
    assert not (tmp_path / "shop" / "dist").exists()


def test_a_folder_that_takes_nothing(tmp_path: Path, cache: Path) -> None:
    error = error_of(write_shop(tmp_path / "shop", {"dist": "a file in its place"}), cache)
    assert error.exit_code == 4
    assert "dist" in error.message


def test_very_large_resources_are_not_copied_for_backends(tmp_path: Path, cache: Path) -> None:
    root = write_shop(tmp_path / "shop")
    os.truncate(root / "resources" / "report.sql", 120_000_000)
    tried = built(opened(root, cache))
    assert tried.done is not None
    assert "120 MB" in tried.done.warnings[0].message
    with zipfile.ZipFile(next((root / "dist").iterdir())) as archive:
        assert archive.getinfo("shop/resources/report.sql").file_size == 120_000_000


def declared(root: Path, cache: Path) -> tuple[Declared, str]:
    said = wheel.declare(opened(root, cache), Wishes())
    assert isinstance(said, Declared)
    return said, Fingerprints(str(root), str(root / "memory")).digest(said.files, *said.values)


@pytest.mark.parametrize(
    "path",
    ["shop/jobs/load.py", "resources/deep/er/orders.csv", "pyproject.toml", "LICENSE.txt", "linked/a", "etc/[1].ini"],
)
def test_whatever_it_reads_makes_it_run_again(path: str, tmp_path: Path, cache: Path) -> None:
    setup = 'import bigflow.build\nbigflow.build.setup(name="shop", data_files=[("etc", ["etc/[1].ini"])])\n'
    root = write_shop(tmp_path / "shop", {"linked/a": "", "etc/[1].ini": "", "setup.py": setup})
    (root / "resources" / "link").symlink_to("../linked")
    before = declared(root, cache)[1]
    assert declared(root, cache)[1] == before
    with open(root / path, "a") as file:
        file.write("\n# more\n")
    assert declared(root, cache)[1] != before


@pytest.mark.parametrize("path", ["test/test_shop.py", "deployment_config.py", "notes.txt"])
def test_nothing_else_does(path: str, tmp_path: Path, cache: Path) -> None:
    root = write_shop(tmp_path / "shop")
    before = declared(root, cache)[1]
    (root / path).write_text("more")
    assert declared(root, cache)[1] == before


def test_the_place_of_the_project_is_no_input(tmp_path: Path, cache: Path) -> None:
    keys = {declared(write_shop(tmp_path / name), cache)[1] for name in ("one", "two")}
    assert len(keys) == 1


def test_nothing_is_needed_from_the_network_twice(tmp_path: Path, cache: Path) -> None:
    built(opened(write_shop(tmp_path / "first"), cache))
    project = opened(write_shop(tmp_path / "second"), cache)
    tried = perform(wheel, project, wishes=Wishes(offline=True))
    assert tried.error is None
    assert "environment" not in tried.log
