#include "report/verdict.hpp"

#include <algorithm>
#include <cmath>

#include "core/text.hpp"
#include "journal/events.hpp"
#include "journal/machine_use.hpp"

namespace gameday {

namespace {

constexpr double kServedShare = 0.98;  // as the outside probe asks after the repair
constexpr int kServedInARow = 3;

// The begin of the first repair; the end of the journal when there is none.
double first_repair_at(const Journal& journal) {
  for (const Event& event : journal.events) {
    if (event.kind == events::kAct && string_or(event.data, "act", "") == "repair") {
      return number_or(event.data, "started", event.at_seconds);
    }
  }
  return journal.events.empty() ? 0 : journal.events.back().at_seconds;
}

struct SecondOfLoad {
  double ended_at = 0;
  double succeeded = 0, ended = 0, good = 0;
};

// The workload's whole seconds between the verified effect and the first repair.
std::vector<SecondOfLoad> broken_seconds(const Journal& journal) {
  const double from = journal.phase_at("verified"), until = first_repair_at(journal);
  std::vector<SecondOfLoad> seconds;
  if (from < 0) return seconds;
  for (const Event& event : journal.events) {
    if (event.kind != events::kSecond) continue;
    if (event.at_seconds - 1 < from || event.at_seconds > until) continue;
    SecondOfLoad second;
    second.ended_at = event.at_seconds;
    second.succeeded = number_or(event.data, "succeeded", 0);
    second.good = second.succeeded - number_or(event.data, "slow", 0);
    second.ended = second.succeeded;
    if (const json::value* failed = event.data.if_contains("failed"); failed && failed->is_object()) {
      for (const auto& kind : failed->as_object()) second.ended += kind.value().to_number<double>();
    }
    seconds.push_back(second);
  }
  return seconds;
}

const json::object* data_of(const Event* event) { return event ? &event->data : nullptr; }

std::optional<double> figure_in(const json::object* interval, const std::string& name) {
  const json::value* value = interval ? interval->if_contains(name) : nullptr;
  if (!value || !value->is_number()) return std::nullopt;
  return value->to_number<double>();
}

// How much of a figure, in points, slow answers alone account for.
double slow_points(const Figure& figure, const json::object* interval) {
  const auto value = [&](const char* key) { return figure_in(interval, key).value_or(0); };
  if (figure.name == "users_affected_percent") {
    // Who got a failing answer was affected without any slowness.
    return interval && interval->if_contains("users_failed_percent")
               ? value("users_affected_percent") - value("users_failed_percent")
               : 0;
  }
  if (figure.name != "goodput_lost_percent" || value("offered") <= 0) return 0;
  const json::value* by = interval->if_contains("failed_by");
  const double timeouts = by && by->is_object() ? number_or(by->as_object(), "timeout", 0) : 0;
  return value("requests_slow_percent") + 100 * timeouts / value("offered");
}

std::optional<Deviation> deviation_of(const Figure& figure, const json::object* interval,
                                      double tolerance_points) {
  const std::string asked = (figure.at_most ? "below " : "") + text::fixed(figure.documented, 1);
  if (!figure.measured) {
    return Deviation{figure.name + " was not measured, documented " + asked};
  }
  const double points = *figure.measured - figure.documented;
  if (figure.at_most ? points < 0 : std::abs(points) <= tolerance_points) return std::nullopt;
  Deviation deviation{figure.name + " is " + text::fixed(*figure.measured, 1) + ", documented " +
                      asked};
  if (!figure.at_most && points > 0 &&
      points - slow_points(figure, interval) <= tolerance_points) {
    deviation.lack_during = "outage";
  }
  return deviation;
}

// The documented people's last change before users were served.
std::string last_change(const Journal& journal, double before) {
  std::string text = "nobody had repaired anything";
  for (const Event& event : journal.events) {
    if (event.kind == events::kAct && event.at_seconds < before &&
        string_or(event.data, "act", "") == "change") {
      text = "after the wrong turn on " + string_or(event.data, "target", "") + " (" +
             string_or(event.data, "text", "") + ")";
    }
  }
  return text;
}

bool was_paged(const Journal& journal) {
  const double repaired = first_repair_at(journal);
  return std::any_of(journal.events.begin(), journal.events.end(), [&](const Event& event) {
    return event.kind == events::kPage && !of_unknown_origin(event.data) &&
           event.at_seconds <= repaired;
  });
}

void check_detection(const DrillPlan& plan, const Journal& journal,
                     std::vector<Deviation>& found) {
  const auto& timeline = plan.scenario.documented.timeline;
  const bool documented = std::any_of(timeline.begin(), timeline.end(), [](const auto& event) {
    return event.event == "detected";
  });
  if (documented && !plan.twin && !was_paged(journal)) {
    found.push_back({"no alert paged anybody before the repair", "outage"});
  }
}

void check_what_is_left(const Journal& journal, std::vector<Deviation>& found) {
  const json::value lost = journal.value(events::kOrders, "lost");
  if (!lost.is_number() || lost.to_number<double>() != 0) {
    found.push_back({"orders lost: " +
                         (lost.is_null() ? std::string("unknown") : json::serialize(lost)),
                     lost.is_null() ? "retrigger" : ""});
  }
  const json::value left = journal.value(events::kResidue, "left");
  if (!left.is_array() || !left.as_array().empty()) {
    found.push_back({"left behind: " + json::serialize(left)});
  }
}

void check_cure(const Journal& journal, std::vector<Deviation>& found) {
  for (const Event& event : journal.events) {
    if (event.kind != events::kProbe || string_or(event.data, "set", "") != "retrigger") continue;
    const std::string name = string_or(event.data, "name", "");
    const std::string good = name == "cause_present" ? "no" : "yes";
    const std::string result = string_or(event.data, "result", "");
    if (result == good) continue;
    const bool slowness = result == "unknown" || name == "users_served";
    found.push_back({"after the repair and a restart: " + name + " is " + result + " " +
                         string_or(event.data, "detail", ""),
                     slowness ? "retrigger" : ""});
  }
}

}  // namespace

std::optional<double> outage_success_percent(const Journal& journal) {
  double succeeded = 0, ended = 0;
  const std::vector<SecondOfLoad> seconds = broken_seconds(journal);
  for (const SecondOfLoad& second : seconds) {
    succeeded += second.succeeded;
    ended += second.ended;
  }
  if (seconds.empty()) return std::nullopt;
  // Requests that all hang end nowhere: none succeeded.
  return ended > 0 ? 100 * succeeded / ended : 0;
}

std::optional<double> served_before_repair(const Journal& journal) {
  int in_a_row = 0;
  for (const SecondOfLoad& second : broken_seconds(journal)) {
    const bool good = second.ended > 0 && second.good >= kServedShare * second.ended;
    in_a_row = good ? in_a_row + 1 : 0;
    if (in_a_row == kServedInARow) return second.ended_at;
  }
  return std::nullopt;
}

std::vector<Figure> figures_of(const DrillPlan& plan, const Journal& journal) {
  std::vector<Figure> figures;
  if (plan.twin) return figures;
  const Documented& documented = plan.scenario.documented;
  const json::object* outage = data_of(journal.interval("outage"));
  const auto take = [&](const char* name, const std::optional<double>& value) {
    if (value) figures.push_back({name, *value, false, figure_in(outage, name)});
  };
  take("users_affected_percent", documented.users_affected_percent);
  take("goodput_lost_percent", documented.goodput_lost_percent);
  if (documented.success_below_percent) {
    figures.push_back({"outage_success_percent", *documented.success_below_percent, true,
                       outage_success_percent(journal)});
  }
  return figures;
}

std::vector<Deviation> deviations(const DrillPlan& plan, const Journal& journal,
                                  double tolerance_points) {
  std::vector<Deviation> found;
  if (const auto voided = void_of(journal)) {
    found.push_back({"void: " + voided->why});
    return found;
  }
  for (const Figure& figure : figures_of(plan, journal)) {
    auto deviation = deviation_of(figure, data_of(journal.interval("outage")), tolerance_points);
    if (deviation) found.push_back(std::move(*deviation));
  }
  check_detection(plan, journal, found);
  if (const auto served = plan.twin ? std::nullopt : served_before_repair(journal)) {
    found.push_back({"users were served at " +
                     text::since(*served, journal.phase_at("verified")) + ", " +
                     last_change(journal, *served)});
  }
  check_what_is_left(journal, found);
  check_cure(journal, found);
  return found;
}

std::optional<Void> starved(const std::vector<Deviation>& deviations, const Journal& journal) {
  if (deviations.empty() || journal.last(events::kVoid)) return std::nullopt;
  const json::object* lack = nullptr;
  for (const Deviation& deviation : deviations) {
    const json::object* use = nullptr;
    for (const Event& event : journal.events) {
      if (event.kind == events::kMachine && !deviation.lack_during.empty() &&
          string_or(event.data, "during", "") == deviation.lack_during) {
        use = &event.data;
      }
    }
    if (!use || !bool_or(*use, "lacking", false)) return std::nullopt;
    if (!lack) lack = use;
  }
  if (!lack) return std::nullopt;
  return Void{"machine",
              deviations.front().text + ", while " + describe(machine_use_from_json(*lack)), *lack};
}

bool machine_lacked(const Journal& journal) {
  return std::any_of(journal.events.begin(), journal.events.end(), [](const Event& event) {
    return event.kind == events::kMachine && bool_or(event.data, "lacking", false);
  });
}

int exit_code_of_void(const std::string& kind) {
  return kind.empty() ? 0 : kind == "machine" ? 3 : 1;
}

}  // namespace gameday
