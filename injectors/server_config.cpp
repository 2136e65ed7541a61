#include "injectors/server_config.hpp"

#include <sstream>
#include <thread>
#include <vector>

#include "core/error.hpp"
#include "injectors/database.hpp"

namespace gameday {

namespace {

constexpr std::chrono::seconds kAnswerLimit{15};

std::vector<std::string> lines_of(std::string_view text) {
  std::vector<std::string> lines;
  std::istringstream stream{std::string(text)};
  for (std::string line; std::getline(stream, line);) lines.push_back(line);
  return lines;
}

// The name that a line sets; empty for a comment or an empty line.
std::string_view name_of(std::string_view line) {
  const size_t from = line.find_first_not_of(" \t");
  if (from == std::string_view::npos || line[from] == '#') return {};
  return line.substr(from, line.find_first_of(" \t=", from) - from);
}

}  // namespace

std::optional<std::string> line_that_sets(std::string_view text, std::string_view setting) {
  std::optional<std::string> found;
  for (const std::string& line : lines_of(text)) {
    if (name_of(line) == setting) found = line;
  }
  return found;
}

bool replace_line(Host& host, const std::string& file, const std::string& before,
                  const std::string& after) {
  const auto text = host.read_file(file);
  if (!text) return false;
  bool found = false;
  std::string changed;
  for (const std::string& line : lines_of(*text)) {
    const bool is_it = line == before;
    found = found || is_it;
    changed += (is_it ? after : line) + "\n";
  }
  if (found) host.write_file(file, changed);
  return found;
}

std::optional<std::string> configured_value(Host& host, std::string_view setting) {
  return ask_database(host, {"SELECT setting FROM pg_file_settings WHERE name = '" +
                             std::string(setting) + "' ORDER BY seqno DESC LIMIT 1"});
}

void restart_database(Host& host, std::string_view what) {
  // sv takes a service that began within this very second for one that it has restarted already.
  const auto began = [&host] {
    return ask_database(host, {"SELECT pg_postmaster_start_time()"});
  };
  const auto before = began();
  run_script(host, "sv -w 15 restart postgresql", what);
  const Deadline deadline = deadline_in(kAnswerLimit);
  for (;;) {
    const auto now = began();
    if (now && now != before) return;
    if (std::chrono::steady_clock::now() > deadline) {
      throw Error(std::string(what) + ": it did not come back: read its log in "
                  "/var/log/postgresql");
    }
    std::this_thread::sleep_for(std::chrono::milliseconds(20));
  }
}

SettingEdit::SettingEdit(std::string setting, std::string value)
    : setting_(std::move(setting)), line_(setting_ + " = " + value) {}

void SettingEdit::make(Host& host) {
  const auto before = line_that_sets(host.read_file(kServerConfig).value_or(""), setting_);
  const std::string where = setting_ + ": " + host.spec().name + ": " + kServerConfig;
  if (!before) throw Error(where + " does not set it, or cannot be read");
  if (*before == line_) throw Error(where + " sets it so already");
  before_ = *before;
  replace_line(host, kServerConfig, before_, line_);
}

bool SettingEdit::undo(Host& host) {
  return !before_.empty() && replace_line(host, kServerConfig, line_, before_);
}

bool SettingEdit::in_file(Host& host) const {
  return line_that_sets(host.read_file(kServerConfig).value_or(""), setting_) == line_;
}

}  // namespace gameday
