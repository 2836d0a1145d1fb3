"""docs/reference/manifest.md says what is in `build/manifest.json`: every field, every kind of artifact."""

import json
import re
from pathlib import Path

from bigflow.artifacts.artifact import KINDS, Artifact, Part
from bigflow.artifacts.manifest import SCHEMA, Manifest

PAGE = (Path(__file__).parents[2] / "docs" / "reference" / "manifest.md").read_text(encoding="utf-8")
ARTIFACT = Artifact("dag", ".dags", 1, "a", "1.0", "b", (Part("daily.py", 1, "a"),), (("airflow", "3"),), "gpu")
MANIFEST = json.loads(Manifest("shop", "shop", "1.0", None, (ARTIFACT,)).to_json())


def rows(text: str) -> dict[str, str]:
    return dict(re.findall(r"^\| `(\w+)` \| (.*) \|$", text, re.MULTILINE))


def test_every_field_has_its_line() -> None:
    whole, artifact = map(rows, PAGE.split("Each artifact:"))
    (written,) = MANIFEST["artifacts"]
    assert list(whole) == list(MANIFEST)
    assert list(artifact) == list(written)
    assert re.findall(r"`(\w+)`", artifact["files"]) == list(written["files"][0])


def test_the_schema_and_the_kinds_are_those_of_the_code() -> None:
    assert rows(PAGE)["schema"] == str(SCHEMA)
    assert tuple(re.findall(r"`([\w-]+)`", rows(PAGE)["kind"].split(";")[0])) == KINDS
