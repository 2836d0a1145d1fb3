"""spec: a project's files in, one value out, or everything that is wrong with them."""

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bigflow.errors import ExitCode, Finding, InvalidProject
from bigflow.project.answers import Answers
from bigflow.project.declared import KEYS, Said
from bigflow.project.spec import ImageSpec, ProjectSpec, read_spec


class Project:
    """A project folder that holds one package, and what is written into it."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.package("shop")

    def package(self, name: str) -> None:
        (self.folder / name).mkdir(exist_ok=True)
        (self.folder / name / "__init__.py").touch()

    def toml(self, text: str) -> "Project":
        (self.folder / "pyproject.toml").write_text(text, encoding="utf-8")
        return self

    def file(self, name: str, text: str) -> "Project":
        (self.folder / name).write_text(text, encoding="utf-8")
        return self

    def read(self, **options: bool) -> ProjectSpec:
        return read_spec(str(self.folder), **options)

    def wrong(self, **options: bool) -> list[Finding]:
        with pytest.raises(InvalidProject) as caught:
            self.read(**options)
        assert caught.value.exit_code == ExitCode.USAGE
        return list(caught.value.findings)


@pytest.fixture
def project(tmp_path: Path) -> Project:
    return Project(tmp_path)


@pytest.mark.parametrize(("edition", "packaged"), [("1.11", ("common", "shop")), ("2026", None)])
def test_packages_beside_the_projects_own_are_packaged_as_in_1_11(
    edition: str, packaged: tuple[str, ...] | None, project: Project
) -> None:
    for name in ("common", "test"):
        (project.folder / name).mkdir()
        project.file(f"{name}/__init__.py", "")
    said = project.toml(f'[tool.bigflow]\nname = "shop"\nedition = "{edition}"\n')
    assert said.read().packages == packaged
    assert said.toml(
        f'[tool.bigflow]\nname = "shop"\nedition = "{edition}"\npackages = ["shop"]\n'
    ).read().packages == ("shop",)


def test_the_least_that_a_project_says(project: Project) -> None:
    spec = project.toml('[tool.bigflow]\nname = "shop"\n').read()
    assert spec == ProjectSpec(
        root=str(project.folder),
        name="shop",
        package="shop",
        edition="1.11",
        python=None,
        version=None,
        tests="test",
        test_framework="unittest",
        resources_dir="resources",
        requirements_file="resources/requirements.txt",
        requirements=None,
        deployment_config_file="deployment_config.py",
        docker_repository=None,
        export_image_tar=None,
        image=ImageSpec("auto", None, ()),
        packages=("shop",),
        data_files=(),
        metainfo=(),
        build=(),
        setuptools=(),
        sources=(("name", "pyproject.toml:2"),),
        unread=(),
    )


FULL = """
[project]
name = "another-distribution"
version = "9.9"

[tool.bigflow]
name = "my_shop"
edition = "2026"
package = "shop"
python = "3.12"
tests = "test/unit"
version = "1.2.0"
packages = ["shop", "shop.jobs"]
requries = ["pandas"]
data_files = [["etc", ["a.cfg", "b.cfg"]]]
docker_repository = "eu.gcr.io/p/{env}"
deployment_config_file = "config/deployment_config.py"
project_requirements_file = "requirements.txt"
resources_dir = "shop_resources"
test_framework = "pytest"
export_image_tar = false
author = "We"
keywords = ["a", "b"]
classifiers = ["x"]
license = "MIT"

[tool.bigflow.image]
builder = "native"
base = "python:3.12-slim"
platforms = ["linux/amd64", "linux/arm64/v8"]

