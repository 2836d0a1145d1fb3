import pytest

from project_package.signature import is_genuine, sign

PAGE = "<html>1,500.00 €</html>\n"


def test_a_signed_page_is_genuine_for_who_has_the_token() -> None:
    signed = sign(PAGE, "token")
    assert signed.startswith(PAGE)
    assert is_genuine(signed, "token")
    assert not is_genuine(signed, "another token")


@pytest.mark.parametrize(
    "tampered",
    [
        sign(PAGE, "token").replace("1,500", "9,500"),
        sign(PAGE, "token") + "<p>more</p>",
        sign(sign(PAGE, "token"), "another token"),
        PAGE,
        "",
    ],
)
def test_a_page_that_somebody_changed_is_not(tampered: str) -> None:
    assert not is_genuine(tampered, "token")


def test_the_token_is_not_in_the_page() -> None:
    assert "hunter2" not in sign(PAGE, "hunter2")
