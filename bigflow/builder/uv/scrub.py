"""Turns what a program said into the same without the secrets that an address can carry."""

import re

_USER = re.compile(r"(?<=://)[^\s/'\"<>`]*@")
_QUERY = re.compile(r"(\bhttps?://[^\s?'\"<>`)]*\?)[^\s'\"<>`)#]*")


def scrubbed(text: str) -> str:
    """`user:password@` and everything behind the `?` of an address become `***`."""
    return _QUERY.sub(r"\1***", _USER.sub("***@", text))
