"""Amazon's registry: its API gives the password, through Amazon's own chain, and a new one when that has ended."""

import json
from base64 import b64decode, b64encode
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from support.built import Build, build
from support.flawed_registry import Conversation, FlawedRegistry, flawed_registry
from support.google_storage import served
from support.object_store import moto

from bigflow.containers.auth import Login
from bigflow.containers.registry import Registries
from bigflow.deployer.images import plan_image, push_image
from bigflow.deployer.logins import of_amazon
from bigflow.deployer.targets.registry import RegistryPlace
from bigflow.deployer.wanted import Built, find_image
from bigflow.errors import BigflowError, OutsideError
from bigflow.storage import Amazon, Patience

ECR = "123456789012.dkr.ecr.eu-west-1.amazonaws.com"
PASSWORD_OF_MOTO = "123456789012-auth-token"


@pytest.fixture(autouse=True)
def chain(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> pytest.MonkeyPatch:
    """What Amazon's chain finds here: keys in variables, and no machine of Amazon's."""
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "AKIAEXAMPLE")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "a-planted-secret")
    monkeypatch.setenv("AWS_EC2_METADATA_DISABLED", "true")
    monkeypatch.setenv("AWS_CONFIG_FILE", str(tmp_path / "none"))
    monkeypatch.setenv("AWS_SHARED_CREDENTIALS_FILE", str(tmp_path / "none"))
    return monkeypatch


@dataclass
class Api:
    """ECR's API, which gives another password each time; or a refusal."""

    refuses: str = ""
    given: list[str] = field(default_factory=list)
    asked: list[str] = field(default_factory=list)

    def answer(self, method: str, path: str, headers: dict[str, str], body: bytes) -> tuple[int, dict[str, str], bytes]:
        assert headers["X-Amz-Target"].endswith(".GetAuthorizationToken")
        self.asked.append(headers["Authorization"].partition("Credential=")[2].partition(",")[0])
        if self.refuses:
            return 400, {}, json.dumps({"__type": self.refuses, "message": "not allowed to do this"}).encode()
        self.given.append(f"password-{len(self.given)}")
        token = b64encode(f"AWS:{self.given[-1]}".encode()).decode()
        return 200, {}, json.dumps({"authorizationData": [{"authorizationToken": token}]}).encode()


@pytest.fixture
def api(chain: pytest.MonkeyPatch) -> Iterator[Api]:
    there = Api()
    with served(there.answer) as endpoint:  # type: ignore[arg-type]
        chain.setenv("AWS_ENDPOINT_URL_ECR", endpoint)
        yield there


@pytest.fixture
def registry() -> Iterator[FlawedRegistry]:
    with flawed_registry() as there:
        yield there


def place(there: FlawedRegistry) -> RegistryPlace:
    """That registry, for which we are who we are for Amazon's: only its name is another one."""
    amazon = of_amazon(Amazon())

    def login(_registry: str, refused: Login | None = None, /) -> Login | None:
        return amazon(ECR, refused)

    quick = Patience(tries=3, pause=0.01, longest_pause=0.05)
    return RegistryPlace(f"{there.host}/shop", Registries(keychain=login, patience=quick))


def pushed(root: Path, there: RegistryPlace, size: int = 0) -> str:
    manifest = build(root, Build(size=size))
    built = Built(manifest, (), find_image(str(root), manifest))
    planned = plan_image(built, there)
    push_image(built, planned, there)
    return planned.image.blob.digest


def shown(there: FlawedRegistry) -> list[str]:
    """The passwords that the registry was shown, each once, in order."""
    seen = (one.headers.get("Authorization", "").removeprefix("Basic ") for one in there.seen)
    return list(dict.fromkeys(b64decode(one).decode() for one in seen if one))


def test_the_password_of_the_api_is_what_the_registry_is_shown(
    registry: FlawedRegistry, chain: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    with moto() as endpoint:
        chain.setenv("AWS_ENDPOINT_URL_ECR", endpoint)
        registry.login = ("AWS", PASSWORD_OF_MOTO)
        digest = pushed(tmp_path, place(registry))
    assert digest in registry.manifests
    assert shown(registry) == [f"AWS:{PASSWORD_OF_MOTO}"]


def test_the_api_is_asked_once_in_the_region_of_the_registry(
    registry: FlawedRegistry, api: Api, tmp_path: Path
) -> None:
    registry.login = ("AWS", "password-0")
    pushed(tmp_path, place(registry))
    (credential,) = api.asked
    assert credential.startswith("AKIAEXAMPLE/")
    assert "/eu-west-1/ecr/" in credential


@pytest.mark.parametrize("method", ["POST", "PATCH", "PUT"])
def test_a_password_that_ends_while_pushing_is_renewed(
    registry: FlawedRegistry, api: Api, method: str, tmp_path: Path
) -> None:
    """Twelve hours are over in the middle of an upload: at its beginning, within a layer, at its end."""
    registry.login = ("AWS", "password-0")

    def ends(conversation: Conversation) -> None:
        registry.login = ("AWS", "password-1")
        conversation.usual()

    registry.fails(method, "/blobs/uploads/", ends)
    digest = pushed(tmp_path, place(registry), size=3_000_000)
    assert digest in registry.manifests
    assert shown(registry) == ["AWS:password-0", "AWS:password-1"]
    assert len(api.given) == 2


def test_a_password_that_is_never_taken_ends(registry: FlawedRegistry, api: Api, tmp_path: Path) -> None:
    registry.login = ("AWS", "another one")
    with pytest.raises(OutsideError, match="does not know us") as error:
        pushed(tmp_path, place(registry))
    assert not any(password in str(error.value) for password in api.given)
    assert len(api.given) <= 3


@pytest.mark.parametrize("refuses", ["AccessDeniedException", "ExpiredTokenException", "UnrecognizedClientException"])
def test_who_may_not_ask_for_a_password_is_told_so(
    registry: FlawedRegistry, api: Api, refuses: str, tmp_path: Path
) -> None:
    registry.login = ("AWS", "x")
    api.refuses = refuses
    with pytest.raises(BigflowError, match="ECR gives no password for eu-west-1") as error:
        pushed(tmp_path, place(registry))
    assert refuses in error.value.message
    assert "ecr:GetAuthorizationToken" in error.value.hint
    assert "a-planted-secret" not in str(error.value)


def test_without_credentials(registry: FlawedRegistry, chain: pytest.MonkeyPatch, tmp_path: Path) -> None:
    chain.delenv("AWS_ACCESS_KEY_ID")
    chain.delenv("AWS_SECRET_ACCESS_KEY")
    registry.login = ("AWS", "x")
    with pytest.raises(BigflowError, match="ECR gives no password") as error:
        pushed(tmp_path, place(registry))
    assert "aws sso login" in error.value.hint
