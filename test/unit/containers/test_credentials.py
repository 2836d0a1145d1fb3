"""Logins: docker's file and its helpers, read as docker reads them, and never shown."""

import json
from base64 import b64encode
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bigflow.containers.auth import Challenge, Login, anonymous, challenge_of
from bigflow.containers.credentials import docker_keychain
from bigflow.containers.reference import DEFAULT_REGISTRY
from bigflow.errors import BigflowError, UsageError

SECRET = "s3cret:with:colons"


def auth(user: str, secret: str) -> dict[str, str]:
    return {"auth": b64encode(f"{user}:{secret}".encode()).decode()}


@pytest.fixture
def config(tmp_path: Path):
    def write(**content: object) -> str:
        (tmp_path / "config.json").write_text(json.dumps(content))
        return str(tmp_path / "config.json")

    return write


@pytest.fixture
def helper(tmp_path: Path, monkeypatch):
    """A credential helper: a shell script; each call is written down."""

    def make(script: str, name: str = "test") -> Path:
        program = tmp_path / "bin" / f"docker-credential-{name}"
        program.parent.mkdir(exist_ok=True)
        program.write_text(f'#!/bin/sh\nread host\necho "$1 $host" >> {tmp_path}/calls\n{script}\n')
        program.chmod(0o755)
        monkeypatch.setenv("PATH", f"{program.parent}:/usr/bin:/bin")
        return tmp_path / "calls"

    return make


SAYS = """echo '{"ServerURL":"x","Username":"anna","Secret":"s3cret"}'"""


@pytest.mark.parametrize("name", ["r.example", "https://r.example", "https://r.example/v1/", "http://r.example/v2/"])
def test_a_login_is_found_whatever_docker_called_the_registry(config, name: str) -> None:
    assert docker_keychain(config(auths={name: auth("anna", SECRET)}))("r.example") == Login("anna", SECRET)


@pytest.mark.parametrize(
    "name", [f"https://index.{DEFAULT_REGISTRY}/v1/", DEFAULT_REGISTRY, f"index.{DEFAULT_REGISTRY}"]
)
def test_the_default_registry_has_names_of_its_own(config, name: str) -> None:
    assert docker_keychain(config(auths={name: auth("anna", "x")}))(DEFAULT_REGISTRY) == Login("anna", "x")


def test_other_kinds_of_logins(config) -> None:
    keychain = docker_keychain(
        config(
            auths={
                "a": {"username": "u", "password": "p"},
                "b": {**auth("00000000-0000", ""), "identitytoken": "tok"},
                "c": {"registrytoken": "bear"},
                "d": {},
                "e": auth("oauth2accesstoken", "ya29"),
                "f:5000": auth("port", "x"),
            }
        )
    )
    assert keychain("a") == Login("u", "p")
    assert keychain("b") == Login("00000000-0000", "tok", "identity")
    assert keychain("c") == Login("", "bear", "bearer")
    assert keychain("d") is None
    assert keychain("e") == Login("oauth2accesstoken", "ya29")
    assert keychain("f") is None
    assert keychain("f:5000") == Login("port", "x")
    assert keychain("unknown") is None


def test_without_a_file_there_are_no_logins(tmp_path: Path) -> None:
    assert docker_keychain(str(tmp_path / "gone"))("r.example") is None
    (tmp_path / "empty").write_text("")
    assert docker_keychain(str(tmp_path / "empty"))("r.example") is None
    assert anonymous("r.example") is None


@pytest.mark.parametrize(
    "content", ["{", "[]", '{"auths":[]}', '{"auths":{"r":1}}', '{"credHelpers":{"r":1}}', '{"credsStore":1}']
)
def test_files_that_are_damaged_are_named(tmp_path: Path, content: str) -> None:
    path = tmp_path / "config.json"
    path.write_text(content)
    with pytest.raises(UsageError) as caught:
        docker_keychain(str(path))("r")
    assert caught.value.where == str(path)


@pytest.mark.parametrize("text", ["***", b64encode(b"nocolon").decode(), b64encode(b"\xff\xfe:x").decode()])
def test_a_login_that_is_damaged_is_named_and_not_shown(config, text: str) -> None:
    with pytest.raises(UsageError) as caught:
        docker_keychain(config(auths={"r.example": {"auth": text}}))("r.example")
    assert "r.example" in caught.value.message
    assert text not in str(caught.value)


