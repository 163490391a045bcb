# bash completion for concadvise. The options are those that the program itself tells of.

# In $arguments what each option's argument is, by its name; in $options all names.
_concadvise_table() {
  local short long argument meaning
  options= arguments=()
  while IFS=$'\t' read -r short long argument meaning; do
    options+=" $long"
    arguments[$long]=$argument
    [ "$short" = - ] || { options+=" $short"; arguments[$short]=$argument; }
  done < <("$program" --complete "$1" 2>/dev/null)
}

# What an argument is, as concadvise --complete says it.
_concadvise_argument() {
  local before=${2%"${2##*,}"}
  case $1 in
  file) compopt -o filenames; mapfile -t COMPREPLY < <(compgen -f -- "$2") ;;
  folder) compopt -o filenames; mapfile -t COMPREPLY < <(compgen -d -- "$2") ;;
  process)
    mapfile -t COMPREPLY < <(compgen -P "$before" -W "$(command ps -A -o pid=)" -- "${2##*,}") ;;
  user) mapfile -t COMPREPLY < <(compgen -u -- "$2") ;;
  none | any) ;;
  *) mapfile -t COMPREPLY < <(compgen -W "${1//,/ }" -- "$2") ;;
  esac
}

# A COMMAND is completed as if it stood alone, at this word of the line.
_concadvise_command() {
  if declare -F _command_offset >/dev/null; then
    _command_offset "$1"
  elif [ "$1" -eq "$COMP_CWORD" ]; then
    mapfile -t -O "${#COMPREPLY[@]}" COMPREPLY < <(compgen -c -- "$2")
  else
    _concadvise_argument file "$2"
  fi
}

_concadvise_rules() {
  local words="list metrics explain check"
  case $1 in
  explain) words=$("$program" rules list 2>/dev/null | cut -d ' ' -f 1) ;;
  check) _concadvise_argument file "$2"; return ;;
  esac
  mapfile -t COMPREPLY < <(compgen -W "$words" -- "$2")
}

# The argument that the word before the cursor asks for. In bash "=" is a word of its own.
_concadvise_wanted() {
  local before=${COMP_WORDS[COMP_CWORD - 1]} equals=
  [ "$cur" = = ] && cur= equals=yes
  [ "$before" = = ] && before=${COMP_WORDS[COMP_CWORD - 2]} equals=yes
  wanted=${arguments[$before]:-none}
  case $wanted in
  \?*) [ -n "$equals" ] && wanted=${wanted#\?} || wanted=none ;;
  esac
}

_concadvise() {
  local program=${COMP_WORDS[0]} cur=${COMP_WORDS[COMP_CWORD]} form=command last= at=1
  local options word wanted
  local -A arguments
  COMPREPLY=()
  _concadvise_table command
  # Up to the cursor: a subcommand, or where a COMMAND begins.
  while [ "$at" -lt "$COMP_CWORD" ]; do
    word=${COMP_WORDS[at]} wanted=none
    case $word in
    --) [ "$form" != command ] || { _concadvise_command $((at + 1)) "$cur"; return; } ;;
    -*) wanted=${arguments[$word]:-none} ;;
    *)
      if [ "$form" != command ]; then
        last=$word
      elif [[ $word =~ ^(report|diff|rules|top)$ ]]; then
        form=$word last=$word
        _concadvise_table "$form"
      else
        _concadvise_command "$at" "$cur"
        return
      fi
      ;;
    esac
    at=$((at + 1))
    [ "${COMP_WORDS[at]}" != = ] || { at=$((at + 2)); continue; }
    case $wanted in none | \?*) ;; *) at=$((at + 1)) ;; esac
  done
  _concadvise_wanted
  if [ "$wanted" != none ]; then
    _concadvise_argument "$wanted" "$cur"
  elif [ "${cur#-}" != "$cur" ]; then
    mapfile -t COMPREPLY < <(compgen -W "$options" -- "$cur")
  elif [ "$form" = command ]; then
    mapfile -t COMPREPLY < <(compgen -W "report diff rules top" -- "$cur")
    _concadvise_command "$COMP_CWORD" "$cur"
  elif [ "$form" = report ] || [ "$form" = diff ]; then
    _concadvise_argument file "$cur"
  elif [ "$form" = rules ]; then
    _concadvise_rules "$last" "$cur"
  fi
}

complete -F _concadvise concadvise
