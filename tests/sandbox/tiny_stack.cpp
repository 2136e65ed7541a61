#include "tests/sandbox/tiny_stack.hpp"

#include <sys/stat.h>
#include <unistd.h>

#include <cstdlib>
#include <fstream>
#include <thread>

#include "core/error.hpp"
#include "sandbox/native/gold.hpp"

namespace gameday::test {
namespace {

namespace fs = std::filesystem;

constexpr const char* kTopology = R"yaml(
x-host: &host
  cap_drop: [ALL]
  cap_add: [CHOWN, DAC_OVERRIDE, FOWNER, FSETID, KILL, SETGID, SETUID, SETPCAP, NET_BIND_SERVICE,
            NET_RAW, SYS_CHROOT, AUDIT_WRITE, NET_ADMIN]
  command: ["/bin/sh", "/etc/boot"]
  extra_hosts: ["left:10.91.1.11", "right:10.91.1.12", "far:10.91.2.11"]
services:
  left:
    <<: *host
    x-team: one
    labels: {role: plain}
    networks: {front: {ipv4_address: 10.91.1.11}}
    healthcheck: {test: [CMD, test, -e, /run/up]}
  right:
    <<: *host
    x-team: one
    labels: {role: plain}
    networks: {front: {ipv4_address: 10.91.1.12}}
    healthcheck: {test: [CMD, test, -e, /run/up]}
  router:
    <<: *host
    labels: {role: plain}
    sysctls: {net.ipv4.ip_forward: "1"}
    networks:
      front: {ipv4_address: 10.91.1.2}
      back: {ipv4_address: 10.91.2.2}
  far:
    <<: *host
    labels: {role: far}
    networks: {back: {ipv4_address: 10.91.2.11}}
networks:
  front: {driver: bridge, ipam: {config: [{subnet: 10.91.1.0/24}]}}
  back: {driver: bridge, ipam: {config: [{subnet: 10.91.2.0/24}]}}
)yaml";

constexpr const char* kBoot = R"sh(#!/bin/sh
[ -e /etc/routes ] && ip -batch /etc/routes
echo "hello from boot"
touch /run/up
while [ ! -e /run/stop ]; do sleep 0.05; done
)sh";

void write_text(const fs::path& file, const std::string& content, int mode) {
  fs::create_directories(file.parent_path());
  std::ofstream(file) << content;
  ::chmod(file.c_str(), static_cast<mode_t>(mode));
}

}  // namespace

TinyProject::TinyProject() {
  std::string name = (fs::temp_directory_path() / "tiny.XXXXXX").string();
  if (!::mkdtemp(name.data())) throw_errno("mkdtemp");
  root_ = name;
  write_text(root_ / "docker-compose.yml", kTopology, 0644);
  write_stack("roles/base/etc/boot", kBoot);
  write_stack("roles/base/etc/passwd",
              "root:x:0:0:root:/root:/bin/bash\n"
              "clerk:x:1000:1000:clerk:/home/clerk:/bin/sh\n"
              "nobody:x:65534:65534:nobody:/nonexistent:/usr/sbin/nologin\n");
  write_stack("roles/base/etc/group", "root:x:0:\ntty:x:5:\nclerk:x:1000:\npress:x:50:clerk\n");
  write_stack("roles/base/etc/motd", "base\n");
  write_stack("roles/plain/etc/motd", "plain\n");
  write_stack("roles/far/etc/routes", "route add default via 10.91.2.2\n");
  write_stack("roles/plain/etc/routes", "route add 10.91.2.0/24 via 10.91.1.2\n");
  write_stack("hosts/router/etc/routes", "");
  write_stack("hosts/right/etc/motd", "right\n");
  write_stack("owners", "/home/clerk clerk:clerk 0700\n/etc/motd clerk:press 0640\n");
}

TinyProject::~TinyProject() {
  try {
    clean_caches(root_ / "cache", build_folder());
  } catch (const std::exception&) {
    // The folder's remains then stay below /tmp, where they are seen.
  }
  std::error_code ignored;
  fs::remove_all(root_, ignored);
}

void TinyProject::write_stack(const std::string& path, const std::string& content,
                              int mode) const {
  write_text(root_ / "sandbox/stack" / path, content, mode);
}

Settings TinyProject::settings() const {
  Settings settings;
  settings.root = root_;
  settings.executables = build_folder();
  settings.cache = root_ / "cache";
  settings.ready_limit = std::chrono::seconds(20);
  return settings;
}

Topology TinyProject::topology() const { return read_topology(root_ / "docker-compose.yml", {}); }

fs::path build_folder() {
  const char* folder = std::getenv("GAMEDAY_BUILD");
  if (!folder) throw Error("tests: GAMEDAY_BUILD is not set: run the tests by ctest");
  return folder;
}

bool eventually(double seconds, const std::function<bool()>& predicate) {
  const Deadline deadline =
      deadline_in(std::chrono::milliseconds(static_cast<int>(seconds * 1000)));
  while (!predicate()) {
    if (std::chrono::steady_clock::now() > deadline) return false;
    std::this_thread::sleep_for(std::chrono::milliseconds(5));
  }
  return true;
}

std::string read_terminal(Terminal& terminal, const std::string& text, double seconds) {
  const Deadline deadline =
      deadline_in(std::chrono::milliseconds(static_cast<int>(seconds * 1000)));
  std::string all;
  char buffer[4096];
  while (all.find(text) == std::string::npos && wait_readable(terminal.master(), deadline)) {
    const ssize_t count = ::read(terminal.master(), buffer, sizeof buffer);
    if (count <= 0) break;
    all.append(buffer, static_cast<size_t>(count));
  }
  return all;
}

}  // namespace gameday::test
