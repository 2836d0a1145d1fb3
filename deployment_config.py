"""Where a build of this project goes, for each environment; the first is the default."""

from bigflow.configuration import DeploymentConfig

deployment_config = (
    DeploymentConfig(
        "local", {"dags_bucket": "build/deployed/dags", "docker_repository": "oci-layout:build/deployed/images"}
    )
    .add_configuration(
        "dev",
        {
            "gcp_project_id": "shop-{env}",
            "dags_bucket": "{gcp_project_id}-dags",
            "docker_repository": "europe-docker.pkg.dev/{gcp_project_id}/images/orders",
        },
    )
    .add_configuration(
        "prod",
        {
            "gcp_project_id": "shop-{env}",
            "dags_bucket": "{gcp_project_id}-dags",
            "docker_repository": "europe-docker.pkg.dev/{gcp_project_id}/images/orders",
        },
    )
)
