"""Turns a name and a few answers into a project whose environment is made and whose first version is tagged."""

import argparse
import os
import shlex
import shutil
import sys

from bigflow import _ambient
from bigflow.cli.console import Console
from bigflow.cli.options import Parser
from bigflow.cli.questions import asked, at_terminal
from bigflow.errors import BigflowError, ExitCode, UsageError
from bigflow.scaffold.first_commit import keep
from bigflow.scaffold.naming import checked
from bigflow.scaffold.start import NewProject, create

# What 1.11 asked for, and the option that answers it beforehand.
QUESTIONS = (
    ("gcp_project_id", "Google Cloud project of the environment dev (empty: later):"),
    ("dags_bucket", "Bucket of its DAGs (empty: later):"),
)


def add_options(parser: argparse.ArgumentParser) -> None:
    parser.usage = "bigflow start-project [NAME] [options]"
    parser.add_argument("name", nargs="?", metavar="NAME", help="what it is called; also its folder")
    parser.add_argument("--gcp-project-id", metavar="ID", help="Google Cloud project of the environment dev")
    parser.add_argument("--dags-bucket", metavar="BUCKET", help="bucket, or folder, of the DAGs of dev")
    parser.add_argument("--docker-repository", metavar="REPO", help="where the images of dev go")
    parser.add_argument("--yes", action="store_true", help="ask nothing: what is not said is left open")
    parser.add_argument("--no-install", action="store_true", help="do not make its .venv; `bigflow install` does")


def run(arguments: argparse.Namespace, console: Console) -> int:
    project = _project(arguments, console)
    create(project)
    shown = os.path.relpath(project.place)
    go_there = f"cd {shlex.quote(shown)}"
    _tell(shown, console)
    try:
        failure = None if arguments.no_install else _install(project, console)
        kept = keep(project.place, project.name)
    except KeyboardInterrupt:
        shutil.rmtree(project.place, ignore_errors=True)  # seconds old, and all of it is ours
        console.say(f"{shown}/ is taken away again")
        raise
    if kept.version:
        console.say(f"Version {kept.version} is committed and tagged")
    if kept.note:
        console.note(kept.note)
    if failure:
        console.error(failure)
        console.say(f"The project is there, its environment is not. Next: {go_there} && bigflow install")
        return failure.exit_code
    install = "bigflow install && " if arguments.no_install else ""
    console.say(f"Next: {go_there} && {install}bigflow run -w daily")
    return ExitCode.OK


def _project(arguments: argparse.Namespace, console: Console) -> NewProject:
    asking = not arguments.yes and at_terminal()
    name = arguments.name or (asked("Name of the project:", console) if asking else "")
    if not name and not asking:
        raise UsageError("a new project needs a name", hint="bigflow start-project shop")
    name = checked(name)
    answers = {key: getattr(arguments, key) for key, _ in QUESTIONS}
    for key, question in QUESTIONS if asking else ():
        if answers[key] is None:
            answers[key] = asked(question, console)
    return NewProject(
        name=name,
        place=_place(arguments, name),
        today=_ambient.now().date(),
        python="{}.{}".format(*sys.version_info),
        gcp_project_id=_said(answers["gcp_project_id"]),
        dags_bucket=_said(answers["dags_bucket"]),
        docker_repository=_repository(arguments.docker_repository),
    )


def _place(arguments: argparse.Namespace, name: str) -> str:
    place = os.path.abspath(arguments.project_dir or name)
    if place == os.getcwd():
        raise UsageError(
            "the project's folder cannot be the one that you are in: it is made as a whole",
            hint=f"cd .. && rmdir {os.path.basename(place)}, then start-project again",
        )
    return place


def _said(answer: str | None) -> str | None:
    return (answer or "").strip() or None


def _repository(answer: str | None) -> str | None:
    said = _said(answer)
    if said is not None and (said != said.lower() or len(said.split()) > 1):
        raise UsageError(
            f"a repository of images is written in lower case, without blanks: {said!r}",
            hint="for example --docker-repository europe-docker.pkg.dev/acme/images",
        )
    return said


def _install(project: NewProject, console: Console) -> BigflowError | None:
    """What `bigflow install` does there; what was wrong if it failed, for the project is a good one all the same."""
    from bigflow.cli.commands import install  # late: not everybody wants it

    parser = Parser.of("install", "")
    install.add_options(parser)
    try:
        install.run(parser.parse(["--project-dir", project.place]), console)
    except BigflowError as error:
        return error
    return None


def _tell(shown: str, console: Console) -> None:
    begin = f"Created {shown}/  "
    console.say(f"{begin}project_package/workflow.py (daily: fetch -> clean -> [by_country, by_product] -> report)")
    console.say(f"{' ' * len(begin)}test/  resources/  deployment_config.py (local, dev, prod)  pyproject.toml")
