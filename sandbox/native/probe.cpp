#include "sandbox/native/probe.hpp"

#include <fcntl.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>

#include "core/child.hpp"
#include "core/error.hpp"
#include "sandbox/native/protocol.hpp"

namespace gameday::native {
namespace {

void mount_or_throw(const char* source, const char* target, const char* type, unsigned long flags,
                    const char* options) {
  if (::mount(source, target, type, flags, options) != 0) {
    throw_errno(std::string("mount ") + (type ? type : target));
  }
}

// The mounts that every stack begins with; without them nothing else can be tried.
void try_files() {
  mount_or_throw(nullptr, "/", nullptr, MS_REC | MS_PRIVATE, nullptr);
  mount_or_throw("proc", "/proc", "proc", MS_NOSUID | MS_NODEV | MS_NOEXEC, nullptr);
  mount_or_throw("tmpfs", "/tmp", "tmpfs", MS_NOSUID | MS_NODEV, "size=4m,mode=0700");
}

void try_overlay() {
  for (const char* folder : {"/tmp/l", "/tmp/s", "/tmp/s/u", "/tmp/s/w", "/tmp/m"}) {
    ::mkdir(folder, 0755);
  }
  mount_or_throw("overlay", "/tmp/m", "overlay", 0,
                 "lowerdir=/tmp/l,upperdir=/tmp/s/u,workdir=/tmp/s/w,userxattr");
  const UniqueFd file(::open("/tmp/m/file", O_WRONLY | O_CREAT | O_CLOEXEC, 0600));
  if (!file) throw_errno("write to an overlay");
}

void try_program(const std::vector<std::string>& argv) {
  const ChildResult result = run_child(argv);
  if (result.status == 0) return;
  const std::string line = result.output.substr(0, result.output.find('\n'));
  throw Error(argv[0] + ": " + (line.empty() ? "status " + std::to_string(result.status) : line));
}

void try_bubblewrap() {
  try_program({"bwrap", "--ro-bind", "/", "/", "--proc", "/proc", "--dev", "/dev", "--unshare-pid",
               "--unshare-uts", "--unshare-ipc", "--hostname", "probe", "--die-with-parent",
               "--as-pid-1", "--cap-drop", "ALL", "true"});
}

void try_network() {
  try_program({"ip", "link", "add", "br0", "up", "type", "bridge"});
  try_program({"ip", "link", "add", "p0", "up", "master", "br0", "type", "veth", "peer", "name",
               "p1"});
}

void try_firewall() {
  try_program({"nft", "add table ip t { chain c { type filter hook forward priority 0; "
                      "numgen random mod 100 < 5 drop; ct state established accept; }; }"});
}

void try_delay() {
  try_program({"ip", "link", "set", "lo", "up"});
  try_program({"tc", "qdisc", "add", "dev", "lo", "root", "netem", "delay", "1ms"});
}

}  // namespace

void probe_kernel(int socket) {
  json::object results;
  const auto attempt = [&](const char* name, void (*work)()) {
    try {
      work();
      results[name] = "";
    } catch (const std::exception& error) {
      results[name] = error.what();
    }
  };
  attempt("files", try_files);
  attempt("overlay", try_overlay);
  attempt("bubblewrap", try_bubblewrap);
  attempt("network", try_network);
  attempt("firewall", try_firewall);
  attempt("delay", try_delay);
  send_message(socket, {{"results", results}});
}

}  // namespace gameday::native
