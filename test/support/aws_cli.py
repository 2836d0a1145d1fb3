"""Turns the words of two commands of the AWS CLI into what they do to a folder: head-object and put-object of s3api.

It refuses what S3 refuses: content that has another SHA-256 than was said, a bucket that is not there. Each call is a
line of `calls` in the folder.
"""

import argparse
import base64
import hashlib
import os
import sys
from pathlib import Path


def main(words: list[str]) -> int:
    root = Path(os.environ["FAKE_AWS_ROOT"])
    parser = argparse.ArgumentParser(allow_abbrev=False)
    parser.add_argument("service", choices=["s3api"])
    parser.add_argument("act", choices=["head-object", "put-object"])
    for name in ("bucket", "key"):
        parser.add_argument(f"--{name}", required=True)
    for name in ("body", "checksum-algorithm", "checksum-sha256", "checksum-mode", "query", "output"):
        parser.add_argument(f"--{name}")
    asked = parser.parse_args(words)
    with (root / "calls").open("a") as calls:
        calls.write(f"{asked.act} {asked.key}\n")
    if not (root / asked.bucket).is_dir():
        return _refuse(asked.act, "NoSuchBucket")
    if asked.bucket in os.environ.get("FAKE_AWS_DENIED", "").split():
        return _refuse(asked.act, "AccessDenied")
    return _head(root, asked) if asked.act == "head-object" else _put(root, asked)


def _head(root: Path, asked: argparse.Namespace) -> int:
    place = root / asked.bucket / asked.key
    if not place.is_file():
        return _refuse("HeadObject", "404")
    print(_sha256(place.read_bytes()) if asked.checksum_mode == "ENABLED" else "None")
    return 0


def _put(root: Path, asked: argparse.Namespace) -> int:
    content = Path(asked.body).read_bytes()
    if asked.checksum_algorithm != "SHA256" or asked.checksum_sha256 != _sha256(content):
        return _refuse("PutObject", "BadDigest")
    place = root / asked.bucket / asked.key
    place.parent.mkdir(parents=True, exist_ok=True)
    place.write_bytes(content)
    print("{}")
    return 0


def _sha256(content: bytes) -> str:
    return base64.b64encode(hashlib.sha256(content).digest()).decode()


def _refuse(act: str, why: str) -> int:
    print(f"An error occurred ({why}) when calling the {act} operation", file=sys.stderr)
    return 254


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
