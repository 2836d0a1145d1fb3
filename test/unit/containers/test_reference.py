"""Texts that name images: the parts that they have, and what is told of those that name none."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bigflow.containers.reference import DEFAULT_REGISTRY, Reference, parse
from bigflow.errors import UsageError

DIGEST = "sha256:" + "a" * 64


@pytest.mark.parametrize(
    ("text", "registry", "repository", "tag", "digest"),
    [
        ("python:3.12-slim", DEFAULT_REGISTRY, "library/python", "3.12-slim", ""),
        ("python", DEFAULT_REGISTRY, "library/python", "latest", ""),
        ("bitnami/python", DEFAULT_REGISTRY, "bitnami/python", "latest", ""),
        (f"{DEFAULT_REGISTRY}/python", DEFAULT_REGISTRY, "library/python", "latest", ""),
        (f"index.{DEFAULT_REGISTRY}/team/x:1", DEFAULT_REGISTRY, "team/x", "1", ""),
        ("localhost/shop", "localhost", "shop", "latest", ""),
        ("localhost:5000/a/b/c:T_1.x-2", "localhost:5000", "a/b/c", "T_1.x-2", ""),
        ("registry.example/shop", "registry.example", "shop", "latest", ""),
        ("LOCAL/shop", "LOCAL", "shop", "latest", ""),
        ("[::1]:5000/shop", "[::1]:5000", "shop", "latest", ""),
        (f"r.example/shop@{DIGEST}", "r.example", "shop", "", DIGEST),
        (f"r.example:1/shop:9@{DIGEST}", "r.example:1", "shop", "9", DIGEST),
        ("r.example/a__b/c.d/e---f", "r.example", "a__b/c.d/e---f", "latest", ""),
    ],
)
def test_parts(text: str, registry: str, repository: str, tag: str, digest: str) -> None:
    assert parse(text) == Reference(registry, repository, tag, digest)


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("", "no name"),
        (" ", "no name"),
        ("shop ", "spaces"),
        ("Shop", "shop"),
        ("r.example/Team/shop", "small letters"),
        ("r.example/", "empty part"),
        ("r.example/a//b", "empty part"),
        ("/shop", "empty part"),
        ("https://r.example/shop", "scheme"),
        ("shop:", "tag"),
        ("shop:a b", "for example a-b"),
        ("shop:.x", "for example x"),
        ("shop:" + "x" * 129, "tag"),
        ("shop@sha256:abc", "digest"),
        ("shop@", "digest"),
        ("shop@sha512:" + "a" * 128, "digest"),
        ("shop@sha256:" + "A" * 64, "digest"),
        ("a..b/shop", "registry"),
        ("r.example:0/shop", "registry"),
        ("r.example:65536/shop", "registry"),
        ("r.example:x/shop", "registry"),
        ("-r.example/shop", "registry"),
        ("user@r.example/shop", "digest"),
        ("a" * 64, "id"),
        ("r.example/" + "a" * 256, "255"),
        ("shop\n", "spaces"),
        ("sh\0op", "name"),
        ("r.example/../etc", "part"),
        ("r.example/a_-b", "part"),
        ("größe", "part"),
    ],
)
def test_what_names_no_image(text: str, told: str) -> None:
    with pytest.raises(UsageError) as caught:
        parse(text)
    assert told in f"{caught.value.message} {caught.value.hint}"
    assert caught.value.hint


PARTS = st.from_regex(r"[a-z0-9]{1,8}([._-][a-z0-9]{1,8}){0,2}", fullmatch=True)
REFERENCES = st.builds(
    Reference,
    st.sampled_from(["localhost", "localhost:5000", "r.example", "r.example:443", DEFAULT_REGISTRY]),
    st.lists(PARTS, min_size=2, max_size=3).map("/".join),
    st.from_regex(r"[A-Za-z0-9_][A-Za-z0-9_.-]{0,20}", fullmatch=True),
    st.sampled_from(["", DIGEST]),
)


@given(REFERENCES)
def test_what_is_printed_is_understood(reference: Reference) -> None:
    assert parse(str(reference)) == reference


@given(st.text(max_size=80))
def test_any_text_is_understood_or_refused(text: str) -> None:
    try:
        reference = parse(text)
    except UsageError:
        return
    assert parse(str(reference)) == reference


def test_a_digest_decides() -> None:
    both = parse(f"r.example/shop:1@{DIGEST}")
    assert both.version == DIGEST
    assert str(parse("r.example/shop:1").at(DIGEST)) == f"r.example/shop@{DIGEST}"
    assert both.tagged("2") == parse("r.example/shop:2")
    with pytest.raises(UsageError):
        both.tagged("a/b")
    with pytest.raises(UsageError):
        both.at("sha256:../../etc")
