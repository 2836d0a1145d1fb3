import pickle
import threading
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from types import new_class

import pytest

from bigflow.configuration import ConfigurationError
from bigflow.konfig import Konfig, dynamic, expand, fromenv, resolve_konfig


class Common(Konfig):
    region = "europe"
    dataset: str = expand("{region}-{name}")
    name: str


class Dev(Common):
    name = "dev"


class Prod(Common):
    name = "prod"


def made(name: str, attributes: dict[str, object]) -> type[Konfig]:
    return new_class(name, (Konfig,), {}, lambda namespace: namespace.update(attributes))


KONFIGS: dict[str, type[Common]] = {"dev": Dev, "prod": Prod}


@pytest.mark.parametrize("lazy", [True, False])
def test_name_then_variable_then_default(lazy: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    assert resolve_konfig(KONFIGS, default="dev", lazy=lazy).name == "dev"
    monkeypatch.setenv("bf_env", "prod")
    assert resolve_konfig(KONFIGS, default="dev", lazy=lazy).name == "prod"
    assert resolve_konfig(KONFIGS, "dev", lazy=lazy).name == "dev"


@pytest.mark.parametrize("lazy", [True, False])
def test_extra_is_laid_on_top(lazy: bool) -> None:
    konfig = resolve_konfig(KONFIGS, "dev", extra={"region": "us", "more": 1}, lazy=lazy)
    assert dict(konfig) == {"region": "us", "dataset": "us-dev", "name": "dev", "more": 1}


def test_classes_alone_go_by_their_own_names() -> None:
    assert resolve_konfig([Dev, Prod], "Prod").name == "prod"
    assert resolve_konfig((cls for cls in (Dev, Prod)), "Dev").name == "dev"


@pytest.mark.parametrize("lazy", [True, False])
def test_an_unknown_name(lazy: bool) -> None:
    with pytest.raises(ValueError, match=r"environment 'prd'; known: 'dev', 'prod'") as raised:
        len(resolve_konfig(KONFIGS, "prd", lazy=lazy))
    assert "'prod'" in raised.value.hint  # type: ignore[attr-defined]


@pytest.mark.parametrize("lazy", [True, False])
def test_no_name(lazy: bool) -> None:
    with pytest.raises(ConfigurationError, match="no environment is named; known: 'dev', 'prod'"):
        len(resolve_konfig(KONFIGS, lazy=lazy))


@pytest.mark.parametrize(
    "konfigs", [{"dev": Dev()}, {"dev": dict}, {"dev": None}, [Dev()], [1], [Dev, type("Dev", (Dev,), {})]]
)
def test_what_is_no_konfig_class_is_refused_at_once(konfigs: object) -> None:
    with pytest.raises(ConfigurationError, match="must name one Konfig class"):
        resolve_konfig(konfigs, "dev")  # type: ignore[arg-type]


def test_the_file_of_the_chosen_environment_is_read() -> None:
    Path(".env.dev").write_text("bf_p=local\n")
    secret = made("Secret", {"p": fromenv("bf_p"), "n": 1})
    konfig = resolve_konfig({"dev": secret}, default="dev")
    assert konfig["p"] == "local"
    assert konfig.replace(n=2) == {"p": "local", "n": 2}


# Lazy


def counting() -> tuple[type[Konfig], list[int]]:
    calls: list[int] = []

    def count(konfig: Konfig) -> int:
        calls.append(1)
        return len(calls)

    return made("Counting", {"x": dynamic(count)}), calls


def test_a_lazy_one_is_made_once_and_at_its_first_use(monkeypatch: pytest.MonkeyPatch) -> None:
    cls, calls = counting()
    konfig = resolve_konfig({"late": cls})
    monkeypatch.setenv("bf_env", "late")
    assert calls == []
    assert konfig["x"] == konfig.x == 1  # type: ignore[attr-defined]
    monkeypatch.setenv("bf_env", "gone")
    assert dict(konfig) == {"x": 1}


def test_whoever_searches_a_module_does_not_use_it() -> None:
    konfig = resolve_konfig({"dev": Dev}, "nowhere")
    assert isinstance(konfig, Konfig)
    assert not isinstance(konfig, threading.Thread)
    assert not hasattr(konfig, "__wrapped__")
    assert callable(type(konfig))
    with pytest.raises(TypeError):
        hash(konfig)


@pytest.mark.parametrize(
    "use",
    [
        lambda k: k.name,
        lambda k: k["name"],
        list,
        len,
        repr,
        str,
        dict,
        lambda k: {**k},
        lambda k: "name" in k,
        lambda k: k.get("name"),
        lambda k: k == {},
        lambda k: k.replace(region="x"),
        lambda k: pickle.loads(pickle.dumps(k)),
        vars,
        lambda k: k.shout(),
    ],
)
def test_any_use_of_the_content_makes_it_the_chosen_one(use: object) -> None:
    class Loud(Dev):
        def shout(self) -> str:
            return self.name.upper()

    Loud.__qualname__ = "Loud"
    globals()["Loud"] = Loud
    konfig = resolve_konfig({"dev": Loud}, "dev")
    assert type(konfig) is not Loud
    expected = use(Loud())  # type: ignore[operator]
    assert use(konfig) == expected  # type: ignore[operator]
    assert type(konfig) is Loud


def test_a_lazy_one_is_frozen_too() -> None:
    konfig = resolve_konfig(KONFIGS, "dev")
    with pytest.raises(RuntimeError):
        konfig.name = "x"
    assert konfig.name == "dev"


def test_a_lazy_one_is_equal_and_pickled_as_the_real_one() -> None:
    assert resolve_konfig(KONFIGS, "dev") == Dev()
    assert Dev() == resolve_konfig(KONFIGS, "dev")
    again = pickle.loads(pickle.dumps(resolve_konfig(KONFIGS, "prod")))
    assert (type(again), again) == (Prod, Prod())


def test_after_a_failure_it_can_be_tried_again(monkeypatch: pytest.MonkeyPatch) -> None:
    konfig = resolve_konfig(KONFIGS)
    for _ in range(2):
        with pytest.raises(ConfigurationError):
            len(konfig)
    monkeypatch.setenv("bf_env", "dev")
    assert konfig.name == "dev"


def test_a_plain_konfig_can_be_chosen() -> None:
    assert dict(resolve_konfig({"dev": Konfig}, "dev", extra={"a": 1})) == {"a": 1}
    assert resolve_konfig({"dev": Dev @ {"z": 1}}, "dev")["z"] == 1


def test_one_that_uses_itself_while_it_is_made_is_an_error() -> None:
    cls = made("Selfish", {"x": dynamic(lambda self: len(konfig))})
    konfig = resolve_konfig({"dev": cls}, "dev")
    with pytest.raises(ConfigurationError, match="without end"):
        len(konfig)


def test_threads_that_meet_at_the_first_use_see_a_complete_one() -> None:
    attributes: dict[str, object] = {f"p{n}": expand(f"{{p{n + 1}}}.") for n in range(40)}
    cls = made("Chain", {**attributes, "p40": "x"})
    for _ in range(20):
        konfig = resolve_konfig({"dev": cls}, "dev")
        start = threading.Barrier(8)

        def use(konfig: Konfig = konfig, start: threading.Barrier = start) -> tuple[object, int]:
            start.wait()
            return konfig["p0"], len(konfig)

        with ThreadPoolExecutor(8) as pool:
            seen = [future.result() for future in [pool.submit(use) for _ in range(8)]]
        assert set(seen) == {("x" + "." * 40, 41)}
