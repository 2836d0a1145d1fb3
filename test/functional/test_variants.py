"""Variants as their users build them: two sets of dependencies, one tree that nothing is written into."""

import json
import os
import subprocess
import zipfile
from pathlib import Path

import pytest
from support.cli import Result, bigflow, copy_project, write_files
from support.shop import surroundings

from bigflow.artifacts import Manifest, read_manifest

IGNORED = "/dist/\n/build/\n/.image/\n/.dags/\n/.bigflow/\n/.venv/\n__pycache__/\n"


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("home")


@pytest.fixture(scope="module")
def tree(tmp_path_factory: pytest.TempPathFactory, home: Path) -> Path:
    """Committed, and built once in both variants; the locks that this made are committed, too."""
    root = write_files(
        copy_project("dual_variant", tmp_path_factory.mktemp("dual") / "project"), {".gitignore": IGNORED}
    )
    git(root, "init", "-q")
    commit(root)
    assert told(build(root, home, "--variant", "all")) == ("binary: succeeded", "source: succeeded")
    assert status(root) == ["?? resources/requirements.binary.txt", "?? resources/requirements.source.txt"]
    commit(root)
    return root


def git(root: Path, *words: str) -> str:
    identity = ("-c", "user.name=a", "-c", "user.email=a@example.com")
    return subprocess.run(["git", *identity, *words], cwd=root, check=True, capture_output=True, text=True).stdout


def commit(root: Path) -> None:
    git(root, "add", "-A")
    git(root, "commit", "-qm", "all")


def status(root: Path) -> list[str]:
    return git(root, "status", "--short").splitlines()


def build(root: Path, home: Path, *words: str, command: str = "build-package") -> Result:
    return bigflow(command, *words, cwd=root, env=surroundings(home), timeout=300)


def told(result: Result) -> tuple[str, ...]:
    """What came of each variant."""
    assert result.code == 0, result.err
    return tuple(line.partition(" in ")[0] for line in result.err.splitlines() if " | " not in line)


def manifest_of(root: Path) -> Manifest:
    manifest = read_manifest(str(root / "build" / "manifest.json"))
    assert manifest is not None
    return manifest


def metadata(root: Path, variant: str) -> list[str]:
    (wheel,) = manifest_of(root).of_variant(variant).of_kind("wheel")
    with zipfile.ZipFile(root / wheel.path) as archive:
        name = next(name for name in archive.namelist() if name.endswith("/METADATA"))
        return archive.read(name).decode().splitlines()


def test_wheels_and_locks_differ_and_the_tree_is_untouched(tree: Path, home: Path) -> None:
    result = build(tree, home, "--variant", "all")
    assert told(result) == ("binary: succeeded", "source: succeeded")
    assert "binary | Built dual 1.2.0+binary" in result.err
    assert status(tree) == []
    assert not (tree / "pyproject.toml").exists()
    assert sorted(path.name for path in (tree / "dist").iterdir()) == [
        "dual-1.2.0+binary-py3-none-any.whl",
        "dual-1.2.0+source-py3-none-any.whl",
    ]
    assert "Requires-Dist: markupsafe>=2" in metadata(tree, "binary")
    assert "Requires-Dist: six>=1.16" in metadata(tree, "source")
    locks = [(tree / "resources" / f"requirements.{name}.txt").read_text() for name in ("binary", "source")]
    assert ["markupsafe==2.1.5" in lock for lock in locks] == [True, False]
    assert ["six==1.16.0" in lock for lock in locks] == [False, True]


def test_a_new_lock_counts_in_the_version_of_the_build_that_made_it(tree: Path, home: Path, tmp_path: Path) -> None:
    root = tmp_path / "project"
    subprocess.run(["cp", "-r", str(tree), str(root)], check=True)
    for file in root.glob("pyproject.*.toml"):
        file.write_text(file.read_text().replace('version = "1.2.0"', 'dynamic = ["version"]'))
    (root / "resources" / "requirements.source.in").write_text("six==1.17.0\n")
    commit(root)
    clean = json.loads(bigflow("project-version", "--json", "--git-commit", "HEAD", cwd=root).out)["version"]
    versions = []
    for _ in range(2):
        out = build(root, home, "--variant", "source", "--json", "--skip", "pre_build").out
        versions.append(json.loads(out.splitlines()[-1])["version"])
    assert versions[0] == versions[1] != f"{clean}.source"


def test_each_has_its_own_reports_and_history(tree: Path, home: Path) -> None:
    build(tree, home, "--variant", "source")
    for name in ("binary", "source"):
        folder = tree / "build" / "variants" / name
        assert (folder / "report.html").is_file()
        assert (folder / "junit-reports" / "report.xml").is_file()
        sums = (folder / "SHA256SUMS").read_text()
        subprocess.run(["sha256sum", "-c", "--quiet"], cwd=tree, input=sums, text=True, check=True)
    builds = json.loads(bigflow("builds", "--json", cwd=tree).out)
    assert {build["version"] for build in builds} == {"1.2.0+binary", "1.2.0+source"}
    assert {artifact["variant"] for build in builds for artifact in build["artifacts"]} == {"binary", "source"}
    assert builds[0]["variant"] == "source"


def test_nothing_is_done_twice(tree: Path, home: Path) -> None:
    build(tree, home, "--variant", "binary")
    ended = json.loads(build(tree, home, "--variant", "binary", "--json").out.splitlines()[-1])
    states = {step: state for step, state in ended["steps"].items() if step not in ("sizes", "manifest")}
    assert set(states.values()) <= {"unchanged", "not needed", "left out"}


