"""Turns `python -m bigflow` into the command line."""

import sys

from bigflow.cli.main import main

if __name__ == "__main__":
    sys.exit(main())
