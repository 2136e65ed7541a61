#include "sandbox/stack/storefront/workers.hpp"

namespace gameday::storefront {

Workers::~Workers() {
  {
    const std::lock_guard lock(mutex_);
    stopping_ = true;
    queue_.clear();
    for (const auto& worker : workers_) worker->wake.notify_one();
  }
  for (const auto& worker : workers_) worker->thread.join();
}

bool Workers::submit(Job job) {
  const std::lock_guard lock(mutex_);
  if (stopping_) return false;
  if (!idle_.empty()) {
    Worker* worker = idle_.back();
    idle_.pop_back();
    worker->next = std::move(job);
    worker->wake.notify_one();
    return true;
  }
  if (workers_.size() < static_cast<size_t>(config_.workers)) {
    Worker& worker = *workers_.emplace_back(std::make_unique<Worker>());
    worker.next = std::move(job);
    worker.thread = std::thread([this, &worker] { run(worker); });
    return true;
  }
  if (queue_.size() >= static_cast<size_t>(config_.queue_limit)) return false;
  queue_.push_back(std::move(job));
  return true;
}

void Workers::run(Worker& self) {
  WorkerState state(config_);
  std::unique_lock lock(mutex_);
  for (;;) {
    if (!self.next && !queue_.empty()) {
      self.next = std::move(queue_.front());
      queue_.pop_front();
    }
    if (self.next) {
      Job job = std::exchange(self.next, nullptr);
      lock.unlock();
      job(state);
      job = nullptr;
      lock.lock();
      continue;
    }
    if (stopping_) return;
    idle_.push_back(&self);
    self.wake.wait(lock, [&] { return self.next || stopping_; });
  }
}

int Workers::busy() const {
  const std::lock_guard lock(mutex_);
  return static_cast<int>(workers_.size() - idle_.size());
}

int Workers::queued() const {
  const std::lock_guard lock(mutex_);
  return static_cast<int>(queue_.size());
}

}  // namespace gameday::storefront
