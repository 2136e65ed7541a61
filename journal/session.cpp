#include "journal/session.hpp"

#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <algorithm>
#include <cstddef>
#include <cstring>
#include <fstream>
#include <sstream>

#include "core/error.hpp"

namespace gameday {

namespace {

std::string prefix() { return "gameday-" + std::to_string(::getuid()) + "-"; }

socklen_t fill(sockaddr_un& address, const std::string& name) {
  address = {};
  address.sun_family = AF_UNIX;
  const size_t length = std::min(name.size(), sizeof address.sun_path - 1);
  std::memcpy(address.sun_path + 1, name.data(), length);
  return static_cast<socklen_t>(offsetof(sockaddr_un, sun_path) + 1 + length);
}

UniqueFd make_socket() {
  UniqueFd fd(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0));
  if (!fd) throw_errno("session: cannot make a socket");
  return fd;
}

}  // namespace

UniqueFd listen_session(const std::string& id) {
  UniqueFd fd = make_socket();
  sockaddr_un address;
  const socklen_t length = fill(address, prefix() + id);
  if (::bind(fd.get(), reinterpret_cast<sockaddr*>(&address), length) != 0 ||
      ::listen(fd.get(), 32) != 0) {
    throw_errno("session: cannot listen as " + prefix() + id);
  }
  return fd;
}

std::vector<Session> list_sessions() {
  std::ifstream sockets("/proc/net/unix");
  const std::string wanted = "@" + prefix();
  constexpr const char* kListening = "00010000";  // __SO_ACCEPTCON in the column Flags
  std::vector<Session> sessions;
  for (std::string line; std::getline(sockets, line);) {
    const size_t at = line.find(wanted);
    if (at == std::string::npos || line.find(kListening) == std::string::npos) continue;
    const std::string socket = line.substr(at + 1);
    sessions.push_back({socket.substr(prefix().size()), socket});
  }
  std::sort(sessions.begin(), sessions.end(),
            [](const Session& a, const Session& b) { return a.id < b.id; });
  return sessions;
}

UniqueFd dial_session(const Session& session) {
  UniqueFd fd = make_socket();
  sockaddr_un address;
  const socklen_t length = fill(address, session.socket);
  if (::connect(fd.get(), reinterpret_cast<sockaddr*>(&address), length) != 0) return UniqueFd();
  if (!is_own_peer(fd.get())) return UniqueFd();
  return fd;
}

bool is_own_peer(int connection) {
  ucred peer{};
  socklen_t length = sizeof peer;
  if (::getsockopt(connection, SOL_SOCKET, SO_PEERCRED, &peer, &length) != 0) return false;
  return peer.uid == ::getuid() || peer.uid == 0;
}

}  // namespace gameday
