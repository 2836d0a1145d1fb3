import hashlib
import os
import subprocess
import sys
import tarfile
import zipfile
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from support.emr import HERE, PYTHON, bundle, bundled, emr_shop, jar, lock, native_wheel, output
from support.package_index import Index, served, settle

from bigflow.artifacts.artifact import Part
from bigflow.builder.emr.installing import uv_platform
from bigflow.builder.step import NotNeeded, Project, StepFailed, Wishes
from bigflow.builder.steps import emr
from bigflow.errors import InvalidProject, UsageError

TAG = f"cp{PYTHON.replace('.', '')}-cp{PYTHON.replace('.', '')}-manylinux_2_17_x86_64"


@pytest.fixture
def index(monkeypatch: pytest.MonkeyPatch, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Index]:
    with served() as index:
        settle(monkeypatch, index.url, tmp_path_factory.mktemp("surroundings"))
        monkeypatch.setenv("UV_LINK_MODE", "hardlink")
        yield index


def add_native(index: Index, name: str, version: str, tag: str = TAG) -> str:
    file, content = native_wheel(name, version, tag)
    index.files[file] = content
    return f"{name}=={version} --hash=sha256:{hashlib.sha256(content).hexdigest()}"


def add(index: Index, name: str, version: str, *requires: str, module: str = "") -> str:
    index.add(name, version, *requires, module=module)
    return f"{name}=={version} --hash=sha256:{index.sha256(name, version)}"


def all_of(of: Project) -> dict[str, bytes]:
    root = output(of)
    return {str(path.relative_to(root)): path.read_bytes() for path in sorted(root.rglob("*")) if path.is_file()}


def test_a_project_without_the_table_has_no_such_step(tmp_path: Path) -> None:
    shop = emr_shop(tmp_path / "shop")
    plain = replace(shop, spec=shop.spec._replace(sources=(), emr=()))
    assert emr.declare(plain, Wishes()) == NotNeeded("there is no [tool.bigflow.emr]")


def test_the_layout(tmp_path: Path) -> None:
    shop = emr_shop(tmp_path / "shop", HERE + 'jars = ["jars"]\n', {"entry_script/other.py": ""})
    Path(shop.root, "jars").mkdir()
    Path(shop.root, "jars", "driver-1.0.jar").write_bytes(jar())
    made = bundled(shop)
    wheel = "whl_pkg/shop-1.2.0-py3-none-any.whl"
    files = [
        "dependencies/dependencies.zip",
        "deployment_manifest.json",
        "entry_script/other.py",
        "entry_script/run_main.py",
        "jars/driver-1.0.jar",
        "upload_to_s3.sh",
        wheel,
    ]
    found = all_of(shop)
    assert list(found) == files
    assert found[wheel] == Path(shop.root, "dist", os.path.basename(wheel)).read_bytes()
    assert (made.wheel, made.jars) == (wheel, ("jars/driver-1.0.jar",))
    assert [name for name, _ in made.entry_scripts] == ["other", "run_main"]
    assert [part.path for part in made.files] == [path for path in files if not path.startswith(("deploy", "upload"))]
    assert all(Part(one.path, len(found[one.path]), _sha(found[one.path])) == one for one in made.files)
    assert os.access(output(shop, "upload_to_s3.sh"), os.X_OK)


def test_plain_python_is_a_zip_that_holds_all_that_a_script_imports(tmp_path: Path, index: Index) -> None:
    shop = emr_shop(tmp_path / "shop")
    lock(shop, add(index, "alpha", "1.0", module="NAME = 7\n"))
    made = bundled(shop)
    assert (made.dependencies.kind, made.dependencies.native) == ("zip", ())
    archive = output(shop, "dependencies", "dependencies.zip")
    told = _run("import alpha, bigflow, shop.workflow; print(alpha.NAME, shop.workflow.LIMIT)", PYTHONPATH=str(archive))
    assert told == "7 3\n"
    with zipfile.ZipFile(archive) as opened:
        names = opened.namelist()
    assert "alpha-1.0.dist-info/METADATA" in names
    assert not [name for name in names if name.endswith(("RECORD", "INSTALLER", "REQUESTED", ".pyc"))]
    assert not [name for name in names if name.startswith("bin/")]


def test_native_code_makes_it_an_environment_around_emr_s_interpreter(tmp_path: Path, index: Index) -> None:
    shop = emr_shop(tmp_path / "shop")
    lock(shop, add_native(index, "fast", "1.0"), add(index, "alpha", "1.0"))
    tried = bundle(shop)
    assert tried.done is not None, tried.error
    assert tried.done.summary.endswith("dependencies as an environment: fast has native code")
    made = bundled(shop)
    assert (made.dependencies.kind, made.dependencies.native) == ("environment", ("fast",))
    place = tmp_path / "unpacked" / "environment"
    with tarfile.open(output(shop, "dependencies", "environment.tar.gz")) as archive:
        archive.extractall(place, filter="fully_trusted")
    assert os.readlink(place / "bin" / "python") == sys.executable
    told = (place / "pyvenv.cfg").read_text().splitlines()
    assert told[:2] == [f"home = {os.path.dirname(sys.executable)}", "include-system-site-packages = true"]
    code = "import sys, fast, alpha, shop.workflow, bigflow; print(sys.prefix, fast.__file__)"
    told = _run(code, python=str(place / "bin" / "python"))
    assert told == f"{place} {place}/lib/python{PYTHON}/site-packages/fast/__init__.py\n"
    site = place / "lib" / f"python{PYTHON}" / "site-packages" / "fast"
    assert [path.suffix for path in sorted(site.glob("*.*"))] == [".py", ".so"]


