"""`bigflow build` of a service in TypeScript, with the real npm: what it leaves, and what it says of mistakes."""

import json
import shutil
import tarfile
from collections.abc import Iterator
from pathlib import Path

import pytest
from support.cli import PROJECTS, Result, bigflow
from support.needs import missing

from bigflow.artifacts import read_manifest


@pytest.fixture(scope="module")
def installed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The service as its author has it after one whole build."""
    if shutil.which("npm") is None:
        missing("npm", "it is not installed")
    root = tmp_path_factory.mktemp("node") / "quote-service"
    shutil.copytree(PROJECTS / "quote_service", root)
    (root / "Dockerfile").unlink()
    done = build(root)
    assert done.code == 0, done.err
    return root


@pytest.fixture
def service(installed: Path, tmp_path: Path) -> Iterator[Path]:
    """A copy to break."""
    root = tmp_path / "quote-service"
    shutil.copytree(installed, root, symlinks=True)
    yield root


def build(root: Path, *words: str) -> Result:
    env = {"XDG_CACHE_HOME": str(root.parent / "cache")}
    return bigflow("build", *words, cwd=root, env=env, timeout=300)


def change(root: Path, **changes: object) -> None:
    """Keys of package.json; None takes one away."""
    path = root / "package.json"
    document = {**json.loads(path.read_text()), **changes}
    path.write_text(json.dumps({key: value for key, value in document.items() if value is not None}, indent=2))


def settle(root: Path, **settings: object) -> None:
    change(root, bigflow={"build": {"audit": "off", **settings}})


def failures(done: Result) -> list[str]:
    """The lines that tell what is wrong, without those of logs."""
    lines = done.err.splitlines()
    begins = next((number for number, line in enumerate(lines) if line.startswith("  FAIL")), len(lines))
    told = [line.strip() for line in lines[begins:]]
    return [line for line in told if line and not line.startswith(("|", "log:", "only that", ".."))]


def test_what_a_build_leaves(installed: Path) -> None:
    manifest = read_manifest(str(installed / "build/manifest.json"))
    assert manifest is not None
    assert {one.kind: (one.path, one.version) for one in manifest.artifacts} == {
        "archive": ("build/packages/quote-service-1.4.0.tgz", "1.4.0"),
        "sbom": ("build/sbom.cdx.json", "1.4.0"),
    }
    with tarfile.open(installed / "build/packages/quote-service-1.4.0.tgz") as archive:
        assert "package/dist/main.js" in archive.getnames()
    bill = json.loads((installed / "build/sbom.cdx.json").read_text())
    assert "typescript" in {one["name"] for one in bill["components"]}
    assert not {"serialNumber", "timestamp"} & {*bill, *bill["metadata"]}


def test_nothing_changed(service: Path) -> None:
    """Also in another place: what was recorded is about contents."""
    done = build(service)
    assert done.code == 0
    steps = [line.split()[:2] for line in done.err.splitlines() if line.startswith(("  ok", "  --"))]
    assert [name for mark, name in steps if mark == "ok"] == ["sizes", "manifest"]
    assert ["--", "tests"] in steps


def test_a_changed_line_is_compiled_tested_and_packed_again(service: Path) -> None:
    source = service / "src/quote.ts"
    source.write_text(source.read_text().replace("0.9", "0.8"))
    done = build(service)
    assert done.code == 1
    assert failures(done)[0].startswith("FAIL tests")
    assert "compile        not run: pre_build did not succeed" in done.err


def test_a_type_error_has_its_place(service: Path) -> None:
    with (service / "src/quote.ts").open("a") as file:
        file.write("\nexport const wrong: number = 'text';\n")
    told = failures(build(service, "--only", "types"))
    assert told[0] == "FAIL types          tsc --noEmit --pretty false found 1 problem"
    assert "TS2322: Type 'string' is not assignable to type 'number'." in told
    assert told.count("at: src/quote.ts:8") == 2


def test_a_linter_that_complains_has_its_place(service: Path) -> None:
    with (service / "src/quote.ts").open("a") as file:
        file.write("\nexport var old = 1;\n")
    told = failures(build(service, "--only", "lint"))
    assert told[:2] == ["FAIL lint           npm run lint found 1 problem", "at: src/quote.ts:8"]


def test_a_build_that_leaves_nothing(service: Path) -> None:
    change(service, scripts={"build": "true"})
    shutil.rmtree(service / "dist")
    told = failures(build(service, "--only", "compile"))
    assert told[:3] == [
        "FAIL compile        the script build did not leave dist",
        "at: package.json",
        'hint: "bigflow": {"outputs": [...]} in package.json says what it leaves',
    ]


def test_an_archive_without_what_package_json_promises(service: Path) -> None:
    change(service, types="dist/main.d.ts")
    told = failures(build(service, "--only", "package"))
    assert told[0] == "FAIL package        the archive has no dist/main.d.ts, which package.json promises"


def test_no_lock(service: Path) -> None:
    (service / "package-lock.json").unlink()
    told = failures(build(service, "--only", "dependencies"))
    assert told[0] == "FAIL dependencies   there is no package-lock.json: what package.json requires is not pinned"
    assert told[2] == "hint: npm install --package-lock-only"


def test_a_lock_that_is_out_of_step(service: Path) -> None:
    change(service, dependencies={"left-pad": "1.3.0"})
    told = failures(build(service, "--only", "dependencies"))
    assert told[0] == "FAIL dependencies   package-lock.json is not what package.json asks for"
    assert told[2] == "hint: npm install --package-lock-only, and commit it"


def test_a_broken_lock(service: Path) -> None:
    (service / "package-lock.json").write_text('{"lockfileVersion": 3,')
    told = failures(build(service, "--only", "dependencies"))
    assert told[0] == "FAIL dependencies   package-lock.json cannot be read"
    assert told[1] == "at: package-lock.json"
    assert "npm install --package-lock-only" in told[2]


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ('{\n "name" "a"\n}', "error: this is not JSON: Expecting ':' delimiter"),
        ("[]", "error: this is not a package.json: it holds no object"),
        ('{"scripts": []}', "error: scripts must be an object"),
        ('{"bigflow": {"biuld": {}}}', "error: there is no bigflow.biuld"),
        ('{"bigflow": {"build": {"smoke": "8080"}}}', "error: build.smoke cannot be '8080'"),
        ('{"bigflow": {"image": {"builder": "kaniko"}}}', "error: bigflow.image.builder cannot be 'kaniko'"),
        ('{"bigflow": {"outputs": ["../dist"]}}', "error: bigflow.outputs cannot have '../dist'"),
        ('{"bigflow": {"outputs": "dist"}}', "error: bigflow.outputs must be a list"),
    ],
)
def test_a_package_json_that_is_wrong(text: str, message: str, tmp_path: Path) -> None:
    (tmp_path / "package.json").write_text(text)
    done = build(tmp_path)
    assert done.code == 2
    assert done.err.splitlines()[0] == message
    assert "package.json" in done.err.splitlines()[1]


def test_settings_that_name_a_script_which_is_not_there(service: Path) -> None:
    settle(service, lint="npm run lnt")
    told = failures(build(service, "--only", "lint"))
    assert told[:3] == [
        "FAIL lint           there is no script 'lnt'",
        "at: package.json",
        "hint: did you mean 'lint'?",
    ]


def test_scripts_that_are_missing_are_not_needed(service: Path) -> None:
    change(service, scripts={"build": "tsc"}, private=True)
    done = build(service)
    assert done.code == 0, done.err
    for step, reason in (
        ("lint", "not needed: package.json has no script lint"),
        ("package", "not needed: package.json says that it is private"),
        ("image", "not needed: there is no Dockerfile"),
    ):
        assert f"  --   {step:<14} {reason}" in done.err
    assert "warn tests          there are no tests: package.json has no script test" in done.err


def test_a_step_that_hangs_is_stopped(service: Path) -> None:
    settle(service, tests="sleep 60", timeouts={"tests": 1})
    told = failures(build(service, "--only", "tests"))
    assert told[0] == "FAIL tests          tests was stopped at its time limit of 1 seconds"
    assert told[2] == 'hint: timeouts = { tests = 2 } under "build" of "bigflow" in package.json gives it more'


def test_commands_that_know_no_node_say_so(service: Path) -> None:
    done = bigflow("build-dags", cwd=service)
    assert (done.code, done.err.splitlines()[0]) == (2, "error: a Node project has nothing that build-dags could build")
    assert bigflow("workflows", cwd=service).code == 2


def test_builds_of_a_service_are_in_its_history(service: Path) -> None:
    done = bigflow("builds", "--json", cwd=service)
    assert [one["version"] for one in json.loads(done.out)] == ["1.4.0"]


def test_a_project_beside_a_service_is_built_as_what_it_is(service: Path, tmp_path: Path) -> None:
    """A mixed repository: each command is about the nearest of the two."""
    (tmp_path / "pyproject.toml").write_text('[tool.bigflow]\nname = "whole"\nedition = "2026"\n')
    (tmp_path / "whole").mkdir()
    (tmp_path / "whole/__init__.py").touch()
    assert "quote-service 1.4.0" in build(service, "--only", "sizes").err
    assert "whole" in build(tmp_path, "--only", "configuration").err
