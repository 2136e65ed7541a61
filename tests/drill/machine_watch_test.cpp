// What counts as lack of processor time, from readings written on paper.
#include "drill/machine_watch.hpp"

#include <atomic>
#include <catch2/catch.hpp>

using namespace gameday;

namespace {

// A reading for each half second: of two processors, so much was used by others and by the stack;
// the rest was idle.
std::vector<MachineSample> readings(int count, double outside, double stack, double steal = 0) {
  std::vector<MachineSample> samples;
  for (int i = 0; i <= count; ++i) {
    const double at = 0.5 * i;
    samples.push_back({at,
                       {(outside + stack) * at, (2 - outside - stack - steal) * at, steal * at},
                       stack * at});
  }
  return samples;
}

}  // namespace

TEST_CASE("a machine lacks processor time when nothing is idle and others have a part") {
  struct Row {
    double outside, stack, steal;
    bool lacking;
  };
  // Quiet; one busy program; two; the stack's own load; a busy machine underneath.
  for (const Row& row : {Row{0.05, 0.3, 0, false}, Row{1.05, 0.5, 0, false}, Row{1.7, 0.3, 0, true},
                         Row{0.05, 1.95, 0, false}, Row{0.05, 0.95, 1, true}}) {
    INFO(row.outside << " outside, " << row.stack << " stack, " << row.steal << " steal");
    const MachineUse use = use_between(readings(10, row.outside, row.stack, row.steal), 0, 2);
    CHECK(use.seconds == Approx(5));
    CHECK(use.outside == Approx(row.outside));
    CHECK(use.stack == Approx(row.stack));
    CHECK(use.steal == Approx(row.steal));
    CHECK(use.lacking() == row.lacking);
    CHECK(use.starved_share == (row.lacking ? 1 : 0));
  }
}

TEST_CASE("time that no process answers for is the stack's, not that of other programs") {
  struct Row {
    double outside, others;  // what the stack's processes do not tell, and what other processes do
    double charged;
    bool lacking;
  };
  // A busy loop of children that nobody waits for; the same beside another program; a busy machine.
  for (const Row& row : {Row{1.7, 0, 0, false}, Row{1.7, 0.15, 0.15, false}, Row{1.7, 0.5, 0.5, true},
                         Row{1.7, 1.7, 1.7, true}, Row{1.7, 1.9, 1.7, true}}) {
    INFO(row.outside << " unknown, " << row.others << " others");
    std::vector<MachineSample> samples = readings(10, row.outside, 0.3);
    for (MachineSample& one : samples) one.others_seconds = row.others * one.at_seconds;
    const MachineUse use = use_between(samples, 0, 2);
    CHECK(use.outside == Approx(row.charged));
    CHECK(use.stack == Approx(2 - row.charged));
    CHECK(use.lacking() == row.lacking);
    // From inside a container the others are not seen.
    for (MachineSample& one : samples) one.others_seconds.reset();
    CHECK(use_between(samples, 0, 2).outside == Approx(row.outside));
  }
}

TEST_CASE("lack is counted by its share of the time, and only since the moment asked for") {
  std::vector<MachineSample> samples = readings(10, 1.7, 0.3);
  for (MachineSample later : readings(30, 0, 0.3)) {  // 15 quiet seconds after 5 busy ones
    const MachineSample& end = samples[10];
    if (later.at_seconds == 0) continue;
    later.at_seconds += 5;
    later.cpu.used += end.cpu.used;
    later.cpu.idle += end.cpu.idle;
    later.stack_seconds += end.stack_seconds;
    samples.push_back(later);
  }
  CHECK(use_between(samples, 0, 2).starved_share == Approx(0.25));
  CHECK(use_between(samples, 0, 2).lacking());
  CHECK_FALSE(use_between(samples, 1, 2).lacking());
  CHECK(use_between(samples, 6, 2).starved_share == 0);
  CHECK(use_between(samples, 19.9, 2).seconds == Approx(0.5));
  CHECK(use_between(samples, 99, 2).seconds == 0);
  CHECK(use_between({}, 0, 2).seconds == 0);
  const std::vector<MachineDip> dips = dips_between(samples, 0, 2);
  REQUIRE(dips.size() == 1);
  CHECK(dips[0].from_seconds == 0);
  CHECK(dips[0].until_seconds == 5);
  CHECK(dips[0].use.outside == Approx(1.7));
  CHECK(dips_between(samples, 4.5, 2).empty());  // half a second is none
  CHECK(dips_between(samples, 6, 2).empty());
}

TEST_CASE("what a watch saw comes back from its JSON, and is said in words") {
  const MachineUse use = use_between(readings(10, 1.5, 0.3, 0.2), 0, 2);
  const MachineUse again = machine_use_from_json(to_json(use));
  CHECK(again.outside == Approx(use.outside));
  CHECK(again.lacking() == use.lacking());
  CHECK(describe(use) == "other programs took 1.5 of 2 processors, the machine underneath 0.2, and "
                         "nothing was idle for 100 % of the time");
}

TEST_CASE("a watch counts what its stack used, and the harness, as the stack's") {
  std::atomic<double> stack = 0;
  MachineWatch watch([&stack] { return ProcessorTime{stack.load(), std::nullopt}; });
  const double from = watch.now();
  const double begun = own_cpu_seconds();
  while (own_cpu_seconds() < begun + 0.2) {
  }
  stack = 5;
  const MachineUse use = watch.since(from);
  CHECK(use.cores > 0);
  CHECK(use.stack * use.seconds >= 5.15);
}
