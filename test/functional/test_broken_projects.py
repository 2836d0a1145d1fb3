"""Projects that cannot be read: everything that is wrong is told at once, with its place and what to do."""

import json
from collections.abc import Callable
from pathlib import Path

import pytest
from support.cli import bigflow, write_files
from support.snapshots import Snapshot

CASES = (
    "broken_modules: workflows",
    "broken_modules: run -w talkative",
    "broken_modules: run -w fine",
    "broken_modules: run -w nowhere_else",
    "broken_modules: workflows --json",
    "clashing_ids: workflows",
    "clashing_ids: run -w daily",
    "clashing_ids: run -w hourly",
    "wrong_graphs: workflows",
    "wrong_graphs: run -w circle",
    "wrong_graphs: run -w nothing",
    "wrong_graphs: run -j strangers.d",
    "wrong_graphs: workflows show circle",
    "wrong_ids: workflows",
    "no_workflow: workflows",
    "no_workflow: workflows --json",
    "no_workflow: run -w daily",
    "no_package: workflows",
    "no_package: run -w daily --project-package shop",
    "several_packages: workflows",
    "bad_pyproject: workflows",
    "configurations: run -j settings.show",
    "configurations: run -j settings.show_bucket",
    "configurations: run -j settings.show_bucket -c circle",
    "configurations: run -j settings.show_bucket -c typo",
    "configurations: run -j settings.show_bucket -c porduction",
    "configurations: run -j settings.show_misspelt",
    "resources_gone: run -w reading --parallel 1",
    "nested: workflows",
    "nested: workflows --json",
    "nested: workflows show sales.daily",
    "good: workflows",
    "good: workflows --json",
    "good: workflows show daily",
    "good: workflows show daily --format mermaid",
    "good: workflows show daily --json",
    "good: workflows show dialy",
    "legacy_setup: run -w hello",
    "legacy_computed: run -w hello",
    "legacy_project_setup: run -w hello",
    "legacy_setup: workflows",
    "legacy_computed: project-version",
)


@pytest.mark.parametrize("case", CASES)
def test_reading(case: str, project: Callable[[str], Path], snapshot: Snapshot) -> None:
    name, _, words = case.partition(": ")
    when = ["-r", "2026-01-02"] if words.startswith("run") else []
    snapshot.check(bigflow(*words.split(), *when, cwd=project(name)))


TEXTS = {
    "toml": {"pyproject.toml": "[tool.bigflow]\nname = shop\n"},
    "latin_1": {"pyproject.toml": "# x\n[tool.bigflow]\nname = 'LATIN'\n"},
    "setup_exits": {"setup.py": "import sys\nimport bigflow.build\nsys.exit(7)\nbigflow.build.setup(name=f())\n"},
    "setup_raises": {"setup.py": "import bigflow.build\n\nbigflow.build.setup(name=open('nowhere').read())\n"},
    "setup_syntax": {"setup.py": "import bigflow.build\nbigflow.build.setup(name='shop'\n"},
    "config_raises": {"pyproject.toml": "GOOD", "deployment_config.py": "import nowhere_at_all\n"},
    "config_exits": {"pyproject.toml": "GOOD", "deployment_config.py": "import sys\nsys.exit(0)\n"},
    "config_syntax": {"pyproject.toml": "GOOD", "deployment_config.py": "deployment_config = (\n"},
    "config_is_none": {"pyproject.toml": "GOOD", "deployment_config.py": "deployment_config = {}\n"},
    "config_two_defaults": {
        "pyproject.toml": "GOOD",
        "deployment_config.py": "from bigflow import Config\n\n"
        "deployment_config = Config('a', {}).add_configuration('b', {}, is_default=True)\n",
    },
}


@pytest.mark.parametrize("what", TEXTS)
def test_file(what: str, tmp_path: Path, snapshot: Snapshot) -> None:
    good = '[tool.bigflow]\nname = "shop"\nedition = "2026"\n'
    files = {name: text.replace("GOOD", good) for name, text in TEXTS[what].items()}
    root = write_files(tmp_path / "project", {"shop/__init__.py": "", **files})
    if what == "latin_1":
        path = root / "pyproject.toml"
        path.write_bytes(path.read_bytes().replace(b"LATIN", b"\xbf\xf3\xb3w"))
    snapshot.check(bigflow("run", "-w", "daily", "-r", "2026-01-02", cwd=root))


def test_findings_as_json_have_places(project: Callable[[str], Path]) -> None:
    told = json.loads(bigflow("workflows", "--json", cwd=project("clashing_ids")).out)
    assert told["exit_code"] == 2
    assert all(finding["where"].startswith("shop/") for finding in told["findings"]), told


def test_a_dotenv_file_gives_secrets(project: Callable[[str], Path]) -> None:
    root = project("configurations")
    (root / ".env.local").write_text("# for this machine only\nexport bf_password='s3cret word'\n")
    result = bigflow("run", "-j", "settings.show", "-c", "local", cwd=root / "shop")
    assert (result.code, "s3cret word" in result.out) == (0, True), result.err
    other = bigflow("run", "-j", "settings.show", "-c", "circle", cwd=root)
    assert "s3cret" not in other.out + other.err
