"""The pure parts of buildspecs: what retries mean, what is masked, which version fits, what is no buildspec at all."""

from dataclasses import dataclass

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from bigflow.builder.buildspec.grammar import Buildspec
from bigflow.builder.buildspec.on_failure import OnFailure, on_failure
from bigflow.builder.buildspec.parsing import parse_buildspec
from bigflow.builder.buildspec.runtimes import _fits
from bigflow.builder.buildspec.transcript import Transcript
from bigflow.builder.buildspec.variables import Remote, inherited, values
from bigflow.errors import BigflowError, OutsideError, UsageError


@pytest.mark.parametrize(
    ("text", "rule"),
    [
        ("ABORT", OnFailure("ABORT")),
        ("CONTINUE", OnFailure("CONTINUE")),
        ("RETRY", OnFailure(retries=3)),
        ("RETRY-0", OnFailure(retries=0)),
        ("RETRY-100", OnFailure(retries=100)),
        ("RETRY-101", None),
        ("RETRY-x", OnFailure(retries=3, pattern="x")),
        ("RETRY-2-x-3", OnFailure(retries=2, pattern="x-3")),
        ("RETRY-2x", OnFailure(retries=3, pattern="2x")),
        ("RETRY-2-", None),
        ("RETRY-", None),
        ("RETRY-[", None),
        ("retry", None),
        ("", None),
    ],
)
def test_on_failure(text: str, rule: OnFailure | None) -> None:
    assert on_failure(text) == rule


@given(st.integers(0, 100), st.text(alphabet="abc 0-9", min_size=1))
def test_count_and_pattern_are_told_apart(count: int, pattern: str) -> None:
    read = on_failure(f"RETRY-{count}-{pattern}")
    assert read == OnFailure(retries=count, pattern=pattern)


@dataclass
class Page:
    """A `Work` of which only the log is wanted."""

    text: bytes = b""

    def wrote(self, output: bytes) -> None:
        self.text += output


@given(st.lists(st.binary(max_size=6)), st.lists(st.text("ab", min_size=1, max_size=4), min_size=1, max_size=2))
def test_secrets_do_not_get_into_the_log_in_whatever_pieces_they_come(chunks: list[bytes], secrets: list[str]) -> None:
    page = Page()
    log = Transcript(page, tuple(secrets))  # type: ignore[arg-type]
    pieces = [*chunks, *(piece for secret in secrets for piece in (secret[:1].encode(), secret[1:].encode())), *chunks]
    for piece in pieces:
        log.output(piece)
    log.flush()
    assert not any(secret.encode() in page.text for secret in secrets)


@given(st.lists(st.binary(max_size=10)))
def test_what_is_no_secret_is_all_there(chunks: list[bytes]) -> None:
    page = Page()
    log = Transcript(page, ("\x00never\x00" * 3,))  # type: ignore[arg-type]
    for chunk in chunks:
        log.output(chunk)
    log.flush()
    assert page.text == b"".join(chunks)


def test_the_time_is_no_secret() -> None:
    page = Page()
    log = Transcript(page, tuple("0123456789"))  # type: ignore[arg-type]
    log.line("Running command 7")
    assert b"***" not in page.text.partition(b"Running")[0]
    assert page.text.endswith(b"Running command ***\n")


def test_a_line_of_ours_begins_a_line() -> None:
    page = Page()
    log = Transcript(page)  # type: ignore[arg-type]
    log.output(b"half")
    log.line("Phase")
    assert page.text.startswith(b"half\n[Container] ")


@pytest.mark.parametrize(
    ("version", "wanted", "fits"),
    [
        ("3.11.7", "3.11", True),
        ("3.11.7", "3.1", False),
        ("3.11.7", "3", True),
        ("3.11.7", "3.x", True),
        ("3.11.7", "latest", True),
        ("17.0.9", "corretto17", True),
        ("11.0.2", "corretto17", False),
        ("18.2.0", "18", True),
    ],
)
def test_versions_that_fit(version: str, wanted: str, fits: bool) -> None:
    assert _fits(version, wanted) is fits


WORDS = [
    "phases",
    "build",
    "commands",
    "finally",
    "env",
    "variables",
    "files",
    "paths",
    "build-list",
    "parameter-store",
]
TREES = st.recursive(
    st.none() | st.sampled_from(["0.2", "a", "RETRY", "yes", "*", ""]) | st.integers(),
    lambda below: st.lists(below, max_size=3) | st.dictionaries(st.sampled_from(WORDS), below, max_size=4),
    max_leaves=12,
)


@given(TREES)
@settings(deadline=None)
def test_whatever_the_tree_it_is_read_or_refused(tree: object) -> None:
    import yaml

    text = yaml.safe_dump({"version": "0.2", "phases": tree, "env": tree, "artifacts": tree, "batch": tree})
    try:
        assert isinstance(parse_buildspec(text, "b.yml"), Buildspec)
    except BigflowError as error:
        assert error.exit_code == 2
        assert all(finding.where for finding in error.findings)


@given(st.text(max_size=60))
@example("a: &a [*a]")
@example("%YAML 3.0\n---\na")
@example("\x00")
@example("? ")
@example("[" * 2000)
@settings(deadline=None)
def test_whatever_the_text_it_is_read_or_refused(text: str) -> None:
    try:
        parse_buildspec(text, "b.yml")
    except BigflowError as error:
        assert error.exit_code == 2


def _refuses(name: str) -> str:
    raise OutsideError(f"no {name}")


def _has_no_credentials(name: str) -> str:
    raise UsageError(f"{name} needs credentials")


SPEC = parse_buildspec(
    "version: 0.2\nenv:\n  variables: {A: a}\n  parameter-store: {P: /p}\n  secrets-manager: {S: s}\n", "b"
)


def test_values_of_the_local_file_are_not_asked_for() -> None:
    found = values(SPEC, {"P": "1", "S": "2"}, ".env.local", Remote(_refuses, _refuses))
    assert found.variables == {"A": "a", "P": "1", "S": "2"}
    assert set(found.secrets) == {"1", "2"}


@pytest.mark.parametrize(("ask", "code"), [(_refuses, 4), (_has_no_credentials, 2)])
def test_all_missing_values_are_told_at_once(ask: object, code: int) -> None:
    with pytest.raises(BigflowError) as refused:
        values(SPEC, {}, ".env.local", Remote(ask, ask))  # type: ignore[arg-type]
    assert refused.value.exit_code == code
    assert [finding.message[:2] for finding in refused.value.findings] == ["P:", "S:"]


def test_what_is_inherited() -> None:
    around = {"ENVIRONMENT": "x", "ENV": "rc", "XDG_CACHE_HOME": "/c", "AWS_REGION": "eu-west-1", "CODEBUILD_CI": "1"}
    region = {"AWS_REGION": "eu-west-1", "AWS_DEFAULT_REGION": "eu-west-1"}
    assert inherited(around) == {"ENVIRONMENT": "x", **region}
