// How a team says what it sees: sentences with values and times, from the facts of two looks at the
// same hosts, one taken while all was well and one after the call. Pure functions.
//
// A fact is a line "key: value", or a key alone; what stands behind a tab is a note, which is told
// and not compared. Values that begin with # are fingerprints and never told. The value of a key
// "started NAME" is a time in seconds since 1970.
#pragma once

#include <cstddef>
#include <map>
#include <string>
#include <vector>

namespace gameday {

// Fact to value, of one look at one host.
using TeamFacts = std::map<std::string, std::string>;

struct TeamLookResult {
  TeamFacts facts;
  bool complete = true;  // false: it failed or was cut short, and what it lacks says nothing
};
// By the look's place in team_looks(); looks that do not belong to the host's role are not in it.
using HostLooks = std::map<size_t, TeamLookResult>;

struct SeenHost {
  std::string name;
  HostLooks normal, now;
  bool reached = true;  // now
};

// The facts that a look printed.
TeamFacts team_facts(const std::string& output);

// What differs between two results of one look at a host, a sentence each, without a full stop: "db1
// listens on 127.0.0.1:5432 only, normally on 0.0.0.0:5432, since its restart at 03:06:12". `restart`
// is that last part, or empty. Empty: nothing differs. Numbers differ when they are more than three
// times apart and by more than ten.
std::vector<std::string> team_sentences(const std::string& host, const TeamFacts& normal,
                                        const TeamFacts& now, const std::string& restart = "");

// The whole report. `at` is the time of day of the look, `question` what the caller said: what it
// asks about is answered first, also when nothing differs there.
std::string team_report(const std::vector<SeenHost>& hosts, const std::string& at,
                        const std::string& question);

// "03:06:12", in UTC as the hosts' clocks and logs.
std::string time_of_day(double seconds_since_1970);

}  // namespace gameday
