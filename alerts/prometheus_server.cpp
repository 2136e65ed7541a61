#include "alerts/prometheus_server.hpp"

#include <fcntl.h>

#include <algorithm>
#include <bit>
#include <cmath>
#include <fstream>
#include <thread>

#include "core/error.hpp"
#include "core/json.hpp"
#include "core/tcp.hpp"

namespace gameday {

namespace {

constexpr auto kStartLimit = std::chrono::seconds(20), kWriteLimit = std::chrono::seconds(60);
constexpr size_t kSamplesOfARequest = 100'000;
constexpr int64_t kMostSteps = 10'000;  // of a query; Prometheus takes 11,000

// ---- protocol buffers and Snappy, as much of them as remote write needs ----

void put_varint(std::string& out, uint64_t value) {
  while (value >= 0x80) {
    out += static_cast<char>(value | 0x80);
    value >>= 7;
  }
  out += static_cast<char>(value);
}

void put_bytes(std::string& out, int field, std::string_view bytes) {
  put_varint(out, static_cast<uint64_t>(field) << 3 | 2);
  put_varint(out, bytes.size());
  out += bytes;
}

void put_little_endian(std::string& out, uint64_t value, int bytes) {
  for (int i = 0; i < bytes; ++i) out += static_cast<char>(value >> (8 * i));
}

std::string sample_message(const Sample& sample) {
  std::string out;
  put_varint(out, 1 << 3 | 1);
  put_little_endian(out, std::bit_cast<uint64_t>(sample.value), 8);
  put_varint(out, 2 << 3);
  put_varint(out, static_cast<uint64_t>(sample.time_ms));
  return out;
}

// A Snappy block of one literal: nothing is compressed.
std::string snappy_block(const std::string& bytes) {
  std::string out;
  put_varint(out, bytes.size());
  out += static_cast<char>(63 << 2);  // a literal whose length less one follows in four bytes
  put_little_endian(out, bytes.size() - 1, 4);
  return out + bytes;
}

std::string in_seconds(int64_t time_ms) {
  std::string fraction = std::to_string(time_ms % 1000);
  fraction.insert(0, 3 - fraction.size(), '0');
  return std::to_string(time_ms / 1000) + "." + fraction;
}

int free_port() { return bound_port(tcp_listen("127.0.0.1", 0).get()); }

QueryAnswer read_answer(const HttpResponse& response) {
  QueryAnswer answer;
  const json::value document = parse_json(response.body, "alerts: Prometheus");
  const json::object& object = document.as_object();
  answer.ok = string_or(object, "status", "") == "success";
  answer.error = string_or(object, "error", "");
  const json::value* result = find_path(object, {"data", "result"});
  if (!answer.ok || !result) return answer;
  for (const json::value& one : result->as_array()) {
    QueriedSeries series;
    for (const auto& label : one.at("metric").as_object()) {
      series.labels.emplace_back(label.key(), label.value().as_string());
    }
    std::sort(series.labels.begin(), series.labels.end());
    for (const json::value& pair : one.at("values").as_array()) {
      const json::array& sample = pair.as_array();
      series.samples.push_back({std::llround(sample.at(0).to_number<double>() * 1000),
                                std::strtod(sample.at(1).as_string().c_str(), nullptr)});
    }
    answer.series.push_back(std::move(series));
  }
  return answer;
}

void append(QueryAnswer& whole, QueryAnswer part) {
  for (QueriedSeries& series : part.series) {
    const auto known =
        std::find_if(whole.series.begin(), whole.series.end(),
                     [&series](const QueriedSeries& one) { return one.labels == series.labels; });
    if (known == whole.series.end()) {
      whole.series.push_back(std::move(series));
    } else {
      known->samples.insert(known->samples.end(), series.samples.begin(), series.samples.end());
    }
  }
}

}  // namespace

std::string remote_write_body(const std::vector<SeriesToWrite>& series, size_t begin, size_t end) {
  std::string request;
  for (size_t i = begin; i < end; ++i) {
    std::string message;
    for (const auto& [name, value] : series[i].labels) {
      std::string label;
      put_bytes(label, 1, name);
      put_bytes(label, 2, value);
      put_bytes(message, 1, label);
    }
    for (const Sample& sample : series[i].samples) put_bytes(message, 2, sample_message(sample));
    put_bytes(request, 1, message);
  }
  return snappy_block(request);
}

PrometheusServer::PrometheusServer() {
  const std::filesystem::path configuration = folder_.path() / "prometheus.yml";
  std::ofstream(configuration) << "global: {}\n";
  port_ = free_port();
  const UniqueFd log(
      ::open((folder_.path() / "log").c_str(), O_CREAT | O_WRONLY | O_CLOEXEC, 0600));
  ChildOptions options;
  options.fds = {-1, log.get(), log.get()};
  // Everything stays in the head of the storage, whose blocks would be cut every two hours.
  child_ = std::make_unique<Child>(
      std::vector<std::string>{
          "setpriv", "--pdeathsig", "KILL", "prometheus", "--config.file=" + configuration.string(),
          "--storage.tsdb.path=" + (folder_.path() / "data").string(),
          "--storage.tsdb.retention.time=100y", "--storage.tsdb.min-block-duration=365d",
          "--storage.tsdb.max-block-duration=365d", "--web.enable-remote-write-receiver",
          "--query.timeout=20s", "--web.listen-address=127.0.0.1:" + std::to_string(port_),
          "--log.level=error"},
      options);
  const Deadline deadline = deadline_in(kStartLimit);
  while (std::chrono::steady_clock::now() < deadline && child_->running()) {
    UniqueFd connected = tcp_connect("127.0.0.1", port_, deadline);
    HttpRequest request;
    request.target = "/-/ready";
    if (connected && http_request(std::move(connected), request, deadline).ok()) return;
    std::this_thread::sleep_for(std::chrono::milliseconds(10));
  }
  std::ifstream stream(folder_.path() / "log");
  std::string said;
  std::getline(stream, said);
  throw machine_error("alerts: prometheus does not start: install Debian's package prometheus" +
                      (said.empty() ? "" : ": it says " + said));
}

HttpResponse PrometheusServer::post(const std::string& path, const std::string& type,
                                    std::string body) {
  const Deadline deadline = deadline_in(kWriteLimit);
  HttpRequest request;
  request.method = "POST";
  request.target = path;
  request.headers = {{"Content-Type", type}};
  if (type == "application/x-protobuf") {
    request.headers.push_back({"Content-Encoding", "snappy"});
    request.headers.push_back({"X-Prometheus-Remote-Write-Version", "0.1.0"});
  }
  request.body = std::move(body);
  if (!connection_.reusable()) {
    connection_ = HttpConnection(tcp_connect("127.0.0.1", port_, deadline));
  }
  HttpResponse response = connection_.send(request, deadline);
  if (response.status == 0) {
    throw machine_error(
        "alerts: Prometheus " +
        std::string(child_->running() ? "does not answer: " + response.reason : "ended half-way"));
  }
  return response;
}

void PrometheusServer::write(const std::vector<SeriesToWrite>& series) {
  for (size_t begin = 0; begin < series.size();) {
    size_t end = begin, samples = 0;
    while (end < series.size() && samples < kSamplesOfARequest)
      samples += series[end++].samples.size();
    const HttpResponse response =
        post("/api/v1/write", "application/x-protobuf", remote_write_body(series, begin, end));
    if (!response.ok()) {
      throw machine_error("alerts: Prometheus refuses samples: " + std::to_string(response.status) +
                          " " + response.body.substr(0, 200));
    }
    begin = end;
  }
}

QueryAnswer PrometheusServer::query_part(const std::string& expr, int64_t begin_ms, int64_t end_ms,
                                         int64_t step_ms) {
  return read_answer(post("/api/v1/query_range", "application/x-www-form-urlencoded",
                          "query=" + percent_encode(expr) + "&start=" + in_seconds(begin_ms) +
                              "&end=" + in_seconds(end_ms) + "&step=" + in_seconds(step_ms)));
}

QueryAnswer PrometheusServer::query_range(const std::string& expr, int64_t begin_ms, int64_t end_ms,
                                          int64_t step_ms) {
  QueryAnswer whole;
  whole.ok = true;
  for (int64_t from = begin_ms; from <= end_ms; from += kMostSteps * step_ms) {
    QueryAnswer part =
        query_part(expr, from, std::min(end_ms, from + (kMostSteps - 1) * step_ms), step_ms);
    if (!part.ok) return part;
    append(whole, std::move(part));
  }
  return whole;
}

}  // namespace gameday
