// The server's side of a PostgreSQL connection, for tests of who asks: every log-in is welcome, and
// statements are answered by a function. Protocol 3.0, simple queries only (PostgreSQL's manual,
// "Frontend/Backend Protocol").
#pragma once

#include <unistd.h>

#include <cstdint>
#include <functional>
#include <optional>
#include <string>

#include "core/fd.hpp"

namespace gameday::testing {

inline std::string network_order(uint32_t value, int bytes) {
  std::string text;
  for (int i = bytes - 1; i >= 0; --i) text += static_cast<char>(value >> (8 * i) & 0xff);
  return text;
}

inline std::string message(char kind, const std::string& body) {
  return kind + network_order(static_cast<uint32_t>(body.size() + 4), 4) + body;
}

// Reads `count` bytes; nullopt at the end of the stream.
inline std::optional<std::string> read_exactly(int fd, size_t count) {
  std::string bytes;
  while (bytes.size() < count) {
    char buffer[4096];
    const ssize_t got = ::read(fd, buffer, std::min(sizeof buffer, count - bytes.size()));
    if (got <= 0) return std::nullopt;
    bytes.append(buffer, static_cast<size_t>(got));
  }
  return bytes;
}

inline std::optional<std::string> read_body(int fd) {
  const auto size = read_exactly(fd, 4);
  if (!size) return std::nullopt;
  uint32_t length = 0;
  for (const char byte : *size) length = length << 8 | static_cast<unsigned char>(byte);
  return read_exactly(fd, length - 4);
}

// One column of one row; nothing: a statement without rows.
inline std::string answer_message(const std::optional<std::string>& value) {
  std::string all;
  if (value) {
    all += message('T', network_order(1, 2) + std::string("x\0", 2) + network_order(0, 4) +
                            network_order(0, 2) + network_order(25, 4) + network_order(0xffff, 2) +
                            network_order(0xffffffff, 4) + network_order(0, 2));
    all += message('D', network_order(1, 2) +
                            network_order(static_cast<uint32_t>(value->size()), 4) + *value);
  }
  return all + message('C', std::string("DONE\0", 5)) + message('Z', "I");
}

// Serves one connection to its end.
inline void serve_postgres(UniqueFd socket,
                           const std::function<std::optional<std::string>(const std::string&)>& answer) {
  if (!read_body(socket.get())) return;
  try {
    write_all(socket.get(), message('R', network_order(0, 4)) + message('Z', "I"));
    for (;;) {
      const auto kind = read_exactly(socket.get(), 1);
      if (!kind || *kind != "Q") return;
      const auto body = read_body(socket.get());
      if (!body) return;
      write_all(socket.get(), answer_message(answer(body->substr(0, body->size() - 1))));
    }
  } catch (const std::exception&) {
    // The other side has gone.
  }
}

}  // namespace gameday::testing