[tool.bigflow.build.lint]
select = ["E"]
"""


def test_every_key_reaches_its_field(project: Project) -> None:
    spec = project.toml(FULL).read()
    assert spec == ProjectSpec(
        root=str(project.folder),
        name="my-shop",
        package="shop",
        edition="2026",
        python="3.12",
        version="1.2.0",
        tests="test/unit",
        test_framework="pytest",
        resources_dir="shop_resources",
        requirements_file="requirements.txt",
        requirements=("pandas",),
        deployment_config_file="config/deployment_config.py",
        docker_repository="eu.gcr.io/p/{env}",
        export_image_tar=False,
        image=ImageSpec("native", "python:3.12-slim", ("linux/amd64", "linux/arm64/v8")),
        packages=("shop", "shop.jobs"),
        data_files=(("etc", ("a.cfg", "b.cfg")),),
        metainfo=(("author", "We"), ("license", "MIT"), ("keywords", ("a", "b")), ("classifiers", ("x",))),
        build=(("lint", {"select": ["E"]}),),
        setuptools=(),
        sources=spec.sources,
        unread=(),
    )
    lines = FULL.split("\n")
    for key, where in spec.sources:
        line = lines[int(where.removeprefix("pyproject.toml:")) - 1]
        assert key.rpartition(".")[2] in line, (key, where)
    assert {key for key, _ in spec.sources} >= {"name", "image.base", "build", "keywords"}
    assert spec.where("nothing") == ""


def test_precedence_from_the_setup_call_down_to_the_standard_table(project: Project) -> None:
    project.file("setup.py", "from bigflow.build import setup\nsetup(name='a')")
    project.file("project_setup.py", "PROJECT_NAME = 'd'")
    project.toml('[tool.bigflow]\nname = "b"\n[bigflow-project]\nname = "c"\n[project]\nname = "e"\n')
    told = []
    for spoilt, text in (
        ("setup.py", ""),
        ("pyproject.toml", '[bigflow-project]\nname = "c"\n[project]\nname = "e"\n'),
        ("pyproject.toml", '[project]\nname = "e"\n'),
        ("project_setup.py", ""),
    ):
        told.append((project.read().name, project.read().where("name")))
        project.file(spoilt, text)
    told.append((project.read().name, project.read().where("name")))
    assert told == [
        ("a", "setup.py:2"),
        ("b", "pyproject.toml:2"),
        ("c", "pyproject.toml:2"),
        ("d", "project_setup.py:1"),
        ("e", "pyproject.toml:2"),
    ]


def test_precedence_holds_key_by_key(project: Project) -> None:
    project.file("setup.py", "import bigflow.build\nbigflow.build.setup(author='setup', test_framework='pytest')")
    project.toml('[tool.bigflow]\nname = "shop"\nauthor = "tool"\n[bigflow-project]\nauthor = "old"\nlicense = "MIT"\n')
    spec = project.read()
    assert (spec.name, spec.test_framework, spec.metainfo) == (
        "shop",
        "pytest",
        (("author", "setup"), ("license", "MIT")),
    )


@pytest.mark.parametrize(
    ("ours", "version"),
    [("", "0.3"), ('name = "The.Shop"', "0.3"), ('name = "the_shop"', "0.3"), ('name = "other"', None)],
)
def test_the_standard_version_counts_only_when_it_is_about_this_distribution(
    project: Project, ours: str, version: str | None
) -> None:
    spec = project.toml(f'[project]\nname = "the-shop"\nversion = "0.3"\n[tool.bigflow]\n{ours}\n').read()
    assert spec.version == version


def test_a_byte_order_mark_and_windows_line_ends_are_no_obstacle(project: Project) -> None:
    (project.folder / "pyproject.toml").write_bytes(
        b'\xef\xbb\xbf[tool.bigflow]\r\nname = "shop"\r\nedition = "2026"\r\n'
    )
    spec = project.read()
    assert (spec.edition, spec.where("edition")) == ("2026", "pyproject.toml:3")


@pytest.mark.parametrize(
    ("line", "message", "hint"),
    [
        ('edition = "2027"', "'edition' cannot be '2027'", "'2026'"),
        ("edition = 2026", "'edition' must be text, not 2026", 'in quotes: edition = "..."'),
        ("python = 3.10", "'python' must be text, not 3.1", "in quotes"),
        ('python = ">=3.11"', "'python' cannot be '>=3.11'", "one version"),
        ('python = "2.7"', "'python' cannot be '2.7'", "one version"),
        ('test_framework = "nose"', "'test_framework' cannot be 'nose'", "unittest, pytest"),
        ('test_framework = "py.test"', "'test_framework' cannot be 'py.test'", "'pytest'"),
        ('docker_repository = "eu.gcr.io/Shop"', "cannot be 'eu.gcr.io/Shop'", "lower case"),
        ('export_image_tar = "no"', "'export_image_tar' must be true or false, not 'no'", ""),
        ('image = "native"', "'image' must be a table, not 'native'", ""),
        ('image.builder = "podmann"', "'image.builder' cannot be 'podmann'", "'podman'"),
        ('image.platforms = "linux/amd64"', "'image.platforms' must be a list of texts", ""),
        ('image.platforms = ["amd64"]', "'amd64' is not a platform", "linux/amd64"),
        ('image.bilder = "auto"', "unknown key 'image.bilder'", "'image.builder'"),
        ("build = 1", "'build' must be a table, not 1", ""),
        ('packages = ["a", 1]', "'packages' must be a list of texts, not a list", ""),
        ('requries = "pandas"', "'requries' must be a list of texts", ""),
        ('data_files = ["a"]', "'data_files' must be a list of [folder, [files]]", ""),
        ('data_files = [["a", "b"]]', "'data_files' must be a list of [folder, [files]]", ""),
        ('version = "soon"', "'soon' is not a version", "1.2.0"),
        ('version = "1!2.0"', "'1!2.0' is not a version", "git says"),
        ('resources_dir = "../shared"', "'resources_dir' must be a folder inside the project", ""),
        ('resources_dir = "."', "'resources_dir' must be a folder inside the project", ""),
        ('tests = "/"', "'tests' must be a folder inside the project", ""),
        ('tests = ""', "'tests' must be text, not nothing", ""),
        ("author = true", "'author' must be text, not true", ""),
        ("keywords = [1]", "'keywords' must be a list of texts", ""),
        ('editoin = "2026"', "unknown key 'editoin'", "did you mean 'edition'?"),
        ("xyzzy = 1", "unknown key 'xyzzy'", "docs/reference/project.md"),
        ('package = "bigflow"', "cannot be called 'bigflow'", ""),
        ('package = "gone"', "the project package is missing: there is no gone/__init__.py", "touch gone/__init__.py"),
    ],
)
def test_each_wrong_value_is_told_with_its_line(project: Project, line: str, message: str, hint: str) -> None:
    findings = project.toml(f'[tool.bigflow]\nname = "shop"\n\n{line}\n').wrong()
    assert len(findings) == 1
    assert message in findings[0].message
    assert findings[0].where == "pyproject.toml:4"
    assert hint in findings[0].hint if hint else findings[0].hint == ""


def test_everything_that_is_wrong_is_told_at_once(project: Project) -> None:
    project.file("setup.py", "from bigflow.build import setup\n\nsetup(name='-', test_framework='x')")
    findings = project.toml('[tool.bigflow]\nedition = "1999"\nnope = 1\n').wrong()
    assert {(f.where, f.message.split("'")[1]) for f in findings} == {
        ("setup.py:3", "name"),
        ("setup.py:3", "test_framework"),
        ("pyproject.toml:2", "edition"),
        ("pyproject.toml:3", "nope"),
    }


@pytest.mark.parametrize("name", ["a b", "-shop", "shop-", "/shop", "läden", "a\n"])
def test_a_name_that_no_package_index_takes(project: Project, name: str) -> None:
    messages = [
        f.message for f in project.toml(f"[tool.bigflow]\nname = {name!r}\npackage = 'shop'".replace("'", '"')).wrong()
    ]
    assert messages == [f"'name' cannot be '{name}'"]


@pytest.mark.parametrize("text", ['[tool.bigflow]\nedition = "2026"', "[bigflow-project]", "[project]", ""])
def test_a_project_without_a_name(project: Project, text: str) -> None:
    (finding,) = project.toml(text).wrong()
    assert finding.message == "the project has no name"
    assert "[tool.bigflow]" in finding.hint


def test_an_empty_folder(tmp_path: Path) -> None:
    with pytest.raises(InvalidProject) as caught:
        read_spec(str(tmp_path))
    assert [f.message for f in caught.value.findings] == [
        "the project has no name",
        "the project package is missing: there is no project_package/__init__.py",
    ]


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ('[tool.bigflow]\nname = "shop\n', 2),
        ("[tool.bigflow]\n\nname : shop", 3),
        ('[tool.bigflow]\nname = "a"\nname = "b"\n', 3),
        ("[tool.bigflow]\nname = [1,\n2,", 3),
    ],
)
def test_a_file_that_is_no_toml_is_the_only_thing_told(project: Project, text: str, line: int) -> None:
    (finding,) = project.toml(text).wrong()
    assert finding.message.startswith("not valid TOML: ")
    assert finding.where == f"pyproject.toml:{line}"


def test_a_file_that_is_no_text(project: Project) -> None:
    (project.folder / "pyproject.toml").write_bytes(b'[tool.bigflow]\nname = "caf\xe9"\n')
    (finding,) = project.wrong()
    assert (finding.where, "UTF-8" in finding.message) == ("pyproject.toml:2", True)


@pytest.mark.parametrize(
    "text", ["tool = 1", "project = 1", "tool.bigflow = 1", "bigflow-project = []", "[[tool.bigflow]]"]
)
def test_a_table_that_is_none(project: Project, text: str) -> None:
    findings = project.toml(text).wrong()
    assert any("must be a table" in f.message and f.where == "pyproject.toml:1" for f in findings), findings


def test_the_line_is_found_among_look_alikes(project: Project) -> None:
    text = (
        '[tool.other]\nname = "x"\nedition = "x"\n\n[project]\nname = "shop"\n\n# name = 1\n'
        '[ tool . "bigflow" ]  # ours\n'
        'author = "edition = 1"\n"name" = "shop"\nedition="1"\n'
    )
    (finding,) = project.toml(text).wrong()
    assert finding.where == "pyproject.toml:12"


def test_a_dotted_key_and_an_inline_table_have_lines_too(project: Project) -> None:
    dotted = project.toml('[tool]\nx = 1\nbigflow.name = "shop"\nbigflow.edition = "1"\n').wrong()
    assert dotted[0].where == "pyproject.toml:4"
    inline = project.toml('[tool.bigflow]\nname = "shop"\nimage = { builder = "x" }\n').wrong()
    assert inline[0].where == "pyproject.toml:3"


def test_other_names_in_the_tool_table_of_1_11_are_for_setuptools(project: Project) -> None:
    spec = project.toml(
        '[bigflow-project]\nname = "shop"\nentry_points = { console_scripts = ["a=b:c"] }\nwhatever_x = 1\n'
    ).read()
    assert spec.setuptools == (("entry_points", {"console_scripts": ["a=b:c"]}), ("whatever_x", 1))
    (finding,) = project.toml('[bigflow-project]\nname = "shop"\ndocker_repositry = "x"\n').wrong()
    assert finding == Finding("unknown key 'docker_repositry'", "pyproject.toml:3", "did you mean 'docker_repository'?")


def test_the_folder_of_tests_is_not_the_package_whatever_its_name(project: Project) -> None:
    project.package("checks")
    assert project.toml('[tool.bigflow]\nname = "x"\ntests = "checks"').read().package == "shop"


def test_a_package_that_cannot_be_told_is_wrong_where_the_name_is(project: Project) -> None:
    project.package("store")
    (finding,) = project.toml('[tool.bigflow]\nname = "x"').wrong()
    assert (finding.message, finding.where) == (
        "several packages could be the project's: shop, store",
        "pyproject.toml:2",
    )


@pytest.mark.parametrize("name", ["a/b", "../shop", "a.b", "1a", "shop/"])
def test_a_package_that_cannot_be_imported(project: Project, name: str) -> None:
    (finding,) = project.toml(f'[tool.bigflow]\nname = "shop"\npackage = "{name}"').wrong()
    assert finding.where == "pyproject.toml:3"


@pytest.mark.parametrize(("folders", "expected"), [((), "test"), (("tests",), "tests"), (("test", "tests"), "test")])
def test_where_tests_are_when_nobody_says(project: Project, folders: tuple[str, ...], expected: str) -> None:
    for folder in folders:
        (project.folder / folder).mkdir()
    assert project.toml('[tool.bigflow]\nname = "shop"').read().tests == expected


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=5,
)


@given(st.sampled_from(KEYS), JSON)
def test_any_value_is_either_of_its_type_or_one_finding(key: str, value: object) -> None:
    ask = {
        "text": lambda a: a.text(key),
        "flag": lambda a: a.flag(key),
        "texts": lambda a: a.texts(key),
        "table": lambda a: a.table(key),
        "choice": lambda a: a.choice(key, ("a", "b")),
        "folder": lambda a: a.folder(key, "/root"),
    }
    for kind, question in ask.items():
        answers = Answers([Said(key, value, "x:1")])
        told = question(answers)
        assert len(answers.findings) <= 1
        if answers.findings:
            assert told in (None, ()), kind
            assert answers.findings[0].where == "x:1"
            assert f"'{key}'" in answers.findings[0].message
