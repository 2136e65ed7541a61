#!/bin/sh
# Plays one drill without a person, from the start to the scorecard, with nothing but the trainee's
# commands. It knows the ticket, "orders fail", and how to tell two causes of it apart; it finds out
# by looking which of them it is. Explained in automated-responder.md.
#
#   docs/automated-responder.sh [OPTIONS of gameday run]      for example: --code tuesday
#
# Standard output: the scorecard as JSON. Standard error: what is done and seen. GAMEDAY names
# another program than the checkout's own.
set -eu
gameday=${GAMEDAY:-$(dirname "$0")/../gameday}
scratch=$(mktemp -d)
session=
finish() {
  if [ -n "$session" ]; then "$gameday" down "$session" >&2; fi
  rm -rf "$scratch"
}
trap finish EXIT
trap 'exit 130' INT TERM

say() { echo "responder: $*" >&2; }

# field NAME: the first value of that name in the JSON document on standard input.
field() { sed -n 's/^ *"'"$1"'": "\{0,1\}\([^",]*\)"\{0,1\},\{0,1\}$/\1/p' | head -n 1; }

# look HOST COMMAND…: runs it there, and leaves its output in $seen, its observation in $id.
look() {
  say "on $*"
  status=0
  seen=$("$gameday" exec "$1" -- "$2" 2>"$scratch/err") || status=$?
  id=$(sed -n 's/^observation //p' "$scratch/err")
  printf '%s\n' "$seen" | sed 's/^/    /' >&2
}

sql() { look ops "psql -h db1 -U postgres shop -Atc \"$1\""; }

# What a user does, from inside: one order through the load balancer.
order='{"product_id":1,"quantity":1,"client_ref":"check"}'
order_succeeds() {
  look ops "curl -sf -m 5 -o /dev/null -w 'HTTP %{http_code}' --json '$order' http://lb/api/orders"
  [ "$status" = 0 ]
}

# 1. Begin. The drill goes on in the background; nothing is broken yet.
"$gameday" run read-only-primary --detach --json "$@" >"$scratch/drill.json"
session=$(field session <"$scratch/drill.json")
folder=$(field folder <"$scratch/drill.json")
export GAMEDAY_SESSION="$session"  # the drill that is meant, should several run

# 2. The page.
"$gameday" wait --for page --limit 5m >&2
"$gameday" ack >&2
"$gameday" declare sev1 >&2
"$gameday" update --impact 'orders fail' --action 'asking the databases' --next 15 >&2

# 3. Look. Each look is an observation, and its id is what evidence cites.
mechanism=
if order_succeeds; then say "an order went through"; fi
sql 'SELECT pg_is_in_recovery()'
in_recovery=$seen evidence=$id
if [ "$in_recovery" = t ]; then
  mechanism=standby_read_only class=role_state
else
  sql 'SHOW default_transaction_read_only'
  if [ "$seen" = on ]; then
    mechanism=session_read_only class=configuration evidence=$id
  fi
fi
look ops 'grep " db1: " /var/log/changes/changelog | tail -n 1'
case $seen in
  *maintenance*|*update*|*upgrade*|*patch*) trigger=maintenance ;;
  *) trigger=none_known ;;
esac

# 4. Say it and tell those who own it; or that it is not known.
if [ -z "$mechanism" ]; then
  say "none of the causes that this script knows"
  "$gameday" escalate senior 'orders fail, and the primary takes writes' >&2
  "$gameday" diagnose --verdict undetermined >&2
else
  "$gameday" escalate database "db1 refuses writes: $mechanism" >&2
  "$gameday" diagnose --verdict fault --component db1 --class "$class" --mechanism "$mechanism" \
    --trigger "$trigger" --confidence 0.9 --evidence "$evidence" >&2
fi

# 5. Repair, and see as a user does that it worked.
case $mechanism in
  standby_read_only) sql 'SELECT pg_promote(true, 20)' ;;
  session_read_only)
    sql 'ALTER SYSTEM RESET default_transaction_read_only'
    sql 'SELECT pg_reload_conf()' ;;
esac
"$gameday" wait --for served --limit 1m >&2 || true  # what another cause broke stays broken
if order_succeeds; then say "an order goes through again"; fi
"$gameday" update --impact 'orders are taken again' --action 'watching' --next 30 >&2

# 6. Stand down. What holds is probed, the services are restarted, and the grade is written.
"$gameday" resolve --yes 'orders are taken again' >&2
"$gameday" score "$folder" --wait --json
session=
