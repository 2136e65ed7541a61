// The few questions and orders that database faults have for a database host. They go through psql
// on the host itself, as its local superuser, so that they need no network and no password.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "sandbox/sandbox.hpp"

namespace gameday {

inline constexpr const char* kDataDirectory = "/var/lib/postgresql/15/main";

// The output of SQL statements, each in a transaction of its own, one value a line. Nothing: the
// server could not be asked or refused. Takes at most a few seconds, and no setting of the server
// cuts it short.
std::optional<std::string> ask_database(Host& host, std::initializer_list<std::string_view> sql,
                                        std::string_view database = "postgres");

// pg_is_in_recovery(). Nothing: the server could not be asked.
std::optional<bool> in_recovery(Host& host);

// A host of the same role as `host` that answers and is not in recovery: another writable primary.
bool another_primary(Sandbox& sandbox, std::string_view host);

bool file_exists(Host& host, const std::string& path);

// Runs a shell script on the host. Throws Error "<what>: <its output>".
void run_script(Host& host, const std::string& script, std::string_view what);

}  // namespace gameday
