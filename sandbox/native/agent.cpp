#include "sandbox/native/agent.hpp"

#include <poll.h>
#include <signal.h>
#include <sys/mount.h>
#include <sys/signalfd.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <chrono>
#include <cstring>
#include <memory>
#include <optional>

#include "core/error.hpp"
#include "sandbox/native/container.hpp"
#include "sandbox/native/memory_watch.hpp"
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

  // Returns when the other side is gone, or the machine has too little memory left.
  void run() {
    for (;;) {
      std::vector<pollfd> watched = {{socket_, POLLIN, 0}, {children_.get(), POLLIN, 0}};
      for (const auto& container : containers_) {
        if (container->output() >= 0) watched.push_back({container->output(), POLLIN, 0});
      }
      if (::poll(watched.data(), watched.size(), milliseconds_to_look()) < 0 && errno != EINTR) {
        throw_errno("poll");
      }
      if (!has_memory()) return;
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
    std::vector<const Container*> all;
    for (const auto& container : containers_) all.push_back(container.get());
    memory_.emplace(std::move(all), plan_.memory);
    send_message(reply, {});
  }

  int milliseconds_to_look() const {
    if (!memory_) return -1;
    const auto left = std::chrono::ceil<std::chrono::milliseconds>(
        next_look_ - std::chrono::steady_clock::now());
    return static_cast<int>(std::max<long long>(0, left.count()));
  }

  // Looks when it is time to, however many requests come. False when the stack has to end.
  bool has_memory() {
    const auto now = std::chrono::steady_clock::now();
    if (!memory_ || now < next_look_) return true;
    next_look_ = now + kMemoryLookEvery;
    for (const MemoryKill& kill : memory_->look()) {
      kill.container->log_kill(kill.pid, kill.name);
      tell_memory(kill.container->host().name, kill.name, kill.held_bytes);
    }
    if (!memory_->machine_lacks()) return true;
    tell_memory("", "", memory_->available_bytes());
    return false;
  }

  void tell_memory(const std::string& host, const std::string& program, int64_t bytes) const {
    send_message(socket_, {{"memory", host}, {"program", program}, {"bytes", bytes}});
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
  std::optional<MemoryWatch> memory_;
  std::chrono::steady_clock::time_point next_look_;
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
