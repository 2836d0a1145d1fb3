"""The step `tests`: whatever a project's tests do, it ends with their verdict and leaves nothing behind."""

import os
import shlex
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest
from support.building import Tried, perform, project

from bigflow.builder.settings import Settings
from bigflow.builder.step import Declared, Done, Interpreter, NotNeeded, Project, StepFailed, Wishes
from bigflow.builder.steps import tests as step
from bigflow.builder.traceless import CACHE

Make = Callable[..., Project]

SHOP = """
def price(net):
    if net < 0:
        raise ValueError("negative")
    return net * 2
"""
PASSING = "from shop import price\n\ndef test_price():\n    assert price(2) == 4\n"
UNITTEST = """
import unittest
from shop import price

class PriceTest(unittest.TestCase):
    def test_price(self):
        self.assertEqual(price(2), 4)
"""


def write(root: Path, files: dict[str, str]) -> None:
    for name, content in files.items():
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(content, encoding="utf-8")


@pytest.fixture
def make(tmp_path: Path, tmp_path_factory: pytest.TempPathFactory) -> Make:
    """A project with these tests, beside a package `shop`. All share one bytecode: to compile pytest takes long."""
    bytecode = tmp_path_factory.getbasetemp() / "bytecode"
    bytecode.mkdir(exist_ok=True)

    def made(files: dict[str, str], framework: str = "pytest", edition: str = "2026", build: str = "") -> Project:
        root = tmp_path / "a shöp"
        table = f'[tool.bigflow]\nname = "shop"\nedition = "{edition}"\ntest_framework = "{framework}"\n'
        write(root, {"shop/__init__.py": SHOP, "pyproject.toml": f"{table}[tool.bigflow.build]\n{build}\n", **files})
        (root / CACHE).mkdir(parents=True)
        (root / CACHE / "bytecode").symlink_to(bytecode)
        return project(root)

    return made


def succeeded(tried: Tried) -> Done:
    assert tried.error is None, f"{tried.error}\n{tried.log}"
    assert tried.done is not None
    return tried.done


def failed(tried: Tried) -> StepFailed:
    assert isinstance(tried.error, StepFailed), f"{tried.done}\n{tried.log}"
    return tried.error


def declared(made: Project) -> Declared:
    said = step.declare(made, Wishes())
    assert isinstance(said, Declared)
    return said


def left(made: Project) -> set[str]:
    """What lies in the project's root now, beside what the fixture made."""
    return set(os.listdir(made.root)) - {"shop", "test", "pyproject.toml"}


@pytest.fixture
def bare(tmp_path: Path) -> Interpreter:
    """A Python without any package, which still finds the framework."""
    folder = tmp_path / "bare"
    subprocess.run([sys.executable, "-m", "venv", "--without-pip", folder], check=True)
    (packages,) = folder.glob("lib/python3*/site-packages")
    (packages / "framework.pth").write_text(str(Path(__file__).parents[4]), encoding="utf-8")
    return Interpreter(str(folder / "bin" / "python"), "3.11.0", own=True)


