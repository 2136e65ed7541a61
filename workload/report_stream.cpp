#include "workload/report_stream.hpp"

#include <poll.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <climits>

namespace gameday {

namespace {

constexpr size_t kMaxPendingBytes = 4 << 20;

}  // namespace

void ReportStream::line(std::string_view key, json::value value, bool droppable) {
  if (droppable && pending_.size() > kMaxPendingBytes) return;
  json::object object;
  object[json::string_view(key.data(), key.size())] = std::move(value);
  pending_ += json::serialize(object);
  pending_ += '\n';
  flush();
}

void ReportStream::flush() {
  while (write_some(0)) {
  }
}

void ReportStream::flush_until(Deadline deadline) {
  while (!pending_.empty() && !broken_) {
    const auto left = std::chrono::ceil<std::chrono::milliseconds>(
        deadline - std::chrono::steady_clock::now());
    if (left.count() <= 0) return;
    write_some(static_cast<int>(left.count()));
  }
}

// A pipe that polls writable takes PIPE_BUF bytes without blocking, so the descriptor's flags,
// which it may share with others, stay as they are.
bool ReportStream::write_some(int wait_ms) {
  if (pending_.empty() || broken_) return false;
  pollfd ready{fd_, POLLOUT, 0};
  if (::poll(&ready, 1, wait_ms) <= 0) return false;
  const ssize_t written =
      ::write(fd_, pending_.data(), std::min<size_t>(pending_.size(), PIPE_BUF));
  if (written < 0 && errno != EINTR && errno != EAGAIN) broken_ = true;
  if (written > 0) pending_.erase(0, static_cast<size_t>(written));
  return written > 0;
}

}  // namespace gameday
