import base64
import json
import re
import shutil
import subprocess
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from support.bases import base_of
from support.needs import missing

from bigflow.builder.image import secrets
from bigflow.builder.image.keys import has_private_key
from bigflow.builder.image.known import known_secrets
from bigflow.builder.image.secrets import leaks
from bigflow.containers.image import Image
from bigflow.containers.layer import Entry
from bigflow.containers.store import Store

SECRETS = {"the variable bf_password": b"correct-horse"}
AT = "opt/venv/lib/python3.12/site-packages/shop"


DER = b"\x30\x82\x01\x00" + bytes(range(256))  # one value of ASN.1, as long as it says
KEYS = [
    ("genrsa", "-traditional", "1024"),
    ("genpkey", "-algorithm", "RSA", "-pkeyopt", "rsa_keygen_bits:1024"),
    ("genpkey", "-algorithm", "ED25519"),
    ("ecparam", "-name", "prime256v1", "-genkey", "-noout"),
    ("genpkey", "-algorithm", "ED25519", "-aes-128-cbc", "-pass", "pass:x"),
    ("genrsa", "-traditional", "-aes128", "-passout", "pass:x", "1024"),
]


def pem(data: bytes, kind: str = "") -> bytes:
    lines = base64.encodebytes(data)
    return b"-----BEGIN %bPRIVATE KEY-----\n%b-----END %bPRIVATE KEY-----\n" % (kind.encode(), lines, kind.encode())


def found(tmp_path: Path, *entries: Entry, image: Image | None = None) -> list[str]:
    store = Store(str(tmp_path / "store"))
    image = image or base_of(store, entries)
    return list(leaks(image, image.layers, store, SECRETS, "the_shop"))


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
        ("resources/key.json", json.dumps({"type": "service_account", "private_key": pem(DER).decode()}).encode()),
        ("resources/key.pem", pem(DER, "RSA ")),
        ("resources/key.txt", b"x\n" + pem(DER)),
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


@pytest.mark.parametrize("words", KEYS, ids=" ".join)
def test_keys_that_openssl_makes(words: tuple[str, ...]) -> None:
    if not shutil.which("openssl"):
        missing("openssl", "it is not installed")
    made = subprocess.run(["openssl", *words], check=True, capture_output=True).stdout
    assert has_private_key(made)
    assert has_private_key(made.replace(b"\n", b"\r\n"))
    assert has_private_key(repr(made).encode())  # in a program
    assert has_private_key(b"".join(b'    b"' + line + b'\\n"\n' for line in made.splitlines()))
    assert not has_private_key(made[: len(made) // 2])
    marks = re.findall(rb"-----[A-Z ]+-----", made)
    assert not has_private_key(b"\n".join(marks))
    assert not has_private_key(marks[-2] + b"\nMIIEpAIBAAKCAQEAn...\n" + marks[-1])


@given(st.binary(min_size=30, max_size=3000), st.sampled_from(["", "RSA ", "EC ", "OPENSSH "]))
def test_what_is_no_key_is_none_whatever_its_marks(data: bytes, kind: str) -> None:
    whole = data[:1] == b"\x30" or data.startswith(b"openssh-key")
    assert whole or not has_private_key(pem(data, kind))


@pytest.mark.parametrize(
    "data", [DER[:-1], DER + b"x", b"\x30\x20" + bytes(33), b"\x30" + bytes(40), b"\x31" + DER[1:]]
)
def test_letters_that_are_no_value_of_asn1_are_no_key(data: bytes) -> None:
    assert not has_private_key(pem(data))
    assert has_private_key(pem(DER)) and has_private_key(pem(b"\x30\x20" + bytes(32)))


def test_what_openssh_makes() -> None:
    assert has_private_key(pem(b"openssh-key-v1\0\0\0\0\4none" + bytes(60), "OPENSSH "))


def test_a_program_that_reads_keys_has_the_marks() -> None:
    """Ours, too: the sources of the check itself."""
    ours = Path(secrets.__file__).parent
    assert not any(has_private_key(path.read_bytes()) for path in ours.rglob("*.py*"))
    binary = b"\0".join((b"-----BEGIN PRIVATE KEY-----\n", b"%s", b"-----END PRIVATE KEY-----\n", bytes(99))) * 9
    assert not has_private_key(binary)
    assert not has_private_key(b"-----BEGIN PRIVATE KEY-----" * 20_000)


SITE = "usr/local/lib/python3.12/site-packages"
LIB = {f"{SITE}/lib-1.dist-info/RECORD": "lib/x.key,,\n"}


@pytest.mark.parametrize(
    ("path", "lists", "harmless"),
    [
        (f"{SITE}/tornado/test/test.key", {f"{SITE}/tornado-6.4.dist-info/RECORD": "tornado/test/test.key,,\n"}, True),
        (f"{SITE}/tornado/other.key", {f"{SITE}/tornado-6.4.dist-info/RECORD": "tornado/test/test.key,,\n"}, False),
        (f"{SITE}/shop/test.key", {f"{SITE}/The.Shop-1.0.dist-info/RECORD": "shop/test.key,,\n"}, False),
        (f"{SITE}/shop/test.key", {f"{SITE}/the_shop_of_others-1.0.dist-info/RECORD": "shop/test.key,,\n"}, True),
        (
            f"{SITE}/lib/x.key",
            {**LIB, f"{SITE}/lib-1.dist-info/direct_url.json": '{"dir_info": {}, "url": "x"}'},
            False,
        ),
        (f"{SITE}/lib/x.key", {**LIB, f"{SITE}/lib-1.dist-info/direct_url.json": '{"archive_info": {}}'}, True),
        ("usr/local/etc/x.pem", {f"{SITE}/x-1.dist-info/RECORD": '"../../../etc/x.pem",,\n'}, True),
        (f"{SITE}/a/__pycache__/b.cpython-312.pyc", {f"{SITE}/a-1.dist-info/RECORD": "a/b.py,,\n"}, True),
        ("usr/share/doc/x/key.pem", {"var/lib/dpkg/info/x:amd64.list": "/.\n/usr/share/doc/x/key.pem\n"}, True),
        ("usr/lib/libx.so", {"var/lib/dpkg/info/x.list": "/lib/libx.so\n"}, True),
        ("app/key.pem", {"app/x.list": "/app/key.pem\n", "app/RECORD": "key.pem,,\n"}, False),
        ("usr/local/lib/python3.12/test/certdata/keycert.pem", {}, True),
        ("app/test/certdata/keycert.pem", {}, False),
    ],
)
def test_what_came_with_a_package_is_known_to_all(
    path: str, lists: dict[str, str], harmless: bool, tmp_path: Path
) -> None:
    key = Entry(path, content=pem(DER))
    entries = [Entry(name, content=text.encode()) for name, text in lists.items()]
    for order in ((key, *entries), (*entries, key)):
        assert found(tmp_path, *order) == ([] if harmless else [f"/{path} has a private key"])


def test_what_came_with_a_package_may_still_have_our_secrets(tmp_path: Path) -> None:
    record = Entry(f"{SITE}/x-1.dist-info/RECORD", content=b"x.py,,\n")
    told = found(tmp_path, record, Entry(f"{SITE}/x.py", content=b"correct-horse"))
    assert told == [f"/{SITE}/x.py has the value of the variable bf_password"]


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
