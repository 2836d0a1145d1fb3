"""Turns the commands into a completion script for fish."""

from collections.abc import Iterator

from bigflow.cli.completion.grammar import FOLDER, Argument, Verb

_HEAD = """\
# Completion of bigflow and bf for fish:  bigflow completion fish > ~/.config/fish/completions/bigflow.fish
function __bigflow_verb_is
    set -l skip 0
    for word in (commandline -opc)[2..]
        if test $skip = 1
            set skip 0
            continue
        end
        switch $word
            case --project-dir
                set skip 1
            case '-*'
            case '*'
                contains -- $word $argv
                return
        end
    end
    test (count $argv) = 0
end
complete -c bigflow -f
"""


def script(verbs: tuple[Verb, ...]) -> str:
    """The whole script."""
    return "\n".join([_HEAD.rstrip(), *_lines(verbs), "complete -c bf -w bigflow", ""])


def _lines(verbs: tuple[Verb, ...]) -> Iterator[str]:
    for verb in verbs:
        for name in verb.names:
            yield f"complete -c bigflow -n __bigflow_verb_is -a {name} -d {_quoted(verb.summary)}"
    for verb in verbs:
        seen = f"__bigflow_verb_is {' '.join(verb.names)}"
        for option in verb.options:
            yield f"complete -c bigflow -n '{seen}' {_names(option)}{_value(option)} -d {_quoted(option.help)}"
        earlier: tuple[str, ...] = ()
        for word in verb.words:
            after = f"; and __fish_seen_subcommand_from {' '.join(earlier)}" if earlier else ""
            yield f"complete -c bigflow -n '{seen}{after}' -a {_offered(word)}"
            earlier = word.choices


def _names(option: Argument) -> str:
    return " ".join(f"-l {name[2:]}" if name.startswith("--") else f"-s {name[1:]}" for name in option.names)


def _value(option: Argument) -> str:
    return f" -x -a {_offered(option)}" if option.value else ""


def _offered(argument: Argument) -> str:
    if argument.value == FOLDER:
        return "'(__fish_complete_directories)'"
    if argument.candidates:
        return f"'(bigflow completion --of {argument.candidates} 2>/dev/null)'"
    return f"'{' '.join(argument.choices)}'"


def _quoted(text: str) -> str:
    return "'" + text.replace("\\", "\\\\").replace("'", "\\'") + "'"