def test_the_exit_code_is_that_of_the_first_that_fails(tree: Path, home: Path, tmp_path: Path) -> None:
    root = tmp_path / "project"
    subprocess.run(["cp", "-r", str(tree), str(root)], check=True)
    test = "import unittest\nfrom pathlib import Path\n\n\nclass T(unittest.TestCase):\n    def test_it(self):\n"
    test += '        self.assertIn("C library", Path("pyproject.toml").read_text())\n'
    write_files(root, {"test/test_only_binary.py": test})
    result = build(root, home, "--variant", "all", "--only", "tests")
    assert result.code == 1
    assert "binary: succeeded" in result.err and "source: failed with code 1" in result.err


def test_all_as_json_says_whose_event_it_is(tree: Path, home: Path) -> None:
    result = build(tree, home, "--variant=all", "--only", "tests", "--json")
    events = [json.loads(line) for line in result.out.splitlines()]
    ended = {event["variant"]: event["version"] for event in events if event["event"] == "build_ended"}
    assert ended == {"binary": "1.2.0+binary", "source": "1.2.0+source"}
    assert result.err == ""


def test_what_users_get_wrong(tree: Path, home: Path) -> None:
    unknown = build(tree, home, "--variant", "binery")
    assert (unknown.code, unknown.err.splitlines()[0]) == (
        2,
        "error: there is no variant 'binery'; did you mean 'binary'?",
    )
    for words in (("run", "-w", "daily"), ("build-package",), ("workflows",)):
        result = bigflow(*words, cwd=tree)
        assert (result.code, result.err.splitlines()) == (
            2,
            [
                "error: the project has no pyproject.toml but those of binary, source",
                "  hint: say which one: --variant binary",
            ],
        )
    both = bigflow("run", "-w", "daily", "--variant", "all", cwd=tree)
    assert (both.code, both.err.splitlines()[0]) == (2, "error: --variant all is not for this command")


def test_a_mistake_is_told_in_the_file_that_has_it(tree: Path, home: Path, tmp_path: Path) -> None:
    root = copy_project("dual_variant", tmp_path / "project")
    path = root / "pyproject.source.toml"
    path.write_text(path.read_text().replace("edition", "editon"))
    result = build(root, home, "--variant", "source")
    assert result.code == 2
    assert "  at: pyproject.source.toml:15" in result.err.splitlines()


def test_a_variant_can_be_run(tree: Path) -> None:
    result = bigflow("run", "-j", "daily.say", "-r", "2026-11-19", "--variant", "source", cwd=tree)
    assert (result.code, result.out) == (0, "hello\n")
    assert "daily" in bigflow("workflows", "--variant", "binary", cwd=tree).out


def test_one_variant_is_deployed_and_it_has_to_be_said_which(tree: Path, home: Path, tmp_path: Path) -> None:
    root = tmp_path / "project"
    subprocess.run(["cp", "-r", str(tree), str(root)], check=True)
    for name in ("binary", "source"):
        result = build(root, home, "--variant", name, command="build-dags")
        assert result.code == 0, result.err
    unsaid = bigflow("deploy-dags", "-b", str(tmp_path / "dags"), "-r", f"oci-layout:{tmp_path / 'images'}", cwd=root)
    assert (unsaid.code, unsaid.err.splitlines()[0]) == (2, "error: which variant? The build has binary, source")
    wrong = bigflow("deploy-dags", "-b", str(tmp_path / "dags"), "--variant", "sauce", "-r", "oci-layout:x", cwd=root)
    assert "did you mean 'source'?" in wrong.err
    said = bigflow("deploy-dags", "-b", str(tmp_path / "dags"), "--variant", "source", "-r", "oci-layout:x", cwd=root)
    assert "the build has no image" in said.err


def test_a_lock_can_be_made_alone(tmp_path: Path, home: Path) -> None:
    root = copy_project("dual_variant", tmp_path / "project")
    result = build(root, home, "--variant", "binary", command="build-requirements")
    assert result.code == 0, result.err
    assert "resources/requirements.binary.txt: locked 1 package" in result.err
    assert (root / "resources" / "requirements.binary.txt").is_file()


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write everywhere")
def test_a_tree_that_cannot_be_written_into(tree: Path) -> None:
    os.chmod(tree, 0o500)
    try:
        assert bigflow("workflows", "--variant", "binary", cwd=tree).code == 4
    finally:
        os.chmod(tree, 0o700)


def test_the_project_as_such_and_its_variants_live_side_by_side(tmp_path: Path, home: Path) -> None:
    root = copy_project("dual_variant", tmp_path / "project")
    (root / "pyproject.binary.toml").rename(root / "pyproject.toml")
    (root / "pyproject.source.toml").unlink()
    with (root / "pyproject.toml").open("a") as file:
        file.write('\n[tool.bigflow.variants.light.project]\ndependencies = ["six"]\n')
    for words in (("--variant", "light"), (), ("--variant", "light")):
        result = build(root, home, *words, "--skip", "pre_build")
        assert result.code == 0, result.err
        (wheel,) = [path.name for path in (root / "dist").iterdir() if "light" in path.name]
        assert wheel == "dual-1.2.0+light-py3-none-any.whl"
    assert manifest_of(root).variants == ("", "light")
    assert manifest_of(root).version == "1.2.0"
    assert "Requires-Dist: markupsafe>=2" in metadata(root, "")
    assert "Requires-Dist: six" in metadata(root, "light")
    assert (root / "build" / "report.html").is_file()
