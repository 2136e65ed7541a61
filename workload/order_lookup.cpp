#include "workload/order_lookup.hpp"

#include <algorithm>
#include <chrono>
#include <map>
#include <optional>

#include "core/clock.hpp"
#include "workload/http_client.hpp"

namespace gameday {

namespace {

constexpr size_t kConnections = 8;
constexpr double kPerSecond = 4000;
constexpr double kAnswerLimitSeconds = 3;
constexpr int kTries = 3;
// A shop that answers none of this many in a row is down: the rest is unknown, and asked no more.
constexpr int kHopeless = 64;

class Lookup final : HttpClient::Listener {
 public:
  Lookup(const sockaddr_in& target, RequestWriter& requests, const std::vector<uint64_t>& numbers)
      : client_(target, kConnections, *this), requests_(requests) {
    for (auto number = numbers.rbegin(); number != numbers.rend(); ++number) {
      waiting_.push_back({*number, 0});
    }
    count_.acknowledged = numbers.size();
  }

  OrderCount run(double limit_seconds) {
    while (count_.found + count_.lost + count_.unknown < count_.acknowledged) {
      const double at = now();
      if (at > limit_seconds || failures_in_a_row_ >= kHopeless) break;
      ask(at);
      expire(at);
      client_.poll(std::chrono::milliseconds(busy_.size() < kConnections ? 1 : 20));
    }
    count_.unknown = count_.acknowledged - count_.found - count_.lost;
    return count_;
  }

 private:
  struct Order {
    uint64_t number;
    int tries;
  };
  struct Question {
    Order order;
    double asked_at;
  };

  double now() const {
    return Seconds(std::chrono::steady_clock::now() - start_).count();
  }

  void ask(double at) {
    while (!waiting_.empty() && busy_.size() < kConnections &&
           static_cast<double>(asked_) < at * kPerSecond) {
      std::optional<HttpClient::Id> connection;
      if (!idle_.empty()) {
        connection = idle_.back();
        idle_.pop_back();
      } else {
        connection = client_.open();
      }
      if (!connection) return;
      Order order = waiting_.back();
      waiting_.pop_back();
      ++order.tries;
      ++asked_;
      busy_[*connection] = {order, at};
      client_.send(*connection, requests_.lookup(order.number), true);
    }
  }

  void expire(double at) {
    std::vector<HttpClient::Id> overdue;
    for (const auto& [connection, question] : busy_) {
      if (at - question.asked_at > kAnswerLimitSeconds) overdue.push_back(connection);
    }
    for (const HttpClient::Id connection : overdue) {
      client_.close(connection);
      no_answer(connection);
    }
  }

  void no_answer(HttpClient::Id connection) {
    const Order order = busy_.at(connection).order;
    busy_.erase(connection);
    ++failures_in_a_row_;
    if (order.tries < kTries) {
      waiting_.push_front(order);  // after all others: a passing trouble gets time to pass
    } else {
      ++count_.unknown;
    }
  }

  void on_answer(HttpClient::Id connection, int status, bool reusable,
                 const std::string& body) override {
    const Order order = busy_.at(connection).order;
    const bool named = body.find('"' + requests_.reference(order.number) + '"') !=
                       std::string::npos;
    if (status == 200 || status == 404) {
      busy_.erase(connection);
      failures_in_a_row_ = 0;
      ++(status == 200 && named ? count_.found : count_.lost);
    } else {
      no_answer(connection);
    }
    if (reusable) {
      idle_.push_back(connection);
    } else {
      client_.close(connection);
    }
  }

  void on_failure(HttpClient::Id connection, Outcome) override { no_answer(connection); }
  void on_idle_closed(HttpClient::Id connection) override { std::erase(idle_, connection); }

  HttpClient client_;
  RequestWriter& requests_;
  const std::chrono::steady_clock::time_point start_ = std::chrono::steady_clock::now();
  std::deque<Order> waiting_;  // the next one is at the back
  std::map<HttpClient::Id, Question> busy_;
  std::vector<HttpClient::Id> idle_;
  OrderCount count_;
  uint64_t asked_ = 0;
  int failures_in_a_row_ = 0;
};

}  // namespace

json::object to_json(const OrderCount& count) {
  json::object object;
  object["acknowledged"] = count.acknowledged;
  object["found"] = count.found;
  object["lost"] = count.lost;
  object["unknown"] = count.unknown;
  return object;
}

OrderCount look_up_orders(const sockaddr_in& target, RequestWriter& requests,
                          const std::vector<uint64_t>& order_numbers, double limit_seconds) {
  return Lookup(target, requests, order_numbers).run(limit_seconds);
}

}  // namespace gameday
