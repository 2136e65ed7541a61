#include "report/drill_lanes.hpp"

#include <algorithm>
#include <map>
#include <set>

#include "core/text.hpp"
#include "journal/events.hpp"
#include "report/html_page.hpp"

namespace gameday {

namespace {

constexpr size_t kLongestLabel = 80, kLongestText = 600, kLongestCommand = 500, kLongestOutput = 2500;

// What of a text there is room for, counted as it stands in a page, where markup takes six bytes.
std::string with_room(const std::string& text, size_t most, size_t& left_bytes) {
  constexpr size_t kNoUse = 16;
  size_t limit = std::min(most, text.size());
  for (;; limit /= 2) {
    const std::string kept = shortened(text, limit);
    const size_t cost = script_json(json::value(kept)).size();
    if (cost <= left_bytes) {
      left_bytes -= cost;
      return kept;
    }
    if (limit < kNoUse) return "";
  }
}

struct Lane {
  std::string name, about;
  json::array items;
  size_t left_out = 0;
};

class LaneMaker {
 public:
  LaneMaker(const DrillRecord& record, double start, size_t most_items, size_t text_bytes)
      : record_(record), start_(start), most_items_(most_items), texts_left_(text_bytes / 2),
        outputs_left_(text_bytes / 2) {
    for (const std::string& id : record.card.diagnosis.answer.evidence) cited_.insert(id);
    is_replay_ = record.journal.first(events::kAct) != nullptr;
  }

  Lanes make() {
    for (const Event& event : record_.journal.events) take(event);
    Lanes made;
    for (Lane& lane : lanes_) {
      if (lane.items.empty()) continue;
      if (lane.left_out > 0) {
        made.notes.push_back("lane “" + lane.name + "”: the first " +
                             std::to_string(lane.items.size()) + " of " +
                             std::to_string(lane.items.size() + lane.left_out) +
                             " are shown; the rest is in journal.jsonl");
      }
      made.lanes.push_back(json::object{{"name", lane.name}, {"about", lane.about},
                                        {"items", std::move(lane.items)},
                                        {"left_out", lane.left_out}});
    }
    if (cut_ > 0) {
      made.notes.push_back(std::to_string(cut_) +
                           " texts and outputs are shortened; journal.jsonl has them whole");
    }
    made.observations = std::move(observations_);
    return made;
  }

 private:
  enum Which { kAlerts, kPages, kSaid, kLooked, kTeams, kDocumented, kHarm, kServed };

  void take(const Event& event) {
    const json::object& data = event.data;
    if (event.kind == events::kAlert) take_alert(event);
    else if (event.kind == events::kPage) {
      put(kPages, event, "▲", word(data, "summary"),
          parts_joined({of_unknown_origin(data) ? "nobody vouches for this page" : "",
                        word(data, "text")}, ": "));
    } else if (event.kind == events::kDesk) {
      if (!is_replay_) take_desk(event);  // the documented people's acts say it
    } else if (event.kind == events::kDiagnosis) {
      if (!is_replay_) take_diagnosis(event);
    } else if (event.kind == events::kObservation) take_observation(event);
    else if (event.kind == events::kAnswer) {
      put(kTeams, event, "●", word(data, "team"), word(data, "text"));
    } else if (event.kind == events::kAct) take_act(event);
    else if (event.kind == events::kHarm) take_harm(event);
    else if (event.kind == events::kServed) {
      const bool served = bool_or(data, "served", false);
      json::object* item = put(kServed, event, served ? "✓" : "✗",
                               served ? "users served" : "users not served", word(data, "detail"));
      if (item) (*item)["t"] = from_start(number_or(data, "since", event.at_seconds), start_);
    } else if (event.kind == events::kVerified) {
      put(kServed, event, "✗", "users see the effect", word(data, "detail"));
    } else if (event.kind == events::kVoid) {
      put(kServed, event, "✗", "void", word(data, "why"));
    } else if (event.kind == events::kMemory) {
      put(kServed, event, "✗", "memory", word(data, "text"));
    }
  }

  // The item, to add to it; null when the lane is full.
  json::object* put(Which which, const Event& event, const char* sign, const std::string& label,
                    const std::string& text, std::string id = "") {
    Lane& lane = lanes_[which];
    if (lane.items.size() >= most_items_) {
      ++lane.left_out;
      return nullptr;
    }
    if (id.empty()) id = "e" + std::to_string(event.seq);
    lane.items.push_back(json::object{
        {"id", id},
        {"t", from_start(event.at_seconds, start_)},
        {"sign", sign},
        {"label", kept(text::one_line(label, kLongestLabel), kLongestLabel, texts_left_)},
        {"text", kept(text, kLongestText, texts_left_)},
        {"line", event.seq}});
    return &lane.items.back().as_object();
  }

  std::string kept(const std::string& text, size_t most, size_t& left_bytes) {
    std::string part = with_room(text, most, left_bytes);
    cut_ += part.size() < text.size();
    return part;
  }

