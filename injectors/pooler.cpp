#include "injectors/pooler.hpp"

#include <cstdlib>
#include <regex>
#include <sstream>
#include <thread>

#include "core/error.hpp"
#include "injectors/database.hpp"
#include "injectors/database_session.hpp"

namespace gameday {

namespace {

constexpr const char* kFile = "/etc/pgbouncer/pgbouncer.ini";
constexpr const char* kBackup = "/var/backups/pgbouncer.ini";
constexpr std::chrono::seconds kAskLimit{4};
constexpr int kLooks = 5;
constexpr std::chrono::milliseconds kBetweenLooks{200};

using Table = std::vector<std::map<std::string, std::string>>;  // a row: column -> value

std::vector<std::string> fields_of(const std::string& line) {
  std::vector<std::string> fields(1);
  for (const char c : line) {
    if (c == '|') {
      fields.emplace_back();
    } else {
      fields.back() += c;
    }
  }
  return fields;
}

// Columns by their names: versions of the pooler differ in their order.
std::optional<Table> ask_console(Host& web, const std::string& question) {
  const Deadline deadline = deadline_in(kAskLimit);
  DatabaseSession console(web.dial("127.0.0.1", 6432, deadline),
                          {"postgres", "pgbouncer", SessionSettings::kConsole}, deadline);
  const SqlResult result = console.run(question, deadline);
  if (!result.ok) return std::nullopt;
  const std::vector<std::string> names = fields_of(result.columns);
  std::istringstream lines(result.text);
  Table table;
  for (std::string line; std::getline(lines, line);) {
    const std::vector<std::string> values = fields_of(line);
    auto& row = table.emplace_back();
    for (size_t i = 0; i < names.size() && i < values.size(); ++i) row[names[i]] = values[i];
  }
  return table;
}

std::optional<std::string> found(const std::string& text, const std::string& pattern) {
  std::smatch match;
  if (!std::regex_search(text, match, std::regex(pattern, std::regex::multiline))) {
    return std::nullopt;
  }
  return match[1];
}

}  // namespace

std::optional<PoolState> pool_state(Host& web) {
  const auto databases = ask_console(web, "SHOW DATABASES");
  const auto pools = ask_console(web, "SHOW POOLS");
  if (!databases || !pools) return std::nullopt;
  PoolState state;
  for (auto row : *databases) {
    if (row["name"] == "shop") state.size = std::atoi(row["pool_size"].c_str());
  }
  for (auto row : *pools) {
    if (row["database"] != "shop" || row["user"] != "app") continue;
    state.active = std::atoi(row["sv_active"].c_str());
    state.waiting = std::atoi(row["cl_waiting"].c_str());
  }
  return state;
}

std::optional<bool> pool_is_short(Host& web) {
  int waiting = 0;
  for (int look = 0; look < kLooks; ++look) {
    if (look > 0) std::this_thread::sleep_for(kBetweenLooks);
    const auto state = pool_state(web);
    if (!state) return std::nullopt;
    if (state->waiting > 0) ++waiting;
  }
  return waiting * 2 > kLooks;
}

std::optional<int> configured_pool_size(Host& web) {
  const auto text = web.read_file(kFile);
  if (!text) return std::nullopt;
  // The database's own size goes before the default of all pools.
  if (const auto own = found(*text, "^shop *=[^\n]*[ =]pool_size=([0-9]+)")) {
    return std::atoi(own->c_str());
  }
  const auto size = found(*text, "^default_pool_size *= *([0-9]+)");
  if (!size) return std::nullopt;
  return std::atoi(size->c_str());
}

void change_pooler(Host& web, const std::map<std::string, std::string>& settings, bool backup,
                   const std::string& what) {
  std::string script;
  for (const auto& [name, value] : settings) {
    for (const char* file : {kFile, kBackup}) {
      if (file == kBackup && !backup) continue;
      script += std::string("sed -i 's/^") + name + " *=.*/" + name + " = " + value + "/' " + file +
                "\ngrep -q '^" + name + " = " + value + "$' " + file + "\n";
    }
  }
  script += "sv status pgbouncer | grep -q ^run || exit 0\npsql -XAtq -h 127.0.0.1 -p 6432 -U postgres -d pgbouncer -c RELOAD\n";
  run_script(web, script, what);
}

std::vector<std::string> with_spares(const Topology& topology, const std::string& host) {
  std::vector<std::string> names{host};
  const HostSpec* self = topology.find(host);
  for (const HostSpec& other : topology.hosts) {
    const bool is_spare = other.health.test.empty();
    if (self && is_spare && other.role == self->role && other.name != host) {
      names.push_back(other.name);
    }
  }
  return names;
}

std::string pooler_setting(Host& web, const std::string& name) {
  const auto text = web.read_file(kFile);
  return text ? found(*text, "^" + name + " *= *([^\n]*)").value_or("") : "";
}

}  // namespace gameday
