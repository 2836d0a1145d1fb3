from pathlib import Path

import pytest
from support.cli import write_files

from bigflow.builder.emr.releases import release_of
from bigflow.builder.emr.settings import PROVIDED, EmrSettings, Jar, emr_settings
from bigflow.errors import InvalidProject
from bigflow.project.spec import read_spec

SHA = "ab" * 32


def read(root: Path, table: str | None, python: str = "") -> EmrSettings | None:
    said = "" if table is None else f"\n[tool.bigflow.emr]\n{table}\n"
    head = '[tool.bigflow]\nname = "shop"\n' + (f'python = "{python}"\n' if python else "")
    write_files(root, {"pyproject.toml": head + said, "shop/__init__.py": ""})
    return emr_settings(read_spec(str(root)))


def wrong(root: Path, table: str) -> list[str]:
    with pytest.raises(InvalidProject) as caught:
        read(root, table)
    assert all(finding.where.startswith("pyproject.toml:") for finding in caught.value.findings)
    return [f"{finding.message} | {finding.hint}" for finding in caught.value.findings]


def test_without_the_table_there_is_no_emr(tmp_path: Path) -> None:
    assert read(tmp_path, None) is None


def test_an_empty_table_means_emr_7(tmp_path: Path) -> None:
    assert read(tmp_path, "") == EmrSettings("3.11", "/usr/bin/python3.11", "2.34", "linux/amd64")


@pytest.mark.parametrize(
    ("release", "project", "python", "glibc"),
    [
        ("emr-6.15.0", "", "3.7", "2.26"),
        ("emr-7.0.0", "3.11", "3.9", "2.34"),
        ("emr-7.5.0", "", "3.11", "2.34"),
        ("emr-7.5.0", "3.9", "3.9", "2.34"),
        ("emr-7.13.0", "3.12", "3.11", "2.34"),
        ("emr-spark-8.0.0", "3.12.4", "3.12", "2.34"),
        ("emr-spark-8.0.0", "", "3.13", "2.34"),
    ],
)
def test_a_release_says_the_rest(release: str, project: str, python: str, glibc: str, tmp_path: Path) -> None:
    settings = read(tmp_path, f'release = "{release}"', project)
    assert settings == EmrSettings(python, f"/usr/bin/python{python}", glibc, "linux/amd64")


@pytest.mark.parametrize("name", ["", "7.5.0", "emr-5.36.0", "emr-9.0.0", "emr-spark-7.0.0", "emr-7", "emr-7.x.0"])
def test_what_is_no_release_that_is_known(name: str) -> None:
    assert release_of(name) is None


def test_an_unknown_release_does_if_all_else_is_said(tmp_path: Path) -> None:
    settings = read(tmp_path, 'release = "emr-12.0.0"\npython = "3.14"\nglibc = "2.40"')
    assert settings == EmrSettings("3.14", "/usr/bin/python3.14", "2.40", "linux/amd64")


def test_what_the_user_says_wins(tmp_path: Path) -> None:
    settings = read(
        tmp_path,
        'python = "3.12"\ninterpreter = "/opt/python/bin/python"\nglibc = "2.28"\nplatform = "linux/arm64"\n'
        'entry_scripts = ["jobs/*.py"]\ndependencies = "environment"\nprovided = ["Foo_Bar"]\n'
        f'maven = "https://maven.example/m2"\njars = ["jars/*.jar", "org.x:y:1.0", {{ url = "https://x/z.jar", '
        f'sha256 = "{SHA}" }}, {{ maven = "a:b:1:all", sha256 = "{SHA}" }}]',
    )
    assert settings == EmrSettings(
        python="3.12",
        interpreter="/opt/python/bin/python",
        glibc="2.28",
        platform="linux/arm64",
        entry_scripts=("jobs/*.py",),
        dependencies="environment",
        provided=("foo-bar",),
        jars=(
            Jar(path="jars/*.jar"),
            Jar(maven="org.x:y:1.0"),
            Jar(url="https://x/z.jar", sha256=SHA),
            Jar(maven="a:b:1:all", sha256=SHA),
        ),
        maven="https://maven.example/m2",
    )


def test_all_mistakes_are_told_at_once(tmp_path: Path) -> None:
    told = wrong(
        tmp_path, 'relase = "emr-7.5.0"\nplatform = "windows"\ndependencies = 1\npython = 3.11\nprovided = "x"'
    )
    assert told == [
        "there is no emr.relase | did you mean 'release'?",
        'emr.python cannot be 3.11 | for example python = "3.11"',
        "emr.platform cannot be 'windows' | one of linux/amd64, linux/arm64",
        "emr.dependencies cannot be 1 | one of auto, zip, environment",
        f'emr.provided must be a list of texts | provided = ["{PROVIDED[0]}"]',
    ]


@pytest.mark.parametrize(
    ("table", "told"),
    [
        ('release = "emr-9.9.9"', "emr.release cannot be 'emr-9.9.9'"),
        ("release = 7", "emr.release cannot be 7"),
        ('release = "emr-7.5.0"\npython = "3.12"', "emr.python is '3.12', and emr-7.5.0 has 3.9 and 3.11"),
        ('interpreter = "python3"', "emr.interpreter cannot be 'python3'"),
        ('glibc = "2"', "emr.glibc cannot be '2'"),
        ("entry_scripts = [1]", "emr.entry_scripts must be a list"),
        ('maven = "maven.example"', "emr.maven cannot be 'maven.example'"),
        ('jars = "x.jar"', "emr.jars must be a list"),
        ("jars = [1]", "emr.jars cannot have 1"),
        ('jars = [""]', "a jar of emr.jars is empty"),
        ('jars = ["a:b"]', "'a:b' is no Maven coordinate"),
        ('jars = ["a:b:[1,2)"]', "'a:b:[1,2)' is no Maven coordinate"),
        ('jars = ["a:b:1-SNAPSHOT"]', "the jar a:b:1-SNAPSHOT has no exact version"),
        ('jars = ["a:b:LATEST"]', "the jar a:b:LATEST has no exact version"),
        ('jars = ["ftp://x/y.jar"]', "'ftp://x/y.jar' is no Maven coordinate"),
        ('jars = [{ url = "x.jar" }]', "'x.jar' is no address of a jar"),
        ('jars = [{ maven = "a:b:1", path = "x" }]', "has one of maven, url and path, not maven, path"),
        ('jars = [{ sha256 = "1" }]', "has one of maven, url and path, not sha256"),
        ('jars = [{ mavn = "a:b:1" }]', "there is no emr.jars.mavn | did you mean 'maven'?"),
        ('jars = [{ maven = "a:b:1", sha256 = "XYZ" }]', "the sha256 of the jar a:b:1 cannot be 'XYZ'"),
    ],
)
def test_each_mistake(table: str, told: str, tmp_path: Path) -> None:
    (message,) = wrong(tmp_path, table)
    assert told in message


def test_what_is_no_table(tmp_path: Path) -> None:
    write_files(tmp_path, {"pyproject.toml": '[tool.bigflow]\nname = "shop"\nemr = 1\n', "shop/__init__.py": ""})
    with pytest.raises(InvalidProject, match="'emr' must be a table"):
        read_spec(str(tmp_path))
