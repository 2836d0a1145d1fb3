"""Turns the commands into a completion script for zsh."""

from collections.abc import Iterable, Iterator

from bigflow.cli.completion.grammar import FOLDER, Argument, Verb

_SCRIPT = """\
#compdef bigflow bf
# Completion of bigflow and bf for zsh. In ~/.zshrc, after compinit:  eval "$(bigflow completion zsh)"
_bigflow() {
    local before=$words[CURRENT-1] verb="" at
    local -a known
    for ((at = 2; at < CURRENT; at++)); do
        case $words[at] in
            (--project-dir) ((at++)) ;;
            (-*) ;;
            (*) verb=$words[at]; break ;;
        esac
    done
    case $verb:$before in
CASES
    esac
}
if [[ $funcstack[1] == _bigflow ]]; then _bigflow "$@"; else compdef _bigflow bigflow bf; fi
"""


def script(verbs: tuple[Verb, ...]) -> str:
    """The whole script."""
    lines = [f"        ({case}) {action} ;;" for case, action in _cases(verbs)]
    return _SCRIPT.replace("CASES", "\n".join(lines))


def _cases(verbs: tuple[Verb, ...]) -> Iterator[tuple[str, str]]:
    """First what must follow an option or a word, then what can stand anywhere in the command."""
    yield "*:--project-dir", "_files -/"
    for verb in verbs:
        for option in verb.options:
            if option.value not in ("", FOLDER):
                yield _after(verb, option.names), _offer(option)
        for word, following in zip(verb.words, verb.words[1:], strict=False):
            yield _after(verb, word.choices), _offer(following)
    names = _described((name, verb.summary) for verb in verbs for name in verb.names)
    yield ":*", f"known=({names}); _describe command known"
    for verb in verbs:
        options = _described((name, option.help) for option in verb.options for name in option.names)
        choices = " ".join(choice for word in verb.words for choice in word.choices)
        words = f"compadd -- {choices}; " if choices else ""
        yield _after(verb, ["*"]), f"{words}known=({options}); _describe -o option known"


def _after(verb: Verb, words: Iterable[str]) -> str:
    return "|".join(f"{name}:{word}" for name in verb.names for word in words)


def _offer(argument: Argument) -> str:
    if argument.candidates:
        found = f'${{(f)"$($words[1] completion --of {argument.candidates} 2>/dev/null)"}}'
        return f"known=({found}); compadd -S '' -- ${{(M)known:#*.}}; compadd -- ${{known:#*.}}"
    return f"compadd -- {' '.join(argument.choices)}" if argument.choices else "_message value"


def _described(items: Iterable[tuple[str, str]]) -> str:
    return " ".join(_quoted(f"{name}:{text}") for name, text in items)


def _quoted(text: str) -> str:
    return "'" + text.replace("'", "'\\''") + "'"
