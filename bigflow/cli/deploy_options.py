"""The values that an environment has for a deploy, each with its option: one table for all who need them."""

import argparse
from typing import NamedTuple

from bigflow.cli.options import add_environment


class Value(NamedTuple):
    """A property of an environment in deployment_config.py, and the option that says the same."""

    name: str
    options: tuple[str, ...]
    metavar: str
    help: str
    example: str = ""
    choices: tuple[str, ...] = ()


VALUES = (
    Value(
        "dags_bucket",
        ("-b", "--dags-bucket"),
        "PLACE",
        "bucket of the DAGs, gs://... or s3://..., or a folder",
        "europe-west1-COMPOSER-bucket",
    ),
    Value(
        "docker_repository",
        ("-r", "--docker-repository"),
        "PLACE",
        "repository of the image, or oci-layout:FOLDER",
        "europe-docker.pkg.dev/PROJECT/REPO/IMAGE",
    ),
    Value(
        "emr_bucket",
        ("--emr-bucket",),
        "PLACE",
        "where EMR bundles go, s3://BUCKET/PREFIX, or a folder; none: nowhere",
        "s3://my-bucket/spark",
    ),
    Value("gcp_project_id", ("-p", "--gcp-project-id"), "ID", "Google project, for links to logs"),
    Value("project", ("--project",), "NAME", "the project whose records are meant (default: that of the build)"),
    Value(
        "auth_method",
        ("-a", "--auth-method"),
        "HOW",
        "who we are: this machine's accounts, or a token of a vault",
        choices=("local_account", "vault"),
    ),
    Value(
        "vault_endpoint",
        ("-ve", "--vault-endpoint"),
        "URL",
        "where a vault gives tokens",
        "https://vault.example.com/v1/gcp/token",
    ),
    Value(
        "vault_secret",
        ("-vs", "--vault-secret"),
        "SECRET",
        "what the vault wants to see (better: the variable bf_vault_secret)",
    ),
    Value(
        "vault_endpoint_verify", ("-vev", "--vault-endpoint-verify"), "HOW", "true, false, or a file of certificates"
    ),
    Value(
        "google_key_file",
        ("--google-key-file",),
        "FILE",
        "key of a service account (default: this machine's credentials)",
    ),
    Value("google_impersonate", ("--google-impersonate",), "ACCOUNT", "service account to act as"),
    Value("aws_profile", ("--aws-profile",), "NAME", "profile of AWS (default: AWS's own chain)"),
    Value("aws_region", ("--aws-region",), "REGION", "region of AWS (default: AWS's own chain)"),
    Value("storage_endpoint", ("--storage-endpoint",), "URL", "another storage service than the cloud's"),
    Value("storage_anonymous", ("--storage-anonymous",), "BOOL", "true: without credentials"),
    Value("ca_file", ("--ca-file",), "FILE", "certificates to trust besides the system's"),
    Value("namespace", ("--namespace",), "NAME", "Kubernetes namespace of the pods"),
    Value("kubernetes_connection", ("--kubernetes-connection",), "ID", "Airflow connection to Kubernetes"),
    Value("kubernetes_config_file", ("--kubernetes-config-file",), "FILE", "kubeconfig on Airflow's workers"),
    Value("service_account", ("--service-account",), "NAME", "Kubernetes account of jobs that name none"),
    Value("pool", ("--pool",), "NAME", "Airflow pool of jobs that name none"),
    Value("resources", ("--resources",), "AMOUNTS", "of jobs that name none: cpu=500m,memory=2Gi,disk=10Gi,gpu=1"),
    Value("schedule", ("--schedule",), "WHEN", "for all workflows: a cron expression, a preset, or none"),
    Value("schedule_timezone", ("--schedule-timezone",), "ZONE", "on whose clocks --schedule is read (default: UTC)"),
    Value("alerts", ("--alerts",), "LIST", "for all workflows: slack=CONNECTION,email=ADDRESS..., or none"),
    Value("paused", ("--paused",), "BOOL", "true: new DAGs begin paused"),
    Value("protected", ("--protected",), "BOOL", "true: every change has to be agreed to"),
    Value("airflow_url", ("--airflow-url",), "URL", "Airflow's pages, for links"),
)
KNOWN = {value.name: value for value in VALUES}


def add_values(parser: argparse.ArgumentParser) -> None:
    """All options that stand for values of the environment, and the environment itself."""
    add_environment(parser)
    parser.add_argument(
        "-dc", "--deployment-config-path", metavar="FILE", help="the configuration (default: deployment_config.py)"
    )
    group = parser.add_argument_group("values of the environment (default: those of deployment_config.py)")
    for value in VALUES:
        if value.choices:
            group.add_argument(*value.options, dest=value.name, choices=value.choices, help=value.help)
        else:
            group.add_argument(*value.options, dest=value.name, metavar=value.metavar, help=value.help)


def add_agreement(parser: argparse.ArgumentParser) -> None:
    """Options of everything that can be planned first."""
    parser.add_argument("--plan", action="store_true", help="tell what would change, and change nothing")
    parser.add_argument("--exit-code", action="store_true", help="with --plan: 10 if anything would change")
    parser.add_argument("-y", "--yes", action="store_true", help="agree to whatever would be asked")


def add_build(parser: argparse.ArgumentParser, *, image: bool, dags: bool) -> None:
    """Options that say which artifacts are meant, and where they lie, with the names of 1.11."""
    parser.add_argument("--variant", metavar="NAME", help="what was built of this variant of the project")
    if image:
        parser.add_argument(
            "-i", "--image-tar-path", metavar="PATH", help="folder or archive of the image (default: of the build)"
        )
    if dags:
        parser.add_argument(
            "-dd", "--dags-dir", metavar="DIR", default="", help="where specs.json is (default: of the build)"
        )
        parser.add_argument(
            "-cdf", "--clear-dags-folder", action="store_true", help="remove all of this project's old files too"
        )
        parser.add_argument("-w", "--workflow", metavar="W", help="deploy this workflow only")
        parser.add_argument(
            "--handover", action="store_true", help="let old versions of DAGs end where the new ones begin"
        )
