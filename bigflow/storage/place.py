"""Turns the address of a store into the place that it names, and names within that place into keys and back."""

import re
from dataclasses import dataclass
from typing import Literal
from urllib.parse import unquote

from bigflow.errors import UsageError

Kind = Literal["folder", "gs", "s3"]

_SCHEME = re.compile(r"([A-Za-z][A-Za-z0-9+.-]*):/")
_MEANT = {"gcs": "gs", "s3a": "s3", "s3n": "s3"}
_BUCKET = re.compile(r"[a-z0-9][a-z0-9._-]{1,220}[a-z0-9]")
_LONGEST = 1024  # bytes of UTF-8: what both clouds take for a key
_CONTROL = re.compile(r"[\x00-\x1f\x7f]")
RESERVED = ".bigflow-writing"  # what a folder calls a file that is being written


@dataclass(frozen=True, slots=True)
class Place:
    """Where objects lie. `prefix` is a path in the bucket or on the disk, without a slash at its end."""

    kind: Kind
    bucket: str
    prefix: str

    @property
    def url(self) -> str:
        if self.kind == "folder":
            return self.prefix
        return f"{self.kind}://{self.bucket}" + (f"/{self.prefix}" if self.prefix else "")

    def url_of(self, name: str) -> str:
        """The address of one object, for people."""
        return f"{self.url.rstrip('/')}/{name}"

    def key_of(self, name: str) -> str:
        """The whole key of a name. A name that would leave the place, or that no store takes, is an error."""
        key = f"{self.prefix}/{name}" if self.prefix else name
        told = _complaint_about(name) or ("it is longer than 1024 bytes" if _size(key) > _LONGEST else "")
        if told:
            raise UsageError(f"{name!r} cannot be stored in {self.url}: {told}", hint="a name such as dags/daily.py")
        return key

    def below(self, folder: str) -> str:
        """What the keys in a folder of this place begin with: `dags` is not the beginning of `dags_backup/x`."""
        inner = folder.strip("/")
        if not inner:
            return f"{self.prefix}/" if self.prefix else ""
        return f"{self.key_of(inner)}/"

    def name_of(self, key: str) -> str:
        """The name of a key that lies in this place; nothing if it is not an object of its own."""
        start = f"{self.prefix}/" if self.prefix else ""
        return key[len(start) :] if key.startswith(start) and not key.endswith("/") else ""


def place_of(address: str) -> Place:
    """`gs://BUCKET/PREFIX`, `s3://BUCKET/PREFIX`, `file:///PATH` or a path."""
    scheme = _SCHEME.match(address)
    if scheme is None:
        return _folder(address, address)
    name = scheme[1].lower()
    if name == "file":
        return _folder(address, _path_of_file_address(address))
    if name not in ("gs", "s3"):
        known = f"{_MEANT[name]}://..." if name in _MEANT else "gs://BUCKET/PATH, s3://BUCKET/PATH or a folder"
        raise _wrong(address, f"{name}:// is not known here", known)
    if not address.startswith(f"{scheme[1]}://"):
        raise _wrong(address, "two slashes follow the colon", f"{name}://BUCKET/PATH")
    return _bucket("gs" if name == "gs" else "s3", address)


def _bucket(kind: Literal["gs", "s3"], address: str) -> Place:
    bucket, _, path = address.partition("://")[2].partition("/")
    if not _BUCKET.fullmatch(bucket) or ".." in bucket:
        told = f"{bucket!r} cannot be a bucket" if bucket else "it names no bucket"
        raise _wrong(address, told, f"{kind}://my-bucket/dags   (small letters, digits, dots, hyphens)")
    prefix = path.strip("/")
    if prefix and (told := _complaint_about(prefix)):
        raise _wrong(address, told, f"{kind}://{bucket}/dags")
    return Place(kind, bucket, prefix)


def _folder(address: str, path: str) -> Place:
    if not path or "\0" in path:
        raise _wrong(address, "it names nothing", "a folder, or gs://BUCKET/PATH, or s3://BUCKET/PATH")
    if not path.strip("/"):
        raise _wrong(address, "it is the whole disk", "a folder of its own")
    return Place("folder", "", path.rstrip("/"))


def _path_of_file_address(address: str) -> str:
    after = address.partition(":")[2]
    host, path = "", after
    if after.startswith("//"):
        host, slash, rest = after[2:].partition("/")
        path = slash + rest
    if host not in ("", "localhost"):
        raise _wrong(address, f"it names another machine, {host}", "file:///PATH has three slashes")
    return unquote(path)


def _complaint_about(name: str) -> str:
    """Why a name is no object's name, or nothing."""
    parts = name.split("/")
    if not name or "" in parts:
        return "a part of the name is empty"
    if "." in parts or ".." in parts:
        return "'.' and '..' are not names"
    if RESERVED in parts:
        return f"{RESERVED} is what we call a file that is being written"
    if _CONTROL.search(name):
        return "it has control characters"
    return "it is not Unicode text" if _size(name) < 0 else ""


def _size(text: str) -> int:
    try:
        return len(text.encode())
    except UnicodeEncodeError:
        return -1


def _wrong(address: str, told: str, hint: str) -> UsageError:
    return UsageError(f"{address!r} is no place for files: {told}", hint=hint)
