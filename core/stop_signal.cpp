#include "core/stop_signal.hpp"

#include <sys/eventfd.h>
#include <unistd.h>

#include "core/error.hpp"

namespace gameday {

Bell::Bell() : stop_event_(::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK)) {
  if (!stop_event_) throw_errno("stop: eventfd", ErrorKind::kMachine);
}

void Bell::ring() {
  const std::lock_guard lock(mutex_);
  changed_.notify_all();
}

void Bell::stop(const std::string& reason) {
  const std::lock_guard lock(mutex_);
  if (!stopped_) stopped_ = reason;
  const uint64_t one = 1;
  const ssize_t ignored = ::write(stop_event_.get(), &one, sizeof one);
  static_cast<void>(ignored);
  changed_.notify_all();
}

std::optional<std::string> Bell::stopped() const {
  const std::lock_guard lock(mutex_);
  return stopped_;
}

bool Bell::wait(Deadline deadline, const std::function<bool()>& condition) {
  std::unique_lock lock(mutex_);
  while (!condition()) {
    if (stopped_) return false;
    if (changed_.wait_until(lock, deadline) == std::cv_status::timeout) return condition();
  }
  return true;
}

bool Bell::wait(Deadline deadline) {
  wait(deadline, [] { return false; });
  return !stopped();
}

}  // namespace gameday
