"""A vault gives tokens, anew when one is refused; what goes wrong is told without any secret."""

import pytest
from support.google_storage import served
from support.vault import SECRET, vault

from bigflow._http.network import Proxies
from bigflow.containers.auth import Login
from bigflow.deployer.logins import with_tokens
from bigflow.deployer.vault import Vault, VaultTokens
from bigflow.errors import BigflowError, OutsideError, UsageError


def test_one_token_for_all_until_it_is_refused() -> None:
    with vault() as there:
        tokens = VaultTokens(Vault(there.endpoint, SECRET))
        assert [tokens.token(), tokens.token(), tokens.token("somebody's")] == ["ya29.first"] * 3
        assert tokens.token("ya29.first") == "ya29.second"
        assert tokens.token("ya29.first") == "ya29.second"  # another thread has seen to it
        assert there.given == 2


def test_it_logs_in_to_registries_as_1_11_did() -> None:
    with vault() as there:
        keychain = with_tokens(VaultTokens(Vault(there.endpoint, SECRET)).token)
        login = keychain("eu.gcr.io")
        assert login == Login("oauth2accesstoken", "ya29.first")
        assert keychain("eu.gcr.io", login) == Login("oauth2accesstoken", "ya29.second")


@pytest.mark.parametrize(
    ("status", "body", "told"),
    [
        (200, b"{}", "gives no token"),
        (200, b"<html>", "gives no token"),
        (200, b'{"data": {"token": ""}}', "gives no token"),
        (200, b'{"data": ["token"]}', "gives no token"),
        (404, b"", "HTTP 404"),
        (302, b"", "HTTP 302"),
    ],
)
def test_an_answer_that_is_no_token(status: int, body: bytes, told: str) -> None:
    with vault() as there:
        there.broken = (status, body)
        with pytest.raises(OutsideError, match=told):
            VaultTokens(Vault(there.endpoint, SECRET)).token()


def test_a_wrong_secret_is_told_and_not_shown() -> None:
    with vault() as there, pytest.raises(OutsideError, match="does not take our secret") as error:
        VaultTokens(Vault(there.endpoint, "s.wrong-one")).token()
    assert "s.wrong-one" not in f"{error.value!r} {error.value.findings}"


@pytest.mark.parametrize(
    "given",
    [
        Vault("http://vault.example.com/v1", SECRET),
        Vault("vault.example.com", SECRET),
        Vault("https://", SECRET),
        Vault("http://127.0.0.1:1/v1", f"{SECRET}\n"),
    ],
)
def test_what_cannot_be_asked_safely_is_not_asked(given: Vault) -> None:
    with pytest.raises(UsageError) as error:
        VaultTokens(given).token()
    assert SECRET not in f"{error.value} {error.value.findings} {given!r}"


def test_the_way_to_it_is_that_of_everything_else() -> None:
    tokens = VaultTokens(Vault("https://vault.example.com/v1", SECRET), Proxies(https="ftp://proxy"))
    with pytest.raises(UsageError, match="ftp://proxy cannot be a proxy"):
        tokens.token()


def test_a_vault_that_is_busy_is_asked_again() -> None:
    answers = iter([(503, {}, b""), (429, {"Retry-After": "0"}, b""), (200, {}, b'{"data": {"token": "t"}}')])
    with served(lambda *_: next(answers)) as address:
        assert VaultTokens(Vault(address, SECRET)).token() == "t"


def test_a_vault_that_is_not_there() -> None:
    with pytest.raises(BigflowError, match=r"the vault at 127\.0\.0\.1 cannot be asked"):
        VaultTokens(Vault("http://127.0.0.1:9/v1", SECRET)).token()
