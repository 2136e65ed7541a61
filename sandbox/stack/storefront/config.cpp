#include "sandbox/stack/storefront/config.hpp"

#include <charconv>
#include <fstream>
#include <functional>
#include <map>

#include "core/error.hpp"

namespace gameday::storefront {
namespace {

std::string trimmed(const std::string& text) {
  const size_t first = text.find_first_not_of(" \t\r");
  if (first == std::string::npos) return {};
  return text.substr(first, text.find_last_not_of(" \t\r") - first + 1);
}

int whole_number(const std::string& text, int most) {
  int number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (error != std::errc() || end != text.data() + text.size() || number < 0 || number > most) {
    throw usage_error("a whole number from 0 to " + std::to_string(most) + " is wanted, not \"" +
                      text + "\"");
  }
  return number;
}

void split_endpoint(const std::string& text, std::string& host, int& port) {
  const size_t colon = text.rfind(':');
  if (colon == std::string::npos) throw usage_error("HOST:PORT is wanted, not \"" + text + "\"");
  host = text.substr(0, colon);
  port = whole_number(text.substr(colon + 1), 65535);
}

using Setter = std::function<void(Config&, const std::string&)>;

Setter milliseconds(std::chrono::milliseconds Config::*member) {
  return [member](Config& config, const std::string& text) {
    config.*member = std::chrono::milliseconds(whole_number(text, 600'000));
  };
}

const std::map<std::string, Setter>& setters() {
  static const std::map<std::string, Setter> table = {
      {"listen", [](Config& c, const std::string& text) {
         split_endpoint(text, c.listen_address, c.listen_port);
       }},
      {"release", [](Config& c, const std::string& text) { c.release = text; }},
      {"database", [](Config& c, const std::string& text) { c.database = text; }},
      {"workers", [](Config& c, const std::string& text) { c.workers = whole_number(text, 1000); }},
      {"queue_limit",
       [](Config& c, const std::string& text) { c.queue_limit = whole_number(text, 100'000); }},
      {"payment", [](Config& c, const std::string& text) {
         split_endpoint(text, c.payment_host, c.payment_port);
       }},
      {"payment_timeout_ms", milliseconds(&Config::payment_timeout)},
      {"order_budget_ms", milliseconds(&Config::order_budget)},
      {"order_retry_round_ms", milliseconds(&Config::order_retry_round)},
      {"slow_request_ms", milliseconds(&Config::slow_request)},
      {"extra_work_us", [](Config& c, const std::string& text) {
         c.extra_work = std::chrono::microseconds(whole_number(text, 1'000'000));
       }},
      {"drain_ms", milliseconds(&Config::drain)},
  };
  return table;
}

}  // namespace

Config read_config(const std::filesystem::path& file) {
  std::ifstream input(file);
  if (!input) throw usage_error("storefront: reading " + file.string() + ": no such file");
  Config config;
  std::string line;
  for (int number = 1; std::getline(input, line); ++number) {
    line = trimmed(line);
    if (line.empty() || line[0] == '#') continue;
    const std::string where = file.string() + ":" + std::to_string(number) + ": ";
    const size_t equals = line.find('=');
    if (equals == std::string::npos) throw usage_error(where + "key = value is wanted");
    const std::string key = trimmed(line.substr(0, equals));
    const auto setter = setters().find(key);
    if (setter == setters().end()) throw usage_error(where + key + ": unknown key");
    try {
      setter->second(config, trimmed(line.substr(equals + 1)));
    } catch (const Error& error) {
      throw usage_error(where + key + ": " + error.what());
    }
  }
  if (config.database.empty()) throw usage_error(file.string() + ": database: missing");
  if (config.order_retry_round.count() == 0) {
    throw usage_error(file.string() + ": order_retry_round_ms: at least 1 is wanted");
  }
  if (config.workers == 0) throw usage_error(file.string() + ": workers: at least 1 is wanted");
  return config;
}

}  // namespace gameday::storefront
