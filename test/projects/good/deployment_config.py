from bigflow import Config

deployment_config = (
    Config("local", {"docker_repository": "shop", "dags_bucket": "./dags"})
    .add_configuration("dev", {"docker_repository": "europe-docker.pkg.dev/{env}/shop", "dags_bucket": "dev-dags"})
    .add_configuration(
        "prod",
        {
            "docker_repository": None,
            "dags_bucket": "prod-dags",
            "api_password": None,
        },
    )
)
