// Judgements held to what the stack's own Prometheus said while the outages were recorded.
#include <catch2/catch.hpp>
#include <cmath>
#include <cstdlib>

#include "alerts/cases.hpp"
#include "alerts/promql.hpp"

using namespace gameday;

namespace {

// A scrape and an evaluation may each fall up to a second apart, and moments are whole seconds.
constexpr double kToleranceSeconds = 3;
// Windows that reach back before a recording saw another past in the stack.
constexpr double kLongestWindowSeconds = 30;

std::filesystem::path project() {
  const char* root = std::getenv("GAMEDAY_ROOT");
  REQUIRE(root);
  return root;
}

}  // namespace

TEST_CASE("at the recorded length the stack's rules fire when they fired live") {
  for (const AlertCase& one :
       load_cases(project() / "alerts" / "recordings", project() / "scenarios")) {
    const OutageRecording& recording = one.recording;
    const RuleSet set = read_rules({project() / "sandbox" / "stack" / "alerts" / recording.rules});
    const std::vector<JudgedRule> rules = alerting_rules(set);
    JudgeOptions options;
    options.scrape_seconds = options.evaluation_seconds = 1;
    options.outage_seconds = recording.repair - recording.fault;
    const CaseResult result = judge_case(one, set, rules, options);
    int compared = 0;
    for (size_t i = 0; i < rules.size(); ++i) {
      const Rule& rule = *rules[i].rule;
      const bool reads_recorded = rule.expr.find("shop:") != std::string::npos;
      if (reads_recorded || window_seconds(rule.expr) > kLongestWindowSeconds) continue;
      const auto live =
          std::find_if(recording.live.begin(), recording.live.end(),
                       [&rule](const LiveAlert& alert) { return alert.alert == rule.alert; });
      const std::optional<double>& fired = result.rules[i].fired_after;
      INFO(recording.id() << ": " << rule.alert << ": " << result.rules[i].detail);
      const bool fired_live =
          live != recording.live.end() && live->fired_after <= result.served_after;
      CHECK(fired.has_value() == fired_live);
      if (!fired || !fired_live) continue;
      INFO("live " << live->fired_after << ", judged " << *fired);
      CHECK(std::abs(*fired - live->fired_after) <= kToleranceSeconds);
      ++compared;
    }
    INFO(recording.id());
    CHECK(compared > 0);
  }
}
