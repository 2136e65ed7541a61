#include "drill/stop.hpp"

namespace gameday {

void Bell::ring() {
  const std::lock_guard lock(mutex_);
  changed_.notify_all();
}

void Bell::stop(const std::string& reason) {
  const std::lock_guard lock(mutex_);
  if (!stopped_) stopped_ = reason;
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
