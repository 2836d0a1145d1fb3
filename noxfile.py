"""Runs the tests on the other Pythons that the package promises to work with."""

import nox

nox.options.default_venv_backend = "uv"
nox.options.reuse_existing_virtualenvs = True

NEWEST = "3.13"


@nox.session(python=["3.11", "3.12", "3.13"], name="tests")
def tests(session: nox.Session) -> None:
    """What may differ from Python to Python; contracts and real engines are tested once, in the main environment.

    What the command line prints is compared on the oldest, in the main environment, and on the newest.
    """
    session.install(
        "--constraint",
        "constraints.txt",
        "--editable",
        ".",
        *nox.project.dependency_groups(nox.project.load_toml("pyproject.toml"), "dev"),
    )
    printed = ["test/functional"] if session.python == NEWEST else []
    session.run("pytest", "-q", "test/unit", "test/project_package", *printed, *session.posargs)
