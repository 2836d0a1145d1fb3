import copy
import gc
import os
import pickle
import subprocess
import sys
import weakref
from collections.abc import Mapping
from functools import cached_property
from pathlib import Path
from types import new_class

import pytest
from hypothesis import given
from hypothesis import strategies as st

import bigflow
from bigflow.configuration import ConfigurationError, FrozenKonfig, UnknownProperty
from bigflow.konfig import Konfig, dynamic, dynamic_super, expand, fromenv, merge, secretstr


class Machines(Konfig):
    cores = 4
    count = 10
    kind: str = expand("n2-standard-{cores}")
    total: int = dynamic(lambda self: self.cores * self.count)

    def doubled(self) -> int:
        return self.count * 2


class Many(Machines):
    count = 100


def made(on: type[Konfig] = Konfig, /, **attributes: object) -> type[Konfig]:
    """`class Made(on): ...` with these attributes."""
    return new_class("Made", (on,), {}, lambda namespace: namespace.update(attributes))


# Properties


def test_attributes_of_the_class_are_properties_in_the_order_of_definition() -> None:
    machines = Machines()
    assert list(machines.items()) == [("cores", 4), ("count", 10), ("kind", "n2-standard-4"), ("total", 40)]
    assert machines.total == machines["total"] == machines.get("total") == 40
    assert "total" in machines
    assert len(machines) == 4
    assert {**machines} == dict(machines)
    assert isinstance(machines, Mapping)


def test_order_does_not_depend_on_who_is_computed_first() -> None:
    cls = made(a=expand("{b}"), b=expand("{c}"), c=1)
    assert list(cls()) == list(cls(c=2, b="x")) == ["a", "b", "c"]


def test_classes_inherit_as_classes_do() -> None:
    assert (Many().count, Many().total, Machines().total) == (100, 400, 40)

    class A(Konfig):
        x = y = z = "A"

    class B(A):
        x = "B"
        z = "?"

    class C(A):
        y = "C"

    class D(C, B):
        z = "D"

    assert dict(D()) == {"x": "B", "y": "C", "z": "D"}


def test_methods_private_names_and_declarations_are_no_properties() -> None:
    class K(Konfig):
        declared: str
        _private = 1
        a = 2

        @property
        def computed(self) -> int:
            return 3

        @cached_property
        def once(self) -> int:
            return self.a * 2

        @classmethod
        def made(cls) -> "K":
            return cls()

    konfig = K.made()
    assert dict(konfig) == {"a": 2, "once": 4}
    assert (konfig.computed, konfig._private, Many().doubled()) == (3, 1, 200)


def test_a_property_can_become_a_method_and_back() -> None:
    class Method(Machines):
        def count(self) -> int:  # type: ignore[override]
            return 1

        total = 0

    class Back(Method):
        count = 5  # type: ignore[assignment]

    assert "count" not in Method()
    assert Method().count() == 1
    assert Back()["count"] == 5


def test_overrides_are_seen_by_what_is_computed() -> None:
    assert dict(Machines(cores=8, new=1)) == {"cores": 8, "count": 10, "kind": "n2-standard-8", "total": 80, "new": 1}
    assert Machines(total=0).total == 0
    assert dict(Konfig(a=1, self="s")) == {"a": 1, "self": "s"}


def test_replace_computes_anew_and_leaves_the_old_alone() -> None:
    machines = Machines(cores=8)
    other = machines.replace(count=1)
    assert (machines.total, other.total, type(other)) == (80, 8, Machines)


def test_a_property_is_computed_once() -> None:
    calls: list[int] = []
    cls = made(a=dynamic(lambda self: calls.append(1)), b=dynamic(lambda self: self.a), c=dynamic(lambda self: self.a))
    konfig = cls()
    assert konfig["a"] is konfig["b"] is konfig["c"] is None
    assert calls == [1]


def test_dynamic_is_a_decorator_too() -> None:
    class K(Konfig):
        a = 1

        @dynamic
        def b(self) -> int:
            return self.a + 1

    assert dict(K(a=5)) == {"a": 5, "b": 6}


