#include "sandbox/native/agent.hpp"

#include <arpa/inet.h>
#include <poll.h>
#include <signal.h>
#include <sys/mount.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <boost/json/value_to.hpp>
#include <cerrno>
#include <cstring>
#include <memory>
#include <optional>

#include "core/error.hpp"
#include "sandbox/native/container.hpp"
#include "sandbox/native/network.hpp"
#include "sandbox/native/plan.hpp"
#include "sandbox/native/program.hpp"
#include "sandbox/native/protocol.hpp"

namespace gameday::native {
namespace {

class Agent {
 public:
  explicit Agent(int socket) : socket_(socket) {
    sigset_t children;
    ::sigemptyset(&children);
    ::sigaddset(&children, SIGCHLD);
    ::sigprocmask(SIG_BLOCK, &children, nullptr);
    children_.reset(::signalfd(-1, &children, SFD_CLOEXEC | SFD_NONBLOCK));
    if (!children_) throw_errno("native: signalfd");
  }

  void run() {
    for (;;) {
      std::vector<pollfd> watched = {{socket_, POLLIN, 0}, {children_.get(), POLLIN, 0}};
      for (const auto& container : containers_) {
        if (container->output() >= 0) watched.push_back({container->output(), POLLIN, 0});
      }
      if (::poll(watched.data(), watched.size(), -1) < 0 && errno != EINTR) throw_errno("poll");
      if (watched[1].revents != 0) reap();
      for (const auto& container : containers_) container->read_output();
      if (watched[0].revents == 0) continue;
      std::optional<Message> message = receive_message(socket_);
      if (!message) return;
      answer(*message);
    }
  }

 private:
  void answer(Message& message) {
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

  void serve(Message& message, int reply) {
    const std::string verb = string_or(message.body, "do", "");
    if (verb == "start") return start(message, reply);
    Container& container = find(string_or(message.body, "host", ""));
    const std::string& name = container.host().name;
    if (verb == "state") {
      send_message(reply, {{"alive", container.alive()}, {"printed", container.printed()}});
      return;
    }
    if (!container.alive()) throw Error("native: host " + name + " is down: its first process ended");
    if (verb == "spawn" || verb == "shell") {
      std::vector<UniqueFd> streams;
      for (size_t i = 1; i < message.fds.size(); ++i) streams.push_back(std::move(message.fds[i]));
      start_program(container, networks_->of(name), program_from_json(message.body), streams,
                    reply);
    } else if (verb == "dial") {
      const UniqueFd socket = socket_of(name);
      send_message(reply, {}, {socket.get()});
    } else if (verb == "listen") {
      listen(name, static_cast<int>(number_or(message.body, "port", 0)), reply);
    } else if (verb == "listen_unix") {
      listen_unix_in(container, string_or(message.body, "path", ""), reply);
    } else {
      throw Error("native: unknown request " + verb);
    }
  }

  void start(Message& message, int reply) {
    plan_ = plan_from_json(
        parse_json(read_memory_file(message.fds.at(1).get()), "native: plan"));
    networks_.emplace(plan_);
    networks_->start_connecting(plan_);
    // The kernel makes links while the files are mounted.
    for (const PlanHost& host : plan_.hosts) {
      containers_.push_back(std::make_unique<Container>(host));
    }
    networks_->finish_connecting(plan_);
    for (const auto& container : containers_) {
      container->start(networks_->of(container->host().name));
    }
    for (const auto& container : containers_) container->finish_start();
    send_message(reply, {});
  }

  Container& find(const std::string& name) {
    for (const auto& container : containers_) {
      if (container->host().name == name) return *container;
    }
    throw Error("native: host " + name + ": no such host");
  }

  UniqueFd socket_of(const std::string& name) {
    networks_->enter(name);
    UniqueFd socket(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
    const int error = errno;
    networks_->leave();
    errno = error;
    if (!socket) throw_errno("native: socket in " + name);
    return socket;
  }

  void listen(const std::string& name, int port, int reply) {
    const UniqueFd socket = socket_of(name);
    const int on = 1;
    ::setsockopt(socket.get(), SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    address.sin_port = htons(static_cast<uint16_t>(port));
    if (::bind(socket.get(), reinterpret_cast<sockaddr*>(&address), sizeof address) != 0 ||
        ::listen(socket.get(), 128) != 0) {
      throw_errno("native: " + name + ": listen on port " + std::to_string(port));
    }
    send_message(reply, {}, {socket.get()});
  }

  // As process 1 we inherit every orphan of the stack.
  void reap() {
    signalfd_siginfo info;
    while (::read(children_.get(), &info, sizeof info) > 0) {
    }
    for (pid_t pid = 0; (pid = ::waitpid(-1, nullptr, WNOHANG)) > 0;) {
      for (const auto& container : containers_) {
        if (container->monitor() == pid) container->mark_ended();
      }
    }
  }

  int socket_;
  UniqueFd children_;
  Plan plan_;
  std::optional<Networks> networks_;
  std::vector<std::unique_ptr<Container>> containers_;
};

void mount_or_throw(const char* source, const char* target, const char* type, unsigned long flags,
                    const char* options) {
  if (::mount(source, target, type, flags, options) != 0) {
    throw_errno(std::string("native: mount ") + target, ErrorKind::kMachine);
  }
}

}  // namespace

void enter_stack_files() {
  mount_or_throw(nullptr, "/", nullptr, MS_REC | MS_PRIVATE, nullptr);
  mount_or_throw("proc", "/proc", "proc", MS_NOSUID | MS_NODEV | MS_NOEXEC, nullptr);
  mount_or_throw("tmpfs", "/tmp", "tmpfs", MS_NOSUID | MS_NODEV, "size=4m,mode=0700");
  if (::mkdir("/tmp/l", 0755) != 0) throw_errno("native: make /tmp/l");
  // The working directory reaches trees that a path would not: root's home is closed to the map.
  mount_or_throw(".", "/tmp/l", nullptr, MS_BIND, nullptr);
  if (::chdir("/tmp") != 0) throw_errno("native: /tmp");
}

void run_agent(int socket) {
  enter_stack_files();
  Agent agent(socket);
  send_message(socket, {{"ready", true}});
  agent.run();
}

}  // namespace gameday::native
