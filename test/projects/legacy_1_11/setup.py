import bigflow.build

bigflow.build.setup(
    name="recommendations",
    docker_repository="eu.gcr.io/acme-data/recommendations",
    test_framework="pytest",
)
