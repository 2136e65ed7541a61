// How the engine and its pod talk: one message per request over a SEQPACKET socket, each with a
// socket of its own for the answer, so that nobody waits for anybody else's request. Descriptors
// travel beside the bytes.
//
// Requests are JSON objects with a key `do`:
//   start        fds [answer, plan]                brings all hosts up
//   spawn        fds [answer, in, out, err]        runs a program in a host
//   shell        fds [answer]                      the same on a terminal made in the host
//   dial         fds [answer]                      a TCP socket of the host's network
//   listen       fds [answer]                      a listening TCP socket on its loopback
//   listen_unix  fds [answer]                      a listening Unix socket in its files
//   dial_unix    fds [answer]                      a connection to a Unix socket in its files
//   open_file    fds [answer]                      a regular file, to read
//   state        fds [answer]                      is the host alive, and what its boot printed
// Unasked, over the socket of the requests, come {ready}, {error} where a start failed, and
// {memory: host, program, bytes} of what passed a bound (MemoryNotice, in sandbox.hpp).
// Answers are JSON objects: {error} when it could not be done, {ran} when a program that is watched
// starts another, {status} when it ended; a descriptor that was asked for comes with {}. Closing the
// answer socket kills the program.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/fd.hpp"
#include "core/json.hpp"

namespace gameday::native {

struct Message {
  json::object body;
  std::vector<UniqueFd> fds;
};

struct SocketPair {
  UniqueFd ours, theirs;
};
// A connected pair of SEQPACKET sockets, close-on-exec.
SocketPair make_socket_pair();

// False when the other side is gone. Throws Error when the message is too long (about 800 KB).
bool send_message(int socket, const json::object& body, const std::vector<int>& fds = {});

// Blocks until a message comes; nothing when the other side is gone. Descriptors arrive
// close-on-exec.
std::optional<Message> receive_message(int socket);

// Bytes in memory behind a descriptor, sealed against change.
UniqueFd make_memory_file(std::string_view bytes);
// All bytes of such a file, from its beginning.
std::string read_memory_file(int fd);

}  // namespace gameday::native
