import os
from pathlib import Path

import pytest

from bigflow.builder.uv.pip_settings import UvSettings, uv_settings
from bigflow.errors import UsageError


class User:
    """A user's machine: a home, an interpreter, a project, and nothing that the real one has."""

    def __init__(self, folder: Path) -> None:
        self.home, self.prefix, self.root = folder / "home", folder / "python", folder / "project"
        for place in (self.home, self.prefix, self.root):
            place.mkdir()

    def pip_conf(self, text: str, where: str = ".config/pip/pip.conf") -> None:
        (self.home / where).parent.mkdir(parents=True, exist_ok=True)
        (self.home / where).write_text(text)

    def settings(self, **variables: str) -> UvSettings:
        known = {
            "HOME": str(self.home),
            "XDG_CONFIG_DIRS": str(self.home / "all"),
            "XDG_CONFIG_HOME": str(self.home / ".config"),
        }
        found = uv_settings({**known, **variables}, str(self.root), str(self.prefix))
        return UvSettings({k: v for k, v in found.variables.items() if k != "SSL_CERT_FILE"}, found.options)


@pytest.fixture
def user(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> User:
    if os.path.exists("/etc/pip.conf"):
        monkeypatch.setattr("sys.platform", "linux")
    return User(tmp_path)


def test_nothing_said(user: User) -> None:
    assert user.settings() == UvSettings({})


def test_indexes_count_the_same_as_for_pip(user: User) -> None:
    user.pip_conf(
        "[global]\nindex-url = https://a/simple\nextra-index-url =\n    https://b/simple\n    https://c/simple\n"
    )
    assert user.settings().variables == {
        "UV_DEFAULT_INDEX": "https://a/simple",
        "UV_EXTRA_INDEX_URL": "https://b/simple https://c/simple",
        "UV_INDEX_STRATEGY": "unsafe-best-match",
    }


def test_the_later_place_wins(user: User) -> None:
    user.pip_conf("[global]\nindex-url = https://all/simple\ntimeout = 1\n", "all/pip/pip.conf")
    user.pip_conf("[global]\nindex_url = https://old-home/simple\n", ".pip/pip.conf")
    assert user.settings().variables["UV_DEFAULT_INDEX"] == "https://old-home/simple"
    user.pip_conf("[install]\nindex-url = https://home/simple\n[freeze]\ntimeout = 3\n")
    assert user.settings().variables["UV_DEFAULT_INDEX"] == "https://home/simple"
    (user.prefix / "pip.conf").write_text("[global]\nindex-url = https://site/simple\n")
    assert user.settings().variables["UV_DEFAULT_INDEX"] == "https://site/simple"
    found = user.settings(PIP_INDEX_URL="https://said/simple").variables
    assert (found["UV_DEFAULT_INDEX"], found["UV_HTTP_TIMEOUT"]) == ("https://said/simple", "1")


def test_a_file_that_is_named(user: User, tmp_path: Path) -> None:
    user.pip_conf("[global]\nindex-url = https://home/simple\n")
    (tmp_path / "mine.conf").write_text("[global]\ntimeout = 7\n")
    assert user.settings(PIP_CONFIG_FILE=str(tmp_path / "mine.conf")).variables == {"UV_HTTP_TIMEOUT": "7"}
    assert user.settings(PIP_CONFIG_FILE=os.devnull).variables == {}


def test_folders_with_wheels(user: User, tmp_path: Path) -> None:
    (user.home / "wheels").mkdir()
    found = user.settings(
        PIP_FIND_LINKS=f"{user.home}/wheels {tmp_path}/gone https://example.org/wheels", PIP_NO_INDEX="1"
    )
    assert found.variables["UV_FIND_LINKS"] == f"{user.home}/wheels,https://example.org/wheels"
    assert found.options == ("--no-index",)


def test_how_to_connect(user: User) -> None:
    user.pip_conf(
        "[global]\nproxy = http://p:1\ntrusted-host = a\n  b:81\nclient-cert = /c.pem\nkeyring-provider = import\n"
    )
    assert user.settings(PIP_DEFAULT_TIMEOUT="9").variables == {
        "ALL_PROXY": "http://p:1",
        "UV_INSECURE_HOST": "a b:81",
        "SSL_CLIENT_CERT": "/c.pem",
        "UV_KEYRING_PROVIDER": "subprocess",
        "UV_HTTP_TIMEOUT": "9",
    }


@pytest.mark.parametrize("variable", ["UV_DEFAULT_INDEX", "UV_INDEX", "UV_FIND_LINKS", "UV_CONFIG_FILE"])
def test_who_has_set_up_uv_is_not_talked_to_about_pip(user: User, variable: str) -> None:
    user.pip_conf("[global]\nindex-url = https://home/simple\ntimeout = 7\n")
    assert user.settings(**{variable: "https://u/simple"}).variables == {"UV_HTTP_TIMEOUT": "7"}


@pytest.mark.parametrize(
    ("file", "text"),
    [
        ("project/uv.toml", '[[index]]\nurl = "https://u/simple"\n'),
        ("project/uv.toml", 'extra-index-url = ["https://u/simple"]\n'),
        ("project/pyproject.toml", '[[tool.uv.index]]\nurl = "https://u/simple"\n'),
        ("home/.config/uv/uv.toml", 'find-links = ["/wheels"]\n'),
    ],
)
def test_nor_who_did_so_in_a_file(user: User, tmp_path: Path, file: str, text: str) -> None:
    user.pip_conf("[global]\nindex-url = https://home/simple\n")
    assert "UV_DEFAULT_INDEX" in user.settings().variables
    (tmp_path / file).parent.mkdir(parents=True, exist_ok=True)
    (tmp_path / file).write_text(text)
    assert user.settings().variables == {}


def test_what_uv_was_told_stands(user: User) -> None:
    user.pip_conf("[global]\nindex-url = https://home/simple\ntimeout = 7\n")
    found = user.settings(UV_HTTP_TIMEOUT="3", UV_INDEX_STRATEGY="first-index").variables
    assert found == {"UV_DEFAULT_INDEX": "https://home/simple"}


@pytest.mark.parametrize("content", [b"index-url = https://home/simple\n", b"[global]\nindex-url = caf\xe9\n"])
def test_a_file_that_cannot_be_read(user: User, content: bytes) -> None:
    user.pip_conf("")
    (user.home / ".config/pip/pip.conf").write_bytes(content)
    with pytest.raises(UsageError, match="configuration of pip") as caught:
        user.settings()
    assert caught.value.where == f"{user.home}/.config/pip/pip.conf"
