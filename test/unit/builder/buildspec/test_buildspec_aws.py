"""Parameters, secrets and buckets, as a server that speaks AWS's own protocols has them."""

from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from threading import Thread
from typing import Any

import pytest
from support.buildspecs import Ground
from support.needs import missing

from bigflow.builder.buildspec.order import Bucket

REGION = "eu-west-1"


@pytest.fixture(scope="module")
def server() -> Iterator[str]:
    try:
        from moto.server import ThreadedMotoServer
    except ImportError as error:
        missing("moto[server]", str(error))
    moto = ThreadedMotoServer("127.0.0.1", 0, verbose=False)
    moto.start()
    host, port = moto.get_host_and_port()
    yield f"http://{host}:{port}"
    moto.stop()


def credentials(monkeypatch: pytest.MonkeyPatch, endpoint: str) -> None:
    told = {"AWS_ACCESS_KEY_ID": "test", "AWS_SECRET_ACCESS_KEY": "test", "AWS_DEFAULT_REGION": REGION}
    for name, value in {**told, "AWS_ENDPOINT_URL": endpoint, "AWS_EC2_METADATA_DISABLED": "true"}.items():
        monkeypatch.setenv(name, value)


@pytest.fixture
def aws(server: str, monkeypatch: pytest.MonkeyPatch) -> Any:
    import boto3

    credentials(monkeypatch, server)
    return lambda service: boto3.client(service, endpoint_url=server, region_name=REGION)


def spec(env: str, command: str = "true", more: str = "") -> str:
    return f"version: 0.2\nenv:\n{env}\nphases: {{build: {{commands: ['{command}']}}}}\n{more}"


def test_values_from_both_stores(aws: Any, ground: Ground) -> None:
    aws("ssm").put_parameter(Name="/app/user", Value="alice-w", Type="SecureString", Overwrite=True)
    whole = aws("secretsmanager").create_secret(Name="whole", SecretString="plain-text")
    old = aws("secretsmanager").create_secret(Name="app", SecretString='{"password": "old-one", "n": 7}')
    aws("secretsmanager").put_secret_value(SecretId="app", SecretString='{"password": "new-one", "n": 7}')
    env = f"""\
  parameter-store: {{USER_NAME: /app/user}}
  secrets-manager:
    WHOLE: whole
    BY_ARN: "{whole["ARN"]}"
    NEW: app:password
    OLD: app:password:AWSPREVIOUS
    OLDEST: "app:password::{old["VersionId"]}"
    NUMBER: app:n
"""
    command = "for n in $USER_NAME $WHOLE $BY_ARN $NEW $OLD $OLDEST $NUMBER; do echo $n | rev; done"
    ran = ground.run(spec(env, command))
    assert ran.said == ["w-ecila", "txet-nialp", "txet-nialp", "eno-wen", "eno-dlo", "eno-dlo", "***"], ran.errors


def test_what_aws_does_not_have(aws: Any, ground: Ground) -> None:
    aws("secretsmanager").create_secret(Name="flat", SecretString="no json")
    env = "  parameter-store: {A: /none}\n  secrets-manager: {B: none, C: 'flat:key'}"
    ran = ground.run(spec(env))
    assert ran.code == 4
    assert [error[:2] for error in ran.errors] == ["A:", "B:", "C:"]
    assert "ParameterNotFound" in ran.errors[0] and "ResourceNotFoundException" in ran.errors[1]
    assert "no JSON object" in ran.errors[2]


UPLOADED = "artifacts: {files: [buildspec.yml], name: x, s3-prefix: /team/}\n"


def test_artifacts_in_a_bucket(aws: Any, ground: Ground) -> None:
    aws("s3").create_bucket(Bucket="builds", CreateBucketConfiguration={"LocationConstraint": REGION})
    ran = ground.run(spec("  shell: sh", more=UPLOADED), bucket=Bucket("builds", "nightly/"))
    assert ran.code == 0, ran.errors
    there = aws("s3").get_object(Bucket="builds", Key="nightly/team/x.zip")["Body"].read()
    assert there == (ground.root / "build" / "artifacts" / "x.zip").read_bytes()
    assert "Uploaded s3://builds/nightly/team/x.zip" in ran.told


def test_a_bucket_that_is_not_there(aws: Any, ground: Ground) -> None:
    ran = ground.run(spec("  shell: sh", more=UPLOADED), bucket=Bucket("nobodys"))
    assert ran.code == 4
    assert "s3://nobodys/team/x.zip" in ran.errors[0] and "NoSuchBucket" in ran.errors[0]
    assert ran.archives == {"x.zip": ["buildspec.yml"]}, "what was made is there all the same"


class _Refusing(BaseHTTPRequestHandler):
    def do_PUT(self) -> None:
        self.rfile.read(int(self.headers.get("Content-Length", 0)))
        body = b"<Error><Code>AccessDenied</Code><Message>Access Denied</Message></Error>"
        self.send_response(403)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: object) -> None:
        """In silence."""


def test_a_bucket_without_permission(ground: Ground, monkeypatch: pytest.MonkeyPatch) -> None:
    refusing = HTTPServer(("127.0.0.1", 0), _Refusing)
    Thread(target=refusing.serve_forever, daemon=True).start()
    credentials(monkeypatch, f"http://127.0.0.1:{refusing.server_port}")
    try:
        ran = ground.run(spec("  shell: sh", more=UPLOADED), bucket=Bucket("builds"))
    finally:
        refusing.shutdown()
        refusing.server_close()
    assert ran.code == 4
    assert "AccessDenied" in ran.errors[0]


def test_nobody_answers(ground: Ground, monkeypatch: pytest.MonkeyPatch) -> None:
    credentials(monkeypatch, "http://127.0.0.1:9")
    monkeypatch.setenv("AWS_MAX_ATTEMPTS", "1")
    ran = ground.run(spec("  parameter-store: {A: /a}"))
    assert ran.code == 4
    assert "in vain" in ran.errors[0]
