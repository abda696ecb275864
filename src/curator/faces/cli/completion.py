"""`completion`: what a shell must know to complete our commands, ids with their titles, tags and sources."""

from __future__ import annotations

from pathlib import PurePath

import click

from curator.faces.cli.call import Call
from curator.faces.cli.ending import WrongUsage
from curator.faces.cli.grammar import argument, command, pass_call

# The program is asked at each Tab, with the words typed so far; it answers «value, tab, what it is».
# The name of the program is the one that was typed: a newsroom may call it by a path.

BASH = """\
_curator() {
    local line value said
    local -a values=() shown=()
    COMPREPLY=()
    while IFS= read -r line; do
        value=${line%%$'\\t'*} said=${line#*$'\\t'}
        case $value in
            :files) compopt -o default; return ;;
            :folders) compopt -o dirnames; return ;;
        esac
        printf -v value %q "$value"
        values+=("$value")
        shown+=("$value${said:+  ($said)}")
    done < <(_CURATOR_COMPLETE=1 "${COMP_WORDS[0]}" "${COMP_WORDS[@]:1:COMP_CWORD}" 2>/dev/null)
    [[ ${values[0]} == *= ]] && compopt -o nospace
    # Listed, each value says what it is; inserted, it stands alone. 37 and 42 are Tabs that insert in turn.
    if ((${#values[@]} > 1)) && [[ $COMP_TYPE != 37 && $COMP_TYPE != 42 ]]; then
        COMPREPLY=("${shown[@]:0:200}")
    else
        COMPREPLY=("${values[@]}")
    fi
}
complete -o nosort -F _curator curator
"""

ZSH = """\
#compdef curator
_curator() {
    local line value
    local -a found
    for line in "${(@f)$(_CURATOR_COMPLETE=1 ${words[1]} "${(@Q)words[2,CURRENT]}" 2>/dev/null)}"; do
        value=${line%%$'\\t'*}
        case $value in
            '') ;;
            :files) _files; return ;;
            :folders) _files -/; return ;;
            *) found+=("${value//:/\\\\:}:${line#*$'\\t'}") ;;
        esac
    done
    (( ${#found} )) && _describe -V curator found
}
if [[ $zsh_eval_context[-1] == loadautofunc ]]; then
    _curator "$@"
else
    compdef _curator curator
fi
"""

FISH = """\
function _curator_complete
    set -l words (commandline -opc)
    set -l begun (commandline -ct)
    for line in (_CURATOR_COMPLETE=1 $words[1] $words[2..] "$begun" 2>/dev/null)
        switch $line
            case ':files*'
                __fish_complete_path "$begun"
            case ':folders*'
                __fish_complete_directories "$begun"
            case '*'
                echo $line
        end
    end
end
complete --no-files --keep-order --command curator --arguments '(_curator_complete)'
"""

SCRIPTS = {"bash": BASH, "zsh": ZSH, "fish": FISH}


@command()
@argument("shell", type=click.Choice(list(SCRIPTS)), required=False, metavar="[bash|zsh|fish]")
@pass_call
def completion(call: Call, shell: str | None) -> None:
    chosen = shell or PurePath(call.environ.get("SHELL", "")).name
    if chosen not in SCRIPTS:
        raise WrongUsage("completion_which_shell", *SCRIPTS)
    call.emit({"shell": chosen, "script": SCRIPTS[chosen]})
    call.tell(SCRIPTS[chosen].rstrip("\n"))
