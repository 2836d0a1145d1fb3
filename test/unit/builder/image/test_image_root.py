"""A root file system is what the layers say, in whichever way it is put together, and what is kept stays as it is."""

import os
import shutil
import subprocess
import tarfile
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from support.bases import base_of
from support.needs import missing

from bigflow._process import Completed, ProgramMissing, run
from bigflow.builder.image.root import Root, root_of
from bigflow.builder.image.trees import Trees
from bigflow.containers.blobs import Absent
from bigflow.containers.debian import Tool
from bigflow.containers.documents import Malformed
from bigflow.containers.image import Image
from bigflow.containers.layer import Entry, layer_from, opaque, whiteout, write_layer
from bigflow.containers.store import Store
from bigflow.containers.unpack import apply, unpack
from bigflow.errors import UsageError

LIST = (
    'cd "$0" && find . -mindepth 1 -printf "%y %m %U %G %P %l\\n" | sort && find . -type f -exec sha256sum {} + | sort'
)
BELOW = (Entry("a/kept", content=b"1"), Entry("a/gone", content=b"1"), Entry("a/other", content=b"1"))


def refuse(args: tuple[str, ...], *, env_add: Mapping[str, str | None] | None = None) -> Completed:
    """A machine on which nothing may be mounted."""
    return Completed(args, 1, "", "")


def lack(args: tuple[str, ...], *, env_add: Mapping[str, str | None] | None = None) -> Completed:
    """A machine without util-linux."""
    raise ProgramMissing(f"cannot run {args[0]}: No such file or directory")


def allow(args: tuple[str, ...], *, env_add: Mapping[str, str | None] | None = None) -> Completed:
    """This machine; a root that is not mounted must not pass for one."""
    done = run(args, env_add=env_add)
    if not done.ok:
        missing("mounts", f"this user may not mount an overlay: {done.stderr}")
    return done


WAYS = pytest.mark.parametrize("machine", [refuse, lack, allow])


def seen(root: Root) -> str:
    """What a program finds in it."""
    done = run((*root.entrance, "sh", "-c", LIST, root.folder))
    assert done.ok, done.stderr
    return done.stdout


def unpacked(image: Image, store: Store, folder: str) -> str:
    unpack(image, store, folder)
    return seen(Root(folder, folder))


def names(folder: Path | str) -> list[str]:
    return sorted(name for name in os.listdir(folder) if name != "lock")


@pytest.fixture
def store(tmp_path: Path) -> Store:
    return Store(str(tmp_path / "store"))


@pytest.fixture
def trees(tmp_path: Path) -> Trees:
    return Trees(str(tmp_path / "a cache, with: all \\ signs" / "trees"))


@WAYS
def test_it_is_what_the_layers_say_and_leaves_the_kept_ones_alone(machine: Tool, store: Store, trees: Trees) -> None:
    one = base_of(store, BELOW, (Entry("b/x", content=b"1"),), (Entry("a/other", content=b"22"),))
    two = base_of(store, BELOW, (Entry("b/x", content=b"1"),), (Entry("c", content=b"3"),))
    for _ in range(2):
        for image in (one, two):
            with root_of(image, 1, store, trees, machine) as root:
                assert seen(root) == unpacked(image, store, f"{trees.folder}-whole")
                assert run((*root.entrance, "sh", "-c", 'echo changed > "$0"/b/y', root.folder)).ok
            shutil.rmtree(f"{trees.folder}-whole")
    assert len(names(trees.folder)) == 2


@WAYS
def test_what_a_layer_takes_away_is_gone(machine: Tool, store: Store, trees: Trees) -> None:
    image = base_of(store, BELOW, (whiteout("a/gone"),), (whiteout("a/other"),))
    with root_of(image, 1, store, trees, machine) as root:
        assert run((*root.entrance, "ls", f"{root.folder}/a")).stdout.split() == ["kept"]


