"""Which files a workflow's jobs can reach, and that its fingerprint changes with them and with nothing else."""

import sys
from collections.abc import Iterator
from importlib import import_module
from pathlib import Path

import pytest
from support.cli import write_files

from bigflow.builder.dagging.reach import Reach
from bigflow.workflow.workflow import Workflow

WORKFLOW = "from bigflow import Workflow\n{imports}\nwf = Workflow('{name}', [])\n"
PROJECT = {
    "reached/__init__.py": "",
    "reached/orders/__init__.py": "",
    "reached/orders/workflow.py": WORKFLOW.format(name="orders", imports="from reached.orders import load\n"),
    "reached/orders/load.py": "def f():\n    from ..common.sql import quote\n",
    "reached/stock/__init__.py": "",
    "reached/stock/workflow.py": WORKFLOW.format(name="stock", imports="import json, reached.common.dates as d\n"),
    "reached/common/__init__.py": "",
    "reached/common/sql.py": "from . import dates\n",
    "reached/common/dates.py": "",
    "reached/common/unused.py": "",
    "resources/rates.csv": "eur,1\n",
    "resources/requirements.txt": "",
}
COMMON = {"reached/__init__.py", "reached/common/__init__.py", "reached/common/dates.py"}
ORDERS = {f"reached/orders/{name}.py" for name in ("__init__", "workflow", "load")} | COMMON | {"reached/common/sql.py"}
STOCK = {f"reached/stock/{name}.py" for name in ("__init__", "workflow")} | COMMON
SHARED = {"resources/rates.csv", "resources/requirements.txt"}


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    write_files(tmp_path, PROJECT)
    monkeypatch.syspath_prepend(str(tmp_path))
    yield tmp_path
    for name in [name for name in sys.modules if name.partition(".")[0] in ("reached", "beside")]:
        del sys.modules[name]


def workflow(name: str) -> Workflow:
    found = import_module(f"reached.{name}.workflow").wf
    assert isinstance(found, Workflow)
    return found


def codes(root: Path) -> tuple[str, str]:
    """The fingerprints, as a fresh process would make them."""
    orders, stock = workflow("orders"), workflow("stock")
    reach = Reach(str(root), ("resources", "resources/requirements.txt"))
    return reach.code(orders), reach.code(stock)


def test_imports_are_followed_at_any_depth_and_in_any_form(project: Path) -> None:
    reach = Reach(str(project), ())
    assert reach.files(["reached.orders.workflow"]) == ORDERS
    assert reach.files(["reached.stock.workflow"]) == STOCK
    assert reach.files(["json", "reached.nowhere"]) == set()


@pytest.mark.parametrize("path", [*sorted(ORDERS | STOCK | SHARED), "reached/common/unused.py"])
def test_a_fingerprint_changes_with_what_is_reached_and_with_nothing_else(project: Path, path: str) -> None:
    before = codes(project)
    (project / path).write_text((project / path).read_text() + "\n# another line\n")
    changed = tuple(one != other for one, other in zip(before, codes(project), strict=True))
    assert changed == (path in ORDERS | SHARED, path in STOCK | SHARED)
    assert all(before)


@pytest.mark.parametrize(
    "line", ["import importlib", "from importlib import import_module", "__import__('x')", "import pkgutil as p"]
)
def test_who_imports_by_name_reaches_everything(project: Path, line: str) -> None:
    write_files(project, {"beside/__init__.py": "", "reached/orders/load.py": f"{line}\n"})
    reached = Reach(str(project), ()).files(["reached.orders.workflow"])
    assert reached >= {"reached/common/unused.py", "reached/stock/workflow.py", "beside/__init__.py"}


@pytest.mark.parametrize(
    "text",
    [
        "def f():\n    if 1:\n        {}",
        "class A:\n    def f(self):\n        with a, b:\n            {}",
        "try:\n    a\nexcept E:\n    {}",
        "try:\n    a\nfinally:\n    {}",
        "for a in b:\n    pass\nelse:\n    {}",
        "match a:\n    case 1:\n        {}",
        "async def f():\n    async with a:\n        {}",
        "if TYPE_CHECKING:\n    {}",
        "a = 1; {}",
    ],
)
@pytest.mark.parametrize(
    "line", ["import reached.common.sql", "from reached.common import (\\\n sql as s)", "from ..common.sql import *"]
)
def test_wherever_it_stands(project: Path, text: str, line: str) -> None:
    write_files(project, {"reached/orders/load.py": text.format(line) + "\n"})
    assert "reached/common/sql.py" in Reach(str(project), ()).files(["reached.orders.load"])


def test_all_of_a_package_may_be_any_module(project: Path) -> None:
    write_files(project, {"reached/orders/load.py": "from reached.common import *\n"})
    assert "reached/common/unused.py" in Reach(str(project), ()).files(["reached.orders.load"])


@pytest.mark.parametrize("line", ["df.eval('a')", "retrieval(1)", "# importlib", "text = 'import importlib'"])
def test_what_only_looks_like_an_import_by_name(project: Path, line: str) -> None:
    write_files(project, {"reached/orders/load.py": f"{line}\n"})
    assert "reached/common/unused.py" not in Reach(str(project), ()).files(["reached.orders.load"])


def test_who_gets_its_workflow_from_a_factory_counts_with_it(project: Path) -> None:
    factory = "from bigflow import Workflow\ndef made(name): return Workflow(name, [])\n"
    user = "from reached.common.factory import made\nWFS = {'o': made('orders')}\nwf = WFS['o']\n"
    write_files(project, {"reached/common/factory.py": factory, "reached/orders/workflow.py": user})
    before = codes(project)
    path = project / "reached/orders/workflow.py"
    path.write_text(path.read_text() + "\nLIMIT = 3\n")
    assert codes(project)[0] != before[0]
    assert codes(project)[1] == before[1]


def test_what_cannot_be_parsed_is_a_file_like_any_other(project: Path) -> None:
    write_files(project, {"reached/orders/load.py": "def f(:\n"})
    assert "reached/orders/load.py" in Reach(str(project), ()).files(["reached.orders.load"])


def test_a_workflow_of_nobody_has_no_fingerprint(project: Path) -> None:
    assert Reach(str(project), ()).code(Workflow("stray", [])) == ""
