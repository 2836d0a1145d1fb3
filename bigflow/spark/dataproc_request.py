"""Turns an application and its bundle into the batch that Dataproc runs."""

import re
from collections.abc import Mapping

from bigflow.artifacts.emr_bundle import UNPACKED, EmrBundle
from bigflow.spark.application import Application, label
from bigflow.spark.places import Dataproc

_PYTHON = ("spark.dataproc.driverEnv.PYSPARK_PYTHON", "spark.executorEnv.PYSPARK_PYTHON")
_SHORTEST = 600  # seconds: Dataproc takes no shorter limit
_LONGEST_ID = 63


def batch(place: Dataproc, application: Application, bundle: EmrBundle, address: str) -> Mapping[str, object]:
    """The resource Batch for a bundle that lies at the address. Dataproc has a Python of its own."""
    submission = bundle.submission(address, "client")
    own = dict.fromkeys(_PYTHON, f"./{UNPACKED}/bin/python") if submission.archives else {}
    execution = {
        "ttl": f"{max(_SHORTEST, round(application.limit))}s",
        "serviceAccount": place.service_account,
        "subnetworkUri": place.subnetwork,
    }
    runtime = {
        "version": place.runtime_version,
        "containerImage": place.container_image,
        "properties": {**own, **place.spark_conf, **application.spark_conf},
    }
    return {
        "pysparkBatch": {
            "mainPythonFileUri": bundle.entry_point(address, application.entry_script),
            "args": list(application.arguments),
            "pythonFileUris": list(submission.py_files),
            "archiveUris": list(submission.archives),
            "jarFileUris": list(submission.jars),
        },
        "labels": {"bigflow-project": label(bundle.project), **application.labels},
        "runtimeConfig": {name: value for name, value in runtime.items() if value},
        "environmentConfig": {"executionConfig": {name: value for name, value in execution.items() if value}},
    }


def batch_id(application: Application) -> str:
    """The id that we choose for it: the same for the same attempt, so that it cannot be there twice."""
    mark = application.token[:12]
    words = re.sub(r"[^a-z0-9]+", "-", application.name.partition(" ")[0].lower()).strip("-")
    return f"{f'bigflow-{words}'[: _LONGEST_ID - len(mark) - 1].rstrip('-')}-{mark}"
