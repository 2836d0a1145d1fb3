"""A registry that goes wrong in every way that we could think of: what is done about it, and what is told."""

import os
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from support.fault_proxy import Fault, fault_proxy
from support.flawed_registry import (
    Conversation,
    FlawedRegistry,
    cut,
    cut_answer,
    cut_request,
    flawed_registry,
    slowly,
    status,
)

from bigflow._http.network import USUAL_TRUST, Proxies, Trust
from bigflow._http.patience import Cut, Patience
from bigflow.containers.auth import Login, challenge_of
from bigflow.containers.blobs import Absent
from bigflow.containers.descriptor import (
    DOCKER_SCHEMA_1,
    INDEX,
    LINUX_AMD64,
    MANIFEST,
    Platform,
    descriptor_of,
)
from bigflow.containers.digest import Mismatch
from bigflow.containers.documents import Malformed, canonical
from bigflow.containers.image import Image
from bigflow.containers.index import NoSuchPlatform, index_of
from bigflow.containers.reference import parse
from bigflow.containers.registry import Registries, Repository, pull, push
from bigflow.containers.session import Session
from bigflow.containers.store import Store
from bigflow.containers.validate import problems
from bigflow.errors import BigflowError, OutsideError, UsageError

BLOB = r"/blobs/sha256:"
UPLOAD = r"/blobs/uploads/\d+"
ANNA = Login("anna", "s3cret")


class Rest:
    """A pause that takes no time, and is remembered."""

    def __init__(self) -> None:
        self.pauses: list[float] = []

    def __call__(self, seconds: float) -> None:
        self.pauses.append(seconds)


@pytest.fixture
def rest() -> Rest:
    return Rest()


@pytest.fixture
def patience(rest: Rest) -> Patience:
    return Patience(connect=2, silence=2, tries=4, sleep=rest)


Place = Callable[..., Repository]


@pytest.fixture
def place(flawed: FlawedRegistry, patience: Patience) -> Place:
    """The repository `team/shop`, to be pushed to and pulled from."""

    def make(name: str = "team/shop:1.0", login: Login | None = None) -> Repository:
        registries = Registries(USUAL_TRUST, lambda registry, refused=None: login, patience)
        return registries.writable(parse(f"{flawed.host}/{name}"))

    return make


@pytest.fixture
def there(flawed: FlawedRegistry, large: Image, store: Store) -> Image:
    """An image that the registry has."""
    for layer in large.layers:
        flawed.add_blob(Path(store.path(layer.blob.digest)).read_bytes())
    flawed.add_blob(large.configuration)
    flawed.add_manifest(MANIFEST, large.manifest, "1.0")
    return large


@pytest.fixture
def other(tmp_path: Path) -> Store:
    return Store(str(tmp_path / "other"))


def is_whole(flawed: FlawedRegistry, image: Image) -> bool:
    named = flawed.manifests.get("1.0", ("", b""))[1] == image.manifest
    return named and all(
        blob.digest in flawed.blobs for blob in (image.documents[0][0], *(x.blob for x in image.layers))
    )


# What works


def test_an_image_goes_there_and_comes_back(
    flawed: FlawedRegistry, place: Place, store: Store, large: Image, other: Store
) -> None:
    told: dict[str, int] = {}
    copied = push(
        large.descriptor,
        store,
        place(),
        lambda blob, count: told.update({blob.digest: told.get(blob.digest, 0) + count}),
    )
    assert is_whole(flawed, large)
    assert sum(told.values()) == large.size == sum(blob.size for blob in copied.moved)
    assert pull(place(), other, LINUX_AMD64) == large
    assert problems(large.descriptor, other) == ()


def test_nothing_new_costs_one_request_and_moves_nothing(
    flawed: FlawedRegistry, place: Place, store: Store, there: Image
) -> None:
    copied = push(there.descriptor, store, place())
    assert copied.moved == ()
    assert flawed.received == 0
    assert [str(seen) for seen in flawed.seen] == ["GET /v2/", "HEAD /v2/team/shop/manifests/1.0"]


def test_only_what_changed_moves(flawed: FlawedRegistry, place: Place, store: Store, there: Image, image_of) -> None:
    from bigflow.containers.layer import Entry, write_layer

    changed = there.with_layers(write_layer([Entry("line", content=b"changed")], store))
    store.put(changed.documents)
    copied = push(changed.descriptor, store, place())
    new = changed.layers[-1].blob.size + len(changed.configuration) + len(changed.manifest)
    assert flawed.received == new
    assert {blob.digest for blob in copied.kept} == {there.layers[0].blob.digest}


