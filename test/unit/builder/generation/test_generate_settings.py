"""The table [tool.bigflow.generate]: typed settings, or everything that is wrong with it."""

from pathlib import Path

import pytest
from support.cli import write_files

from bigflow.builder.generation.settings import Hook, Settings, settings
from bigflow.errors import InvalidProject
from bigflow.project.spec import read_spec


def read(root: Path, table: str) -> Settings:
    text = f'[tool.bigflow]\nname = "shop"\nedition = "2026"\n\n[tool.bigflow.generate]\n{table}'
    write_files(root, {"pyproject.toml": text, "shop/__init__.py": ""})
    return settings(read_spec(str(root)))


def test_all_keys(tmp_path: Path) -> None:
    table = """
protos = ["protos/**/*.proto"]
into = "shop.protos"
generator = "grpcio-tools == 1.71.2"

[[tool.bigflow.generate.hooks]]
run = "make"
inputs = ["a/*.json"]
outputs = ["shop/a.py"]
"""
    hook = Hook("make", ("a/*.json",), ("shop/a.py",))
    assert read(tmp_path, table) == Settings(("protos/**/*.proto",), "shop/protos", "1.71.2", (hook,))


def test_nothing_said(tmp_path: Path) -> None:
    assert read(tmp_path, "") == Settings()


@pytest.mark.parametrize(
    ("table", "message"),
    [
        ("proto = 1", "there is no generate.proto"),
        ("protos = 1", "generate.protos must be a list of paths or patterns"),
        ('into = "a-b/c"', "generate.into cannot be 'a-b/c'"),
        ('into = "../up"', "generate.into cannot be '../up'"),
        ('into = ""', "generate.into cannot be ''"),
        ('generator = "grpcio-tools"', "generate.generator cannot be 'grpcio-tools'"),
        ('generator = "evil==1.0"', "generate.generator cannot be 'evil==1.0'"),
        ("hooks = 1", "generate.hooks must be tables"),
        ("[[tool.bigflow.generate.hooks]]\n", "a hook of generate.hooks needs `run`, a command"),
        ('[[tool.bigflow.generate.hooks]]\nrun = "x"\noutput = []', "there is no generate.hooks.output"),
        ('[[tool.bigflow.generate.hooks]]\nrun = "x"\noutputs = ["../x"]', "a hook cannot leave '../x'"),
        ('[[tool.bigflow.generate.hooks]]\nrun = "x"\ninputs = [1]', "generate.hooks.inputs must be a list"),
    ],
)
def test_what_is_wrong(tmp_path: Path, table: str, message: str) -> None:
    with pytest.raises(InvalidProject) as caught:
        read(tmp_path, table)
    assert len(caught.value.findings) == 1
    assert caught.value.findings[0].message.startswith(message)
    assert caught.value.findings[0].where.startswith("pyproject.toml:")
