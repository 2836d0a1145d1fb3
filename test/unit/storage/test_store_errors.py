"""What users are told when a cloud says no: which bucket, which permission, who asked, what to type; and no secret."""

from collections.abc import Callable, Mapping
from dataclasses import replace

import pytest
from support.google_storage import GoogleStorage, google_storage, served
from support.object_store import KEYS, QUICK, Ground

from bigflow.errors import BigflowError, OutsideError, UsageError
from bigflow.storage import (
    ABSENT,
    Access,
    Amazon,
    AmazonKeys,
    Anonymous,
    Google,
    NoBucket,
    Proxies,
    Refused,
    Store,
    Token,
    Trust,
    open_store,
)

SECRET = "ya29.a-token-that-nobody-may-see"
ACTS: Mapping[str, Callable[[Store], object]] = {
    "list": lambda store: list(store.listing()),
    "read": lambda store: store.read("x"),
    "write": lambda store: store.write("x", b"1"),
    "delete": lambda store: store.delete("x"),
}


def told(error: BigflowError) -> str:
    """All that could ever be printed."""
    chain = [error, error.__cause__, error.__context__]
    return " ".join(f"{one} {one!r} {getattr(one, 'hint', '')}" for one in chain if one)


@pytest.mark.parametrize("act", ["list", "write"])
def test_a_bucket_that_does_not_exist(cloud: Ground, act: str) -> None:
    with pytest.raises(NoBucket, match=f"there is no bucket {cloud.kind}://absent") as caught:
        ACTS[act](open_store(f"{cloud.kind}://absent/dags", cloud.access))
    assert caught.value.hint


@pytest.mark.parametrize("act", ["read", "delete"])
def test_a_bucket_that_does_not_exist_is_told_from_an_object(cloud: Ground, act: str) -> None:
    with pytest.raises(NoBucket):
        ACTS[act](open_store(f"{cloud.kind}://absent/dags", cloud.access))


@pytest.mark.parametrize(
    ("act", "permission"),
    [
        ("list", "storage.objects.list"),
        ("read", "storage.objects.get"),
        ("write", "storage.objects.create"),
        ("delete", "storage.objects.delete"),
    ],
)
def test_a_permission_of_google_that_is_missing(act: str, permission: str) -> None:
    with google_storage("ours") as storage:
        storage.denied.add(permission)
        store = open_store("gs://ours/dags", Access(Token(lambda: SECRET), storage.endpoint, patience=QUICK))
        with pytest.raises(Refused) as caught:
            ACTS[act](store)
    assert f"the access token that was given may not {act} gs://ours/dags" in caught.value.message
    assert f"deployer@x.iam.gserviceaccount.com does not have {permission}" in caught.value.message
    assert permission in caught.value.hint
    assert "gcloud auth list" in caught.value.hint
    assert len(storage.requests) == 1, "no is no"


def test_an_expired_token_is_got_anew_once() -> None:
    given = iter(["expired", "good"])
    with google_storage("ours") as storage:
        storage.tokens = {"good"}
        once = replace(QUICK, tries=1)  # new credentials are no second try
        store = open_store("gs://ours", Access(Token(lambda: next(given)), storage.endpoint, patience=once))
        store.write("x", b"1", expecting=ABSENT)
        assert store.read("x").content == b"1"
        assert len(storage.requests) == 3


def test_a_token_that_is_never_good() -> None:
    with google_storage("ours") as storage:
        storage.tokens = {"good"}
        store = open_store("gs://ours", Access(Token(lambda: SECRET), storage.endpoint, patience=QUICK))
        with pytest.raises(Refused, match="does not accept the credentials of the access token") as caught:
            store.read("x")
        assert len(storage.requests) == 2
    assert "gcloud auth application-default login" in caught.value.hint
    assert SECRET not in told(caught.value)
    assert "Bearer ***" in caught.value.message, "the server repeats what it was shown"