def test_another_tag_moves_the_manifest_only(flawed: FlawedRegistry, place: Place, store: Store, there: Image) -> None:
    push(there.descriptor, store, place("team/shop:2.0"))
    assert flawed.received == len(there.manifest)
    assert flawed.manifests["2.0"] == flawed.manifests["1.0"]


def test_several_platforms(flawed: FlawedRegistry, place: Place, store: Store, image_of, other: Store) -> None:
    images = [image_of(b"x", platform=Platform("linux", name)) for name in ("amd64", "arm64")]
    index = index_of(images)
    push(store.put(index.documents), store, place())
    assert flawed.manifests["1.0"] == (INDEX, index.data)
    assert pull(place(), other, Platform("linux", "arm64")) == images[1]
    assert not other.has(images[0].descriptor)


def test_a_neighbours_blobs_are_mounted(
    flawed: FlawedRegistry, place: Place, store: Store, there: Image, patience: Patience
) -> None:
    flawed.fails("HEAD", "/v2/new/place/", status(404), times=9)
    near = [parse(f"{flawed.host}/team/shop:1.0"), parse("elsewhere.example/x")]
    target = Registries(patience=patience).writable(parse(f"{flawed.host}/new/place:1"), near)
    push(there.descriptor, store, target)
    assert flawed.received == len(there.manifest)
    mounts = flawed.asked("POST", "mount=")
    assert len(mounts) == 2
    assert all("from=team%2Fshop" in seen.path for seen in mounts)


def test_from_registry_to_registry_without_a_disk(
    flawed: FlawedRegistry, place: Place, there: Image, patience: Patience
) -> None:
    with flawed_registry() as second:
        target = Registries(patience=patience).writable(parse(f"{second.host}/copy:1.0"))
        source = place()
        push(source.resolve(), source, target)
        assert is_whole(second, there)


def test_tags_come_page_by_page(flawed: FlawedRegistry, place: Place, there: Image) -> None:
    flawed.tags_a_page = 2
    flawed.manifests |= {f"t{n}": flawed.manifests["1.0"] for n in range(5)}
    assert list(place().tags()) == ["1.0", "t0", "t1", "t2", "t3", "t4"]
    assert len(flawed.asked("GET", "tags/list")) == 3


def test_pages_of_tags_have_an_end(flawed: FlawedRegistry, place: Place) -> None:
    flawed.fails(
        "GET", "tags/list", status(200, b'{"tags":["x"]}', Link='</v2/team/shop/tags/list>; rel="next"'), times=2000
    )
    with pytest.raises(Malformed, match="pages"):
        list(place().tags())


# Statuses


@pytest.mark.parametrize(
    ("code", "told", "hint"), [(401, "does not know us", "docker login"), (403, "does not allow", "right")]
)
def test_refusals_say_what_to_do(
    flawed: FlawedRegistry, place: Place, store: Store, small: Image, code: int, told: str, hint: str
) -> None:
    body = b'{"errors":[{"code":"DENIED","message":"quota \\u001b[31mexceeded"}]}'
    flawed.fails("POST", "uploads", status(code, body), times=9)
    with pytest.raises(OutsideError, match=told) as caught:
        push(small.descriptor, store, place())
    assert hint in caught.value.hint
    assert "quota" in caught.value.message
    assert "\x1b" not in caught.value.message
    assert "1.0" not in flawed.manifests


def test_what_is_not_there_is_absent(flawed: FlawedRegistry, place: Place) -> None:
    with pytest.raises(Absent, match="manifests/gone") as caught:
        place("team/shop:gone").resolve()
    assert caught.value.exit_code == 4


@pytest.mark.parametrize("code", [408, 429, 500, 502, 503, 504])
@pytest.mark.parametrize(
    "where", [("HEAD", BLOB), ("POST", "uploads"), ("PATCH", UPLOAD), ("PUT", UPLOAD), ("PUT", "manifests")]
)
def test_what_may_pass_is_tried_again(
    flawed: FlawedRegistry, place: Place, store: Store, large: Image, rest: Rest, code: int, where: tuple[str, str]
) -> None:
    flawed.fails(*where, status(code), times=2)
    push(large.descriptor, store, place())
    assert is_whole(flawed, large)
    assert len(rest.pauses) == 2


