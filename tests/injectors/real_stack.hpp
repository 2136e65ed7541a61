// The real stack for tests of faults: it comes up in the constructor and is asked where users stand,
// through the load balancer.
#pragma once

#include <catch2/catch.hpp>

#include <cstdlib>
#include <functional>
#include <iostream>
#include <thread>

#include "core/error.hpp"
#include "injectors/fault.hpp"
#include "tests/support/machine.hpp"

namespace gameday::testing {

using namespace std::chrono_literals;

inline std::string environment(const char* name, const char* fallback) {
  const char* value = std::getenv(name);
  return value ? value : fallback;
}

inline bool eventually(std::chrono::milliseconds limit, const std::function<bool()>& predicate) {
  const Deadline deadline = deadline_in(limit);
  while (!predicate()) {
    if (std::chrono::steady_clock::now() > deadline) return false;
    std::this_thread::sleep_for(10ms);
  }
  return true;
}

struct RealStack {
  std::unique_ptr<Sandbox> sandbox = make_sandbox(engine_under_test());
  int orders = 0;

  explicit RealStack(std::vector<HostFile> files = {}) {
    Settings settings;
    settings.files = std::move(files);
    settings.root = environment("GAMEDAY_ROOT", ".");
    settings.executables = environment("GAMEDAY_BUILD", ".");
    settings.cache = std::filesystem::path(environment("HOME", "/tmp")) / ".cache" / "gameday";
    sandbox->up(read_topology(settings.root / "docker-compose.yml", {}), settings);
  }

  // The status that a user gets from the shop; 0 when there is no answer.
  int ask(const std::string& request) {
    const UniqueFd fd = sandbox->host("clients").dial("10.77.1.20", 80, deadline_in(2s));
    if (!fd) return 0;
    try {
      write_all(fd.get(), request);
      if (!wait_readable(fd.get(), deadline_in(5s))) return 0;
      const std::string answer = read_to_end(fd.get());
      return answer.size() < 12 ? 0 : std::atoi(answer.c_str() + 9);
    } catch (const Error&) {
      return 0;
    }
  }
  int read() {
    return ask("GET /api/products/7 HTTP/1.1\r\nHost: shop\r\nConnection: close\r\n\r\n");
  }
  int order() {
    const std::string body = R"({"product_id":7,"quantity":1,"client_ref":"check-)" +
                             std::to_string(++orders) + "\"}";
    return ask("POST /api/orders HTTP/1.1\r\nHost: shop\r\nConnection: close\r\nContent-Length: " +
               std::to_string(body.size()) + "\r\n\r\n" + body);
  }
  bool writes() { return order() == 201; }
  bool only_reads() { return order() == 503 && read() == 200; }
  // Nothing of the site works, and the users are told so or wait in vain.
  bool all_fails() {
    const int read_status = read(), order_status = order();
    return (read_status == 503 || read_status == 0) && (order_status == 503 || order_status == 0);
  }
  bool run(const char* host, const std::string& line) {
    return sandbox->host(host).exec({"/bin/sh", "-c", line}, 20s).ok();
  }
  std::string output(const char* host, const std::string& line) {
    const ExecResult result = sandbox->host(host).exec({"/bin/sh", "-c", line}, 20s);
    return result.out + result.err;
  }
};

}  // namespace gameday::testing
