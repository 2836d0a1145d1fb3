import json
from pathlib import Path

import pytest

from bigflow._version import __version__
from bigflow.builder.environment.own_source import own_source
from bigflow.errors import UsageError


def packages(tmp_path: Path, direct_url: object = None) -> list[str]:
    """A sys.path with an installation that came from there."""
    metadata = tmp_path / "site-packages" / "bigflow_framework-0.1.0.dist-info"
    metadata.mkdir(parents=True)
    if direct_url is not None:
        (metadata / "direct_url.json").write_text(direct_url if isinstance(direct_url, str) else json.dumps(direct_url))
    return [str(tmp_path / "nowhere"), str(tmp_path / "site-packages")]


def test_from_an_index(tmp_path: Path) -> None:
    assert own_source(packages(tmp_path)).words == (f"bigflow-framework=={__version__}",)


def test_a_checkout_is_read_where_it_lies(tmp_path: Path) -> None:
    checkout = tmp_path / "my checkout"
    checkout.mkdir()
    (checkout / "pyproject.toml").write_text("[project]\n")
    path = packages(tmp_path, {"url": (checkout).as_uri(), "dir_info": {"editable": True}})
    before = own_source(path)
    assert before.words == ("--editable", str(checkout))
    (checkout / "pyproject.toml").write_text('[project]\ndependencies = ["more"]\n')
    assert own_source(path).identity != before.identity


def test_a_commit(tmp_path: Path) -> None:
    told = {
        "url": "https://example.org/b.git",
        "vcs_info": {"vcs": "git", "commit_id": "c0ffee", "requested_revision": "main"},
    }
    assert own_source(packages(tmp_path, told)).words == ("bigflow-framework @ git+https://example.org/b.git@c0ffee",)


@pytest.mark.parametrize("kind", [{"archive_info": {}}, {"dir_info": {}}])
def test_a_file_or_a_folder(tmp_path: Path, kind: dict[str, object]) -> None:
    (tmp_path / "a b.whl").touch()
    path = packages(tmp_path, {"url": (tmp_path / "a b.whl").as_uri(), **kind})
    assert own_source(path).words == (f"bigflow-framework @ {(tmp_path / 'a b.whl').as_uri()}",)
    (tmp_path / "a b.whl").unlink()
    with pytest.raises(UsageError, match="which is gone"):
        own_source(path)


def test_an_address(tmp_path: Path) -> None:
    told = {"url": "https://example.org/b-1.whl", "archive_info": {}}
    assert own_source(packages(tmp_path, told)).words == ("bigflow-framework @ https://example.org/b-1.whl",)


@pytest.mark.parametrize("record", ["{", "[]", "{}"])
def test_a_record_that_cannot_be_read(tmp_path: Path, record: str) -> None:
    with pytest.raises(UsageError, match="where bigflow-framework came from"):
        own_source(packages(tmp_path, record))


def test_no_metadata_at_all(tmp_path: Path) -> None:
    """As with PYTHONPATH: what runs here is a checkout."""
    option, checkout = own_source([str(tmp_path)]).words
    assert option == "--editable"
    assert Path(checkout, "bigflow", "_version.py").is_file()
