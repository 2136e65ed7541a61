// Searches what a trainee can see in a host for words that tell what the stack is for.
#pragma once

#include <string>

#include "sandbox/sandbox.hpp"

namespace gameday::testing {

// Words that would name the harness, the kind of the event, or that somebody made it: a Perl
// regular expression, searched whatever the case.
inline constexpr const char* kTells =
    "gameday|(?<![a-z])(drill|scenario|faults?(?![a-z])|inject(ed|or|s)?(?![a-z])|decoy|sandbox|"
    "conductor|harness|chaos|simulat|exercise|story(?![a-z])|twin(?![a-z]))|"
    "bwrap|bubblewrap|standby_read_only|session_read_only|client_auth_reject|listen_or_port|"
    "privilege_or_search_path|timeout_too_low|firewall_drop|firewall_reject|wrong_route|"
    "pool_exhausted";

// What of processes, descriptors, mounts, network, kernel settings, names of files, and of the
// contents of those that the shell line `files` lists, holds such a word: a few lines of each
// source with what follows; "" is the pass. What cannot be searched is a line as well.
inline std::string tells_of(Host& host, const std::string& files) {
  // All of it comes on the standard input: as an argument it would find itself. What is read is
  // copied first, so that the search does not meet its own processes.
  const std::string script = std::string("words='") + kTells + "'\n" + R"sh(
mkdir -m 700 /tmp/look && cd /tmp/look || { echo cannot look; exit; }
cat /proc/[0-9]*/environ /proc/[0-9]*/cmdline /proc/[0-9]*/comm /proc/self/mountinfo \
  /proc/net/unix >processes
ls -l /proc/[0-9]*/fd /proc/[0-9]*/exe /proc/[0-9]*/cwd /proc/[0-9]*/root >descriptors
{ nft list ruleset; ip route; ip rule; ip -d link; sysctl -a; ipcs; env; ps auxe; } >settings
if [ -d /run/postgresql ]; then
  psql -U postgres -XAt shop -c 'SELECT query FROM pg_stat_statements' \
    -c 'SELECT * FROM pg_stat_activity' -c 'SELECT * FROM pg_db_role_setting' \
    -c 'SELECT description FROM pg_shdescription' >statements
  [ -s statements ] || echo statements: nothing to look at
fi
find / -xdev \( -path '/proc/*' -o -path '/usr/[!l]*' -o -path '/usr/lib*' \) -prune \
  -o ! -path /usr/local/bin/gameday -print >names
{ )sh" + files + R"sh(; } | tr '\n' '\0' | xargs -0 -r grep -hI '' >contents
for source in processes descriptors settings statements names contents; do
  LC_ALL=C grep -aoiP "(?:$words).{0,40}" $source | head -n 5 | sed "s/^/$source: /"
done
for source in processes descriptors settings names; do
  [ -s $source ] || echo $source: nothing to look at
done
rm -r /tmp/look
)sh";
  Command command;
  command.argv = {"sh", "-s"};
  const ExecResult result = host.exec(command, std::chrono::seconds(60), script);
  return result.timed_out ? "the search took too long" : result.out;
}

}  // namespace gameday::testing
