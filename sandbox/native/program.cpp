#include "sandbox/native/program.hpp"

#include <dirent.h>
#include <fcntl.h>
#include <grp.h>
#include <poll.h>
#include <sched.h>
#include <signal.h>
#include <sys/ioctl.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <termios.h>
#include <unistd.h>

#include <boost/json/value_to.hpp>
#include <cerrno>
#include <charconv>
#include <cstring>
#include <sstream>

#include "core/error.hpp"
#include "sandbox/native/exec_watch.hpp"
#include "sandbox/native/guard.hpp"
#include "sandbox/native/protocol.hpp"

namespace gameday::native {
namespace {

struct User {
  std::string name;
  uid_t uid = 0;
  gid_t gid = 0;
  std::vector<gid_t> groups;
  std::string home = "/";
  std::string shell = "/bin/sh";
};

// The host's own file, bounded: a trainee may have put anything there.
std::string read_small(const char* path) {
  UniqueFd file(::open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY));
  struct stat status {};
  if (!file || ::fstat(file.get(), &status) != 0 || !S_ISREG(status.st_mode)) return {};
  std::string text(65536, '\0');
  const ssize_t count = ::read(file.get(), text.data(), text.size());
  text.resize(count > 0 ? static_cast<size_t>(count) : 0);
  return text;
}

std::vector<std::string> split(const std::string& text, char separator) {
  std::vector<std::string> parts;
  std::istringstream stream(text);
  for (std::string part; std::getline(stream, part, separator);) parts.push_back(part);
  return parts;
}

// From the host's /etc/passwd and /etc/group. The machine's own are another world.
User find_user(const std::string& name) {
  User user;
  bool found = false;
  for (const std::string& line : split(read_small("/etc/passwd"), '\n')) {
    const std::vector<std::string> fields = split(line, ':');
    if (fields.size() < 6 || fields[0] != name) continue;
    user.name = name;
    user.uid = static_cast<uid_t>(std::atoi(fields[2].c_str()));
    user.gid = static_cast<gid_t>(std::atoi(fields[3].c_str()));
    user.home = fields[5];
    if (fields.size() > 6 && !fields[6].empty()) user.shell = fields[6];
    found = true;
    break;
  }
  if (!found && name == "root") {
    user.name = name;
    user.home = "/root";
    return user;
  }
  if (!found) throw Error(name + ": no such user in this host");
  user.groups.push_back(user.gid);
  for (const std::string& line : split(read_small("/etc/group"), '\n')) {
    const std::vector<std::string> fields = split(line, ':');
    if (fields.size() < 4) continue;
    for (const std::string& member : split(fields[3], ',')) {
      if (member == name) user.groups.push_back(static_cast<gid_t>(std::atoi(fields[2].c_str())));
    }
  }
  return user;
}

// Opens a terminal of the host, makes it this session's own and sends its master away. The slave
// must come from the host's own /dev/pts, or programs inside say "not a tty".
void take_terminal(const ProgramRequest& request, const User& user, int answer) {
  UniqueFd master(::open("/dev/ptmx", O_RDWR | O_NOCTTY | O_CLOEXEC));
  const int unlock = 0;
  if (!master || ::ioctl(master.get(), TIOCSPTLCK, &unlock) != 0) throw_errno("open a terminal");
  // The size first: a program that asks at once must not read 0 x 0.
  winsize size{};
  size.ws_col = static_cast<unsigned short>(request.columns);
  size.ws_row = static_cast<unsigned short>(request.rows);
  ::ioctl(master.get(), TIOCSWINSZ, &size);
  UniqueFd slave(::ioctl(master.get(), TIOCGPTPEER, O_RDWR | O_NOCTTY | O_CLOEXEC));
  if (!slave || ::ioctl(slave.get(), TIOCSCTTY, 0) != 0) throw_errno("take a terminal");
  termios modes{};
  if (::tcgetattr(slave.get(), &modes) == 0) {
    modes.c_iflag |= IUTF8;
    ::tcsetattr(slave.get(), TCSANOW, &modes);
  }
  constexpr gid_t kTtyGroup = 5;
  if (::fchown(slave.get(), user.uid, kTtyGroup) != 0 || ::fchmod(slave.get(), 0620) != 0) {
    throw_errno("own a terminal");
  }
  for (int fd = 0; fd < 3; ++fd) ::dup2(slave.get(), fd);
  send_message(answer, {}, {master.get()});
}

void set_environment(const ProgramRequest& request, const User& user) {
  ::clearenv();
  std::map<std::string, std::string> all = base_environment();
  all["HOME"] = user.home;
  all["USER"] = all["LOGNAME"] = user.name;
  all["SHELL"] = user.shell;
  if (request.terminal) all["TERM"] = "xterm-256color";
  for (const auto& [key, value] : request.environment) all[key] = value;
  for (const auto& [key, value] : all) ::setenv(key.c_str(), value.c_str(), 1);
}

// The last steps inside the host, in an order that matters: what needs privilege first. The listener
// of a watched program goes to `watcher`.
[[noreturn]] void become_program(const Container& container, const ProgramRequest& request,
                                 int answer, int watcher) {
  int status = 126;
  try {
    ::setsid();
    if (request.watched) {
      const UniqueFd listener = hold_execs();
      send_message(watcher, {}, listener ? std::vector<int>{listener.get()} : std::vector<int>());
    }
    const User user = find_user(request.user);
    if (request.terminal) take_terminal(request, user, answer);
    container.join_groups();
    ::close_range(3, ~0U, 0);
    ::umask(022);
    ::setpriority(PRIO_PROCESS, 0, container.host().nice);
    apply_limits(request.terminal ? kShellLimits : kCommandLimits);
    if (::setgroups(user.groups.size(), user.groups.data()) != 0 ||
        ::setresgid(user.gid, user.gid, user.gid) != 0) {
      throw_errno("become " + request.user);
    }
    // Before it becomes a process that others of the host may trace.
    guard_program();
    become_user(user.uid, container.host().capabilities);
    set_environment(request, user);
    if (::chdir(request.cwd.c_str()) != 0 && ::chdir("/") != 0) throw_errno("change directory");
    for (int number = 1; number < NSIG; ++number) ::signal(number, SIG_DFL);
    sigset_t none;
    ::sigemptyset(&none);
    ::sigprocmask(SIG_SETMASK, &none, nullptr);
    std::vector<char*> argv;
    for (const std::string& argument : request.argv) {
      argv.push_back(const_cast<char*>(argument.c_str()));
    }
    argv.push_back(nullptr);
    ::execvp(argv[0], argv.data());
    status = errno == ENOENT ? 127 : 126;
    throw_errno(request.argv[0]);
  } catch (const std::exception& error) {
    ::dprintf(2, "%s\n", error.what());
    // Before there is a terminal the answer is the only way to say it.
    if (request.terminal && ::fcntl(answer, F_GETFD) >= 0) {
      send_message(answer, {{"error", error.what()}});
    }
  }
  ::_exit(status);
}

void enter(int space, int type, const char* what) {
  if (::setns(space, type) != 0) throw_errno(std::string("native: enter the host's ") + what);
}

// Kills every process of a session, from a child inside the host's process namespace: only there
// do the numbers mean what the host's /proc says.
void kill_session(pid_t session) {
  const pid_t killer = ::fork();
  if (killer != 0) {
    if (killer > 0) ::waitpid(killer, nullptr, 0);
    return;
  }
  for (int round = 0; round < 200; ++round) {
    int found = 0;
    DIR* folder = ::opendir("/proc");
    while (const dirent* entry = folder ? ::readdir(folder) : nullptr) {
      const pid_t pid = std::atoi(entry->d_name);
      if (pid <= 1) continue;
      const std::string line = read_small(("/proc/" + std::to_string(pid) + "/stat").c_str());
      const size_t after = line.rfind(')');
      char state = 0;
      int parent = 0, group = 0, of_session = 0;
      if (after == line.npos || std::sscanf(line.c_str() + after + 1, " %c %d %d %d", &state,
                                            &parent, &group, &of_session) != 4) {
        continue;
      }
      if (of_session != session || state == 'Z' || state == 'X') continue;
      ::kill(pid, SIGKILL);
      ++found;
    }
    if (folder) ::closedir(folder);
    if (found == 0) break;
    ::usleep(1000);
  }
  ::_exit(0);
}

int exit_status(int status) {
  return WIFSIGNALED(status) ? 128 + WTERMSIG(status) : WEXITSTATUS(status);
}

// Waits until `child` has ended (true), `answer` becomes readable, or the time is over. Meanwhile the
// programs that the session starts are reported through `answer`, and run.
bool wait_watching(int child, int answer, ExecWatch& watch, std::optional<Deadline> deadline) {
  const auto report = [answer](const json::object& program) {
    // Never blocks: whoever does not read the reports holds no program up.
    pollfd room{answer, POLLOUT, 0};
    if (answer >= 0 && ::poll(&room, 1, 0) > 0 && (room.revents & POLLOUT) != 0) {
      send_message(answer, {{"ran", program}});
    }
  };
  for (;;) {
    pollfd fds[3] = {{child, POLLIN, 0}, {answer, POLLIN, 0}, {watch.fd(), POLLIN, 0}};
    int limit_ms = -1;
    if (deadline) {
      const auto left = *deadline - std::chrono::steady_clock::now();
      limit_ms = static_cast<int>(std::max<int64_t>(
          0, std::chrono::ceil<std::chrono::milliseconds>(left).count()));
    }
    const int ready = ::poll(fds, 3, limit_ms);
    if (ready == 0) return false;
    if (ready < 0) continue;
    if (fds[2].revents & POLLIN) watch.serve(report);
    else if (fds[2].revents != 0) watch.close();
    if (fds[0].revents & POLLIN) return true;
    if (fds[1].revents != 0) return false;
  }
}

// Waits for the program or for its owner's loss of interest, whichever is first.
void wait_for_program(pid_t child, pid_t session, bool terminal, int answer, ExecWatch& watch) {
  const UniqueFd child_fd(static_cast<int>(::syscall(SYS_pidfd_open, child, 0)));
  if (!child_fd) throw_errno("native: pidfd");
  if (!wait_watching(child_fd.get(), answer, watch, std::nullopt)) {
    // A request left unread would turn our answer into an error for its reader.
    pollfd request{answer, POLLIN, 0};
    if (::poll(&request, 1, 0) > 0 && (request.revents & POLLIN) != 0) receive_message(answer);
    // A closed terminal hangs its programs up; they get a moment to save what they have.
    if (terminal) {
      wait_watching(child_fd.get(), -1, watch, deadline_in(std::chrono::milliseconds(500)));
    }
    ::kill(child, SIGKILL);
    kill_session(session);
  }
  int status = 0;
  while (::waitpid(child, &status, 0) < 0 && errno == EINTR) {
  }
  if (terminal) kill_session(session);
  send_message(answer, {{"status", exit_status(status)}});
}

void keep_only(std::vector<int> fds) {
  std::sort(fds.begin(), fds.end());
  unsigned next = 3;
  for (const int fd : fds) {
    if (fd < 3) continue;
    if (static_cast<unsigned>(fd) > next) ::close_range(next, static_cast<unsigned>(fd) - 1, 0);
    next = static_cast<unsigned>(fd) + 1;
  }
  ::close_range(next, ~0U, 0);
}

void run_waiter(const Container& container, int network, const ProgramRequest& request,
                const std::vector<UniqueFd>& streams, int answer) {
  const HostSpaces& spaces = container.spaces();
  UniqueFd proc(::open("/proc", O_PATH | O_DIRECTORY | O_CLOEXEC));  // of our own numbers
  enter(spaces.processes.get(), CLONE_NEWPID, "processes");
  enter(spaces.ipc.get(), CLONE_NEWIPC, "IPC");
  enter(spaces.names.get(), CLONE_NEWUTS, "name");
  enter(network, CLONE_NEWNET, "network");
  enter(spaces.mount.get(), CLONE_NEWNS, "files");
  if (!request.terminal) {
    for (int fd = 0; fd < 3; ++fd) ::dup2(streams.at(static_cast<size_t>(fd)).get(), fd);
  }
  Pipe session = make_pipe();
  SocketPair watcher = make_socket_pair();
  const pid_t child = ::fork();
  if (child < 0) throw_errno("native: host " + container.host().name + ": start a process");
  if (child == 0) {
    const pid_t own = ::getpid();
    write_all(session.writer.get(), std::string_view(reinterpret_cast<const char*>(&own),
                                                     sizeof own));
    become_program(container, request, answer, watcher.theirs.get());
  }
  // The streams belong to the program alone: a reader must see the end when it ends.
  const int null = ::open("/dev/null", O_RDWR | O_CLOEXEC);
  for (int fd = 0; fd < 3; ++fd) ::dup2(null, fd);
  // A host that ends kills the child before it has said its number. Nobody else may hold the pipe
  // then, and the child must be reaped: a process namespace lives as long as one of its dead does.
  session.writer.reset();
  pid_t id = 0;
  if (::read(session.reader.get(), &id, sizeof id) != sizeof id) {
    ::waitpid(child, nullptr, 0);
    throw Error("native: host " + container.host().name + ": it ended while a program started");
  }
  watcher.theirs.reset();
  UniqueFd listener;
  if (request.watched) {
    std::optional<Message> message = receive_message(watcher.ours.get());
    if (message && message->fds.size() == 1) listener = std::move(message->fds[0]);
  }
  keep_only({answer, listener.get(), proc.get()});
  ExecWatch watch(std::move(listener), std::move(proc), container.started_at());
  wait_for_program(child, id, request.terminal, answer, watch);
  // What the program left behind must be able to start programs, too.
  keep_only({watch.fd()});
  watch.serve_rest();
}

template <typename Work>
void fork_and_answer(int answer, Work work) {
  const pid_t waiter = ::fork();
  if (waiter < 0) {
    send_message(answer, {{"error", std::string("native: fork: ") + std::strerror(errno)}});
    return;
  }
  if (waiter > 0) return;
  try {
    work();
  } catch (const std::exception& error) {
    try {
      send_message(answer, {{"error", error.what()}});
    } catch (const std::exception&) {
      // The closed socket says the rest.
    }
  }
  ::_exit(0);
}

sockaddr_un address_of(const std::string& path) {
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  if (path.size() >= sizeof address.sun_path) throw Error("native: " + path + ": too long");
  path.copy(address.sun_path, path.size());
  return address;
}

}  // namespace

