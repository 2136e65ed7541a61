#include <functional>
#include <map>

#include "core/error.hpp"
#include "workload/protocol.hpp"

namespace gameday {

namespace {

double number_in(const json::value& value, const std::string& key, double low, double high) {
  if (!value.is_number()) throw usage_error("load plan: " + key + ": must be a number");
  const double number = value.to_number<double>();
  if (!(number >= low && number <= high)) {
    throw usage_error("load plan: " + key + ": " + json::serialize(value) + " is outside " +
                      json::serialize(json::value(low)) + " to " +
                      json::serialize(json::value(high)));
  }
  return number;
}

int whole_in(const json::value& value, const std::string& key, int low, int high) {
  const double number = number_in(value, key, low, high);
  if (number != static_cast<int>(number)) {
    throw usage_error("load plan: " + key + ": " + json::serialize(value) +
                      " is not a whole number");
  }
  return static_cast<int>(number);
}

uint64_t seed_of(const json::value& value) {
  if (value.is_uint64()) return value.as_uint64();
  if (value.is_int64() && value.as_int64() >= 0) return static_cast<uint64_t>(value.as_int64());
  throw usage_error("load plan: seed: must be a whole number, 0 or more");
}

using Take = std::function<void(LoadPlan&, const std::string&, const json::value&)>;

template <typename Member>
Take number(Member member, double low, double high) {
  return [=](LoadPlan& plan, const std::string& key, const json::value& value) {
    plan.*member = number_in(value, key, low, high);
  };
}

template <typename Member>
Take whole(Member member, int low, int high) {
  return [=](LoadPlan& plan, const std::string& key, const json::value& value) {
    plan.*member = whole_in(value, key, low, high);
  };
}

// Ranges keep a mistyped plan from hurting the machine; they are wider than any scenario needs.
const std::map<std::string, Take>& members() {
  static const std::map<std::string, Take> table = {
      {"users", whole(&LoadPlan::users, 1, 100000)},
      {"visiting_share", number(&LoadPlan::visiting_share, 0.001, 1)},
      {"writers", number(&LoadPlan::writers, 0, 1)},
      {"reads_per_visit", whole(&LoadPlan::reads_per_visit, 1, 10000)},
      {"period_seconds", number(&LoadPlan::period_seconds, 0.1, 86400)},
      {"think_seconds", number(&LoadPlan::think_seconds, 0, 60)},
      {"objective_ms", number(&LoadPlan::objective_ms, 1, 600000)},
      {"timeout_ms", number(&LoadPlan::timeout_ms, 1, 600000)},
      {"connections_per_user", whole(&LoadPlan::connections_per_user, 1, 8)},
      {"check_answers", [](LoadPlan& plan, const std::string& key, const json::value& value) {
         if (!value.is_bool()) throw usage_error("load plan: " + key + ": must be true or false");
         plan.check_answers = value.as_bool();
       }},
      {"seed", [](LoadPlan& plan, const std::string&, const json::value& value) {
         plan.seed = seed_of(value);
       }},
  };
  return table;
}

}  // namespace

LoadPlan load_plan_from_json(const json::object& object) {
  LoadPlan plan;
  for (const auto& member : object) {
    const std::string key(member.key());
    const auto found = members().find(key);
    if (found == members().end()) throw usage_error("load plan: " + key + ": unknown key");
    found->second(plan, key, member.value());
  }
  if (plan.timeout_ms < plan.objective_ms) {
    throw usage_error("load plan: timeout_ms: must not be below objective_ms");
  }
  return plan;
}

json::object to_json(const LoadPlan& plan) {
  json::object object;
  object["users"] = plan.users;
  object["visiting_share"] = plan.visiting_share;
  object["writers"] = plan.writers;
  object["reads_per_visit"] = plan.reads_per_visit;
  object["period_seconds"] = plan.period_seconds;
  object["think_seconds"] = plan.think_seconds;
  object["objective_ms"] = plan.objective_ms;
  object["timeout_ms"] = plan.timeout_ms;
  object["connections_per_user"] = plan.connections_per_user;
  object["check_answers"] = plan.check_answers;
  object["seed"] = plan.seed;
  return object;
}

}  // namespace gameday
