"""Who we are: tokens that google-auth gets, keys that AWS's chain finds, and signatures that a server can check."""

import hashlib
import hmac
import json
import subprocess
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path
from urllib.parse import parse_qsl, quote, urlsplit

import pytest
from support.google_storage import google_storage, served
from support.object_store import QUICK

from bigflow._http.network import Proxies
from bigflow.errors import OutsideError, UsageError
from bigflow.storage import Access, Amazon, AmazonKeys, Google, Refused, Trust, open_store

SECRET = "the-secret-key"
Reply = tuple[int, dict[str, str], bytes]


@pytest.fixture(autouse=True)
def nowhere(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """No credentials of the machine on which the tests run."""
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("CLOUDSDK_CONFIG", str(tmp_path))
    monkeypatch.setenv("NO_GCE_CHECK", "true")
    monkeypatch.setenv("AWS_EC2_METADATA_DISABLED", "true")
    for name in ("GOOGLE_APPLICATION_CREDENTIALS", "AWS_PROFILE", "AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.delenv(name, raising=False)
    for name in ("AWS_CONFIG_FILE", "AWS_SHARED_CREDENTIALS_FILE"):
        monkeypatch.setenv(name, str(tmp_path / name.lower()))


@pytest.fixture
def issued(tmp_path: Path) -> Iterator[tuple[list[str], str]]:
    """What a token service was asked, and its address. It gives token-1, token-2 and so on."""
    asked: list[str] = []

    def answer(method: str, target: str, headers: Mapping[str, str], body: bytes) -> Reply:
        asked.append(f"{target} {body.decode()}")
        token = {"access_token": f"token-{len(asked)}", "expires_in": 3600, "token_type": "Bearer"}
        token["issued_token_type"] = "urn:ietf:params:oauth:token-type:access_token"
        return 200, {"Content-Type": "application/json"}, json.dumps(token).encode()

    with served(answer) as endpoint:
        yield asked, endpoint


def key_file(folder: Path, endpoint: str) -> Path:
    """The key of a service account."""
    from cryptography.hazmat.primitives import serialization
    from cryptography.hazmat.primitives.asymmetric import rsa

    private = rsa.generate_private_key(65537, 2048).private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    path = folder / "key.json"
    told = {"type": "service_account", "client_email": "deployer@x.iam.gserviceaccount.com", "private_key_id": "1"}
    path.write_text(json.dumps({**told, "private_key": private.decode(), "token_uri": endpoint}))
    return path


def external_file(folder: Path, endpoint: str) -> Path:
    """What a CI gets that has no key: its own token is exchanged for one of Google's."""
    (folder / "ci-token").write_text("token of the CI")
    path = folder / "external.json"
    told = {
        "type": "external_account",
        "audience": "//iam.googleapis.com/projects/1/locations/global/workloadIdentityPools/p/providers/ci",
        "subject_token_type": "urn:ietf:params:oauth:token-type:jwt",
        "token_url": f"{endpoint}/v1/token",
        "credential_source": {"file": str(folder / "ci-token")},
    }
    path.write_text(json.dumps(told))
    return path


@pytest.mark.parametrize("kind", [key_file, external_file])
@pytest.mark.parametrize("way", ["default", "file"])
def test_google_credentials(
    issued: tuple[list[str], str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch, kind: object, way: str
) -> None:
    asked, endpoint = issued
    path = kind(tmp_path, endpoint)  # type: ignore[operator]
    if way == "default":
        monkeypatch.setenv("GOOGLE_APPLICATION_CREDENTIALS", str(path))
    with google_storage("ours") as storage:
        storage.tokens = {f"token-{number}" for number in range(9)}
        who = Google(key_file=str(path) if way == "file" else "")
        store = open_store("gs://ours", Access(who, storage.endpoint, patience=QUICK))
        store.write("x", b"1")
        before = len(asked)
        assert store.read("x").content == b"1"
        assert len(asked) == before, "a token is kept as long as it is good"
        storage.tokens -= {f"token-{number}" for number in range(before + 1)}  # those were revoked
        assert store.read("x").content == b"1"
        assert len(asked) > before


def test_another_account_is_asked_for_at_google(issued: tuple[list[str], str], tmp_path: Path) -> None:
    """The proxy sees where we go: it lets nobody through."""
    asked, endpoint = issued
    seen: list[str] = []

    def proxy(method: str, target: str, headers: Mapping[str, str], _: bytes) -> Reply:
        seen.append(f"{method} {target}")
        return 403, {}, b""

    who = Google(str(key_file(tmp_path, endpoint)), impersonate="prod@x.iam.gserviceaccount.com")
    with served(proxy) as address:
        access = Access(who, trust=Trust(proxies=Proxies(https=address)), patience=QUICK)
        with pytest.raises(OutsideError, match="cannot be asked for a token"):
            open_store("gs://ours", access).read("x")
    assert len(asked) == 1, "our own token comes first"
    assert set(seen) == {"CONNECT iamcredentials.googleapis.com:443"}


def test_nobody_is_logged_in() -> None:
    with pytest.raises(UsageError, match="there are no Google credentials here") as caught:
        open_store("gs://ours", Access(patience=QUICK)).read("x")
    assert caught.value.hint == "gcloud auth application-default login"


def test_a_key_file_that_is_not_there(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="was not found"):
        open_store("gs://ours", Access(Google(key_file=str(tmp_path / "absent.json")))).read("x")


def test_google_refuses_the_refresh(tmp_path: Path) -> None:
    refusal = b'{"error": "invalid_grant", "error_description": "Token has been expired or revoked."}'
    with served(lambda *_: (400, {}, refusal)) as endpoint:
        who = Google(key_file=str(key_file(tmp_path, endpoint)))
        with pytest.raises(Refused, match="expired or revoked") as caught:
            open_store("gs://ours", Access(who, patience=QUICK)).read("x")
    assert "gcloud auth application-default login" in caught.value.hint
    assert "clock" in caught.value.hint


def test_google_cannot_be_asked(tmp_path: Path) -> None:
    who = Google(key_file=str(key_file(tmp_path, "http://127.0.0.1:9")))
    with pytest.raises(OutsideError, match="cannot be asked for a token"):
        open_store("gs://ours", Access(who, patience=QUICK)).read("x")


def verified(method: str, target: str, headers: Mapping[str, str], body: bytes, secret: str) -> bool:
    """Whether a request has the signature that version 4 of AWS's scheme wants, worked out from what arrived."""
    told = dict(part.split("=", 1) for part in headers["Authorization"].partition(" ")[2].replace(",", "").split())
    _, day, region, service, _ = told["Credential"].split("/")
    parts = urlsplit(target)
    query = "&".join(
        sorted(
            f"{quote(n, safe='-_.~')}={quote(v, safe='-_.~')}"
            for n, v in parse_qsl(parts.query, keep_blank_values=True)
        )
    )
    signed = told["SignedHeaders"].split(";")
    lines = "".join(f"{name}:{' '.join(headers[name].split())}\n" for name in signed)
    digest = hashlib.sha256(body).hexdigest()
    canonical = "\n".join([method, parts.path, query, lines, ";".join(signed), digest])
    scope = f"{day}/{region}/{service}/aws4_request"
    text = f"AWS4-HMAC-SHA256\n{headers['X-Amz-Date']}\n{scope}\n{hashlib.sha256(canonical.encode()).hexdigest()}"
    key = f"AWS4{secret}".encode()
    for step in (day, region, service, "aws4_request", text):
        key = hmac.digest(key, step.encode(), "sha256")
    must = {"host", "x-amz-content-sha256", "x-amz-date"} | {
        n.lower() for n in headers if n.lower().startswith("x-amz-meta")
    }
    return key.hex() == told["Signature"] and must <= set(signed) and headers["X-Amz-Content-SHA256"] == digest


@pytest.fixture
def checking() -> Iterator[tuple[list[bool], str]]:
    """An S3 that does nothing but check signatures."""
    good: list[bool] = []

    def answer(method: str, target: str, headers: Mapping[str, str], body: bytes) -> Reply:
        good.append(verified(method, target, headers, body, SECRET))
        return 200, {"ETag": '"1"', "Last-Modified": "Sat, 21 Nov 2026 00:00:00 GMT"}, b"<ListBucketResult/>"

    with served(answer) as endpoint:
        yield good, endpoint


@pytest.mark.parametrize("name", ["x", "a b/ż/c+d&e=f", "~tilde-and_more.py", "%41", "(*)!'", "a?b#c"])
def test_a_server_can_check_our_signatures(checking: tuple[list[bool], str], name: str, tmp_path: Path) -> None:
    good, endpoint = checking
    (tmp_path / "file").write_bytes(b"content of a file")
    store = open_store("s3://ours", Access(Amazon(keys=AmazonKeys("AK", SECRET)), endpoint, patience=QUICK))
    store.write(name, b"1", expecting="", media_type="text/x-python")
    store.write(name, tmp_path / "file")
    store.read(name)
    store.stat(name)
    store.delete(name, expecting="1")
    assert list(store.listing(name)) == []
    assert good == [True] * 6


def test_aws_chain_finds_a_profile(checking: tuple[list[bool], str], tmp_path: Path) -> None:
    good, endpoint = checking
    (tmp_path / "aws_shared_credentials_file").write_text(
        "".join(
            f"[{profile}]\naws_access_key_id = AK\naws_secret_access_key = {secret}\n"
            for profile, secret in (("prod", SECRET), ("other", "another one"))
        )
    )
    open_store("s3://ours", Access(Amazon(profile="prod"), endpoint, patience=QUICK)).read("x")
    open_store("s3://ours", Access(Amazon(profile="other"), endpoint, patience=QUICK)).read("x")
    assert good == [True, False], "the check can fail"


def test_there_is_no_such_profile() -> None:
    with pytest.raises(UsageError, match="there is no AWS profile absent") as caught:
        open_store("s3://ours", Access(Amazon(profile="absent"), patience=QUICK)).read("x")
    assert caught.value.hint == "aws configure list-profiles"


def test_nobody_is_known_to_aws() -> None:
    with pytest.raises(UsageError, match="there are no AWS credentials here") as caught:
        open_store("s3://ours", Access(patience=QUICK)).read("x")
    assert "aws sso login" in caught.value.hint


def test_a_program_that_gives_credentials_fails(tmp_path: Path) -> None:
    (tmp_path / "aws_config_file").write_text("[default]\ncredential_process = /bin/false\n")
    with pytest.raises(Refused, match="AWS gives no credentials") as caught:
        open_store("s3://ours", Access(patience=QUICK)).read("x")
    assert "aws sso login" in caught.value.hint


def test_the_way_out_is_a_proxy() -> None:
    seen: list[tuple[str, str]] = []

    def proxy(method: str, target: str, headers: Mapping[str, str], _: bytes) -> Reply:
        seen.append((target, headers.get("Proxy-Authorization", "")))
        return 200, {"ETag": '"1"'}, b"content"

    with served(proxy) as address:
        way = Trust(proxies=Proxies(http=address.replace("http://", "http://user:pass@")))
        access = Access(Amazon(keys=AmazonKeys("AK", SECRET)), "http://storage.invalid", way, QUICK)
        assert open_store("s3://ours", access).read("x").content == b"content"
    assert seen == [("http://storage.invalid/ours/x", "Basic dXNlcjpwYXNz")]


def test_a_file_of_certificates_that_has_none(tmp_path: Path) -> None:
    (tmp_path / "ca.pem").write_text("nothing")
    access = Access(
        Amazon(keys=AmazonKeys("AK", SECRET)), "https://127.0.0.1:9", Trust(str(tmp_path / "ca.pem")), QUICK
    )
    with pytest.raises(UsageError, match="certificates cannot be read"):
        open_store("s3://ours", access).read("x")


def test_a_folder_needs_no_package_of_a_cloud(tmp_path: Path) -> None:
    """Nor does opening a bucket."""
    script = f"""
import sys
from bigflow.storage import *
open_store({str(tmp_path)!r}).write("x", b"1")
open_store("gs://ours"), open_store("s3://ours", Access(Anonymous()))
print(*(name for name in ("urllib3", "google.auth", "botocore", "ssl") if name in sys.modules))
"""
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    assert done.stdout.split() in ([], ["ssl"])
