"""setup_file, literals, recording: a setup file in, what it tells `bigflow.build` out."""

import os
import time
from pathlib import Path

import pytest

from bigflow.errors import InvalidProject
from bigflow.project.recording import record
from bigflow.project.setup_file import SetupFile, read_setup_file
from bigflow.project.spec import read_spec


def read(text: str) -> SetupFile:
    return read_setup_file("setup.py", text.encode())


def said(text: str) -> dict[str, object]:
    setup = read(text)
    assert not setup.findings
    return {answer.key: answer.value for answer in setup.call.said}


def unread(text: str) -> tuple[str, ...]:
    return read(text).call.unread


IMPORT = "from bigflow.build import setup, default_project_setup, project_setup, auto_configuration\n"


@pytest.mark.parametrize(
    "text",
    [
        "from bigflow.build import setup\nsetup(name='shop')",
        "from bigflow.build import setup as go\ngo(name='shop')",
        "import bigflow.build\nbigflow.build.setup(name='shop')",
        "import bigflow.build as b\nb.setup(name='shop')",
        "from bigflow import build\nbuild.setup(name='shop')",
        "from bigflow.build import setup\nif __name__ == '__main__':\n    setup(name='shop')",
        "from bigflow.build import setup\ndef main():\n    setup(name='shop')\nmain()",
        IMPORT + "setup('/some/folder', name='shop')",
        IMPORT + "setup(project_dir=__file__, name='shop')",
        IMPORT + "PROJECT_NAME = 'shop'\nsetup(name=PROJECT_NAME)",
        IMPORT + "PROJECT_NAME: str = 'shop'\nsetup(name=PROJECT_NAME)",
        IMPORT + "A = 'sh'\nsetup(name=A + 'op')",
        IMPORT + "A = 'sh'\nB = f'{A}op'\nsetup(name=f'{B}')",
        IMPORT + "setup(**{'name': 'shop'})",
        IMPORT + "MORE = {'name': 'shop'}\nsetup(**{**MORE})",
        IMPORT + "setup(name='shop', **{'name': 'an explicit one wins'}, author=None)",
        IMPORT + "default_project_setup('shop')",
        IMPORT + "default_project_setup(project_name='shop')",
        "import setuptools\n" + IMPORT + "setuptools.setup(**project_setup(auto_configuration('shop')))",
        "import setuptools\n" + IMPORT + "setuptools.setup(**project_setup(**auto_configuration('shop')))",
        "import setuptools\n" + IMPORT + "setup(name='shop', packages=setuptools.find_packages(exclude=['test']))",
        "from setuptools import find_packages\n" + IMPORT + "setup(name='shop', packages=find_packages())",
        "from bigflow.build import setup\r\nsetup(\r\n    name='shop',\r\n)\r\n",
        "# -*- coding: utf-8 -*-\n" + IMPORT + "x = '\\d'\nsetup(name='shop')",
    ],
)
def test_one_name_however_it_is_written(text: str) -> None:
    assert said(text) == {"name": "shop"}
    assert unread(text) == ()


def test_values_of_all_kinds(tmp_path: Path) -> None:
    text = (
        IMPORT
        + "setup(name='a', export_image_tar=False, requries=['x'] + ['y'],"
        + "data_files=[('e', ['f'])], image={'base': 'b'})"
    )
    assert said(text) == {
        "name": "a",
        "export_image_tar": False,
        "requries": ["x", "y"],
        "data_files": [["e", ["f"]]],
        "image.base": "b",
    }


def test_each_answer_knows_its_line() -> None:
    setup = read(IMPORT + "setup(\n    name='shop',\n    author='we',\n)\n")
    assert [answer.where for answer in setup.call.said] == ["setup.py:3", "setup.py:4"]


