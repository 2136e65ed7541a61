#include "sandbox/native/agent.hpp"

#include <poll.h>
#include <signal.h>
#include <sys/mount.h>
#include <sys/signalfd.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <memory>
#include <optional>

#include "core/error.hpp"
#include "sandbox/native/container.hpp"
#include "sandbox/native/network.hpp"
#include "sandbox/native/plan.hpp"
#include "sandbox/native/protocol.hpp"
#include "sandbox/native/reception.hpp"

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
      answer(*message, [this](Message& request, int reply) { serve(request, reply); });
    }
  }

 private:
  void serve(Message& message, int reply) {
    if (string_or(message.body, "do", "") == "start") return start(message, reply);
    reception_.serve(message, reply);
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
    for (const auto& container : containers_) {
      container->finish_start();
      reception_.admit(*container, networks_->of(container->host().name));
    }
    send_message(reply, {});
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
  Reception reception_;
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
