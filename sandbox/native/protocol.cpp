#include "sandbox/native/protocol.hpp"

#include <fcntl.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>

#include "core/error.hpp"

namespace gameday::native {
namespace {

constexpr int kBufferBytes = 1 << 20;
constexpr size_t kMaxFds = 8;

}  // namespace

SocketPair make_socket_pair() {
  int ends[2];
  if (::socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, ends) != 0) throw_errno("socketpair");
  for (const int end : ends) {
    // Best effort: the kernel caps it at net.core.wmem_max, and send_message reports what is too
    // long.
    ::setsockopt(end, SOL_SOCKET, SO_SNDBUF, &kBufferBytes, sizeof kBufferBytes);
  }
  return SocketPair{UniqueFd(ends[0]), UniqueFd(ends[1])};
}

bool send_message(int socket, const json::object& body, const std::vector<int>& fds) {
  std::string bytes = json::serialize(body);
  iovec part{bytes.data(), bytes.size()};
  msghdr message{};
  message.msg_iov = &part;
  message.msg_iovlen = 1;
  alignas(cmsghdr) char control[CMSG_SPACE(kMaxFds * sizeof(int))] = {};
  if (!fds.empty()) {
    const size_t fds_size = fds.size() * sizeof(int);
    message.msg_control = control;
    message.msg_controllen = CMSG_SPACE(fds_size);
    cmsghdr* header = CMSG_FIRSTHDR(&message);
    header->cmsg_level = SOL_SOCKET;
    header->cmsg_type = SCM_RIGHTS;
    header->cmsg_len = CMSG_LEN(fds_size);
    std::memcpy(CMSG_DATA(header), fds.data(), fds_size);
  }
  for (;;) {
    if (::sendmsg(socket, &message, MSG_NOSIGNAL) >= 0) return true;
    if (errno == EINTR) continue;
    if (errno == EPIPE || errno == ECONNRESET || errno == ENOTCONN) return false;
    if (errno == EMSGSIZE) {
      throw Error("native: a request of " + std::to_string(bytes.size()) +
                  " bytes is too long for one message: shorten the command, pass data as input");
    }
    throw_errno("native: send to the pod");
  }
}

std::optional<Message> receive_message(int socket) {
  ssize_t size = -1;
  do {
    size = ::recv(socket, nullptr, 0, MSG_PEEK | MSG_TRUNC);
  } while (size < 0 && errno == EINTR);
  if (size < 0 && errno == ECONNRESET) return std::nullopt;
  if (size < 0) throw_errno("native: receive");
  if (size == 0) return std::nullopt;
  std::string bytes(static_cast<size_t>(size), '\0');
  iovec part{bytes.data(), bytes.size()};
  msghdr message{};
  message.msg_iov = &part;
  message.msg_iovlen = 1;
  alignas(cmsghdr) char control[CMSG_SPACE(kMaxFds * sizeof(int))];
  message.msg_control = control;
  message.msg_controllen = sizeof control;
  const ssize_t count = ::recvmsg(socket, &message, MSG_CMSG_CLOEXEC);
  if (count < 0 && errno == ECONNRESET) return std::nullopt;
  if (count < 0) throw_errno("native: receive");
  Message result;
  for (cmsghdr* header = CMSG_FIRSTHDR(&message); header; header = CMSG_NXTHDR(&message, header)) {
    if (header->cmsg_level != SOL_SOCKET || header->cmsg_type != SCM_RIGHTS) continue;
    const size_t fd_count = (header->cmsg_len - CMSG_LEN(0)) / sizeof(int);
    for (size_t i = 0; i < fd_count; ++i) {
      int fd = -1;
      std::memcpy(&fd, CMSG_DATA(header) + i * sizeof(int), sizeof fd);
      result.fds.emplace_back(fd);
    }
  }
  bytes.resize(static_cast<size_t>(count));
  json::value value = parse_json(bytes, "native: message");
  if (!value.is_object()) throw Error("native: message: not a JSON object");
  result.body = std::move(value.as_object());
  return result;
}

UniqueFd make_memory_file(std::string_view bytes) {
  UniqueFd file(::memfd_create("data", MFD_CLOEXEC | MFD_ALLOW_SEALING));
  if (!file) throw_errno("native: memory file");
  write_all(file.get(), bytes);
  ::fcntl(file.get(), F_ADD_SEALS, F_SEAL_WRITE | F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_SEAL);
  return file;
}

std::string read_memory_file(int fd) {
  struct stat status {};
  if (::fstat(fd, &status) != 0) throw_errno("native: memory file");
  std::string bytes(static_cast<size_t>(status.st_size), '\0');
  size_t done = 0;
  while (done < bytes.size()) {
    const ssize_t count = ::pread(fd, bytes.data() + done, bytes.size() - done,
                                  static_cast<off_t>(done));
    if (count < 0 && errno == EINTR) continue;
    if (count <= 0) throw_errno("native: memory file");
    done += static_cast<size_t>(count);
  }
  return bytes;
}

}  // namespace gameday::native
