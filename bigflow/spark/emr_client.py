"""Turns calls of EMR Serverless into answers, and botocore's errors into ours."""

from collections.abc import Callable, Mapping

from bigflow.errors import BigflowError, OutsideError, UsageError
from bigflow.spark.libraries import library
from bigflow.spark.places import EmrServerless
from bigflow.spark.waiting import Unreachable

_BUSY = {"InternalServerException", "RequestTimeout", "ServiceUnavailableException", "TooManyRequestsException"}
_LOGIN = "in a pod: the role of its service account; here: aws sso login, or AWS_PROFILE"
_PERMISSIONS = {
    "start_job_run": "emr-serverless:StartJobRun, emr-serverless:TagResource, and iam:PassRole for the execution role",
    "get_job_run": "emr-serverless:GetJobRun",
    "cancel_job_run": "emr-serverless:CancelJobRun",
}


class EmrClient:
    """Asks in one place. Throttled and cut requests are tried again by botocore, some seconds long."""

    def __init__(self, place: EmrServerless) -> None:
        botocore = library("botocore.session", "boto3", "EMR Serverless")
        self._errors = library("botocore.exceptions", "boto3", "EMR Serverless")
        config = library("botocore.config", "boto3", "EMR Serverless").Config(
            retries={"mode": "standard", "total_max_attempts": 6}, connect_timeout=10, read_timeout=60
        )
        self._place = place
        try:
            self._client: object = botocore.Session().create_client(
                "emr-serverless", region_name=place.region or None, config=config
            )
        except self._errors.BotoCoreError as error:
            raise self._told(error) from None

    def ask(self, operation: str, request: Mapping[str, object]) -> Mapping[str, object]:
        """The answer to one operation, such as `get_job_run`."""
        call: Callable[..., Mapping[str, object]] = getattr(self._client, operation)
        try:
            return call(**request)
        except self._errors.ClientError as error:
            raise self._refused(operation, error.response) from None
        except self._errors.BotoCoreError as error:
            raise self._told(error) from None

    def _refused(self, operation: str, response: Mapping[str, Mapping[str, object]]) -> BigflowError:
        code, message = str(response["Error"].get("Code", "")), str(response["Error"].get("Message", ""))
        status = response.get("ResponseMetadata", {}).get("HTTPStatusCode")
        name = self._place.application_id
        if code in _BUSY or "Throttl" in code or (isinstance(status, int) and status >= 500):
            return Unreachable(f"EMR Serverless is too busy for {operation}: {code}", hint="try again later")
        if code == "ResourceNotFoundException":
            return UsageError(
                f"EMR Serverless has no application {name}, or no such run of it: {message}",
                hint="aws emr-serverless list-applications   (and see the region)",
            )
        if code in ("ValidationException", "ConflictException"):
            return UsageError(
                f"EMR Serverless does not take it: {message}",
                hint=(f"aws emr-serverless get-application --application-id {name}   (start-application starts it)"),
            )
        return OutsideError(f"AWS refuses {operation}: {code}: {message}", hint=f"needed: {_PERMISSIONS[operation]}")

    def _told(self, error: Exception) -> BigflowError:
        errors, told = self._errors, " ".join(str(error).split())[:300]
        if isinstance(error, errors.NoRegionError):
            return UsageError(
                "EMR Serverless is asked in no region", hint="EmrServerless(region=...), or AWS_DEFAULT_REGION"
            )
        if isinstance(error, errors.ParamValidationError):
            return UsageError(
                f"EMR Serverless would not take it: {told}", hint="see the arguments of EmrServerless(...)"
            )
        if isinstance(error, errors.HTTPClientError | errors.ConnectionError):
            return Unreachable(f"EMR Serverless cannot be reached: {told}", hint="see the network and the proxy")
        return OutsideError(f"AWS gives no credentials: {told}", hint=_LOGIN)
