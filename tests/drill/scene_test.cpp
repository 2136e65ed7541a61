// Whoever reads one surface and does not think must not find the cause by it: naive readers of dates,
// differences, the change log and restarts, and a reader of the first page, over all variants and 20
// seeds. Faults alone are counted; in a twin each of them is wrong.
#include "tests/support/scene.hpp"

#include <catch2/catch.hpp>
#include <cstdlib>
#include <functional>
#include <map>
#include <set>

using namespace gameday;
using namespace gameday::testing;

namespace {

constexpr uint64_t kSeeds = 20;

std::filesystem::path root() { return std::getenv("GAMEDAY_ROOT"); }

const Topology& topology() {
  static const Topology read = read_topology(root() / "docker-compose.yml", {});
  return read;
}

bool names_component(const Truth& truth, const std::string& host) {
  const auto equal = truth.equivalents.find("component");
  return truth.component == host ||
         (equal != truth.equivalents.end() &&
          std::count(equal->second.begin(), equal->second.end(), host) > 0);
}

// Who knows only a host names the mechanism that is most often the truth of this scenario there:
// right in as many variants as have it.
bool guesses(const Scenario& scenario, const Variant& variant, const std::string& host) {
  std::map<std::string, int> counts;
  for (const Variant& one : scenario.variants) {
    if (names_component(one.truth, host)) ++counts[one.truth.mechanism];
  }
  std::string best;
  for (const auto& [mechanism, count] : counts) {
    if (best.empty() || count > counts[best]) best = mechanism;
  }
  return names_component(variant.truth, host) && variant.truth.mechanism == best;
}

// How often each reader is right in one draw, from 0 to 1: where several answers look the same to a
// reader, each is as likely.
struct Readers {
  double newest = 0, differs = 0, maintained = 0, restarted = 0, all = 0;
};

Readers read_scene(const Scenario& scenario, const Variant& variant) {
  const Scene scene = scene_of(variant, topology());
  Readers right;
  int newest = -1;
  std::set<std::string> different, of_fault;
  for (const SceneFile& file : scene.files) {
    newest = std::max(newest, file.minutes);
    if (!file.has_copy) continue;
    different.insert(file.host + file.path);
    if (file.of_fault) of_fault.insert(file.host + file.path);
  }
  for (const SceneFile& file : scene.files) {
    if (file.of_fault && file.minutes == newest) right.newest = 1;
  }
  if (!of_fault.empty()) {
    right.differs = static_cast<double>(of_fault.size()) / static_cast<double>(different.size());
  }
  right.maintained = guesses(scenario, variant, scene.maintained_last) ? 1 : 0;
  const SceneRestart* last = nullptr;
  for (const SceneRestart& restart : scene.restarts) {
    if (!last || restart.minutes >= last->minutes) last = &restart;
  }
  right.restarted = last && guesses(scenario, variant, last->host) ? 1 : 0;
  right.all = right.newest * right.differs * right.maintained * right.restarted;
  return right;
}

void each_draw(const std::function<void(const Scenario&, const Variant&, uint64_t)>& look) {
  for (uint64_t seed = 1; seed <= kSeeds; ++seed) {
    for (const Scenario& scenario : load_catalogue(root() / "scenarios", seed)) {
      for (const Variant& variant : scenario.variants) look(scenario, variant, seed);
    }
  }
}

// How often the best guess of `truth` from `feature` is right, and how often the best guess without.
struct Guess {
  std::map<std::string, std::map<std::string, double>> by_feature;
  std::map<std::string, double> overall;
  double total = 0;

  void add(const std::string& feature, const std::string& truth, double weight) {
    by_feature[feature][truth] += weight;
    overall[truth] += weight;
    total += weight;
  }
  static double most(const std::map<std::string, double>& counts) {
    double best = 0;
    for (const auto& [truth, count] : counts) best = std::max(best, count);
    return best;
  }
  double base_rate() const { return most(overall) / total; }
  double accuracy() const {
    double right = 0;
    for (const auto& [feature, counts] : by_feature) right += most(counts);
    return right / total;
  }
};

}  // namespace

TEST_CASE("who reads one surface and does not think finds the cause in at most half of the draws") {
  std::map<std::string, std::pair<Readers, double>> sums;  // by scenario; "" is the whole catalogue
  each_draw([&](const Scenario& scenario, const Variant& variant, uint64_t) {
    const Readers right = read_scene(scenario, variant);
    for (const std::string& id : {std::string(), scenario.id}) {
      auto& [sum, count] = sums[id];
      sum.newest += right.newest;
      sum.differs += right.differs;
      sum.maintained += right.maintained;
      sum.restarted += right.restarted;
      sum.all += right.all;
      count += 1;
    }
  });
  for (const auto& [id, sum] : sums) {
    const auto& [right, count] = sum;
    INFO((id.empty() ? "all" : id) << ": newest " << right.newest << ", differs " << right.differs
                                   << ", maintained " << right.maintained << ", restarted "
                                   << right.restarted << ", all " << right.all << " of " << count);
    CHECK(right.newest <= count / 2);
    CHECK(right.differs <= count / 2);
    CHECK(right.maintained <= count / 2);
    CHECK(right.restarted <= count / 2);
    CHECK(right.all <= count / 4);
  }
}

