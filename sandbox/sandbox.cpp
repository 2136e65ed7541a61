#include "sandbox/sandbox.hpp"

#include <fcntl.h>
#include <poll.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>

#include "core/error.hpp"
#include "sandbox/compose/compose.hpp"
#include "sandbox/fake/fake.hpp"
#include "sandbox/native/native.hpp"

namespace gameday {
namespace {

using std::chrono::steady_clock;

constexpr size_t kKeptBytes = 8 << 20;
// A program's background children may hold its output open after its end: then its end is noticed
// this much later.
constexpr int kExitCheckMs = 20;

// One of a program's streams, read or written without blocking.
struct Stream {
  int fd = -1;
  bool open = true;
  explicit Stream(int stream) : fd(stream) {
    ::fcntl(fd, F_SETFL, ::fcntl(fd, F_GETFL) | O_NONBLOCK);
  }

  void read_into(std::string& kept) {
    char buffer[65536];
    ssize_t count = 0;
    while ((count = ::read(fd, buffer, sizeof buffer)) > 0) {
      const size_t room = kKeptBytes - std::min(kKeptBytes, kept.size());
      kept.append(buffer, std::min(room, static_cast<size_t>(count)));
    }
    if (count == 0 || (errno != EAGAIN && errno != EINTR)) open = false;
  }

  // Writes what fits; false once nothing more is to be written.
  bool write_from(std::string_view& left) {
    while (!left.empty()) {
      const ssize_t count = ::write(fd, left.data(), left.size());
      if (count < 0) return errno == EAGAIN || errno == EINTR;
      left.remove_prefix(static_cast<size_t>(count));
    }
    return false;
  }
};

int milliseconds_until(Deadline deadline, int at_most) {
  const auto left = std::chrono::ceil<std::chrono::milliseconds>(deadline - steady_clock::now());
  return static_cast<int>(std::clamp<long long>(left.count(), 0, at_most));
}

}  // namespace

std::string one_line(std::string text) {
  for (size_t i = 0; i < text.size(); ++i) {
    const auto byte = static_cast<unsigned char>(text[i]);
    // U+0080 to U+009F are C2 80 to C2 9F.
    const bool is_second = byte >= 0x80 && byte <= 0x9f && i > 0 && text[i - 1] == '\xc2';
    if (is_second) text[i - 1] = ' ';
    if (is_second || byte < 0x20 || byte == 0x7f) text[i] = ' ';
  }
  const size_t first = text.find_first_not_of(' ');
  if (first == text.npos) return {};
  return text.substr(first, text.find_last_not_of(' ') - first + 1);
}

ExecResult Host::exec(const Command& command, std::chrono::milliseconds limit,
                      std::string_view input) {
  const Deadline deadline = deadline_in(limit);
  ExecResult result;
  const std::unique_ptr<Process> process = start(command);
  Stream out(process->out()), err(process->err());
  bool writing = !input.empty();
  if (!writing) process->close_in();
  Stream in(writing ? process->in() : -1);
  std::optional<int> status;
  while ((out.open || err.open) && !status && steady_clock::now() < deadline) {
    pollfd watched[3] = {{out.open ? out.fd : -1, POLLIN, 0},
                         {err.open ? err.fd : -1, POLLIN, 0},
                         {writing ? in.fd : -1, POLLOUT, 0}};
    if (::poll(watched, 3, milliseconds_until(deadline, kExitCheckMs)) == 0) {
      status = process->wait(steady_clock::now());
    }
    if (watched[2].revents != 0 && !(writing = in.write_from(input))) process->close_in();
    if (out.open) out.read_into(result.out);
    if (err.open) err.read_into(result.err);
  }
  if (!status) status = process->wait(deadline);
  // What it wrote before its end is in the pipes by now.
  if (out.open) out.read_into(result.out);
  if (err.open) err.read_into(result.err);
  result.timed_out = !status;
  if (!status) {
    process->kill();
    status = process->wait(deadline_in(std::chrono::seconds(5)));
  }
  result.status = status.value_or(-1);
  return result;
}

ExecResult Host::exec(const Argv& argv, std::chrono::milliseconds limit) {
  Command command;
  command.argv = argv;
  return exec(command, limit);
}

std::optional<std::string> Host::read_file(const std::string& path) {
  const UniqueFd file = open_file(path);
  if (!file) return std::nullopt;
  std::string content;
  char buffer[65536];
  while (content.size() < kKeptBytes) {
    const ssize_t count = ::read(file.get(), buffer, sizeof buffer);
    if (count < 0 && errno == EINTR) continue;
    if (count < 0) throw_errno("sandbox: " + spec().name + ": read " + path);
    if (count == 0) break;
    content.append(buffer, static_cast<size_t>(count));
  }
  return content;
}

void Host::write_file(const std::string& path, std::string_view content) {
  // A link keeps being a link; a file that is a mount point cannot be replaced, only rewritten.
  static constexpr const char* kScript = R"sh(set -e
umask 022
file=$(readlink -f -- "$1" || printf %s "$1")
mkdir -p -- "$(dirname -- "$file")"
new=$file.new.$$
trap 'rm -f -- "$new"' EXIT
if [ -e "$file" ]; then cp -p -- "$file" "$new"; fi
cat >"$new"
mv -f -- "$new" "$file" 2>/dev/null || cat -- "$new" >"$file"
)sh";
  Command command;
  command.argv = {"/bin/sh", "-c", kScript, "sh", path};
  const ExecResult result = exec(command, std::chrono::seconds(10), content);
  if (!result.ok()) {
    throw Error("sandbox: " + spec().name + ": write " + path + ": " +
                (result.timed_out ? "out of time"
                                  : one_line(result.err.substr(0, result.err.find('\n')))));
  }
}

std::string describe(const MemoryNotice& notice) {
  const std::string mib = std::to_string(notice.held_bytes >> 20) + " MiB";
  if (notice.host.empty()) return "the stack was ended: the machine had " + mib + " of memory left";
  return notice.host + ": killed " + notice.program + ": the host's programs held " + mib;
}

std::unique_ptr<Sandbox> make_sandbox(std::string_view engine) {
  if (engine == "native") return native::make_native_sandbox();
  if (engine == "compose") return compose::make_compose_sandbox();
  if (engine == "fake") return std::make_unique<FakeSandbox>();
  throw usage_error("sandbox: engine " + std::string(engine) +
                    ": not known: native and compose are");
}

}  // namespace gameday