def test_programs_in_packages_stay_programs(tmp_path: Path, index: Index) -> None:
    shop = emr_shop(tmp_path / "shop", HERE + 'dependencies = "environment"\n')
    file, content = native_wheel("fast", "1.0", TAG, programs=("fast/tool",))
    index.files[file] = content
    lock(shop, f"fast==1.0 --hash=sha256:{_sha(content)}")
    bundled(shop)
    with tarfile.open(output(shop, "dependencies", "environment.tar.gz")) as archive:
        modes = {os.path.basename(one.name): one.mode & 0o111 for one in archive if "/fast/" in one.name}
    assert modes["tool"] and not modes["__init__.py"]


def test_resources_make_it_an_environment_and_lists_of_requirements_do_not(tmp_path: Path) -> None:
    shop = emr_shop(tmp_path / "shop", files={"resources/requirements.in": "", "resources/requirements.txt": ""})
    assert bundled(shop).dependencies.kind == "zip"
    shop = emr_shop(tmp_path / "shop", files={"resources/report.sql": "select 1\n"})
    tried = bundle(shop)
    assert tried.done is not None
    assert tried.done.summary.endswith("an environment: resources such as report.sql are files")


def test_the_project_may_choose(tmp_path: Path, index: Index) -> None:
    shop = emr_shop(tmp_path / "one", HERE + 'dependencies = "environment"\n')
    assert bundled(shop).dependencies.kind == "environment"
    shop = emr_shop(tmp_path / "two", HERE + 'dependencies = "zip"\n', {"resources/report.sql": ""})
    assert bundled(shop).dependencies.kind == "zip"
    lock(shop, add_native(index, "fast", "1.0"))
    error = bundle(shop).error
    assert isinstance(error, UsageError) and "fast" in error.message and "environment" in error.hint


def test_what_emr_has_is_left_out_and_said(tmp_path: Path, index: Index) -> None:
    shop = emr_shop(tmp_path / "shop")
    lock(shop, add(index, "alpha", "1.0", "boto3"), add(index, "boto3", "1.0"), add(index, "botocore", "1.0"))
    made = bundled(shop)
    assert made.dependencies.left_out == ("boto3", "botocore")
    assert not _holds(shop, "boto3/__init__.py") and _holds(shop, "alpha/__init__.py")
    taken = emr_shop(tmp_path / "shop", HERE + "provided = []\n")
    assert bundled(taken).dependencies.left_out == ()
    assert _holds(taken, "boto3/__init__.py")


def test_the_same_bytes_in_another_folder_by_another_user(tmp_path: Path, index: Index) -> None:
    line = add_native(index, "fast", "1.0")
    found = []
    for name, mask in (("one", 0o022), ("two/deeper", 0o077)):
        before = os.umask(mask)
        try:
            shop = emr_shop(tmp_path / name, HERE + 'jars = ["a.jar"]\n')
            Path(shop.root, "a.jar").write_bytes(jar())
            lock(shop, line)
            bundled(shop)
            found.append(all_of(shop))
        finally:
            os.umask(before)
    assert found[0] == found[1]


def test_a_change_changes_only_what_it_is_in(tmp_path: Path) -> None:
    shop = emr_shop(tmp_path / "shop")
    bundled(shop)
    before = all_of(shop)
    Path(shop.root, "entry_script", "run_main.py").write_text("print(2)\n")
    bundled(shop)
    changed = {path for path, content in all_of(shop).items() if before[path] != content}
    assert changed == {"entry_script/run_main.py", "deployment_manifest.json", "upload_to_s3.sh"}


def test_what_an_older_bundle_had_is_gone(tmp_path: Path) -> None:
    shop = emr_shop(tmp_path / "shop", files={"entry_script/other.py": ""})
    bundled(shop)
    Path(shop.root, "entry_script", "other.py").unlink()
    bundled(shop)
    assert not output(shop, "entry_script", "other.py").exists()


def test_a_failure_leaves_the_bundle_of_before(tmp_path: Path) -> None:
    shop = emr_shop(tmp_path / "shop")
    bundled(shop)
    before = all_of(shop)
    Path(shop.root, "entry_script", "run_main.py").unlink()
    assert isinstance(bundle(shop).error, InvalidProject)
    assert all_of(shop) == before


