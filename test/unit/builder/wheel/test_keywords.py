import ast
import glob
from pathlib import Path

import pytest
from support.cli import write_files
from support.small_shop import SHOP, write_shop

from bigflow.builder.requirements.lock import Lock, Package, locked
from bigflow.builder.wheel.contents import contents
from bigflow.builder.wheel.keywords import setup_keywords, with_resources
from bigflow.builder.wheel.making import setup_text
from bigflow.errors import InvalidProject
from bigflow.project.spec import read_spec


def keywords(root: Path, lock: Lock | None = None) -> dict[str, object]:
    spec = read_spec(str(root), execute=True)
    return setup_keywords(spec, "1.0", contents(str(root), spec), lock or Lock())


def legacy(tmp_path: Path, **said: object) -> Path:
    arguments = "".join(f", {key}={value!r}" for key, value in said.items())
    setup = f'import bigflow.build\nbigflow.build.setup(name="shop"{arguments})\n'
    return write_shop(tmp_path, {"pyproject.toml": None, "setup.py": setup})


def test_what_1_11_hands_on_arrives(tmp_path: Path) -> None:
    said = {
        "author": "Ada",
        "keywords": ["a", "b"],
        "entry_points": {"console_scripts": ["shop=shop:main"]},
        "extras_require": {"x": ["y"]},
        "python_requires": ">=3.11",
        "zip_safe": False,
        "data_files": [("etc", ["notes.txt"])],
    }
    made = keywords(legacy(tmp_path, **said))
    assert {key: made[key] for key in said} == said
    assert (made["name"], made["version"], made["packages"]) == ("shop", "1.0", ["shop", "shop.jobs"])


def test_what_would_change_the_contents_or_has_no_place_does_not(tmp_path: Path) -> None:
    said = {
        "package_dir": {"": "src"},
        "include_package_data": True,
        "fullname": "F",
        "contact": "c",
        "test_suite": "t",
    }
    assert not said.keys() & keywords(legacy(tmp_path, **said)).keys()


def test_requirements_are_those_of_the_lock_without_the_framework(tmp_path: Path) -> None:
    text = """\
        bigflow[bigquery]==1.11.3
        bigflow-framework==0.1.0
        pandas==2.2.0 \\
            --hash=sha256:aa --hash=sha256:bb
        uvicorn[standard]==0.30 ; python_version < '3.13'
        thing @ https://example.com/thing.whl ; sys_platform == 'linux'
        loose>=1
        --index-url https://example.com/simple
    """
    (root := tmp_path / "shop").mkdir()
    write_files(root, {**SHOP, "resources/requirements.txt": "\n".join(line.strip() for line in text.splitlines())})
    assert keywords(root, locked(str(root / "resources/requirements.txt")))["install_requires"] == [
        "loose",
        "pandas==2.2.0",
        "thing @ https://example.com/thing.whl ; sys_platform == 'linux'",
        "uvicorn[standard]==0.30; python_version < '3.13'",
    ]


def test_a_list_of_its_own_wins_over_the_lock(tmp_path: Path) -> None:
    root = legacy(tmp_path, requries=["numpy>=1", "bigflow==1.11.3"], install_requires=["six"])
    assert keywords(root, Lock((Package("pandas", "2.0"),)))["install_requires"] == ["numpy>=1", "six"]


@pytest.mark.parametrize("value", ["object()", "{'build': [object]}", "[print]"])
def test_an_object_of_the_setup_file_is_refused(value: str, tmp_path: Path) -> None:
    setup = f'import bigflow.build\nbigflow.build.setup(name="shop", cmdclass={value})\n'
    root = write_shop(tmp_path, {"pyproject.toml": None, "setup.py": setup})
    with pytest.raises(InvalidProject) as refused:
        keywords(root)
    (finding,) = refused.value.findings
    assert "'cmdclass' is a Python object" in finding.message
    assert finding.where == "setup.py"


def test_the_setup_file_says_just_this(tmp_path: Path) -> None:
    made = keywords(legacy(tmp_path, author="Q\"uo'te\n\\", description="ümlaut", zip_safe=True))
    tree = ast.parse(setup_text(made))
    (call,) = (node.value for node in tree.body if isinstance(node, ast.Expr))
    assert isinstance(call, ast.Call)
    assert ast.literal_eval(call.keywords[0].value) == made


def test_by_hand_each_resource_is_named(tmp_path: Path) -> None:
    root = write_shop(tmp_path, {"resources/.hidden": "", "resources/a[1]*.sql": ""})
    spec = read_spec(str(root))
    found = contents(str(root), spec)
    made = with_resources(setup_keywords(spec, "1.0", found, Lock()), spec, found)
    assert made["package_dir"] == {"shop.resources": "resources"}
    assert made["packages"] == ["shop", "shop.jobs", "shop.resources"]
    data = made["package_data"]
    assert isinstance(data, dict)
    matched = {name for pattern in data["shop.resources"] for name in glob.glob(pattern, root_dir=root / "resources")}
    assert matched == {".hidden", "a[1]*.sql", "report.sql", "deep/er/orders.csv"}


def test_without_resources_nothing_is_added(tmp_path: Path) -> None:
    root = write_shop(tmp_path, {"resources/report.sql": None, "resources/deep/er/orders.csv": None})
    spec = read_spec(str(root))
    found = contents(str(root), spec)
    made = setup_keywords(spec, "1.0", found, Lock())
    assert with_resources(made, spec, found) == made
