// The few questions and orders that database faults have for a database host. They are asked by this
// process over the server's own Unix socket, as its local superuser: they need no network, no password
// and no program of the host.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "sandbox/sandbox.hpp"

namespace gameday {

inline constexpr const char* kDataDirectory = "/var/lib/postgresql/15/main";
inline constexpr const char* kDatabaseSocket = "/run/postgresql/.s.PGSQL.5432";

// The rows of SQL statements, each in a transaction of its own, one row a line. Returns nullopt if the
// server could not be reached or refused one. Takes at most 5 s. Unqualified names are those of
// pg_catalog: what roles and databases were told about their search path does not count.
std::optional<std::string> ask_database(Host& host, std::initializer_list<std::string_view> sql,
                                        std::string_view database = "postgres");

// pg_is_in_recovery(). Nothing: the server could not be asked.
std::optional<bool> in_recovery(Host& host);

// A host of the same role as `host` that answers and is not in recovery: another writable primary.
bool another_primary(Sandbox& sandbox, std::string_view host);

// Whether there is anything at this path, as the host's own `test` says.
bool path_exists(Host& host, const std::string& path);

// Whether there is a regular file, found without a program of the host.
bool file_exists(Host& host, const std::string& path);

// Runs a shell script on the host. Throws Error "<what>: <its output>".
void run_script(Host& host, const std::string& script, std::string_view what);

}  // namespace gameday
