#include "drill/outage_recorder.hpp"

#include <algorithm>
#include <cmath>

#include "core/error.hpp"
#include "core/http.hpp"
#include "drill/probes/monitoring.hpp"
#include "sandbox/ports.hpp"

namespace gameday {

using namespace std::chrono_literals;

namespace {

constexpr auto kRelievedLimit = 60s, kSeriesLimit = 30s;

json::value ask_stack_prometheus(Sandbox& sandbox, const std::string& target) {
  for (const HostSpec& host : sandbox.topology().hosts) {
    if (host.role != "mon") continue;
    const Deadline deadline = deadline_in(kSeriesLimit);
    UniqueFd connection = sandbox.host(host.name).dial("127.0.0.1", kPrometheusPort, deadline);
    if (!connection) throw Error("record: the stack's Prometheus cannot be reached");
    HttpRequest request;
    request.target = target;
    const HttpResponse response = http_request(std::move(connection), request, deadline);
    if (!response.ok()) {
      throw Error("record: the stack's Prometheus does not answer " + target + ": " +
                  std::to_string(response.status) + " " + response.reason);
    }
    return parse_json(response.body, "record: Prometheus");
  }
  throw Error("record: the stack has no host of role mon");
}

const json::value& part_of_answer(const json::value& answer,
                                  std::initializer_list<std::string_view> keys) {
  const json::value* found = find_path(answer, keys);
  if (!found) throw Error("record: Prometheus answers something else");
  return *found;
}

void wait_seconds(Bell& bell, double seconds) {
  const auto time = std::chrono::milliseconds(static_cast<int64_t>(seconds * 1000));
  if (!bell.wait(deadline_in(time))) throw Stopped{bell.stopped().value_or("")};
}

void run_first_repair(Conductor& conductor) {
  const DrillPlan& plan = conductor.plan();
  if (plan.twin) return;
  if (plan.variant.repairs.empty()) throw usage_error("record: the variant has no repair");
  for (const Repair::Step& step : plan.variant.repairs.front().steps) {
    for (const std::string& host : resolve_target(conductor.sandbox().topology(), step.target)) {
      for (const std::string& line : step.commands) {
        Command command;
        command.argv = {"/bin/sh", "-c", line};
        const ExecResult result = conductor.sandbox().host(host).exec(command, 15s);
        if (!result.ok()) throw Error("record: the repair failed on " + host + ": " + line);
      }
    }
  }
}

// One value a second: that of the last scrape in it. A second without any scrape of the target, for
// which the machine was too busy, repeats the one before.
void take_samples(RecordedSeries& series, const json::array& samples,
                  const OutageRecording& recording) {
  series.values.assign(static_cast<size_t>(recording.seconds), stale_marker());
  for (const json::value& sample : samples) {
    const json::array& pair = sample.as_array();
    const double second =
        pair.at(0).to_number<double>() - static_cast<double>(recording.begin_unix_seconds);
    if (second < 0 || second >= recording.seconds) continue;
    series.values[static_cast<size_t>(second)] = std::stod(pair.at(1).as_string().c_str());
  }
}

std::string target_of(const RecordedSeries& series) {
  return series.label("job") + "/" + series.label("instance");
}

// `up` is stored at every scrape, successful or not: where it is missing there was none.
void fill_missed_scrapes(OutageRecording& recording) {
  std::map<std::string, std::vector<bool>> scraped;
  for (const RecordedSeries& series : recording.series) {
    if (series.label("__name__") != "up") continue;
    std::vector<bool>& seconds = scraped[target_of(series)];
    for (const double value : series.values) seconds.push_back(!is_stale(value));
  }
  for (RecordedSeries& series : recording.series) {
    const auto found = scraped.find(target_of(series));
    if (found == scraped.end()) continue;
    for (size_t i = 1; i < series.values.size(); ++i) {
      if (!found->second[i]) series.values[i] = series.values[i - 1];
    }
    for (size_t i = series.values.size() - 1; i-- > 0;) {  // and at the beginning the one behind
      if (!found->second[i] && is_stale(series.values[i])) series.values[i] = series.values[i + 1];
    }
  }
}

// Series that Prometheus made of rules: their alerts, and what has a colon in its name.
bool is_of_rules(const std::string& metric) {
  return metric == "ALERTS" || metric == "ALERTS_FOR_STATE" ||
         metric.find(':') != std::string::npos;
}

// The first moment at which an alert fired after the fault.
void note_live_alert(const RecordedSeries& series, const json::array& samples,
                     OutageRecording& recording) {
  if (series.label("alertstate") != "firing") return;
  const double fault = static_cast<double>(recording.begin_unix_seconds + recording.fault);
  for (const json::value& sample : samples) {
    const double after = sample.as_array().at(0).to_number<double>() - fault;
    if (after < 0) continue;
    const std::string name = series.label("alertname");
    const auto known = std::find_if(recording.live.begin(), recording.live.end(),
                                    [&name](const LiveAlert& one) { return one.alert == name; });
    if (known == recording.live.end()) {
      recording.live.push_back({name, rounded(after, 3)});
    } else {
      known->fired_after = std::min(known->fired_after, rounded(after, 3));
    }
    return;
  }
}

void read_series(Sandbox& sandbox, OutageRecording& recording) {
  const int64_t end = recording.begin_unix_seconds + recording.seconds;
  const std::string query = "{__name__!=\"\"}[" + std::to_string(recording.seconds) + "s]";
  const json::value answer = ask_stack_prometheus(
      sandbox, "/api/v1/query?time=" + std::to_string(end) + "&query=" + percent_encode(query));
  for (const json::value& one : part_of_answer(answer, {"data", "result"}).as_array()) {
    RecordedSeries series;
    for (const auto& label : one.at("metric").as_object()) {
      series.labels.emplace_back(label.key(), label.value().as_string());
    }
    std::sort(series.labels.begin(), series.labels.end());
    const json::array& samples = one.at("values").as_array();
    if (is_of_rules(series.label("__name__"))) {
      note_live_alert(series, samples, recording);
      continue;
    }
    take_samples(series, samples, recording);
    recording.series.push_back(std::move(series));
  }
  std::sort(recording.series.begin(), recording.series.end(),
            [](const RecordedSeries& a, const RecordedSeries& b) { return a.labels < b.labels; });
  fill_missed_scrapes(recording);
  const json::value metadata = ask_stack_prometheus(sandbox, "/api/v1/metadata");
  for (const auto& metric : part_of_answer(metadata, {"data"}).as_object()) {
    const json::array& said = metric.value().as_array();
    if (!said.empty()) recording.types[metric.key()] = string_or(said[0].as_object(), "type", "");
  }
  const json::value build = ask_stack_prometheus(sandbox, "/api/v1/status/buildinfo");
  recording.versions["prometheus"] =
      string_or(part_of_answer(build, {"data"}).as_object(), "version", "");
}

int64_t unix_seconds(WallTime time) {
  return std::chrono::duration_cast<std::chrono::seconds>(time.time_since_epoch()).count();
}

}  // namespace

OutageRecording record_outage(Conductor& conductor, Bell& bell, const RecordingTimes& times) {
  const SystemClock clock;
  const auto now = [&clock] { return unix_seconds(clock.wall()); };
  const DrillPlan& plan = conductor.plan();
  OutageRecording recording;
  recording.scenario = plan.scenario.id;
  recording.variant = plan.variant.id;
  recording.twin = plan.twin;
  recording.seed = plan.seed;
  recording.rules = plan.alerts;
  recording.recorded = iso8601(clock.wall());
  conductor.start();
  conductor.baseline();
  if (conductor.voided()) throw Error("record: the drill is void: see its journal");
  const int64_t fault = now();
  recording.begin_unix_seconds = fault - static_cast<int64_t>(plan.baseline_seconds);
  recording.fault = static_cast<int>(plan.baseline_seconds);
  const auto moment = [&] { return static_cast<int>(now() - recording.begin_unix_seconds); };
  conductor.break_it();
  if (conductor.voided()) throw Error("record: the drill is void: see its journal");
  recording.suffering = moment();
  wait_seconds(bell, times.plateau_seconds);
  recording.repair = moment();
  run_first_repair(conductor);
  if (!conductor.wait_served(deadline_in(kRelievedLimit))) {
    throw Error("record: users were not served again after the repair");
  }
  recording.served = moment();
  wait_seconds(bell, times.after_seconds);
  recording.seconds = moment() - 1;  // the last whole second that was scraped
  read_series(conductor.sandbox(), recording);
  return recording;
}

}  // namespace gameday
