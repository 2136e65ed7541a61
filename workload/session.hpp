// One run of the workload: sends what the schedule says, when it says, takes commands, and reports.
// One thread, one loop. See workload/protocol.hpp for what is said on either side.
//
// A visit keeps up to connections_per_user idle connections; a request that finds them busy opens
// another, as a browser does, so that a slow answer never delays the next request. A request that
// is already later than the objective when its turn comes is not sent: it counts as late.
#pragma once

#include <array>
#include <deque>
#include <memory>
#include <unordered_map>
#include <vector>

#include "core/clock.hpp"
#include "workload/command.hpp"
#include "workload/http_client.hpp"
#include "workload/impact.hpp"
#include "workload/report_stream.hpp"
#include "workload/requests.hpp"
#include "workload/schedule.hpp"

namespace gameday {

class LoadSession final : HttpClient::Listener {
 public:
  LoadSession(const LoadPlan& plan, const sockaddr_in& target, size_t max_connections,
          RequestWriter& requests, LineReader& commands, ReportStream& reports);

  enum class End { kFinish, kEndOfCommands, kReaderGone };
  // Returns when told to finish and everything in flight has ended. Throws a usage Error for a
  // command that is none.
  End run();
  // The numbers of the orders that the shop acknowledged.
  const std::vector<uint64_t>& acknowledged() const { return acknowledged_; }

 private:
  struct OpenInterval {
    OpenInterval(const std::string& name, const LoadPlan& plan, double opened)
        : impact(name, plan.users, plan.objective_ms), opened_seconds(opened) {}
    Impact impact;
    double opened_seconds;
    double closed_seconds = -1;
  };
  // A request on its way; there is at most one on a connection.
  struct Flight {
    uint64_t serial = 0;  // 0: none
    double intended_seconds = 0;
    Request request;
    Send send;
    uint64_t order_number = 0;
    uint64_t visit = 0;  // 0: the visit has sent its last request; the connection is not kept
    OpenInterval* interval = nullptr;
  };
  struct Due {  // when a flight passes its objective or time-out; flights may be over by then
    double at_seconds;
    HttpClient::Id connection;
    uint64_t serial;
  };
  struct Second {
    uint64_t sent = 0, slow = 0;
    std::array<uint64_t, kOutcomes> by_outcome{};
    double max_send_lateness_ms = 0;
    Histogram latencies;
  };

  void on_answer(HttpClient::Id connection, int status, bool reusable,
                 const std::string& body) override;
  void on_failure(HttpClient::Id connection, Outcome why) override;
  void on_idle_closed(HttpClient::Id connection) override;

  double now() const;
  double next_wake();
  void send_due(double now_seconds);
  void dispatch(const Send& send, double lateness_ms);
  std::optional<HttpClient::Id> connection_for(const Send& send);
  void release(HttpClient::Id connection, uint64_t visit, bool reusable);
  void drop_idle(uint64_t visit);
  void expire(double now_seconds);
  void ended(HttpClient::Id connection, Outcome outcome, double now_seconds);
  void account(const Flight& flight, Outcome outcome, double latency_ms);
  void take_commands();
  void obey(const LoadCommand& command);
  void stop_sending(End end);
  void close_interval(double now_seconds);
  void report_closed_intervals();
  void report_second();
  bool alive(const Due& due) const;

  const LoadPlan plan_;
  RequestWriter& requests_;
  LineReader& commands_;
  ReportStream& reports_;
  HttpClient client_;
  Schedule schedule_;
  const std::chrono::steady_clock::time_point start_;

  std::vector<Flight> flights_;             // by connection
  std::vector<uint64_t> idle_visit_;        // by connection: whose idle connection it is, or 0
  std::unordered_map<uint64_t, std::vector<HttpClient::Id>> idle_;  // by visit
  std::deque<Due> objectives_, timeouts_;
  std::deque<std::unique_ptr<OpenInterval>> intervals_;  // the last one may be still open
  Second second_;
  bool batched_;
  double next_batch_seconds_ = 0;
  uint64_t seconds_reported_ = 0;
  uint64_t next_serial_ = 1;
  uint64_t next_order_ = 1;
  size_t in_flight_ = 0;
  std::vector<uint64_t> acknowledged_;
  bool sending_ = true;
  End end_ = End::kFinish;
};

}  // namespace gameday
