import pytest

from bigflow.builder.wheel.recipe import SETUPTOOLS, Recipe, Said, recipe

PLAIN = b"from setuptools import setup\nsetup(name='shop')\n"
OURS = b"import bigflow.build\nbigflow.build.setup(name='shop')\n"
BOTH = b"from setuptools import setup\nfrom bigflow.build import project_setup\nsetup(**project_setup())\n"
NAME_ONLY = b"PROJECT_NAME = 'shop'\n"
FOREIGN = '[build-system]\nrequires = ["hatchling"]\nbuild-backend = "hatchling.build"\n[project]\nname = "another"\n'
OWN = FOREIGN.replace("another", "The_Shop")
TOOL = '[tool.bigflow]\nname = "the-shop"\n'


def of(pyproject: str = "", setup: bytes = b"", project_setup: bytes = b"") -> Recipe:
    setup_files = (("setup.py", setup), ("project_setup.py", project_setup))
    return recipe(Said("the-shop", pyproject.encode(), setup_files))


@pytest.mark.parametrize(
    ("pyproject", "setup", "project_setup", "origin"),
    [
        ("", b"", b"", "bigflow"),
        (TOOL, b"", b"", "bigflow"),
        (TOOL, OURS, b"", "bigflow"),
        (TOOL, BOTH, b"", "bigflow"),
        (TOOL, b"", NAME_ONLY, "bigflow"),
        (FOREIGN, b"", NAME_ONLY, "bigflow"),
        (FOREIGN + TOOL, b"", b"", "bigflow"),
        (OWN, b"", b"", "pyproject.toml"),
        (OWN, OURS, b"", "pyproject.toml"),
        (OWN, PLAIN, b"", "pyproject.toml"),
        ('[project]\nname = "the.shop"\n', b"", b"", "pyproject.toml"),
        ('[tool.poetry]\nname = "the-shop"\n', b"", b"", "pyproject.toml"),
        ("", PLAIN, b"", "setup.py"),
        ("", b"", PLAIN, "project_setup.py"),
        ("", OURS, PLAIN, "project_setup.py"),
        (FOREIGN, b"", PLAIN + NAME_ONLY, "project_setup.py"),
        ("", PLAIN + b"# for bigflow build\n", b"", "setup.py"),
        (
            '[build-system]\nrequires = ["bigflow==1.11.3"]\nbuild-backend = "bigflow.build.meta"\n',
            OURS,
            b"",
            "bigflow",
        ),
        (OWN.replace("hatchling.build", "bigflow.build:meta"), OURS, b"", "bigflow"),
        ('project = 1\ntool = "x"\n', b"", b"", "bigflow"),
        ("[project]\nname = 3\n[tool]\nsetuptools = [1]\n", b"", b"", "bigflow"),
    ],
)
def test_who_decides(pyproject: str, setup: bytes, project_setup: bytes, origin: str) -> None:
    assert of(pyproject, setup, project_setup).origin == origin


def test_the_projects_own_backend_is_what_it_says() -> None:
    chosen = of(OWN, PLAIN)
    assert (chosen.backend, chosen.requires) == ("hatchling.build", ("hatchling",))
    assert chosen.setup_file == "setup.py"
    assert "pyproject.toml" in chosen.patterns


def test_a_setup_file_that_imports_us_is_not_run_by_a_backend() -> None:
    assert of(OWN, OURS).setup_file is None


@pytest.mark.parametrize("pyproject", ["", TOOL, FOREIGN])
def test_what_nobody_says_is_plain_setuptools_of_one_version(pyproject: str) -> None:
    for chosen in (of(pyproject), of(pyproject, PLAIN)):
        assert chosen.backend.startswith("setuptools.build_meta")
        assert chosen.requires == (SETUPTOOLS,)
    assert "==" in SETUPTOOLS


def test_the_pyproject_of_another_distribution_is_not_even_seen() -> None:
    assert "pyproject.toml" not in of(FOREIGN, PLAIN).patterns
    assert "pyproject.toml" not in of(FOREIGN).patterns
    assert of(FOREIGN, PLAIN).requires == (SETUPTOOLS,)


def test_a_setup_file_may_have_a_build_system() -> None:
    chosen = of('[build-system]\nrequires = ["setuptools", "numpy"]\n', PLAIN)
    assert chosen.requires == ("setuptools", "numpy")
    assert "pyproject.toml" in chosen.patterns


@pytest.mark.parametrize("spelling", ["bigflow==1.11.3", "BigFlow_Framework>=0.1", "bigflow[log]"])
def test_the_framework_is_not_needed_to_build(spelling: str) -> None:
    toml = f'[build-system]\nrequires = ["wheel", "{spelling}"]\nbuild-backend = "x"\n[project]\nname = "the-shop"\n'
    assert of(toml).requires == ("wheel",)


def test_files_that_the_metadata_come_from() -> None:
    toml = """
        [project]
        name = "the-shop"
        readme = { file = "docs/about.md", content-type = "text/markdown" }
        license = { file = "legal/[1].txt" }
        license-files = ["legal/*.txt", "../outside.txt"]
        [tool.setuptools.dynamic]
        version = { attr = "shop.VERSION" }
        dependencies = { file = ["wanted.txt", "/etc/passwd"] }
    """
    patterns = of(toml).patterns
    assert {"docs/about.md", "legal/[[]1].txt", "legal/*.txt", "wanted.txt"} <= set(patterns)
    assert not {"../outside.txt", "/etc/passwd"} & set(patterns)


def test_a_backend_in_the_tree() -> None:
    system = '[build-system]\nrequires = []\nbuild-backend = "make"\nbackend-path = ["tools"]\n'
    toml = f'{system}[project]\nname = "the-shop"\n'
    assert of(toml).backend_path == ("tools",)
    assert "tools/*.py" in of(toml).patterns


def test_a_license_that_is_a_text_is_no_file() -> None:
    assert "MIT" not in of('[project]\nname = "the-shop"\nlicense = "MIT"\n').patterns
