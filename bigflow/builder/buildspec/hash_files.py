"""A program of its own, `codebuild-hash-files`: turns patterns into one SHA-256 of the files that they mean."""

import argparse
import glob
import hashlib
import os
import sys


def main() -> int:
    parser = argparse.ArgumentParser(prog="codebuild-hash-files")
    parser.add_argument("patterns", nargs="+")
    patterns = parser.parse_args().patterns
    files = sorted({file for pattern in patterns for file in glob.glob(pattern, recursive=True, include_hidden=True)})
    digest = hashlib.sha256()
    for path in filter(os.path.isfile, files):
        with open(path, "rb") as file:
            digest.update(hashlib.sha256(file.read()).digest())
    sys.stdout.write(f"{digest.hexdigest()}\n")
    return 0 if files else 1


if __name__ == "__main__":
    sys.exit(main())
