from bigflow.configuration import DeploymentConfig

deployment_config = DeploymentConfig(
    name="dev",
    properties={
        "gcp_project_id": "acme-data-{env}",
        "docker_repository": "eu.gcr.io/acme-data/recommendations",
        "dags_bucket": "europe-west1-acme-{env}-bucket",
        "vault_endpoint": "https://vault.example.com/v1/gcp/token",
    },
).add_configuration(name="prod", properties={"dags_bucket": "europe-west1-acme-bucket"})
