// The files that hosts are made of, without starting anything.
#include <algorithm>
#include <array>
#include <catch2/catch.hpp>
#include <cctype>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <regex>
#include <set>
#include <sstream>
#include <vector>

#include <unistd.h>

#include "tests/support/temporary_folder.hpp"

namespace fs = std::filesystem;

namespace {

fs::path stack() { return fs::path(std::getenv("GAMEDAY_ROOT")) / "sandbox/stack"; }

std::string text_of(const fs::path& file) {
  std::ifstream input(file, std::ios::binary);
  return std::string(std::istreambuf_iterator<char>(input), {});
}

// A shell line's status and its output.
std::pair<int, std::string> shell(const std::string& line) {
  std::string output;
  FILE* pipe = ::popen((line + " 2>&1").c_str(), "r");
  REQUIRE(pipe);
  std::array<char, 4096> buffer;
  while (const size_t count = std::fread(buffer.data(), 1, buffer.size(), pipe)) {
    output.append(buffer.data(), count);
  }
  return {::pclose(pipe), output};
}

std::vector<fs::path> files_below(const fs::path& folder) {
  std::vector<fs::path> files;
  for (const auto& each : fs::recursive_directory_iterator(folder)) {
    if (each.is_regular_file() && !each.is_symlink()) files.push_back(each.path());
  }
  return files;
}

}  // namespace

TEST_CASE("a page never says that more than all requests fail") {
  if (shell("promtool --version").first != 0) {
    std::printf("SKIPPED: promtool is not installed\n");
    return;
  }
  // 31 statements fail for 30 requests: some requests ask more than once.
  const gameday::testing::TemporaryFolder folder;
  const fs::path file = folder.path / "shares.yml";
  std::ofstream(file) << "rule_files: ['" << (stack() / "alerts/documented/site.yml").string()
                      << R"(']
evaluation_interval: 1s
tests:
  - interval: 1s
    input_series:
      - {series: storefront_database_errors_total, values: 0+31x20}
      - {series: storefront_http_request_duration_seconds_count, values: 0+30x20}
    alert_rule_test:
      - eval_time: 15s
        alertname: DatabaseErrors
        exp_alerts:
          - exp_labels: {severity: page, team: database}
            exp_annotations:
              summary: Most requests end in a database error
              description: 100% of all requests fail where the shop asks its database.
              runbook: /srv/runbooks/database.md
)";
  const auto [status, output] = shell("promtool test rules '" + file.string() + "'");
  INFO(output);
  CHECK(status == 0);
}

TEST_CASE("promtool accepts every alert rule and names of alerts are unique in a set") {
  if (shell("promtool --version").first != 0) {
    std::printf("SKIPPED: promtool is not installed\n");
    return;
  }
  for (const char* set : {"documented", "improved"}) {
    const auto [status, output] =
        shell("promtool check rules '" + (stack() / "alerts" / set).string() + "'/*.yml");
    INFO(output);
    CHECK(status == 0);
    std::set<std::string> names;
    for (const fs::path& file : files_below(stack() / "alerts" / set)) {
      std::istringstream lines(text_of(file));
      for (std::string line; std::getline(lines, line);) {
        const size_t at = line.find("- alert: ");
        if (at != std::string::npos) CHECK(names.insert(line.substr(at)).second);
      }
    }
    CHECK(names.size() >= 5);
  }
  const auto [status, output] = shell(
      "promtool check config '" + (stack() / "roles/mon/etc/prometheus/prometheus.yml").string() + "'");
  INFO(output);
  CHECK(status == 0);
}

TEST_CASE("every alert names its severity, its team and a runbook that exists") {
  for (const fs::path& file : files_below(stack() / "alerts")) {
    std::istringstream lines(text_of(file));
    int alerts = 0, labelled = 0;
    for (std::string line; std::getline(lines, line);) {
      alerts += line.find("- alert: ") != std::string::npos;
      labelled += line.find("labels: {severity: page, team: ") != std::string::npos ||
                  line.find("labels: {severity: ticket, team: ") != std::string::npos;
      const size_t at = line.find("runbook: ");
      if (at == std::string::npos) continue;
      CHECK(fs::exists(stack() / "roles/ops" / line.substr(at + 10)));
    }
    INFO(file);
    CHECK(alerts > 0);
    CHECK(alerts == labelled);
  }
}

TEST_CASE("the set of documented alerts speaks of symptoms and of no cause") {
  for (const fs::path& file : files_below(stack() / "alerts/documented")) {
    const std::string text = text_of(file);
    for (const char* cause : {"pg_settings", "pg_stat", "standby", "read_only", "recovery", "25006"}) {
      INFO(file << " " << cause);
      CHECK(text.find(cause) == std::string::npos);
    }
  }
}

