"""Which engine is used and with which words, against programs that write what engines of several versions wrote."""

import json
from pathlib import Path

import pytest
from support.told_engine import INFO, docker_that_answers, told_engine

from bigflow._process import run
from bigflow.containers.descriptor import LINUX_AMD64, Platform
from bigflow.containers.engine import Building, Container, Ended, Engine, Mount, NoEngine, Tool, find
from bigflow.errors import BigflowError, ExitCode, OutsideError, UsageError

ARM = Platform("linux", "arm64")
NOT_RUNNING = "Cannot connect to the Docker daemon at unix:///var/run/docker.sock. Is the docker daemon running?"
NOT_ALLOWED = (
    "Got permission denied while trying to connect to the Docker daemon socket at unix:///var/run/docker.sock: "
    'Get "http://%2Fvar%2Frun%2Fdocker.sock/v1.24/version": dial unix /var/run/docker.sock: connect: permission denied'
)


def tool(args: tuple[str, ...], *, cwd: str | None = None, env_add: object = None) -> object:
    return run(args, cwd=cwd)


@pytest.mark.parametrize(
    ("client", "buildx", "expected"),
    [("28.2.2", False, "classic"), ("20.10.24+dfsg1", False, "buildkit"), ("28.2.2", True, "buildx")],
)
def test_docker_builds_as_well_as_it_can(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, client: str, buildx: bool, expected: str
) -> None:
    told = docker_that_answers(tmp_path, monkeypatch, client=client)
    told.says("buildx version", code=0 if buildx else 1)
    engine = find()
    assert (engine.kind, engine.builder, engine.platform) == ("docker", expected, LINUX_AMD64)
    assert str(engine) == "docker 20.10.24+dfsg1"