def test_trying_again_has_an_end_and_longer_pauses(flawed: FlawedRegistry, place: Place, rest: Rest) -> None:
    flawed.fails("HEAD", "manifests", status(503), times=99)
    with pytest.raises(OutsideError, match="503"):
        place().resolve()
    assert len(flawed.asked("HEAD")) == 4
    assert all(low <= pause <= high for pause, low, high in zip(rest.pauses, (0.25, 0.5, 1), (0.5, 1, 2), strict=True))


@pytest.mark.parametrize(
    ("headers", "pause"),
    [
        ({"Retry_After": "7"}, 7),
        ({"Retry_After": "Fri, 20 Nov 2026 10:00:09 GMT", "Date": "Fri, 20 Nov 2026 10:00:00 GMT"}, 9),
        ({"Retry_After": "soon"}, 0.25),
        ({"Retry_After": "-5"}, 0.25),
        ({"Retry_After": "0"}, 0.25),
    ],
)
def test_retry_after(
    flawed: FlawedRegistry, place: Place, there: Image, rest: Rest, headers: dict[str, str], pause: float
) -> None:
    flawed.fails("HEAD", "manifests", status(429, **headers))
    place().resolve()
    assert pause <= rest.pauses[0] <= max(pause, 0.5)


def test_a_registry_that_asks_for_hours_is_not_waited_for(flawed: FlawedRegistry, place: Place, rest: Rest) -> None:
    flawed.fails("HEAD", "manifests", status(429, Retry_After="7200"), times=9)
    with pytest.raises(OutsideError, match="7200 s"):
        place().resolve()
    assert rest.pauses == []


@pytest.mark.parametrize("code", [204, 300, 304, 418, 505])
def test_statuses_that_mean_nothing_here(flawed: FlawedRegistry, place: Place, patience: Patience, code: int) -> None:
    flawed.fails("HEAD", "manifests", status(code), times=9)
    with pytest.raises(OutsideError):
        place().resolve()


# Connections that break


@pytest.mark.parametrize("after", [0, 1, 1000, 2_000_000])
@pytest.mark.parametrize("ranges", [True, False])
def test_a_download_that_is_cut_goes_on(
    flawed: FlawedRegistry, place: Place, there: Image, other: Store, after: int, ranges: bool
) -> None:
    flawed.ranges = ranges
    flawed.fails("GET", there.layers[0].blob.digest, cut_answer(after))
    pull(place(), other, LINUX_AMD64)
    assert problems(there.descriptor, other) == ()
    second = flawed.asked("GET", there.layers[0].blob.digest)[1]
    assert second.headers.get("Range", "").startswith("bytes=" if after > 1000 else "")
    if ranges:
        assert flawed.sent <= there.size + 5000  # nothing came twice


def test_a_download_that_is_cut_each_time_ends(
    flawed: FlawedRegistry, place: Place, there: Image, other: Store
) -> None:
    flawed.fails("GET", there.layers[0].blob.digest, cut_answer(10), times=99)
    with pytest.raises(Cut):
        pull(place(), other, LINUX_AMD64)
    assert len(flawed.asked("GET", there.layers[0].blob.digest)) == 4
    assert not other.has(there.layers[0].blob)
    assert not other.has(there.descriptor)


@pytest.mark.parametrize("after", [1, 70_000, 2_500_000])
def test_an_upload_that_is_cut_goes_on(
    flawed: FlawedRegistry, place: Place, store: Store, large: Image, after: int
) -> None:
    flawed.fails("PATCH", UPLOAD, cut_request(after))
    push(large.descriptor, store, place())
    assert is_whole(flawed, large)
    assert flawed.received <= large.size + 1
    sent = [int(seen.headers["Content-Length"]) for seen in flawed.asked("PATCH")]
    whole = large.layers[0].blob.size
    assert sent == [whole, whole - (after if after > 1 else 0)]


def test_an_upload_that_is_cut_each_time_ends(flawed: FlawedRegistry, place: Place, store: Store, large: Image) -> None:
    flawed.fails("PATCH", UPLOAD, cut_request(10), times=99)
    with pytest.raises(Cut):
        push(large.descriptor, store, place())
    assert "1.0" not in flawed.manifests


