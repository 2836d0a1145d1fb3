import os
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bigflow import _ambient
from bigflow.errors import UsageError


@pytest.fixture(autouse=True)
def bare_surroundings(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    for name in [name for name in os.environ if name.lower().startswith(("bf_", "kubernetes_"))]:
        monkeypatch.delenv(name)
    monkeypatch.chdir(tmp_path)


def dotenv(content: str | bytes, environment: str = "dev") -> None:
    data = content if isinstance(content, bytes) else content.encode()
    Path(f".env.{environment}").write_bytes(data)


@pytest.mark.parametrize(
    ("line", "value"),
    [
        ("bf_x=1", "1"),
        ("  bf_x = 1  ", "1"),
        ("export bf_x=1", "1"),
        ("export\tbf_x=1", "1"),
        ("bf_x=", ""),
        ("bf_x=a=b", "a=b"),
        ("bf_x=a b", "a b"),
        ("bf_x=1 # the first", "1"),
        ("bf_x=# nothing", ""),
        ("bf_x=pass#word", "pass#word"),
        ("bf_x='a # b'", "a # b"),
        ('bf_x="a # b" # comment', "a # b"),
        ("bf_x='it''s'", "'it''s'"),
        ('bf_x="half', '"half'),
        ("bf_x='", "'"),
        ('bf_x="it\'s"', "it's"),
        ("bf_x=a\u2028b", "a\u2028b"),
        ("bf_x=zażółć", "zażółć"),
        ("bf_x=1\r", "1"),
        ("bf_x=1\nbf_x=2", "2"),
        ("BF_X=1", "1"),
        ("BF_X=1\nbf_x=2", "2"),
    ],
)
def test_a_line_of_dotenv_gives_a_value(line: str, value: str) -> None:
    dotenv(line + "\n")
    assert _ambient.variable("bf_x", "dev") == value


@pytest.mark.parametrize("line", ["# bf_x=1", "#bf_x=1", "bf_x", "=1", "export =1", "bf_x y=1", "", "bf_x: 1"])
def test_a_line_that_assigns_nothing_gives_nothing(line: str) -> None:
    dotenv(line + "\n")
    assert _ambient.variable("bf_x", "dev") is None
    assert _ambient.variables("bf_", "dev") == {}


def test_a_byte_order_mark_is_no_part_of_the_first_name() -> None:
    dotenv(b"\xef\xbb\xbfbf_x=1\n")
    assert _ambient.variable("bf_x", "dev") == "1"


@given(st.text(st.characters(blacklist_characters="'\n\r\0", blacklist_categories=["Cs"])))
def test_whatever_is_quoted_comes_back(value: str) -> None:
    dotenv(f"bf_x='{value}'\n")
    assert _ambient.variable("bf_x", "dev") == value


def test_the_process_goes_before_the_file_and_the_written_spelling_before_capitals(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    dotenv("bf_x=file\n")
    monkeypatch.setenv("BF_X", "capitals")
    assert _ambient.variable("bf_x", "dev") == "capitals"
    assert _ambient.variables("bf_", "dev") == {"x": "capitals"}
    monkeypatch.setenv("bf_x", "written")
    assert _ambient.variable("bf_x", "dev") == "written"
    assert _ambient.variables("bf_", "dev") == {"x": "written"}


def test_an_empty_variable_is_a_value(monkeypatch: pytest.MonkeyPatch) -> None:
    dotenv("bf_x=file\n")
    monkeypatch.setenv("bf_x", "")
    assert _ambient.variable("bf_x", "dev") == ""


def test_variables_take_the_prefix_off_and_leave_others_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("bf_", "no name")
    monkeypatch.setenv("xbf_a", "other")
    monkeypatch.setenv("bf_camelCase", "1")
    monkeypatch.setenv("BF_CAPITALS", "2")
    dotenv("bf_local=3\nother=4\n")
    assert _ambient.variables("bf_", "dev") == {"camelCase": "1", "capitals": "2", "local": "3"}
    assert _ambient.variables("bf_") == {"camelCase": "1", "capitals": "2"}


def test_a_prefix_in_capitals_keeps_the_spelling(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CI_BF_Name", "1")
    assert _ambient.variables("CI_BF_") == {"Name": "1"}


def test_each_environment_has_its_file() -> None:
    dotenv("bf_x=1\n", "dev")
    dotenv("bf_x=2\n", "prod.eu-1")
    assert _ambient.variable("bf_x", "dev") == "1"
    assert _ambient.variable("bf_x", "prod.eu-1") == "2"
    assert _ambient.variable("bf_x", "other") is None
    assert _ambient.variable("bf_x") is None


@pytest.mark.parametrize("environment", ["../dev", "a/b", "/etc/passwd", "a\0b"])
def test_a_name_of_an_environment_cannot_lead_out_of_the_folder(environment: str, tmp_path: Path) -> None:
    (tmp_path / ".env.a").mkdir()
    (tmp_path / ".env.a" / "b").write_text("bf_x=1\n")
    assert _ambient.variable("bf_x", environment) is None


def test_a_pod_does_not_read_files(monkeypatch: pytest.MonkeyPatch) -> None:
    dotenv("bf_x=1\n")
    monkeypatch.setenv("KUBERNETES_SERVICE_HOST", "10.0.0.1")
    assert _ambient.in_pod()
    assert _ambient.variable("bf_x", "dev") is None
    assert _ambient.variables("bf_", "dev") == {}


def test_a_file_that_is_no_text_is_named() -> None:
    dotenv(b"bf_x=\xff\xfe\n")
    with pytest.raises(UsageError, match=r"^\.env\.dev is not UTF-8"):
        _ambient.variable("bf_x", "dev")


def test_a_folder_in_place_of_the_file_is_named(tmp_path: Path) -> None:
    (tmp_path / ".env.dev").mkdir()
    with pytest.raises(UsageError, match=r"^\.env\.dev cannot be read: Is a directory"):
        _ambient.variables("bf_", "dev")


def test_the_environment_name_is_a_variable_like_others(monkeypatch: pytest.MonkeyPatch) -> None:
    assert _ambient.environment_name() is None
    monkeypatch.setenv("BF_ENV", "prod")
    assert _ambient.environment_name() == "prod"
    monkeypatch.setenv("bf_env", "")
    assert _ambient.environment_name() is None


def test_now_knows_its_zone() -> None:
    assert _ambient.now().utcoffset() is not None
