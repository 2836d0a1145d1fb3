"""What the page on configuration shows is what happens."""

import doctest
import io
from contextlib import redirect_stdout
from pathlib import Path
from traceback import format_exception_only

import pytest

PAGE = Path(__file__).parents[3] / "docs" / "how-to" / "configure.md"


def outcome(source: str, names: dict[str, object]) -> str:
    printed = io.StringIO()
    try:
        with redirect_stdout(printed):
            exec(compile(source, PAGE.name, "single"), names)
    except Exception as error:
        return "Traceback (most recent call last):\n" + "".join(format_exception_only(error))
    return printed.getvalue()


def test_the_examples_of_the_page(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("bf_password", "bf_host"):  # the page sets them
        monkeypatch.setenv(name, "")
        monkeypatch.delenv(name)
    # A fence ends the expected output as an empty line does.
    examples = doctest.DocTestParser().get_examples(PAGE.read_text(encoding="utf-8").replace("```", "\n"))
    names: dict[str, object] = {"__name__": "__main__"}
    shown = [(example.source, example.want) for example in examples]
    assert [(source, outcome(source, names)) for source, _ in shown] == shown
    assert len(shown) > 20
