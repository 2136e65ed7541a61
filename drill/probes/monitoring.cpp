#include "drill/probes/monitoring.hpp"

#include <unistd.h>

#include <sstream>

#include "core/error.hpp"
#include "core/fd.hpp"
#include "core/http.hpp"
#include "core/json.hpp"
#include "drill/probes/comparison.hpp"
#include "drill/probes/stack_state.hpp"
#include "sandbox/ports.hpp"

namespace gameday {

namespace {

constexpr int kBalancerCommandPort = 8405;
constexpr size_t kLongestAnswer = 1 << 20;

std::optional<std::string> ask_http(Host& host, int port, const std::string& path) {
  const Deadline deadline = deadline_in(std::chrono::seconds(3));
  UniqueFd connection;
  try {
    connection = host.dial("127.0.0.1", port, deadline);
  } catch (const Error&) {
    return std::nullopt;
  }
  if (!connection) return std::nullopt;
  HttpRequest request;
  request.method = "GET";
  request.target = path;
  const HttpResponse response = http_request(std::move(connection), request, deadline);
  if (response.status != 200) return std::nullopt;
  return response.body;
}

Host* host_of_role(Sandbox& sandbox, std::string_view role) {
  for (const HostSpec& host : sandbox.topology().hosts) {
    if (host.role == role) return &sandbox.host(host.name);
  }
  return nullptr;
}

const json::object& labels_of(const json::value& entry) {
  static const json::object none;
  const json::value* labels = find_path(entry, {"labels"});
  return labels && labels->is_object() ? labels->as_object() : none;
}

// Whether whoever answers can calculate: a page that was stored before cannot.
bool calculates(Host& host) {
  const auto ticks = std::chrono::steady_clock::now().time_since_epoch().count();
  const int64_t a = 1000 + ticks % 8999, b = 1000 + ticks / 8999 % 8999;
  const auto answer = ask_http(
      host, kPrometheusPort,
      "/api/v1/query?query=" +
          percent_encode("vector(" + std::to_string(a) + ") * " + std::to_string(b)));
  return answer && answer->find("\"" + std::to_string(a * b) + "\"") != std::string::npos;
}

void add_rules(const json::value& answer, std::set<std::string>& lines) {
  const json::value* groups = find_path(answer, {"data", "groups"});
  if (!groups) return;
  for (const json::value& group : groups->as_array()) {
    for (const json::value& rule : group.at("rules").as_array()) {
      const json::object& object = rule.as_object();
      lines.insert("rule " + string_or(object, "name", "") + " " + string_or(object, "query", "") +
                   " for " + std::to_string(number_or(object, "duration", 0)) + " every " +
                   std::to_string(number_or(group.as_object(), "interval", 0)) + " " +
                   json::serialize(rule.at("labels")) + " " +
                   json::serialize(rule.at("annotations")));
    }
  }
}

// What stands around Prometheus and decides what it asks and whom it tells; false when the host does
// not say.
bool add_surroundings(Host& host, std::set<std::string>& lines) {
  const auto flags = ask_http(host, kPrometheusPort, "/api/v1/status/flags");
  const ExecResult packets = host.exec({"/usr/sbin/nft", "-s", "list", "ruleset"},
                                       std::chrono::seconds(5));
  if (!flags || !packets.ok()) return false;
  const json::value answer = parse_json(*flags, "Prometheus flags");
  if (const json::value* all = find_path(answer, {"data"}); all && all->is_object()) {
    for (const auto& flag : all->as_object()) {
      lines.insert("flag " + std::string(flag.key()) + " " + json::serialize(flag.value()));
    }
  }
  for (const std::string& line : lines_of(packets.out)) lines.insert("packets " + line);
  for (const char* file : {"/etc/hosts", "/etc/resolv.conf"}) {
    for (const std::string& line : lines_of(host.read_file(file).value_or(""))) {
      lines.insert(std::string("names ") + file + " " + line);
    }
  }
  return true;
}

std::optional<std::string> read_monitoring(Host& host) {
  const auto targets = ask_http(host, kPrometheusPort, "/api/v1/targets?state=active");
  const auto rules = ask_http(host, kPrometheusPort, "/api/v1/rules");
  const auto told = ask_http(host, kPrometheusPort, "/api/v1/alertmanagers");
  const auto silences = ask_http(host, kAlertmanagerPort, "/api/v2/silences");
  const auto status = ask_http(host, kAlertmanagerPort, "/api/v2/status");
  const auto config = ask_http(host, kPrometheusPort, "/api/v1/status/config");
  if (!targets || !rules || !told || !silences || !status || !config) return std::nullopt;
  if (!calculates(host)) return std::nullopt;
  std::set<std::string> lines;
  const json::value told_list = parse_json(*told, "Prometheus alertmanagers");
  if (const json::value* active = find_path(told_list, {"data", "activeAlertmanagers"})) {
    for (const json::value& one : active->as_array()) {
      lines.insert("tells " + string_or(one.as_object(), "url", ""));
    }
  }
  const json::value target_list = parse_json(*targets, "Prometheus targets");
  if (const json::value* active = find_path(target_list, {"data", "activeTargets"})) {
    for (const json::value& target : active->as_array()) {
      lines.insert("target " + string_or(labels_of(target), "job", "") + " " +
                   string_or(labels_of(target), "instance", "") + " " +
                   string_or(target.as_object(), "scrapeUrl", "") + " " +
                   string_or(target.as_object(), "health", ""));
    }
  }
  add_rules(parse_json(*rules, "Prometheus rules"), lines);
  if (!add_surroundings(host, lines)) return std::nullopt;
  int number = 0;
  const json::value config_answer = parse_json(*config, "Prometheus config");
  if (const json::value* text = find_path(config_answer, {"data", "yaml"})) {
    for (const std::string& line : lines_of(std::string(text->as_string()))) {
      lines.insert("config line " + std::to_string(++number) + ": " + line);
    }
  }
  const json::value alertmanager = parse_json(*status, "Alertmanager status");
  if (const json::value* original = find_path(alertmanager, {"config", "original"})) {
    lines.insert("receivers " + std::string(original->as_string()));
  }
  const json::value silence_list = parse_json(*silences, "Alertmanager silences");
  for (const json::value& silence : silence_list.as_array()) {
    const json::value* state = find_path(silence, {"status", "state"});
    if (state && *state == json::value("active")) {
      lines.insert("silence " + string_or(silence.as_object(), "id", ""));
    }
  }
  std::string all;
  for (const std::string& line : lines) all += line + "\n";
  return all;
}

}  // namespace

std::optional<std::string> monitoring_state(Sandbox& sandbox) {
  Host* const mon = host_of_role(sandbox, "mon");
  try {
    return mon ? read_monitoring(*mon) : std::nullopt;
  } catch (const std::exception&) {
    return std::nullopt;  // whoever answers there speaks nonsense
  }
}

std::optional<int> addresses_up(const std::string& answer, const std::set<std::string>& addresses) {
  const std::vector<std::string> lines = lines_of(answer);
  if (lines.empty() || lines[0] != "1") return std::nullopt;  // the format's version
  std::set<std::string> up;
  for (size_t i = 1; i < lines.size(); ++i) {
    std::istringstream words(lines[i]);
    std::string backend, server, name, address;
    int backend_id = 0, server_id = 0, running = 0, switched = 0, weight = 0;
    words >> backend_id >> backend >> server_id >> name >> address >> running >> switched >> weight;
    const bool gets_requests = words && running == 2 && switched == 0 && weight > 0;
    if (gets_requests && addresses.contains(address)) up.insert(address);
  }
  return static_cast<int>(up.size());
}

std::optional<int> servers_up(Sandbox& sandbox) {
  Host* const lb = host_of_role(sandbox, "lb");
  if (!lb) return std::nullopt;
  std::set<std::string> addresses;
  for (const HostSpec* web : hosts_of_role(sandbox.topology(), "web")) {
    for (const Attachment& attachment : web->attachments) addresses.insert(attachment.address);
  }
  const Deadline deadline = deadline_in(std::chrono::seconds(3));
  try {
    const UniqueFd connection = lb->dial("127.0.0.1", kBalancerCommandPort, deadline);
    if (!connection) return std::nullopt;
    write_all(connection.get(), "show servers state\n");
    std::string answer;
    while (wait_readable(connection.get(), deadline)) {
      char part[4096];
      const ssize_t count = ::read(connection.get(), part, sizeof part);
      if (count <= 0) return addresses_up(answer, addresses);
      answer.append(part, static_cast<size_t>(count));
      if (answer.size() > kLongestAnswer) return std::nullopt;
    }
  } catch (const Error&) {
    // The host is gone, or what listens there closed at once.
  }
  return std::nullopt;
}

bool monitoring_ready(Sandbox& sandbox) {
  const auto state = monitoring_state(sandbox);
  if (!state) return false;
  int up = 0;
  bool tells = false;
  for (const std::string& line : lines_of(*state)) {
    tells = tells || line.rfind("tells ", 0) == 0;
    if (line.rfind("target ", 0) != 0) continue;
    if (line.size() < 3 || line.substr(line.size() - 3) != " up") return false;
    ++up;
  }
  return up > 0 && tells;
}

}  // namespace gameday
