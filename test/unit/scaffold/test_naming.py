"""Names of new projects: everything that has to bear one can."""

import keyword
import re

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from bigflow.errors import UsageError
from bigflow.scaffold.naming import checked


@pytest.mark.parametrize("name", ["shop", "my-shop", "my_shop", "Shop2", "s", " shop ", "a-b_c-1", "json", "x" * 50])
def test_good_names(name: str) -> None:
    assert checked(name) == name.strip()


@pytest.mark.parametrize(
    "name",
    [
        "", " ", "\t\n", ".", "..", "/", "a/b", "../shop", "/tmp/shop", "shop/", "~", "~/shop", "C:\\shop",
        "-shop", "--yes", "shop-", "_shop", "shop_", "a--b", "a.b", "1shop", "my shop", "shöp", "店", "a\0b", "a\nb",
        "class", "Class", "TRUE", "none", "bigflow", "BigFlow", "bigflow-framework", "test", "tests", "resources",
        "project-package", "project_package", "x" * 51, "$x",
    ],
)  # fmt: skip
def test_names_that_are_refused(name: str) -> None:
    with pytest.raises(UsageError, match="cannot be called") as refused:
        checked(name)
    assert "start-project shop" in refused.value.hint


@given(st.text(max_size=60) | st.from_regex(r"[A-Za-z][A-Za-z0-9_-]{0,20}", fullmatch=True))
@example("shop\n")
def test_what_is_accepted_fits_everywhere(said: str) -> None:
    try:
        name = checked(said)
    except UsageError:
        return
    assert re.fullmatch(r"[a-z0-9]+(?:[_-]+[a-z0-9]+)*", name.lower()), "a registry would refuse it"
    assert re.fullmatch(r"[A-Za-z0-9][A-Za-z0-9._-]*[A-Za-z0-9]|[A-Za-z0-9]", name), "a wheel could not be called so"
    package = name.replace("-", "_")
    assert package.isidentifier()
    assert not keyword.iskeyword(package)
