"""Git repositories made with each violation, alone and together: each is found once, and nothing else is."""

import os
from collections.abc import Callable
from pathlib import Path

import pytest
from support.cli import write_files
from support.doctrine import broken, clean_project, cloud_key, examine, git, private_key, token

from bigflow.artifacts.doctrine.rules import BIG

Spoil = Callable[[Path], None]


def tracked(path: str, text: str = "x\n") -> Spoil:
    def spoil(root: Path) -> None:
        write_files(root, {path: text})
        git(root, "add", "--force", "--", path)

    return spoil


def lies(path: str, text: str = "x\n") -> Spoil:
    return lambda root: write_files(root, {path: text}) and None


def without(file: str, line: str) -> Spoil:
    def spoil(root: Path) -> None:
        lines = (root / file).read_text().splitlines(keepends=True)
        assert f"{line}\n" in lines
        (root / file).write_text("".join(one for one in lines if one != f"{line}\n"))

    return spoil


def more(file: str, text: str) -> Spoil:
    def spoil(root: Path) -> None:
        with (root / file).open("a") as opened:
            opened.write(text)

    return spoil


def says(text: str) -> Spoil:
    return more("pyproject.toml", text)


def both(*acts: Spoil) -> Spoil:
    def spoil(root: Path) -> None:
        for act in acts:
            act(root)

    return spoil


def case_clash(root: Path) -> None:
    """As a clone on a file system without case could not make it."""
    blob = git(root, "hash-object", "-w", "--stdin", input=b"x\n")
    for path in ("shop/Rates.py", "shop/rates.py"):
        git(root, "update-index", "--add", "--cacheinfo", f"100644,{blob},{path}")


STEP = '[[tool.bigflow.build.steps]]\nphase = "build"\nname = "gen"\nrun = "true"\noutputs = ["shop/schema.avsc"]\n'
NO_TEXT = os.fsdecode(b"shop/\xff.py")
LOCK = "resources/requirements"
ARTIFACTS = says('[tool.bigflow.doctrine]\nlockfiles = "artifact"\n')
ALONE: dict[str, tuple[Spoil, list[tuple[str, str]]]] = {
    "nothing": (lambda root: None, []),
    "a build folder": (both(tracked("build/manifest.json"), tracked("build/a/b.txt")), [("outputs", "build")]),
    "a wheel": (tracked("dist/shop-0.1.0-py3-none-any.whl"), [("outputs", "dist")]),
    "DAG files": (tracked(".dags/daily.py"), [("outputs", ".dags")]),
    "a virtual environment": (tracked(".venv/pyvenv.cfg"), [("outputs", ".venv")]),
    "a folder that is only called so": (tracked("shop/build/plan.py"), []),
    "a file that is only called so": (tracked("dist"), []),
    "an output of the project's own step": (both(says(STEP), tracked("shop/schema.avsc"), more(
        ".gitignore", "# again: gen\n/shop/schema.avsc\n"), more(".dockerignore", "# again: gen\nshop/schema.avsc\n"),
    ), [("outputs", "shop/schema.avsc")]),
    "an output that nobody ignores": (says(STEP), [("ignore-files", ".dockerignore"), ("ignore-files", ".gitignore")]),
    "an output whose name is magic to git": (says(STEP.replace("shop/schema.avsc", ":(glob)x")),
                                             [("ignore-files", ".dockerignore"), ("ignore-files", ".gitignore")]),
    "bytecode": (tracked("shop/__pycache__/a.cpython-311.pyc"), [("caches", "shop/__pycache__")]),
    "bytecode beside its source": (tracked("shop/a.pyc"), [("caches", "shop/a.pyc"), ("docker-context", "shop/a.pyc")]),
    "a cache of a tool": (tracked(".mypy_cache/a.json"), [
        ("caches", ".mypy_cache"), ("docker-context", ".mypy_cache")]),
    "metadata of an installation": (tracked("shop.egg-info/PKG-INFO"), [("caches", "shop.egg-info")]),
    "generated code": (both(tracked("shop/rates.proto"), tracked("shop/rates_pb2.py"), more(
        ".dockerignore", "# bigflow build\n**/*_pb2*.py\n")), [("generated-code", "shop/rates_pb2.py")]),
    "generated code without its source": (both(tracked("shop/rates_pb2_grpc.py"), more(
        ".dockerignore", "# bigflow build\n**/*_pb2*.py\n")), [("generated-code", "shop/rates_pb2_grpc.py")]),
    "ignored sources of generated code": (more(".gitignore", "*.proto\n"), [("generated-code", ".gitignore:17")]),
    "git does not ignore": (without(".gitignore", "/dist/"), [("ignore-files", ".gitignore")]),
    "git is told otherwise": (more(".gitignore", "!/build/\n"), [("ignore-files", ".gitignore")]),
    "Docker does not ignore": (without(".dockerignore", ".venv"), [("ignore-files", ".dockerignore")]),
    "Docker is told otherwise": (more(".dockerignore", "!.bigflow\n"), [("ignore-files", ".dockerignore")]),
    "no .dockerignore": (lambda root: (root / ".dockerignore").unlink(), [("ignore-files", ".dockerignore")]),
    "no Dockerfile, no context": (both(lambda root: (root / "Dockerfile").unlink(), lies(".venv/a")), []),
    "nobody says why": (without(".gitignore", "# the wheel that a build makes; again: bigflow build-package"), []),
    "nobody says why, after a gap": (more(".gitignore", "\n/build/\n"), [("ignore-files", ".gitignore:18")]),
    "Docker is sent an output": (both(without(".dockerignore", ".venv"), lies(".venv/a"), lies(".venv/b")),
                                 [("docker-context", ".venv"), ("ignore-files", ".dockerignore")]),
    "Docker is sent a cache": (lies("shop/.pytest_cache/a"), [("docker-context", "shop/.pytest_cache")]),
    "a wheel is what images are made of": (both(without(".dockerignore", "dist"), lies("dist/a.whl")), []),
    "a lock that nobody tracks": (both(tracked(f"{LOCK}.in"), lies(f"{LOCK}.txt")), [("locks", f"{LOCK}.txt")]),
    "a lock that is ignored": (both(lies("poetry.lock"), more(".gitignore", "*.lock\n")), [("locks", ".gitignore:17")]),
    "a lock that is tracked": (tracked("uv.lock"), []),
    "a lock that is an artifact": (both(ARTIFACTS, tracked("uv.lock")), [
        ("docker-context", "uv.lock"), ("ignore-files", ".dockerignore"), ("ignore-files", ".gitignore"),
        ("outputs", "uv.lock")]),
    "a lock that is an artifact, and left out": (both(ARTIFACTS, lies("uv.lock"), more(".gitignore", "# bf\n*.lock\n"),
                                                      more(".dockerignore", "# bf\n*.lock\n")), []),
    "a lock that is an artifact, and images are made of": (both(ARTIFACTS, lies(f"{LOCK}.in"), lies(f"{LOCK}.txt"),
        more(".gitignore", f"# bf\n/{LOCK}.txt\n")), []),
    "requirements by hand are no lock": (lies(f"{LOCK}.txt"), []),
    "a big file": (tracked("shop/model.bin", "x" * (BIG + 1)), [("big-files", "shop/model.bin")]),
    "a file that is just not big": (tracked("shop/model.bin", "x" * BIG), []),
    "names that differ by case": (case_clash, [("case-clashes", "shop/rates.py")]),
    "a token": (tracked("shop/a.py", f"\nx = '{token()}'\n"), [("secrets", "shop/a.py:2")]),
    "a private key": (tracked("key.pem", private_key()), [("secrets", "key.pem:1")]),
    "a cloud's key": (tracked("conf.ini", cloud_key()), [("secrets", "conf.ini:1")]),
    "a secret that lies there and is not tracked": (lies("shop/a.py", token()), []),
    "what is only random": (tracked("shop/a.py", f"sha256 = '{'0123456789abcdef' * 4}'\npassword = 'hunter2'\n"), []),
    "a newline in a name": (tracked("build/a\nb.txt"), [("outputs", "build")]),
    "a newline in the name of a secret": (tracked("a\nb.py", token()), [("secrets", "a\nb.py:1")]),
    "quotes in a name": (tracked("build/'\"$(x)"), [("outputs", "build")]),
    "bytes that are no text": (tracked(NO_TEXT, token()), [("secrets", f"{NO_TEXT}:1")]),
    "a colon and a number in a name": (tracked("shop/a:1", token()), [("secrets", "shop/a:1:1")]),
}  # fmt: skip


