"""Turns bytes into the answer whether a private key is among them: a whole one, not the mere mark of one."""

import binascii
import re
from base64 import b64decode

# What comes before, between and after may be lines, or \n in a string of JSON or of a program.
_BLOCK = re.compile(
    rb"-----BEGIN (?P<kind>(?:[A-Z0-9]+ ){0,3})PRIVATE KEY-----"
    rb"(?P<body>(?:(?!-----BEGIN).){32,32768}?)"
    rb"-----END (?P=kind)PRIVATE KEY-----",
    re.DOTALL,
)
_BREAK = re.compile(rb"\\[rnt]|[\s\"'\\,]|(?<=[\"'\s])b(?=[\"'])")
_HEADER = re.compile(rb"(?:^|\\n|\n)[ \tb\"']*(?P<name>[A-Za-z-]+): [^\n\\]*")
_OPENSSH = b"openssh-key-v1\0"
_SHORTEST = 32  # bytes of one that is encrypted: nothing else is known of it


def has_private_key(content: bytes) -> bool:
    """Programs that read keys, and pages about them, have the marks, and perhaps a few letters between them."""
    return b"PRIVATE KEY-----" in content and any(_is_key(block["body"]) for block in _BLOCK.finditer(content))


def _is_key(body: bytes) -> bool:
    encrypted = any(header["name"] == b"DEK-Info" for header in _HEADER.finditer(body))
    try:
        data = b64decode(_BREAK.sub(b"", _HEADER.sub(b"", body)), validate=True)
    except binascii.Error:
        return False
    return data.startswith(_OPENSSH) or _is_sequence(data) or (encrypted and len(data) >= _SHORTEST)


def _is_sequence(data: bytes) -> bool:
    """Whether it is one value of ASN.1, as all keys in PEM are: its length is told at its beginning."""
    if len(data) < 2 or data[0] != 0x30:
        return False
    if data[1] < 0x80:
        return len(data) == 2 + data[1]
    figures = data[1] & 0x7F
    return len(data) == 2 + figures + int.from_bytes(data[2 : 2 + figures], "big")
