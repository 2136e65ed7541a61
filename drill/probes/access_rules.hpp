// PostgreSQL's access rules (pg_hba.conf) and user name maps (pg_ident.conf), read as text. Pure
// functions: the harness reads the files itself, because a server can be made to tell another story.
// Formats: PostgreSQL's manual, "The pg_hba.conf File" and "User Name Maps".
#pragma once

#include <string>
#include <vector>

namespace gameday {

// One line a rule: "rule TYPE DATABASES USERS ADDRESS NETMASK METHOD", lists divided by commas, "-"
// for what a rule does not have, as pg_hba_file_rules shows it; IPv4 prefixes become masks. What is no
// rule of one of the known types becomes "unread LINE": nobody may take it for nothing.
std::string access_rules(const std::string& pg_hba);

// What a host's names of addresses mean.
struct HostNames {
  std::string hosts;                   // the text of /etc/hosts
  std::string nsswitch;                // of /etc/nsswitch.conf, which says where names are looked up
  std::vector<std::string> prefixes;   // of the interfaces: "10.77.3.11/24"
};

// Whether a rule speaks of addresses by name: a host's, samehost or samenet.
bool speaks_of_names(const std::string& rules);

// The rules with a line for each address that a name means; a host that is not known admits nobody
// and has none. Names that the harness cannot look up as the server does (a domain, or another source
// than /etc/hosts) stay. Loopback addresses, which samehost and samenet mean as well, become
// "loopback DATABASES USERS METHOD": whoever comes from there can come from the host's own address.
std::string with_addresses(const std::string& rules, const HostNames& names);

// Whether a line of `access`, "HOST loopback …", lets the role into the database.
bool lets_in_by_loopback(const std::string& access, const std::string& host,
                         const std::string& database, const std::string& role);

// One line a mapping: "map NAME SYSTEM_USER ROLE".
std::string user_name_maps(const std::string& pg_ident);

}  // namespace gameday
