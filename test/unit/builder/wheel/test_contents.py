import os
from pathlib import Path

import pytest
from support.small_shop import write_shop

from bigflow.builder.wheel import contents as module
from bigflow.builder.wheel.contents import Contents, contents
from bigflow.errors import InvalidProject
from bigflow.project.spec import read_spec


def found(root: Path) -> Contents:
    return contents(str(root), read_spec(str(root)))


def problems(root: Path) -> list[str]:
    with pytest.raises(InvalidProject) as refused:
        found(root)
    return [f"{finding.message} | {finding.hint}" for finding in refused.value.findings]


def targets(root: Path) -> set[str]:
    return {source.target for source in found(root).all}


def test_packages_and_resources_and_nothing_else(tmp_path: Path) -> None:
    cached = {"shop/__pycache__/a.pyc": "", "shop/__pycache__/__init__.py": "", "resources/__pycache__/notes.txt": ""}
    root = write_shop(tmp_path, {"shop/py.typed": "", "shop/stubs.pyi": "", "setup.cfg": "", **cached})
    assert targets(root) == {
        "shop/__init__.py",
        "shop/workflow.py",
        "shop/py.typed",
        "shop/stubs.pyi",
        "shop/jobs/__init__.py",
        "shop/jobs/load.py",
        "shop/resources/report.sql",
        "shop/resources/deep/er/orders.csv",
    }
    assert found(root).packages == ("shop", "shop.jobs")
    assert not found(root).warnings


def test_no_resources_are_fine(tmp_path: Path) -> None:
    root = write_shop(tmp_path, {"resources/report.sql": None, "resources/deep/er/orders.csv": None})
    assert found(root).resources == ()


def test_another_resources_folder_lies_at_the_same_place_in_the_wheel(tmp_path: Path) -> None:
    toml = '[tool.bigflow]\nname = "shop"\nresources_dir = "files/data"\n'
    root = write_shop(tmp_path, {"pyproject.toml": toml, "files/data/a/b.csv": ""})
    assert [source.target for source in found(root).resources] == ["shop/resources/a/b.csv"]


def test_packages_that_are_named_come_with_all_below(tmp_path: Path) -> None:
    toml = '[tool.bigflow]\nname = "shop"\npackages = ["shop", "common"]\n'
    files = {"pyproject.toml": toml, "common/__init__.py": "", "common/deep/__init__.py": "", "other/__init__.py": ""}
    assert found(write_shop(tmp_path, files)).packages == ("common", "common.deep", "shop", "shop.jobs")


def test_a_named_package_that_is_not_there(tmp_path: Path) -> None:
    root = write_shop(tmp_path, {"pyproject.toml": '[tool.bigflow]\nname = "shop"\npackages = ["shop", "comon"]\n'})
    assert "there is no package 'comon': comon/__init__.py is missing" in problems(root)[0]


def test_modules_outside_of_packages_are_told(tmp_path: Path) -> None:
    root = write_shop(tmp_path, {"shop/lost/module.py": "", "shop/lost/deeper/__init__.py": ""})
    (warning,) = found(root).warnings
    assert "shop/lost/module.py" in warning.message
    assert "shop/lost/deeper/__init__.py" in warning.message
    assert warning.hint == "touch shop/lost/__init__.py"
    assert not any("lost" in target for target in targets(root))


def test_other_files_among_the_modules_are_told(tmp_path: Path) -> None:
    many = {f"shop/{name}.sql": "" for name in "abcde"} | {"shop/.hidden": "", "shop/.cache/x": ""}
    (warning,) = found(write_shop(tmp_path, many)).warnings
    assert warning.message == "not in the wheel, for they are no Python: shop/a.sql, shop/b.sql, shop/c.sql and 2 more"
    assert "resources/" in warning.hint


def test_resources_inside_of_the_package_are_no_strangers_there(tmp_path: Path) -> None:
    toml = '[tool.bigflow]\nname = "shop"\nresources_dir = "shop/resources"\n'
    root = write_shop(tmp_path, {"pyproject.toml": toml, "shop/resources/a.sql": ""})
    assert "shop/resources/a.sql" in targets(root)
    assert not found(root).warnings


def test_two_files_for_one_place(tmp_path: Path) -> None:
    root = write_shop(tmp_path, {"shop/resources/__init__.py": "", "resources/__init__.py": "x"})
    assert "resources/__init__.py cannot be packaged" in problems(root)[0]


def test_a_name_that_is_not_utf_8(tmp_path: Path) -> None:
    root = write_shop(tmp_path)
    with open(os.fsencode(root / "resources") + b"/caf\xe9.sql", "w"):
        pass
    (problem,) = problems(root)
    assert problem.startswith("resources/caf\\xe9.sql cannot be packaged: its name is not plain UTF-8 text")
    problem.encode()


@pytest.mark.parametrize(("name", "shown"), [("a\nb", "a\\x0ab"), ("\x7f", "\\x7f"), ("\t", "\\x09")])
def test_a_name_with_control_characters(name: str, shown: str, tmp_path: Path) -> None:
    root = write_shop(tmp_path, {f"resources/{name}": ""})
    assert problems(root)[0].startswith(f"resources/{shown} cannot be packaged: its name is not plain")


