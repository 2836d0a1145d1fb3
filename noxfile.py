"""Runs the tests on the other Pythons that the package promises to work with."""

import nox

nox.options.default_venv_backend = "uv"
nox.options.reuse_existing_virtualenvs = True


@nox.session(python=["3.11", "3.12", "3.13"], name="tests")
def tests(session: nox.Session) -> None:
    """What may differ from Python to Python; contracts and real engines are tested once, in the main environment."""
    session.install(
        "--constraint",
        "constraints.txt",
        "--editable",
        ".",
        *nox.project.dependency_groups(nox.project.load_toml("pyproject.toml"), "dev"),
    )
    session.run("pytest", "-q", "test/unit", "test/project_package", "test/functional", *session.posargs)
