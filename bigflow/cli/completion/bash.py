"""Turns the commands into a completion script for bash, from version 3.2 on."""

from collections.abc import Iterable, Iterator

from bigflow.cli.completion.grammar import FOLDER, Argument, Verb

_SCRIPT = """\
# Completion of bigflow and bf for bash. In ~/.bashrc:  eval "$(bigflow completion bash)"
_bigflow() {
    local word=${COMP_WORDS[COMP_CWORD]} before=${COMP_WORDS[COMP_CWORD-1]} verb="" known="" at
    [[ $before == "=" ]] && before=${COMP_WORDS[COMP_CWORD-2]}
    [[ $word == "=" ]] && word=""
    for ((at = 1; at < COMP_CWORD; at++)); do
        case ${COMP_WORDS[at]} in
            --project-dir) ((at++)) ;;
            -*) ;;
            *) verb=${COMP_WORDS[at]}; break ;;
        esac
    done
    case $verb:$before in
CASES
    esac
    COMPREPLY=($(compgen -W "$known" -- "$word"))
    [[ ${COMPREPLY[0]} == *. ]] && compopt -o nospace 2>/dev/null
    return 0
}
complete -F _bigflow bigflow bf
"""
_FOLDERS = "local IFS=$'\\n'; COMPREPLY=($(compgen -d -- \"$word\")); return"


def script(verbs: tuple[Verb, ...]) -> str:
    """The whole script."""
    lines = [f"        {case}) {action} ;;" for case, action in _cases(verbs)]
    return _SCRIPT.replace("CASES", "\n".join(lines))


def _cases(verbs: tuple[Verb, ...]) -> Iterator[tuple[str, str]]:
    """First what must follow an option or a word, then what can stand anywhere in the command."""
    yield "*:--project-dir", _FOLDERS
    for verb in verbs:
        for option in verb.options:
            if option.value not in ("", FOLDER):
                yield _after(verb, option.names), _offer(option)
        for word, following in zip(verb.words, verb.words[1:], strict=False):
            yield _after(verb, word.choices), _offer(following)
    yield ":*", _known(name for verb in verbs for name in verb.names)
    for verb in verbs:
        choices = (choice for word in verb.words for choice in word.choices)
        options = (name for option in verb.options for name in option.names)
        yield _after(verb, ["*"]), _known([*choices, *options])


def _after(verb: Verb, words: Iterable[str]) -> str:
    return "|".join(f"{name}:{word}" for name in verb.names for word in words)


def _offer(argument: Argument) -> str:
    if argument.candidates:
        return f'known=$("${{COMP_WORDS[0]}}" completion --of {argument.candidates} 2>/dev/null)'
    return _known(argument.choices)


def _known(words: Iterable[str]) -> str:
    return f'known="{" ".join(words)}"'
