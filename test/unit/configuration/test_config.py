import copy
import os
import pickle
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from itertools import pairwise
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

import bigflow
from bigflow.configuration import Config, ConfigurationError, DeploymentConfig, UnknownProperty
from bigflow.errors import ExitCode, UsageError


def hint_of(raised: pytest.ExceptionInfo[ConfigurationError]) -> str:
    return raised.value.hint


# Environments


def test_the_first_environment_lends_its_properties_to_the_others() -> None:
    config = Config("dev", {"a": 1, "b": 2}).add_configuration("prod", {"b": 20, "c": 30})
    assert config.resolve("dev") == {"a": 1, "b": 2, "env": "dev"}
    assert config.resolve("prod") == {"a": 1, "b": 20, "c": 30, "env": "prod"}


def test_one_that_is_no_master_lends_nothing() -> None:
    config = Config("dev", {"a": 1}, is_master=False).add_configuration("prod", {})
    assert config.resolve("prod") == {"env": "prod"}


def test_only_the_first_is_the_master() -> None:
    config = Config("dev", {}).add_configuration("test", {"a": 1}).add_configuration("prod", {})
    assert config.resolve("prod") == {"env": "prod"}


def test_what_is_done_to_the_dicts_afterwards_changes_nothing() -> None:
    master, own = {"a": 1}, {"b": 2}
    config = Config("dev", master).add_configuration("prod", own)
    master["a"] = own["b"] = 99
    resolved = config.resolve("prod")
    resolved["a"] = 77
    assert config.resolve("prod") == {"a": 1, "b": 2, "env": "prod"}


def test_argument_then_variable_then_default(monkeypatch: pytest.MonkeyPatch) -> None:
    config = Config("dev", {}).add_configuration("test", {}).add_configuration("prod", {})
    assert config.resolve()["env"] == "dev"
    monkeypatch.setenv("bf_env", "test")
    assert config.resolve()["env"] == "test"
    assert config.resolve("prod")["env"] == "prod"
    monkeypatch.setenv("bf_env", "")
    assert config.resolve("")["env"] == "dev"


def test_the_default_can_be_another(monkeypatch: pytest.MonkeyPatch) -> None:
    config = Config("dev", {}, is_default=False).add_configuration("prod", {}, is_default=True)
    assert config.resolve()["env"] == "prod"
    assert (config.environments, config.default_environment) == (("dev", "prod"), "prod")


def test_no_default() -> None:
    config = Config("dev", {}, is_default=False)
    assert config.default_environment is None
    with pytest.raises(ConfigurationError, match="none is the default") as raised:
        config.resolve()
    assert "'dev'" in hint_of(raised)


def test_two_defaults_are_named() -> None:
    with pytest.raises(ValueError, match=r"'dev' and 'prod'"):
        Config("dev", {}).add_configuration("prod", {}, is_default=True)


def test_an_unknown_environment_names_the_known_and_the_nearest() -> None:
    config = Config("development", {}).add_configuration("production", {})
    with pytest.raises(ConfigurationError, match=r"no environment 'prodution'.*'development', 'production'") as raised:
        config.resolve("prodution")
    assert "'production'" in hint_of(raised)