def test_only_a_source_distribution(tmp_path: Path, index: Index) -> None:
    shop = emr_shop(tmp_path / "shop")
    index.files["omega-1.0.tar.gz"] = b"never opened"
    lock(shop, "omega==1.0")
    error = bundle(shop).error
    assert isinstance(error, StepFailed)
    assert f"there is no wheel of omega for Python {PYTHON} on linux/amd64 with glibc 2.34" in error.message


def test_nothing_comes_in_that_the_lock_does_not_name(tmp_path: Path, index: Index) -> None:
    shop = emr_shop(tmp_path / "shop")
    index.add("beta", "1.0")
    lock(shop, add(index, "alpha", "1.0", "beta"))
    error = bundle(shop).error
    assert isinstance(error, StepFailed) and "beta" in error.message


def test_a_wheel_for_a_newer_c_library_is_none(tmp_path: Path, index: Index) -> None:
    line = add_native(index, "fast", "1.0", TAG.replace("2_17", "2_34"))
    shop = emr_shop(tmp_path / "new")
    lock(shop, line)
    assert bundled(shop).dependencies.native == ("fast",)
    old = emr_shop(tmp_path / "old", HERE + 'glibc = "2.26"\n')
    lock(old, line)
    error = bundle(old).error
    assert isinstance(error, StepFailed) and "no wheel of fast" in error.message and "glibc 2.26" in error.message


def test_emr_s_python_is_not_supported_by_a_dependency(tmp_path: Path, index: Index) -> None:
    file, content = native_wheel("fast", "1.0", "py3-none-any")
    content = _with_metadata(content, "Requires-Python: >=3.99\n")
    index.files[file] = content
    shop = emr_shop(tmp_path / "shop")
    lock(shop, f"fast==1.0 --hash=sha256:{_sha(content)}")
    error = bundle(shop).error
    assert isinstance(error, StepFailed)
    assert f"EMR's Python {PYTHON} is not supported by fast==1.0 (Python >=3.99)" in error.message


def test_the_lock_is_missing(tmp_path: Path) -> None:
    shop = emr_shop(tmp_path / "shop", files={"resources/requirements.in": "alpha\n"})
    error = bundle(shop).error
    assert isinstance(error, UsageError)
    assert (error.message, error.hint.split("  ")[0]) == (
        "there is no resources/requirements.txt",
        "bigflow build-requirements",
    )


@pytest.mark.parametrize("path", ["dist/shop-1.2.0-py3-none-any.whl", "build/runtime"])
def test_a_wheel_is_missing(path: str, tmp_path: Path) -> None:
    shop = emr_shop(tmp_path / "shop")
    Path(shop.root, path).rename(tmp_path / "away")
    error = bundle(shop).error
    assert isinstance(error, UsageError) and path in error.message


def test_another_python_than_the_lock_s_is_worth_a_word(tmp_path: Path, index: Index) -> None:
    shop = emr_shop(tmp_path / "shop", 'release = "emr-7.0.0"\n')
    tried = bundle(shop)
    assert tried.done is not None, tried.error
    (note,) = tried.done.warnings
    assert note.message == "the bundle has no bigflow, which needs Python 3.11: EMR has 3.9"
    assert not _holds(shop, "bigflow/__init__.py") and _holds(shop, "shop/workflow.py")
    lock(shop, add(index, "alpha", "1.0"))
    tried = bundle(shop)
    assert tried.done is not None, tried.error
    assert tried.done.warnings[0].message == f"EMR has Python 3.9, and the requirements are locked for {PYTHON}"


@pytest.mark.parametrize(
    ("platform", "glibc", "name"),
    [
        ("linux/amd64", "2.26", "x86_64-manylinux_2_17"),
        ("linux/amd64", "2.34", "x86_64-manylinux_2_34"),
        ("linux/arm64", "2.30", "aarch64-manylinux_2_28"),
        ("linux/amd64", "2.99", "x86_64-manylinux_2_40"),
        ("linux/amd64", "2.12", "x86_64-manylinux_2_17"),
    ],
)
def test_the_platform_is_never_newer_than_emr_s(platform: str, glibc: str, name: str) -> None:
    assert uv_platform(platform, glibc) == name


def _holds(of: Project, path: str) -> bool:
    with zipfile.ZipFile(output(of, "dependencies", "dependencies.zip")) as archive:
        return path in archive.namelist()


def _sha(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()


def _with_metadata(wheel: bytes, more: str) -> bytes:
    import io

    made = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(wheel)) as old, zipfile.ZipFile(made, "w") as new:
        for info in old.infolist():
            content = old.read(info)
            new.writestr(info, content + more.encode() if info.filename.endswith("METADATA") else content)
    return made.getvalue()


def _run(code: str, python: str = sys.executable, **variables: str) -> str:
    words = [python, "-c", code] if variables == {} else [python, "-S", "-c", code]
    done = subprocess.run(words, env=variables, capture_output=True, text=True, check=False, cwd=os.sep)
    assert done.returncode == 0, done.stderr
    return done.stdout