TEST_CASE("the last stable copies equal the files in use") {
  int compared = 0;
  for (const char* layer : {"roles", "hosts"}) {
    for (const auto& tree : fs::directory_iterator(stack() / layer)) {
      const fs::path backups = tree.path() / "var/backups";
      if (!fs::exists(backups)) continue;
      for (const fs::path& copy : files_below(backups)) {
        if (copy.filename() == ".gitkeep" || copy.filename() == "INDEX") continue;
        if (copy.extension() == ".sql") continue;  // what the database holds, not a file's copy
        bool found = false;
        for (const fs::path& file : files_below(tree.path() / "etc")) {
          if (file.filename() != copy.filename()) continue;
          INFO(copy);
          CHECK(text_of(file) == text_of(copy));
          found = true;
        }
        INFO(copy);
        CHECK(found);
        ++compared;
      }
    }
  }
  CHECK(compared >= 10);
}

TEST_CASE("no file of a host says what it is for") {
  const std::vector<std::string> words = {"gameday", "drill",    "scenario", "inject",  "decoy",
                                          "sandbox", "conductor", "harness", "workload", "chaos",
                                          "simulat", "exercise", "standby_read_only", "story"};
  for (const char* layer : {"roles", "hosts"}) {
    for (const fs::path& file : files_below(stack() / layer)) {
      std::string text = text_of(file) + file.filename().string();
      std::transform(text.begin(), text.end(), text.begin(),
                     [](unsigned char c) { return std::tolower(c); });
      for (const std::string& word : words) {
        // History is made of the letters of "story" and of nothing else that matters here.
        size_t at = text.find(word);
        while (word == "story" && at != std::string::npos && at >= 2 &&
               text.compare(at - 2, 7, "history") == 0) {
          at = text.find(word, at + 1);
        }
        INFO(file << ": " << word);
        CHECK(at == std::string::npos);
      }
    }
  }
}

TEST_CASE("runbooks name metrics that are scraped, and refer to runbooks that exist") {
  const fs::path runbooks = stack() / "roles/ops/srv/runbooks";
  // What the recording leaves out: counted only once an error came, and the exporters' settings.
  std::string known = text_of(stack() / "metrics-recorded");
  for (const fs::path& file : files_below(stack() / "alerts")) known += text_of(file);
  const std::regex metric("\\b(haproxy|storefront|pgbouncer|pg)_[a-z_]+_[a-z]+\\b"),
      reference("\\b[a-z-]+\\.md\\b");
  size_t metrics = 0;
  for (const char* name : {"metrics.md", "sqlstate.md", "README.md", "teams.md", "slow-site.md"}) {
    const std::string text = text_of(runbooks / name);
    REQUIRE_FALSE(text.empty());
    for (std::sregex_iterator one(text.begin(), text.end(), reference), end; one != end; ++one) {
      INFO(name << " refers to " << one->str());
      CHECK(fs::exists(runbooks / one->str()));
    }
    if (name != std::string("metrics.md")) continue;
    for (std::sregex_iterator one(text.begin(), text.end(), metric), end; one != end; ++one) {
      INFO(one->str());
      CHECK(known.find(one->str()) != std::string::npos);
      ++metrics;
    }
  }
  CHECK(metrics > 15);
}

TEST_CASE("services can be run and their logs have somewhere to go") {
  int services = 0;
  for (const char* role : {"lb", "web", "pay", "db", "mon"}) {
    const fs::path tree = stack() / "roles" / role;
    for (const auto& service : fs::directory_iterator(tree / "etc/service")) {
      if (!service.is_directory()) continue;
      ++services;
      for (const char* script : {"run", "log/run"}) {
        INFO(service.path() << " " << script);
        CHECK(::access((service.path() / script).c_str(), X_OK) == 0);
        CHECK(shell("sh -n '" + (service.path() / script).string() + "'").first == 0);
      }
      CHECK(fs::exists(tree / "var/log" / service.path().filename() / "config"));
    }
  }
  CHECK(services == 10);
}

TEST_CASE("an executable of ours that a trainee can read does not name the project") {
  const fs::path build = std::getenv("GAMEDAY_BUILD");
  std::ifstream list(stack() / "executables");
  for (std::string path, role, target; list >> path;) {
    if (path[0] == '#') {
      std::getline(list, path);
      continue;
    }
    list >> role >> target;
    if (!path.starts_with("sandbox/stack/")) continue;
    if (!fs::exists(build / path)) {
      std::printf("SKIPPED: %s is not built\n", path.c_str());
      return;
    }
    std::string bytes = text_of(build / path);
    std::transform(bytes.begin(), bytes.end(), bytes.begin(),
                   [](unsigned char c) { return std::tolower(c); });
    INFO(path);
    CHECK(bytes.find("gameday") == std::string::npos);
    CHECK(bytes.find(fs::path(std::getenv("GAMEDAY_ROOT")).string() + "/") == std::string::npos);
  }
}
