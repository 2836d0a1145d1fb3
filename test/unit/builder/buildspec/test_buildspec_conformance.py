"""Small buildspecs, one for each key and each rule: what ran, in which order, with which variables, what was left."""

from collections.abc import Mapping
from dataclasses import dataclass, field

import pytest
from support.buildspecs import Ground

from bigflow.errors import BigflowError


@dataclass(frozen=True)
class Case:
    """A buildspec, and what must come of it."""

    name: str
    text: str
    said: tuple[str, ...] = ()
    code: int = 0
    files: Mapping[str, str] = field(default_factory=dict)
    archives: Mapping[str, list[str]] | None = None
    warns: str = ""
    told: tuple[str, ...] = ()
    failed: tuple[str, ...] = ()
    not_run: tuple[str, ...] = ()


def build(*commands: str, more: str = "", head: str = "version: 0.2") -> str:
    listed = "".join(f"      - {command}\n" for command in commands)
    return f"{head}\n{more}phases:\n  build:\n    commands:\n{listed}"


SET = [
    *("AWS_REGION", "AWS_DEFAULT_REGION", "CODEBUILD_BUILD_ARN", "CODEBUILD_BUILD_ID", "CODEBUILD_BUILD_IMAGE"),
    *("CODEBUILD_BUILD_NUMBER", "CODEBUILD_INITIATOR", "CODEBUILD_LOG_PATH", "CODEBUILD_SOURCE_REPO_URL"),
    *("CODEBUILD_SRC_DIR", "CODEBUILD_START_TIME", "HOME"),
]
ALL = ["install", "pre_build", "build", "post_build"]


def phases(**bodies: str) -> str:
    return "version: 0.2\nphases:\n" + "".join(f"  {name}:\n{body}" for name, body in bodies.items())


def phase(*commands: str, closing: tuple[str, ...] = (), more: str = "") -> str:
    text = f"    {more}\n" if more else ""
    if commands:
        text += "    commands:\n" + "".join(f"      - {command}\n" for command in commands)
    return text + ("    finally:\n" + "".join(f"      - {command}\n" for command in closing) if closing else "")


