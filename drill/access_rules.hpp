// PostgreSQL's access rules (pg_hba.conf) and user name maps (pg_ident.conf), read as text. Pure
// functions: the harness reads the files itself, because a server can be made to tell another story.
// Formats: PostgreSQL's manual, "The pg_hba.conf File" and "User Name Maps".
#pragma once

#include <string>

namespace gameday {

// One line a rule: "rule TYPE DATABASES USERS ADDRESS NETMASK METHOD", lists divided by commas, "-"
// for what a rule does not have, as pg_hba_file_rules shows it; IPv4 prefixes become masks. What is no
// rule of one of the known types becomes "unread LINE": nobody may take it for nothing.
std::string access_rules(const std::string& pg_hba);

// One line a mapping: "map NAME SYSTEM_USER ROLE".
std::string user_name_maps(const std::string& pg_ident);

}  // namespace gameday
