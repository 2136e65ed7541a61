#include "drill/load_runner.hpp"

#include <unistd.h>

#include <algorithm>
#include <numeric>

#include "core/error.hpp"
#include "journal/events.hpp"

namespace gameday {

namespace {

constexpr size_t kKeptSeconds = 60;
constexpr size_t kRecentSeconds = 2;
constexpr size_t kMaxLineBytes = 4 << 20;

// Of the requests that ended in this second: what is sent near its end is answered in the next one,
// so that answers are never compared with sends.
std::optional<double> good_share_of(const json::object& second) {
  const double succeeded = number_or(second, "succeeded", 0);
  double ended = succeeded;
  if (const json::value* failed = second.if_contains("failed"); failed && failed->is_object()) {
    for (const auto& kind : failed->as_object()) ended += kind.value().to_number<double>();
  }
  if (ended > 0) return (succeeded - number_or(second, "slow", 0)) / ended;
  return number_or(second, "sent", 0) > 0 ? std::optional<double>(0.0) : std::nullopt;
}

std::optional<double> mean_of_last(const std::deque<double>& shares, size_t seconds) {
  if (shares.size() < seconds) return std::nullopt;
  const auto first = shares.end() - static_cast<std::ptrdiff_t>(seconds);
  return std::accumulate(first, shares.end(), 0.0) / static_cast<double>(seconds);
}

}  // namespace

LoadPlan load_plan(const Scenario& scenario, uint64_t seed) {
  LoadPlan plan;
  plan.users = scenario.load.users;
  plan.visiting_share = scenario.load.visiting_share;
  plan.writers = scenario.load.writers;
  plan.reads_per_visit = scenario.load.reads_per_visit;
  plan.period_seconds = scenario.load.period_seconds;
  plan.think_seconds = scenario.load.think_seconds;
  plan.objective_ms = scenario.load.objective_ms;
  plan.timeout_ms = scenario.load.timeout_ms;
  plan.check_answers = true;
  plan.seed = seed;
  return plan;
}

LoadRunner::LoadRunner(Host& clients, const LoadPlan& plan, const std::string& target,
                       JournalWriter& journal, Bell& bell)
    : journal_(journal), bell_(bell) {
  Command command;
  command.argv = {"/usr/local/bin/workload", "--target", target, "--plan", "-"};
  process_ = clients.start(command);
  tell(json::serialize(to_json(plan)));
  reader_ = std::thread([this] { read_reports(); });
}

LoadRunner::~LoadRunner() {
  {
    const std::lock_guard lock(mutex_);
    finishing_ = true;
  }
  process_->kill();
  reader_.join();
}

void LoadRunner::tell(const std::string& command) {
  try {
    write_all(process_->in(), command + "\n");
  } catch (const Error& error) {
    throw Error(std::string("workload: it ended and takes no commands: ") + error.what());
  }
}

void LoadRunner::interval(const std::string& name) {
  {
    const std::lock_guard lock(mutex_);
    good_shares_.clear();
    summaries_.erase(name);
  }
  tell("interval " + name);
}

void LoadRunner::rate(double factor) { tell("rate " + std::to_string(factor)); }

std::optional<json::object> LoadRunner::finish(Deadline deadline) {
  {
    const std::lock_guard lock(mutex_);
    finishing_ = true;
  }
  tell("finish");
  bell_.wait(deadline, [this] {
    const std::lock_guard lock(mutex_);
    return ended_;
  });
  const std::lock_guard lock(mutex_);
  return orders_;
}

std::optional<json::object> LoadRunner::summary(const std::string& name, Deadline deadline) {
  bell_.wait(deadline, [this, &name] {
    const std::lock_guard lock(mutex_);
    return summaries_.contains(name) || ended_;
  });
  const std::lock_guard lock(mutex_);
  const auto found = summaries_.find(name);
  if (found == summaries_.end()) return std::nullopt;
  return found->second;
}

std::optional<double> LoadRunner::good_share(size_t seconds) const {
  const std::lock_guard lock(mutex_);
  return mean_of_last(good_shares_, seconds);
}

std::optional<double> LoadRunner::recent_good_share(size_t seconds) const {
  const std::lock_guard lock(mutex_);
  return mean_of_last(recent_shares_, seconds);
}

double LoadRunner::max_send_lateness_ms() const {
  const std::lock_guard lock(mutex_);
  return max_send_lateness_ms_;
}

void LoadRunner::read_reports() {
  std::string pending;
  char buffer[16384];
  for (;;) {
    const ssize_t count = ::read(process_->out(), buffer, sizeof buffer);
    if (count < 0 && errno == EINTR) continue;
    if (count <= 0) break;
    pending.append(buffer, static_cast<size_t>(count));
    size_t from = 0;
    for (size_t end; (end = pending.find('\n', from)) != std::string::npos; from = end + 1) {
      try {
        take_line(pending.substr(from, end - from));
      } catch (const std::exception& error) {
        bell_.stop(std::string("workload: ") + error.what());
      }
    }
    pending.erase(0, from);
    if (pending.size() > kMaxLineBytes) break;
  }
  bool expected = false;
  std::string fatal;
  {
    const std::lock_guard lock(mutex_);
    ended_ = true;
    expected = finishing_;
    fatal = fatal_;
  }
  if (!expected) {
    bell_.stop("workload: it ended before the drill did" + (fatal.empty() ? "" : ": " + fatal));
  }
  bell_.ring();
}

void LoadRunner::take_line(const std::string& line) {
  const json::value value = parse_json(line, "workload report");
  if (!value.is_object()) return;
  const json::object& object = value.as_object();
  const auto part = [&object](const char* key) -> const json::object* {
    const json::value* found = object.if_contains(key);
    return found && found->is_object() ? &found->as_object() : nullptr;
  };
  if (const json::object* second = part("second")) {
    journal_.append(events::kSecond, *second);
    const std::optional<double> share = good_share_of(*second);
    const std::lock_guard lock(mutex_);
    if (share) good_shares_.push_back(*share);
    if (good_shares_.size() > kKeptSeconds) good_shares_.pop_front();
    if (share) recent_shares_.push_back(*share);
    if (recent_shares_.size() > kRecentSeconds) recent_shares_.pop_front();
    max_send_lateness_ms_ =
        std::max(max_send_lateness_ms_, number_or(*second, "send_lateness_ms", 0));
  } else if (const json::object* interval = part("interval")) {
    journal_.append(events::kInterval, *interval);
    const std::lock_guard lock(mutex_);
    summaries_[string_or(*interval, "name", "")] = *interval;
  } else if (const json::object* orders = part("orders")) {
    const std::lock_guard lock(mutex_);
    orders_ = *orders;
  } else if (object.contains("fatal")) {
    const std::lock_guard lock(mutex_);
    fatal_ = string_or(object, "fatal", "");
  }
  bell_.ring();
}

}  // namespace gameday