def test_podman_where_docker_does_not_answer(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    told_engine("docker", tmp_path, monkeypatch).says("version*", '{"Client":{},"Server":null}', NOT_RUNNING, 1)
    told_engine("podman", tmp_path, monkeypatch).says("info*", json.dumps(INFO))
    engine = find()
    assert (engine.kind, engine.platform, engine.takes_secrets) == ("podman", ARM, True)
    with pytest.raises(NoEngine, match="docker does not answer"):
        find("docker")


@pytest.mark.parametrize(
    ("said", "message", "hint"),
    [
        (NOT_RUNNING, "does not answer: Cannot connect", "systemctl start docker"),
        (NOT_ALLOWED, "this user may not speak to it", "usermod"),
        ("", "docker does not answer", "systemctl start docker"),
    ],
)
def test_docker_that_cannot_be_used(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, said: str, message: str, hint: str
) -> None:
    told_engine("docker", tmp_path, monkeypatch).says("version*", "null", said, 1)
    with pytest.raises(NoEngine, match=message) as caught:
        find()
    assert "podman is not installed" in caught.value.message
    assert hint in caught.value.hint
    assert caught.value.exit_code == ExitCode.OUTSIDE


def test_no_engine_at_all(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(NoEngine, match="docker is not installed; podman is not installed") as caught:
        find()
    assert "install" in caught.value.hint


@pytest.mark.parametrize("said", ["", "null", "[]", "{}", '{"Client": {"Version": 1}, "Server": {"Version": "1"}}'])
def test_an_answer_that_is_none(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, said: str) -> None:
    told_engine("docker", tmp_path, monkeypatch).says("version*", said)
    with pytest.raises(NoEngine):
        find("docker")


def engine_that_builds(kind: str = "docker", builder: str = "buildkit") -> Engine:
    return Engine(kind, kind, "1", LINUX_AMD64, builder)  # type: ignore[arg-type]


class Heard:
    """A tool that notes what it is to run."""

    def __init__(self) -> None:
        self.words: tuple[str, ...] = ()
        self.variables: dict[str, str | None] = {}

    def __call__(self, args: tuple[str, ...], *, cwd: str | None = None, env_add: object = None) -> object:
        self.words, self.variables = args, dict(env_add or {})  # type: ignore[call-overload]
        return run(("true",))

    @property
    def tool(self) -> Tool:
        return self  # type: ignore[return-value]


WISH = Building(
    "shop:1",
    "/context",
    "/Dockerfile",
    ARM,
    arguments=(("WHO", "a b"),),
    secrets=(("token", "/secret"),),
    cache_from=("repo/shop:0", "repo/shop:1"),
    fresh=True,
)


def test_the_words_of_a_build() -> None:
    heard = Heard()
    engine_that_builds().build(WISH, heard.tool)
    assert heard.words[:2] == ("docker", "build")
    assert heard.words[-1] == "/context"
    text = " ".join(heard.words)
    for part in ("--platform linux/arm64", "--build-arg WHO=a b", "--secret id=token,src=/secret", "--no-cache"):
        assert part in text
    assert "--cache-from repo/shop:0 --cache-from repo/shop:1 --build-arg BUILDKIT_INLINE_CACHE=1" in text
    assert heard.variables["DOCKER_BUILDKIT"] == "1"


def test_the_words_of_a_build_by_podman() -> None:
    heard = Heard()
    engine_that_builds("podman", "podman").build(WISH, heard.tool)
    text = " ".join(heard.words)
    assert "--format docker" in text  # SHELL and HEALTHCHECK count
    assert text.count("--cache-from docker.io/repo/shop ") == 1
    assert "BUILDKIT" not in text


def test_buildx_puts_its_image_where_it_can_be_found() -> None:
    heard = Heard()
    engine_that_builds(builder="buildx").build(WISH, heard.tool)
    assert heard.words[:4] == ("docker", "buildx", "build", "--load")


def test_a_secret_is_refused_where_it_would_stay_in_a_layer() -> None:
    heard = Heard()
    with pytest.raises(UsageError, match="would leave the secret 'token' in a layer") as caught:
        engine_that_builds(builder="classic").build(WISH, heard.tool)
    assert "buildx" in caught.value.hint
    assert heard.words == ()


def test_the_words_of_a_container() -> None:
    container = Container(
        "name",
        "image",
        ("python", "-m", "bigflow"),
        variables=(("A", "x y"),),
        secrets=("BF_TOKEN",),
        mounts=(Mount("/a,b", "/c"), Mount("/d", "/e", read_only=True)),
        memory=1 << 20,
        cpus=0.5,
    )
    words = engine_that_builds().run_words(container)
    text = " ".join(words)
    assert words[-5:] == ("--entrypoint", "python", "image", "-m", "bigflow")  # as a pod's command does
    assert "--env A=x y --env BF_TOKEN --mount" in text
    assert '--mount type=bind,"source=/a,b",target=/c --mount type=bind,source=/d,target=/e,readonly' in text
    assert "--memory 1048576 --memory-swap 1048576 --cpus 0.5" in text


def test_how_a_container_ended(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    told = docker_that_answers(tmp_path, monkeypatch)
    engine = find()
    assert engine.ended("gone") is None
    told.says("container inspect*killed", '{"ExitCode":137,"OOMKilled":true,"Error":""}')
    assert engine.ended("killed") == Ended(137, True, "")


def test_a_call_that_has_to_succeed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    told = docker_that_answers(tmp_path, monkeypatch)
    told.says("load*", err="Error processing tar file: write /x: no space left on device", code=1)
    with pytest.raises(OutsideError, match="docker load failed: the disk of docker"):
        find().load("/image.tar")


@pytest.mark.parametrize(
    ("output", "kind", "where", "message"),
    [
        (
            "Error response from daemon: dockerfile parse error line 2: unknown instruction: RUNN",
            BigflowError,
            "Dockerfile:2",
            "unknown instruction: RUNN",
        ),
        (
            "#2 DONE\nfailed to solve with frontend dockerfile.v0: failed to create LLB definition: "
            "dockerfile parse error line 12: unknown instruction: RUNN",
            BigflowError,
            "Dockerfile:12",
            "unknown instruction: RUNN",
        ),
        (
            "Sending build context\nThe command '/bin/sh -c pip install x' returned a non-zero code: 7",
            BigflowError,
            "Dockerfile",
            "RUN pip install x ended with exit code 7",
        ),
        (
            '#9 ERROR: process "/bin/sh -c make all" did not complete successfully: exit code: 2',
            BigflowError,
            "Dockerfile",
            "RUN make all ended with exit code 2",
        ),
        (
            "executor failed running [/bin/sh -c exit 9]: exit code: 9",
            BigflowError,
            "Dockerfile",
            "RUN exit 9 ended with exit code 9",
        ),
        (
            'Error: building at STEP "RUN exit 3": while running runtime: exit status 3',
            BigflowError,
            "Dockerfile",
            "RUN exit 3 ended with exit code 3",
        ),
        (
            "read: connection reset by peer\nThe command '/bin/sh -c pip install x' returned a non-zero code: 1",
            BigflowError,
            "Dockerfile",
            "RUN pip install x ended",
        ),
        (
            'Step 1/2 : FROM nowhere.invalid/x:1\nGet "https://nowhere.invalid/v2/": dial tcp: lookup: no such host\n'
            "DEPRECATED: The legacy builder is deprecated\n            https://docs.docker.com/go/buildx/\n",
            OutsideError,
            "Dockerfile",
            "the image nowhere.invalid/x:1 cannot be had: Get",
        ),
        (
            "#3 [internal] load metadata for nowhere.invalid/x:1\nfailed to solve: failed to do request: Head",
            OutsideError,
            "Dockerfile",
            "the image nowhere.invalid/x:1 cannot be had",
        ),
        (
            "STEP 1/2: FROM nowhere.invalid/x:1\nError: creating build container: initializing source docker://x",
            OutsideError,
            "Dockerfile",
            "the image nowhere.invalid/x:1 cannot be had",
        ),
        ("write /var/lib/docker/x: no space left on device", OutsideError, "", "the disk of docker 1 is full"),
        ("error during connect: Post http://x: EOF", OutsideError, "", "docker has gone away: error during connect"),
        (
            "rpc error: code = Unavailable desc = error reading from server: EOF",
            OutsideError,
            "",
            "docker has gone away",
        ),
        ("exec /bin/sh: exec format error\nexit code: 1", OutsideError, "", "cannot run programs of that platform"),
        ("COPY failed: file not found: stat nothing", BigflowError, "Dockerfile", "COPY failed: file not found"),
        ("", BigflowError, "Dockerfile", "cannot be built"),
    ],
)
def test_why_a_build_failed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, output: str, kind: type[BigflowError], where: str, message: str
) -> None:
    told = told_engine("docker", tmp_path, monkeypatch)
    told.says("build*", output, code=1)
    with pytest.raises(BigflowError) as caught:
        engine_that_builds().build(Building("x:1", ".", "Dockerfile", LINUX_AMD64), tool)  # type: ignore[arg-type]
    assert type(caught.value) is kind
    assert message in caught.value.message
    assert caught.value.where == where
    assert caught.value.hint
