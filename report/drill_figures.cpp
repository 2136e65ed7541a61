#include "report/drill_figures.hpp"

#include <algorithm>
#include <map>
#include <optional>

#include "journal/events.hpp"
#include "report/report.hpp"

namespace gameday {

namespace {

struct Row {
  int seconds = 0;
  double at = 0, good = 0, slow = 0, failed = 0, affected = 0;
  std::optional<double> p50, p99;
  int interval = 0;
};

std::optional<double> number(const json::object& data, const char* key) {
  const json::value* value = data.if_contains(key);
  if (!value || !value->is_number()) return std::nullopt;
  return value->to_number<double>();
}

double failed_of(const json::object& second) {
  const json::value* failed = second.if_contains("failed");
  if (!failed || !failed->is_object()) return 0;
  double sum = 0;
  for (const auto& kind : failed->as_object()) {
    if (kind.value().is_number()) sum += kind.value().to_number<double>();
  }
  return sum;
}

std::optional<double> worse(std::optional<double> a, std::optional<double> b) {
  return a && b ? std::max(*a, *b) : a ? a : b;
}

void add(Row& row, const Event& event, double at, int interval) {
  const json::object& data = event.data;
  const double slow = number_or(data, "slow", 0);
  ++row.seconds;
  row.at = at;
  row.good += std::max(0.0, number_or(data, "succeeded", 0) - slow);
  row.slow += slow;
  row.failed += failed_of(data);
  row.p50 = worse(row.p50, number(data, "p50_ms"));
  row.p99 = worse(row.p99, number(data, "p99_ms"));
  row.affected = std::max(row.affected, number_or(data, "users_affected", 0));
  row.interval = interval;
}

double users_of(const Journal& journal) {
  for (const Event& event : journal.events) {
    if (event.kind == events::kInterval) return number_or(event.data, "users_base", 0);
  }
  return 0;
}

std::vector<Row> rows_of(const Journal& journal, double start, size_t seconds_a_row) {
  std::vector<Row> rows;
  int interval = 0;
  double affected = 0;
  for (const Event& event : journal.events) {
    if (event.kind != events::kSecond) continue;
    const double now = number_or(event.data, "users_affected", 0);
    const bool anew = now < affected;
    affected = now;
    interval += anew;
    if (rows.empty() || anew || rows.back().seconds >= static_cast<int>(seconds_a_row)) {
      rows.emplace_back();
    }
    add(rows.back(), event, from_start(event.at_seconds, start), interval);
  }
  return rows;
}

json::value shown(const std::optional<double>& value, int digits) {
  return value ? json::value(rounded(*value, digits)) : json::value(nullptr);
}

const std::map<std::string, std::string>& phase_words() {
  static const std::map<std::string, std::string> words = {
      {"up", "stack starts"},          {"baseline", "what is normal"},
      {"inject", "the drill breaks it"}, {"verified", "users see it"},
      {"respond", "response"},         {"settle", "probes, restart, probes"},
      {"down", "stack ends"}};
  return words;
}

json::object span(const char* kind, const std::string& name, double from, double until) {
  return {{"kind", kind}, {"name", name}, {"from", rounded(from, 3)}, {"until", rounded(until, 3)}};
}

}  // namespace

json::object second_columns(const Journal& journal, double start, size_t most_rows) {
  size_t seconds = 0;
  for (const Event& event : journal.events) seconds += event.kind == events::kSecond;
  const size_t every = seconds / most_rows + 1;
  const double users = users_of(journal);
  json::array t, good, slow, failed, p50, p99, affected, interval;
  for (const Row& row : rows_of(journal, start, every)) {
    t.push_back(row.at);
    good.push_back(rounded(row.good / row.seconds, 0));
    slow.push_back(rounded(row.slow / row.seconds, 0));
    failed.push_back(rounded(row.failed / row.seconds, every == 1 ? 0 : 1));
    p50.push_back(shown(row.p50, 1));
    p99.push_back(shown(row.p99, 1));
    affected.push_back(rounded(users > 0 ? 100 * row.affected / users : 0, 1));
    interval.push_back(row.interval);
  }
  return {{"every", every},   {"users", users},   {"t", std::move(t)},
          {"good", std::move(good)}, {"slow", std::move(slow)}, {"failed", std::move(failed)},
          {"p50", std::move(p50)},   {"p99", std::move(p99)},   {"affected", std::move(affected)},
          {"interval", std::move(interval)}};
}

double last_moment(const Journal& journal, double start) {
  double last = start;
  for (const Event& event : journal.events) {
    // What is looked up once the stack is gone is nothing to be seen in a plot.
    if (event.kind == events::kPhase && string_or(event.data, "name", "") == "down") break;
    if (event.kind != events::kTruth && event.kind != events::kEnd) last = event.at_seconds;
  }
  return from_start(last, start);
}

json::array shades(const Journal& journal, double start) {
  json::array list;
  const double inject = journal.phase_at("inject"), end = last_moment(journal, start);
  const Event* verified = journal.first(events::kVerified);
  const Event* truth = journal.last(events::kTruth);
  const bool is_twin = truth && bool_or(truth->data, "twin", false);
  if (inject >= 0 && !is_twin) {
    list.push_back(span("fault", verified ? "the drill breaks it" : "broken, and no user saw it",
                        from_start(inject, start),
                        verified ? from_start(verified->at_seconds, start) : end));
  }
  bool unserved = verified != nullptr;
  double since = verified ? from_start(verified->at_seconds, start) : 0;
  for (const Event& event : journal.events) {
    if (event.kind == events::kServed) {
      const double at = from_start(number_or(event.data, "since", event.at_seconds), start);
      const bool served = bool_or(event.data, "served", false);
      if (served && unserved) list.push_back(span("effect", "users are not served", since, at));
      if (!served && !unserved) since = at;
      unserved = !served;
    } else if (event.kind == events::kInterval &&
               string_or(event.data, "name", "") == "retrigger") {
      const double until = from_start(event.at_seconds, start);
      list.push_back(span("drill", "the drill restarts services itself",
                          until - number_or(event.data, "seconds", 0), until));
    }
  }
  if (unserved) list.push_back(span("effect", "users are not served", since, end));
  return list;
}

json::array phases(const Journal& journal, double start) {
  json::array list;
  const double end = last_moment(journal, start);
  for (const Event& event : journal.events) {
    if (event.kind != events::kPhase) continue;
    const double at = from_start(event.at_seconds, start);
    if (!list.empty()) list.back().as_object()["until"] = at;
    const std::string name = string_or(event.data, "name", "");
    if (name == "down") break;
    const auto words = phase_words().find(name);
    list.push_back(json::object{{"name", words == phase_words().end() ? name : words->second},
                                {"from", at}, {"until", end}});
  }
  return list;
}

json::array interval_rows(const Journal& journal) {
  json::array rows;
  for (const Event& event : journal.events) {
    if (event.kind != events::kInterval) continue;
    json::object row{{"name", interval_name(string_or(event.data, "name", ""))}};
    for (const char* key : {"seconds", "offered", "requests_failed_percent", "requests_slow_percent",
                            "users_affected_percent", "p50_ms", "p99_ms"}) {
      row[key] = shown(number(event.data, key), 1);
    }
    rows.push_back(std::move(row));
  }
  return rows;
}

}  // namespace gameday
