"""Addresses and names: pure rules."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bigflow.errors import UsageError
from bigflow.storage.place import Place, place_of

PART = st.text(st.characters(exclude_characters="/", exclude_categories=("Cs", "Cc")), min_size=1, max_size=8).filter(
    lambda part: part not in (".", "..", ".bigflow-writing")
)
PATH = st.lists(PART, min_size=1, max_size=4).map("/".join)
PLACE = st.one_of(
    st.builds(Place, st.sampled_from(["gs", "s3"]), st.just("bucket"), st.one_of(st.just(""), PATH)),
    st.builds(lambda path: Place("folder", "", f"/{path}"), PATH),
)


@pytest.mark.parametrize(
    ("address", "place"),
    [
        ("gs://europe-west1-prod-1234-bucket/dags", Place("gs", "europe-west1-prod-1234-bucket", "dags")),
        ("gs://bucket", Place("gs", "bucket", "")),
        ("gs://bucket/", Place("gs", "bucket", "")),
        ("GS://bucket/a/b/", Place("gs", "bucket", "a/b")),
        ("s3://my.bucket_1/a%20b", Place("s3", "my.bucket_1", "a%20b")),
        ("file:///mnt/dags/", Place("folder", "", "/mnt/dags")),
        ("file:///with%20space", Place("folder", "", "/with space")),
        ("file://localhost/mnt", Place("folder", "", "/mnt")),
        ("file:/mnt", Place("folder", "", "/mnt")),
        ("/mnt/dags", Place("folder", "", "/mnt/dags")),
        (".dags", Place("folder", "", ".dags")),
        ("with:colon", Place("folder", "", "with:colon")),
    ],
)
def test_addresses(address: str, place: Place) -> None:
    assert place_of(address) == place


@pytest.mark.parametrize(
    ("address", "told"),
    [
        ("", "it names nothing"),
        ("/", "the whole disk"),
        ("file:///", "the whole disk"),
        ("a\0b", "it names nothing"),
        ("gs://", "it names no bucket"),
        ("gs:///dags", "it names no bucket"),
        ("gs:/bucket/dags", "two slashes follow the colon"),
        ("gs://Bucket/dags", "'Bucket' cannot be a bucket"),
        ("gs://b/dags", "'b' cannot be a bucket"),
        ("s3://user:secret@bucket", "cannot be a bucket"),
        ("s3://bucket?x=1", "cannot be a bucket"),
        ("gs://bucket//dags/..", "'.' and '..' are not names"),
        ("gs://bucket/a//b", "a part of the name is empty"),
        ("gs://bucket/a\nb", "control characters"),
        ("gcs://bucket", "gcs:// is not known here"),
        ("https://storage.googleapis.com/bucket", "https:// is not known here"),
        ("file://server/share", "it names another machine, server"),
    ],
)
def test_addresses_of_nothing(address: str, told: str) -> None:
    with pytest.raises(UsageError) as caught:
        place_of(address)
    assert told in caught.value.message
    assert caught.value.hint


@pytest.mark.parametrize(("address", "meant"), [("gcs://b-1", "gs://..."), ("s3a://b-1", "s3://...")])
def test_what_was_meant(address: str, meant: str) -> None:
    with pytest.raises(UsageError) as caught:
        place_of(address)
    assert caught.value.hint == meant


@given(PLACE, PATH)
def test_a_name_comes_back_from_its_key(place: Place, name: str) -> None:
    assert place.name_of(place.key_of(name)) == name


@given(PLACE)
def test_an_address_means_what_it_says(place: Place) -> None:
    assert place_of(place.url).prefix.strip("/") == place.prefix.strip("/")


@given(PLACE, PATH, PATH)
def test_a_folder_has_what_is_below_and_nothing_else(place: Place, folder: str, name: str) -> None:
    below = place.below(folder)
    assert place.key_of(f"{folder}/{name}").startswith(below)
    assert not place.key_of(folder).startswith(below)
    assert not place.key_of(f"{folder}_backup/{name}").startswith(below)
    assert place.key_of(name).startswith(below) == name.startswith(f"{folder}/")


@given(st.text(max_size=60))
def test_any_text_is_a_place_or_an_error_with_a_hint(text: str) -> None:
    try:
        place = place_of(text)
    except UsageError as error:
        assert error.hint
    else:
        assert place.prefix or place.bucket


@given(PLACE, st.text(max_size=30))
def test_no_name_leaves_the_place(place: Place, name: str) -> None:
    try:
        key = place.key_of(name)
    except UsageError:
        return
    assert key.startswith(place.below(""))
    assert not {"", ".", ".."} & set(key[len(place.below("")) :].split("/"))


@pytest.mark.parametrize("key", ["dags", "dags/", "dags/x/", "dags_backup/x", "other", ""])
def test_keys_that_are_no_objects_of_the_place(key: str) -> None:
    assert Place("gs", "bucket", "dags").name_of(key) == ""
