"""Patterns mean what git says that they mean, one by one and many at once."""

import subprocess
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bigflow.artifacts.doctrine.patterns import Finder, for_docker, probe
from bigflow.artifacts.doctrine.standing import OUTPUTS
from bigflow.builder.image.ignoring import rules_of

NAMES = st.text("ab.", min_size=1, max_size=3).filter(lambda name: name not in (".", ".."))
PATHS = st.lists(NAMES, min_size=1, max_size=4).map("/".join)
PARTS = st.one_of(NAMES, st.just("*"), st.just("a*"), st.just("?"))
PATTERNS = st.builds(
    lambda start, parts, end: start + "/".join(parts) + end,
    st.sampled_from(["", "/", "/**/"]),
    st.lists(PARTS, min_size=1, max_size=2),
    st.sampled_from(["", "/"]),
)


@pytest.mark.parametrize(
    ("pattern", "path", "top"),
    [
        ("/build/", "build/a/b", "build"),
        ("/build/", "build", None),
        ("/build/", "a/build/b", None),
        ("build/", "a/build/b", "a/build"),
        ("/.coverage", ".coverage", ".coverage"),
        ("/.coverage", ".coverage.old", None),
        ("*.pyc", "a/b.pyc", "a/b.pyc"),
        ("*_pb2.py", "a/rates_pb2.py", "a/rates_pb2.py"),
        ("a/*/c", "a/b/c/d", "a/b/c"),
        ("a/*/c", "a/b/b/c", None),
        ("a/**/c", "a/b/b/c", "a/b/b/c"),
        ("a/**", "a/b/c", "a/b"),
        ("a+(b", "x/a+(b", "x/a+(b"),
        ("a\nb", "x/a\nb/c", "x/a\nb"),
    ],
)
def test_what_a_pattern_means(pattern: str, path: str, top: str | None) -> None:
    found = Finder(["/nothing/", pattern]).find(path)
    assert (found and (found.pattern, found.top)) == (top and (pattern, top))


@given(st.lists(PATTERNS, min_size=1, max_size=4), st.lists(PATHS, min_size=1, max_size=6))
def test_many_at_once_are_each_alone(patterns: list[str], paths: list[str]) -> None:
    together = Finder(patterns)
    for path in paths:
        alone = [found for pattern in patterns if (found := Finder([pattern]).find(path))]
        found = together.find(path)
        assert (found is None) == (not alone)
        assert found is None or (found in alone and len(found.top) == min(len(one.top) for one in alone))


@given(PATTERNS.filter(lambda pattern: "**" not in pattern))
def test_a_probe_is_meant_by_its_pattern(pattern: str) -> None:
    assert Finder([pattern]).find(probe(pattern)) is not None


@given(PATTERNS.filter(lambda pattern: not pattern.endswith("/")), PATHS)
def test_docker_is_told_the_same(pattern: str, path: str) -> None:
    assert rules_of(for_docker(pattern)).leave_out(path) == (Finder([pattern]).find(path) is not None)


def test_git_understands_the_same(tmp_path: Path) -> None:
    """Each pattern beside each path, asked of git itself."""
    patterns = [output.pattern for output in OUTPUTS] + ["a/*/c", "/a/**/c", "a?", "/a", "b/", "*.x"]
    paths = [probe(pattern) for pattern in patterns]
    paths += ["build", "x/build/y", "a", "b", "x/b/c", "a/b/c", "a/b/b/c", "ab", "x/ab/y", "c.x/d", "dist.py"]
    subprocess.run(["git", "init", "--quiet", str(tmp_path)], check=True)
    for pattern in patterns:
        (tmp_path / ".gitignore").write_text(f"{pattern}\n")
        command = ["git", "check-ignore", "--no-index", "--stdin"]
        told = subprocess.run(command, cwd=tmp_path, input="\n".join(paths), capture_output=True, text=True)
        finder = Finder([pattern])
        assert set(told.stdout.splitlines()) == {path for path in paths if finder.find(path)}, pattern
