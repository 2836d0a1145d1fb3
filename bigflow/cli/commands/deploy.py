"""Turns `bigflow deploy` into an image in its registry and DAGs in Airflow's folder, or into the plan of that."""

import argparse

from bigflow.cli.console import Console
from bigflow.cli.deploy_flow import carry_out, clear_the_way
from bigflow.cli.deploy_ground import bindings, field, places
from bigflow.cli.deploy_options import add_agreement, add_build, add_values
from bigflow.cli.options import add_json
from bigflow.deployer.bundle import bundle_of, find_bundle
from bigflow.deployer.deploying import DeployOrder, plan_deploy
from bigflow.deployer.wanted import Binding, Built, find_image, read_manifest_of, read_specs


def add_options(parser: argparse.ArgumentParser) -> None:
    add_agreement(parser)
    add_build(parser, image=True, dags=True)
    add_values(parser)
    add_json(parser)


def run(arguments: argparse.Namespace, console: Console) -> int:
    return deploy(arguments, console, image=arguments.image_tar_path or "", push=True)


def deploy(arguments: argparse.Namespace, console: Console, *, image: str, push: bool) -> int:
    """Everything; without `push` the image has to be there already."""
    at = field(arguments, console)
    manifest = read_manifest_of(at.root, at.project, arguments.variant)
    has_bundle = bundle_of(manifest) is not None
    only_bundle = has_bundle and not (manifest.of_kind("image") or manifest.of_kind("dagspec"))
    needed = (*(() if only_bundle else ("docker_repository",)), *(("emr_bucket",) if has_bundle else ()))
    where = places(at, manifest.project, *needed)
    specs = () if only_bundle else read_specs(at.root, manifest, arguments.dags_dir)
    built = Built(manifest, specs, find_image(at.root, manifest, image))
    order = DeployOrder(
        built=built,
        binding=Binding(bindings(at.values), where.ground.images(where.repository).reference),
        repository=where.repository,
        workflow=arguments.workflow,
        handover=arguments.handover,
        clear=arguments.clear_dags_folder,
        push=push,
        bundle=find_bundle(at.root, manifest, at.values.text("emr_bucket")),
    )
    opened = clear_the_way(where.ground, console, only_looking=arguments.plan, damaged=order.clear)
    return carry_out(plan_deploy(where.ground, order, opened), where.ground, arguments, console, built)
