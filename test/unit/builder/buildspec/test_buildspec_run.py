"""What a run of a buildspec does to the machine: nothing that stays, and nothing that is hidden."""

import _thread
import json
import os
import pwd
import stat
import subprocess
import sys
import threading
import time
import zipfile
from pathlib import Path

import pytest
from support.buildspecs import Ground
from support.cli import write_files
from support.needs import missing

from bigflow.builder.buildspec.session import Wanted, read_buildspec
from bigflow.errors import BigflowError, UsageError

ONE = "version: 0.2\nphases:\n  build:\n    commands:\n      - {}\n"


def one(*commands: str) -> str:
    return ONE.format("\n      - ".join(commands))


def tree(root: Path) -> dict[str, str]:
    """Everything in a folder but what builds leave."""
    paths = (path for path in sorted(root.rglob("*")) if path.relative_to(root).parts[0] not in (".bigflow", "build"))
    return {str(path): path.read_text() if path.is_file() else "" for path in paths}


def test_a_stranger_leaves_the_sources_as_they_were(ground: Ground) -> None:
    text = one("echo spoilt > kept.txt; rm -r folder; touch new; chmod 0 .", "rm -rf $HOME ..?* .[!.]* *")
    write_files(ground.root, {"kept.txt": "kept", "folder/a": "a", "buildspec.yml": text})
    before = tree(ground.root)
    ground.run(text)
    assert tree(ground.root) == before


