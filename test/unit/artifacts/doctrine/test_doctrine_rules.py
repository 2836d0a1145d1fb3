"""The rules on plain values: what no repository of this machine can be made to have."""

import subprocess

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bigflow.artifacts.doctrine.doctrine import Doctrine
from bigflow.artifacts.doctrine.ignoring import appended
from bigflow.artifacts.doctrine.judging import judged
from bigflow.artifacts.doctrine.repository import Context, Ignoring, Output, Repository, Tracked
from bigflow.artifacts.doctrine.rules import RULES, case_clashes, docker_context, outputs, shown
from bigflow.artifacts.doctrine.standing import OUTPUTS


def tracked(*paths: str) -> tuple[Tracked, ...]:
    return tuple(Tracked(path, "100644", "0" * 40, 1) for path in paths)


def test_nothing_is_wrong_with_nothing() -> None:
    assert judged(Repository(), Doctrine()) == ()


def test_each_output_is_told_once_with_the_number_of_its_files() -> None:
    found = list(outputs(Repository(tracked("build/a", "build/b/c", "dist/d.whl"), OUTPUTS)))
    assert [(one.where, one.message.split(":")[0]) for one in found] == [
        ("build", "2 files are tracked"),
        ("dist", "is tracked"),
    ]


def test_a_context_tells_the_sizes() -> None:
    context = Context(".dockerignore", (("build/a", 1_500_000), ("build/b", 500_000), ("dist/a.whl", 9)))
    (one,) = docker_context(Repository(outputs=OUTPUTS, context=context))
    assert one.message == "is in the build context: 2 files, 2.0 MB"
    assert one.repair == "add build to .dockerignore, or: bigflow check --fix"


@pytest.mark.parametrize(
    ("paths", "clashing"),
    [
        (("a", "A"), ["a"]),
        (("a", "A", "b"), ["a"]),
        (("dir/x", "Dir/y"), ["dir"]),
        (("dir/x", "Dir/x"), ["dir"]),
        (("dir/x", "dir/X"), ["dir/x"]),
        (("Straße", "STRASSE"), ["Straße"]),
        (("a", "b", "a/b"), []),
    ],
)
def test_names_that_differ_by_case(paths: tuple[str, ...], clashing: list[str]) -> None:
    assert [one.where for one in case_clashes(Repository(tracked(*paths)))] == clashing


@pytest.mark.parametrize(
    ("line", "counts"),
    [
        (Ignoring(".gitignore", 1, "/x/"), True),
        (Ignoring("../.gitignore", 1, "x/"), True),
        (Ignoring(".gitignore", 1, "!/x/"), False),
        (Ignoring(".git/info/exclude", 1, "/x/"), False),
        (Ignoring("/home/me/.gitignore", 1, "/x/"), False),
        (None, False),
    ],
)
def test_only_what_everybody_has_ignores(line: Ignoring | None, counts: bool) -> None:
    output = Output("/x/", "why", "again")
    found = judged(Repository(outputs=(output,), ignored=(("/x/", line),)), Doctrine())
    assert [one.violation.where for one in found] == ([] if counts else [".gitignore"])


def test_a_name_with_a_newline_is_told_on_one_line() -> None:
    (one,) = judged(Repository(tracked("a\nb.pyc"), OUTPUTS), Doctrine())
    assert (one.finding.where, one.finding.hint) == ("$'a\\x0ab.pyc'", "git rm -r --cached -- $'a\\x0ab.pyc'")


def test_every_rule_can_be_switched_off() -> None:
    everything = Doctrine(severities=tuple((name, "off") for name in RULES))
    assert judged(Repository(tracked("build/a", "A", "a"), OUTPUTS), everything) == ()


@given(st.binary(min_size=1).filter(lambda name: b"\0" not in name))
def test_a_shell_takes_a_path_as_it_is_shown(name: bytes) -> None:
    path = name.decode("utf-8", "surrogateescape")
    assert "\n" not in shown(path)


@pytest.mark.parametrize("name", [b"a b", b"it's", b"a\nb", b"\xff\\n", b"$(x)", b"-x", b"'\n\\'", "ü\u2028".encode()])
def test_a_shell_reads_it_back(name: bytes) -> None:
    words = shown(name.decode("utf-8", "surrogateescape"))
    told = subprocess.run(["bash", "-c", f"printf %s {words}"], capture_output=True, env={"LC_ALL": "C.UTF-8"})
    assert told.stdout == name


@given(st.text("a\r\n"), st.lists(st.text("ab", min_size=1)))
def test_lines_are_appended_and_nothing_is_lost(text: str, lines: list[str]) -> None:
    result = appended(text, lines)
    assert result.startswith(text)
    assert result.splitlines()[len(result.splitlines()) - len(lines) :] == lines
