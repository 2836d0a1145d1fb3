"""Turns the question where things lie in an image into the one answer that all who build or start one share."""

VENV = "opt/venv"  # without a slash at its beginning, as entries of layers are named
WORK_FOLDER = "/app"  # as in 1.11
USER = "bigflow"
UID = 10001
HOME = f"/home/{USER}"
PYTHON = f"/{VENV}/bin/python"


def site_packages(python: str) -> str:
    """Where packages lie; `python` is "3.12"."""
    return f"{VENV}/lib/python{python}/site-packages"


def minor(version: str) -> str:
    """3.12 of 3.12.3."""
    return ".".join(version.split(".")[:2])
