#include "sandbox/health.hpp"

#include <unistd.h>

#include <algorithm>
#include <future>
#include <map>

#include "core/clock.hpp"
#include "core/error.hpp"

namespace gameday {
namespace {

using std::chrono::steady_clock;

std::string describe(Host& host, const ExecResult& last, const HealthQuestion& question) {
  std::string text = question.engine + ": " + host.spec().name + ": health check failed:";
  for (const std::string& word : host.spec().health.test) text += " " + word;
  text += ": " + one_line(last.out + " " + last.err);
  if (last.timed_out) text += " (out of time)";
  const ExecResult logs =
      host.exec({"sh", "-c", "tail -n 2 /var/log/*/current 2>/dev/null | tail -c 1500"});
  if (!one_line(logs.out).empty()) text += ": logs: " + one_line(logs.out);
  const std::string more = question.more ? one_line(question.more(host)) : "";
  if (!more.empty()) text += ": " + more;
  return text;
}

// Empty when the host is healthy in time, else why not.
std::string check(Host& host, Deadline deadline, const HealthQuestion& question) {
  const auto left = [&] {
    return std::chrono::ceil<std::chrono::milliseconds>(deadline - steady_clock::now());
  };
  Argv test = host.spec().health.test;
  // Ours waits by itself; any other is asked again and again.
  const bool waits = test[0] == "healthcheck";
  if (waits) test.insert(test.begin() + 1, {"--wait", std::to_string(Seconds(left()).count())});
  try {
    ExecResult last;
    do {
      last = host.exec(test, left() + std::chrono::milliseconds(500));
      if (last.ok()) return {};
      ::usleep(20000);
    } while (!waits && steady_clock::now() < deadline && question.alive());
    return describe(host, last, question);
  } catch (const Error& error) {
    return error.what();
  }
}

}  // namespace

void wait_until_healthy(const std::vector<std::unique_ptr<Host>>& hosts, Deadline deadline,
                        const HealthQuestion& question) {
  std::map<std::string, std::promise<void>> done;
  std::map<std::string, std::shared_future<void>> passed;
  for (const auto& each : hosts) {
    passed[each->spec().name] = done[each->spec().name].get_future().share();
  }
  std::vector<std::future<std::string>> checks;
  for (const auto& each : hosts) {
    checks.push_back(std::async(std::launch::async, [&, &host = *each] {
      for (const std::string& name : host.spec().health.after) {
        if (const auto other = passed.find(name); other != passed.end()) {
          other->second.wait_until(deadline);
        }
      }
      std::string failure =
          host.spec().health.test.empty() ? "" : check(host, deadline, question);
      done.at(host.spec().name).set_value();
      return failure;
    }));
  }
  std::string failure;
  for (std::future<std::string>& each : checks) {
    const std::string why = each.get();
    if (failure.empty()) failure = why;
  }
  if (!failure.empty()) throw Error(failure);
}

}  // namespace gameday
