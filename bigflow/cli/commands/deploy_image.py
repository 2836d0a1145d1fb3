"""Turns `bigflow deploy-image` into an image in its registry, under its digest and the version's tag."""

import argparse

from bigflow.cli import push_view
from bigflow.cli.console import Console
from bigflow.cli.deploy_flow import agree
from bigflow.cli.deploy_ground import field
from bigflow.cli.deploy_json import image_as_json
from bigflow.cli.deploy_options import add_agreement, add_build, add_values
from bigflow.cli.deploy_view import image_line
from bigflow.cli.options import add_json
from bigflow.deployer.images import plan_image, push_image, tag_image
from bigflow.deployer.wanted import Built, find_image, read_manifest_of
from bigflow.errors import ExitCode


def add_options(parser: argparse.ArgumentParser) -> None:
    add_agreement(parser)
    add_build(parser, image=True, dags=False)
    add_values(parser)
    add_json(parser)


def run(arguments: argparse.Namespace, console: Console) -> int:
    at = field(arguments, console)
    manifest = read_manifest_of(at.root, at.project, arguments.variant)
    repository = at.values.need("docker_repository")["docker_repository"]
    built = Built(manifest, (), find_image(at.root, manifest, arguments.image_tar_path or ""))
    place = at.reach(manifest.project).images(repository)
    planned = plan_image(built, place)
    if console.json:
        console.data_json(image_as_json(planned))
    else:
        (console.data if arguments.plan else console.say)(image_line(planned))
    if arguments.plan:
        return ExitCode.CHANGES if arguments.exit_code and planned.changes else ExitCode.OK
    if planned.changes and at.values.flag("protected"):
        agree((f"{at.values.environment} is protected",), arguments, console)
    push_image(built, planned, place, push_view.listener(console))
    tag_image(planned, place)
    return ExitCode.OK