def test_an_upload_that_the_registry_forgets_begins_anew(
    flawed: FlawedRegistry, place: Place, store: Store, large: Image
) -> None:
    def forget(conversation: Conversation) -> None:
        conversation.registry.uploads.clear()
        conversation.answer(404)

    flawed.fails("PATCH", UPLOAD, forget)
    push(large.descriptor, store, place())
    assert is_whole(flawed, large)


def test_an_upload_whose_last_answer_is_lost_is_found(
    flawed: FlawedRegistry, place: Place, store: Store, large: Image
) -> None:
    def store_and_cut(conversation: Conversation) -> None:
        upload = conversation.registry.uploads.pop(conversation.path.split("?")[0].rpartition("/")[2])
        conversation.registry.add_blob(bytes(upload) + conversation._body())
        conversation.close_connection = True

    flawed.fails("PUT", UPLOAD, store_and_cut)
    push(large.descriptor, store, place())
    assert is_whole(flawed, large)
    assert len(flawed.asked("POST")) == 2


@pytest.mark.parametrize("method", ["HEAD", "GET", "POST", "PUT"])
def test_a_connection_that_breaks_before_the_answer(
    flawed: FlawedRegistry, place: Place, store: Store, small: Image, method: str
) -> None:
    flawed.fails(method, "team/shop", cut, times=2)
    push(small.descriptor, store, place())
    place().image(LINUX_AMD64)
    assert is_whole(flawed, small)


def test_nobody_answers(patience: Patience) -> None:
    with flawed_registry() as registry:
        host = registry.host
    repository = Registries(patience=patience).readable(parse(f"{host}/shop"))
    with pytest.raises(Cut, match=f"{host} cannot be reached"):
        repository.resolve()


def test_an_answer_that_never_comes(flawed: FlawedRegistry, place: Place, patience: Patience) -> None:
    flawed.fails("HEAD", "manifests", lambda conversation: time.sleep(1), times=9)
    repository = Registries(patience=replace(patience, silence=0.2, tries=2)).readable(parse(f"{flawed.host}/shop"))
    with pytest.raises(Cut, match="in time"):
        repository.resolve()


def test_an_answer_that_comes_too_slowly(
    flawed: FlawedRegistry, there: Image, patience: Patience, other: Store
) -> None:
    hurried = replace(patience, silence=0.3, slowest=1e9, tries=2)
    flawed.fails("GET", there.layers[0].blob.digest, slowly(0.1, 100_000), times=9)
    with pytest.raises(Cut, match="too slow"):
        pull(Registries(patience=hurried).readable(parse(f"{flawed.host}/team/shop:1.0")), other, LINUX_AMD64)


def test_when_one_blob_fails_the_others_are_given_up(
    flawed: FlawedRegistry, place: Place, store: Store, image_of: Callable[..., Image], other: Store
) -> None:
    image = image_of(os.urandom(3 << 20), b"small")
    push(image.descriptor, store, place())
    slow, wrong = (layer.blob.digest for layer in image.layers)
    flawed.fails("GET", slow, slowly(0.1, 50_000))
    flawed.blobs[wrong] = b"x" * len(flawed.blobs[wrong])
    began = time.monotonic()
    with pytest.raises(Mismatch, match=wrong):
        pull(place(), other, LINUX_AMD64)
    assert time.monotonic() - began < 3  # the slow one alone would take six seconds


# Content that is not what it should be


@pytest.mark.parametrize(
    "change", [lambda data: b"x" + data[1:], lambda data: data[:-1], lambda data: data + b"x", lambda data: b""]
)
@pytest.mark.parametrize("which", ["layer", "config", "manifest"])
def test_wrong_digests_and_lengths(
    flawed: FlawedRegistry, place: Place, there: Image, other: Store, change: Callable[[bytes], bytes], which: str
) -> None:
    if which == "manifest":
        kind, data = flawed.manifests[there.digest]
        flawed.manifests[there.digest] = (kind, change(data))
    else:
        digest = there.layers[0].blob.digest if which == "layer" else there.documents[0][0].digest
        flawed.blobs[digest] = change(flawed.blobs[digest])
    with pytest.raises(Mismatch):
        pull(place(), other, LINUX_AMD64)
    assert [path for path in Path(other.folder).rglob("*") if path.is_file() and "incoming" in path.name] == []
    assert not other.has(there.layers[0].blob) or which == "config"


