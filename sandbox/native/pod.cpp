// The pod: `pod agent|build|empty|probe`, started by the native engine with a socket as descriptor
// 3 and the gold tree as descriptor 4. Not meant to be run by hand.
//
// One process stays outside the stack's process namespace and watches; its child is process 1
// inside. When the engine goes away, however it goes, the socket closes, the watcher kills process
// 1, and the kernel kills the rest.
#include <fcntl.h>
#include <poll.h>
#include <sched.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <string>

#include "core/error.hpp"
#include "core/fd.hpp"
#include "sandbox/native/agent.hpp"
#include "sandbox/native/gold_build.hpp"
#include "sandbox/native/identity.hpp"
#include "sandbox/native/plan.hpp"
#include "sandbox/native/own_copy.hpp"
#include "sandbox/native/probe.hpp"
#include "sandbox/native/protocol.hpp"

namespace gameday::native {
namespace {

constexpr int kSocket = 3;
constexpr int kTree = 4;
constexpr int kArchive = 5;

void write_own(const char* path, const char* value) {
  const UniqueFd file(::open(path, O_WRONLY | O_CLOEXEC));
  if (file && ::write(file.get(), value, std::string_view(value).size()) < 0) return;
}

// Nobody in the stack may make a user namespace, where it would have every capability again.
void forbid_user_namespaces() {
  const char* setting = "/proc/sys/user/max_user_namespaces";
  const UniqueFd file(::open(setting, O_WRONLY | O_CLOEXEC));
  if (!file || ::write(file.get(), "0", 1) != 1) {
    throw machine_error(std::string("native: forbid user namespaces inside the stack: ") + setting +
                        ": " + std::strerror(errno) +
                        ": in a container, start it with --security-opt systempaths=unconfined");
  }
}

int run_inside(const std::string& mode) {
  ::prctl(PR_SET_PDEATHSIG, SIGKILL);
  if (mode == "probe") {
    probe_kernel(kSocket);
    return 0;
  }
  if (mode == "agent") {
    run_agent(kSocket);
    return 0;
  }
  enter_stack_files();
  if (mode == "build") build_gold(kArchive);
  else if (mode == "empty") empty_gold();
  else throw usage_error("pod: unknown mode " + mode);
  return 0;
}

// Waits for process 1 inside, or for the end of the engine, and leaves nothing running.
int watch(pid_t inside) {
  const UniqueFd inside_fd(static_cast<int>(::syscall(SYS_pidfd_open, inside, 0)));
  pollfd watched[2] = {{inside_fd.get(), POLLIN, 0}, {kSocket, POLLRDHUP, 0}};
  while (::poll(watched, 2, -1) < 0 && errno == EINTR) {
  }
  if (!(watched[0].revents & POLLIN)) ::kill(inside, SIGKILL);
  int status = 0;
  while (::waitpid(inside, &status, 0) < 0 && errno == EINTR) {
  }
  return WIFEXITED(status) ? WEXITSTATUS(status) : 128;
}

int run(const std::string& mode) {
  ::signal(SIGPIPE, SIG_IGN);
  ::umask(022);  // whatever the user's: services must enter the folders that are made here
  // An ordinary user's own has no sbin, where nft and tc are.
  ::setenv("PATH", base_environment().at("PATH").c_str(), 1);
  ::prctl(PR_SET_NAME, "pod");  // run from a descriptor, it would be called by its number
  // Memory that runs out takes the stack, not its user's work.
  write_own("/proc/self/oom_score_adj", "800");
  ::syscall(SYS_keyctl, 1 /* KEYCTL_JOIN_SESSION_KEYRING */, nullptr);
  for (const int fd : {kSocket, kTree, kArchive}) ::fcntl(fd, F_SETFD, FD_CLOEXEC);
  enter_user_namespace(read_identity());
  // The working directory follows into the new mount namespace; a descriptor would not.
  if (mode != "probe" && ::fchdir(kTree) != 0) throw_errno("native: the gold tree");
  ::close(kTree);
  if (::unshare(CLONE_NEWNS | CLONE_NEWNET | CLONE_NEWPID | CLONE_NEWIPC | CLONE_NEWUTS) != 0) {
    throw_errno("native: make namespaces", ErrorKind::kMachine);
  }
  const pid_t inside = ::fork();
  if (inside < 0) throw_errno("native: fork", ErrorKind::kMachine);
  if (inside > 0) return watch(inside);
  if (mode == "agent") forbid_user_namespaces();
  return run_inside(mode);
}

}  // namespace
}  // namespace gameday::native

int main(int argc, char** argv) {
  using namespace gameday;
  try {
    if (argc != 2) throw usage_error("pod: started by the native engine, not by hand");
    native::leave_own_file("pod", argv);
    return native::run(argv[1]);
  } catch (const Error& error) {
    try {
      native::send_message(native::kSocket,
                           {{"error", error.what()}, {"kind", error.exit_code()}});
    } catch (const std::exception&) {
      ::dprintf(2, "%s\n", error.what());
    }
    return error.exit_code();
  } catch (const std::exception& error) {
    ::dprintf(2, "pod: %s\n", error.what());
    return 1;
  }
}
