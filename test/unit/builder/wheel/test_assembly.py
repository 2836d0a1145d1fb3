import zipfile
from pathlib import Path

import pytest
from support.small_shop import write_shop

from bigflow.builder.step import StepFailed
from bigflow.builder.wheel.assembly import Assembled, Parts, assemble
from bigflow.builder.wheel.contents import contents
from bigflow.builder.wheel.metadata import rewritten
from bigflow.project.spec import read_spec

CODE = ("shop/__init__.py", "shop/workflow.py", "shop/jobs/__init__.py", "shop/jobs/load.py")
METADATA = "Metadata-Version: 2.4\nName: Shop\nVersion: 0.0.0\n"


def assembled(tmp_path: Path, files: dict[str, str]) -> Assembled:
    root = write_shop(tmp_path / "shop")
    backend = tmp_path / "shop-0.0.0-py3-none-any.whl"
    with zipfile.ZipFile(backend, "w") as archive:
        for name, text in files.items():
            archive.writestr(name, text)
    spec = read_spec(str(root))
    parts = Parts(spec, "1.2.0", contents(str(root), spec), str(root), "daily shop.workflow\n")
    return assemble(str(backend), parts, str(tmp_path / "unpacked"))


def texts(made: Assembled) -> dict[str, str]:
    return {
        entry.name: entry.content.decode() if isinstance(entry.content, bytes) else Path(entry.content).read_text()
        for entry in made.entries
    }


def from_backend(**more: str) -> dict[str, str]:
    return {**dict.fromkeys(CODE, "by the backend"), "shop-0.0.0.dist-info/METADATA": METADATA, **more}


def test_modules_are_the_backends_and_resources_are_ours(tmp_path: Path) -> None:
    made = texts(
        assembled(tmp_path, from_backend(**{"shop/resources/report.sql": "stale", "shop/_version.py": "made"}))
    )
    assert made["shop/workflow.py"] == "by the backend"
    assert made["shop/_version.py"] == "made"
    assert made["shop/resources/report.sql"] == "select 1\n"
    assert made["shop/resources/deep/er/orders.csv"] == "a,b\n"
    assert made["shop/bigflow_workflows.txt"] == "daily shop.workflow\n"


def test_metadata_lie_in_the_folder_of_our_version(tmp_path: Path) -> None:
    more = {
        "shop-0.0.0.dist-info/RECORD": "",
        "shop-0.0.0.dist-info/WHEEL": "",
        "shop-0.0.0.dist-info/licenses/LICENSE": "free",
        "shop-0.0.0.data/data/etc/a.ini": "x",
    }
    made = texts(assembled(tmp_path, from_backend(**more)))
    assert {name for name in made if not name.startswith("shop/")} == {
        "shop-1.2.0.dist-info/METADATA",
        "shop-1.2.0.dist-info/licenses/LICENSE",
        "shop-1.2.0.data/data/etc/a.ini",
    }
    assert made["shop-1.2.0.dist-info/METADATA"] == "Metadata-Version: 2.4\nName: shop\nVersion: 1.2.0\n"


def test_what_lies_in_no_package_is_left_out_and_told(tmp_path: Path) -> None:
    made = assembled(tmp_path, from_backend(**{"resources/report.sql": "", "shopping/a.py": "", "test/a.py": ""}))
    assert sorted(made.left_out) == ["resources/report.sql", "shopping/a.py", "test/a.py"]
    assert not texts(made).keys() & set(made.left_out)


def test_a_module_that_the_backend_forgot(tmp_path: Path) -> None:
    files = from_backend()
    del files["shop/jobs/load.py"]
    with pytest.raises(StepFailed, match=r"left out shop/jobs/load\.py"):
        assembled(tmp_path, files)


def test_metadata_of_another_name(tmp_path: Path) -> None:
    files = from_backend(**{"unknown-0.0.0.dist-info/METADATA": METADATA})
    del files["shop-0.0.0.dist-info/METADATA"]
    with pytest.raises(StepFailed, match="no metadata of shop"):
        assembled(tmp_path, files)


def test_only_the_head_of_metadata_is_rewritten() -> None:
    metadata = (
        b"Name: Shop\r\nVersion: 0.0.0\r\nRequires-Dist: pandas==2\r\nRequires-Dist: bigflow[log]==1.11.3\r\n"
        b"Requires-Dist: bigflow_framework ; extra == 'x'\r\nAuthor: V\xff\r\n\r\nVersion: in the text\n\nName: too\n"
    )
    assert rewritten(metadata, "shop", "1.2.0+g1") == (
        b"Name: shop\nVersion: 1.2.0+g1\nRequires-Dist: pandas==2\nAuthor: V\xff\n\nVersion: in the text\n\nName: too\n"
    )
