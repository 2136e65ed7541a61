#include "sandbox/capacity.hpp"

#include <catch2/catch.hpp>

using namespace gameday;

TEST_CASE("how many drills a machine bears follows from free processors, memory and process start") {
  struct Row {
    const char* what;
    MachineFacts facts;
    int full, light;
  };
  for (const Row& row : {Row{"two free cores", {2, 2, 0.6, 20000}, 3, 10},
                         Row{"one of two is taken", {2, 1, 0.6, 20000}, 1, 5},
                         Row{"nothing is free", {2, 0.1, 0.6, 20000}, 0, 0},
                         Row{"slow starts", {2, 2, 3, 20000}, 1, 5},
                         Row{"very slow starts count no more", {2, 2, 30, 20000}, 1, 5},
                         Row{"little memory", {64, 64, 0.5, 600}, 2, 2},
                         Row{"no memory", {2, 2, 0.5, 100}, 0, 0},
                         Row{"one core", {1, 1, 0.6, 4000}, 1, 5}}) {
    INFO(row.what);
    const Capacity found = capacity(row.facts);
    CHECK(found.full == row.full);
    CHECK(found.light == row.light);
  }
}

TEST_CASE("this machine has what was measured of it") {
  const MachineFacts facts = measure_machine();
  CHECK(facts.cores > 0);
  CHECK(facts.free_cores >= 0);
  CHECK(facts.free_cores <= facts.cores);
  CHECK(facts.process_start_ms > 0);
  CHECK(facts.memory_mib > 0);
}
