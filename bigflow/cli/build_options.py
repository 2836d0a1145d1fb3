"""The options that the commands which build share, and what they make of the words that were given."""

import argparse
import os
import sys
from dataclasses import replace

from bigflow import _ambient
from bigflow.builder.selection import Selection
from bigflow.builder.session import Ask, Place
from bigflow.builder.step import Interpreter, Wishes
from bigflow.cli.options import add_environment, add_json, add_variant
from bigflow.errors import UsageError


def add_build_options(parser: argparse.ArgumentParser) -> None:
    """What every build can be told."""
    add_environment(parser)
    add_variant(parser)
    parser.add_argument(
        "--only", metavar="STEP", action="append", default=[], help="only this step or phase; repeatable"
    )
    parser.add_argument("--skip", metavar="STEP", action="append", default=[], help="not this one; repeatable")
    parser.add_argument("--from", dest="since", metavar="STEP", help="this step or phase, and all after it")
    parser.add_argument(
        "--no-cache", action="store_true", help="perform every step, also those that nothing changed for"
    )
    parser.add_argument("--clean", action="store_true", help="first remove what earlier builds left")
    parser.add_argument("--upgrade", action="store_true", help="resolve all requirements anew")
    parser.add_argument(
        "--upgrade-package", metavar="P", action="append", default=[], help="resolve this one anew; repeatable"
    )
    parser.add_argument("--offline", action="store_true", help="reach for nothing outside this machine")
    parser.add_argument(
        "--export-image-tar",
        action=argparse.BooleanOptionalAction,
        help="write the image as an archive, too, for `docker load` (default: export_image_tar of the project)",
    )
    parser.add_argument(
        "--image-base", metavar="BASE", help="instead of the project's image.base, or $BIGFLOW_IMAGE_BASE"
    )
    parser.add_argument("--parallel", metavar="N", type=int, help="steps at a time (default: the number of cores)")
    add_json(parser)
    _add_engine_options(parser)


def _add_engine_options(parser: argparse.ArgumentParser) -> None:
    own = parser.add_argument_group("options for a Dockerfile of your own")
    for option, form, what in (
        ("--build-arg", "NAME=VALUE", "a value for an ARG; repeatable"),
        ("--build-secret", "NAME=FILE", "a file that RUN --mount=type=secret sees, and no layer has; repeatable"),
        ("--cache-from-image", "IMAGE", "an image whose layers may be used again; repeatable"),
        ("--cache-from-version", "VERSION", "the same, of a version of this project; repeatable"),
    ):
        own.add_argument(option, metavar=form, action="append", default=[], help=what)


def add_dag_options(parser: argparse.ArgumentParser) -> None:
    """What a build that writes DAG files can be told besides."""
    parser.add_argument("-w", "--workflow", metavar="W", help="write the DAG of this workflow only (default: all)")
    parser.add_argument(
        "-t",
        "--start-time",
        metavar="WHEN",
        help="of the build: wall time, or NOW (default: the commit's; 1.11: NOW)",
    )
    parser.add_argument(
        "--airflow",
        metavar="VERSIONS",
        default="",
        help="check DAGs for these only: 2.10,3.1 (default: 2.9 to 3.3)",
    )


def ask(command: str, arguments: argparse.Namespace) -> Ask:
    """What the words ask for."""
    parallel = arguments.parallel if arguments.parallel is not None else _cores()
    if parallel < 1:
        raise UsageError(f"--parallel cannot be {parallel}", hint="--parallel 1 runs one step at a time")
    return Ask(
        command=command,
        typed=" ".join([command, *_typed(arguments)]),
        wishes=Wishes(
            env=arguments.config,
            workflow=getattr(arguments, "workflow", None),
            start_time=getattr(arguments, "start_time", None),
            upgrade=arguments.upgrade,
            upgrade_packages=tuple(arguments.upgrade_package),
            offline=arguments.offline,
            airflow=tuple(filter(None, getattr(arguments, "airflow", "").replace(" ", "").split(","))),
            anew=arguments.no_cache,
            export_image_tar=arguments.export_image_tar,
            build_arguments=tuple(arguments.build_arg),
            build_secrets=tuple(arguments.build_secret),
            cache_from_image=tuple(arguments.cache_from_image),
            cache_from_version=tuple(arguments.cache_from_version),
        ),
        selection=Selection(tuple(arguments.only), tuple(arguments.skip), arguments.since),
        use_records=not arguments.no_cache,
        parallel=parallel,
        clean=arguments.clean,
    )


def place(root: str, arguments: argparse.Namespace) -> Place:
    """Where the build happens, and on what base."""
    base = arguments.image_base or _ambient.environment().get("BIGFLOW_IMAGE_BASE") or None
    laid = getattr(arguments, "laid", None)
    return replace(plain_place(root), source_date=_source_date(), image_base=base, laid=laid)


def plain_place(root: str) -> Place:
    """This very interpreter, which is the project's own if it has one."""
    own = os.path.realpath(sys.prefix) == os.path.realpath(os.path.join(root, ".venv"))
    version = ".".join(str(part) for part in sys.version_info[:3])
    return Place(root, Interpreter(sys.executable, version, own), machine_cache())


def machine_cache() -> str:
    """The folder for what all projects of this user share."""
    base = _ambient.environment().get("XDG_CACHE_HOME") or os.path.join(os.path.expanduser("~"), ".cache")
    return os.path.join(base, "bigflow-framework")


def _source_date() -> int | None:
    said = _ambient.environment().get("SOURCE_DATE_EPOCH", "")
    if not said:
        return None
    if not said.isascii() or not said.isdecimal():
        raise UsageError(f"SOURCE_DATE_EPOCH cannot be {said!r}", hint="seconds since 1970; or unset it")
    return int(said)


def _cores() -> int:
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else (os.cpu_count() or 2)


def _typed(arguments: argparse.Namespace) -> list[str]:
    words = []
    for option in ("only", "skip"):
        words += [f"--{option} {step}" for step in getattr(arguments, option)]
    words += [f"--from {arguments.since}"] if arguments.since else []
    words += ["--no-cache"] if arguments.no_cache else []
    words += ["--clean"] if arguments.clean else []
    words += [f"-c {arguments.config}"] if arguments.config else []
    words += [f"--variant {arguments.variant}"] if arguments.variant else []
    return words