def test_a_registry_that_has_the_blob_with_another_length(
    flawed: FlawedRegistry, place: Place, store: Store, there: Image
) -> None:
    flawed.blobs[there.layers[0].blob.digest] += b"x"
    flawed.manifests.clear()
    with pytest.raises(Mismatch, match="instead of"):
        push(there.descriptor, store, place())


def test_a_digest_that_is_asked_for_and_not_given(flawed: FlawedRegistry, place: Place, there: Image) -> None:
    asked = "sha256:" + "0" * 64
    flawed.manifests[asked] = flawed.manifests["1.0"]
    with pytest.raises(Mismatch, match=asked):
        place(f"team/shop@{asked}").resolve()


def test_a_registry_that_stores_something_else(
    flawed: FlawedRegistry, place: Place, store: Store, small: Image
) -> None:
    flawed.fails("PUT", "manifests", status(201, Docker_Content_Digest="sha256:" + "1" * 64))
    with pytest.raises(Mismatch, match="stored"):
        push(small.descriptor, store, place())


@pytest.mark.parametrize("headers", [{"Docker_Content_Digest": "sha256:../../x"}, {"Docker_Content_Digest": "md5:x"}])
def test_digests_that_are_none(flawed: FlawedRegistry, place: Place, headers: dict[str, str]) -> None:
    flawed.fails("HEAD", "manifests", status(200, b"{}", Content_Type=MANIFEST, **headers))
    with pytest.raises(Malformed):
        place().resolve()


def test_a_registry_that_tells_too_little_of_a_tag(flawed: FlawedRegistry, place: Place, there: Image) -> None:
    flawed.fails("HEAD", "manifests", status(200))
    assert place().resolve() == descriptor_of(MANIFEST, there.manifest)


def test_a_range_that_was_not_asked_for(flawed: FlawedRegistry, place: Place, there: Image, other: Store) -> None:
    digest = there.layers[0].blob.digest
    flawed.fails("GET", digest, cut_answer(1000))
    rest = flawed.blobs[digest][1000:]
    flawed.fails("GET", digest, status(206, rest, Content_Range=f"bytes 0-{len(rest) - 1}/{len(rest)}"))
    with pytest.raises(Malformed, match="gives others"):
        pull(place(), other, LINUX_AMD64)


def test_schema_1(flawed: FlawedRegistry, place: Place) -> None:
    flawed.add_manifest(DOCKER_SCHEMA_1[1], b'{"schemaVersion":1,"fsLayers":[]}', "1.0")
    with pytest.raises(Malformed, match="schema 1") as caught:
        place().resolve()
    assert "push it again" in caught.value.hint


def test_a_platform_that_is_not_there(flawed: FlawedRegistry, place: Place, there: Image) -> None:
    arm = replace(there.descriptor, platform=Platform("linux", "arm64"))
    flawed.add_manifest(INDEX, canonical({"schemaVersion": 2, "mediaType": INDEX, "manifests": [arm.data()]}), "1.0")
    with pytest.raises(NoSuchPlatform, match="linux/amd64") as caught:
        place().image(LINUX_AMD64)
    assert "linux/arm64" in caught.value.hint


@pytest.mark.parametrize("told", [True, False])
def test_a_huge_manifest_is_not_read(flawed: FlawedRegistry, place: Place, told: bool) -> None:
    huge = b'{"schemaVersion":2,"x":"' + b"x" * (9 << 20) + b'"}'
    flawed.add_manifest(MANIFEST, huge, "1.0")
    if not told:
        flawed.fails("HEAD", "manifests", status(200), times=9)
    with pytest.raises(OutsideError, match="more than"):
        place().image(LINUX_AMD64)
    assert flawed.sent < 9 << 20


@pytest.mark.parametrize("data", [b"", b"<html>", b"[]", b'{"mediaType":5}', b'{"schemaVersion":2}'])
def test_a_manifest_that_is_none(flawed: FlawedRegistry, place: Place, data: bytes) -> None:
    flawed.add_manifest("text/html", data, "1.0")
    with pytest.raises(Malformed):
        place().image(LINUX_AMD64)


# Redirects


