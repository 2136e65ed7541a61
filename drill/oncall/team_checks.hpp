// What the teams look at when they are called, and what those ask who own no host. All of it is data
// in team_checks.cpp; teams.cpp runs it.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace gameday {

// A read-only look at a host. It prints facts as drill/oncall/team_words.hpp reads them, and ends
// with another status than 0 when it could not see all that it looks for.
struct TeamLook {
  std::string_view role;     // hosts of this role; empty: of every role
  std::string_view what;     // what is looked at, for "all as usual: services, routes"
  std::string_view words;    // beginnings of words, in small letters, by which a caller asks for it
  std::string_view user;     // who asks
  std::string_view command;  // for /bin/sh -c
};

const std::vector<TeamLook>& team_looks();

// The teams of hosts that a team answers for: itself, or several (devops).
std::vector<std::string> owned_teams(std::string_view team);

// What a team without hosts asks (senior, management); empty for the others.
const std::vector<std::string_view>& team_questions(std::string_view team);

}  // namespace gameday
