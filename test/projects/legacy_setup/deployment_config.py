from bigflow.configuration import DeploymentConfig

deployment_config = DeploymentConfig(
    name="dev",
    properties={
        "gcp_project_id": "my-project",
        "docker_repository": "eu.gcr.io/{gcp_project_id}/{env}",
        "dags_bucket": "bucket",
    },
)