def test_one_rule_can_make_two_properties() -> None:
    rule: list[int] = dynamic(lambda self: [])
    konfig = made(a=rule, b=rule)()
    assert (konfig["a"], konfig["b"]) == ([], [])
    assert konfig["a"] is not konfig["b"]


def test_a_class_tells_what_it_has() -> None:
    assert Many.count == 100
    assert hasattr(Machines, "total")
    assert not hasattr(Machines, "nope")


# Frozen


@pytest.mark.parametrize("name", ["cores", "new", "_private"])
def test_nothing_can_be_set_or_removed(name: str) -> None:
    machines = Machines()
    with pytest.raises(FrozenKonfig, match=f"Machines.{name}") as raised:
        setattr(machines, name, 1)
    assert f"replace({name}=" in raised.value.hint
    with pytest.raises(RuntimeError, match=f"Machines.{name}"):
        delattr(machines, name)
    assert machines == Machines()


def test_an_item_cannot_be_set() -> None:
    with pytest.raises(TypeError):
        Machines()["cores"] = 1  # type: ignore[index]


def test_init_is_refused_when_the_class_is_defined() -> None:
    with pytest.raises(ConfigurationError, match="Custom defines __init__"):

        class Custom(Konfig):
            def __init__(self) -> None: ...


@pytest.mark.parametrize("name", ["keys", "items", "values", "get", "replace"])
def test_the_names_of_a_mapping_cannot_be_properties(name: str) -> None:
    with pytest.raises(ConfigurationError, match=rf"Made\.{name} would hide"):
        made(**{name: 1})
    with pytest.raises(ConfigurationError, match=rf"Made\.{name} would hide"):
        made(**{name: expand("x")})
    with pytest.raises(ConfigurationError, match=rf"Konfig\.{name} would hide"):
        Konfig(**{name: 1})


@pytest.mark.parametrize("overrides", [{"_a": 1}, {"__dict__": {}}, {"a": expand("x")}, {"a": dynamic(lambda self: 1)}])
def test_overrides_are_public_names_with_plain_values(overrides: dict[str, object]) -> None:
    name = next(iter(overrides))
    for make in (Machines, Machines().replace):
        with pytest.raises(ConfigurationError, match=rf"Machines\({name}=") as raised:
            make(**overrides)
        assert "subclass of Machines" in raised.value.hint


# What is not there


def test_an_unknown_property_names_the_class_and_the_nearest() -> None:
    for ask in (lambda: Machines().coers, lambda: Machines()["coers"]):  # type: ignore[attr-defined]
        with pytest.raises(UnknownProperty, match=r"(?m)^Machines has no property 'coers'$") as raised:
            ask()
        assert "'cores'" in raised.value.hint
    with pytest.raises(UnknownProperty) as other:
        Konfig(extra=1).extar  # type: ignore[attr-defined] # noqa: B018
    assert "'extra'" in other.value.hint


def test_the_built_in_ways_to_ask_work() -> None:
    machines = Machines()
    assert not hasattr(machines, "nope")
    assert machines.get("nope", 7) == 7
    assert "nope" not in machines
    assert 3 not in machines  # type: ignore[comparison-overlap]
    assert not hasattr(machines, "__wrapped__")


def test_a_name_that_is_only_a_method_is_no_item() -> None:
    with pytest.raises(KeyError):
        Machines()["doubled"]


def test_an_attribute_error_inside_names_what_is_missing_inside() -> None:
    cls = made(a=dynamic(lambda self: self.inner), inside=1)
    with pytest.raises(UnknownProperty, match="'inner'"):
        cls()

    class K(Konfig):
        @property
        def broken(self) -> object:
            return None.nothing  # type: ignore[attr-defined]

    with pytest.raises(AttributeError, match="'NoneType' object has no attribute 'nothing'"):
        K().broken  # noqa: B018


