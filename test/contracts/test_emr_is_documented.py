"""docs/reference/emr.md says what builder/emr reads and writes, and its example can be read."""

import json
import re
import tomllib
from pathlib import Path

from bigflow.artifacts.emr_bundle import Dependencies, EmrBundle
from bigflow.builder.emr.places import DEPENDENCIES, JARS, SCRIPTS, UPLOAD, WHEEL
from bigflow.builder.emr.releases import DEFAULT, release_of
from bigflow.builder.emr.settings import DEPENDENCIES as WAYS
from bigflow.builder.emr.settings import JAR_KEYS, KEYS, PLATFORMS, PROVIDED, emr_settings
from bigflow.project.spec import read_spec

PAGE = (Path(__file__).parents[2] / "docs" / "reference" / "emr.md").read_text(encoding="utf-8")


def rows(heading: str) -> list[tuple[str, ...]]:
    """The cells of the table under a heading."""
    section = re.split(rf"^## {heading}$", PAGE, flags=re.MULTILINE)[1].split("\n## ")[0]
    lines = [line for line in section.splitlines() if line.startswith("|")][2:]
    return [tuple(cell.strip() for cell in line.strip("|").split("|")) for line in lines]


def test_every_key_has_its_line() -> None:
    assert [name.strip("`") for name, *_ in rows("Keys")] == list(KEYS)
    told = {name.strip("`"): (value, default) for name, value, default in rows("Keys")}
    assert told["release"][1] == f'`"{DEFAULT}"`'
    assert tuple(re.findall(r'"([\w/]+)"', told["platform"][0])) == PLATFORMS
    assert tuple(re.findall(r'"(\w+)"', told["dependencies"][0])) == WAYS
    assert tuple(re.findall(r"`(\w+)`", told["provided"][1])) == PROVIDED


def test_every_key_of_a_jar_is_shown() -> None:
    shown = {key for name, _ in rows("Jars") for key in re.findall(r"(\w+) =", name)}
    assert shown == set(JAR_KEYS)


def test_releases_are_those_of_the_code() -> None:
    for names, pythons, glibc in rows("Releases"):
        release = release_of(re.findall(r"`(emr-\S+)`", names)[0].replace(".x", ".1"))
        assert release is not None and (", ".join(release.pythons), release.glibc) == (pythons, glibc)


def test_every_file_has_its_line() -> None:
    told = [name.strip("`") for name, _ in rows("What is in build_output")]
    patterns = [f"{WHEEL}/*.whl", *DEPENDENCIES.values(), f"{SCRIPTS}/*.py", f"{JARS}/*.jar"]
    assert told == [*patterns, "deployment_manifest.json", UPLOAD]


def test_every_field_of_the_manifest_has_its_line() -> None:
    bundle = EmrBundle("", "", "", "", "", Dependencies("zip", ""), (), (), ())
    written = json.loads(bundle.to_json())
    told = {name.strip("`"): value for name, value in rows("deployment_manifest.json")}
    assert list(told) == list(written)
    assert set(written["dependencies"]) <= set(re.findall(r"`(\w+)`", told["dependencies"]))
    assert set(written["spark_submit"]) <= set(re.findall(r"`([\w-]+)`", told["spark_submit"]))


def test_the_example_can_be_read(tmp_path: Path) -> None:
    (example,) = re.findall(r"```toml\n(.*?)```", PAGE, re.DOTALL)
    assert tomllib.loads(example)
    (tmp_path / "shop").mkdir()
    (tmp_path / "shop" / "__init__.py").touch()
    (tmp_path / "pyproject.toml").write_text(f'[tool.bigflow]\nname = "shop"\n\n{example}')
    settings = emr_settings(read_spec(str(tmp_path)))
    assert settings is not None and len(settings.jars) == 2
