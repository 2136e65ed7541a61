// The threads that wait: each runs one request at a time, with a database session and a payment
// connection of its own. Threads start as they are needed, and the one that rested last works
// next, so that a quiet shop keeps few connections open.
//
// Thread-safe. Destruction waits for running jobs and drops queued ones.
#pragma once

#include <condition_variable>
#include <deque>
#include <functional>
#include <memory>
#include <mutex>
#include <thread>
#include <vector>

#include "sandbox/stack/storefront/config.hpp"
#include "sandbox/stack/storefront/database.hpp"
#include "sandbox/stack/storefront/payment.hpp"

namespace gameday::storefront {

struct WorkerState {
  explicit WorkerState(const Config& config)
      : database(config.database), payment(config) {}
  Database database;
  PaymentClient payment;
};

class Workers {
 public:
  using Job = std::function<void(WorkerState&)>;

  explicit Workers(const Config& config) : config_(config) {}
  ~Workers();
  Workers(const Workers&) = delete;
  Workers& operator=(const Workers&) = delete;

  // False: the queue is full and the job was not taken. Jobs must not throw.
  bool submit(Job job);

  int busy() const;
  int queued() const;

 private:
  struct Worker {
    std::thread thread;
    std::condition_variable wake;
    Job next;
  };
  void run(Worker& self);

  const Config& config_;
  mutable std::mutex mutex_;
  std::vector<std::unique_ptr<Worker>> workers_;
  std::vector<Worker*> idle_;  // the last one is woken first
  std::deque<Job> queue_;
  bool stopping_ = false;
};

}  // namespace gameday::storefront
