import os
import re
import shutil
import subprocess
import sys
import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

import bigflow
from bigflow import resources
from bigflow.errors import ExitCode, UsageError
from bigflow.resources import ResourceError, find_all_resources, find_file, get_resource_absolute_path


def write(file: Path, content: str = "") -> Path:
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(content, encoding="utf-8")
    return file


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """A project in its source tree."""
    root = tmp_path / "project"
    write(root / "pyproject.toml")
    write(root / "project_package" / "__init__.py")
    write(root / "project_package" / "deep" / "__init__.py")
    write(root / "project_package" / "deep" / "job.py")
    write(root / "project_package" / "plain_folder" / "job.py")
    write(root / "resources" / "report.sql", "select 1")
    write(root / "resources" / "sql" / "daily" / "report.sql", "select zażółć")
    return root


def installed(site: Path, package: str, content: str | None) -> Path:
    """A package as its wheel leaves it; the start file of its code."""
    write(site / f"{package}-1.0.dist-info" / "METADATA")
    write(site / package / "__init__.py")
    if content is not None:
        write(site / package / "resources" / "data.txt", content)
    return write(site / package / "job.py")


# Where


@pytest.mark.parametrize(
    "start", ["project_package/job.py", "project_package/deep/job.py", "project_package/plain_folder/job.py", "x.py"]
)
@pytest.mark.parametrize("name", ["report.sql", "sql/daily/report.sql", "./report.sql", "sql//daily/report.sql"])
def test_source_tree(project: Path, start: str, name: str) -> None:
    expected = project / "resources" / name
    assert resources.path(name, project / start) == expected
    assert get_resource_absolute_path(name, project / start) == expected
    assert resources.read_text(name, str(project / start)) == expected.read_text(encoding="utf-8")


@pytest.mark.parametrize("mark", ["pyproject.toml", "project_setup.py", "setup.py", "deployment_config.py", ".git"])
def test_outside_a_package_the_project_is_known_by_its_files(tmp_path: Path, mark: str) -> None:
    start = write(tmp_path / "project" / "test" / "unit" / "test_job.py")
    expected = write(tmp_path / "project" / "resources" / "a.txt")
    with pytest.raises(ResourceError):
        resources.path("a.txt", start)
    write(tmp_path / "project" / mark)
    assert resources.path("a.txt", start) == expected


def test_tests_that_are_a_package_have_their_own_resources_first(project: Path) -> None:
    write(project / "test" / "__init__.py")
    start = write(project / "test" / "unit" / "test_job.py")
    assert resources.path("report.sql", start) == project / "resources" / "report.sql"
    own = write(project / "test" / "resources" / "report.sql")
    assert resources.path("report.sql", start) == own
    assert resources.path("sql/daily/report.sql", start) == project / "resources/sql/daily/report.sql"


def test_source_folder_named_src(tmp_path: Path) -> None:
    write(tmp_path / "project" / "src" / "package" / "__init__.py")
    start = tmp_path / "project" / "src" / "package" / "job.py"
    expected = write(tmp_path / "project" / "resources" / "a.txt")
    assert resources.path("a.txt", start) == expected


def test_a_module_named_setup_inside_the_package_is_no_end_of_the_project(project: Path) -> None:
    write(project / "project_package" / "setup.py")
    assert (
        resources.path("report.sql", project / "project_package" / "setup.py") == project / "resources" / "report.sql"
    )


def test_a_folder_can_be_the_start(project: Path) -> None:
    assert resources.path("report.sql", project / "project_package") == project / "resources" / "report.sql"
    assert resources.path("report.sql", project) == project / "resources" / "report.sql"


def test_a_start_that_is_not_there_yet(project: Path) -> None:
    expected = project / "resources" / "report.sql"
    assert resources.path("report.sql", project / "project_package" / "generated" / "x.py") == expected


