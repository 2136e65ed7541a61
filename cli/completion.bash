# Completion of gameday for bash: subcommands, and the options that each says in its --help.
_gameday() {
  local current=${COMP_WORDS[COMP_CWORD]}
  if [ "$COMP_CWORD" = 1 ]; then
    COMPREPLY=($(compgen -W "run replay scenarios score report up down doctor setup clean exec shell on \
      ack declare note notes escalate update hint diagnose handover resolve brief map normal dashboard \
      pages status wait --help --version" -- "$current"))
  elif [[ $current == -* ]]; then
    COMPREPLY=($(compgen -W "$("${COMP_WORDS[0]}" "${COMP_WORDS[1]}" --help 2>/dev/null |
      grep -oE -- '--[a-z-]+' | sort -u)" -- "$current"))
  else
    COMPREPLY=($(compgen -f -- "$current"))
  fi
}
complete -F _gameday gameday