def test_an_error_of_a_rule_is_passed_on_and_leaves_no_trace() -> None:
    attempts: list[int] = []

    def rule(self: Konfig) -> int:
        attempts.append(1)
        if len(attempts) == 1:
            raise ZeroDivisionError
        return 5

    cls = made(a=dynamic(rule), b=expand("{a}"))
    with pytest.raises(ZeroDivisionError):
        cls()
    assert cls()["b"] == "5"


def test_a_property_that_failed_can_be_asked_for_again() -> None:
    attempts: list[int] = []

    def fail(self: Konfig) -> int:
        attempts.append(1)
        raise ZeroDivisionError

    def insist(self: Konfig) -> str:
        for _ in range(2):
            with pytest.raises(ZeroDivisionError):
                self.a  # type: ignore[attr-defined] # noqa: B018
        return "done"

    with pytest.raises(ZeroDivisionError):
        made(b=dynamic(insist), a=dynamic(fail))()
    assert len(attempts) == 3


# expand


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("{a}-{b}", "1-2"),
        ("{{a}}", "{a}"),
        ("{{{a}}}", "{1}"),
        ('{{"a": {{"b": {a}}}}}', '{"a": {"b": 1}}'),
        ("{", "{"),
        ("{ a }", "{ a }"),
        ("", ""),
        ("\\1", "\\1"),
    ],
)
def test_expand(text: str, expected: str) -> None:
    assert made(a=1, b="2", text=expand(text))()["text"] == expected


def test_plain_text_is_not_expanded() -> None:
    assert made(a=1, b="{a}{{a}}")()["b"] == "{a}{{a}}"


def test_expand_of_an_unknown_name() -> None:
    with pytest.raises(UnknownProperty, match="no property 'bucket_nam'") as raised:
        made(bucket_name="b", url=expand("gs://{bucket_nam}"))()
    assert "'bucket_name'" in raised.value.hint


@given(st.text("ab{}", max_size=12))
def test_escaped_text_comes_back(text: str) -> None:
    escaped = text.replace("{", "{{").replace("}", "}}")
    assert made(text=expand(escaped))()["text"] == text


@given(st.integers(2, 30), st.randoms(use_true_random=False))
def test_chains_in_any_order_of_definition(length: int, random: object) -> None:
    attributes = {f"p{n}": expand(f"<{{p{n + 1}}}>") for n in range(length)} | {f"p{length}": "x"}
    names = list(attributes)
    random.shuffle(names)  # type: ignore[attr-defined]
    assert made(**{name: attributes[name] for name in names})()["p0"] == "<" * length + "x" + ">" * length


def test_a_circle_is_printed() -> None:
    cls = made(start=expand("{a}"), a=expand("{b}"), b=dynamic(lambda self: self.c), c=expand("{a}"))
    with pytest.raises(ConfigurationError, match=r"(?m)^Made: .*circle: a -> b -> c -> a$"):
        cls()
    assert cls(c="x")["start"] == "x"


def test_a_property_cannot_ask_for_itself() -> None:
    with pytest.raises(ConfigurationError, match=r"(?m)circle: a -> a$"):
        made(a=expand("{a}"))()


def test_a_rule_that_makes_its_own_class_is_an_error_and_no_overflow() -> None:
    class K(Konfig):
        a = dynamic(lambda self: K())

    with pytest.raises(ConfigurationError, match="K: its properties refer to each other too deeply"):
        K()


# fromenv


def test_fromenv_takes_the_full_name_in_either_spelling(monkeypatch: pytest.MonkeyPatch) -> None:
    cls = made(a=fromenv("bf_a"), plain=fromenv("name", type=str))
    monkeypatch.setenv("BF_A", "x")
    monkeypatch.setenv("name", "y")
    konfig = cls()
    assert dict(konfig) == {"a": "x", "plain": "y"}
    assert (type(konfig["a"]), type(konfig["plain"])) == (secretstr, str)


def test_fromenv_passes_through_the_type(monkeypatch: pytest.MonkeyPatch) -> None:
    cls = made(n=fromenv("n", type=int), d=fromenv("d", "7", int), e=fromenv("e", ""))
    monkeypatch.setenv("n", "5")
    assert dict(cls()) == {"n": 5, "d": 7, "e": ""}