def s3_says(status: int, code: str, message: str, seen: list[Mapping[str, str]]) -> Callable[..., object]:
    body = f"<Error><Code>{code}</Code><Message>{message}</Message><StringToSign>s</StringToSign></Error>"

    def answer(method: str, target: str, headers: Mapping[str, str], _: bytes) -> tuple[int, dict[str, str], bytes]:
        seen.append(dict(headers.items()))
        return status, {"Content-Type": "application/xml"}, body.encode()

    return answer


@pytest.mark.parametrize(
    ("status", "code", "message", "expected", "hint", "asked"),
    [
        (
            403,
            "AccessDenied",
            "User: arn:aws:iam::1:user/ci is not authorized",
            "may not list s3://ours/dags",
            "s3:ListBucket",
            1,
        ),
        (403, "RequestTimeTooSkewed", "The difference is too large.", "its clock is wrong", "timedatectl", 1),
        (400, "ExpiredToken", "The provided token has expired.", "does not accept the credentials", "aws sso login", 2),
        (403, "InvalidAccessKeyId", "No such key.", "does not accept the credentials", "aws sso login", 2),
        (403, "SignatureDoesNotMatch", "Check your key.", "does not accept the credentials", "aws sso login", 2),
        (503, "SlowDown", "Please reduce your request rate.", "cannot list s3://ours/dags now", "later", 3),
        (409, "OperationAborted", "Try again.", "cannot list", "later", 3),
        (418, "Teapot", "I am one.", "418 Teapot I am one.", "message", 1),
    ],
)
def test_what_s3_says(status: int, code: str, message: str, expected: str, hint: str, asked: int) -> None:
    seen: list[Mapping[str, str]] = []
    answering = s3_says(status, code, message, seen)
    with served(answering) as endpoint, pytest.raises(OutsideError) as caught:  # type: ignore[arg-type]
        list(open_store("s3://ours/dags", Access(KEYS, endpoint, patience=QUICK)).listing())
    assert expected in caught.value.message
    assert hint in caught.value.hint
    assert len(seen) == asked


def test_no_secret_of_ours_is_repeated() -> None:
    keys = AmazonKeys("AKIAEXAMPLE", "the-secret-key-of-aws", "the-session-token-of-aws")

    def parrot(method: str, target: str, headers: Mapping[str, str], _: bytes) -> tuple[int, dict[str, str], bytes]:
        shown = " ".join(f"{name}: {value}" for name, value in headers.items())
        return 403, {}, f"<Error><Code>AccessDenied</Code><Message>{shown}</Message></Error>".encode()

    with served(parrot) as endpoint, pytest.raises(Refused) as caught:
        open_store("s3://ours", Access(Amazon(keys=keys), endpoint, patience=QUICK)).read("x")
    assert "***" in caught.value.message
    for secret in (keys.secret, keys.session_token):
        assert secret not in told(caught.value)


def test_no_secret_is_in_what_the_values_look_like() -> None:
    access = Access(KEYS, trust=Trust(proxies=Proxies(https="http://user:hidden@proxy:3128")))
    shown = repr(access) + repr(Access(Token(lambda: SECRET)))
    assert "a-secret" not in shown
    assert "hidden" not in shown
    assert SECRET not in shown


@pytest.mark.parametrize(
    ("asked_for", "least", "most"),
    [("3", 3.0, 3.0), ("900", 9.0, 9.0), ("", 0.125, 0.25), ("Sat, 21 Nov 2026 00:00:00 GMT", 0.125, 0.25)],
)
def test_a_busy_service_is_given_the_time_it_asks_for(cloud: Ground, asked_for: str, least: float, most: float) -> None:
    waited: list[float] = []
    answers = iter([(429, {"Retry-After": asked_for} if asked_for else {}, b""), (200, {"ETag": '"1"'}, b"content")])
    with served(lambda *_: next(answers)) as endpoint:
        patience = replace(QUICK, pause=0.25, longest_pause=9.0, sleep=waited.append)
        assert cloud.store(endpoint=endpoint, patience=patience).read("x").content == b"content"
    assert len(waited) == 1
    assert least <= waited[0] <= most