def test_a_helper_is_asked_once(config, helper) -> None:
    calls = helper(SAYS)
    keychain = docker_keychain(config(credHelpers={"r.example": "test"}))
    assert [keychain("r.example") for _ in range(3)] == [Login("anna", "s3cret")] * 3
    assert calls.read_text() == "get r.example\n"


def test_a_helper_is_asked_again_when_what_it_said_is_refused(config, helper) -> None:
    calls = helper(
        """echo "{\\"Username\\":\\"u\\",\\"Secret\\":\\"$(wc -l < CALLS)\\"}" """.replace(
            "CALLS", "$(dirname $0)/../calls"
        )
    )
    keychain = docker_keychain(config(credsStore="test"))
    first = keychain("r.example")
    second = keychain("r.example", first)
    assert (first, second) == (Login("u", "1"), Login("u", "2"))
    assert keychain("r.example", first) == second  # refused to another thread, which was late
    assert len(calls.read_text().splitlines()) == 2


def test_helpers_by_registry_come_before_the_store_which_comes_before_the_file(config, helper) -> None:
    helper(SAYS, "one")
    helper("echo 'credentials not found in native keychain'; exit 1", "store")
    keychain = docker_keychain(
        config(
            credHelpers={"r.example": "one"},
            credsStore="store",
            auths={"a": auth("file", "x"), "r.example": auth("file", "x")},
        )
    )
    assert keychain("r.example") == Login("anna", "s3cret")
    assert keychain("a") == Login("file", "x")
    assert keychain("b") is None


def test_a_helper_knows_the_default_registry_by_dockers_name(config, helper) -> None:
    calls = helper(SAYS)
    docker_keychain(config(credsStore="test"))(DEFAULT_REGISTRY)
    assert calls.read_text() == f"get https://index.{DEFAULT_REGISTRY}/v1/\n"


def test_a_helper_that_gives_an_identity_token(config, helper) -> None:
    helper("""echo '{"Username":"<token>","Secret":"tok"}'""")
    assert docker_keychain(config(credsStore="test"))("r") == Login("", "tok", "identity")


@pytest.mark.parametrize(
    "script",
    ["echo s3cret; exit 3", "echo s3cret", "echo s3cret >&2; exit 1", """echo '{"Secret":["s3cret"]}'""", "true"],
)
def test_a_helper_that_fails_is_named_and_what_it_says_is_not_shown(config, helper, script: str) -> None:
    helper(script)
    with pytest.raises(BigflowError) as caught:
        docker_keychain(config(credsStore="test"))("r.example")
    assert "docker-credential-test" in caught.value.message
    assert "s3cret" not in f"{caught.value} {caught.value.hint}"


def test_a_helper_that_is_not_installed(config) -> None:
    with pytest.raises(UsageError, match="docker-credential-nowhere"):
        docker_keychain(config(credsStore="nowhere"))("r.example")


@pytest.mark.parametrize("name", ["../evil", "a b", "", "/bin/sh"])
def test_a_helper_is_a_name_and_not_a_path(config, name: str) -> None:
    keychain = docker_keychain(config(credHelpers={"r.example": name or "a/b"}))
    with pytest.raises(UsageError, match="helper"):
        keychain("r.example")


def test_a_login_is_not_shown() -> None:
    assert "s3cret" not in repr(Login("anna", "s3cret"))
    assert "s3cret" not in str((Login("anna", "s3cret"), [Login("anna", "s3cret")]))


@pytest.mark.parametrize(
    ("header", "wanted"),
    [
        ("", None),
        ("Negotiate", None),
        ('Basic realm="x"', Challenge("basic", "x")),
        ("basic", Challenge("basic")),
        ('Bearer realm="https://a/t",service="s",scope="a:b:c,d"', Challenge("bearer", "https://a/t", "s", "a:b:c,d")),
        ('Basic realm="x", Bearer realm="https://a/t", service="s"', Challenge("bearer", "https://a/t", "s")),
        ('Bearer realm="https://a/t" , Basic realm="x"', Challenge("bearer", "https://a/t")),
        ("bearer realm=https://a/t,service=s", Challenge("bearer", "https://a/t", "s")),
    ],
)  # fmt: skip
def test_challenges(header: str, wanted: Challenge | None) -> None:
    assert challenge_of(header) == wanted


@given(st.text(max_size=200))
def test_any_header_is_a_challenge_or_none(text: str) -> None:
    found = challenge_of(text)
    assert found is None or found.scheme in ("basic", "bearer")