@pytest.mark.parametrize(
    ("text", "keys"),
    [
        ("setup(name=compute(), author='x')", ("name",)),
        ("setup(name=f'{x!r}')", ("name",)),
        ("A = 'a'\nif True:\n    A = 'b'\nsetup(name=A)", ("name",)),
        ("A = 'a'\nA += 'b'\nsetup(name=A)", ("name",)),
        ("for A in 'ab':\n    pass\nsetup(name=A)", ("name",)),
        ("A = A\nsetup(name=A)", ("name",)),
        ("setup(name='a' * 3)", ("name",)),
        ("setup(name='a' + 3)", ("name",)),
        ("setup(long_description=open('README.md').read())", ("long_description",)),
        ("setup(**options())", ("*",)),
        ("setup(**['x'])", ("*",)),
        ("setup(name='a') if x else setup(name='b')", ("*",)),
        ("default_project_setup(os.environ['NAME'])", ("name",)),
    ],
)
def test_what_only_running_would_tell_is_left_unread(text: str, keys: tuple[str, ...]) -> None:
    assert unread(IMPORT + text) == keys


@pytest.mark.parametrize(
    "text",
    [
        "",
        "from setuptools import setup\nsetup(name='x')",
        "import setuptools\nsetuptools.setup(name='bigflow.build')  # bigflow.build",
        "this is not even Python",
        "# PROJECT_NAME = 'x'",
    ],
)
def test_an_ordinary_setup_file_says_nothing(text: str) -> None:
    setup = read(text)
    assert (setup.call.said, setup.project_name.said, setup.findings) == ((), (), ())


@pytest.mark.parametrize(
    "text",
    [
        "PROJECT_NAME = 'shop'",
        '\n\nPROJECT_NAME: str="shop"  # ours\n',
        "\ufeffPROJECT_NAME = 'shop'\r\n",
        "PROJECT_NAME = 'sh' + 'op'",
    ],
)
def test_the_name_of_the_project(text: str) -> None:
    setup = read(text)
    assert [answer.value for answer in setup.project_name.said] == ["shop"]
    assert setup.project_name.said[0].where == f"setup.py:{text.count(chr(10), 0, text.index('PROJECT')) + 1}"


def test_the_plain_name_costs_no_parser() -> None:
    import subprocess
    import sys

    code = (
        "import sys; from bigflow.project.setup_file import read_setup_file\n"
        "read_setup_file('s', b\"PROJECT_NAME = 'x'\"); print('ast' in sys.modules)"
    )
    assert subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout == "False\n"


@pytest.mark.parametrize(
    ("content", "where"),
    [
        (b"PROJECT_NAME = (\n", "setup.py:1"),
        (b"import bigflow.build\n\nsetup(name=='a' 'b' c)\n", "setup.py:3"),
        (b"import bigflow.build\n\0", "setup.py"),
    ],
)
def test_broken_python_is_a_finding(content: bytes, where: str) -> None:
    (finding,) = read_setup_file("setup.py", content).findings
    assert finding.message.startswith("not valid Python")
    assert finding.where.startswith(where)


@pytest.fixture
def project(tmp_path: Path) -> Path:
    (tmp_path / "shop").mkdir()
    (tmp_path / "shop" / "__init__.py").touch()
    return tmp_path


def recorded(project: Path, text: str, timeout: float = 60) -> SetupFile:
    (project / "setup.py").write_text(text)
    return record(str(project), "setup.py", timeout=timeout)


def test_running_tells_what_reading_cannot(project: Path) -> None:
    (project / "setup.py").write_text(
        "import pathlib, sys\nfrom bigflow.build import setup\nfrom neighbour import NAME\n"
        "print('rubbish'); print('{\"said\": 1}', file=sys.stderr)\n"
        "setup(name=NAME.upper(), resources_dir=pathlib.Path(__file__).absolute().parent / 'res',"
        "keywords=tuple('ab'), x=object)\n"
    )
    (project / "neighbour.py").write_text("NAME = 'shop'")
    spec = read_spec(str(project), execute=True)
    assert (spec.name, spec.resources_dir, spec.unread) == ("SHOP", "res", ())
    assert spec.metainfo == (("keywords", ("a", "b")),)
    assert spec.where("name") == "setup.py"
    with pytest.raises(InvalidProject, match="computes it, and was not run"):
        read_spec(str(project))