def test_redirects_carry_no_credentials_to_other_hosts(
    flawed: FlawedRegistry, place: Place, there: Image, other: Store
) -> None:
    flawed.login = ("anna", "s3cret")
    with flawed_registry() as elsewhere:
        digest = there.layers[0].blob.digest
        elsewhere.blobs[digest] = flawed.blobs[digest]
        address = f"http://{elsewhere.host}/v2/x/blobs/{digest}?signature=abc"
        flawed.fails(
            "GET", digest, lambda conversation: conversation.answer(307, headers={"Location": address}), times=9
        )
        elsewhere.fails("GET", digest, cut_answer(5000))
        pull(place(login=ANNA), other, LINUX_AMD64)
        assert [seen for seen in elsewhere.seen if "Authorization" in seen.headers] == []
        assert [seen.headers.get("Range", "") for seen in elsewhere.seen] == ["", "bytes=5000-"]
    assert problems(there.descriptor, other) == ()


def test_a_redirect_on_the_same_host_keeps_them(
    flawed: FlawedRegistry, place: Place, there: Image, other: Store
) -> None:
    flawed.login = ("anna", "s3cret")
    digest = there.layers[0].blob.digest
    flawed.fails("GET", f"shop/blobs/{digest}", status(302, Location=f"/v2/moved/blobs/{digest}"), times=9)
    pull(place(login=ANNA), other, LINUX_AMD64)
    assert "Authorization" in flawed.asked("GET", "moved")[0].headers


@pytest.mark.parametrize("location", ["", "/v2/team/shop/manifests/1.0", "ftp://x/", "file:///etc/passwd"])
def test_redirects_that_lead_nowhere(flawed: FlawedRegistry, place: Place, location: str) -> None:
    flawed.fails("HEAD", "manifests", status(307, Location=location), times=99)
    with pytest.raises(OutsideError, match=r"redirect"):
        place().resolve()
    assert len(flawed.asked("HEAD")) <= 6


def test_nobody_is_sent_from_tls_to_plain_text(patience: Patience) -> None:
    session = Session("shop.example", "shop.example", USUAL_TRUST, lambda *_: ANNA, patience)
    assert session.onward("https://shop.example/a", "https://cdn.example/b") == "https://cdn.example/b"
    assert session.onward("https://shop.example/a", "/b") == "https://shop.example/b"
    with pytest.raises(OutsideError, match=r"redirects to cdn\.example without encryption"):
        session.onward("https://shop.example/a", "http://cdn.example/b")


@given(st.text(max_size=200) | st.from_regex(r"(Basic|Bearer|Digest)( [a-z]+=\"?[^\"]*\"?,?){0,4}", fullmatch=True))
def test_a_demand_is_one_that_can_be_met_or_none(header: str) -> None:
    challenge = challenge_of(header)
    assert challenge is None or challenge.scheme in ("basic", "bearer")


def test_uploads_that_are_sent_elsewhere_carry_no_credentials(
    flawed: FlawedRegistry, place: Place, store: Store, large: Image
) -> None:
    flawed.login = ("anna", "s3cret")
    with flawed_registry() as elsewhere:
        elsewhere.uploads["0"] = bytearray()
        elsewhere.uploads["1"] = bytearray()
        for number in (0, 1):
            address = f"http://{elsewhere.host}/v2/x/blobs/uploads/{number}"
            flawed.fails(
                "POST", "uploads", lambda c, a=address: c._allowed() and c.answer(202, headers={"Location": a})
            )
        push(large.descriptor, store, place(login=ANNA))
        assert elsewhere.asked("PATCH")
        assert [seen for seen in elsewhere.seen if "Authorization" in seen.headers] == []


# Logins


@pytest.mark.parametrize("bearer", [False, True])
def test_logins_are_used_when_they_are_asked_for(
    flawed: FlawedRegistry, place: Place, store: Store, large: Image, bearer: bool
) -> None:
    flawed.login, flawed.bearer = ("anna", "s3cret"), bearer
    push(large.descriptor, store, place(login=ANNA))
    assert is_whole(flawed, large)
    assert len(flawed.asked("GET", "/token")) == (1 if bearer else 0)
    assert (
        len([seen for seen in flawed.seen if seen.path.startswith("/v2/team") and "Authorization" not in seen.headers])
        == 1
    )


