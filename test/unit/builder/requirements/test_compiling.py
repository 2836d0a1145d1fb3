import os
import sys
import tempfile
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

import pytest
from support.package_index import Index, wheel

from bigflow.builder.requirements.compiling import Compiled, compile_lock
from bigflow.builder.requirements.order import Order
from bigflow.builder.requirements.target import Target
from bigflow.builder.step import StepFailed
from bigflow.builder.uv.calling import Uv, find_uv, plain_tool
from bigflow.errors import BigflowError, OutsideError, UsageError

SOURCE, LOCK = "resources/requirements.in", "resources/requirements.txt"


def order(root: Path, text: str) -> Order:
    (root / SOURCE).write_text(text, encoding="utf-8")
    return Order(str(root), SOURCE, LOCK, Target("3.11"), sys.executable)


def compiled(order: Order, tmp_path: Path, *, offline: bool = False) -> Compiled:
    scratch = tempfile.mkdtemp(dir=tmp_path)
    return compile_lock(order, lambda: find_uv(order.root, plain_tool(order.root, 30), offline=offline), scratch)


def never() -> Uv:
    raise AssertionError("uv was asked for")


def text_of_lock(root: Path) -> str:
    return (root / LOCK).read_text(encoding="utf-8")


def versions(made: Compiled) -> Mapping[str, str]:
    return {package.name: package.version for package in made.lock}


@pytest.fixture
def stocked(index: Index) -> Index:
    index.add("alpha", "1.0", "beta<2")
    index.add("beta", "1.1")
    index.add("beta", "2.0")
    index.add("gamma", "1.0", "beta>=2")
    return index


def test_everything_is_pinned_and_hashed(root: Path, stocked: Index, tmp_path: Path) -> None:
    made = compiled(order(root, "alpha\n"), tmp_path)
    assert versions(made) == {"alpha": "1.0", "beta": "1.1"}
    hashes = {package.name: package.hashes for package in made.lock}
    assert hashes["beta"] == (f"sha256:{stocked.sha256('beta', '1.1')}",)
    assert [package.wanted_by for package in made.lock] == [(), ("alpha",)]
    assert made.changed == ("+ alpha 1.0", "+ beta 1.1")


def test_no_place_gets_into_the_lock(root: Path, stocked: Index, tmp_path: Path) -> None:
    links = root / "wheels"
    links.mkdir()
    (links / "delta-1.0-py3-none-any.whl").write_bytes(wheel("delta", "1.0"))
    stocked.credentials = "alice:s3cret"
    lines = f"--extra-index-url {stocked.with_credentials()}?token=t0ken\n--find-links ../wheels\nalpha\ndelta\n"
    made = compiled(order(root, lines), tmp_path)
    assert versions(made).keys() == {"alpha", "beta", "delta"}
    for secret in (str(root), str(tmp_path), "127.0.0.1", "alice", "s3cret", "t0ken", "wheels"):
        assert secret not in text_of_lock(root)
    assert "-r resources/requirements.in" in text_of_lock(root)


