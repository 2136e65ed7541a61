// What a person finds who only reads dates, differences, the change log and restarts, computed from a
// variant's timeline. tests/drill/scene_test.cpp lets naive readers answer by it, and
// tests/contract/scene_test.cpp holds it against a living stack.
#pragma once

#include <algorithm>
#include <optional>
#include <string>
#include <vector>

#include "injectors/everyday.hpp"
#include "sandbox/topology.hpp"
#include "scenarios/scenario.hpp"

namespace gameday::testing {

struct SceneFile {
  std::string host, path;
  int minutes = 0;  // of story time
  bool has_copy = false, of_fault = false;
};
struct SceneRestart {
  std::string host, service;
  int minutes = 0;
  bool of_fault = false;
};
struct Scene {
  std::vector<SceneFile> files;
  std::vector<SceneRestart> restarts;
  std::string maintained_last;  // a host, by the change log
};

// The file that a fault writes and whether /var/backups has a copy of it; empty: it writes none.
inline std::pair<std::string, bool> file_of_fault(const TimelineEntry& entry) {
  const auto is = [&](const char* name) { return entry.fault == name; };
  const std::string config = "/etc/postgresql/15/main/";
  const auto lost = entry.parameters.find("lost");
  if (is("standby_read_only")) return {"/var/lib/postgresql/15/main/standby.signal", false};
  if (is("session_read_only")) return {"/var/lib/postgresql/15/main/postgresql.auto.conf", false};
  if (is("client_auth_reject")) return {config + "pg_hba.conf", true};
  if (is("listen_or_port") || is("timeout_too_low")) return {config + "postgresql.conf", true};
  if (is("privilege_or_search_path") && lost == entry.parameters.end()) {
    return {config + "postgresql.conf", true};
  }
  if (is("wrong_route")) return {"/etc/network/routes", true};
  if (is("firewall_reject") || is("firewall_drop")) {
    return {"/etc/nftables.conf", entry.target == "router"};
  }
  if (is("pool_exhausted_limit")) return {"/etc/pgbouncer/pgbouncer.ini", true};
  if (is("pool_exhausted_hold_time") || is("pool_exhausted_leak")) {
    return {"/srv/storefront/releases/" + entry.parameters.at("release"), false};
  }
  return {};
}

inline bool fault_restarts(const TimelineEntry& entry) {
  const auto lost = entry.parameters.find("lost");
  return entry.fault == "standby_read_only" || entry.fault == "client_auth_reject" ||
         entry.fault == "listen_or_port" ||
         (entry.fault == "privilege_or_search_path" && lost == entry.parameters.end());
}

// The host that a line of the change log says was maintained; empty: it tells of something else.
inline std::string maintained_by(const std::string& change) {
  const std::string about = change.substr(change.find(':') + 1);
  const bool is_work = about.find("maintenance") != std::string::npos ||
                       about.find("update,") != std::string::npos;
  return is_work ? change.substr(0, change.find_first_of(":,")) : "";
}

inline std::string one_host(const std::string& target) {
  return target == "primary" ? "db1" : target;
}

inline const EverydayKind& everyday_of(const Topology& topology, const TimelineEntry& entry) {
  const std::string host = entry.target == "web" ? "web1" : one_host(entry.target);
  const std::string& role = topology.find(host)->role;
  const auto& kinds = everyday_kinds();
  return *std::find_if(kinds.begin(), kinds.end(), [&](const EverydayKind& kind) {
    return kind.kind == entry.parameters.at("kind") && kind.role == role;
  });
}

inline Scene scene_of(const Variant& variant, const Topology& topology) {
  Scene scene;
  for (const TimelineEntry& entry : variant.timeline) {
    const std::string host = one_host(entry.target);
    const int written = entry.files_at.value_or(entry.at).minutes;
    if (const std::string maintained = maintained_by(entry.change); !maintained.empty()) {
      scene.maintained_last = maintained;
    } else if (entry.decoy == "everyday") {
      const EverydayKind& kind = everyday_of(topology, entry);
      if (!kind.file.empty()) {
        scene.files.push_back({host, std::string(kind.file), written, true, false});
      }
      if (!kind.restarts.empty()) {
        scene.restarts.push_back({host, std::string(kind.restarts), entry.at.minutes, false});
      }
    } else if (entry.decoy == "deploy") {
      scene.files.push_back({host, "/srv/storefront/releases/" + entry.parameters.at("release"),
                             written, false, false});
    } else if (!entry.fault.empty()) {
      const auto [path, has_copy] = file_of_fault(entry);
      if (!path.empty()) scene.files.push_back({host, path, written, has_copy, true});
      if (fault_restarts(entry)) {
        scene.restarts.push_back({host, "postgresql", entry.at.minutes, true});
      }
    }
  }
  return scene;
}

}  // namespace gameday::testing