def test_what_can_be_read_is_not_run(project: Path) -> None:
    (project / "setup.py").write_text(IMPORT + "open('was-run', 'w')\nsetup(name='shop')")
    assert read_spec(str(project), execute=True).name == "shop"
    (project / "setup.py").write_text(IMPORT + "open('was-run', 'w')\nsetup(name='shop', author=str(1))")
    assert read_spec(str(project)).unread == ("author",)
    assert not (project / "was-run").exists()
    assert read_spec(str(project), execute=True).metainfo == (("author", "1"),)
    assert (project / "was-run").exists()


@pytest.mark.parametrize(
    "text",
    [
        "import setuptools\nsetuptools.setup(**project_setup(auto_configuration('sh' 'op')))",
        "import setuptools\nsetuptools.setup(**project_setup(**auto_configuration('shop')))",
        "import bigflow.build\nbigflow.build.setup(name='shop')",
        "default_project_setup('shop')",
        "setup('/folder', name='shop')\nraise SystemExit(0)",
        "import atexit, time, threading\nthreading.Thread(target=time.sleep, args=(60,)).start()\nsetup(name='shop')",
        "from setuptools import find_packages\nsetup(name='shop', packages=find_packages() and None)",
    ],
)
def test_each_way_of_calling_is_recorded(project: Path, text: str) -> None:
    begun = time.monotonic()
    setup = recorded(project, IMPORT + text, timeout=30)
    assert time.monotonic() - begun < 25  # nobody waited for what the file left running
    assert not setup.findings
    assert {answer.key: answer.value for answer in setup.call.said} == {"name": "shop"}


def test_a_computed_name_of_the_project_is_recorded(project: Path) -> None:
    (project / "setup.py").write_text("PROJECT_NAME = 'SHOP'.lower()")
    assert read_spec(str(project), execute=True).name == "shop"


@pytest.mark.parametrize(
    ("text", "where", "message"),
    [
        ("\n1 / 0", "setup.py:3", "ZeroDivisionError: division by zero"),
        ("import nowhere_to_be_found", "setup.py:2", "No module named 'nowhere_to_be_found'"),
        ("raise SystemExit(4)", "setup.py", "exited with 4 before"),
        ("import os; os._exit(7)", "setup.py", "ended with code 7 before it told anything"),
        ("import os, signal; os.kill(os.getpid(), signal.SIGKILL)", "setup.py", "ended with code -9"),
        ("input('name? ')", "setup.py:2", "EOFError"),
        ("class E(BaseException): pass\nraise E('odd')", "setup.py:3", "E: odd"),
        ("import broken", "setup.py:2", "SyntaxError"),
        ("def f():\n    g()\ndef g():\n    raise ValueError('deep')\nf()", "setup.py:5", "deep"),
    ],
)
def test_a_file_that_fails_is_told_with_line_and_reason(project: Path, text: str, where: str, message: str) -> None:
    (project / "broken.py").write_text("(((")
    (finding,) = recorded(project, IMPORT + text).findings
    assert finding.where == where
    assert message in finding.message
    assert finding.message.startswith("running setup.py")


def test_a_file_that_hangs_is_stopped(project: Path) -> None:
    begun = time.monotonic()
    (finding,) = recorded(project, "import time\ntime.sleep(600)", timeout=1).findings
    assert "took longer than 1 s" in finding.message
    assert time.monotonic() - begun < 10


def test_an_object_where_a_text_is_wanted_is_named_by_its_type(project: Path) -> None:
    (project / "setup.py").write_text(IMPORT + "setup(name=object())")
    with pytest.raises(InvalidProject, match=r"'name' must be text, not a Python object \(object\)"):
        read_spec(str(project), execute=True)


def test_nothing_is_left_in_the_project(project: Path) -> None:
    recorded(project, IMPORT + "import neighbour\nsetup(name=str('shop'))")
    (project / "neighbour.py").write_text("")
    recorded(project, IMPORT + "import neighbour\nsetup(name=str('shop'))")
    assert sorted(os.listdir(project)) == ["neighbour.py", "setup.py", "shop"]