@pytest.mark.parametrize("bearer", [False, True])
@pytest.mark.parametrize("login", [None, Login("anna", "wrong"), Login("", "")])
def test_logins_that_are_wrong(flawed: FlawedRegistry, place: Place, bearer: bool, login: Login | None) -> None:
    flawed.login, flawed.bearer = ("anna", "s3cret"), bearer
    with pytest.raises(OutsideError) as caught:
        place(login=login).resolve()
    assert caught.value.hint == f"docker login {flawed.host}"
    assert "wrong" not in f"{caught.value}{caught.value.__cause__}"
    assert len(flawed.seen) <= 4


def test_tokens_that_live_a_second_are_renewed(
    flawed: FlawedRegistry, place: Place, store: Store, there: Image, other: Store
) -> None:
    flawed.login, flawed.bearer, flawed.token_life = ("anna", "s3cret"), True, 1.0
    repository = place(login=ANNA)
    for _ in range(3):
        repository.resolve()
        time.sleep(0.95)
    assert len(flawed.tokens) == 3
    assert len([seen for seen in flawed.asked("HEAD") if "Authorization" not in seen.headers]) == 1


def test_tokens_that_live_shorter_than_they_say(
    flawed: FlawedRegistry, place: Place, store: Store, large: Image
) -> None:
    flawed.login, flawed.bearer, flawed.token_life, flawed.token_says = ("anna", "s3cret"), True, 0.05, 3600

    def late(conversation: Conversation) -> None:
        time.sleep(0.1)
        conversation.usual()

    flawed.fails("PATCH", UPLOAD, late)
    flawed.fails("PUT", "manifests", late)
    push(large.descriptor, store, place(login=ANNA))
    assert is_whole(flawed, large)


def test_logins_that_change_meanwhile(flawed: FlawedRegistry, patience: Patience, there: Image) -> None:
    """As access tokens do that are used as passwords."""
    known = ["one"]

    def keychain(registry: str, refused: Login | None = None) -> Login:
        if refused is not None:
            known.append("two")
        return Login("oauth2accesstoken", known[-1])

    flawed.login = ("oauth2accesstoken", "one")
    repository = Registries(keychain=keychain, patience=patience).readable(parse(f"{flawed.host}/team/shop:1.0"))
    repository.resolve()
    flawed.login = ("oauth2accesstoken", "two")
    repository.resolve()
    assert known == ["one", "two"]


def test_identity_tokens(flawed: FlawedRegistry, place: Place, there: Image) -> None:
    flawed.identity, flawed.bearer = "ident", True
    place(login=Login("", "ident", "identity")).resolve()
    assert [seen.method for seen in flawed.asked("", "^/token")] == ["POST"]


def test_tokens_as_they_are(flawed: FlawedRegistry, place: Place, there: Image) -> None:
    flawed.login, flawed.bearer = ("anna", "s3cret"), True
    flawed.tokens["given"] = time.monotonic() + 60
    place(login=Login("", "given", "bearer")).resolve()
    assert flawed.asked("", "^/token") == []


def test_scopes_are_what_is_needed_and_what_is_demanded(flawed: FlawedRegistry, place: Place, there: Image) -> None:
    flawed.login, flawed.bearer = ("anna", "s3cret"), True
    place(login=ANNA).resolve()
    (asked,) = flawed.asked("GET", "^/token")
    assert "scope=repository%3Aas%2Fit%2Fsays%3Apull" in asked.path
    assert "scope=repository%3Ateam%2Fshop%3Apull%2Cpush" in asked.path
    assert "service=flawed" in asked.path


def test_a_place_for_tokens_that_is_down(flawed: FlawedRegistry, place: Place) -> None:
    flawed.login, flawed.bearer = ("anna", "s3cret"), True
    with flawed_registry() as gone:
        flawed.realm = f"http://{gone.host}/token"
    with pytest.raises(Cut, match=gone.host):
        place(login=ANNA).resolve()


@pytest.mark.parametrize(
    "body",
    [b"", b"[]", b"{}", b'{"token":1}', b'{"token":"a\\nb"}', b'{"token":"x","expires_in":"y"}', b"x" * 2_000_000],
)
def test_tokens_that_are_none(flawed: FlawedRegistry, place: Place, body: bytes) -> None:
    flawed.login, flawed.bearer = ("anna", "s3cret"), True
    flawed.fails("GET", "^/token", status(200, body), times=9)
    with pytest.raises(OutsideError) as caught:
        place(login=ANNA).resolve()
    assert "s3cret" not in str(caught.value)


