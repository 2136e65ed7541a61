#include "sandbox/native/doctor.hpp"

#include <unistd.h>

#include <cstdlib>
#include <fstream>
#include <sstream>

#include "core/child.hpp"
#include "core/error.hpp"
#include "sandbox/native/gold.hpp"
#include "sandbox/native/identity.hpp"
#include "sandbox/native/protocol.hpp"

namespace gameday {
namespace {

namespace fs = std::filesystem;

std::string read_setting(const char* path) {
  std::ifstream stream(path);
  std::string value;
  stream >> value;
  return value;
}

bool in_path(const std::string& program) {
  const char* path = std::getenv("PATH");
  std::istringstream folders(path ? path : "");
  for (std::string folder; std::getline(folders, folder, ':');) {
    if (::access((folder + "/" + program).c_str(), X_OK) == 0) return true;
  }
  // Debian keeps some of them out of an ordinary user's PATH.
  return ::access(("/usr/sbin/" + program).c_str(), X_OK) == 0;
}

// The programs that the engine and the stack run, and the Debian package of each.
std::string missing_packages() {
  static constexpr const char* kPrograms[][2] = {
      {"bwrap", "bubblewrap"},
      {"ip", "iproute2"},
      {"nft", "nftables"},
      {"runsvdir", "runit"},
      {"haproxy", "haproxy"},
      {"pgbouncer", "pgbouncer"},
      {"prometheus", "prometheus"},
      {"prometheus-alertmanager", "prometheus-alertmanager"},
      {"prometheus-postgres-exporter", "prometheus-postgres-exporter"},
      {"curl", "curl"}};
  std::string missing;
  for (const auto& [program, package] : kPrograms) {
    if (!in_path(program)) missing += (missing.empty() ? "" : " ") + std::string(package);
  }
  if (::access("/usr/lib/postgresql/15/bin/postgres", X_OK) != 0) {
    missing += (missing.empty() ? "" : " ") + std::string("postgresql-15");
  }
  return missing;
}

// Why the kernel may refuse a user namespace, most likely first.
std::string namespace_remedy(const std::string& failure) {
  if (read_setting("/proc/sys/kernel/apparmor_restrict_unprivileged_userns") == "1") {
    return "AppArmor forbids them to ordinary programs (Ubuntu 23.10 and later): `sudo sysctl "
           "kernel.apparmor_restrict_unprivileged_userns=0`, for good in a file of /etc/sysctl.d";
  }
  if (read_setting("/proc/sys/kernel/unprivileged_userns_clone") == "0") {
    return "the kernel is told to forbid them: `sudo sysctl kernel.unprivileged_userns_clone=1`";
  }
  if (failure.find("No space left") != failure.npos ||
      read_setting("/proc/sys/user/max_user_namespaces") == "0") {
    return "their number is limited: `sudo sysctl user.max_user_namespaces=15000`";
  }
  if (fs::exists("/.dockerenv") || fs::exists("/run/.containerenv")) {
    return "this is a container that forbids them: start it with `--security-opt "
           "seccomp=unconfined --security-opt apparmor=unconfined --security-opt "
           "systempaths=unconfined`, or use a virtual machine";
  }
  return "ask whoever administers this machine whether a security policy forbids them";
}

struct Probe {
  json::object results;
  std::string failure;  // of the pod itself: then there are no results
};

Probe run_probe(const fs::path& executables) {
  Probe probe;
  try {
    native::SocketPair socket = native::make_socket_pair();
    Child child({native::pod_executable(executables).string(), "probe"},
                {{-1, -1, -1, socket.theirs.get()}, true});
    socket.theirs.reset();
    if (!wait_readable(socket.ours.get(), deadline_in(std::chrono::seconds(20)))) {
      probe.failure = "no answer within 20 s";
      return probe;
    }
    const std::optional<native::Message> answer = native::receive_message(socket.ours.get());
    if (!answer) probe.failure = "the probe ended without an answer";
    else if (answer->body.contains("error")) probe.failure = string_or(answer->body, "error", "");
    else probe.results = answer->body.at("results").as_object();
  } catch (const std::exception& error) {
    probe.failure = error.what();
  }
  return probe;
}

Ability subordinate_ids() {
  Ability ability{"subordinate user ids", true, true, "",
                  "the stack's services cannot have users of their own, and PostgreSQL refuses to "
                  "run as root",
                  ""};
  ability.remedy = "`sudo usermod --add-subuids 100000-165535 --add-subgids 100000-165535 "
                   "$(id -un)`";
  try {
    native::read_identity();
    if (::geteuid() != 0 && !(in_path("newuidmap") && in_path("newgidmap"))) {
      ability.ok = false;
      ability.detail = "newuidmap is missing";
      ability.remedy = "`sudo apt-get install uidmap`";
    }
  } catch (const Error& error) {
    ability.ok = false;
    ability.detail = error.what();
  }
  return ability;
}

Ability docker() {
  Ability ability{"Docker", true, false, "", "the engine `compose` cannot be used; `native` can",
                  "install docker.io and docker-compose, and add yourself to the group docker"};
  const ChildResult info = run_child({"docker", "info", "--format", "{{.ServerVersion}}"});
  ability.ok = info.status == 0;
  if (!ability.ok) {
    const size_t first = std::min(info.output.find_first_not_of('\n'), info.output.size());
    ability.detail = info.output.substr(first, info.output.find('\n', first) - first);
  }
  return ability;
}

}  // namespace

std::vector<Ability> probe_machine(const fs::path& executables) {
  std::vector<Ability> abilities;
  const std::string missing = missing_packages();
  abilities.push_back({"the stack's programs", missing.empty(), true,
                       missing.empty() ? "" : "missing: " + missing,
                       "there is nothing to start in the stack",
                       "`sudo apt-get install " + missing + "`"});
  abilities.push_back(subordinate_ids());
  Probe probe;
  if (abilities.back().ok) probe = run_probe(executables);
  else probe.failure = "not tried: there are no subordinate user ids";
  const std::string files = string_or(probe.results, "files", probe.failure);
  abilities.push_back({"user namespaces", probe.failure.empty() && files.empty(), true, files,
                       "no stack can be started: each drill lives in namespaces of its own",
                       namespace_remedy(files)});
  const bool probed = abilities.back().ok;
  const auto add = [&](const char* key, const char* name, bool required, const char* cost,
                       const char* remedy) {
    const std::string why = probed ? string_or(probe.results, key, "not tried")
                                   : std::string("not tried: there are no user namespaces");
    abilities.push_back({name, why.empty(), required, why, cost, remedy});
  };
  add("overlay", "overlay mounts in a user namespace", true,
      "hosts cannot share their files and still write to them",
      "a kernel of version 5.11 or later with the module overlay: `sudo modprobe overlay`");
  add("bubblewrap", "bubblewrap", true, "hosts cannot be started",
      "`sudo apt-get install bubblewrap`");
  add("network", "bridges and virtual network cables", true, "hosts cannot be connected",
      "a kernel with the modules bridge and veth: `sudo modprobe -a bridge veth`");
  add("firewall", "nftables", true, "the router has no firewall, and faults in it cannot be played",
      "a kernel with nf_tables: `sudo modprobe -a nf_tables nft_numgen nft_ct`");
  add("delay", "network delay (netem)", false,
      "every drill can be played; only nobody in it can delay packets",
      "a kernel with the module sch_netem: `sudo modprobe sch_netem`");
  abilities.push_back(docker());
  return abilities;
}

}  // namespace gameday
