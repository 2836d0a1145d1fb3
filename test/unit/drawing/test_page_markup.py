"""What programs write becomes text, colours, and nothing else."""

import re
import time
from html import unescape

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bigflow.drawing.markup import plain, terminal

SPAN = re.compile(r'</?span(?: class="t-[a-z]+(?: t-[a-z]+)*")?>')
pieces = st.sampled_from(
    [
        "\x1b[31m",
        "\x1b[0m",
        "\x1b[",
        "\x1b]8;;http://x\x07",
        "\x1b]",
        "\r",
        "\n",
        "\x00",
        "</pre>",
        "&",
        "\ud800",
        "ż",
        '"',
    ]
)


@given(st.lists(pieces | st.text(max_size=5)).map("".join))
def test_nothing_comes_out_but_text_and_our_spans(text: str) -> None:
    shown = terminal(text)
    shown.encode("utf-8")
    bare = SPAN.sub("", shown)
    assert not set(bare) & {"<", ">", '"', "\x1b", "\x00", "\r"}
    assert shown.count("<span") == shown.count("</span>")


@given(st.text(st.characters(codec="utf-8", exclude_categories=["Cc", "Cf", "Cn"])))
def test_text_without_commands_stays_what_it_is(text: str) -> None:
    assert unescape(terminal(text)) == unescape(plain(text)) == text


@pytest.mark.parametrize(
    ("written", "shown"),
    [
        ("\x1b[32mok\x1b[0m.", '<span class="t-green">ok</span>.'),
        ("\x1b[1;31ma\x1b[22mb\x1b[39mc", '<span class="t-bold t-red">a</span><span class="t-red">b</span>c'),
        ("\x1b[91ma\x1b[m.", '<span class="t-red">a</span>.'),
        ("\x1b[01;4ma\x1b[24mb", '<span class="t-bold t-underlined">a</span><span class="t-bold">b</span>'),
        ("\x1b[38;5;31ma", "a"),
        ("\x1b[38;2;1;31;4ma", "a"),
        ("\x1b[2K\x1b[1Aa\x1b[?25l", "a"),
        ("\x1b]0;title\x07a", "a"),
        ("\x1b]8;;https://example.com\x1b\\link\x1b]8;;\x1b\\", "link"),
        ("\x1b(Ba", "a"),
        ("a\x1b", "a␛"),
        ("10%\r20%\r30%\n", "30%\n"),
        ("10%\r20%\r", "20%"),
        ("a\r\nb", "a\nb"),
        ("\x00\x08\x7f", "␀␈\N{REPLACEMENT CHARACTER}"),
        ("\u202egnp.exe", "\N{REPLACEMENT CHARACTER}gnp.exe"),
        ("<b>&", "&lt;b&gt;&amp;"),
    ],
)
def test_terminal(written: str, shown: str) -> None:
    assert terminal(written) == shown


@pytest.mark.parametrize("piece", ["\x1b]", "\x1b[", "\r", "\x1b[31", "a", "\x1b]8;;x"])
def test_a_long_line_takes_no_longer_than_its_length(piece: str) -> None:
    began = time.process_time()
    terminal(piece * (200_000 // len(piece)))
    assert time.process_time() - began < 2
