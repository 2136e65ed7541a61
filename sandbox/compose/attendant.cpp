// The attendant: the engine's hands in the hosts of one stack that Docker runs. It stands outside of
// the hosts, as root of the machine, and answers the requests of sandbox/native/protocol.hpp over a
// socket that it is given as descriptor 3, or connects to as its argument. Two requests are its own:
//   farewell  {argv}  what it becomes once the engine is gone, however that went
//   start     {pids}  fds [answer, plan]: the hosts' first processes, by name
// When the engine is gone, every first process is killed before anything else: no host outlives it.
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

#include <boost/json/value_to.hpp>
#include <cerrno>
#include <cstring>
#include <memory>
#include <optional>

#include "core/error.hpp"
#include "sandbox/native/container.hpp"
#include "sandbox/native/own_copy.hpp"
#include "sandbox/native/plan.hpp"
#include "sandbox/native/reception.hpp"

namespace gameday::compose {
namespace {

using native::Container;
using native::Message;

constexpr int kSocket = 3;

struct Guest {
  std::unique_ptr<Container> container;
  UniqueFd network;
  UniqueFd first;  // the first process
};

class Attendant {
 public:
  Attendant() {
    sigset_t children;
    ::sigemptyset(&children);
    ::sigaddset(&children, SIGCHLD);
    ::sigprocmask(SIG_BLOCK, &children, nullptr);
    children_.reset(::signalfd(-1, &children, SFD_CLOEXEC | SFD_NONBLOCK));
    if (!children_) throw_errno("compose: signalfd");
  }

  // Returns when the engine is gone, or the last host.
  void run() {
    for (;;) {
      std::vector<pollfd> watched = {{kSocket, POLLIN, 0}, {children_.get(), POLLIN, 0}};
      for (const Guest& guest : guests_) watched.push_back({guest.first.get(), POLLIN, 0});
      if (::poll(watched.data(), watched.size(), -1) < 0 && errno != EINTR) throw_errno("poll");
      if (watched[1].revents != 0) reap();
      if (watched[0].revents != 0) {
        std::optional<Message> message = native::receive_message(kSocket);
        if (!message) return;
        answer(*message, [this](Message& request, int reply) { serve(request, reply); });
      } else if (note_ended()) {
        return;
      }
    }
  }

  void end() {
    for (const Guest& guest : guests_) {
      if (guest.first) ::syscall(SYS_pidfd_send_signal, guest.first.get(), SIGKILL, nullptr, 0);
    }
    if (farewell_.empty()) return;
    std::vector<char*> argv;
    for (std::string& word : farewell_) argv.push_back(word.data());
    argv.push_back(nullptr);
    sigset_t none;
    ::sigemptyset(&none);
    ::sigprocmask(SIG_SETMASK, &none, nullptr);
    ::signal(SIGPIPE, SIG_DFL);
    ::execvp(argv[0], argv.data());
    throw_errno("compose: " + farewell_[0]);
  }

 private:
  void serve(Message& message, int reply) {
    const std::string verb = string_or(message.body, "do", "");
    if (verb == "farewell") {
      farewell_ = json::value_to<std::vector<std::string>>(message.body.at("argv"));
    } else if (verb == "start") {
      start(message);
    } else {
      return reception_.serve(message, reply);
    }
    native::send_message(reply, {});
  }

  void start(Message& message) {
    plan_ = native::plan_from_json(
        parse_json(native::read_memory_file(message.fds.at(1).get()), "compose: plan"));
    const json::object& pids = message.body.at("pids").as_object();
    for (const native::PlanHost& host : plan_.hosts) {
      const pid_t pid = static_cast<pid_t>(number_or(pids, host.name.c_str(), 0));
      Guest guest;
      guest.first.reset(static_cast<int>(::syscall(SYS_pidfd_open, pid, 0)));
      if (!guest.first) {
        throw machine_error("compose: host " + host.name + ": its first process " +
                            std::to_string(pid) + " is not on this machine: the Docker Engine must "
                            "run here, not in a virtual machine or another process namespace");
      }
      guest.container = std::make_unique<Container>(host, pid);
      guest.network = native::open_space(pid, "net");
      guests_.push_back(std::move(guest));
    }
    for (const Guest& guest : guests_) reception_.admit(*guest.container, guest.network.get());
  }

  // True when hosts have run and none does any more.
  bool note_ended() {
    size_t running = 0;
    for (Guest& guest : guests_) {
      pollfd watched{guest.first.get(), POLLIN, 0};
      if (guest.first && ::poll(&watched, 1, 0) > 0) {
        guest.container->mark_ended();
        guest.first.reset();
      }
      if (guest.first) ++running;
    }
    return !guests_.empty() && running == 0;
  }

  void reap() {
    signalfd_siginfo info;
    while (::read(children_.get(), &info, sizeof info) > 0) {
    }
    while (::waitpid(-1, nullptr, WNOHANG) > 0) {
    }
  }

  UniqueFd children_;
  native::Plan plan_;
  std::vector<Guest> guests_;
  std::vector<std::string> farewell_;
  native::Reception reception_;
};

// Leaves the socket as descriptor 3.
void connect_to(const char* path) {
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  if (std::strlen(path) >= sizeof address.sun_path) throw usage_error("attendant: path too long");
  std::strcpy(address.sun_path, path);
  UniqueFd socket(::socket(AF_UNIX, SOCK_SEQPACKET, 0));
  if (!socket || ::connect(socket.get(), reinterpret_cast<sockaddr*>(&address), sizeof address)) {
    throw_errno(std::string("attendant: ") + path);
  }
  if (socket.get() == kSocket) socket.release();
  else if (::dup2(socket.get(), kSocket) < 0) throw_errno("attendant: socket");
}

int run(int argc, char** argv) {
  if (argc > 2) throw usage_error("attendant: started by the engine compose, not by hand");
  if (argc == 2) {
    connect_to(argv[1]);
    argv[1] = nullptr;
  }
  argv[0] = const_cast<char*>("attendant");  // hosts must not read where we come from
  native::leave_own_file("attendant", argv);
  ::fcntl(kSocket, F_SETFD, FD_CLOEXEC);
  ::signal(SIGPIPE, SIG_IGN);
  Attendant attendant;
  native::send_message(kSocket, {{"ready", true}});
  attendant.run();
  attendant.end();
  return 0;
}

}  // namespace
}  // namespace gameday::compose

int main(int argc, char** argv) {
  try {
    return gameday::compose::run(argc, argv);
  } catch (const std::exception& error) {
    ::dprintf(2, "%s\n", error.what());
    return 1;
  }
}