class TestPassing:
    def test_pytest(self, make: Make) -> None:
        made = make({"test/test_price.py": PASSING})
        assert succeeded(perform(step, made)) == Done("1 passed (75%)")
        assert left(made) == {".bigflow", "build"}
        assert not list(Path(made.root).glob("*/__pycache__"))
        reports = [path.relative_to(made.root) for path in Path(made.root, "build").rglob("*.*")]
        assert {str(path) for path in reports} == {"build/junit-reports/report.xml", "build/coverage/coverage.json"}

    @pytest.mark.parametrize("package", ["test/__init__.py", "README"], ids=["package", "folder"])
    def test_unittest(self, make: Make, package: str) -> None:
        """A folder called `test` that is no package must not be mistaken for Python's own package of that name."""
        made = make({"test/test_price.py": UNITTEST, package: ""}, "unittest")
        assert succeeded(perform(step, made)) == Done("1 passed (75%)")
        assert left(made) - {"README"} == {".bigflow", "build"}

    def test_skipped_tests_are_told(self, make: Make) -> None:
        skipped = "import pytest\n\ndef test_a(): pass\n\n@pytest.mark.skip\ndef test_b(): pass\n"
        assert succeeded(perform(step, make({"test/test_a.py": skipped}))).summary == "1 passed, 1 skipped (0%)"

    def test_each_test_runs_exactly_once(self, make: Make) -> None:
        counting = "def test_a():\n    with open('build/count', 'a') as file:\n        file.write('x')\n"
        made = make({"test/test_a.py": counting, "build/count": ""})
        succeeded(perform(step, made))
        assert Path(made.root, "build/count").read_text(encoding="utf-8") == "x"

    def test_the_surroundings_are_those_of_a_build_not_of_a_shell(
        self, make: Make, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """No environment is chosen, and the root is on the path, whatever the shell says."""
        monkeypatch.setenv("bf_env", "prod")
        monkeypatch.setenv("PYTHONSAFEPATH", "1")
        monkeypatch.setenv("FORCE_COLOR", "1")
        asking = PASSING + "\ndef test_env():\n    import os\n    assert 'bf_env' not in os.environ\n"
        tried = perform(step, make({"test/test_price.py": asking}))
        assert succeeded(tried).summary.startswith("2 passed")
        assert "\x1b[" not in tried.log

    def test_output_that_is_no_text_harms_nothing(self, make: Make) -> None:
        binary = "import os\n\ndef test_a(capfd):\n    with capfd.disabled():\n        os.write(1, bytes(range(256)))\n"
        assert succeeded(perform(step, make({"test/test_a.py": binary}))).summary.startswith("1 passed")

    def test_what_a_test_leaves_running_holds_nobody(self, make: Make) -> None:
        behind = "import subprocess\n\ndef test_a():\n    subprocess.Popen(['sleep', '600'])\n"
        began = time.monotonic()
        assert succeeded(perform(step, make({"test/test_a.py": behind}))).summary.startswith("1 passed")
        assert time.monotonic() - began < 60

    def test_without_coverage_there_is_no_percent(self, make: Make, bare: Interpreter) -> None:
        made = replace(make({"test/test_price.py": UNITTEST}, "unittest"), python=bare)
        assert succeeded(perform(step, made)) == Done("1 passed")


class TestFailing:
    def test_the_first_failing_tests_are_named_with_place_message_and_the_command_to_repeat(self, make: Make) -> None:
        bad = "def test_low():\n    assert price(-1) == 1\n\ndef test_same():\n    assert price(1) == 3\n"
        made = make({"test/unit/test_price.py": PASSING + "\n" + bad})
        error = failed(perform(step, made))
        assert error.findings[0][:2] == ("2 failed, 1 passed", "build/junit-reports/report.xml")
        assert error.message == "2 failed, 1 passed: test_price.test_low: ValueError: negative"
        assert [finding.where for finding in error.findings[1:]] == ["shop/__init__.py:4", "test/unit/test_price.py:10"]
        hint = error.findings[2].hint
        assert hint.endswith("-m pytest test/unit/test_price.py::test_same")
        again = subprocess.run(shlex.split(hint), cwd=made.root, capture_output=True, text=True)
        assert again.returncode == 1
        assert "1 failed" in again.stdout

    def test_a_test_with_parameters_and_a_class_can_be_repeated(self, make: Make) -> None:
        bad = "import pytest\n\nclass TestA:\n    @pytest.mark.parametrize('x', ['a.b c'])\n    def test_b(self, x):\n"
        made = make({"test/test_a.py": bad + "        assert not x\n"})
        hint = failed(perform(step, made)).findings[1].hint
        assert hint.endswith("-m pytest 'test/test_a.py::TestA::test_b[a.b c]'")
        again = subprocess.run(shlex.split(hint), cwd=made.root, capture_output=True, text=True)
        assert "1 failed" in again.stdout

    def test_many_failures_are_counted(self, make: Make) -> None:
        many = "import pytest\n\n@pytest.mark.parametrize('x', range(8))\ndef test_a(x):\n    assert 0\n"
        error = failed(perform(step, make({"test/test_a.py": many})))
        assert len(error.findings) == 5
        assert error.findings[-1].message == "and 5 more tests"

    @pytest.mark.parametrize("package", ["test/__init__.py", "README"], ids=["package", "folder"])
    def test_unittest(self, make: Make, package: str) -> None:
        more = "\n    def test_low(self):\n        price(-1)\n\n    def test_sub(self):\n"
        more += (
            "        for i in range(3):\n            with self.subTest(i=i):\n                self.assertEqual(i, 1)\n"
        )
        made = make({"test/test_price.py": UNITTEST + more, package: ""}, "unittest")
        error = failed(perform(step, made))
        assert error.findings[0].message == "2 failed, 1 unable to run, 1 passed"
        assert [finding.message for finding in error.findings[1:]] == [
            "PriceTest.test_low: ValueError: negative",
            "PriceTest.test_sub (i=0): AssertionError: 0 != 1",
            "PriceTest.test_sub (i=2): AssertionError: 2 != 1",
        ]
        assert [finding.where for finding in error.findings[1:3]] == ["shop/__init__.py:4", "test/test_price.py:15"]
        for finding, outcome in zip(error.findings[1:3], ("errors=1", "failures=2"), strict=True):
            again = subprocess.run(shlex.split(finding.hint), cwd=made.root, capture_output=True, text=True)
            assert "Ran 1 test" in again.stderr
            assert outcome in again.stderr

    @pytest.mark.parametrize("framework", ["pytest", "unittest"])
    @pytest.mark.parametrize(
        ("code", "reason"),
        [("def test_x(:\n", "SyntaxError"), ("import nowhere\n", "ModuleNotFoundError: No module named 'nowhere'")],
    )
    def test_a_module_that_cannot_be_imported(self, make: Make, framework: str, code: str, reason: str) -> None:
        error = failed(perform(step, make({"test/test_a.py": code}, framework)))
        assert error.findings[0].message == "1 unable to run"
        assert reason in error.findings[1].message
        assert error.findings[1].where == "test/test_a.py:1"

    def test_classes_and_modules_that_cannot_be_set_up(self, make: Make) -> None:
        code = "\n    @classmethod\n    def setUpClass(cls):\n        raise OSError('no database')\n"
        error = failed(perform(step, make({"test/test_a.py": UNITTEST + code}, "unittest")))
        assert "setUpClass" in error.findings[1].message
        assert "OSError: no database" in error.findings[1].message
        assert error.findings[1].hint.endswith("-k test_a.PriceTest")

    @pytest.mark.parametrize(
        ("ending", "told"),
        [
            ("os.kill(os.getpid(), 9)", "killed by SIGKILL"),
            ("os.abort()", "killed by SIGABRT"),
            ("os._exit(0)", "ended with code 0"),
            ("os._exit(7)", "ended with code 7"),
        ],
    )
    @pytest.mark.parametrize("framework", ["pytest", "unittest"])
    def test_a_test_that_ends_the_process_is_named(self, make: Make, framework: str, ending: str, told: str) -> None:
        code = f"import os, unittest\n\nclass ATest(unittest.TestCase):\n    def test_end(self):\n        {ending}\n"
        made = make({"test/test_a.py": code, "build/junit-reports/report.xml": "<testsuite/>"}, framework)
        error = failed(perform(step, made))
        assert told in error.message
        assert "test_end was running" in error.message
        assert not Path(made.root, "build/junit-reports").exists(), "an old report would be taken for this one's"

    @pytest.mark.parametrize("framework", ["pytest", "unittest"])
    def test_a_test_that_hangs_is_named(self, make: Make, framework: str) -> None:
        code = "import time, unittest\n\nclass ATest(unittest.TestCase):\n    def test_long(self): time.sleep(600)\n"
        error = failed(perform(step, make({"test/test_a.py": code}, framework, build="timeout = 5")))
        assert "time limit of 5 seconds" in error.message
        assert "test_long was running" in error.message

    def test_a_module_that_hangs_is_named(self, make: Make) -> None:
        error = failed(perform(step, make({"test/test_a.py": "import time\ntime.sleep(600)"}, build="timeout = 5")))
        assert "test/test_a.py was running" in error.message

    def test_a_thread_that_never_ends_is_told_as_that(self, make: Make) -> None:
        code = "import threading, time\n\ndef test_a():\n    threading.Thread(target=time.sleep, args=(600,)).start()\n"
        error = failed(perform(step, make({"test/test_a.py": code}, build="timeout = 5")))
        assert "no test was running" in error.message

    def test_tests_that_write_into_the_source_tree(self, make: Make) -> None:
        code = (
            "def test_a():\n    open('shop/prices.csv', 'w').close()\n    open('resources/old.txt', 'w').write('2')\n"
        )
        made = make({"test/test_a.py": code, "resources/old.txt": "1", "resources/kept.txt": "1"})
        error = failed(perform(step, made))
        assert error.message.endswith("while the tests ran: resources/old.txt, shop/prices.csv")

    def test_a_large_resource_that_is_written_anew(self, make: Make) -> None:
        code = "def test_a():\n    open('resources/large', 'w').write('b' * 2_000_000)\n"
        made = make({"test/test_a.py": code, "resources/large": "a" * 2_000_000})
        assert failed(perform(step, made)).where == "resources/large"

    def test_a_resource_that_points_nowhere_is_not_for_this_step_to_judge(self, make: Make) -> None:
        made = make({"test/test_price.py": PASSING, "resources/a": ""})
        Path(made.root, "resources/broken").symlink_to("nowhere")
        succeeded(perform(step, made))

    def test_settings_that_pytest_refuses(self, make: Make) -> None:
        made = make({"test/test_price.py": PASSING, "pytest.ini": "[pytest]\naddopts = --no-such-option\n"})
        assert "unrecognized arguments: --no-such-option" in failed(perform(step, made)).message


class TestAbsent:
    @pytest.mark.parametrize("framework", ["pytest", "unittest"])
    @pytest.mark.parametrize("files", [{}, {"test/README": ""}, {"test/test_a.py": "def helper(): pass"}])
    def test_the_new_edition_wants_tests_or_a_word_that_there_are_none(
        self, make: Make, framework: str, files: dict[str, str]
    ) -> None:
        error = failed(perform(step, make(files, framework)))
        assert "no tests" in error.message
        assert "tests = false" in error.hint

    @pytest.mark.parametrize("files", [{}, {"test/README": ""}])
    def test_the_old_edition_only_says_so(self, make: Make, files: dict[str, str]) -> None:
        done = succeeded(perform(step, make(files, edition="1.11")))
        assert done.summary == "no tests"
        assert len(done.warnings) == 1

    def test_tests_that_are_pytests_while_unittest_is_asked_for(self, make: Make) -> None:
        error = failed(perform(step, make({"test/test_price.py": PASSING}, "unittest")))
        assert error.message.startswith("unittest finds no tests in test: ")
        assert error.where == "test/test_price.py:3"
        assert 'test_framework = "pytest"' in error.hint

    def test_tests_that_unittest_passes_over_beside_others(self, make: Make) -> None:
        files = {
            "test/test_price.py": UNITTEST,
            "test/test_function.py": "async def test_a(): pass\n",
            "test/deep/test_deep.py": UNITTEST,
            "test/whole/__init__.py": "",
            "test/whole/test_whole.py": UNITTEST,
            "test/deep/helper.py": "def test_nothing(): pass",
        }
        done = succeeded(perform(step, make(files, "unittest")))
        assert done.summary.startswith("2 passed")
        assert [warning.where for warning in done.warnings] == ["test/test_function.py:1", "test/deep/test_deep.py"]
        assert done.warnings[1].hint == "touch test/deep/__init__.py"

    def test_pytest_is_not_installed(self, make: Make, bare: Interpreter) -> None:
        error = failed(perform(step, replace(make({"test/test_price.py": PASSING}), python=bare)))
        assert "pytest's, which is not installed" in error.message
        assert "bigflow install" in error.hint

    def test_switched_off(self, make: Make) -> None:
        assert isinstance(step.declare(make({}, build="tests = false"), Wishes()), NotNeeded)


class TestCoverage:
    @pytest.mark.parametrize("framework", ["pytest", "unittest"])
    def test_too_little_names_what_is_covered_least(self, make: Make, framework: str) -> None:
        files = {"test/test_price.py": PASSING if framework == "pytest" else UNITTEST, "shop/unread.py": "x = 1\n"}
        error = failed(perform(step, make(files, framework, build="coverage = 61")))
        assert error.message == "the tests cover 60.0%, less than the 61% that are asked for"
        assert error.hint == "least covered: shop/unread.py 0%, shop/__init__.py 75%"

    def test_enough(self, make: Make) -> None:
        succeeded(perform(step, make({"test/test_price.py": PASSING}, build="coverage = 75")))

    def test_it_cannot_be_measured(self, make: Make, bare: Interpreter) -> None:
        made = replace(make({"test/test_price.py": UNITTEST}, "unittest", build="coverage = 75"), python=bare)
        assert 'add "coverage" to dev' in failed(perform(step, made)).hint

    @pytest.mark.parametrize("framework", ["pytest", "unittest"])
    def test_a_bar_of_the_projects_own_holds(self, make: Make, framework: str) -> None:
        code = PASSING if framework == "pytest" else UNITTEST
        made = make({"test/test_price.py": code, ".coveragerc": "[report]\nfail_under = 95\n"}, framework)
        assert "1 passed, but the process ended with code" in failed(perform(step, made)).message

    def test_several_processes(self, make: Make) -> None:
        made = make({"test/test_price.py": UNITTEST, ".coveragerc": "[run]\nparallel = true\n"}, "unittest")
        assert succeeded(perform(step, made)).summary == "1 passed (75%)"


class TestOwnCommands:
    def test_they_run_in_order_in_the_root_with_the_projects_tools(self, make: Make) -> None:
        made = make({}, build="tests = ['echo 1 >> build.log; command -v python', 'echo 2 >> build.log']")
        tried = perform(step, made)
        assert succeeded(tried) == Done("2 commands ok")
        assert Path(made.root, "build.log").read_text(encoding="utf-8") == "1\n2\n"
        assert tried.log.strip() == os.path.join(os.path.dirname(sys.executable), "python")

    def test_reports_that_they_leave_are_read(self, make: Make) -> None:
        command = "mkdir -p build/junit-reports build/coverage; python -m pytest test -q -p no:cacheprovider"
        command += " --junit-xml build/junit-reports/own.xml --cov=shop --cov-report=xml:build/coverage/coverage.xml"
        made = make({"test/test_price.py": PASSING}, build=f"tests = '{command}'")
        assert succeeded(perform(step, made)).summary == "1 passed (75%)"

    def test_a_command_that_fails(self, make: Make) -> None:
        error = failed(perform(step, make({}, build="tests = 'echo so not; exit 3'")))
        assert "ended with code 3: so not" in error.message


class TestDeclared:
    def test_what_tests_can_see_is_read_and_nothing_else(self, make: Make) -> None:
        files = {"test/shop/test_a.py": "", "helpers/__init__.py": "", "tool.py": "", "notes/a.md": "", "build/x": ""}
        made = make({**files, "test/shop/a.csv": ""})
        spec = made.spec._replace(tests="test/shop")
        read = declared(replace(made, spec=spec)).files
        assert {"shop", "test/shop", "helpers", "tool.py", "resources", "pyproject.toml", "pytest.ini"} <= set(read)
        assert {"test/conftest.py", "test/__init__.py", "conftest.py"} <= set(read)
        assert not {"notes", "build", "test", "."} & set(read)

    def test_reports_are_what_it_leaves(self, make: Make) -> None:
        assert declared(make({})).leaves == ("build/junit-reports", "build/coverage")

    @pytest.mark.parametrize(
        "change",
        [
            {"python": Interpreter(sys.executable, "3.99.0", own=False)},
            {"settings": Settings(coverage=90.0)},
            {"settings": Settings(tests=("make test",))},
        ],
    )
    def test_whatever_else_decides_is_a_value(self, make: Make, change: dict[str, object]) -> None:
        made = make({})
        assert declared(replace(made, **change)).values != declared(made).values  # type: ignore[arg-type]

    def test_a_new_version_of_any_package_is_another_run(self, make: Make, bare: Interpreter) -> None:
        made = replace(make({}), python=bare)
        before = declared(made).values
        (packages,) = Path(bare.path).parents[1].glob("lib/python3*/site-packages")
        (packages / "some_plugin-1.0.dist-info").mkdir()
        installed = declared(made).values
        (packages / "some_plugin-1.0.dist-info").rename(packages / "some_plugin-1.1.dist-info")
        assert len({before, installed, declared(made).values}) == 3

    def test_it_is_cheap(self, make: Make) -> None:
        made = make({})
        began = time.perf_counter()
        for _ in range(10):
            declared(made)
        assert time.perf_counter() - began < 1.0