def test_nor_by_the_settings_of_the_user(
    root: Path, stocked: Index, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("UV_NO_CONFIG")
    options = "".join(f"emit-{what} = true\n" for what in ("index-url", "find-links", "index-annotation"))
    (root / "uv.toml").write_text(f"[pip]\n{options}")
    compiled(order(root, f"--find-links {tmp_path}\nalpha\n"), tmp_path)
    assert "127.0.0.1" not in text_of_lock(root) and str(tmp_path) not in text_of_lock(root)


def test_a_fresh_lock_is_not_looked_at_twice(root: Path, stocked: Index, tmp_path: Path) -> None:
    wanted = order(root, "alpha\n")
    first = compiled(wanted, tmp_path)
    again = compile_lock(wanted, never, str(tmp_path))
    assert first.made and not again.made
    assert first.lock == again.lock


def test_another_python_or_platform_makes_it_stale(root: Path, stocked: Index, tmp_path: Path) -> None:
    wanted = order(root, "alpha\n")
    compiled(wanted, tmp_path)
    for other in (Target("3.12"), Target("3.11", ("linux/arm64",)), Target("3.11", ("linux/amd64", "linux/arm64"))):
        assert compiled(replace(wanted, target=other), tmp_path).made


def test_pins_are_kept_until_an_upgrade(root: Path, stocked: Index, tmp_path: Path) -> None:
    wanted = order(root, "beta\nalpha2\n")
    stocked.add("alpha2", "1.0")
    stocked.files.pop("beta-2.0-py3-none-any.whl")
    assert versions(compiled(wanted, tmp_path)) == {"alpha2": "1.0", "beta": "1.1"}
    stocked.add("beta", "2.0")
    stocked.add("alpha2", "2.0")
    os.rename(tmp_path / "uv-cache", tmp_path / "gone")  # an index may be asked again at once
    kept = compiled(order(root, "beta\nalpha2\n# touched\n"), tmp_path)
    assert kept.made and kept.changed == ()
    one = compiled(replace(wanted, upgrade_packages=("Beta",)), tmp_path)
    assert one.changed == ("beta 1.1 -> 2.0",)
    assert compiled(replace(wanted, upgrade=True), tmp_path).changed == ("alpha2 1.0 -> 2.0",)


def test_an_upgrade_of_what_nobody_asks_for(root: Path, stocked: Index, tmp_path: Path) -> None:
    compiled(order(root, "alpha\n"), tmp_path)
    with pytest.raises(UsageError, match="did you mean 'beta'"):
        compiled(replace(order(root, "alpha\n"), upgrade_packages=("betta",)), tmp_path)


def test_constraints_hold_and_are_not_installed(root: Path, stocked: Index, tmp_path: Path) -> None:
    (root / "constraints.txt").write_text("beta<2\nnever-asked-for==1\n")
    assert versions(compiled(order(root, "-c ../constraints.txt\nbeta\n"), tmp_path)) == {"beta": "1.1"}


def test_no_requirements_give_an_empty_lock(root: Path, index: Index, tmp_path: Path) -> None:
    made = compiled(order(root, "# nothing yet\n"), tmp_path)
    assert made.made and len(made.lock) == 0 and text_of_lock(root).startswith("#")
    assert compile_lock(order(root, "# nothing yet\n"), never, str(tmp_path)).summary == "lock up to date (0 packages)"


@pytest.mark.parametrize(
    "line", ["bigflow[base_frozen,BigQuery]==1.11.3", "BigFlow", "bigflow-framework>=0.1", "bigflow_framework"]
)
def test_the_framework_is_never_locked(root: Path, stocked: Index, tmp_path: Path, line: str) -> None:
    stocked.add("bigflow", "1.11.3", "gamma")
    stocked.add("bigflow-framework", "0.1.0", "gamma")
    stocked.add("inhouse", "1.0", "bigflow")
    made = compiled(order(root, f"inhouse\n{line}\n"), tmp_path)
    assert versions(made) == {"inhouse": "1.0"}
    assert [note.where for note in made.notes] == [f"{SOURCE}:2"]
    assert ("bigquery" in made.notes[0].message) == ("BigQuery" in line)
    assert "bigflow" not in [word for word in text_of_lock(root).split() if "==" in word]


def failure(root: Path, text: str, tmp_path: Path) -> BigflowError:
    with pytest.raises(BigflowError) as caught:
        compiled(order(root, text), tmp_path)
    assert not (root / LOCK).exists(), "what fails leaves nothing"
    return caught.value


def test_requirements_that_conflict(root: Path, stocked: Index, tmp_path: Path) -> None:
    error = failure(root, "\nalpha\n\nbeta>=2\n", tmp_path)
    assert type(error) is StepFailed
    assert "alpha" in error.message and "beta>=2" in error.message
    assert error.where == f"{SOURCE}:4" or error.where == f"{SOURCE}:2, {SOURCE}:4"
    assert "unsatisfiable" not in error.message and len(error.message) < 500


def test_a_package_that_does_not_exist(root: Path, stocked: Index, tmp_path: Path) -> None:
    error = failure(root, "alpha\nnosuchthing>=1\n", tmp_path)
    assert type(error) is StepFailed
    assert "nosuchthing was not found" in error.message
    assert error.where == f"{SOURCE}:2"


def test_a_line_that_is_no_requirement(root: Path, stocked: Index, tmp_path: Path) -> None:
    error = failure(root, "alpha\nö ä\nbeta gamma\n", tmp_path)
    assert type(error) is UsageError
    assert error.where in (f"{SOURCE}:2", f"{SOURCE}:3")


def test_an_unknown_option(root: Path, stocked: Index, tmp_path: Path) -> None:
    error = failure(root, "alpha\n--frobnicate\n", tmp_path)
    assert type(error) is UsageError
    assert error.where == f"{SOURCE}:2"


def test_an_index_that_is_broken(root: Path, stocked: Index, tmp_path: Path) -> None:
    stocked.mood = "broken"
    error = failure(root, "alpha\n", tmp_path)
    assert type(error) is OutsideError
    assert "500" in error.message


def test_an_index_that_says_nothing(root: Path, stocked: Index, tmp_path: Path) -> None:
    stocked.mood = "silent"
    assert type(failure(root, "alpha\n", tmp_path)) is OutsideError


def test_an_index_that_is_not_there(root: Path, index: Index, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("UV_DEFAULT_INDEX", "http://127.0.0.1:9/simple")
    assert type(failure(root, "alpha\n", tmp_path)) is OutsideError


def test_uv_is_not_waited_for_without_end(root: Path, stocked: Index, tmp_path: Path) -> None:
    stocked.mood = "silent"
    wanted = order(root, "alpha\n")
    with pytest.raises(OutsideError, match="in time"):
        compile_lock(wanted, lambda: find_uv(wanted.root, plain_tool(wanted.root, 0.3)), str(tmp_path))


def test_an_index_that_wants_to_know_who_we_are(
    root: Path, stocked: Index, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    stocked.credentials = "alice:s3cret"
    wrong = stocked.with_credentials().replace("s3cret", "wr0ng") + "?token=t0ken"
    monkeypatch.setenv("UV_DEFAULT_INDEX", wrong)
    error = failure(root, "alpha\n", tmp_path)
    assert type(error) is OutsideError
    told = f"{error.message}{error.where}{error.hint}"
    assert "refused" in told and "netrc" in told
    assert not [secret for secret in ("alice", "wr0ng", "t0ken") if secret in told]


def test_credentials_of_the_netrc_are_used(root: Path, stocked: Index, tmp_path: Path) -> None:
    stocked.credentials = "alice:s3cret"
    (tmp_path / "netrc").write_text("machine 127.0.0.1 login alice password s3cret\n")
    assert versions(compiled(order(root, "beta\n"), tmp_path)) == {"beta": "2.0"}


def test_credentials_in_pips_configuration_are_used(
    root: Path, stocked: Index, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    stocked.credentials = "alice:s3cret"
    monkeypatch.delenv("UV_DEFAULT_INDEX")
    (tmp_path / "pip.conf").write_text(f"[global]\nindex-url = {stocked.with_credentials()}\n")
    monkeypatch.setenv("PIP_CONFIG_FILE", str(tmp_path / "pip.conf"))
    assert versions(compiled(order(root, "beta\n"), tmp_path)) == {"beta": "2.0"}
    assert "alice" not in text_of_lock(root)


def test_offline(root: Path, stocked: Index, tmp_path: Path) -> None:
    with pytest.raises(OutsideError, match="network"):
        compiled(order(root, "alpha\n"), tmp_path, offline=True)
    assert stocked.requests == []


def test_a_failed_upgrade_keeps_the_lock(root: Path, stocked: Index, tmp_path: Path) -> None:
    wanted = order(root, "alpha\n")
    compiled(wanted, tmp_path)
    before = text_of_lock(root)
    stocked.mood = "broken"
    os.rename(tmp_path / "uv-cache", tmp_path / "gone")
    with pytest.raises(OutsideError):
        compiled(replace(wanted, upgrade=True), tmp_path)
    assert text_of_lock(root) == before