  void take_alert(const Event& event) {
    const json::object& data = event.data;
    const std::string key = word(data, "name") + "\n" + word(data, "summary");
    const auto open = firing_.find(key);
    if (word(data, "status") != "firing") {
      if (open == firing_.end()) return;
      lanes_[kAlerts].items[open->second].as_object()["until"] = from_start(event.at_seconds, start_);
      firing_.erase(open);
      return;
    }
    if (open != firing_.end()) return;  // told again
    json::object* item = put(kAlerts, event, "▲", word(data, "name"),
                             parts_joined({of_unknown_origin(data) ? "of unknown origin" : "",
                                     word(data, "summary"), word(data, "description")}, ": "));
    if (!item) return;
    (*item)["until"] = last_moment_;
    (*item)["kind"] = word(data, "severity") == "page" ? "page" : "ticket";
    firing_[key] = lanes_[kAlerts].items.size() - 1;
  }

  void take_desk(const Event& event) {
    const json::object& data = event.data;
    const std::string verb = word(data, "verb");
    const std::string first = parts_joined({word(data, "severity"), word(data, "team")}, " ");
    std::vector<std::string> parts = {word(data, "text"), word(data, "reason"), word(data, "impact"),
                                      word(data, "action")};
    if (const double next = number_or(data, "next_minutes", 0); next > 0) {
      parts.push_back("next word in " + text::fixed(next, 0) + " min");
    }
    put(kSaid, event, "■", parts_joined({verb, first}, " "), parts_joined(parts, "; "));
  }

  void take_diagnosis(const Event& event) {
    const json::object& data = event.data;
    std::string cited;
    if (const json::value* list = data.if_contains("evidence"); list && list->is_array()) {
      for (const json::value& id : list->as_array()) {
        if (id.is_string()) cited += (cited.empty() ? "cites " : ", ") + std::string(id.as_string());
      }
    }
    put(kSaid, event, "◆",
        "cause: " + parts_joined({word(data, "component"), word(data, "mechanism")}, " "),
        parts_joined({word(data, "verdict"), word(data, "component"), word(data, "class"),
                word(data, "mechanism"), word(data, "trigger"), cited, word(data, "text")}, ", "));
  }

  void take_act(const Event& event) {
    const json::object& data = event.data;
    const std::string who = parts_joined({word(data, "documented_at"), word(data, "who")}, " ");
    json::object* item = put(kDocumented, event, "■",
                             parts_joined({word(data, "act"), word(data, "target")}, " "),
                             parts_joined({who, word(data, "text")}, ": "));
    if (item) (*item)["kind"] = word(data, "act");
  }

  void take_harm(const Event& event) {
    const json::object& data = event.data;
    const bool over = data.if_contains("until") && data.at("until").is_number();
    json::object* item = put(kHarm, event, over ? "✓" : "✗",
                             word(data, "item") + (over ? ": put right" : ""), word(data, "detail"));
    if (item && over) return;
    if (item) (*item)["t"] = from_start(number_or(data, "since", event.at_seconds), start_);
  }

  void take_observation(const Event& event) {
    const json::object& data = event.data;
    const std::string id = word(data, "id");
    if (word(data, "host") == "desk") return;  // a page that was looked at: it has its own lane
    const std::string command = parts_joined({word(data, "within"), word(data, "command")}, ": ");
    json::object* item = put(kLooked, event, cited_.contains(id) ? "★" : "●",
                             parts_joined({id, word(data, "host"), command}, " "), "", id);
    if (!item) return;
    (*item)["t"] = from_start(number_or(data, "started", event.at_seconds), start_);
    const std::string output = word(data, "output");
    const std::string part = kept(output, kLongestOutput, outputs_left_);
    json::object seen{{"host", word(data, "host")},
                      {"by", word(data, "by")},
                      {"command", kept(command, kLongestCommand, texts_left_)},
                      {"output", part},
                      {"left_out", output.size() > part.size() ? output.size() - part.size() : 0},
                      {"until", from_start(number_or(data, "ended", event.at_seconds), start_)},
                      {"cited", cited_.contains(id)}};
    if (const json::value* status = data.if_contains("status")) seen["status"] = *status;
    if (const json::value* cast = data.if_contains("cast")) seen["cast"] = *cast;
    observations_[id] = std::move(seen);
  }

  const DrillRecord& record_;
  const double start_;
  const size_t most_items_;
  size_t texts_left_, outputs_left_, cut_ = 0;
  std::set<std::string> cited_;
  bool is_replay_ = false;
  std::map<std::string, size_t> firing_;  // places in the lane of alerts
  json::object observations_;
  json::value last_moment_ = nullptr;     // a span without an end: to the page's
  Lane lanes_[8] = {
      {"alerts", "what Prometheus raised; a bar lasts while it fires", {}, 0},
      {"pages", "what the person on call was sent", {}, 0},
      {"said", "acknowledged, declared, told, called, stated", {}, 0},
      {"looked", "commands on hosts and queries; a star was cited as evidence", {}, 0},
      {"teams", "answers of teams that were called", {}, 0},
      {"documented team", "what the people of the document did, at their own clock's times", {}, 0},
      {"harm", "broken during the response, and put right", {}, 0},
      {"users", "when they were served, by a user's own probe", {}, 0}};
};

}  // namespace

Lanes lanes_of(const DrillRecord& record, double start, size_t most_items, size_t text_bytes) {
  return LaneMaker(record, start, most_items, text_bytes).make();
}

}  // namespace gameday