def test_a_folder_whose_name_is_not_utf_8_is_told_once(tmp_path: Path) -> None:
    folder = os.fsencode(write_shop(tmp_path) / "resources") + b"/\xff"
    os.mkdir(folder)
    for name in (b"/a", b"/b"):
        with open(folder + name, "w"):
            pass
    assert len(problems(tmp_path)) == 1


def test_a_link_inside_is_the_content(tmp_path: Path) -> None:
    root = write_shop(tmp_path, {"notes.txt": "linked"})
    (root / "resources" / "notes.txt").symlink_to("../notes.txt")
    (source,) = (source for source in found(root).resources if source.target.endswith("notes.txt"))
    assert source.size == len("linked")


def test_a_link_to_a_folder_inside_is_its_files_and_is_told(tmp_path: Path) -> None:
    root = write_shop(tmp_path, {"shared/tables/a.csv": ""})
    (root / "resources" / "tables").symlink_to(root / "shared" / "tables")
    assert "shop/resources/tables/a.csv" in targets(root)
    assert found(root).links == ("shared/tables",)


@pytest.mark.parametrize("target", ["/etc/passwd", "../../outside.txt", "/"])
def test_a_link_out_of_the_project(target: str, tmp_path: Path) -> None:
    (tmp_path / "outside.txt").write_text("secret")
    root = write_shop(tmp_path / "project")
    (root / "resources" / "link").symlink_to(target)
    assert problems(root) == [
        f"resources/link cannot be packaged: it is a link out of the project, to {target} | put a copy in its place"
    ]


def test_a_neighbour_whose_name_begins_alike_is_outside(tmp_path: Path) -> None:
    (tmp_path / "project-2").mkdir()
    (tmp_path / "project-2" / "a").write_text("")
    root = write_shop(tmp_path / "project")
    (root / "resources" / "a").symlink_to("../../project-2/a")
    assert "out of the project" in problems(root)[0]


def test_a_link_to_nothing(tmp_path: Path) -> None:
    root = write_shop(tmp_path)
    (root / "shop" / "gone.py").symlink_to("nowhere.py")
    assert "shop/gone.py cannot be packaged: it is a link to nowhere.py, which is not there" in problems(root)[0]


@pytest.mark.parametrize("target", [".", "..", "../resources"])
def test_a_link_in_a_circle(target: str, tmp_path: Path) -> None:
    root = write_shop(tmp_path)
    (root / "resources" / "again").symlink_to(target)
    (problem,) = problems(root)
    assert problem.startswith(f"resources/again cannot be packaged: it is a link to {target}, in which it lies itself")


def test_a_pipe_is_no_resource(tmp_path: Path) -> None:
    root = write_shop(tmp_path)
    os.mkfifo(root / "resources" / "pipe")
    assert "it is neither a file nor a folder" in problems(root)[0]


def test_all_problems_at_once(tmp_path: Path) -> None:
    root = write_shop(tmp_path)
    os.mkfifo(root / "resources" / "pipe")
    (root / "resources" / "link").symlink_to("nowhere")
    (root / "shop" / "link").symlink_to("/etc")
    assert len(problems(root)) == 3


def test_a_large_resource_is_told(tmp_path: Path) -> None:
    root = write_shop(tmp_path)
    os.truncate(root / "resources" / "report.sql", module.LARGE + 1_500_000)
    (warning,) = found(root).warnings
    assert warning.message.startswith("resources/report.sql has 102 MB")


def test_data_files(tmp_path: Path) -> None:
    setup = 'import bigflow.build\nbigflow.build.setup(name="shop", data_files=[("etc/shop", ["conf/./a.ini"])])\n'
    root = write_shop(tmp_path, {"setup.py": setup, "conf/a.ini": ""})
    assert [(source.target, source.path) for source in found(root).data] == [("etc/shop/a.ini", "conf/a.ini")]


@pytest.mark.parametrize(
    ("path", "reason"), [("../a", "outside"), ("/etc/passwd", "outside"), ("none", "no such file")]
)
def test_data_files_that_cannot_be(path: str, reason: str, tmp_path: Path) -> None:
    (tmp_path / "a").write_text("")
    setup = f'import bigflow.build\nbigflow.build.setup(name="shop", data_files=[("etc", ["{path}"])])\n'
    assert reason in problems(write_shop(tmp_path / "project", {"setup.py": setup}))[0]


def test_what_is_executable_says_so(tmp_path: Path) -> None:
    root = write_shop(tmp_path)
    (root / "resources" / "report.sql").chmod(0o700)
    assert [source.executable for source in found(root).resources] == [False, True]


def test_equal_contents_mean_that_nothing_changed(tmp_path: Path) -> None:
    root = write_shop(tmp_path)
    before = found(root)
    assert found(root) == before
    (root / "shop" / "workflow.py").write_text("")
    assert found(root) != before
