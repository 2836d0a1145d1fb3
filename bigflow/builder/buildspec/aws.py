"""Turns names of parameters, secrets and objects into what AWS says of them, or an error that says why it does not."""

import json
from collections.abc import Callable
from importlib import import_module
from types import ModuleType
from typing import Any, TypeVar

from bigflow.builder.buildspec.variables import Remote
from bigflow.errors import OutsideError, UsageError

_Answer = TypeVar("_Answer")
_ARN_PARTS = 7  # arn:aws:secretsmanager:region:account:secret:name


def remote() -> Remote:
    """The parameter store and the secrets manager of whoever's credentials are found."""
    return Remote(_parameter, _secret)


def upload(path: str, bucket: str, key: str) -> None:
    """Put a file into a bucket."""
    _asked("s3", f"s3://{bucket}/{key}", lambda client: client.upload_file(path, bucket, key))


def _parameter(name: str) -> str:
    what = f"the parameter {name}"
    answer = _asked("ssm", what, lambda client: client.get_parameter(Name=name, WithDecryption=True))
    return str(answer["Parameter"]["Value"])


def _secret(wish: str) -> str:
    """`id:json-key:stage:version-id`, where the id may be an ARN, which has colons itself."""
    parts = wish.split(":")
    id_parts = _ARN_PARTS if parts[0] == "arn" else 1
    id, (key, stage, version) = ":".join(parts[:id_parts]), (*parts[id_parts:], "", "", "")[:3]
    which = {"VersionStage": stage, "VersionId": version}
    chosen = {name: value for name, value in which.items() if value}
    answer = _asked("secretsmanager", f"the secret {id}", lambda client: client.get_secret_value(SecretId=id, **chosen))
    text = str(answer.get("SecretString", ""))
    return _below(text, key, id) if key else text


def _below(text: str, key: str, id: str) -> str:
    try:
        found = json.loads(text)[key]
    except (ValueError, KeyError, TypeError):
        raise OutsideError(f"the secret {id} is no JSON object with the key {key!r}") from None
    return found if isinstance(found, str) else json.dumps(found)


def _asked(service: str, what: str, question: Callable[[Any], _Answer]) -> _Answer:
    exceptions = _botocore()
    try:
        return question(_client(service))
    except (exceptions.NoCredentialsError, exceptions.PartialCredentialsError, exceptions.ProfileNotFound) as error:
        raise UsageError(f"{what} needs AWS credentials: {error}", hint="aws configure") from None
    except exceptions.NoRegionError as error:
        raise UsageError(f"{what} needs an AWS region: {error}", hint="export AWS_DEFAULT_REGION=...") from None
    except exceptions.ClientError as error:
        told = error.response["Error"]
        raise OutsideError(f"AWS does not give access to {what}: {told.get('Code')}: {told.get('Message')}") from None
    except (exceptions.BotoCoreError, import_module("boto3.exceptions").Boto3Error) as error:
        raise OutsideError(f"AWS was asked in vain for {what}: {error}") from None


def _client(service: str) -> Any:
    session = import_module("boto3.session").Session()
    config = import_module("botocore.config").Config(connect_timeout=5, retries={"max_attempts": 3})
    return session.client(service, config=config)


def _botocore() -> ModuleType:
    try:
        import_module("boto3")
        return import_module("botocore.exceptions")
    except ModuleNotFoundError:
        raise UsageError("AWS cannot be asked without the package 'boto3'", hint="pip install boto3") from None
