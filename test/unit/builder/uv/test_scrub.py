import pytest
from hypothesis import given
from hypothesis import strategies as st

from bigflow.builder.uv.scrub import scrubbed

SECRETS = st.text("abcdefXYZ0123456789%:.~!$&*+,;=-_@", min_size=8, max_size=20).map(lambda text: f"S{text}T")


@given(SECRETS, st.sampled_from(["{}@", "user:{}@", "{}:@"]), st.sampled_from(["", " failed", "`", "\n", ")"]))
def test_no_credentials_stay(secret: str, form: str, after: str) -> None:
    told = scrubbed(f"cannot fetch https://{form.format(secret)}example.org/simple/a{after}")
    assert secret not in told
    assert told.endswith(f"example.org/simple/a{after}")


@given(SECRETS.filter(lambda text: "#" not in text))
def test_no_query_stays(secret: str) -> None:
    told = scrubbed(f"see http://example.org/simple?token={secret}&b=1#sha256=aa, please")
    assert secret not in told
    assert "http://example.org/simple?***#sha256=aa" in told


@pytest.mark.parametrize(
    "text",
    [
        "nothing",
        "is it up? yes",
        "mail me@example.org",
        "https://example.org/a@b",
        "git+https://example.org/a.git@v1",
        "a @ file:///srv/x",
    ],
)
def test_the_rest_is_left_alone(text: str) -> None:
    assert scrubbed(text) == text
