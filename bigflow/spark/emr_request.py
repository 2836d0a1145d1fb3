"""Turns an application and its bundle into the request by which EMR Serverless runs it."""

import math
from collections.abc import Mapping
from dataclasses import replace

from bigflow.artifacts.emr_bundle import EmrBundle
from bigflow.spark.application import Application, label
from bigflow.spark.places import EmrServerless

_SHORTEST = 5  # minutes: EMR takes no shorter limit


def start_request(
    place: EmrServerless, application: Application, bundle: EmrBundle, address: str
) -> Mapping[str, object]:
    """What StartJobRun is told of a bundle that lies at the address.

    What the user sets goes into a configuration, whose values may have spaces; the parameters of spark-submit are one
    text. The latter win, so what both set is left out there.
    """
    conf = {**place.spark_conf, **application.spark_conf}
    submission = bundle.submission(address, "emr-serverless")
    submission = replace(submission, properties=tuple(one for one in submission.properties if one[0] not in conf))
    driver: dict[str, object] = {
        "entryPoint": bundle.entry_point(address, application.entry_script),
        "entryPointArguments": list(application.arguments),
    }
    if words := submission.words():
        driver["sparkSubmitParameters"] = " ".join(words)
    overrides: dict[str, object] = {}
    if conf:
        overrides["applicationConfiguration"] = [{"classification": "spark-defaults", "properties": conf}]
    if place.log_uri:
        overrides["monitoringConfiguration"] = {"s3MonitoringConfiguration": {"logUri": place.log_uri}}
    return {
        "applicationId": place.application_id,
        "clientToken": application.token,
        "executionRoleArn": place.execution_role_arn,
        "jobDriver": {"sparkSubmit": driver},
        "configurationOverrides": overrides,
        "tags": {"bigflow-project": label(bundle.project), **application.labels},
        "executionTimeoutMinutes": max(_SHORTEST, math.ceil(application.limit / 60)),
        "name": application.name[:256],
    }


def driver_log(place: EmrServerless, run: str, stream: str) -> str:
    """Where EMR puts what the driver writes."""
    below = f"applications/{place.application_id}/jobs/{run}/SPARK_DRIVER/{stream}.gz"
    return f"{place.log_uri.rstrip('/')}/{below}"