@pytest.mark.parametrize("name", ALONE)
def test_each_alone(name: str, tmp_path: Path) -> None:
    spoil, expected = ALONE[name]
    root = clean_project(tmp_path / "shop")
    spoil(root)
    assert broken(root) == expected


TOGETHER = (
    "a build folder",
    "bytecode",
    "generated code",
    "names that differ by case",
    "a token",
    "a big file",
    "a newline in the name of a secret",
    "git does not ignore",
)


def test_together(tmp_path: Path) -> None:
    root = clean_project(tmp_path / "shop")
    for name in TOGETHER:
        ALONE[name][0](root)
    assert broken(root) == sorted(found for name in TOGETHER for found in ALONE[name][1])


def test_outputs_and_secrets_fail_and_come_first(tmp_path: Path) -> None:
    root = clean_project(tmp_path / "shop")
    for name in TOGETHER:
        ALONE[name][0](root)
    failing = [one.violation.rule for one in examine(root) if one.fails]
    assert failing == ["outputs", "secrets", "secrets"]
    assert [one.fails for one in examine(root)] == [True] * 3 + [False] * 5


def test_the_project_decides_what_fails(tmp_path: Path) -> None:
    root = clean_project(tmp_path / "shop")
    for name in TOGETHER:
        ALONE[name][0](root)
    says('[tool.bigflow.doctrine]\noutputs = "warn"\nsecrets = "off"\nbig-files = "fail"\n')(root)
    told = {one.violation.rule: one.fails for one in examine(root)}
    assert told["outputs"] is False and told["big-files"] is True and "secrets" not in told


def test_what_is_excluded_with_a_reason_is_not_looked_at(tmp_path: Path) -> None:
    root = clean_project(tmp_path / "shop")
    tracked("test/certs/a.pem", private_key())(root)
    tracked("test/certs/__pycache__/a.pyc")(root)
    tracked("other.pem", private_key())(root)
    says('[tool.bigflow.doctrine.exclude]\n"test/certs/" = "keys of test servers"\n')(root)
    assert broken(root) == [("secrets", "other.pem:1")]


def test_a_secret_is_never_shown(tmp_path: Path) -> None:
    root = clean_project(tmp_path / "shop")
    tracked("shop/a.py", token())(root)
    (one,) = examine(root)
    assert token() not in repr(one) and token() not in repr(one.finding)
