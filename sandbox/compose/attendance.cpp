#include "sandbox/compose/attendance.hpp"

#include <signal.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <boost/json/value_from.hpp>
#include <cstdlib>

#include "core/error.hpp"

namespace gameday::compose {
namespace {

namespace fs = std::filesystem;

constexpr auto kStartLimit = std::chrono::seconds(20);
constexpr auto kAnswerLimit = std::chrono::seconds(10);

// To enter namespaces of other processes and become anybody there, with what hosts may have.
constexpr const char* kCapabilities[] = {
    "SYS_ADMIN", "SYS_PTRACE", "SYS_CHROOT",  "DAC_READ_SEARCH",  "CHOWN",   "DAC_OVERRIDE",
    "FOWNER",    "FSETID",     "KILL",        "SETGID",           "SETUID",  "SETPCAP",
    "NET_ADMIN", "NET_RAW",    "AUDIT_WRITE", "NET_BIND_SERVICE", "SYS_NICE"};

// A folder that only we can enter, and root.
class Hideout {
 public:
  Hideout() {
    path_ = (fs::temp_directory_path() / "gameday-XXXXXX").string();
    if (!::mkdtemp(path_.data())) throw_errno("compose: make a folder in the temporary folder");
  }
  ~Hideout() {
    std::error_code ignored;
    fs::remove_all(path_, ignored);
  }
  std::string socket() const { return path_ + "/socket"; }

 private:
  std::string path_;
};

UniqueFd listen_at(const std::string& path) {
  UniqueFd socket(::socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0));
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  if (path.size() >= sizeof address.sun_path) throw Error("compose: " + path + ": too long");
  path.copy(address.sun_path, path.size());
  if (!socket || ::bind(socket.get(), reinterpret_cast<sockaddr*>(&address), sizeof address) != 0 ||
      ::listen(socket.get(), 1) != 0) {
    throw_errno("compose: listen on " + path);
  }
  return socket;
}

}  // namespace

Attendance::Attendance(const fs::path& executables, const std::string& image,
                       const std::vector<std::string>& farewell) {
  const fs::path program = executables / "sandbox" / "compose" / "attendant";
  if (!fs::exists(program)) {
    throw usage_error("compose: " + program.string() + ": not found: build the project first");
  }
  if (::geteuid() == 0) start_as_child(program.string());
  else start_in_container(program.string(), image);
  if (!wait_readable(link_->fd(), deadline_in(kStartLimit)) ||
      !native::receive_message(link_->fd())) {
    throw machine_error("compose: the attendant does not start, which enters the hosts");
  }
  agree(farewell);
}

void Attendance::agree(const std::vector<std::string>& farewell) {
  native::PodLink::take(
      link_->ask({{"do", "farewell"}, {"argv", json::value_from(farewell)}}),
      deadline_in(kAnswerLimit));
}

void Attendance::start_as_child(const std::string& program) {
  native::SocketPair socket = native::make_socket_pair();
  child_.emplace(std::vector<std::string>{program},
                 ChildOptions{{-1, -1, 2, socket.theirs.get()}, true});
  pid_ = child_->pid();
  link_.emplace(std::move(socket.ours));
}

void Attendance::start_in_container(const std::string& program, const std::string& image) {
  const Hideout hideout;
  const UniqueFd door = listen_at(hideout.socket());
  std::vector<std::string> argv = {
      "docker",         "run",   "--rm", "--pid", "host",
      "--network",      "none",  "--security-opt", "seccomp=unconfined", "--security-opt",
      "apparmor=unconfined", "--cgroupns", "host", "--cap-drop", "ALL"};
  for (const char* capability : kCapabilities) {
    argv.insert(argv.end(), {"--cap-add", capability});
  }
  // It runs in this process's own view of the machine's files, as root.
  argv.insert(argv.end(), {"--env", "DOCKER_HOST", "--entrypoint", "nsenter", image, "-t",
                           std::to_string(::getpid()), "-m", "--", program, hideout.socket()});
  child_.emplace(argv, ChildOptions{{-1, 2, 2}, true});
  if (!wait_readable(door.get(), deadline_in(kStartLimit))) {
    throw machine_error("compose: the attendant does not start, which enters the hosts: the Docker "
                        "Engine must run on this machine and allow containers to enter it");
  }
  UniqueFd socket(::accept4(door.get(), nullptr, nullptr, SOCK_CLOEXEC));
  ucred peer{};
  socklen_t size = sizeof peer;
  if (!socket || ::getsockopt(socket.get(), SOL_SOCKET, SO_PEERCRED, &peer, &size) != 0 ||
      peer.uid != 0) {
    throw machine_error("compose: the attendant is not root of this machine: a Docker Engine "
                        "without root cannot be used");
  }
  pid_ = peer.pid;
  link_.emplace(std::move(socket));
}

void Attendance::enter(const native::Plan& plan, const std::map<std::string, int>& first) {
  const UniqueFd file = native::make_memory_file(json::serialize(to_json(plan)));
  native::PodLink::take(link_->ask({{"do", "start"}, {"pids", json::value_from(first)}}, {file.get()}),
                        deadline_in(kAnswerLimit));
}

void Attendance::end(const std::vector<std::string>& farewell, Deadline deadline) {
  try {
    agree(farewell);
  } catch (const Error&) {
    // It is gone already, with the last host: then it does what was agreed on before.
  }
  link_.reset();
  if (!child_->wait(deadline)) child_->kill(SIGKILL);
}

}  // namespace gameday::compose
