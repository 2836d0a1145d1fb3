from pathlib import Path

import pytest
from support.bases import base_of

from bigflow.builder.image.known import known_secrets
from bigflow.builder.image.secrets import leaks
from bigflow.containers.image import Image
from bigflow.containers.layer import Entry
from bigflow.containers.store import Store

SECRETS = {"the variable bf_password": b"correct-horse"}
AT = "opt/venv/lib/python3.12/site-packages/shop"


def found(tmp_path: Path, *entries: Entry, image: Image | None = None) -> list[str]:
    store = Store(str(tmp_path / "store"))
    image = image or base_of(store, entries)
    return list(leaks(image, image.layers, store, SECRETS))


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("settings.py", b"PASSWORD = 'correct-horse'\n"),
        ("__pycache__/settings.cpython-312.pyc", b"\0\0correct-horse\0"),
        (".netrc", b""),
        (".pypirc", b""),
        (".git-credentials", b""),
        (".docker/config.json", b"{}"),
        (".aws/credentials", b""),
        (".env", b""),
        (".env.prod", b""),
        ("id_ed25519", b""),
        ("resources/key.json", b'{"type": "service_account", "private_key": "x"}'),
        ("resources/key.pem", b"-----BEGIN RSA PRIVATE KEY-----\n"),
        ("resources/key.txt", b"x\n-----BEGIN PRIVATE KEY-----\n"),
        ("pip.conf", b"[global]\nindex-url = https://me:secret@packages.example/simple\n"),
        (".git/config", b""),
        ("deep/.git/HEAD", b""),
    ],
)
def test_what_nobody_may_find(name: str, content: bytes, tmp_path: Path) -> None:
    (one,) = found(tmp_path, Entry(f"{AT}/{name}", content=content))
    assert name in one and "correct-horse" not in one


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("pip.conf", b"[global]\nindex-url = https://packages.example/simple\n"),
        (".gitignore", b"x"),
        ("gitlike/x.git", b"x"),
        ("resources/config.json", b"{}"),
        ("resources/ca.pem", b"-----BEGIN CERTIFICATE-----\n"),
        ("environment.py", b"x"),
        ("netrc.py", b"import netrc"),
    ],
)
def test_what_is_harmless(name: str, content: bytes, tmp_path: Path) -> None:
    assert found(tmp_path, Entry(f"{AT}/{name}", content=content)) == []


def test_the_settings_of_the_image_are_looked_at(tmp_path: Path) -> None:
    store = Store(str(tmp_path / "store"))
    image = base_of(store, (Entry("a", content=b""),))
    image = image.with_settings(image.settings.with_env(TOKEN="correct-horse"))
    assert found(tmp_path, image=image) == ["the settings of the image have the value of the variable bf_password"]


def test_which_secrets_this_machine_knows(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("bf_password", "correct-horse")
    monkeypatch.setenv("BF_TOKEN", "a-token-in-capitals")
    monkeypatch.setenv("bf_env", "production")
    monkeypatch.setenv("bf_docker_repository", "registry.example/shop")
    monkeypatch.setenv("bf_short", "on")
    (tmp_path / ".env.dev").write_text("bf_password=correct-horse\nbf_key='another secret'\n")
    known = known_secrets(str(tmp_path))
    assert known == {
        "the variable bf_password": b"correct-horse",
        "the variable bf_token": b"a-token-in-capitals",
        "bf_key of .env.dev": b"another secret",
    }
