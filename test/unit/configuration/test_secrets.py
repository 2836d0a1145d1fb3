import pickle

import pytest

from bigflow.configuration.secrets import HIDDEN, looks_secret, secretstr, shown

LOOK_SECRET = """
    password db_password dbPassword DB_PASSWD pwd passphrase SECRET secret2 vault.secret access_tokens
    apiKey APIKey api-key apikey credentials
"""


@pytest.mark.parametrize("name", LOOK_SECRET.split())
def test_names_that_look_secret(name: str) -> None:
    assert looks_secret(name)


@pytest.mark.parametrize(
    "name", ["", "keyboard", "monkey", "tokenizer", "secretary", "bucket", "passwordless", "env", "1"]
)
def test_names_that_only_contain_the_letters(name: str) -> None:
    assert not looks_secret(name)


def test_secrets_are_hidden_at_any_depth() -> None:
    value = {
        "db": {"password": "x1", "host": "h"},
        "list": [{"token": "x2"}, secretstr("x3")],
        "pair": ("a", secretstr("x4")),
    }
    assert shown("settings", value) == {
        "db": {"password": HIDDEN, "host": "h"},
        "list": [{"token": HIDDEN}, HIDDEN],
        "pair": ["a", HIDDEN],
    }
    assert shown("settings", value) != value


def test_a_secret_name_hides_whatever_it_holds() -> None:
    assert shown("tokens", ["a", "b"]) == HIDDEN
    assert shown("password", None) == HIDDEN


def test_secretstr_is_text_that_hides_in_repr_and_tells_not_even_its_length() -> None:
    secret = secretstr("x" * 20)
    assert secret == "x" * 20
    assert f"{secret}" == "x" * 20
    assert repr([secret]) == repr([secretstr("y")])
    assert "x" not in repr(secret)
    again = pickle.loads(pickle.dumps(secret))
    assert (type(again), again) == (secretstr, secret)
