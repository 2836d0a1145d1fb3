import pytest
from hypothesis import given
from hypothesis import strategies as st

from bigflow._process import Completed
from bigflow.builder.step import StepFailed
from bigflow.builder.uv.failures import blamed, failure, parsed_at
from bigflow.errors import BigflowError, ExitCode, OutsideError, UsageError


def of(said: str, *, timed_out: bool = False) -> BigflowError:
    return failure(Completed(("uv",), 2, "", said, timed_out), "do it")


@pytest.mark.parametrize(
    ("said", "kind", "word"),
    [
        ("error: Failed to download `a==1`\n  cause: Hash mismatch for `a==1`", StepFailed, "not the one"),
        (
            "error: No solution found\nhint: An index (https://i) returned a 403 Forbidden error.",
            OutsideError,
            "refused",
        ),
        (
            "error: Request failed after 3 retries\n  cause: Failed to fetch: https://i/simple/a/",
            OutsideError,
            "answer",
        ),
        ("error: failed to create directory\n  cause: No space left on device (os error 28)", OutsideError, "disk"),
        (
            "error: No solution found when resolving\n  cause: Because a==1 depends on b",
            StepFailed,
            "no set of versions",
        ),
        (
            "error: No solution found when resolving\n  cause: Because x was not found in the package registry",
            StepFailed,
            "no such package",
        ),
        ("error: Failed to build `a==1`\n  cause: gcc is not here", StepFailed, "no wheel"),
        ("error: Couldn't parse requirement in `r.in` at position 3", UsageError, "no requirement"),
        ("something new", StepFailed, "code 2"),
    ],
)
def test_whose_fault_it_is(said: str, kind: type[BigflowError], word: str) -> None:
    error = of(said)
    assert type(error) is kind
    assert word in error.message.splitlines()[0]


def test_what_uv_concludes_is_said_in_few_words() -> None:
    said = (
        "error: No solution found when resolving dependencies\n"
        "  cause: Because a==1 depends on b>=2 and you require a==1, we can conclude that you require b>=2.\n"
        "         And because you require b<2, we can conclude that your requirements are unsatisfiable.\n"
    )
    assert of(said).message.splitlines() == [
        "cannot do it: no set of versions satisfies all requirements",
        "  Because a==1 depends on b>=2 and you require a==1, we can conclude that you require b>=2.",
        "  And because you require b<2, that cannot be.",
    ]
    assert blamed(of(said).message) == ("a", "b")


def test_a_time_limit() -> None:
    assert of("", timed_out=True).exit_code == ExitCode.OUTSIDE


@given(st.text(max_size=5000))
def test_no_message_is_a_flood(said: str) -> None:
    message = of(said + "\nx" * 50 + "y" * 1000).message
    assert len(message.split("\n")) <= 14
    assert len(message) < 5000


def test_places() -> None:
    assert parsed_at("x\n  Unexpected '-', expected a requirement: a b/r.in:2:1") == ("b/r.in", 2, 0)
    assert parsed_at("Error parsing included file in `a b/r.in` at position 12") == ("a b/r.in", 0, 12)
    assert parsed_at("nothing of the kind") is None
