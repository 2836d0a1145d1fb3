"""Turns a DagSpec into what its pods are told: the words of their command, their variables and secrets."""

from bigflow.dags.source import Call, Code, Value, jinja_literal, source, untemplated
from bigflow.dags.spec import DagSpec, Pairs, Param

_WITH_PERIODS = ("cron", "delta")


def configuration(spec: DagSpec, environment: str | None) -> str:
    """The name of the configuration: from the Airflow variable, else that of the environment."""
    if not spec.env_variable:
        return untemplated(environment or "")
    known = (spec.env_variable,) if environment is None else (spec.env_variable, environment)
    return f"{{{{ var.value.get({', '.join(map(jinja_literal, known))}) }}}}"


def variables(spec: DagSpec) -> Pairs:
    """What the framework reads in the pod, as templates."""
    own = [("BF_RUN_ID", "{{ run_id }}"), ("BF_ATTEMPT", "{{ ti.try_number }}")]
    if spec.timetable.kind in _WITH_PERIODS:
        end = "{{ '' if params['runtime'] else data_interval_end | default('', true) }}"
        own.append(("BF_INTERVAL_END", end))
    return tuple(own)


def plain(pairs: Pairs) -> Pairs:
    """Variables of the user, which are no templates."""
    return tuple((name, untemplated(value)) for name, value in pairs)


def words(spec: DagSpec, *, with_config: bool) -> Value:
    """What follows `bigflow run`."""
    said: list[Value] = ["--job", Code(f"{source(f'{spec.workflow_id}.')} + job_id"), "--runtime", Code("RUNTIME")]
    said += ["--project-package", spec.package]
    if with_config:
        said += ["--config", Code("CONFIG")]
    for param in spec.params:
        said += ["--param", _param_word(param)]
    return tuple(said)


def _param_word(param: Param) -> str:
    """`name=value`. Nothing after the `=` stands for None, where that is a value."""
    value = f"params[{jinja_literal(param.name)}]"
    if param.kind in ("list", "object"):
        value += " | tojson"
    elif param.nullable:
        value += " | default('', true)"
    return f"{untemplated(param.name)}={{{{ {value} }}}}"


def secret(name: str) -> Call:
    """As in 1.11: `bf_x` is the key `bf_x` of the secret `bf-x`; the pod gets it as `BF_X`."""
    where = ("secret", name.replace("_", "-"))
    return Call("Secret", (("deploy_type", "env"), ("deploy_target", name), where, ("key", name)))
