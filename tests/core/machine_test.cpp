// Who had the processors, from files written by hand.
#include "core/machine.hpp"

#include <catch2/catch.hpp>

#include "core/error.hpp"

using namespace gameday;

TEST_CASE("processor times are summed over the processors that count, interrupts left out") {
  const std::string stat =
      "cpu  999 9 9 9 9 9 9 9 0 0\n"
      "cpu0 100 50 30 400 20 5 6 7 0 0\n"
      "cpu1 10 5 3 40 2 1 1 1 0 0\n"
      "cpu10 1000 0 0 0 0 0 0 0 0 0\n"
      "intr 12345\n";
  struct Row {
    std::vector<int> cpus;
    double used, idle, steal;
  };
  for (const Row& row : {Row{{0}, 1.8, 4.2, 0.07}, Row{{1}, 0.18, 0.42, 0.01},
                         Row{{0, 1}, 1.98, 4.62, 0.08}, Row{{10}, 10, 0, 0}}) {
    const CpuTimes times = parse_cpu_times(stat, row.cpus, 100);
    CHECK(times.used == Approx(row.used));
    CHECK(times.idle == Approx(row.idle));
    CHECK(times.steal == Approx(row.steal));
  }
  CHECK_THROWS_AS(parse_cpu_times(stat, {3}, 100), Error);
  CHECK_THROWS_AS(parse_cpu_times("", {0}, 100), Error);
}

TEST_CASE("a control group's quota is a number of processors, or none") {
  CHECK(parse_cpu_max("150000 100000\n") == 1.5);
  CHECK_FALSE(parse_cpu_max("max 100000\n"));
  CHECK_FALSE(parse_cpu_max(""));
  CHECK_FALSE(parse_cpu_max("0 100000"));
}

TEST_CASE("this machine has processors, memory, and time that grows") {
  CHECK(allowed_cores() > 0);
  CHECK(allowed_cores() <= static_cast<double>(allowed_cpus().size()));
  CHECK(available_memory_mib() > 0);
  const CpuTimes before = read_cpu_times(allowed_cpus());
  const double own = own_cpu_seconds();
  while (own_cpu_seconds() < own + 0.05) {
  }
  const CpuTimes after = read_cpu_times(allowed_cpus());
  CHECK(after.used + after.idle + after.steal > before.used + before.idle + before.steal);
}