TEST_CASE("several files differ and several hosts are maintained, each with its line in order") {
  std::map<std::string, std::set<std::string>> logs;
  each_draw([&](const Scenario& scenario, const Variant& variant, uint64_t seed) {
    INFO(scenario.id << " " << variant.id << " seed " << seed);
    std::set<std::string> different, maintained;
    for (const SceneFile& file : scene_of(no_fault_twin(variant), topology()).files) {
      if (file.has_copy) different.insert(file.host + file.path);
    }
    CHECK(different.size() >= 3);
    int before = 0;
    std::string log;
    for (const TimelineEntry& entry : variant.timeline) {
      CHECK(entry.at.minutes >= before);
      before = entry.at.minutes;
      if (const std::string host = maintained_by(entry.change); !host.empty()) maintained.insert(host);
      if (!entry.change.empty()) log += entry.at.text + " " + entry.change + "\n";
      if (entry.decoy != "everyday") continue;
      // Its line in the change log, at the same time; a maintenance has one in its own words.
      const bool told = std::any_of(
          variant.timeline.begin(), variant.timeline.end(), [&](const TimelineEntry& other) {
            return other.at.minutes == entry.at.minutes && other.change.starts_with(entry.target + ":");
          });
      CHECK(told);
    }
    CHECK(maintained.size() >= 2);
    logs[scenario.id].insert(log);
  });
  for (const auto& [id, different] : logs) {
    INFO(id);
    CHECK(different.size() >= kSeeds - 2);
  }
}

TEST_CASE("nothing of the first page tells verdict or cause better than the base rate") {
  for (const char* id : {"database-misconfigured", "database-unreachable", "pool-exhausted-queries",
                         "pool-exhausted-surge", "read-only-primary"}) {
    std::map<std::string, Guess> verdicts, causes;
    std::set<std::string> of_faults, of_twins;
    for (uint64_t seed = 1; seed <= kSeeds; ++seed) {
      const Scenario scenario = find_scenario(load_catalogue(root() / "scenarios", seed), id);
      // One drill in five is a twin.
      for (const bool twin : {false, true}) {
        for (const Variant& variant : scenario.variants) {
          const FirstPage page = draw_first_page(scenario, seed);
          (twin ? of_twins : of_faults).insert(page.source);
          const double weight = twin ? 0.2 : 0.8;
          for (const auto& [feature, value] : std::map<std::string, std::string>{
                   {"source", page.source},
                   {"severity", page.severity},
                   {"wording", page.wording},
                   {"delay", std::to_string(page.delay_seconds)}}) {
            verdicts[feature].add(value, twin ? "no_fault" : "fault", weight);
            if (!twin) causes[feature].add(value, variant.id, 1);
          }
        }
      }
    }
    INFO(id);
    const bool by_alert = !find_scenario(load_catalogue(root() / "scenarios"), id).first_alert.empty();
    CHECK(of_faults.contains("ticket"));
    CHECK(of_faults.contains("alert") == by_alert);
    // Where the first alert differs between variants it would tell them apart, and comes second.
    CHECK(by_alert == (std::string(id) != "pool-exhausted-queries"));
    CHECK(of_twins == of_faults);
    for (const auto& [feature, guess] : verdicts) {
      INFO(feature);
      CHECK(guess.accuracy() <= guess.base_rate() + 1e-9);
      CHECK(causes[feature].accuracy() <= causes[feature].base_rate() + 1e-9);
    }
  }
}

TEST_CASE("which page comes first is drawn apart from which variant is") {
  constexpr uint64_t kMany = 2000;
  const Scenario scenario = find_scenario(load_catalogue(root() / "scenarios"), "read-only-primary");
  std::map<std::string, double> both;
  double alerts = 0;
  for (uint64_t seed = 1; seed <= kMany; ++seed) {
    const bool alert = draw_first_page(scenario, seed).source == "alert";
    alerts += alert ? 1 : 0;
    if (alert) both[draw_variant(scenario, seed).id] += 1;
  }
  CHECK(std::abs(alerts - kMany / 2.0) < 100);
  for (const auto& [id, count] : both) CHECK(std::abs(count - alerts / 2) < 75);
}
