#include "workload/session.hpp"

#include <algorithm>
#include <cmath>

namespace gameday {

namespace {

constexpr double kLongestWaitSeconds = 1;
// Above this rate sends go out in batches, one a millisecond, so that thousands of requests a
// second do not cost a wake-up each; the millisecond shows as send lateness. A drill's hundreds a
// second are each sent at their own moment.
constexpr double kBatchedSendsPerSecond = 1000;
constexpr double kBatchSeconds = 0.001;

double sends_per_second(const LoadPlan& plan) {
  return plan.users * plan.visiting_share * (plan.reads_per_visit + plan.writers) /
         plan.period_seconds;
}

Outcome outcome_of_status(int status) {
  if (status >= 200 && status < 400) return Outcome::kSucceeded;
  return status >= 500 ? Outcome::kHttp5xx : Outcome::kHttp4xx;
}

}  // namespace

LoadSession::LoadSession(const LoadPlan& plan, const sockaddr_in& target, size_t max_connections,
                 RequestWriter& requests, LineReader& commands, ReportStream& reports)
    : plan_(plan),
      requests_(requests),
      commands_(commands),
      reports_(reports),
      client_(target, max_connections, *this),
      schedule_(plan),
      start_(std::chrono::steady_clock::now()),
      batched_(sends_per_second(plan) > kBatchedSendsPerSecond) {}

LoadSession::End LoadSession::run() {
  client_.watch(commands_.fd());
  take_commands();  // some may have come with the plan
  while (sending_ || in_flight_ > 0) {
    double at = now();
    if (sending_ && at >= next_batch_seconds_ && schedule_.next_at() <= at) {
      next_batch_seconds_ = at + (batched_ ? kBatchSeconds : 0);
      send_due(at);
      at = now();
    }
    expire(at);
    while (static_cast<double>(seconds_reported_ + 1) <= at) report_second();
    report_closed_intervals();
    if (reports_.broken()) return End::kReaderGone;
    const double wait = std::clamp(next_wake() - now(), 0.0, kLongestWaitSeconds);
    const bool told = client_.poll(std::chrono::nanoseconds(static_cast<int64_t>(wait * 1e9)));
    if (told) {
      commands_.read_once();
      take_commands();
    }
  }
  report_closed_intervals();
  return end_;
}

double LoadSession::now() const {
  return Seconds(std::chrono::steady_clock::now() - start_).count();
}

double LoadSession::next_wake() {
  while (!objectives_.empty() && !alive(objectives_.front())) objectives_.pop_front();
  while (!timeouts_.empty() && !alive(timeouts_.front())) timeouts_.pop_front();
  double at = static_cast<double>(seconds_reported_ + 1);
  if (sending_) at = std::min(at, std::max(schedule_.next_at(), next_batch_seconds_));
  if (!objectives_.empty()) at = std::min(at, objectives_.front().at_seconds);
  if (!timeouts_.empty()) at = std::min(at, timeouts_.front().at_seconds);
  return at;
}

void LoadSession::send_due(double now_seconds) {
  while (schedule_.next_at() <= now_seconds) {
    const Send send = schedule_.pop();
    // Asked again for each: a burst of sends takes time itself.
    dispatch(send, (now() - send.at_seconds) * 1000);
  }
}

void LoadSession::dispatch(const Send& send, double lateness_ms) {
  Flight flight;
  flight.intended_seconds = send.at_seconds;
  flight.request = {send.user, send.write};
  flight.send = send;
  flight.visit = send.last ? 0 : send.visit;
  if (!intervals_.empty() && intervals_.back()->closed_seconds < 0) {
    flight.interval = intervals_.back().get();
    flight.interval->impact.offered(flight.request, lateness_ms);
  }
  ++second_.sent;
  second_.max_send_lateness_ms = std::max(second_.max_send_lateness_ms, lateness_ms);

  std::optional<HttpClient::Id> connection;
  if (lateness_ms <= plan_.objective_ms) connection = connection_for(send);
  if (send.last) drop_idle(send.visit);
  if (!connection) return account(flight, Outcome::kLate, lateness_ms);
  if (flights_.size() <= *connection) {
    flights_.resize(*connection + 1);
    idle_visit_.resize(*connection + 1);
  }
  flight.serial = next_serial_++;
  if (send.write) flight.order_number = next_order_++;
  ++in_flight_;
  const Due due{send.at_seconds, *connection, flight.serial};
  objectives_.push_back(due);
  objectives_.back().at_seconds += plan_.objective_ms / 1000;
  timeouts_.push_back(due);
  timeouts_.back().at_seconds += plan_.timeout_ms / 1000;
  flights_[*connection] = flight;
  client_.send(*connection, requests_.text(send, flight.order_number), plan_.check_answers);
}

// An idle connection of the visit, or a new one.
std::optional<HttpClient::Id> LoadSession::connection_for(const Send& send) {
  const auto found = idle_.find(send.visit);
  if (found == idle_.end() || found->second.empty()) return client_.open();
  const HttpClient::Id connection = found->second.back();
  found->second.pop_back();
  idle_visit_[connection] = 0;
  return connection;
}

// After an answer: kept for the visit's next request, or closed.
void LoadSession::release(HttpClient::Id connection, uint64_t visit, bool reusable) {
  if (!reusable || visit == 0 || !sending_) return client_.close(connection);
  const auto found = idle_.try_emplace(visit).first;
  if (found->second.size() >= static_cast<size_t>(plan_.connections_per_user)) {
    return client_.close(connection);
  }
  found->second.push_back(connection);
  idle_visit_[connection] = visit;
}

// The visit is over: nothing will use its idle connections, and those still busy are not kept.
void LoadSession::drop_idle(uint64_t visit) {
  const auto found = idle_.find(visit);
  if (found == idle_.end()) return;
  for (const HttpClient::Id connection : found->second) {
    idle_visit_[connection] = 0;
    client_.close(connection);
  }
  idle_.erase(found);
}

void LoadSession::on_answer(HttpClient::Id connection, int status, bool reusable,
                        const std::string& body) {
  const Flight flight = flights_[connection];
  Outcome outcome = outcome_of_status(status);
  if (outcome == Outcome::kSucceeded && plan_.check_answers &&
      !requests_.answers(flight.send, flight.order_number, body)) {
    outcome = Outcome::kWrong;
  }
  if (outcome == Outcome::kSucceeded && flight.request.write) {
    acknowledged_.push_back(flight.order_number);
  }
  ended(connection, outcome, now());
  release(connection, flight.visit, reusable);
}

void LoadSession::on_failure(HttpClient::Id connection, Outcome why) {
  ended(connection, why, now());
}

void LoadSession::on_idle_closed(HttpClient::Id connection) {
  const uint64_t visit = idle_visit_[connection];
  idle_visit_[connection] = 0;
  const auto found = idle_.find(visit);
  if (found != idle_.end()) std::erase(found->second, connection);
}

bool LoadSession::alive(const Due& due) const {
  return flights_[due.connection].serial == due.serial;
}

void LoadSession::expire(double now_seconds) {
  while (!objectives_.empty() && objectives_.front().at_seconds <= now_seconds) {
    const Due due = objectives_.front();
    objectives_.pop_front();
    const Flight& flight = flights_[due.connection];
    if (flight.serial == due.serial && flight.interval) {
      flight.interval->impact.overdue(flight.request);
    }
  }
  while (!timeouts_.empty() && timeouts_.front().at_seconds <= now_seconds) {
    const Due due = timeouts_.front();
    timeouts_.pop_front();
    if (!alive(due)) continue;
    client_.close(due.connection);
    ended(due.connection, Outcome::kTimeout, now_seconds);
  }
}

void LoadSession::ended(HttpClient::Id connection, Outcome outcome, double now_seconds) {
  const Flight flight = flights_[connection];
  flights_[connection].serial = 0;
  --in_flight_;
  account(flight, outcome, (now_seconds - flight.intended_seconds) * 1000);
}

void LoadSession::account(const Flight& flight, Outcome outcome, double latency_ms) {
  if (flight.interval) flight.interval->impact.ended(flight.request, outcome, latency_ms);
  ++second_.by_outcome[static_cast<size_t>(outcome)];
  if (outcome == Outcome::kSucceeded && latency_ms > plan_.objective_ms) ++second_.slow;
  if (has_latency(outcome)) {
    second_.latencies.record(static_cast<uint64_t>(std::max(0.0, latency_ms) * 1000));
  }
}

void LoadSession::take_commands() {
  while (sending_) {
    const std::optional<std::string> line = commands_.take_line();
    if (!line) break;
    if (!line->empty()) obey(parse_load_command(*line));
  }
  if (sending_ && commands_.ended()) stop_sending(End::kEndOfCommands);
}

void LoadSession::obey(const LoadCommand& command) {
  const double at = now();
  switch (command.verb) {
    case LoadCommand::Verb::kInterval:
      send_due(at);  // what was due before this moment belongs to the interval before it
      close_interval(at);
      intervals_.push_back(std::make_unique<OpenInterval>(command.name, plan_, at));
      break;
    case LoadCommand::Verb::kRate:
      schedule_.set_rate(command.factor, std::floor(at) + 1);
      break;
    case LoadCommand::Verb::kFinish:
      stop_sending(End::kFinish);
      break;
  }
}

void LoadSession::stop_sending(End end) {
  const double at = now();
  send_due(at);
  close_interval(at);
  sending_ = false;
  end_ = end;
  client_.unwatch(commands_.fd());
}

void LoadSession::close_interval(double now_seconds) {
  if (intervals_.empty() || intervals_.back()->closed_seconds >= 0) return;
  intervals_.back()->closed_seconds = now_seconds;
}

// A closed interval is reported once its last request has ended: what is in flight counts.
void LoadSession::report_closed_intervals() {
  while (!intervals_.empty() && intervals_.front()->closed_seconds >= 0 &&
         intervals_.front()->impact.open() == 0) {
    const OpenInterval& interval = *intervals_.front();
    reports_.line("interval",
                  interval.impact.report(interval.closed_seconds - interval.opened_seconds), false);
    intervals_.pop_front();
  }
}

void LoadSession::report_second() {
  ++seconds_reported_;
  const bool in_interval = !intervals_.empty();
  json::object object;
  object["at"] = seconds_reported_;
  object["sent"] = second_.sent;
  object["succeeded"] = second_.by_outcome[static_cast<size_t>(Outcome::kSucceeded)];
  object["slow"] = second_.slow;
  object["failed"] = failed_by(second_.by_outcome);
  object["p50_ms"] = percentile_ms(second_.latencies, 50);
  object["p99_ms"] = percentile_ms(second_.latencies, 99);
  object["users_affected"] = in_interval ? intervals_.back()->impact.users_affected() : 0;
  object["send_lateness_ms"] = rounded(second_.max_send_lateness_ms, 3);
  reports_.line("second", std::move(object), true);
  batched_ = static_cast<double>(second_.sent) > kBatchedSendsPerSecond;
  second_.sent = second_.slow = 0;
  second_.by_outcome = {};
  second_.max_send_lateness_ms = 0;
  second_.latencies.clear();
}

}  // namespace gameday