def test_an_unknown_environment_of_the_variable_is_an_error_too(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("bf_env", "nowhere")
    with pytest.raises(ConfigurationError, match="'nowhere'"):
        Config("dev", {}).resolve()


@pytest.mark.parametrize("name", ["", None, 7])
def test_an_environment_has_a_name(name: object) -> None:
    with pytest.raises(ConfigurationError, match="no name of an environment"):
        Config(name, {})  # type: ignore[arg-type]


@pytest.mark.parametrize("properties", [None, ["a"], "a", {1: "a"}, {None: 1}])
def test_properties_are_a_dict_of_names(properties: object) -> None:
    with pytest.raises(ConfigurationError, match="properties of 'dev'"):
        Config("dev", properties)  # type: ignore[arg-type]


def test_one_environment_twice() -> None:
    with pytest.raises(ConfigurationError, match="'dev' is configured twice"):
        Config("dev", {}).add_configuration("dev", {})


def test_a_refused_environment_leaves_the_config_as_it_was() -> None:
    config = Config("dev", {})
    for name in ("dev", "prod"):
        with pytest.raises(ConfigurationError):
            config.add_configuration(name, {}, is_default=True)
    assert (config.environments, config.default_environment) == (("dev",), "dev")


def test_env_is_the_name_of_the_environment_and_nothing_else() -> None:
    assert Config("dev", {"env": "dev"}).resolve() == {"env": "dev"}
    with pytest.raises(ConfigurationError, match="'env'"):
        Config("dev", {"env": "prod"})


def test_an_error_says_where_the_config_was_made() -> None:
    line = sys._getframe().f_lineno + 1
    config = DeploymentConfig("dev", {"a": None})
    with pytest.raises(ConfigurationError) as raised:
        config.resolve()
    assert raised.value.where == f"{__file__}:{line}"


def test_an_error_is_one_of_usage_and_a_value_error() -> None:
    assert issubclass(ConfigurationError, UsageError)
    assert issubclass(ConfigurationError, ValueError)
    assert ConfigurationError.exit_code == ExitCode.USAGE


# Placeholders


def test_placeholders_are_filled_in_any_order_and_depth() -> None:
    config = Config("dev", {"a": "{b}/{c}", "b": "<{c}>", "c": "{env}!"}).add_configuration("prod", {"c": "p"})
    assert config.resolve("dev") == {"a": "<dev!>/dev!", "b": "<dev!>", "c": "dev!", "env": "dev"}
    assert config.resolve("prod") == {"a": "<p>/p", "b": "<p>", "c": "p", "env": "prod"}


def test_depth_has_no_limit() -> None:
    depth = 5_000
    properties: dict[str, object] = {f"p{n}": f"{{p{n + 1}}}" for n in range(depth)}
    assert Config("dev", {**properties, f"p{depth}": "end"}).resolve_property("p0") == "end"


def test_numbers_go_into_text_and_everything_but_text_is_untouched() -> None:
    nested = {"x": "{n}"}
    resolved = Config("dev", {"n": 3, "f": 1.5, "t": "{n}/{f}", "list": ["{n}"], "nested": nested}).resolve()
    assert resolved["t"] == "3/1.5"
    assert resolved["list"] == ["{n}"]
    assert resolved["nested"] is nested


@pytest.mark.parametrize("value", [["x"], {"x": 1}, ("x",), b"x", object()])
def test_other_values_in_text_are_an_error(value: object) -> None:
    with pytest.raises(ConfigurationError, match=rf"'t' puts {{v}} into its text, but 'v' is a {type(value).__name__}"):
        Config("dev", {"v": value, "t": "{v}"}).resolve()


def test_a_circle_is_printed() -> None:
    config = Config("dev", {"start": "{a}", "a": "{b}", "b": "{c}", "c": "{a}"})
    with pytest.raises(ConfigurationError, match="circle: ") as raised:
        config.resolve()
    circle = str(raised.value).rpartition(": ")[2].split(" -> ")
    assert circle[0] == circle[-1]
    assert set(pairwise(circle)) == {("a", "b"), ("b", "c"), ("c", "a")}


def test_a_property_cannot_ask_for_itself() -> None:
    with pytest.raises(ConfigurationError, match="circle: a -> a"):
        Config("dev", {"a": "x{a}"}).resolve()


def test_a_circle_does_not_stop_a_property_that_is_not_part_of_it() -> None:
    assert Config("dev", {"a": "{b}", "b": "{a}", "c": "{env}"}).resolve_property("c") == "dev"


def test_a_misspelt_placeholder_is_an_error_and_a_strange_one_is_text() -> None:
    with pytest.raises(ConfigurationError, match=r"'url' asks for {projct_id}") as raised:
        Config("dev", {"project_id": "p", "url": "x/{projct_id}"}).resolve()
    assert "{project_id}" in hint_of(raised)
    assert "{{projct_id}}" in hint_of(raised)
    query = 'select {date}, \'{"a": {"b": 1}}\' from {{project_id}}.{project_id}'
    resolved = Config("dev", {"project_id": "p", "query": query}).resolve()
    assert resolved["query"] == 'select {date}, \'{"a": {"b": 1}}\' from {project_id}.p'


Graph = dict[str, list[str]]  # a property's pieces: the name of another property, or text
LITERAL = {"{{p0}}": "{p0}", "{ p0 }": "{ p0 }", "{}": "{}", "text": "text", "{": "{", '{"p0": 1}': '{"p0": 1}'}


@st.composite
def graphs(draw: st.DrawFn) -> Graph:
    """Properties that refer to others, in a shuffled order, without circles."""
    names = draw(st.permutations([f"p{number}" for number in range(draw(st.integers(1, 8)))]))
    pieces = {}
    for index, name in enumerate(names):
        others = [*names[index + 1 :], "env", *LITERAL]
        pieces[name] = draw(st.lists(st.sampled_from(others), max_size=3))
    return dict(draw(st.permutations(list(pieces.items()))))


def written(graph: Graph) -> dict[str, str]:
    # A space keeps the braces of neighbours apart.
    return {name: " ".join(p if p in LITERAL else f"{{{p}}}" for p in pieces) for name, pieces in graph.items()}


def model(graph: Graph, name: str) -> str:
    """What a property is, by plain recursion."""
    if name == "env":
        return "dev"
    return " ".join(LITERAL[piece] if piece in LITERAL else model(graph, piece) for piece in graph[name])


@given(graphs())
def test_resolution_equals_a_simple_recursive_model(graph: Graph) -> None:
    resolved = Config("dev", written(graph)).resolve("dev")
    assert resolved == {name: model(graph, name) for name in (*graph, "env")}


@given(graphs())
def test_one_property_alone_is_what_it_is_among_all(graph: Graph) -> None:
    config = Config("dev", written(graph))
    assert {name: config.resolve_property(name) for name in (*graph, "env")} == config.resolve()


# Variables


def test_none_is_taken_from_a_variable_in_either_spelling(monkeypatch: pytest.MonkeyPatch) -> None:
    config = Config("dev", {"a": None, "camelCase": None})
    monkeypatch.setenv("bf_a", "1")
    monkeypatch.setenv("BF_CAMELCASE", "2")
    assert config.resolve() == {"a": "1", "camelCase": "2", "env": "dev"}


def test_an_empty_variable_is_a_value(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("bf_a", "")
    assert Config("dev", {"a": None}).resolve() == {"a": "", "env": "dev"}


def test_what_is_written_wins_over_a_variable(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("bf_a", "variable")
    assert Config("dev", {"a": "written"}).resolve()["a"] == "written"


def test_a_variable_that_nobody_wrote_down_is_a_property_of_every_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("bf_b", "1")
    monkeypatch.setenv("bf_env", "prod")
    config = Config("dev", {"a": "{b}"}).add_configuration("prod", {})
    assert config.resolve() == {"a": "1", "b": "1", "env": "prod"}
    assert config.resolve_property("b", "dev") == "1"


def test_a_local_file_gives_values_to_its_environment() -> None:
    Path(".env.dev").write_text("bf_a=1\nbf_extra=2\n")
    config = Config("dev", {"a": None}).add_configuration("prod", {})
    assert config.resolve() == {"a": "1", "extra": "2", "env": "dev"}
    assert config.missing("prod") == ("a",)


def test_a_value_of_a_variable_is_taken_to_the_letter(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("bf_password", "a{env}{{b}}{pasword}")
    config = Config("dev", {"password": None, "url": "x:{password}"})
    assert config.resolve() == {"password": "a{env}{{b}}{pasword}", "url": "x:a{env}{{b}}{pasword}", "env": "dev"}


def test_all_that_is_missing_is_named_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("bf_c", "here")
    config = Config("dev", {"b": None, "a": None, "c": None, "d": "{a}"})
    assert config.missing() == ("b", "a")
    with pytest.raises(ConfigurationError, match="environment 'dev': no value for a, b") as raised:
        config.resolve()
    for place in ("bf_a", "bf_b", ".env.dev", "Workflow(secrets="):
        assert place in hint_of(raised)


def test_missing_asks_for_one_environment_and_raises_nothing() -> None:
    config = Config("dev", {"a": 1, "b": "{nowhere}{b}"}).add_configuration("prod", {"a": None})
    assert (config.missing("dev"), config.missing("prod")) == ((), ("a",))


def test_one_property_does_not_need_the_others_to_have_values() -> None:
    config = Config("dev", {"secret": None, "url": "{secret}", "name": "n-{env}"})
    assert config.resolve_property("name") == "n-dev"
    with pytest.raises(ConfigurationError, match="no value for secret"):
        config.resolve_property("url")


def test_an_unknown_property_names_the_environment_and_the_nearest() -> None:
    config = Config("dev", {"dags_bucket": "b"})
    with pytest.raises(UnknownProperty, match=r"(?m)^environment 'dev' has no property 'dag_bucket'$") as raised:
        config.resolve_property("dag_bucket")
    assert "'dags_bucket'" in hint_of(raised)
    with pytest.raises(ValueError, match="'zzz'") as other:
        config.resolve_property("zzz", "dev")
    assert "bf_zzz" in other.value.hint  # type: ignore[attr-defined]


def test_a_deployment_config_may_have_a_prefix_of_its_own(monkeypatch: pytest.MonkeyPatch) -> None:
    config = DeploymentConfig("dev", {"a": None}, environment_variables_prefix="bamboo_bf_")
    config.add_configuration("prod", {}).add_configuration("test", {})
    monkeypatch.setenv("bf_a", "not this")
    assert config.missing() == ("a",)
    monkeypatch.setenv("bamboo_bf_a", "this")
    assert config.resolve() == {"a": "this", "env": "dev"}
    monkeypatch.setenv("bf_env", "test")
    assert config.resolve()["env"] == "test"
    monkeypatch.setenv("bamboo_bf_env", "prod")
    assert config.resolve()["env"] == "prod"
    with pytest.raises(ConfigurationError) as raised:
        DeploymentConfig("dev", {"x": None}, environment_variables_prefix="ci_").resolve("dev")
    assert "ci_x" in hint_of(raised)


@pytest.mark.parametrize("prefix", [None, ""])
def test_without_one_the_prefix_is_the_usual(prefix: str | None, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("bf_a", "1")
    config = DeploymentConfig("dev", {"a": None}, environment_variables_prefix=prefix)
    assert config.resolve() == {"a": "1", "env": "dev"}


# What is shown


def test_pretty_print_returns_the_text(capsys: pytest.CaptureFixture[str]) -> None:
    config = Config("dev", {"a": "{env}"}).add_configuration("prod", {})
    assert config.pretty_print("prod") == "prod config:\n{'a': 'prod', 'env': 'prod'}"
    assert config.pretty_print() == "dev config:\n{'a': 'dev', 'env': 'dev'}"
    assert str(config) == config.pretty_print("dev") + "\n" + config.pretty_print("prod")
    assert repr(config) == "<Config: dev (default), prod>"
    assert capsys.readouterr().out == ""


def test_secrets_are_never_shown(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("bf_from_variable", "s3cr3t")
    monkeypatch.setenv("bf_undeclared", "s3cr3t")
    config = Config(
        "dev",
        {
            "from_variable": None,
            "user": "me",
            "db_password": "s3cr3t",
            "url": "{user}:{db_password}@host",
            "twice": "<{url}>",
            "nested": {"token": "s3cr3t", "host": "h"},
            "bad": ["x"],
        },
    )
    for text in (str(config), repr(config), config.pretty_print()):
        assert "s3cr3t" not in text
    assert "'user': 'me'" in str(config)
    assert "'host': 'h'" in str(config)
    assert config.resolve()["twice"] == "<me:s3cr3t@host>"
    assert type(config.resolve()["from_variable"]) is str

    config.add_configuration("broken", {"db_password": "s3cr3t{usr}{bad}{from_variable}"})
    with pytest.raises(ConfigurationError) as raised:
        config.resolve("broken")
    assert "s3cr3t" not in str(raised.value) + hint_of(raised)


def test_what_is_missing_is_shown_as_such() -> None:
    text = Config("dev", {"login": None, "url": "x/{login}"}).pretty_print()
    assert "'login': '<not set: bf_login>'" in text
    assert "'url': 'x/<not set: bf_login>'" in text


# Threads and processes


def test_threads_may_resolve_one_config(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("bf_secret", "s")
    config = Config("e0", {f"p{n}": f"{{p{n + 1}}}" for n in range(50)} | {"p50": "{secret}-{env}"})
    for number in range(1, 20):
        config.add_configuration(f"e{number}", {"own": number})
    with ThreadPoolExecutor(16) as pool:
        values = list(pool.map(lambda n: config.resolve(f"e{n % 20}")["p0"], range(200)))
    assert values == [f"s-e{n % 20}" for n in range(200)]


def test_a_config_is_the_same_in_another_process(tmp_path: Path) -> None:
    config = DeploymentConfig("dev", {"a": "{b}", "b": "1", "c": None}, environment_variables_prefix="ci_")
    config.add_configuration("prod", {"b": "2"})
    (tmp_path / "config.pickle").write_bytes(pickle.dumps(config))
    script = "import pickle; print(pickle.load(open('config.pickle', 'rb')).resolve('prod'))"
    root = Path(bigflow.__path__[0]).parent
    variables = {**os.environ, "PYTHONPATH": str(root), "ci_c": "3"}
    done = subprocess.run(
        [sys.executable, "-c", script], cwd=tmp_path, env=variables, capture_output=True, text=True, check=True
    )
    assert done.stdout.strip() == str({"a": "2", "b": "2", "env": "prod", "c": "3"})


def test_a_copy_is_a_config_of_its_own() -> None:
    config = Config("dev", {"a": 1})
    other = copy.deepcopy(config).add_configuration("prod", {})
    assert config.environments == ("dev",)
    assert other.resolve("prod") == {"a": 1, "env": "prod"}
