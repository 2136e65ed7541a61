#include "workload/command.hpp"

#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstdlib>

#include "core/error.hpp"

namespace gameday {

namespace {

constexpr size_t kMaxCommandBytes = 1 << 16;

}  // namespace

LoadCommand parse_load_command(std::string_view line) {
  const size_t space = line.find(' ');
  const std::string_view verb = line.substr(0, space);
  const std::string argument(space == std::string_view::npos ? "" : line.substr(space + 1));
  LoadCommand command;
  if (verb == "interval" && !argument.empty()) {
    command.verb = LoadCommand::Verb::kInterval;
    command.name = argument;
    return command;
  }
  if (verb == "rate") {
    char* end = nullptr;
    command.verb = LoadCommand::Verb::kRate;
    command.factor = std::strtod(argument.c_str(), &end);
    if (!argument.empty() && *end == '\0' && command.factor >= 0.1 && command.factor <= 20) {
      return command;
    }
    throw usage_error("workload: rate: \"" + argument + "\" is not a factor of 0.1 to 20");
  }
  if (verb == "finish" && argument.empty()) return command;
  throw usage_error("workload: unknown command \"" + std::string(line) +
                    "\": say interval NAME, rate FACTOR or finish");
}

bool LineReader::read_once() {
  std::array<char, 4096> buffer;
  const ssize_t count = ::read(fd_, buffer.data(), buffer.size());
  if (count < 0 && (errno == EINTR || errno == EAGAIN)) return true;
  if (count < 0) throw_errno("workload: reading commands");
  if (count == 0) {
    ended_ = true;
    return false;
  }
  pending_.append(buffer.data(), static_cast<size_t>(count));
  if (pending_.size() > kMaxCommandBytes && pending_.find('\n') == std::string::npos) {
    throw usage_error("workload: a command line without an end");
  }
  return true;
}

std::optional<std::string> LineReader::take_line() {
  const size_t end = pending_.find('\n');
  if (end == std::string::npos && (!ended_ || pending_.empty())) return std::nullopt;
  std::string line = pending_.substr(0, end);
  pending_.erase(0, end == std::string::npos ? pending_.size() : end + 1);
  if (!line.empty() && line.back() == '\r') line.pop_back();
  return line;
}

}  // namespace gameday
