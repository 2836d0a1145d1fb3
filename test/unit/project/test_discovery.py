"""Which modules are imported to find a workflow, and what is told of those that cannot be."""

import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from bigflow.errors import BigflowError, Finding, InvalidProject
from bigflow.project.discovery import INDEX, discover, find_workflow, modules

WORKFLOW = """
from bigflow import Workflow, job

@job
def step(context): ...

{name} = Workflow("{name}", [step])
"""


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[..., str]]:
    """Writes the modules of a package, puts it on the path, gives its name; forgets it afterwards."""
    before = set(sys.modules)

    def write(**files: str) -> str:
        package = tmp_path / "shop"
        for name, text in {"__init__": "", **files}.items():
            path = package / f"{name.replace('__of__', '/')}.py"
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text)
        return "shop"

    monkeypatch.syspath_prepend(tmp_path)
    yield write
    for name in set(sys.modules) - before:
        del sys.modules[name]


def imported() -> set[str]:
    return {name.removeprefix("shop.") for name in sys.modules if name.startswith("shop.")}


def only(findings: tuple[Finding, ...]) -> Finding:
    assert len(findings) == 1, findings
    return findings[0]


def test_all_workflows_are_found_wherever_they_lie(project: Callable[..., str]) -> None:
    package = project(
        daily=WORKFLOW.format(name="daily"),
        many="from bigflow import Workflow, job\n"
        "@job\ndef one(context): ...\n"
        "listed = [Workflow(f'w{n}', [one]) for n in range(2)]\n"
        "by_name = {'x': Workflow('w2', [one])}\n",
        deep__of____init__="",
        deep__of__inner=WORKFLOW.format(name="inner"),
        again="from shop.daily import daily\nother = daily",
        __main__="raise SystemExit('never imported')",
    )
    found = discover(package)
    assert found.findings == ()
    assert sorted(workflow.workflow_id for workflow in found.workflows) == ["daily", "inner", "w0", "w1", "w2"]


def test_folders_that_are_no_packages_are_left_alone(project: Callable[..., str]) -> None:
    package = project(daily=WORKFLOW.format(name="daily"), notes__of__scratch="raise ValueError")
    assert modules(package) == ["shop", "shop.daily"]


def test_one_workflow_costs_one_module(project: Callable[..., str]) -> None:
    package = project(daily=WORKFLOW.format(name="daily"), weekly=WORKFLOW.format(name="weekly"), broken="1 / 0")
    assert find_workflow(package, "daily").workflow_id == "daily"
    assert imported() == {"daily"}


def test_the_index_of_a_wheel_is_believed_first(project: Callable[..., str], tmp_path: Path) -> None:
    package = project(
        made="from bigflow import Workflow, job\n@job\ndef one(context): ...\nw = Workflow('a' + '-b', [one])",
        other="'a-b' # Workflow\n",
    )
    (tmp_path / "shop" / INDEX).write_text("a-b shop.made\n")
    assert find_workflow(package, "a-b").workflow_id == "a-b"
    assert imported() == {"made"}


def test_an_index_that_lies_costs_a_search_and_no_more(project: Callable[..., str], tmp_path: Path) -> None:
    package = project(daily=WORKFLOW.format(name="daily"), empty="")
    (tmp_path / "shop" / INDEX).write_text("daily shop.empty\n")
    assert find_workflow(package, "daily").workflow_id == "daily"


def test_an_id_that_is_made_is_found_by_the_search(project: Callable[..., str]) -> None:
    package = project(
        made="from bigflow import Workflow, job\n@job\ndef one(context): ...\nw = Workflow('da' + 'ily', [one])"
    )
    assert find_workflow(package, "daily").workflow_id == "daily"


def test_two_workflows_with_one_id_are_told_with_both_places(project: Callable[..., str]) -> None:
    package = project(one=WORKFLOW.format(name="daily"), two=WORKFLOW.format(name="daily"))
    finding = only(discover(package).findings)
    assert finding.message == "two workflows have the id 'daily'"
    assert finding.where.endswith("two.py:7")
    assert "one.py:7" in finding.hint
    with pytest.raises(InvalidProject, match="two workflows"):
        find_workflow(package, "daily")