@pytest.mark.parametrize("realm", ["ftp://x/token", "/token", "https:///token", "x"])
def test_places_for_tokens_that_are_none(flawed: FlawedRegistry, place: Place, realm: str) -> None:
    flawed.login, flawed.bearer, flawed.realm = ("anna", "s3cret"), True, realm
    with pytest.raises(Malformed, match="place for tokens"):
        place(login=ANNA).resolve()


@pytest.mark.parametrize("secret", ["a\nb", "a\r\nX-Evil: 1", "a\0b"])
def test_secrets_that_would_be_headers(flawed: FlawedRegistry, place: Place, secret: str) -> None:
    flawed.login = ("anna", "s3cret")
    with pytest.raises(UsageError) as caught:
        place(login=Login("anna", secret)).resolve()
    assert secret not in str(caught.value)


def test_a_registry_that_repeats_our_secrets_does_not_get_them_shown(flawed: FlawedRegistry, place: Place) -> None:
    flawed.login = ("anna", "s3cret")
    repository = place(login=ANNA)
    echo = b'{"errors":[{"message":"s3cret and YW5uYTpzM2NyZXQ= are wrong"}]}'
    flawed.fails(
        "GET", "tags/list", lambda conversation: conversation._allowed() and conversation.answer(403, echo), times=9
    )
    flawed.flaws[-1].times = 9
    with pytest.raises(OutsideError) as caught:
        list(repository.tags())
    assert caught.value.message.endswith("*** and *** are wrong")


# The way there


@pytest.mark.parametrize("broken", [1, 2, 3])
@pytest.mark.parametrize("fault", [Fault.CUT_BEFORE, Fault.CUT_AFTER, Fault.BUSY_BEFORE, Fault.HALF])
def test_first_requests_that_break_do_not_decide_whether_tls_is_spoken(
    flawed: FlawedRegistry, there: Image, patience: Patience, fault: Fault, broken: int
) -> None:
    with fault_proxy(f"http://{flawed.host}", lambda number, *_: fault if number < broken else None) as proxy:
        place = Registries(patience=patience).readable(parse(f"{proxy.endpoint.removeprefix('http://')}/team/shop:1.0"))
        assert place.resolve().digest == there.digest


def test_a_registry_without_tls_that_refuses_the_question_is_still_one(
    flawed: FlawedRegistry, place: Place, there: Image
) -> None:
    """400 is what servers with TLS say to a plain request, but not only they."""
    flawed.fails("GET", "^/v2/$", status(400), times=9)
    assert place().resolve().digest == there.digest


def test_what_a_registry_speaks_is_asked_once(flawed: FlawedRegistry, place: Place, there: Image) -> None:
    repository = place()
    repository.resolve()
    repository.resolve()
    assert [str(seen) for seen in flawed.seen].count("GET /v2/") == 1


def test_proxies(flawed: FlawedRegistry, patience: Patience) -> None:
    """A proxy sees whole addresses, and a host that needs none does not go there."""
    trust = Trust(
        insecure=True, proxies=Proxies(http=f"http://anna:pw@{flawed.host}", https="", none_for="direct.example")
    )
    with pytest.raises(BigflowError):
        Registries(trust, patience=patience).readable(parse("shop.example/x:1")).resolve()
    seen = flawed.seen[0]
    assert seen.path == "http://shop.example/v2/"
    assert seen.headers["proxy-authorization"] == "Basic YW5uYTpwdw=="


@pytest.mark.parametrize("proxy", ["ftp://x", "http://", "://"])
def test_proxies_that_are_none(patience: Patience, proxy: str) -> None:
    with pytest.raises(UsageError, match="proxy"):
        Registries(Trust(proxies=Proxies(https=proxy)), patience=patience).readable(parse("a.example/x")).resolve()


@pytest.mark.parametrize("content", [None, b"", b"no certificate"])
def test_certificates_that_are_none(tmp_path: Path, content: bytes | None) -> None:
    path = tmp_path / "ca.pem"
    if content is not None:
        path.write_bytes(content)
    with pytest.raises(UsageError) as caught:
        Registries(Trust(ca_file=str(path))).readable(parse("a.example/x")).resolve()
    assert caught.value.where == str(path)