@pytest.mark.skipif(os.geteuid() != 0, reason="needs root: others may not mount")
def test_a_mount_is_seen_by_its_program_alone(store: Store, trees: Trees) -> None:
    with root_of(base_of(store, BELOW, (Entry("x", content=b""),)), 1, store, trees, allow) as root:
        assert root.entrance and os.listdir(root.folder) == []
        assert root.folder not in Path("/proc/self/mounts").read_text()
        process = subprocess.Popen([*root.entrance, "sh", "-c", "echo; read line"], stdin=-1, stdout=-1)
        assert process.stdout is not None and process.stdout.readline() == b"\n"
        assert root.folder not in Path("/proc/self/mounts").read_text()
        process.kill()
        process.communicate()
    assert names(trees.folder) and not [name for name in names(trees.folder) if name.startswith("run-")]


def file(path: str) -> Entry:
    return Entry(path, content=path.encode())


def second_name(name: str, first: str) -> bytes:
    """A tar with a hard link alone."""
    info = tarfile.TarInfo(name)
    info.type, info.linkname = tarfile.LNKTYPE, first
    return info.tobuf() + bytes(1024)


@WAYS
@pytest.mark.parametrize("last", [True, False])
@pytest.mark.parametrize(
    ("lower", "upper"),
    [
        pytest.param((Entry("a", "folder", mode=0o1777),), (file("a/x"),), id="a folder that it does not speak of"),
        pytest.param((Entry("a/b", "folder", mode=0o700),), (file("a/b/c/x"),), id="several of them"),
        pytest.param((Entry("l", "link", target="a"), file("a/x")), (file("l/y"),), id="through a link"),
        pytest.param((Entry("l", "link", target="/a"), file("a/x")), (file("l/b/y"),), id="through an absolute one"),
        pytest.param(
            (Entry("l", "link", target="a"), file("a/x")), (Entry("l", "folder"), file("l/y")), id="not a link"
        ),
        pytest.param((Entry("l", "link", target="a"), file("a/x")), (file("l"),), id="a file instead of a link"),
        pytest.param((file("a/b/c"),), (file("a/b"),), id="a file instead of a folder"),
        pytest.param((file("a"),), (Entry("a", "folder"), file("a/b")), id="a folder instead of a file"),
        pytest.param((file("a/x"),), (opaque("a"), file("a/y")), id="an opaque folder"),
        pytest.param((file("a/x"),), second_name("b", "a/x"), id="a second name"),
    ],
)
def test_what_a_layer_can_say_of_those_below(
    machine: Tool, store: Store, trees: Trees, lower: Sequence[Entry], upper: Sequence[Entry] | bytes, last: bool
) -> None:
    made = layer_from([upper], store) if isinstance(upper, bytes) else write_layer(upper, store)
    image = base_of(store, lower).with_layers(made, *(() if last else (write_layer((file("z"),), store),)))
    expected = unpacked(image, store, f"{trees.folder}-whole")
    for _ in range(2):
        with root_of(image, 1, store, trees, machine) as root:
            assert seen(root) == expected


PATHS = st.sampled_from(("a", "a/b", "a/b/c", "d", "d/e", "l", "l/b"))
ENTRIES = st.one_of(
    st.builds(lambda path, content: Entry(path, content=content), PATHS, st.sampled_from((b"", b"1", b"22"))),
    st.builds(lambda path, mode: Entry(path, "folder", mode=mode), PATHS, st.sampled_from((0o700, 0o1777, None))),
    st.builds(lambda path, target: Entry(path, "link", target=target), PATHS, st.sampled_from(("a", "/d", "nowhere"))),
    st.builds(whiteout, PATHS),
    st.builds(opaque, PATHS),
)