def test_a_relative_start(project: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(project)
    found = resources.path("report.sql", "project_package/job.py")
    assert found == project / "resources" / "report.sql"
    assert found.is_absolute()


def test_installed_packages_do_not_see_the_resources_of_one_another(tmp_path: Path) -> None:
    for site in (tmp_path / "lib" / "site-packages", tmp_path / "target"):
        one, two = installed(site, "one", "1"), installed(site, "two", "2")
        three = installed(site, "three", None)
        write(site / "resources" / "data.txt", "somebody else's")
        write(tmp_path / "pyproject.toml")
        write(tmp_path / "resources" / "data.txt", "of the project that holds the environment")
        assert (resources.read_text("data.txt", one), resources.read_text("data.txt", two)) == ("1", "2")
        with pytest.raises(ResourceError, match=r"no resource 'data\.txt'") as raised:
            resources.read_text("data.txt", three)
        assert str(tmp_path / "resources") not in str(raised.value)


def test_a_package_does_not_see_the_resources_above_its_project(project: Path) -> None:
    inner = project / "inner"
    write(inner / "pyproject.toml")
    write(inner / "package" / "__init__.py")
    write(inner / "resources" / "own.txt")
    with pytest.raises(ResourceError):
        resources.path("report.sql", inner / "package" / "job.py")
    vendored = write(project / "vendor" / "package" / "__init__.py")
    with pytest.raises(ResourceError):
        resources.path("report.sql", vendored)


def test_a_single_module_among_installed_packages_has_no_resources(tmp_path: Path) -> None:
    write(tmp_path / "site-packages" / "resources" / "a.txt")
    with pytest.raises(ResourceError, match="its package has none"):
        resources.path("a.txt", tmp_path / "site-packages" / "module.py")


def test_a_file_without_project_or_package_has_only_its_own_folder(tmp_path: Path) -> None:
    write(tmp_path / "resources" / "above.txt")
    own = write(tmp_path / "folder" / "resources" / "own.txt")
    assert resources.path("own.txt", tmp_path / "folder" / "x.py") == own
    with pytest.raises(ResourceError):
        resources.path("above.txt", tmp_path / "folder" / "x.py")


def test_a_package_linked_into_a_project_and_into_an_environment(project: Path, tmp_path: Path) -> None:
    site = tmp_path / "site-packages"
    site.mkdir()
    (site / "project_package").symlink_to(project / "project_package")
    expected = project / "resources" / "report.sql"
    assert resources.path("report.sql", site / "project_package" / "job.py") == expected

    other = tmp_path / "other"
    write(other / "pyproject.toml")
    (other / "project_package").symlink_to(project / "project_package")
    own = write(other / "resources" / "report.sql")
    assert resources.path("report.sql", other / "project_package" / "job.py") == own


def test_modules_linked_file_by_file(tmp_path: Path) -> None:
    cached = installed(tmp_path / "cache", "one", "cached")
    site = tmp_path / "site-packages"
    write(site / "one" / "__init__.py")
    (site / "one" / "job.py").symlink_to(cached)
    assert resources.read_text("data.txt", site / "one" / "job.py") == "cached"


# Who asks


def run_module(folder: Path, *command: str) -> str:
    root = Path(bigflow.__path__[0]).parent
    variables = {**os.environ, "PYTHONPATH": os.pathsep.join([str(folder), str(root)])}
    done = subprocess.run(
        [sys.executable, *command],
        cwd="/",
        env=variables,
        capture_output=True,
        text=True,
        encoding="utf-8",
        check=False,
    )
    return done.stdout + done.stderr


def test_without_a_start_the_file_of_the_caller_is_taken(project: Path, tmp_path: Path) -> None:
    code = (
        "from bigflow import resources\n"
        "print(resources.path('report.sql'))\n"
        "print(resources.read_text('report.sql'), resources.read_bytes('report.sql'))\n"
        "print(resources.get_resource_absolute_path('report.sql'))\n"
    )
    write(project / "project_package" / "asks.py", code)
    found = project / "resources" / "report.sql"
    shown = f"{found}\nselect 1 b'select 1'\n{found}\n"
    assert run_module(project, "-m", "project_package.asks") == shown
    assert run_module(tmp_path, str(project / "project_package" / "asks.py")) == shown
    installed_copy = tmp_path / "site-packages" / "project_package"
    shutil.copytree(project / "project_package", installed_copy)
    shutil.copytree(project / "resources", installed_copy / "resources")
    found = installed_copy / "resources" / "report.sql"
    assert run_module(tmp_path / "site-packages", "-m", "project_package.asks") == (
        f"{found}\nselect 1 b'select 1'\n{found}\n"
    )


@pytest.mark.parametrize("reader", ["path", "read_text", "read_bytes", "get_resource_absolute_path"])
def test_every_reader_takes_the_file_of_its_caller(project: Path, reader: str) -> None:
    code = compile(f"def ask(): return resources.{reader}('report.sql')", "not looked at", "exec")
    names: dict[str, object] = {"resources": resources, "__file__": str(project / "project_package" / "job.py")}
    exec(code, names)
    assert names["ask"]() == getattr(resources, reader)("report.sql", project / "x.py")  # type: ignore[operator]


@pytest.mark.parametrize("names", [{}, {"__file__": None}])
def test_code_that_is_in_no_file_must_name_one(names: dict[str, object]) -> None:
    with pytest.raises(ResourceError, match="the calling code is in no file"):
        exec("resources.path('a')", {"resources": resources, **names})


def test_a_package_in_an_archive(project: Path, tmp_path: Path) -> None:
    archive = tmp_path / "package.zip"
    write(project / "project_package" / "asks.py", "from bigflow import resources\nresources.path('report.sql')\n")
    with zipfile.ZipFile(archive, "w") as file:
        for name in ("__init__.py", "asks.py"):
            file.write(project / "project_package" / name, f"project_package/{name}")
    expected = f"resources cannot be read from inside an archive, {archive}"
    assert expected in run_module(archive, "-m", "project_package.asks")
    with pytest.raises(ResourceError, match=re.escape(expected)):
        resources.path("report.sql", archive / "project_package" / "asks.py")


# What is wrong


@pytest.mark.parametrize(
    "name",
    [
        "",
        ".",
        "./",
        "/",
        "..",
        "../report.sql",
        "sql/../../x",
        "sql/../report.sql",
        "/etc/passwd",
        "a\0b",
        "..\\x",
        "a/..",
    ],
)
def test_names_that_escape_or_name_nothing(project: Path, name: str) -> None:
    for read in (resources.path, resources.read_text, resources.read_bytes, get_resource_absolute_path):
        with pytest.raises(ResourceError, match="is no name of a resource"):
            read(name, project / "project_package" / "job.py")


@given(st.lists(st.sampled_from(["..", ".", "sql", "report.sql", "", "daily", "\\", "~"]), max_size=6).map("/".join))
def test_no_name_leads_out_of_the_resources(tmp_path_factory: pytest.TempPathFactory, name: str) -> None:
    root = tmp_path_factory.getbasetemp() / "escape"
    write(root / "setup.py")
    write(root / "report.sql")
    write(root / "resources" / "sql" / "report.sql")
    try:
        found = resources.path(name, root / "x.py")
    except ResourceError:
        return
    assert found.resolve().is_relative_to((root / "resources").resolve())


def test_a_missing_resource_names_itself_the_folders_and_the_nearest(project: Path) -> None:
    start = project / "project_package" / "deep" / "job.py"
    with pytest.raises(ResourceError, match=r"no resource 'report\.sq'") as raised:
        resources.path("report.sq", start)
    for folder in ("project_package/deep/resources", "project_package/resources", "resources"):
        assert str(project / folder) in str(raised.value)
    assert raised.value.hint == "did you mean 'report.sql'?"
    assert raised.value.where == str(start)


@pytest.mark.parametrize(
    ("name", "hint"),
    [
        ("wrong/folder/of/a/name/report.sql", "did you mean 'report.sql'?"),
        ("sql/dayly/report.sql", "did you mean 'sql/daily/report.sql'?"),
        ("sql/daily/reprt.sql", "did you mean 'sql/daily/report.sql'?"),
        ("zzz", "there are: report.sql, sql/daily/report.sql"),
        ("report.sql/x", "did you mean 'report.sql'?"),
    ],
)
def test_the_hint_of_a_missing_resource(project: Path, name: str, hint: str) -> None:
    with pytest.raises(ResourceError) as raised:
        resources.read_bytes(name, project / "project_package" / "job.py")
    assert raised.value.hint == hint


def test_a_hint_does_not_list_everything(project: Path) -> None:
    for number in range(20):
        write(project / "resources" / "many" / f"{number}")
    with pytest.raises(ResourceError) as raised:
        resources.path("zzz", project / "x.py")
    assert raised.value.hint.endswith(" ...")
    assert len(raised.value.hint) < 150


def test_a_folder_is_no_resource(project: Path) -> None:
    for name in ("sql", "sql/", "sql/daily"):
        with pytest.raises(ResourceError, match="is a folder") as raised:
            resources.read_text(name, project / "x.py")
        assert "report.sql" in raised.value.hint
    (project / "resources" / "empty").mkdir()
    with pytest.raises(ResourceError) as raised:
        resources.read_text("empty", project / "x.py")
    assert raised.value.hint == "there are no files: put yours into resources/empty"


def test_no_resources_at_all(tmp_path: Path) -> None:
    start = write(tmp_path / "project" / "pyproject.toml").parent / "x.py"
    with pytest.raises(ResourceError) as raised:
        resources.path("a.txt", start)
    assert raised.value.hint == "there are no files: put yours into resources/"


def test_what_is_not_utf8_is_named(project: Path) -> None:
    (project / "resources" / "latin.txt").write_bytes(b"ab\xe9")
    with pytest.raises(ResourceError, match=r"latin\.txt is not UTF-8 text: byte 2 is 0xe9") as raised:
        resources.read_text("latin.txt", project / "x.py")
    assert "read_bytes" in raised.value.hint
    assert resources.read_bytes("latin.txt", project / "x.py") == b"ab\xe9"


def test_a_byte_order_mark_is_no_text_and_line_ends_are_kept(project: Path) -> None:
    (project / "resources" / "bom.txt").write_bytes(b"\xef\xbb\xbfa\r\nb")
    assert resources.read_text("bom.txt", project / "x.py") == "a\r\nb"


def test_what_the_system_refuses_is_said(project: Path) -> None:
    loop = project / "resources" / "loop"
    loop.symlink_to(loop)
    for name in ("loop", "x" * 300):
        with pytest.raises(ResourceError, match="cannot be read: "):
            resources.path(name, project / "x.py")


@pytest.mark.skipif(os.geteuid() == 0, reason="nothing is forbidden to root")
def test_a_forbidden_file_is_named(project: Path) -> None:
    file = write(project / "resources" / "closed.txt")
    file.chmod(0)
    with pytest.raises(ResourceError, match=r"closed\.txt cannot be read: Permission denied"):
        resources.read_text("closed.txt", project / "x.py")


@pytest.mark.skipif(not os.path.exists("/proc/self/mem"), reason="a file that opens and cannot be read, of Linux")
def test_a_file_that_fails_while_it_is_read_is_named(project: Path) -> None:
    (project / "resources" / "memory").symlink_to("/proc/self/mem")
    for read in (resources.read_text, resources.read_bytes):
        with pytest.raises(ResourceError, match="memory cannot be read: "):
            read("memory", project / "x.py")


def test_an_error_is_one_of_usage_and_a_value_error() -> None:
    assert issubclass(ResourceError, UsageError)
    assert issubclass(ResourceError, ValueError)
    assert ResourceError.exit_code == ExitCode.USAGE


# The names of 1.11


def test_find_all_resources_names_files_from_the_folder_on(project: Path) -> None:
    write(project / "resources" / ".hidden")
    expected = ["resources/.hidden", "resources/report.sql", "resources/sql/daily/report.sql"]
    assert list(find_all_resources(project / "resources")) == expected
    assert list(find_all_resources(f"{project}/resources/")) == expected
    assert list(find_all_resources(project / "nowhere")) == []


def test_find_file_goes_upward(project: Path) -> None:
    start = project / "project_package" / "deep" / "job.py"
    assert find_file("pyproject.toml", start) == project / "pyproject.toml"
    assert find_file("resources", start) == project / "resources"
    assert find_file("job.py", start) == start
    assert find_file("pyproject.toml", start, max_depth=3) == project / "pyproject.toml"


@pytest.mark.parametrize("max_depth", [-1, 0, 2])
def test_find_file_stops_at_its_depth(project: Path, max_depth: int) -> None:
    with pytest.raises(ValueError, match=r"no 'pyproject\.toml' in "):
        find_file("pyproject.toml", project / "project_package" / "deep" / "job.py", max_depth)


def test_any_of_the_readers_takes_a_path_as_a_name(project: Path) -> None:
    read: Callable[..., object]
    for read in (resources.path, resources.read_text, resources.read_bytes, get_resource_absolute_path):
        assert read(Path("report.sql"), project / "x.py") == read("report.sql", project / "x.py")
