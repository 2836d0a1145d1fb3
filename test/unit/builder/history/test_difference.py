"""What differs between two builds, whatever they are."""

from dataclasses import replace

from hypothesis import given
from hypothesis import strategies as st
from support.builds import CONTENTS, SBOM, broken, cold, mended, unchanged, wheel

from bigflow.artifacts.artifact import Artifact, Part
from bigflow.builder.history.difference import Change, difference
from bigflow.builder.report import BuildReport, Input, Package, StepReport

names = st.sampled_from(["a", "b/c.py", "b/d.py", "é", "z"])
hashes = st.sampled_from(["1", "2", "absent"])
steps = st.builds(StepReport, name=names, state=st.sampled_from(["succeeded", "unchanged"]), seconds=st.floats(0, 9))
builds = st.builds(
    lambda inputs, packages, contents, done: replace(
        cold(),
        inputs=tuple(Input(*one) for one in inputs.items()),
        packages=tuple(Package(*one) for one in packages),
        contents=tuple(Part(path, size, "crc") for path, size in contents.items()),
        phases=(replace(cold().phases[0], steps=tuple({step.name: step for step in done}.values())),),
    ),
    st.dictionaries(names, hashes),
    st.lists(st.tuples(names, hashes), unique=True),
    st.dictionaries(names, st.integers(0, 3)),
    st.lists(steps),
)


@given(builds)
def test_a_build_is_like_itself(build: BuildReport) -> None:
    found = difference(build, build)
    assert (found.inputs, found.packages, found.contents) == ((), (), ())
    assert all(change.before == change.after for change in (*found.artifacts, *found.steps))


@given(builds, builds)
def test_the_other_way_round_everything_is_the_other_way_round(one: BuildReport, other: BuildReport) -> None:
    there, back = difference(one, other), difference(other, one)
    for part in ("inputs", "packages", "contents"):
        turned = [Change(change.name, change.after, change.before) for change in getattr(back, part)]
        assert list(getattr(there, part)) == turned
    assert {change.name for change in there.steps} == {change.name for change in back.steps}


@given(builds, builds)
def test_the_difference_makes_the_one_into_the_other(before: BuildReport, after: BuildReport) -> None:
    there = {one.path: one.sha256 for one in before.inputs if one.sha256 != "absent"}
    for change in difference(before, after).inputs:
        assert there.get(change.name) == change.before
        if change.after is None:
            del there[change.name]
        else:
            there[change.name] = change.after
    assert there == {one.path: one.sha256 for one in after.inputs if one.sha256 != "absent"}


def test_all_that_can_change() -> None:
    found = difference(cold(), mended())
    assert [(one.kind, one.name) for one in found.inputs] == [
        ("changed", "shop/clean.py"),
        ("added", "shop/new.py"),
        ("removed", "shop/workflow.py"),
        ("added", "test/é\udcff.csv"),
    ]
    assert [(one.name, one.before, one.after) for one in found.packages] == [
        ("requests", "2.31.0", "2.32.0"),
        ("six", "1.16.0", None),
        ("urllib3", None, "2.2.0"),
    ]


def test_the_metadata_of_two_versions_are_the_same_files() -> None:
    contents = difference(cold(), mended()).contents
    assert [(one.kind, one.name) for one in contents] == [
        ("changed", "*.dist-info/METADATA"),
        ("changed", "shop/clean.py"),
        ("added", "shop/new.py"),
        ("removed", "shop/workflow.py"),
    ]


def test_a_file_of_the_same_size_and_other_content_is_another_one() -> None:
    first, *others = CONTENTS
    after = replace(cold(), contents=(first._replace(sha256="crc32:ffffffff"), *others))
    assert [one.name for one in difference(cold(), after).contents] == [first.path]


def test_without_a_wheel_nothing_is_said_of_its_files() -> None:
    assert difference(cold(), broken()).contents == difference(broken(), cold()).contents == ()


def test_artifacts_are_found_again_under_another_version() -> None:
    found = difference(cold(), mended()).artifacts
    assert [(one.name, one.before, one.after) for one in found] == [
        ("wheel", wheel(), wheel("0.1.1", 15_600, "d" * 64)),
        ("sbom", SBOM, replace(SBOM, version="0.1.1")),
    ]


def test_of_several_artifacts_of_a_kind_each_is_found_again() -> None:
    def dag(workflow: str, version: str) -> Artifact:
        return Artifact("dag", f".dags/{workflow}__{version}_dag.py", 1, version, version, "i")

    before = replace(cold(), artifacts=(dag("daily", "0.1.0"), dag("weekly", "0.1.0")))
    after = replace(mended(), artifacts=(dag("daily", "0.1.1"),))
    found = difference(before, after).artifacts
    assert [(one.kind, one.name) for one in found] == [
        ("changed", ".dags/daily__*_dag.py"),
        ("removed", ".dags/weekly__*_dag.py"),
    ]


def test_a_package_for_two_platforms_has_both_versions() -> None:
    both = replace(cold(), packages=(Package("numpy", "2.0"), Package("numpy", "1.26")))
    one = replace(cold(), packages=(Package("numpy", "2.0"),))
    assert difference(both, one).packages == (Change("numpy", "1.26, 2.0", "2.0"),)


def test_steps_are_in_the_order_of_the_later_build() -> None:
    before = replace(cold(), phases=(replace(cold().phases[0], steps=(StepReport("gone", "succeeded"),)),))
    named = [one.name for one in difference(before, unchanged()).steps]
    assert named == [step.name for step in unchanged().steps] + ["gone"]