CASES = (
    # -- the shape of the file
    Case("version 0.2 as a number", build("echo hi"), ("hi",)),
    Case("version as text", build("echo hi", head='version: "0.2"'), ("hi",)),
    Case("a leading document mark", build("echo hi", head="---\nversion: 0.2"), ("hi",)),
    Case(
        "comments and odd indents",
        "version:   0.2\nphases:\n    build:\n          commands: # say\n          - echo hi\n",
        ("hi",),
    ),
    Case("an unknown key at the top", build("echo hi", more="artefacts: {}\n"), ("hi",), warns="'artefacts'"),
    Case("an unknown key in a phase", phases(build=phase("echo hi", more="comands: [x]")), ("hi",), warns="'comands'"),
    Case("an unknown phase", phases(build=phase("echo hi"), deploy=phase("echo never")), ("hi",), warns="'deploy'"),
    Case(
        "a key twice", phases(build=phase("echo one")) + "  build:\n    commands: [echo two]\n", ("two",), warns="twice"
    ),
    Case(
        "anchors",
        "version: 0.2\nx: &say [echo a, echo b]\nphases:\n  build:\n    commands: *say\n",
        ("a", "b"),
        warns="'x'",
    ),
    Case(
        "merged keys",
        "version: 0.2\nphases:\n  install: &one\n    commands: [echo a]\n  build:\n    <<: *one\n",
        ("a", "a"),
    ),
    Case(
        "an anchor of commands among commands",
        "version: 0.2\nphases:\n  install:\n    commands: &c [echo a, echo b]\n  build:\n    commands: [*c, echo c]\n",
        ("a", "b", "a", "b", "c"),
    ),
    Case("proxy is read", build("echo hi", more="proxy: {upload-artifacts: no, logs: yes}\n"), ("hi",)),
    # -- phases
    Case("all phases in their order", phases(**{name: phase(f"echo {name}") for name in reversed(ALL)}), tuple(ALL)),
    Case("a phase without commands", phases(install=phase(more="commands:"), build=phase("echo hi")), ("hi",)),
    Case("only finally", phases(post_build=phase(closing=("echo done",))), ("done",)),
    Case("finally after success", phases(build=phase("echo a", closing=("echo b",))), ("a", "b")),
    Case(
        "the first failure skips the rest, finally runs",
        phases(build=phase("echo a", "false", "echo never", closing=("echo b",))),
        ("a", "b"),
        1,
        failed=("build",),
    ),
    Case(
        "a failing finally fails the phase",
        phases(build=phase("echo a", closing=("false", "echo never"))),
        ("a",),
        1,
        failed=("build",),
    ),
    Case(
        "INSTALL failed: nothing else runs",
        phases(install=phase("false"), build=phase("echo never"), post_build=phase("echo never")),
        (),
        1,
        failed=("install",),
        not_run=("pre_build", "build", "post_build", "upload_artifacts"),
    ),
    Case(
        "PRE_BUILD failed: nothing else runs",
        phases(pre_build=phase("false"), build=phase("echo never"), post_build=phase("echo never")),
        (),
        1,
        failed=("pre_build",),
        not_run=("build", "post_build", "upload_artifacts"),
    ),
    Case(
        "BUILD failed: POST_BUILD runs",
        phases(build=phase("false"), post_build=phase("echo $CODEBUILD_BUILD_SUCCEEDING")),
        ("0",),
        1,
        failed=("build",),
    ),
    Case(
        "BUILD failed: artifacts are attempted",
        phases(build=phase("echo x > x", "false")) + "artifacts: {files: [x], name: a}\n",
        (),
        1,
        archives={"a.zip": ["x"]},
        failed=("build",),
    ),
    Case(
        "POST_BUILD failed: artifacts are attempted",
        phases(post_build=phase("echo x > x", "false")) + "artifacts: {files: [x], name: a}\n",
        (),
        1,
        archives={"a.zip": ["x"]},
        failed=("post_build",),
    ),
    Case(
        "BUILD succeeded: POST_BUILD sees it",
        phases(build=phase("true"), post_build=phase("echo $CODEBUILD_BUILD_SUCCEEDING")),
        ("1",),
    ),
    Case(
        "on-failure ABORT: no POST_BUILD",
        phases(build=phase("false", more="on-failure: ABORT"), post_build=phase("echo never")),
        (),
        1,
        failed=("build",),
        not_run=("post_build", "upload_artifacts"),
    ),
    Case(
        "on-failure CONTINUE: on it goes",
        phases(install=phase("false", more="on-failure: CONTINUE"), build=phase("echo on")),
        ("on",),
        1,
        failed=("install",),
    ),
    Case(
        "on-failure RETRY: three more tries",
        phases(build=phase("echo try", "false", more="on-failure: RETRY")),
        ("try",) * 4,
        1,
        failed=("build",),
    ),
    Case(
        "on-failure RETRY-1",
        phases(build=phase("echo try", "false", more="on-failure: RETRY-1")),
        ("try",) * 2,
        1,
        failed=("build",),
    ),
    Case(
        "on-failure RETRY-0",
        phases(build=phase("echo try", "false", more="on-failure: RETRY-0")),
        ("try",),
        1,
        failed=("build",),
    ),
    Case(
        "a retry that succeeds",
        phases(build=phase("echo try", "test -e seen || { touch seen; exit 1; }", more="on-failure: RETRY-2")),
        ("try", "try"),
    ),
    Case(
        "on-failure RETRY-regex that matches",
        phases(build=phase("echo timed out; false", more="on-failure: RETRY-timed.out")),
        ("timed out",) * 4,
        1,
        failed=("build",),
    ),
    Case(
        "on-failure RETRY-regex that does not",
        phases(build=phase("echo other; false", more="on-failure: RETRY-timed.out")),
        ("other",),
        1,
        failed=("build",),
    ),
    Case(
        "on-failure RETRY-n-regex",
        phases(build=phase("echo x-7; false", more="on-failure: RETRY-1-x-\\d")),
        ("x-7",) * 2,
        1,
        failed=("build",),
    ),
    Case(
        "a retry begins as the phase began",
        phases(build=phase('echo "[$A]"', "export A=1; false", more="on-failure: RETRY-1")),
        ("[]", "[]"),
        1,
        failed=("build",),
    ),
    # -- the shell
    Case("the folder lasts", build("mkdir -p a/b; cd a/b", "basename $PWD"), ("b",)),
    Case(
        "the folder lasts into the next phase",
        phases(install=phase("mkdir a; cd a"), build=phase("basename $PWD")),
        ("a",),
    ),
    Case("a bare assignment lasts", build("A=1", "echo $A"), ("1",)),
    Case("a function lasts", build('"f() { echo from f; }"', "f"), ("from f",)),
    Case(
        "what is exported goes to the next phase",
        phases(install=phase("export A=1; B=2"), build=phase('echo "$A[$B]"')),
        ("1[]",),
    ),
    Case(
        "what is unset stays unset",
        phases(install=phase("unset V"), build=phase('echo "[${V-gone}]"')).replace(
            "phases:", "env: {variables: {V: x}}\nphases:", 1
        ),
        ("[gone]",),
    ),
    Case(
        "0.1: a shell for each command",
        build("A=1; export B=2; cd /", 'echo "[$A$B]"; basename $PWD', head="version: 0.1"),
        ("[]", "src"),
    ),
    Case("env.shell bash", build('"[[ ab == a* ]] && echo bash"', more="env: {shell: bash}\n"), ("bash",)),
    Case("env.shell /bin/sh", build("echo ${BASH_VERSION:-posix}", more="env: {shell: /bin/sh}\n"), ("posix",)),
    Case("exit 0 ends the command only", build("echo a; exit 0; echo never", "echo b"), ("a", "b")),
    Case("exit keeps what was exported", build("export A=1; cd /tmp; exit 0", "echo $A $PWD"), ("1 /tmp",)),
    Case(
        "exit 7 fails",
        build("exit 7", "echo never"),
        (),
        1,
        failed=("build",),
        told=("Command did not exit successfully exit 7 exit status 7",),
    ),
    Case("set -e lasts and fails", build("set -e", "false; echo never", "echo never"), (), 1, failed=("build",)),
    Case("set -u lasts", build("set -u", "exec 2> err; echo $NOPE; true", "echo never"), (), 1, failed=("build",)),
    Case(
        "a syntax error fails its command",
        phases(build=phase("exec 2> err", '"if true; do"', closing=("echo b",))),
        ("b",),
        1,
        failed=("build",),
    ),
    Case("a literal block", build("|\n        for i in 1 2; do\n          echo $i\n        done"), ("1", "2")),
    Case("a folded block", build(">\n        echo one\n        two"), ("one two",)),
    Case("a here-document", build("|\n        cat <<EOF\n        x $((1 + 1))\n        EOF"), ("x 2",)),
    Case("backticks", build("echo `echo inner`"), ("inner",)),
    Case("a command that reads finds nothing", build('read line || echo "no input"'), ("no input",)),
    Case("both streams in their order", build("echo a; echo b >&2; echo c"), ("a", "b", "c")),
    Case("binary output", build(r"printf 'a\377\000b\n'; echo c"), ("a\ufffd\0b", "c")),
    Case("no newline at the end", build("printf a", "echo b"), ("a", "b")),
    Case("commands that are numbers and booleans", build("true", "echo $?"), ("0",)),
    Case(
        "one command without its dash",
        "version: 0.2\nphases:\n  build:\n    commands: echo hi\n",
        ("hi",),
        warns="dash",
    ),
    Case(
        "an empty dash",
        "version: 0.2\nphases:\n  build:\n    commands:\n      -\n      - echo hi\n",
        ("hi",),
        warns="without a command",
    ),
    Case("the last exit code is told", build("sh -c 'exit 0'", "echo $CODEBUILD_LAST_EXIT"), ("0",)),
    Case("a job in the background", build("nohup sleep 60 > /dev/null 2>&1 &", "echo on"), ("on",)),
    # -- variables
    Case("variables", build("echo $A-$B", more="env: {variables: {A: x y, B: 2}}\n"), ("x y-2",)),
    Case("variables are literal", build('echo "$A"', more="env: {variables: {A: $HOME/x}}\n"), ("$HOME/x",)),
    Case("3.10 stays 3.10", build("echo $A $B", more="env: {variables: {A: 3.10, B: yes}}\n"), ("3.10 yes",)),
    Case("a variable without a value", build('echo "[$A]"', more="env: {variables: {A: }}\n"), ("[]",)),
    Case(
        "CODEBUILD_ is reserved",
        build("echo $CODEBUILD_CI", more="env: {variables: {CODEBUILD_CI: no}}\n"),
        ("true",),
        warns="reserved",
    ),
    Case(
        "0.1: environment_variables",
        build("echo $A", head="version: 0.1\nenvironment_variables: {plaintext: {A: 1}}"),
        ("1",),
    ),
    Case("git-credential-helper is read", build("echo hi", more="env: {git-credential-helper: yes}\n"), ("hi",)),
    Case("a home of its own", build('test "$HOME" != "$CODEBUILD_SRC_DIR" && ls -A $HOME | wc -l'), ("0",)),
    Case(
        "HOME lies outside of the sources",
        build('"case $HOME in $CODEBUILD_SRC_DIR*) echo in;; *) echo out;; esac"'),
        ("out",),
    ),
    Case(
        "what CodeBuild sets",
        build(f"for n in {' '.join(SET)}; do eval 'test -n \"$'$n'\"' || echo $n; done"),
        (),
    ),
    Case("the build is numbered", build("echo $CODEBUILD_BUILD_NUMBER"), ("1",)),
    # -- artifacts
    Case(
        "one file",
        build("true") + "artifacts: {files: [a.txt], name: x}\n",
        files={"a.txt": "a"},
        archives={"x.zip": ["a.txt"]},
    ),
    Case(
        "all files",
        build("true") + "artifacts: {files: ['**/*'], name: x}\n",
        files={"a": "a", "b/.c": "c"},
        archives={"x.zip": ["a", "b/.c", "buildspec.yml"]},
    ),
    Case(
        "one level",
        build("true") + "artifacts: {files: ['b/*'], name: x}\n",
        files={"b/a": "a", "b/c/d": "d"},
        archives={"x.zip": ["b/a"]},
    ),
    Case(
        "all levels below",
        build("true") + "artifacts: {files: ['b/**/*'], name: x}\n",
        files={"b/a": "a", "b/c/d": "d"},
        archives={"x.zip": ["b/a", "b/c/d"]},
    ),
    Case(
        "base-directory",
        build("true") + "artifacts: {files: ['**/*'], base-directory: out, name: x}\n",
        files={"out/a/b": "", "c": ""},
        archives={"x.zip": ["a/b"]},
    ),
    Case(
        "base-directory as a pattern",
        build("true") + "artifacts: {files: ['*'], base-directory: 'out*', name: x}\n",
        files={"out1/a": "", "c": ""},
        archives={"x.zip": ["a"]},
    ),
    Case(
        "base-directory that a command makes",
        build("mkdir out; echo > out/z") + "artifacts: {files: ['*'], base-directory: out, name: x}\n",
        archives={"x.zip": ["z"]},
    ),
    Case(
        "no base-directory",
        build("true") + "artifacts: {files: ['*'], base-directory: nope, name: x}\n",
        (),
        1,
        failed=("upload_artifacts",),
    ),
    Case(
        "discard-paths",
        build("true") + "artifacts: {files: ['b/**/*'], discard-paths: yes, name: x}\n",
        files={"b/a": "", "b/c/d": ""},
        archives={"x.zip": ["a", "d"]},
    ),
    Case(
        "discard-paths and two of one name",
        build("true") + "artifacts: {files: ['b/**/*'], discard-paths: yes, name: x}\n",
        files={"b/a": "", "b/c/a": ""},
        archives={"x.zip": ["a"]},
        warns="another a",
    ),
    Case(
        "exclude-paths",
        build("true") + "artifacts: {files: ['b/**/*'], exclude-paths: ['**/*.log'], name: x}\n",
        files={"b/a": "", "b/c.log": ""},
        archives={"x.zip": ["b/a"]},
    ),
    Case(
        "the name is evaluated",
        build("export V=7") + "artifacts: {files: [buildspec.yml], name: x-$V-$(echo y)}\n",
        archives={"x-7-y.zip": ["buildspec.yml"]},
    ),
    Case(
        "a name with its own .zip",
        build("true") + "artifacts: {files: [buildspec.yml], name: x.zip}\n",
        archives={"x.zip": ["buildspec.yml"]},
    ),
    Case(
        "a name in a folder",
        build("true") + "artifacts: {files: [buildspec.yml], name: a/x}\n",
        archives={"a/x.zip": ["buildspec.yml"]},
    ),
    Case(
        "no name: that of the project",
        build("true") + "artifacts: {files: [buildspec.yml]}\n",
        archives={"sources.zip": ["buildspec.yml"]},
    ),
    Case(
        "a name that leads out",
        build("true") + "artifacts: {files: [buildspec.yml], name: ../x}\n",
        (),
        1,
        archives={},
        failed=("upload_artifacts",),
    ),
    Case(
        "patterns that match nothing",
        build("true") + "artifacts: {files: [nope, no/*], name: x}\n",
        (),
        1,
        archives={},
        failed=("upload_artifacts",),
        told=("Skipping invalid file path nope",),
    ),
    Case(
        "one of two matches nothing",
        build("true") + "artifacts: {files: [nope, buildspec.yml], name: x}\n",
        archives={"x.zip": ["buildspec.yml"]},
        warns="no file matches nope",
    ),
    Case(
        "a pattern that leads out",
        build("true") + "artifacts: {files: ['../**/*'], name: x}\n",
        (),
        1,
        archives={},
        failed=("upload_artifacts",),
    ),
    Case(
        "an absolute pattern",
        build("true") + "artifacts: {files: [/etc/hosts], name: x}\n",
        (),
        1,
        archives={},
        failed=("upload_artifacts",),
    ),
    Case(
        "a loop of links",
        build("ln -s . loop; ln -s self self") + "artifacts: {files: ['**/*'], name: x}\n",
        archives={"x.zip": ["buildspec.yml"]},
        warns="is a link",
    ),
    Case(
        "a link within",
        build("ln -s buildspec.yml l") + "artifacts: {files: [l], name: x}\n",
        archives={"x.zip": ["l"]},
    ),
    Case(
        "a link that leads out",
        build("ln -s /etc/hosts l") + "artifacts: {files: [l, buildspec.yml], name: x}\n",
        archives={"x.zip": ["buildspec.yml"]},
        warns="outside",
    ),
    Case(
        "enable-symlinks",
        build("ln -s nowhere l") + "artifacts: {files: [l], enable-symlinks: yes, name: x}\n",
        archives={"x.zip": ["l"]},
    ),
    Case(
        "secondary artifacts",
        build("true")
        + "artifacts:\n  files: [a]\n  name: x\n"
        + "  secondary-artifacts:\n    one: {files: [b]}\n    two: {files: [a, b], name: t}\n",
        files={"a": "", "b": ""},
        archives={"x.zip": ["a"], "one.zip": ["b"], "t.zip": ["a", "b"]},
    ),
    Case(
        "0.1: artifacts.type is dropped",
        build("true", head="version: 0.1") + "artifacts: {type: zip, files: [buildspec.yml], name: x}\n",
        archives={"x.zip": ["buildspec.yml"]},
    ),
    Case(
        "s3-prefix without a bucket",
        build("true") + "artifacts: {files: [buildspec.yml], s3-prefix: p, name: x}\n",
        archives={"x.zip": ["buildspec.yml"]},
    ),
    Case(
        "artifacts are relative to the sources, not to the shell",
        build("mkdir d; cd d; echo > inner") + "artifacts: {files: ['d/*'], name: x}\n",
        archives={"x.zip": ["d/inner"]},
    ),
    # -- reports
    Case(
        "a JUnit report",
        build("true") + "reports: {unit: {files: ['*.xml'], file-format: JunitXml}}\n",
        files={"t.xml": "<testsuite><testcase name='a'/><testcase name='b'><failure/></testcase></testsuite>"},
        told=("Report unit: 1 failed, 1 passed",),
    ),
    Case(
        "a report of another kind",
        build("true") + "reports: {cov: {files: ['*.json'], file-format: SIMPLECOV}}\n",
        files={"t.json": "{}"},
        told=("Report cov: 1 file",),
    ),
    Case(
        "a report that is not there",
        build("true") + "reports: {unit: {files: ['no*.xml']}}\n",
        warns="report unit: no matching",
    ),
    Case(
        "six reports",
        build("true")
        + "reports:\n"
        + "".join(f"  r{n}: {{files: [buildspec.yml], file-format: SIMPLECOV}}\n" for n in range(6)),
        warns="at most 5",
    ),
    Case(
        "reports of a failed build",
        phases(build=phase("echo '<testsuite/>' > t.xml", "false")) + "reports: {unit: {files: [t.xml]}}\n",
        (),
        1,
        failed=("build",),
        told=("Report unit: no tests",),
    ),
    # -- exported variables
    Case(
        "exported variables",
        build("export A=1", more="env: {exported-variables: [A]}\n"),
        told=("Exported variable A=1",),
    ),
    Case(
        "an exported variable that nobody exports",
        build("A=1", more="env: {exported-variables: [A]}\n"),
        warns="no phase exported A",
    ),
    # -- runtimes
    Case(
        "runtime-versions latest",
        phases(install=phase("python -c 'print(1)'", more="runtime-versions: {python: latest}")),
        ("1",),
    ),
    Case(
        "a runtime that is not here",
        phases(install=phase("echo never", more="runtime-versions: {python: 2.1}")),
        (),
        2,
        failed=("download_source",),
    ),
    Case(
        "a runtime that nobody knows",
        phases(install=phase("echo never", more="runtime-versions: {cobol: 1}")),
        (),
        2,
        failed=("download_source",),
    ),
    Case(
        "runtime-versions elsewhere",
        phases(build=phase("echo hi", more="runtime-versions: {python: 2.1}")),
        ("hi",),
        warns="install only",
    ),
    # -- cache keys
    Case("codebuild-hash-files", build("codebuild-hash-files buildspec.yml | wc -c"), ("65",)),
    Case("a cache of the machine's own", build("true") + "cache: {paths: [/usr/lib/x/**/*]}\n", warns="is not kept"),
    Case(
        "too many fallback keys",
        build("true") + "cache: {key: k, fallback-keys: [a, b, c, d, e, f], paths: [x]}\n",
        warns="first 5",
    ),
    # -- batch
    Case(
        "a batch beside phases",
        build("echo hi") + "batch: {build-list: [{identifier: a}]}\n",
        ("hi",),
        warns="entries are a",
    ),
)


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_conformance(case: Case, ground: Ground) -> None:
    ran = ground.run(case.text, case.files)
    assert tuple(ran.said) == case.said, ran.log
    assert ran.code == case.code, ran.errors
    assert tuple(name for name, state in ran.states.items() if state == "failed") == case.failed
    assert {name: ran.states[name] for name in case.not_run} == dict.fromkeys(case.not_run, "not run")
    if case.archives is not None:
        assert ran.archives == case.archives
    assert any(case.warns in warning for warning in ran.warnings) if case.warns else not ran.warnings
    assert set(case.told) <= set(ran.told)