ProgramRequest program_from_json(const json::object& object) {
  ProgramRequest request;
  request.argv = json::value_to<std::vector<std::string>>(object.at("argv"));
  request.environment = json::value_to<std::map<std::string, std::string>>(object.at("env"));
  request.user = json::value_to<std::string>(object.at("user"));
  request.cwd = json::value_to<std::string>(object.at("cwd"));
  request.columns = static_cast<int>(number_or(object, "columns", 0));
  request.rows = static_cast<int>(number_or(object, "rows", 0));
  request.terminal = request.columns > 0;
  request.watched = bool_or(object, "watched", false);
  if (request.argv.empty()) throw Error("native: run a program: no argv");
  return request;
}

void start_program(const Container& container, int network, const ProgramRequest& request,
                   const std::vector<UniqueFd>& streams, int answer) {
  fork_and_answer(answer,
                  [&] { run_waiter(container, network, request, streams, answer); });
}

void listen_unix_in(const Container& container, const std::string& path, int answer) {
  fork_and_answer(answer, [&] {
    enter(container.spaces().mount.get(), CLONE_NEWNS, "files");
    const sockaddr_un address = address_of(path);
    UniqueFd socket(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0));
    ::unlink(path.c_str());
    ::umask(0111);
    if (!socket ||
        ::bind(socket.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address) ||
        ::listen(socket.get(), 64)) {
      throw_errno("native: " + container.host().name + ": listen on " + path);
    }
    send_message(answer, {}, {socket.get()});
  });
}

void dial_unix_in(const Container& container, const std::string& path, int answer) {
  fork_and_answer(answer, [&] {
    enter(container.spaces().mount.get(), CLONE_NEWNS, "files");
    const sockaddr_un address = address_of(path);
    // Without waiting: a listener that takes nobody is as good as none.
    UniqueFd socket(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
    if (!socket) throw_errno("native: " + container.host().name + ": socket");
    const bool connected = ::connect(socket.get(), reinterpret_cast<const sockaddr*>(&address),
                                     sizeof address) == 0;
    send_message(answer, {}, connected ? std::vector<int>{socket.get()} : std::vector<int>{});
  });
}

void open_file_in(const Container& container, const std::string& path, int answer) {
  fork_and_answer(answer, [&] {
    enter(container.spaces().mount.get(), CLONE_NEWNS, "files");
    const UniqueFd file(::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY));
    struct stat status {};
    const bool regular = file && ::fstat(file.get(), &status) == 0 && S_ISREG(status.st_mode);
    send_message(answer, {}, regular ? std::vector<int>{file.get()} : std::vector<int>{});
  });
}

}  // namespace gameday::native