def test_nobody_answers(cloud: Ground) -> None:
    """Port 9 is nobody's."""
    store = cloud.store(endpoint="http://127.0.0.1:9")
    with pytest.raises(OutsideError, match=r"127\.0\.0\.1:9 cannot be reached: .*refused") as caught:
        store.read("x")
    assert "network" in caught.value.hint


def test_a_server_that_sends_drop_by_drop_is_given_up(cloud: Ground) -> None:
    clock = iter(range(0, 100_000, 50))
    slow = replace(QUICK, silence=60.0, stopwatch=lambda: float(next(clock)))
    cloud.store().write("big", b"x" * 3_000_000)
    with pytest.raises(OutsideError, match="which is too slow"):
        cloud.store(patience=replace(slow, slowest=1e9)).read("big")


@pytest.mark.parametrize(
    "body", [b"<html>Sign in to the WiFi</html>", b"", b"[]", b"{", b'{"items": [{"name": "dags/x"}]}', b"<a>"]
)
def test_somebody_else_answers(cloud: Ground, body: bytes) -> None:
    with served(lambda *_: (200, {}, body)) as endpoint:
        store = open_store(f"{cloud.kind}://ours/dags", replace(cloud.access, endpoint=endpoint))
        with pytest.raises(OutsideError, match="cannot be read") as caught:
            list(store.listing())
    assert "proxy" in caught.value.hint


def test_the_region_of_a_bucket_is_learned() -> None:
    asked: list[str] = []

    def elsewhere(method: str, target: str, headers: Mapping[str, str], _: bytes) -> tuple[int, dict[str, str], bytes]:
        asked.append(headers["Authorization"])
        if "/eu-west-1/" not in headers["Authorization"]:
            return (
                400,
                {"x-amz-bucket-region": "eu-west-1"},
                b"<Error><Code>AuthorizationHeaderMalformed</Code></Error>",
            )
        return 200, {"ETag": '"1"'}, b"content"

    with served(elsewhere) as endpoint:
        store = open_store("s3://ours", Access(KEYS, endpoint, patience=QUICK))
        assert store.read("x").content == b"content"
        assert store.read("y").content == b"content"
    assert len(asked) == 3, "once learned, it is known"


def test_a_region_that_is_never_right() -> None:
    def elsewhere(*_: object) -> tuple[int, dict[str, str], bytes]:
        return 301, {"x-amz-bucket-region": "eu-west-1"}, b""

    with served(elsewhere) as endpoint, pytest.raises(OutsideError, match="in the region eu-west-1"):
        open_store("s3://ours", Access(KEYS, endpoint, patience=QUICK)).read("x")


@pytest.mark.parametrize(("address", "who"), [("gs://ours", KEYS), ("s3://ours", Google()), ("s3://ours", Token(str))])
def test_credentials_of_the_other_cloud(address: str, who: Google | Token | Amazon) -> None:
    with pytest.raises(UsageError, match="credentials"):
        open_store(address, Access(who))


def test_an_endpoint_without_a_scheme() -> None:
    with pytest.raises(UsageError, match="'localhost:9000' is no endpoint"):
        open_store("s3://ours", Access(Anonymous(), "localhost:9000"))


def test_a_hash_that_does_not_fit_is_refused_by_the_store(gs: GoogleStorage) -> None:
    """What is damaged on its way is not stored: the stand-in checks the hash as the real one does."""
    body = b'--b\r\n\r\n{"name": "n", "md5Hash": "wrong"}\r\n--b\r\n\r\ncontent\r\n--b--'
    status, _, _ = gs.answer(
        "POST", "/upload/storage/v1/b/ours/o", {"Content-Type": "multipart/related; boundary=b"}, body
    )
    assert status == 400
    assert "n" not in gs.buckets["ours"]
