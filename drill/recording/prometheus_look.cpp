#include "drill/recording/prometheus_look.hpp"

#include <algorithm>
#include <cstdlib>

#include "core/error.hpp"
#include "core/json.hpp"

namespace gameday {
namespace {

std::string text_at(const json::value& from, std::string_view key) {
  const json::value* found = find_path(from, {key});
  return found && found->is_string() ? std::string(found->as_string()) : "";
}

const json::array& list_at(const json::value& from, std::string_view key) {
  static const json::array none;
  const json::value* found = find_path(from, {key});
  return found && found->is_array() ? found->as_array() : none;
}

// name{label="value",…}
std::string series_name(const json::value& labels) {
  std::string name = text_at(labels, "__name__"), rest;
  if (labels.is_object()) {
    for (const auto& label : labels.as_object()) {
      if (label.key() == "__name__" || !label.value().is_string()) continue;
      rest += (rest.empty() ? "" : ",") + std::string(label.key()) + "=\"" +
              std::string(label.value().as_string()) + "\"";
    }
  }
  return rest.empty() && !name.empty() ? name : name + "{" + rest + "}";
}

// Of a sample [time, "value"].
std::string sample_value(const json::value& sample) {
  const bool is_sample = sample.is_array() && sample.as_array().size() == 2;
  if (!is_sample || !sample.as_array()[1].is_string()) return "?";
  return std::string(sample.as_array()[1].as_string());
}

std::string range_line(const json::array& samples) {
  const auto less = [](const json::value& a, const json::value& b) {
    return std::strtod(sample_value(a).c_str(), nullptr) <
           std::strtod(sample_value(b).c_str(), nullptr);
  };
  const auto [least, most] = std::minmax_element(samples.begin(), samples.end(), less);
  return std::to_string(samples.size()) + " points: first " + sample_value(samples.front()) +
         ", least " + sample_value(*least) + ", most " + sample_value(*most) + ", last " +
         sample_value(samples.back());
}

std::string result_lines(const json::value& data) {
  const json::array& result = list_at(data, "result");
  const std::string type = text_at(data, "resultType");
  if (type == "scalar" || type == "string") return sample_value(json::value(result)) + "\n";
  std::string lines;
  for (const json::value& series : result) {
    const json::value* labels = find_path(series, {"metric"});
    const json::value* value = find_path(series, {"value"});
    const json::array& samples = list_at(series, "values");
    lines += (labels ? series_name(*labels) : "{}") + " ";
    lines += value ? sample_value(*value) : samples.empty() ? "no points" : range_line(samples);
    lines += "\n";
  }
  return lines.empty() ? "no series\n" : lines;
}

std::string alert_lines(const json::value& data) {
  std::string lines;
  for (const json::value& alert : list_at(data, "alerts")) {
    const json::value* labels = find_path(alert, {"labels"});
    lines += (labels ? text_at(*labels, "alertname") + " " : "") + text_at(alert, "state") +
             " since " + text_at(alert, "activeAt") + " value " + text_at(alert, "value") +
             (labels ? " " + series_name(*labels) : "") + "\n";
  }
  return lines.empty() ? "no alert is pending or firing\n" : lines;
}

std::string rule_lines(const json::value& data) {
  std::string lines;
  for (const json::value& group : list_at(data, "groups")) {
    for (const json::value& rule : list_at(group, "rules")) {
      if (text_at(rule, "type") != "alerting") continue;
      lines += text_at(rule, "name") + " " + text_at(rule, "state") + ": " +
               text_at(rule, "query") + "\n" + alert_lines(rule);
    }
  }
  return lines;
}

std::string answer_lines(const std::string& path, const json::value& data) {
  if (path.ends_with("/alerts")) return alert_lines(data);
  if (path.ends_with("/rules")) return rule_lines(data);
  return result_lines(data);
}

}  // namespace

std::optional<PrometheusLook> look_of(const HttpRequest& request, const HttpResponse& response) {
  const std::string path(request.path());
  const bool queries = path == "/api/v1/query" || path == "/api/v1/query_range";
  if (!queries && path != "/api/v1/alerts" && path != "/api/v1/rules") return std::nullopt;
  PrometheusLook look;
  look.command = "prometheus " + path.substr(path.rfind('/') + 1);
  if (queries) {
    HttpRequest form;  // a long query comes in the body, in the form of a target
    form.target = "?" + request.body;
    const auto asked = request.query("query") ? request.query("query") : form.query("query");
    look.command += " " + asked.value_or("");
  }
  look.status = response.ok() ? 0 : 1;
  if (response.status == 0) {
    look.output = "no answer: " + response.reason + "\n";
    return look;
  }
  try {
    const json::value document = parse_json(response.body, "prometheus");
    const json::value* data = find_path(document, {"data"});
    look.output = response.ok() && data ? answer_lines(path, *data)
                                        : "error: " + text_at(document, "error") + "\n";
  } catch (const Error&) {
    look.output = "HTTP " + std::to_string(response.status) + ", and no JSON\n";
    look.status = 1;
  }
  return look;
}

}  // namespace gameday
