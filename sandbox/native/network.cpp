#include "sandbox/native/network.hpp"

#include <arpa/inet.h>
#include <fcntl.h>
#include <net/if.h>
#include <sched.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <sstream>

#include "core/error.hpp"
#include "sandbox/native/protocol.hpp"

namespace gameday::native {
namespace {

constexpr const char* kOwnNetwork = "/proc/self/ns/net";

UniqueFd open_own_network() {
  UniqueFd space(::open(kOwnNetwork, O_RDONLY | O_CLOEXEC));
  if (!space) throw_errno("native: open the network namespace", ErrorKind::kMachine);
  return space;
}

void write_setting(const std::string& path, std::string_view value) {
  UniqueFd file(::open(path.c_str(), O_WRONLY | O_CLOEXEC));
  if (!file || ::write(file.get(), value.data(), value.size()) < 0) {
    throw_errno("native: write " + path);
  }
}

// Nothing here speaks IPv6: without it no address is duplicate-checked and no name resolves to ::1.
void switch_off_ipv6() {
  for (const char* which : {"all", "default"}) {
    const std::string path = std::string("/proc/sys/net/ipv6/conf/") + which + "/disable_ipv6";
    if (::access(path.c_str(), F_OK) == 0) write_setting(path, "1");
  }
}

void set_up(int socket, const std::string& device) {
  ifreq request{};
  device.copy(request.ifr_name, IFNAMSIZ - 1);
  if (::ioctl(socket, SIOCGIFFLAGS, &request) != 0) throw_errno("native: device " + device);
  request.ifr_flags |= IFF_UP;
  if (::ioctl(socket, SIOCSIFFLAGS, &request) != 0) throw_errno("native: bring up " + device);
}

void set_address(int socket, const std::string& device, const PlanLink& link) {
  ifreq request{};
  device.copy(request.ifr_name, IFNAMSIZ - 1);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  if (::inet_pton(AF_INET, link.address.c_str(), &address.sin_addr) != 1) {
    throw usage_error("native: address " + link.address + ": not an IPv4 address");
  }
  std::memcpy(&request.ifr_addr, &address, sizeof address);
  if (::ioctl(socket, SIOCSIFADDR, &request) != 0) throw_errno("native: address of " + device);
  address.sin_addr.s_addr = htonl(link.prefix_bits == 0 ? 0 : ~0U << (32 - link.prefix_bits));
  std::memcpy(&request.ifr_netmask, &address, sizeof address);
  if (::ioctl(socket, SIOCSIFNETMASK, &request) != 0) throw_errno("native: netmask of " + device);
}

std::string sysctl_path(std::string key) {
  std::replace(key.begin(), key.end(), '.', '/');
  return "/proc/sys/" + key;
}

// Names of bridges and of their ports: short, because a device name has 15 characters at most.
std::string bridge_name(const Plan& plan, const std::string& network) {
  const auto found = std::find(plan.networks.begin(), plan.networks.end(), network);
  return "br" + std::to_string(found - plan.networks.begin());
}

}  // namespace

Networks::Networks(const Plan& plan) : own_(open_own_network()) {
  switch_off_ipv6();
  for (const PlanHost& host : plan.hosts) {
    if (::unshare(CLONE_NEWNET) != 0) throw_errno("native: make a network", ErrorKind::kMachine);
    spaces_[host.name] = open_own_network();
    switch_off_ipv6();
  }
  leave();
}

void Networks::enter(const std::string& host) const {
  if (::setns(of(host), CLONE_NEWNET) != 0) throw_errno("native: enter the network of " + host);
}

void Networks::leave() const {
  if (::setns(own_.get(), CLONE_NEWNET) != 0) throw_errno("native: leave a network");
}

void Networks::start_connecting(const Plan& plan) {
  std::ostringstream batch;
  for (size_t i = 0; i < plan.networks.size(); ++i) {
    batch << "link add br" << i << " up type bridge stp_state 0 forward_delay 0 mcast_snooping 0\n";
  }
  const std::string self = std::to_string(::getpid());
  for (size_t h = 0; h < plan.hosts.size(); ++h) {
    const PlanHost& host = plan.hosts[h];
    for (size_t i = 0; i < host.links.size(); ++i) {
      batch << "link add p" << h << "." << i << " up master "
            << bridge_name(plan, host.links[i].network) << " type veth peer name eth" << i
            << " netns /proc/" << self << "/fd/" << of(host.name) << "\n";
    }
  }
  const UniqueFd input = make_memory_file(batch.str());
  Pipe output = make_pipe();
  connecting_ = ::fork();
  if (connecting_ < 0) throw_errno("native: fork");
  if (connecting_ == 0) {
    ::dup2(input.get(), 0);
    ::lseek(0, 0, SEEK_SET);
    ::dup2(output.writer.get(), 1);
    ::dup2(output.writer.get(), 2);
    ::execlp("ip", "ip", "-batch", "-", nullptr);
    ::_exit(127);
  }
  connecting_output_ = std::move(output.reader);
}

void Networks::finish_connecting(const Plan& plan) {
  const std::string output = read_to_end(connecting_output_.get());
  int status = 0;
  while (::waitpid(connecting_, &status, 0) < 0 && errno == EINTR) {
  }
  if (status != 0) {
    throw machine_error("native: connect the hosts: `ip -batch` failed: " +
                        output.substr(0, output.find('\n')) + ": see `gameday doctor`");
  }
  for (const PlanHost& host : plan.hosts) {
    enter(host.name);
    const UniqueFd socket(::socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0));
    if (!socket) throw_errno("native: socket");
    set_up(socket.get(), "lo");
    for (size_t i = 0; i < host.links.size(); ++i) {
      const std::string device = "eth" + std::to_string(i);
      set_address(socket.get(), device, host.links[i]);
      set_up(socket.get(), device);
    }
    for (const auto& [key, value] : host.sysctls) write_setting(sysctl_path(key), value);
  }
  leave();
}

}  // namespace gameday::native