def test_nothing_lies_around_afterwards(ground: Ground, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    folder = tmp_path / "tmp"
    folder.mkdir()
    monkeypatch.setattr("tempfile.tempdir", str(folder))
    for text in (one("echo hi"), one("false"), one("sleep 60 & exit 1")):
        ground.run(text)
    assert list(folder.iterdir()) == []


def test_in_place_it_is_the_sources_that_change(ground: Ground) -> None:
    ran = ground.run(one("echo new > new.txt", "pwd"), in_place=True)
    assert ran.said == [str(ground.root)]
    assert (ground.root / "new.txt").read_text() == "new\n"


def test_no_process_outlives_the_build(ground: Ground) -> None:
    marks = [ground.root / "group", ground.root / "session", ground.root / "bare"]
    starts = zip(("sleep 300", "setsid sleep 300", "env -i sleep 300"), marks, strict=True)
    ground.run(one(*(f"{start} & echo $! > {mark}" for start, mark in starts), "sleep 0.1"))
    for mark in marks:
        process = int(mark.read_text())
        assert _gone(process), f"{mark.name} is still at work"


def test_what_works_in_the_background_is_heard_in_later_phases(ground: Ground) -> None:
    phases = "version: 0.2\nphases:\n  install:\n    commands:\n      - (sleep 0.3; echo late; touch done) &\n"
    ran = ground.run(phases + "  build:\n    commands:\n      - until test -e done; do sleep 0.05; done; sleep 0.1\n")
    assert ran.said == ["late"]
    assert ran.code == 0


def test_a_command_that_never_ends_is_stopped_at_the_time_limit(ground: Ground) -> None:
    settings = '[tool.bigflow]\nname = "p"\npackage = "p"\n[tool.bigflow.build]\ntimeout = 1\n'
    text = one("echo begun; sleep 300") + "    finally: [echo never]\n  post_build:\n    commands: [echo never]\n"
    began = time.monotonic()
    ran = ground.run(text, {"pyproject.toml": settings, "p/__init__.py": ""})
    assert time.monotonic() - began < 20
    assert ran.said == ["begun"]
    assert ran.code == 1
    assert "TIMED_OUT" in ran.errors[0]


@pytest.mark.parametrize("command", ["kill -9 $$", "exec true; echo never", "trap 'echo bye' EXIT", "exec 1>&-"])
def test_shells_that_end_oddly(command: str, ground: Ground) -> None:
    ran = ground.run("version: 0.2\nphases:\n  install:\n    commands:\n      - export A=1\n" +
                     f"  build:\n    on-failure: CONTINUE\n    commands:\n      - {command}\n" +
                     "  post_build:\n    commands: [echo A is $A]\n")  # fmt: skip
    assert ran.said[-1] == "A is 1"
    assert ran.code == (1 if "kill" in command else 0)


def test_a_trap_of_the_users_own_runs_and_what_is_exported_is_kept(ground: Ground) -> None:
    phases = "version: 0.2\nphases:\n  install:\n    commands:\n      - trap 'echo bye' EXIT\n      - export A=1\n"
    ran = ground.run(phases + "  build:\n    commands: [echo A is $A]\n")
    assert ran.said == ["bye", "A is 1"]


def test_what_floods_the_log_is_all_there(ground: Ground) -> None:
    ran = ground.run(one("seq 200000", "echo end"))
    assert len(ran.said) == 200_001
    assert ran.said[-2:] == ["200000", "end"]


def test_the_log_in_the_history_is_what_was_shown(ground: Ground) -> None:
    ran = ground.run(one("echo hello"))
    log = ground.root / ".bigflow" / "builds" / "1" / "logs" / "build.log"
    assert "Entering phase BUILD" in log.read_text()
    assert log.read_text() in ran.log


def test_links_and_modes_survive_in_archives(ground: Ground) -> None:
    text = one("ln -s a l; echo > a; chmod +x a") + "artifacts: {files: [a, l], name: x, enable-symlinks: yes}\n"
    ground.run(text)
    with zipfile.ZipFile(ground.root / "build" / "artifacts" / "x.zip") as archive:
        modes = {entry.filename: entry.external_attr >> 16 for entry in archive.infolist()}
        assert stat.S_ISLNK(modes["l"]) and archive.read("l") == b"a"
        assert modes["a"] & 0o111


def test_the_same_sources_give_the_same_archive(ground: Ground) -> None:
    text = one("echo a > a; mkdir -p b; echo c > b/c") + "artifacts: {files: ['**/*'], name: x}\n"
    path = ground.root / "build" / "artifacts" / "x.zip"
    ground.run(text)
    first = path.read_bytes()
    time.sleep(0.01)
    ground.run(text)
    assert path.read_bytes() == first
    with zipfile.ZipFile(path) as archive:
        assert {entry.date_time for entry in archive.infolist()} == {(2023, 11, 14, 22, 13, 20)}


@pytest.mark.parametrize("failing", ["build", "post_build", "upload_artifacts"])
def test_a_late_failure_does_not_keep_variables_from_being_exported(failing: str, ground: Ground) -> None:
    commands = {name: "false" if name == failing else "export A=1" for name in ("build", "post_build")}
    text = "version: 0.2\nenv: {exported-variables: [A]}\nphases:\n  install: {commands: [export A=1]}\n"
    text += "".join(f"  {name}: {{commands: [{command}]}}\n" for name, command in commands.items())
    ran = ground.run(text + ("artifacts: {files: [nope]}\n" if failing == "upload_artifacts" else ""))
    assert ran.states[failing] == "failed"
    assert ran.states["finalizing"] == "succeeded"
    assert "Exported variable A=1" in ran.told


def test_two_artifacts_of_one_name(ground: Ground) -> None:
    artifacts = "artifacts: {files: [buildspec.yml], name: x, secondary-artifacts: {x: {files: [buildspec.yml]}}}\n"
    ran = ground.run(one("true") + artifacts)
    assert ran.code == 1
    assert ran.errors == ["two artifacts are called x.zip"]


def test_a_file_name_that_is_not_utf8(ground: Ground) -> None:
    ran = ground.run(one("touch \"$(printf 'a\\377')\"") + "artifacts: {files: ['a*'], name: x}\n")
    assert ran.code == 1
    assert "not UTF-8" in ran.errors[0]


def test_outputs_of_the_build_before_are_no_sources(ground: Ground) -> None:
    text = one("true") + "artifacts: {files: ['**/*'], name: x}\n"
    assert ground.run(text).archives == ground.run(text).archives == {"x.zip": ["buildspec.yml"]}


def test_exported_variables_are_left_as_json(ground: Ground) -> None:
    ground.run("version: 0.2\nenv: {exported-variables: [A]}\n" + one('export A="x y"').partition("\n")[2])
    assert json.loads((ground.root / "build" / "exported-variables.json").read_text()) == {"A": "x y"}


def test_git_answers_in_the_copy_and_what_is_ignored_is_not_there(ground: Ground) -> None:
    write_files(ground.root, {".gitignore": "*.log\n", "a": "a", "x.log": "", "new": "", "buildspec.yml": ""})
    git = ("git", "-c", "user.name=t", "-c", "user.email=t@localhost")
    for words in (("init", "-q"), ("add", ".gitignore", "a"), ("commit", "-qm", "one")):
        subprocess.run([*git, *words], cwd=ground.root, check=True)
    head = subprocess.run(["git", "rev-parse", "HEAD"], cwd=ground.root, capture_output=True, text=True).stdout.strip()
    commit = "git -c user.name=t -c user.email=t@localhost commit -qam two --allow-empty"
    ran = ground.run(one("git rev-parse HEAD; echo $CODEBUILD_RESOLVED_SOURCE_VERSION", "ls", commit))
    assert ran.said == [head, head, "a", "buildspec.yml", "new"]
    after = subprocess.run(["git", "rev-parse", "HEAD"], cwd=ground.root, capture_output=True, text=True).stdout.strip()
    assert after == head, "the user's repository has not moved"


def test_pip_installs_nothing_into_our_own_environment(ground: Ground) -> None:
    ran = ground.run(one("python -c 'import sys; print(sys.prefix != sys.base_prefix, sys.prefix)'"))
    assert ran.said[0].startswith("True ")
    assert sys.prefix not in ran.said[0]


def test_variables_of_the_surroundings(ground: Ground) -> None:
    """Those of the buildspec count more, those of the local file most; some are not inherited."""
    ground.environment = {**ground.environment, "A": "around", "B": "around", "PYTHONPATH": "/x", "CODEBUILD_X": "1"}
    ground.local = {"C": "local"}
    text = "version: 0.2\nenv: {variables: {B: said, C: said}}\n"
    ran = ground.run(text + one('echo "$A $B $C [$PYTHONPATH$CODEBUILD_X]"').partition("\n")[2])
    assert ran.said == ["around said local []"]


def test_secrets_of_the_local_file_are_never_shown(ground: Ground) -> None:
    ground.local = {"TOKEN": "s3cr3t-token"}
    text = "version: 0.2\nenv: {secrets-manager: {TOKEN: 'id:key'}, exported-variables: [TOKEN]}\n"
    ran = ground.run(text + one("printf s3cr; sleep 0.1; echo 3t-token; echo ${#TOKEN} s3cr").partition("\n")[2])
    assert ran.said == ["***", "12 s3cr"]
    assert "s3cr3t-token" not in ran.log


def test_values_that_nobody_gives(ground: Ground, monkeypatch: pytest.MonkeyPatch) -> None:
    """All of them are told, with what one can do, and nothing runs."""
    for name in ("AWS_ACCESS_KEY_ID", "AWS_PROFILE", "AWS_SHARED_CREDENTIALS_FILE"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("AWS_EC2_METADATA_DISABLED", "true")
    monkeypatch.setenv("AWS_DEFAULT_REGION", "us-east-1")
    monkeypatch.setenv("HOME", str(ground.root))
    text = "version: 0.2\nenv: {parameter-store: {A: /a}, secrets-manager: {B: b}}\n"
    ran = ground.run(text + one("echo never").partition("\n")[2])
    assert ran.said == []
    assert [error.partition(":")[0] for error in ran.errors] == ["A", "B"]
    assert all("credentials" in error for error in ran.errors)
    hints = [finding.hint for step in ran.report.steps for finding in step.findings]
    assert "A=... into .env.local" in hints[0]


def test_run_as_another_user(ground: Ground) -> None:
    if os.geteuid() != 0:
        missing("root", "only root can become somebody else")
    text = "version: 0.2\nrun-as: nobody\nphases:\n  build:\n    commands:\n      - id -un; echo x > x; touch $HOME/y\n"
    ran = ground.run(text + "  post_build:\n    run-as: root\n    commands: [id -un]\n")
    assert ran.said == ["nobody", "root"], ran.log
    assert pwd.getpwuid((ground.root / "buildspec.yml").stat().st_uid).pw_name != "nobody"


def test_run_as_nobody_knows_whom(ground: Ground) -> None:
    ran = ground.run("version: 0.2\nrun-as: no-such-user\n" + one("echo never").partition("\n")[2])
    assert ran.code == 2
    assert "no-such-user" in ran.errors[0]


def test_a_shell_that_is_none(ground: Ground) -> None:
    ran = ground.run("version: 0.2\nenv: {shell: powershell.exe}\n" + one("echo never").partition("\n")[2])
    assert ran.code == 2
    assert "powershell.exe" in ran.errors[0]


BATCH = """\
version: 0.2
batch:
  fast-fail: false
  build-list:
    - {identifier: one, env: {variables: {V: first}}}
    - {identifier: two, buildspec: other.yml}
    - {identifier: three, buildspec: "version: 0.2\\nphases: {build: {commands: [echo inline]}}\\n"}
  build-graph:
    - {identifier: last, depend-on: [one]}
  build-matrix:
    dynamic: {env: {variables: {V: [a, b], W: [c, d]}}}
  build-fanout: {parallelism: 2}
phases:
  build:
    commands:
      - echo $CODEBUILD_BATCH_BUILD_IDENTIFIER $V $W
"""
OTHER = {"other.yml": "version: 0.2\nphases: {build: {commands: [echo other]}}\n"}


@pytest.mark.parametrize(
    ("entry", "said"),
    [
        ("one", ["one first"]),
        ("two", ["other"]),
        ("three", ["inline"]),
        ("last", ["last"]),
        ("matrix-1", ["matrix-1 a c"]),
        ("matrix-4", ["matrix-4 b d"]),
        ("fanout-2", ["fanout-2"]),
    ],
)
def test_one_entry_of_a_batch(entry: str, said: list[str], ground: Ground) -> None:
    ran = ground.run(BATCH, OTHER, batch_entry=entry)
    assert ran.said == said
    assert ran.warnings == (["last depends on one, which is not run"] if entry == "last" else [])


@pytest.mark.parametrize(("text", "known"), [(BATCH, "one, two, three"), (one("true"), "no batch at all")])
def test_an_entry_that_the_batch_does_not_have(text: str, known: str, ground: Ground) -> None:
    with pytest.raises(UsageError) as refused:
        ground.run(text, OTHER, batch_entry="ones")
    assert known in refused.value.hint


CACHED = """\
version: 0.2
phases:
  build:
    commands:
      - cat $HOME/.cache/pip/a cached/b 2>/dev/null; true
      - mkdir -p $HOME/.cache/pip cached; echo from-home > $HOME/.cache/pip/a; echo from-sources > cached/b
cache:
  paths: ['/root/.cache/pip/**/*', 'cached/**/*']
"""


def test_a_cache_is_there_in_the_next_build(ground: Ground) -> None:
    assert ground.run(CACHED).said == []
    assert ground.run(CACHED).said == ["from-home", "from-sources"]
    assert ground.run(CACHED, use_cache=False).said == []


def test_a_failed_build_leaves_no_cache(ground: Ground) -> None:
    ground.run(CACHED)
    failing = CACHED.replace("from-home", "half").replace("phases:", "phases:\n  post_build:\n    commands: ['false']")
    ground.run(failing)
    assert ground.run(CACHED).said == ["from-home", "from-sources"]


def keyed(key: str, said: str, more: str = "") -> str:
    command = f"cat c/x 2>/dev/null; mkdir -p c; echo {said} > c/x"
    return one(command) + f"cache:\n  key: {key}\n  paths: ['c/**/*']\n{more}"


def test_a_cache_with_a_key_is_never_changed(ground: Ground) -> None:
    assert ground.run(keyed("a", "first")).said == []
    assert ground.run(keyed("a", "second")).said == ["first"]
    assert ground.run(keyed("a", "third")).said == ["first"]
    assert ground.run(keyed("b", "other")).said == []


def test_a_key_is_evaluated_and_fallback_keys_are_prefixes(ground: Ground) -> None:
    assert ground.run(keyed("lock-$(cat lock)", "one"), {"lock": "1"}).said == []
    fallbacks = "  fallback-keys: [none-, lock-]\n"
    assert ground.run(keyed("lock-$(cat lock)", "two", fallbacks), {"lock": "2"}).said == ["one"]
    assert ground.run(keyed("lock-$(cat lock)", "three"), {"lock": "2"}).said == ["two"]


def test_actions_of_a_cache(ground: Ground) -> None:
    assert ground.run(keyed("a", "x", "  action: restore\n")).said == []
    assert ground.run(keyed("a", "y")).said == [], "what is only restored was not saved"
    assert ground.run(keyed("a", "z", "  action: save\n")).said == [], "what is only saved was not restored"


def test_only_the_newest_caches_with_a_key_are_kept(ground: Ground) -> None:
    for number in range(7):
        ground.run(keyed(f"k{number}", "x"))
    assert len(list((ground.root / ".bigflow" / "buildspec-cache").iterdir())) == 5


def test_an_interrupted_build_ends_its_commands(ground: Ground) -> None:
    mark = ground.root.parent / "mark"
    text = one(f"echo $$ > {mark}; sleep 300") + "    finally: [echo never]\n"

    def interrupt() -> None:
        while not mark.exists() or not mark.read_text():
            time.sleep(0.02)
        _thread.interrupt_main()

    threading.Thread(target=interrupt, daemon=True).start()
    ran = ground.run(text)
    assert ran.report.state == "interrupted"
    assert ran.code == 130
    assert "never" not in ran.said
    assert _gone(int(mark.read_text()))


def test_two_builds_at_once_wait_for_each_other(ground: Ground) -> None:
    text = one("test ! -e ../../nope; sleep 0.2")
    runs: list[int] = []
    first = threading.Thread(target=lambda: runs.append(ground.run(text).code))
    first.start()
    runs.append(ground.run(text).code)
    first.join()
    assert runs == [0, 0]


def test_a_buildspec_that_cannot_be_read(ground: Ground) -> None:
    (ground.root / "buildspec.yml").write_bytes(b"\xff\xfe")
    for path in ("buildspec.yml", "absent.yml", "."):
        with pytest.raises(BigflowError) as refused:
            read_buildspec(str(ground.root), Wanted(str(ground.root / path)))
        assert refused.value.exit_code == 2


def test_a_site_that_cannot_be_made(monkeypatch: pytest.MonkeyPatch, ground: Ground) -> None:
    monkeypatch.setattr("tempfile.tempdir", "/proc/nonexistent")
    with pytest.raises(BigflowError) as refused:
        ground.run(one("true"))
    assert refused.value.exit_code == 4


def _gone(process: int) -> bool:
    for _ in range(100):
        try:
            with open(f"/proc/{process}/stat") as file:
                if file.read().rsplit(")", 1)[1].split()[0] == "Z":
                    return True
        except OSError:
            return True
        time.sleep(0.02)
    return False
