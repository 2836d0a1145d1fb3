import pytest
from hypothesis import given
from hypothesis import strategies as st

from bigflow.builder.requirements.lines import logical_lines
from bigflow.builder.requirements.names import extras_of, name_of, normal

NAMES = st.from_regex(r"[A-Za-z0-9]([A-Za-z0-9._-]{0,8}[A-Za-z0-9])?", fullmatch=True)
SPECIFIERS = st.sampled_from(
    ["", "==1.0", " >= 2, < 3", "~=1.4 ; python_version < '3.12'", " @ https://example.org/a.whl"]
)


@given(NAMES, SPECIFIERS, st.lists(NAMES, max_size=2))
def test_a_requirement_names_its_package_however_it_is_written(name: str, specifier: str, extras: list[str]) -> None:
    inside = f"[{', '.join(extras)}]" if extras else ""
    assert name_of(f"{name}{inside}{specifier}") == normal(name)
    assert extras_of(f"{name}{inside}{specifier}") == tuple(normal(extra) for extra in extras)


@given(NAMES)
def test_all_spellings_of_a_name_are_one(name: str) -> None:
    assert normal(name.upper().replace("-", "_.")) == normal(name)
    assert normal(normal(name)) == normal(name)


@pytest.mark.parametrize(
    "text", ["./libs/own", "https://example.org/a-1.0.whl", "-e .", "--pre", "", "/srv/a.whl", "libs/own"]
)
def test_what_is_no_name_has_none(text: str) -> None:
    assert name_of(text) == ""


def test_comments_continuations_and_empty_lines() -> None:
    text = (
        "# head\n\na==1 \\\n    --hash=sha256:aa \\\n    --hash=sha256:bb\n    # via b\n    # via c\nb # why\n  c#d\r\n"
    )
    told = [(line.number, line.text.split(), line.below) for line in logical_lines(text)]
    assert told == [
        (3, ["a==1", "--hash=sha256:aa", "--hash=sha256:bb"], ("via b", "via c")),
        (8, ["b"], ()),
        (9, ["c#d"], ()),
    ]


def test_a_file_may_end_in_the_middle_of_a_line() -> None:
    assert [line.text for line in logical_lines("a\nb \\")] == ["a", "b"]


@given(st.lists(NAMES), st.lists(st.sampled_from(["", "# note", "   "]), max_size=5))
def test_no_requirement_is_lost(names: list[str], noise: list[str]) -> None:
    text = "\n".join(line for name in names for line in (*noise, name))
    assert [line.text for line in logical_lines(text)] == names


@pytest.mark.parametrize(
    ("line", "included"),
    [
        ("-r a.in", ("a.in", False)),
        ("-ra.in", ("a.in", False)),
        ("--requirement=a.in", ("a.in", False)),
        ("--constraint 'b c.txt'", ("b c.txt", True)),
        ("-c b.txt", ("b.txt", True)),
        ("requests", None),
        ("--require-hashes", None),
        ("-e .", None),
    ],
)
def test_includes(line: str, included: tuple[str, bool] | None) -> None:
    assert [one.included for one in logical_lines(line)] == [included]