@WAYS
@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(layers=st.lists(st.lists(ENTRIES, max_size=4), min_size=2, max_size=4), base=st.integers(0, 3))
def test_layers_of_all_kinds(machine: Tool, layers: Sequence[Sequence[Entry]], base: int) -> None:
    with TemporaryDirectory() as folder:
        store, trees = Store(f"{folder}/store"), Trees(f"{folder}/trees")
        try:
            image = base_of(store, *layers)
        except UsageError:
            return  # no layer can be like that
        try:
            expected = unpacked(image, store, f"{folder}/whole")
        except Malformed:
            with pytest.raises(Malformed), root_of(image, base, store, trees, machine):
                pass
            return
        for _ in range(2):
            with root_of(image, base, store, trees, machine) as root:
                assert seen(root) == expected


def test_few_are_kept_and_what_is_in_use_stays(store: Store, trees: Trees) -> None:
    def use(number: int) -> Image:
        return base_of(store, (Entry(f"n{number}", content=b""),))

    with ExitStack() as held:
        (first,) = held.enter_context(trees.of(use(0), 1, store))
        scratch = held.enter_context(trees.scratch())
        os.mkdir(f"{trees.folder}/run-of-a-killed-one")
        os.utime(first, (0, 0))
        for number in range(1, 15):
            with trees.of(use(number), 1, store):
                os.utime(first, (0, 0))
        assert os.path.isdir(first) and os.path.isdir(scratch)
        assert len(names(trees.folder)) == 12 + 2
    with trees.of(use(99), 1, store):
        pass
    assert not os.path.exists(first) and not os.path.exists(scratch) and len(names(trees.folder)) == 12


def test_layers_of_an_unfinished_folder_are_unpacked_again(store: Store, trees: Trees) -> None:
    image = base_of(store, BELOW, (Entry("b", content=b"1"),))
    os.unlink(store.path(image.layers[1].blob.digest))
    with pytest.raises(Absent), trees.of(image, 1, store):
        pass
    assert len(names(trees.folder)) == 1
    write_layer((Entry("b", content=b"1"),), store)
    with trees.of(image, 1, store) as stack:
        assert [names(tree) for tree in stack] == [["b"], ["a"]]


@pytest.fixture
def files(tmp_path: Path) -> Iterator[tuple[Entry, ...]]:
    (tmp_path / "made").mkdir()
    for name, mode in (("plain", 0o600), ("program", 0o755)):
        (tmp_path / "made" / name).write_text(name)
        (tmp_path / "made" / name).chmod(mode)
    yield (
        Entry("opt/venv/lib/plain", source=str(tmp_path / "made" / "plain")),
        Entry("opt/venv/bin/program", source=str(tmp_path / "made" / "program"), executable=True),
        Entry("opt/venv/bin", "folder"),
        Entry("opt/venv/link", "link", target="bin"),
        Entry("opt/venv/text", content=b"text"),
    )


def test_what_a_layer_was_made_of_need_not_be_unpacked(
    store: Store, trees: Trees, files: tuple[Entry, ...], tmp_path: Path
) -> None:
    layer = write_layer(files, store)
    image = base_of(store, BELOW).with_layers(layer)
    (tmp_path / "whole").mkdir(mode=0o755)
    apply(layer, store, str(tmp_path / "whole"))
    trees.plant(image.layers, files)
    os.unlink(store.path(layer.blob.digest))
    with trees.of(image, 1, store) as (tree, _):
        assert seen(Root(tree, tree)) == seen(Root(str(tmp_path / "whole"), ""))
    trees.plant(image.layers, [entry for entry in files if not entry.source])
    with trees.of(image, 1, store) as (tree, _):
        assert os.path.exists(f"{tree}/opt/venv/lib/plain"), "the first one stays"


def test_what_cannot_be_planted_is_unpacked(store: Store, trees: Trees, files: tuple[Entry, ...]) -> None:
    layer = write_layer(files, store)
    image = base_of(store, BELOW).with_layers(layer)
    os.unlink(files[0].source)
    trees.plant(image.layers, files)
    with trees.of(image, 1, store) as (tree, _):
        assert Path(tree, "opt/venv/lib/plain").read_text() == "plain"
