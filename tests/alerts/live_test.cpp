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

double longest_window(const RuleFile& file) {
  double longest = 0;
  for (const RuleGroup& group : file.groups) {
    for (const Rule& rule : group.rules) longest = std::max(longest, window_seconds(rule.expr));
  }
  return longest;
}

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
    RuleSet set = read_rules({project() / "sandbox" / "stack" / "alerts" / recording.rules});
    // Windows that reach back before a recording saw another past in the stack.
    std::erase_if(set.files, [](const RuleFile& file) { return longest_window(file) > 30; });
    const std::vector<JudgedRule> rules = alerting_rules(set);
    JudgeOptions options;
    options.scrape_seconds = options.evaluation_seconds = 1;
    options.outage_seconds = recording.repair - recording.fault;
    const CaseResult result = judge_case(one, set, rules, options);
    int compared = 0;
    for (size_t i = 0; i < rules.size(); ++i) {
      const Rule& rule = *rules[i].rule;
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