def test_fromenv_without_a_value(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("bf_env", "dev")
    with pytest.raises(ValueError, match="'bf_password' is not set") as raised:
        made(p=fromenv("bf_password"))()
    assert ".env.dev" in raised.value.hint  # type: ignore[attr-defined]


def test_fromenv_does_not_show_a_value_that_does_not_fit(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("n", "s3cr3t")
    with pytest.raises(ConfigurationError, match="'n' does not hold a valid int") as raised:
        made(n=fromenv("n", type=int))()
    assert "s3cr3t" not in f"{raised.value!r} {raised.value.hint} {raised.value.__context__ and ''}"
    assert raised.value.__suppress_context__


def test_fromenv_reads_the_local_file_of_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    Path(".env.dev").write_text("bf_p=local\n")
    monkeypatch.setenv("bf_env", "dev")
    assert made(p=fromenv("bf_p"))()["p"] == "local"


def test_secrets_hide_in_repr(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("bf_p", "s3cr3t")
    konfig = made(p=fromenv("bf_p"), url=expand("x:{p}"), twice=expand("{url}"), api_key="s3cr3t", n=1)()
    assert konfig["twice"] == "x:s3cr3t"
    assert "s3cr3t" not in repr(konfig)
    assert "s3cr3t" not in str(konfig)
    assert repr(konfig).endswith("Made(p='***', url='***', twice='***', api_key='***', n=1)")


# dynamic_super, merge


def test_dynamic_super_goes_from_class_to_class() -> None:
    class A(Konfig):
        x: int = 1
        y = 1

    class B(A):
        x: int = dynamic_super(lambda self, parent: parent + self.y)
        y = 2

    class C(A):
        y = 3

    class D(C, B):
        x: int = dynamic_super(lambda self, parent: parent * self.y)

    assert (dict(B()), dict(D())) == ({"x": 3, "y": 2}, {"x": 12, "y": 3})
    assert made(x=dynamic_super(lambda self, parent: parent))()["x"] is None


def test_dynamic_super_knows_rules_and_cached_properties_of_its_parent() -> None:
    class A(Konfig):
        n = 1
        text: str = expand("<{n}>")

        @cached_property
        def once(self) -> int:
            return 10

    class B(A):
        text: str = dynamic_super(lambda self, parent: parent * 2)
        once = dynamic_super(lambda self, parent: parent + 1)

    assert dict(B(n=5)) == {"n": 5, "text": "<5><5>", "once": 11}


def test_the_same_rule_at_two_levels_is_no_circle() -> None:
    twice = dynamic_super(lambda self, parent: parent * 2)
    low = made(made(x=1), x=twice)
    high = made(low, x=twice)
    assert high()["x"] == 4


def test_merge_lays_dicts_on_one_another() -> None:
    low = made(d={"a": 1, "deep": {"x": 1, "y": [1]}, "gone": 0})
    high = made(low, d=merge({"b": 2, "deep": {"x": 10, "y": [0].__add__, "z": {"new": 1}}, "gone": None}))
    before = copy.deepcopy(low()["d"])
    merged = high()["d"]
    assert merged == {"a": 1, "b": 2, "deep": {"x": 10, "y": [0, 1], "z": {"new": 1}}, "gone": 0}
    assert list(merged) == ["a", "deep", "gone", "b"]
    assert low()["d"] == before


@pytest.mark.parametrize(
    ("below", "above", "expected"),
    [
        ({"a": 1}, 5, 5),
        (5, {"a": 1}, {"a": 1}),
        (None, {"a": 1}, {"a": 1}),
        ({"a": 1}, {}, {"a": 1}),
        (1, (2).__add__, 3),
    ],
)
def test_merge_of_what_is_no_dict(below: object, above: object, expected: object) -> None:
    assert made(made(d=below), d=merge(above))()["d"] == expected
    assert made(d=merge({"a": 1}))()["d"] == {"a": 1}


# A @ B


def test_the_left_side_is_laid_on_the_right() -> None:
    top, low = made(a="top", b=expand("{c}!")), made(a="low", c="low", d=merge({"x": 1}))
    mixed = top @ low
    assert dict(mixed()) == {"a": "top", "c": "low", "d": {"x": 1}, "b": "low!"}
    assert issubclass(mixed, top)
    assert issubclass(mixed, low)
    assert mixed.__name__ == "Made@Made"


def test_a_dict_fills_what_a_class_leaves_open() -> None:
    assert dict((made(a=1, b=expand("{c}")) @ {"a": 9, "c": 2})()) == {"a": 1, "c": 2, "b": "2"}


def test_siblings_share_their_base_last() -> None:
    class Base(Konfig):
        x = y = "base"

    class A(Base):
        x = "A"

    class B(Base):
        x = y = "B"

    assert dict((A @ B)()) == {"x": "A", "y": "B"}
    assert dict((B @ A @ {"z": 1})()) == {"x": "B", "y": "B", "z": 1}


def test_what_cannot_be_mixed() -> None:
    with pytest.raises(ConfigurationError, match="Machines@Many: Many already builds on Machines") as raised:
        Machines @ Many
    assert "Many @ Machines" in raised.value.hint
    assert dict((Many @ Machines)()) == dict(Many())
    for other in (5, "a", object):
        with pytest.raises(TypeError):
            Machines @ other  # type: ignore[operator]
    with pytest.raises(ConfigurationError, match="keys would hide"):
        Machines @ {"keys": 1}


# Copies


@pytest.mark.parametrize("again", [lambda k: pickle.loads(pickle.dumps(k)), copy.copy, copy.deepcopy])
def test_copies_are_equal_and_of_the_same_class(again: object) -> None:
    konfig = Many(cores=2)
    other = again(konfig)  # type: ignore[operator]
    assert other == konfig
    assert type(other) is Many
    assert list(other) == list(konfig)


def test_a_mixed_konfig_is_pickled_by_its_parts() -> None:
    konfig = (Many @ {"zone": dynamic(lambda self: f"z{self.cores}")} @ Fixed)()
    other = pickle.loads(pickle.dumps(konfig))
    assert (
        other == konfig == {"cores": 4, "count": 100, "kind": "n2-standard-4", "total": 400, "zone": "z4", "fixed": 1}
    )
    assert isinstance(other, Many)
    assert isinstance(other, Fixed)
    assert type(pickle.loads(pickle.dumps(other))).__name__ == "Many@Fixed"


class Fixed(Konfig):
    fixed = 1


def test_another_process_gets_plain_values(tmp_path: Path) -> None:
    (tmp_path / "their_konfig.py").write_text(
        "from bigflow.konfig import Konfig, expand, fromenv\n"
        "class Theirs(Konfig):\n    a = 1\n    b = expand('{a}-{p}')\n    p = fromenv('bf_p')\n"
    )
    root = Path(bigflow.__path__[0]).parent
    variables = {**os.environ, "PYTHONPATH": f"{root}{os.pathsep}{tmp_path}"}

    def run(script: str, **more: str) -> str:
        command = [sys.executable, "-c", f"import pickle, sys\n{script}"]
        done = subprocess.run(
            command, cwd=tmp_path, env={**variables, **more}, capture_output=True, text=True, check=True
        )
        return done.stdout.strip()

    run("from their_konfig import Theirs; pickle.dump(Theirs(a=5), open('k', 'wb'))", bf_p="here")
    shown = run("k = pickle.load(open('k', 'rb')); print(dict(k), type(k).__name__, k.replace(a=6).b)")
    assert shown == "{'a': 5, 'b': <secret ***>, 'p': <secret ***>} Theirs 5-here"


def test_konfigs_are_equal_to_dicts_and_weakly_referable() -> None:
    assert Machines() == dict(Machines())
    assert Machines() != Many()
    konfig = Konfig(a=1)
    reference = weakref.ref(konfig)
    del konfig
    gc.collect()
    assert reference() is None