@pytest.mark.parametrize(
    ("text", "reason", "line"),
    [
        ("def f(:\n", "SyntaxError", 1),
        ("x = 1\nimport no_such_thing_anywhere\n", "ModuleNotFoundError: No module named 'no_such_thing_anywhere'", 2),
        ("\n\nraise ValueError('first\\nsecond')", "ValueError: first", 3),
        ("import sys\nsys.exit(3)", "it calls sys.exit(3)", 2),
        ("def f():\n    return g()\ndef g():\n    return 1 / 0\nf()", "ZeroDivisionError: division by zero", 4),
        ("import json\njson.loads('{')", "JSONDecodeError", 2),
        ("class Odd(BaseException): ...\nraise Odd", "Odd", 2),
        ("\0", "", 1),
    ],
)
def test_a_broken_module_is_named_with_line_and_reason(
    project: Callable[..., str], text: str, reason: str, line: int
) -> None:
    package = project(broken=text, daily=WORKFLOW.format(name="daily"))
    found = discover(package)
    finding = only(found.findings)
    assert finding.message.startswith("cannot import shop.broken: ")
    assert reason in finding.message
    assert "\n" not in finding.message
    assert finding.where.endswith(f"broken.py:{line}")
    assert [workflow.workflow_id for workflow in found.workflows] == ["daily"]


def test_all_broken_modules_are_told_at_once(project: Callable[..., str]) -> None:
    package = project(a="1 / 0", b="import nothing_like_this", c=WORKFLOW.format(name="c"))
    assert len(discover(package).findings) == 2
    with pytest.raises(InvalidProject) as caught:
        find_workflow(package, "lost")
    assert len(caught.value.findings) == 3
    assert "in what could be read" in caught.value.findings[-1].message


def test_a_broken_package_is_told_once_and_its_modules_not_again(project: Callable[..., str]) -> None:
    package = project(deep__of____init__="1 / 0", deep__of__one="", deep__of__two="")
    finding = only(discover(package).findings)
    assert finding.message.startswith("cannot import shop.deep: ")


def test_a_broken_top_package_is_told_once(project: Callable[..., str]) -> None:
    package = project(__init__="raise ValueError('top')", daily=WORKFLOW.format(name="daily"))
    finding = only(discover(package).findings)
    assert finding.message == "cannot import shop: ValueError: top"


def test_a_broken_neighbour_does_not_stop_a_workflow_that_can_be_found(project: Callable[..., str]) -> None:
    package = project(broken="1 / 0", daily=WORKFLOW.format(name="daily"))
    assert find_workflow(package, "daily").workflow_id == "daily"


def test_what_a_module_prints_is_not_data(project: Callable[..., str], capfd: pytest.CaptureFixture[str]) -> None:
    discover(project(noisy="print('hello')"))
    seen = capfd.readouterr()
    assert (seen.out, seen.err) == ("", "hello\n")


def test_an_unknown_workflow_is_told_with_the_nearest(project: Callable[..., str]) -> None:
    package = project(daily=WORKFLOW.format(name="daily"))
    with pytest.raises(BigflowError) as caught:
        find_workflow(package, "dialy")
    assert caught.value.message == "there is no workflow 'dialy'; did you mean 'daily'?"
    assert caught.value.hint == "workflows of shop: daily"


def test_a_package_that_is_not_there() -> None:
    with pytest.raises(BigflowError) as caught:
        discover("no_such_package")
    assert "no package 'no_such_package'" in caught.value.message
    assert "--project-package" in caught.value.hint


def test_wrong_workflows_are_findings_of_the_project(project: Callable[..., str]) -> None:
    package = project(
        wrong="from bigflow import Workflow, job\n"
        "@job\ndef a(context): ...\n@job\ndef b(context): ...\n"
        "w = Workflow('w', {a: [b], b: [a]})\n"
    )
    finding = only(discover(package).findings)
    assert "a -> b -> a" in finding.message
    assert finding.where.endswith("wrong.py:6")
