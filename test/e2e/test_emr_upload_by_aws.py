"""upload_to_s3.sh with the real AWS CLI, against a server that speaks S3."""

import os
import subprocess
from pathlib import Path

from support.airflow import python_with
from support.emr import HERE, bundled, emr_shop, jar, output
from support.object_store import moto

from bigflow.storage import Access, Amazon, AmazonKeys, open_store

FILES = [
    "dependencies/dependencies.zip",
    "entry_script/run_main.py",
    "jars/driver.jar",
    "whl_pkg/shop-1.2.0-py3-none-any.whl",
    "deployment_manifest.json",
]


def test_what_the_script_uploads_is_there_and_is_not_uploaded_twice(tmp_path: Path) -> None:
    aws = python_with("awscli", ("awscli==1.45.0",), "3.11").parent
    shop = emr_shop(tmp_path / "shop", HERE + 'jars = ["driver.jar"]\n')
    Path(shop.root, "driver.jar").write_bytes(jar())
    bundled(shop)
    keys = AmazonKeys("AKIAEXAMPLEKEYOFTESTS", "a-secret-of-tests")
    with moto("ours") as endpoint:
        variables = {
            "PATH": f"{aws}{os.pathsep}{os.environ['PATH']}",
            "HOME": str(tmp_path),
            "AWS_ENDPOINT_URL": endpoint,
            "AWS_ACCESS_KEY_ID": keys.key_id,
            "AWS_SECRET_ACCESS_KEY": keys.secret,
            "AWS_DEFAULT_REGION": "us-east-1",
            "AWS_EC2_METADATA_DISABLED": "true",
        }
        script = str(output(shop, "upload_to_s3.sh"))
        for mark in "+=":
            done = subprocess.run(
                [script, "s3://ours/spark"], env=variables, capture_output=True, text=True, check=False
            )
            assert done.returncode == 0, done.stderr
            assert done.stdout.splitlines()[:-1] == [f"{mark} {path}" for path in FILES]
        store = open_store("s3://ours/spark/shop/1.2.0", Access(Amazon(region="us-east-1", keys=keys), endpoint))
        assert {stored.name for stored in store.listing()} == set(FILES)
        assert store.read("jars/driver.jar").content == jar()
        done = subprocess.run([script, "s3://none"], env=variables, capture_output=True, text=True, check=False)
        assert done.returncode != 0 and "NoSuchBucket" in done.stderr
