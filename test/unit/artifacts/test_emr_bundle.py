import json
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bigflow.artifacts.artifact import Part
from bigflow.artifacts.emr_bundle import ENGINES, Dependencies, EmrBundle
from bigflow.errors import UsageError

ZIP = Dependencies("zip", "dependencies/dependencies.zip")
ENVIRONMENT = Dependencies("environment", "dependencies/environment.tar.gz", ("numpy",), ("boto3",))
BUNDLE = EmrBundle(
    project="shop",
    version="1.2.0",
    python="3.11",
    interpreter="/usr/bin/python3.11",
    wheel="whl_pkg/shop-1.2.0-py3-none-any.whl",
    dependencies=ZIP,
    entry_scripts=(("load", "entry_script/load.py"), ("run_main", "entry_script/run_main.py")),
    jars=("jars/a-1.0.jar", "jars/b.jar"),
    files=(Part("entry_script/load.py", 3, "ab" * 32),),
)
BASE = "s3://bucket/spark/shop/1.2.0"
TEXTS = st.text(min_size=1)
PARTS = st.builds(Part, TEXTS, st.integers(0), st.text("0123456789abcdef", min_size=64, max_size=64))


@given(
    st.builds(
        EmrBundle,
        project=TEXTS,
        version=TEXTS,
        python=TEXTS,
        interpreter=TEXTS,
        wheel=TEXTS,
        dependencies=st.builds(
            Dependencies,
            st.sampled_from(["zip", "environment"]),
            TEXTS,
            st.lists(TEXTS).map(tuple),
            st.lists(TEXTS).map(tuple),
        ),
        entry_scripts=st.dictionaries(TEXTS, TEXTS).map(lambda found: tuple(found.items())),
        jars=st.lists(TEXTS).map(tuple),
        files=st.lists(PARTS).map(tuple),
    )
)
def test_what_is_written_is_read(bundle: EmrBundle) -> None:
    text = bundle.to_json()
    assert EmrBundle.parse(text.encode()) == bundle
    assert EmrBundle.parse(text.encode()).to_json() == text


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"{",
        b"[]",
        b"null",
        b"\xff",
        BUNDLE.to_json().replace('"schema": 1', '"schema": 2').encode(),
        BUNDLE.to_json().replace('"zip"', '"egg"').encode(),
        BUNDLE.to_json().replace('"wheel"', '"wheels"').encode(),
        json.dumps({**json.loads(BUNDLE.to_json()), "files": [1]}).encode(),
        json.dumps({**json.loads(BUNDLE.to_json()), "jars": "x.jar"}).encode(),
        json.dumps({**json.loads(BUNDLE.to_json()), "entry_scripts": []}).encode(),
    ],
)
def test_what_cannot_be_read_says_how_to_make_it(content: bytes) -> None:
    with pytest.raises(UsageError) as caught:
        EmrBundle.parse(content, "build_output/deployment_manifest.json")
    assert caught.value.where == "build_output/deployment_manifest.json"
    assert caught.value.hint == "bigflow build --target emr"


def test_a_zip_is_for_emr_s_own_interpreter() -> None:
    words = BUNDLE.submission(f"{BASE}/", "emr-serverless").words()
    assert words[:4] == (
        "--py-files",
        f"{BASE}/dependencies/dependencies.zip",
        "--jars",
        f"{BASE}/jars/a-1.0.jar,{BASE}/jars/b.jar",
    )
    assert not any("spark.archives" in word for word in words)
    assert "spark.emr-serverless.driverEnv.PYSPARK_PYTHON=/usr/bin/python3.11" in words
    assert "spark.executorEnv.PYSPARK_PYTHON=/usr/bin/python3.11" in words


def test_an_environment_is_unpacked_and_brings_the_interpreter() -> None:
    bundle = replace(BUNDLE, dependencies=ENVIRONMENT, jars=())
    assert bundle.submission(BASE, "emr-serverless").words() == (
        *("--conf", f"spark.archives={BASE}/dependencies/environment.tar.gz#environment"),
        *("--conf", "spark.emr-serverless.driverEnv.PYSPARK_DRIVER_PYTHON=./environment/bin/python"),
        *("--conf", "spark.emr-serverless.driverEnv.PYSPARK_PYTHON=./environment/bin/python"),
        *("--conf", "spark.executorEnv.PYSPARK_PYTHON=./environment/bin/python"),
    )
    assert dict(bundle.submission(BASE, "yarn").properties)["spark.yarn.appMasterEnv.PYSPARK_PYTHON"] == (
        "./environment/bin/python"
    )


def test_another_interpreter_takes_its_place_everywhere() -> None:
    for engine in ENGINES:
        told = BUNDLE.submission(BASE, engine, python="/opt/python").properties
        assert told and {value for _, value in told} == {"/opt/python"}


def test_an_entry_script_is_found_by_its_name() -> None:
    assert BUNDLE.entry_point(BASE, "run_main") == f"{BASE}/entry_script/run_main.py"
    assert BUNDLE.entry_point(BASE, "run_main.py") == f"{BASE}/entry_script/run_main.py"
    with pytest.raises(UsageError, match="no entry script 'run_man'") as caught:
        BUNDLE.entry_point(BASE, "run_man")
    assert caught.value.hint == "did you mean 'run_main'?"


def test_a_plus_in_a_version_is_none_in_its_folder() -> None:
    assert replace(BUNDLE, version="1.0+g1").folder == "shop/1.0-g1"
