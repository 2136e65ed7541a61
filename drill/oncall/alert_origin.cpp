#include "drill/oncall/alert_origin.hpp"

#include <algorithm>
#include <set>

#include "core/error.hpp"
#include "core/http.hpp"
#include "sandbox/ports.hpp"

namespace gameday {

namespace {

constexpr auto kAskLimit = std::chrono::seconds(2);

const json::value& member(const json::value& from, std::initializer_list<std::string_view> keys) {
  const json::value* found = find_path(from, keys);
  if (!found) throw Error("Prometheus: an answer lacks " + std::string(*(keys.end() - 1)));
  return *found;
}

AlertLabels texts_of(const json::value& object) {
  AlertLabels texts;
  for (const auto& entry : object.as_object()) {
    texts[std::string(entry.key())] = std::string(entry.value().as_string());
  }
  return texts;
}

// A text of a rule with the labels of an alert in it. What else stands between braces was a value
// of a moment that has passed.
std::string filled_in(const std::string& text, const AlertLabels& labels) {
  std::string out;
  size_t from = 0;
  for (;;) {
    const size_t begin = text.find("{{", from);
    const size_t end = begin == std::string::npos ? begin : text.find("}}", begin);
    if (end == std::string::npos) return out + text.substr(from);
    out += text.substr(from, begin - from);
    std::string inside = text.substr(begin + 2, end - begin - 2);
    inside.erase(std::remove(inside.begin(), inside.end(), ' '), inside.end());
    const auto label =
        inside.rfind("$labels.", 0) == 0 ? labels.find(inside.substr(8)) : labels.end();
    out += label == labels.end() ? "..." : label->second;
    from = end + 2;
  }
}

bool is_text_label(const std::string& name) { return name == "__name__" || name == "alertstate"; }

const FiredAlert* find_alert(const std::vector<FiredAlert>& alerts, const AlertLabels& labels) {
  const auto found = std::find_if(alerts.begin(), alerts.end(),
                                  [&](const FiredAlert& one) { return one.labels == labels; });
  return found == alerts.end() ? nullptr : &*found;
}

// A time as RFC 3339 writes it, else nothing.
std::string time_or_empty(const std::string& text) {
  const bool is_time =
      text.size() <= 40 && text.find_first_not_of("0123456789-:.TZ+") == std::string::npos;
  return is_time ? text : "";
}

}  // namespace

PrometheusView prometheus_view(const std::string& config, const std::string& rules,
                               const std::string& alerts) {
  PrometheusView view;
  const json::value config_document = parse_json(config, "Prometheus config");
  view.setup = std::string(member(config_document, {"data", "yaml"}).as_string()) + "\n";
  const json::value rule_document = parse_json(rules, "Prometheus rules");
  std::map<std::string, AlertLabels> annotations;  // of each rule
  for (const json::value& group : member(rule_document, {"data", "groups"}).as_array()) {
    for (const json::value& rule : member(group, {"rules"}).as_array()) {
      const std::string name(member(rule, {"name"}).as_string());
      annotations[name] = texts_of(member(rule, {"annotations"}));
      view.setup += "rule " + name + " " + std::string(member(rule, {"query"}).as_string()) +
                    " for " + std::to_string(member(rule, {"duration"}).to_number<double>()) +
                    " " + json::serialize(member(rule, {"labels"})) +
                    json::serialize(member(rule, {"annotations"})) + "\n";
      for (const json::value& alert : member(rule, {"alerts"}).as_array()) {
        if (member(alert, {"state"}) != json::value("firing")) continue;
        view.firing.push_back({texts_of(member(alert, {"labels"})),
                               texts_of(member(alert, {"annotations"}))});
      }
    }
  }
  const json::value alert_document = parse_json(alerts, "Prometheus ALERTS");
  for (const json::value& series : member(alert_document, {"data", "result"}).as_array()) {
    FiredAlert fired{texts_of(member(series, {"metric"})), {}};
    std::erase_if(fired.labels, [](const auto& label) { return is_text_label(label.first); });
    for (const auto& [key, text] : annotations[fired.labels["alertname"]]) {
      fired.annotations[key] = filled_in(text, fired.labels);
    }
    view.fired.push_back(std::move(fired));
  }
  return view;
}

std::optional<PrometheusView> ask_prometheus(Host& monitoring) {
  const Deadline deadline = deadline_in(kAskLimit);
  try {
    HttpConnection connection(monitoring.dial("127.0.0.1", kPrometheusPort, deadline));
    std::vector<std::string> bodies;
    const std::string query = "last_over_time(ALERTS{alertstate=\"firing\"}[" +
                              std::to_string(kOriginLookBackSeconds) + "s])";
    for (const std::string& target :
         {std::string("/api/v1/status/config"), std::string("/api/v1/rules?type=alert"),
          "/api/v1/query?query=" + percent_encode(query)}) {
      HttpRequest request;
      request.target = target;
      const HttpResponse response = connection.send(request, deadline);
      if (response.status != 200) return std::nullopt;
      bodies.push_back(response.body);
    }
    return prometheus_view(bodies[0], bodies[1], bodies[2]);
  } catch (const std::exception&) {
    return std::nullopt;  // the host is gone, or whoever answers there speaks nonsense
  }
}

std::optional<json::object> event_of_origin(const ReceivedAlert& alert, const PrometheusView& view,
                                            const std::string& setup) {
  if (!setup.empty() && view.setup != setup) return std::nullopt;
  const FiredAlert* now = find_alert(view.firing, alert.labels);
  if (!alert.fires) {
    if (now) return std::nullopt;
    return alert.event;
  }
  const FiredAlert* fired = now ? now : find_alert(view.fired, alert.labels);
  if (!fired) return std::nullopt;
  json::object event = alert.event;
  for (const char* key : {"summary", "description", "runbook"}) {
    const auto text = fired->annotations.find(key);
    event[key] = text == fired->annotations.end() ? "" : text->second;
  }
  event["starts_at"] = time_or_empty(string_or(event, "starts_at", ""));
  return event;
}

}  // namespace gameday
