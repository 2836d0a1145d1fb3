"""Turns a job run that EMR Serverless was asked for into a real one: it is done as the request says, word for word."""

import gzip
import os
import shlex
import subprocess
import tarfile
import threading
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from support.emr_serverless import EmrServerless
from support.spark import Spark

_DRIVER = "spark.emr-serverless.driverEnv."


@dataclass(frozen=True, slots=True)
class Worker:
    """Runs what the service is told to start, in a folder, with a Spark of this machine."""

    service: EmrServerless
    spark: Spark
    folder: Path

    def take(self, run: str) -> None:
        """Begin it; the service says RUNNING until it has ended."""
        request = self.service.starts[-1]
        self.service.states = ["RUNNING"]
        threading.Thread(target=self._run, args=(run, request), daemon=True).start()

    def _run(self, run: str, request: dict[str, Any]) -> None:
        try:
            self.service.details = self._end_of(run, request)
        except Exception as error:  # a thread of a test: nobody else would hear of it
            self.service.details = repr(error)
        self.service.states = ["FAILED" if self.service.details else "SUCCESS"]

    def _end_of(self, run: str, request: dict[str, Any]) -> str:
        """Why it failed, if it did."""
        here = self.folder / run
        driver = request["jobDriver"]["sparkSubmit"]
        words = [self._fetched(word, here) for word in shlex.split(driver["sparkSubmitParameters"])]
        for one in request["configurationOverrides"].get("applicationConfiguration", []):
            words += [word for name, value in one["properties"].items() for word in ("--conf", f"{name}={value}")]
        told = dict(word.split("=", 1) for word in words if word.startswith("spark."))
        self._unpack(told.get("spark.archives", ""), here)
        ours = {"PATH": os.environ["PATH"], "HOME": str(here), "SPARK_HOME": str(self.spark.home)}
        env = {name.removeprefix(_DRIVER): value for name, value in told.items() if name.startswith(_DRIVER)}
        command = [str(self.spark.submit), "--master", "local[1]", *words, self._fetched(driver["entryPoint"], here)]
        command += driver["entryPointArguments"]
        done = subprocess.run(command, cwd=here, env={**ours, **env}, capture_output=True)
        logs = request["configurationOverrides"]["monitoringConfiguration"]["s3MonitoringConfiguration"]["logUri"]
        bucket, _, prefix = logs.removeprefix("s3://").partition("/")
        key = f"{prefix}/applications/{self.service.application}/jobs/{run}/SPARK_DRIVER/stdout.gz"
        self.service.client("s3").put_object(Bucket=bucket, Key=key, Body=gzip.compress(done.stdout))
        return f"ExitCode: {done.returncode}" if done.returncode else ""

    def _fetched(self, word: str, here: Path) -> str:
        """The word with a file of this folder for each address in it."""
        setting, _, value = word.rpartition("=")
        fetched = [self._file(one, here) if one.startswith("s3://") else one for one in value.split(",")]
        return f"{setting}=" * bool(setting) + ",".join(fetched)

    def _file(self, address: str, here: Path) -> str:
        path, hash, name = address.partition("#")
        bucket, _, key = path.removeprefix("s3://").partition("/")
        file = here / Path(key).name
        file.parent.mkdir(parents=True, exist_ok=True)
        self.service.client("s3").download_file(bucket, key, str(file))
        return f"{file}{hash}{name}"

    def _unpack(self, archives: str, here: Path) -> None:
        """As in a cluster, for the driver too."""
        for archive in filter(None, archives.split(",")):
            file, _, name = archive.partition("#")
            with tarfile.open(file) as content:
                content.extractall(here / name, filter="tar")