REFUSED = {
    "no version": ("phases: {build: {commands: [echo]}}\n", "needs a version", ":1"),
    "another version": ("version: 0.3\nphases: {build: {commands: [echo]}}\n", "'0.3'", ":1"),
    "a version with a comma": ("version: 0,2\nphases: {build: {commands: [echo]}}\n", "'0,2'", ":1"),
    "nothing": ("", "it is empty", ""),
    "a list": ("- version\n", "must begin with keys", ""),
    "no phases": ("version: 0.2\n", "nothing is run", ""),
    "empty phases": ("version: 0.2\nphases:\n  build:\n    commands: []\n", "nothing is run", ""),
    "only a batch": ("version: 0.2\nbatch: {build-list: [{identifier: one}, {identifier: two}]}\n", "one, two", ""),
    "broken YAML": ("version: 0.2\nphases:\n  build: [\n", "not YAML", ":4"),
    "tabs": ("version: 0.2\nphases:\n\tbuild:\n", "not YAML", ":3"),
    "two documents": ("version: 0.2\n---\nversion: 0.2\n", "not YAML", ":2"),
    "a colon in a command": ("version: 0.2\nphases:\n  build:\n    commands:\n      - echo a: b\n", "colon", ":5"),
    "phases as a list": ("version: 0.2\nphases: [build]\n", "phases must be a table", ":2"),
    "commands as a table": ("version: 0.2\nphases:\n  build:\n    commands: {a: b}\n", "list of commands", ":4"),
    "on-failure": ("version: 0.2\nphases:\n  build:\n    on-failure: STOP\n    commands: [a]\n", "'STOP'", ":4"),
    "too many retries": (
        "version: 0.2\nphases:\n  build:\n    on-failure: RETRY-101\n    commands: [a]\n",
        "101",
        ":4",
    ),
    "no regex": ("version: 0.2\nphases:\n  build:\n    on-failure: 'RETRY-('\n    commands: [a]\n", "RETRY-(", ":4"),
    "a name of a variable": (
        "version: 0.2\nenv:\n  variables: {a-b: 1}\nphases: {build: {commands: [a]}}\n",
        "a-b",
        ":3",
    ),
    "artifacts without files": (
        "version: 0.2\nphases: {build: {commands: [a]}}\nartifacts:\n  secondary-artifacts: {x: {files: [a]}}\n",
        "artifacts needs files",
        ":4",
    ),
    "a flag": (
        "version: 0.2\nphases: {build: {commands: [a]}}\nartifacts:\n  files: [a]\n  discard-paths: perhaps\n",
        "perhaps",
        ":5",
    ),
    "a format": (
        "version: 0.2\nphases: {build: {commands: [a]}}\nreports: {x: {files: [a], file-format: PDF}}\n",
        "PDF",
        ":3",
    ),
    "a cache action": (
        "version: 0.2\nphases: {build: {commands: [a]}}\ncache: {paths: [a], action: forget}\n",
        "forget",
        ":3",
    ),
    "a fanout": (
        "version: 0.2\nbatch: {build-fanout: {parallelism: 0}}\nphases: {build: {commands: [a]}}\n",
        "parallelism",
        ":2",
    ),
    "an anchor in itself": ("version: 0.2\nphases: &a\n  build: *a\n", "contains itself", ":"),
    "a key that is a list": ("version: 0.2\n? [a]\n: b\n", "key must be a text", ":2"),
    "a secret from nowhere": (
        "version: 0.2\nenv: {secrets-manager: {A: }}\nphases: {build: {commands: [a]}}\n",
        "where A comes from",
        ":2",
    ),
}


@pytest.mark.parametrize("name", REFUSED)
def test_it_is_refused_before_anything_runs(name: str, ground: Ground) -> None:
    text, message, place = REFUSED[name]
    with pytest.raises(BigflowError) as refused:
        ground.run(text)
    assert refused.value.exit_code == 2
    found = [one for one in refused.value.findings if message in one.message]
    assert found, [one.message for one in refused.value.findings]
    assert found[0].where.startswith("buildspec.yml") and place in found[0].where
    assert not (ground.root / "build").exists()
    assert not (ground.root / ".bigflow" / "builds").exists()
