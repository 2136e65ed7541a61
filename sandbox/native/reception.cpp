#include "sandbox/native/reception.hpp"

#include <arpa/inet.h>
#include <fcntl.h>
#include <sched.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cerrno>

#include "core/error.hpp"
#include "sandbox/native/program.hpp"

namespace gameday::native {

Reception::Reception() : own_network_(open_space(::getpid(), "net")) {}

void Reception::admit(Container& container, int network) {
  guests_.push_back({&container, network});
}

void Reception::serve(Message& message, int reply) {
  const std::string verb = string_or(message.body, "do", "");
  const Guest& guest = find(string_or(message.body, "host", ""));
  Container& container = *guest.container;
  if (verb == "state") {
    send_message(reply, {{"alive", container.alive()}, {"printed", container.printed()}});
    return;
  }
  if (!container.alive()) {
    throw Error("native: host " + container.host().name + " is down: its first process ended");
  }
  if (verb == "spawn" || verb == "shell") {
    std::vector<UniqueFd> streams;
    for (size_t i = 1; i < message.fds.size(); ++i) streams.push_back(std::move(message.fds[i]));
    start_program(container, guest.network, program_from_json(message.body), streams, reply);
  } else if (verb == "dial") {
    const UniqueFd socket = socket_of(guest);
    send_message(reply, {}, {socket.get()});
  } else if (verb == "listen") {
    listen(guest, static_cast<int>(number_or(message.body, "port", 0)), reply);
  } else if (verb == "listen_unix") {
    listen_unix_in(container, string_or(message.body, "path", ""), reply);
  } else if (verb == "dial_unix") {
    dial_unix_in(container, string_or(message.body, "path", ""), reply);
  } else if (verb == "open_file") {
    open_file_in(container, string_or(message.body, "path", ""), reply);
  } else {
    throw Error("native: unknown request " + verb);
  }
}

const Reception::Guest& Reception::find(const std::string& name) const {
  for (const Guest& guest : guests_) {
    if (guest.container->host().name == name) return guest;
  }
  throw Error("native: host " + name + ": no such host");
}

UniqueFd Reception::socket_of(const Guest& guest) const {
  const std::string& name = guest.container->host().name;
  if (::setns(guest.network, CLONE_NEWNET) != 0) throw_errno("native: enter the network of " + name);
  UniqueFd socket(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
  const int error = errno;
  if (::setns(own_network_.get(), CLONE_NEWNET) != 0) throw_errno("native: leave a host's network");
  errno = error;
  if (!socket) throw_errno("native: socket in " + name);
  return socket;
}

void Reception::listen(const Guest& guest, int port, int reply) const {
  const UniqueFd socket = socket_of(guest);
  const int on = 1;
  ::setsockopt(socket.get(), SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  address.sin_port = htons(static_cast<uint16_t>(port));
  if (::bind(socket.get(), reinterpret_cast<sockaddr*>(&address), sizeof address) != 0 ||
      ::listen(socket.get(), 128) != 0) {
    throw_errno("native: " + guest.container->host().name + ": listen on port " +
                std::to_string(port));
  }
  send_message(reply, {}, {socket.get()});
}

void answer(Message& message, const std::function<void(Message&, int reply)>& serve) {
  if (message.fds.empty()) return;
  const int reply = message.fds[0].get();
  try {
    serve(message, reply);
  } catch (const Error& error) {
    send_message(reply, {{"error", error.what()}, {"kind", error.exit_code()}});
  } catch (const std::exception& error) {
    send_message(reply, {{"error", error.what()}});
  }
}

}  // namespace gameday::native
