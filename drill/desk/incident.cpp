#include "drill/desk/incident.hpp"

#include <algorithm>

#include "core/error.hpp"
#include "core/utf8.hpp"
#include "journal/events.hpp"

namespace gameday {
namespace {

// Far more than a person says: a loop at the desk must not fill the disk.
constexpr size_t kMostEntries = 2000;
constexpr size_t kLongestSaid = 4096;
// An alert that fires again sooner has not ended.
constexpr double kQuietSeconds = 5;

std::string bounded(const std::string& text) {
  return valid_utf8(std::string_view(text).substr(0, kLongestSaid));
}

}  // namespace

// The journal is written outside the lock: its listeners may ask for the state.
Event DeskBook::say(const char* verb, json::object data) {
  data["verb"] = verb;
  data["by"] = by_;
  return journal_.append(events::kDesk, std::move(data));
}

void DeskBook::admit() {
  const std::lock_guard lock(mutex_);
  if (entries_ >= kMostEntries) {
    throw usage_error("desk: too many entries: the book is full: `gameday resolve` still ends it");
  }
  ++entries_;
}

DeskBook::News DeskBook::take(const Event& event) {
  const std::lock_guard lock(mutex_);
  News news;
  if (event.kind == events::kPage) {
    news.paged = take_page(event);
  } else if (event.kind == events::kAlert) {
    take_alert(event);
  } else if (event.kind == events::kVerified) {
    users_suffer_ = true;
    state_.served_again = false;
  } else if (event.kind == events::kServed) {
    users_suffer_ = !bool_or(event.data, "served", false);
    state_.served_again = !users_suffer_;
  } else if (event.kind == events::kAnswer && state_.notes.size() < kMostEntries) {
    const std::string id = "n" + std::to_string(state_.notes.size() + 1);
    state_.notes.push_back({{event.at_seconds, event.wall, string_or(event.data, "text", "")}, id,
                            string_or(event.data, "team", ""), event.data.contains("looked")});
  }
  news.ended = ended_by(event.at_seconds);
  return news;
}

// False: it repeats one whose end nobody was told.
bool DeskBook::take_page(const Event& event) {
  const std::string what = string_or(event.data, "summary", "");
  const bool unknown = of_unknown_origin(event.data);
  const auto known = std::find_if(
      state_.pages.begin(), state_.pages.end(), [&](const json::object& page) {
        return !string_or(page, "alert", "").empty() && string_or(page, "summary", "") == what &&
               of_unknown_origin(page) == unknown;
      });
  if (!unknown) quiet_.erase(what);
  if (known != state_.pages.end()) {
    (*known)["repeats"] = number_or(*known, "repeats", 0) + 1;
    (*known)["again_at"] = event.wall;
    return !unknown && told_ended_.erase(what) > 0;
  }
  json::object page = event.data;
  page["at"] = event.at_seconds;
  page["wall"] = event.wall;
  if (!state_.page_at) state_.page_at = event.at_seconds;
  state_.pages.push_back(std::move(page));
  return true;
}

void DeskBook::take_alert(const Event& event) {
  if (of_unknown_origin(event.data)) return;
  const std::string what = string_or(event.data, "name", "") + ": " +
                           string_or(event.data, "summary", "");
  if (string_or(event.data, "status", "") != "resolved") {
    quiet_.erase(what);
    return;
  }
  const bool paged = std::any_of(
      state_.pages.begin(), state_.pages.end(), [&](const json::object& page) {
        return string_or(page, "summary", "") == what && !of_unknown_origin(page);
      });
  if (paged && !told_ended_.contains(what)) quiet_[what] = {event.at_seconds, event.data};
}

// The alerts that have been quiet for long enough, while users are served.
std::vector<json::object> DeskBook::ended_by(double at_seconds) {
  std::vector<json::object> ended;
  if (users_suffer_) return ended;
  for (auto one = quiet_.begin(); one != quiet_.end();) {
    if (at_seconds - one->second.at_seconds < kQuietSeconds) {
      ++one;
      continue;
    }
    ended.push_back(std::move(one->second.alert));
    told_ended_.insert(one->first);
    one = quiet_.erase(one);
  }
  return ended;
}

std::string DeskBook::wall_at(double at_seconds) const {
  constexpr size_t kTime = 11, kTimeLength = 8;  // in "2026-05-09T12:30:05.123Z"
  return iso8601(journal_.wall_at(at_seconds)).substr(kTime, kTimeLength);
}

DeskState DeskBook::state() const {
  const std::lock_guard lock(mutex_);
  return state_;
}

void DeskBook::observed_page(size_t page, const std::string& observation) {
  const std::lock_guard lock(mutex_);
  state_.pages.at(page)["observation"] = observation;
}

std::vector<json::object> DeskBook::acknowledge() {
  std::vector<json::object> pages;
  json::array ids;
  {
    const std::lock_guard lock(mutex_);
    for (; state_.acknowledged < state_.pages.size(); ++state_.acknowledged) {
      pages.push_back(state_.pages[state_.acknowledged]);
      ids.emplace_back(string_or(pages.back(), "id", ""));
    }
    if (pages.empty()) return pages;
    if (!state_.acknowledged_at) state_.acknowledged_at = journal_.now_seconds();
  }
  say("ack", {{"pages", std::move(ids)}});
  return pages;
}

void DeskBook::declare(const std::string& severity) {
  admit();
  say("declare", {{"severity", severity}});
  const std::lock_guard lock(mutex_);
  state_.severity = severity;
}

std::string DeskBook::note(const std::string& text) {
  admit();
  std::string id;
  {
    const std::lock_guard lock(mutex_);
    id = "n" + std::to_string(state_.notes.size() + 1);
    state_.notes.push_back({{journal_.now_seconds(), "", bounded(text)}, id, by_, false});
  }
  const Event event = say("note", {{"id", id}, {"text", bounded(text)}});
  const std::lock_guard lock(mutex_);
  for (DeskNote& note : state_.notes) {
    if (note.id == id) note.wall = event.wall;
  }
  return id;
}

void DeskBook::escalate(const std::string& team, const std::string& reason) {
  admit();
  const Event event = say("escalate", {{"team", team}, {"reason", bounded(reason)}});
  const std::lock_guard lock(mutex_);
  state_.escalations.push_back({event.at_seconds, event.wall, team});
}

void DeskBook::update(const std::string& impact, const std::string& action, double next_minutes) {
  admit();
  const Event event = say("update", {{"impact", bounded(impact)},
                                     {"action", bounded(action)},
                                     {"next_minutes", next_minutes}});
  const std::lock_guard lock(mutex_);
  state_.next_update_at = event.at_seconds + next_minutes * 60;
  state_.updates.push_back({event.at_seconds, event.wall, bounded(impact + "; " + action)});
}

void DeskBook::hint(size_t number, const Hint& hint) {
  admit();
  const Event event =
      say("hint", {{"number", number}, {"price", hint.price}, {"text", hint.text}});
  const std::lock_guard lock(mutex_);
  state_.hint_at = event.at_seconds;
  state_.hints_taken = std::max(state_.hints_taken, number);
}

void DeskBook::diagnose(const Diagnosis& diagnosis) {
  admit();
  json::object data = to_json(diagnosis);
  data["by"] = by_;
  journal_.append(events::kDiagnosis, data);
  const std::lock_guard lock(mutex_);
  ++state_.diagnoses;
  state_.last_diagnosis = std::move(data);
}

void DeskBook::hand_over(const std::string& to, const std::string& text) {
  admit();
  say("handover", {{"to", bounded(to)}, {"text", bounded(text)}});
  const std::lock_guard lock(mutex_);
  state_.handed_over = true;
}

bool DeskBook::resolve(const std::string& text) {
  {
    const std::lock_guard lock(mutex_);
    if (state_.resolved) return false;
    state_.resolved = true;
  }
  say("resolve", {{"text", bounded(text)}});
  return true;
}

}  // namespace gameday
