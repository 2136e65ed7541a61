#include "drill/desk/protocol.hpp"

#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>

#include "core/error.hpp"
#include "core/json.hpp"

namespace gameday {
namespace {

constexpr size_t kHeaderBytes = 5;
constexpr std::string_view kKinds = "ALIWOEQRSX";

TerminalSize clamped(double columns, double rows) {
  return {static_cast<int>(std::clamp(columns, 1.0, 1000.0)),
          static_cast<int>(std::clamp(rows, 1.0, 1000.0))};
}

sockaddr_un socket_address(const std::string& path) {
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  if (path.size() >= sizeof address.sun_path) {
    throw machine_error("desk: " + path + ": longer than a socket's name may be: use a shorter " +
                        "XDG_RUNTIME_DIR");
  }
  std::memcpy(address.sun_path, path.c_str(), path.size() + 1);
  return address;
}

// A terminal's name goes into an environment: only what such names consist of.
std::string safe_term(const std::string& term) {
  const bool fine = !term.empty() && term.size() <= 32 &&
                    std::all_of(term.begin(), term.end(), [](unsigned char c) {
                      return std::isalnum(c) != 0 || c == '-' || c == '.' || c == '_' || c == '+';
                    });
  return fine ? term : "dumb";
}

}  // namespace

std::optional<Frame> FrameReader::next() {
  if (pending_.empty()) return std::nullopt;
  if (kKinds.find(pending_[0]) == std::string_view::npos) {
    throw Error("desk: unknown kind of frame: the other side is not of this version");
  }
  if (pending_.size() < kHeaderBytes) return std::nullopt;
  uint32_t length = 0;
  for (size_t i = 0; i < 4; ++i) {
    length |= static_cast<uint32_t>(static_cast<unsigned char>(pending_[1 + i])) << (8 * i);
  }
  if (length > kFrameLimit) throw Error("desk: a frame of " + std::to_string(length) +
                                        " bytes is too long: at most 1 MiB");
  if (pending_.size() < kHeaderBytes + length) return std::nullopt;
  Frame frame{static_cast<FrameKind>(pending_[0]), pending_.substr(kHeaderBytes, length)};
  pending_.erase(0, kHeaderBytes + length);
  return frame;
}

std::string encode_frame(FrameKind kind, std::string_view payload) {
  if (payload.size() > kFrameLimit) throw Error("desk: a frame holds at most 1 MiB");
  std::string bytes(1, static_cast<char>(kind));
  for (int i = 0; i < 4; ++i) bytes += static_cast<char>((payload.size() >> (8 * i)) & 0xff);
  bytes += payload;
  return bytes;
}

void send_frame(int fd, FrameKind kind, std::string_view payload) {
  do {
    const std::string_view part = payload.substr(0, kFrameLimit);
    write_all(fd, encode_frame(kind, part));
    payload.remove_prefix(part.size());
  } while (!payload.empty());
}

std::optional<Frame> receive_frame(int fd, FrameReader& reader, std::optional<Deadline> deadline) {
  char buffer[16384];
  for (;;) {
    if (auto frame = reader.next()) return frame;
    if (deadline && !wait_readable(fd, *deadline)) throw Error("desk: no answer in time");
    const ssize_t count = ::read(fd, buffer, sizeof buffer);
    if (count < 0 && errno == EINTR) continue;
    if (count < 0 && errno != ECONNRESET) throw_errno("desk: read");
    if (count <= 0) {
      if (reader.at_boundary()) return std::nullopt;
      throw Error("desk: the other side ended inside a frame");
    }
    reader.feed({buffer, static_cast<size_t>(count)});
  }
}

std::string encode_call(const Call& call) {
  json::object object;
  object["argv"] = json::array(call.argv.begin(), call.argv.end());
  object["tty"] = call.tty;
  object["columns"] = call.size.columns;
  object["rows"] = call.size.rows;
  object["term"] = call.term;
  if (call.file) object["file"] = *call.file;
  return json::serialize(object);
}

Call decode_call(std::string_view payload) {
  const json::value value = parse_json(payload, "desk: a call");
  const json::value* argv = find_path(value, {"argv"});
  if (!argv || !argv->is_array() || argv->as_array().size() > 1000) {
    throw usage_error("desk: a call: needs its arguments");
  }
  Call call;
  for (const json::value& word : argv->as_array()) {
    if (!word.is_string()) throw usage_error("desk: a call: an argument is not text");
    call.argv.emplace_back(word.as_string().data(), word.as_string().size());
    if (call.argv.back().find('\0') != std::string::npos) {
      throw usage_error("desk: a call: an argument with a zero byte");
    }
  }
  const json::object& object = value.as_object();
  call.tty = bool_or(object, "tty", false);
  call.size = clamped(number_or(object, "columns", 80), number_or(object, "rows", 24));
  call.term = safe_term(string_or(object, "term", "dumb"));
  if (object.contains("file")) call.file = string_or(object, "file", "");
  return call;
}

std::string encode_size(TerminalSize size) {
  json::object object;
  object["columns"] = size.columns;
  object["rows"] = size.rows;
  return json::serialize(object);
}

TerminalSize decode_size(std::string_view payload) {
  const json::value value = parse_json(payload, "desk: a window size");
  if (!value.is_object()) throw usage_error("desk: a window size: not an object");
  return clamped(number_or(value.as_object(), "columns", 80),
                 number_or(value.as_object(), "rows", 24));
}

UniqueFd listen_at(const std::string& path) {
  const sockaddr_un address = socket_address(path);
  UniqueFd fd(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0));
  if (!fd) throw_errno("desk: socket", ErrorKind::kMachine);
  ::unlink(path.c_str());
  // The mode is set on the socket before it has a name: nobody else ever sees it open.
  ::fchmod(fd.get(), 0600);
  if (::bind(fd.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0 ||
      ::listen(fd.get(), 16) != 0) {
    throw_errno("desk: cannot listen at " + path, ErrorKind::kMachine);
  }
  return fd;
}

UniqueFd connect_to(const std::string& path) {
  const sockaddr_un address = socket_address(path);
  UniqueFd fd(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0));
  if (!fd) throw_errno("desk: socket");
  if (::connect(fd.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0) {
    throw Error("desk: cannot reach " + path + ": " + std::strerror(errno) +
                ": the desk is closed, or another user's");
  }
  return fd;
}

}  // namespace gameday
