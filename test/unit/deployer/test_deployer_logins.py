"""Who we are for a registry: docker's logins first, then those of the cloud whose registry it is."""

from base64 import b64encode

from bigflow.containers.auth import Login
from bigflow.deployer.logins import first_of, of_amazon, of_google
from bigflow.storage import Access, Amazon, Google

ECR = "123456789012.dkr.ecr.eu-west-1.amazonaws.com"


def docker(registry: str, refused: Login | None = None, /) -> Login | None:
    return Login("anna", "from docker") if registry == "known" else None


def cloud(registry: str, refused: Login | None = None, /) -> Login | None:
    return Login("oauth2accesstoken", "token")


def test_the_first_that_has_one_is_taken_and_the_next_when_it_is_refused() -> None:
    keychain = first_of(docker, cloud)
    assert keychain("known") == Login("anna", "from docker")
    assert keychain("known", Login("anna", "from docker")) == Login("oauth2accesstoken", "token")
    assert keychain("other") == Login("oauth2accesstoken", "token")
    assert first_of(docker)("other") is None


def test_ecr_is_asked_once_and_again_when_its_password_has_ended() -> None:
    asked = []

    def ask(who: Amazon, region: str) -> str:
        asked.append((who.profile, region))
        return b64encode(f"AWS:password{len(asked)}".encode()).decode()

    keychain = of_amazon(Amazon("team"), ask)
    first = keychain(ECR)
    assert keychain(ECR) == first == Login("AWS", "password1")
    assert keychain(ECR, first) == Login("AWS", "password2")
    assert asked == [("team", "eu-west-1")] * 2
    assert keychain("europe-docker.pkg.dev") is None
    assert keychain(f"{ECR}.evil.example") is None


def test_google_credentials_are_shown_to_google_only() -> None:
    """No key file is there: asking for it would fail."""
    keychain = of_google(Access(Google(key_file="/nonexistent")))
    for registry in ("ghcr.io", ECR, "pkg.dev.example.com", "evilgcr.io"):
        assert keychain(registry) is None
