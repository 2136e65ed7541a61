// Lines in the configuration files of a database server, changed as a maintenance changes them and
// put back. Nothing takes effect before the server reads its files again.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "sandbox/sandbox.hpp"

namespace gameday {

inline constexpr const char* kServerConfig = "/etc/postgresql/15/main/postgresql.conf";
inline constexpr const char* kAccessRules = "/etc/postgresql/15/main/pg_hba.conf";

// The last line of a configuration that sets `setting`; comments do not.
std::optional<std::string> line_that_sets(std::string_view text, std::string_view setting);

// Every line `before` of a file becomes `after`; false when the file has no such line. Throws Error
// when it cannot be written.
bool replace_line(Host& host, const std::string& file, const std::string& before,
                  const std::string& after);

// The value that the server finds for a setting when it next reads its files, the one written by
// ALTER SYSTEM included; empty: no file sets it. Nothing: the server could not be asked.
std::optional<std::string> configured_value(Host& host, std::string_view setting);

// Restarts the server and waits until it answers on its own socket. Throws Error.
void restart_database(Host& host, std::string_view what);

// One setting of postgresql.conf.
class SettingEdit {
 public:
  // `value` as the file spells it, with its quotes.
  SettingEdit(std::string setting, std::string value);
  // Changes the line. Throws Error when the file does not set it, or sets it so already.
  void make(Host& host);
  // Puts the line back; false, and nothing happens, when it is no longer there or never was.
  bool undo(Host& host);
  // Whether the file itself sets it so, whatever other files say.
  bool in_file(Host& host) const;

 private:
  const std::string setting_, line_;
  std::string before_;
};

}  // namespace gameday
