#include "alerts/promql.hpp"

#include <catch2/catch.hpp>

using namespace gameday;

namespace {

std::string selectors_text(const std::string& expr) {
  std::string text;
  for (const Selector& one : selectors_of(expr)) {
    text += one.metric;
    for (const LabelMatcher& matcher : one.matchers) {
      text += "|" + matcher.label + matcher.op + matcher.value;
    }
    text += ";";
  }
  return text;
}

std::string comparison_text(const std::string& expr) {
  const auto comparison = comparison_of(expr);
  if (!comparison) return "none";
  return comparison->left + "|" + comparison->op + "|" + std::to_string(comparison->threshold);
}

}  // namespace

TEST_CASE("the selectors of an expression are found") {
  const std::vector<std::pair<std::string, std::string>> rows = {
      {"up", "up;"},
      {"vector(1)", ""},
      {"hour() <= 6", ""},
      {"up{job=\"a\", mode!~'b|c'} == 0", "up|job=a|mode!~b|c;"},
      {"sum by (le, job) (rate(x_bucket{le=\"+Inf\"}[5m])) / on(job) group_left() sum(y) by (job)",
       "x_bucket|le=+Inf;y;"},
      {"{__name__=\"up\", job=\"a\"}", "up|job=a;"},
      {"{job=\"a\"}", "|job=a;"},
      {"max_over_time(sum(rate(a:b:rate5m[5m]))[1h:5m] offset 1d)", "a:b:rate5m;"},
      {"a and on (instance) b unless ignoring(x) c", "a;b;c;"},
      {"a @ end() > bool 1", "a;"},
      {"a # b\n + c", "a;c;"},
      {"absent(up{job=\"} ( \\\" x\"})", "up|job=} ( \" x;"},
  };
  for (const auto& [expr, expected] : rows) {
    INFO(expr);
    CHECK(selectors_text(expr) == expected);
  }
}

TEST_CASE("the top level of an expression is split") {
  using Parts = std::vector<std::string>;
  CHECK(conjuncts_of("a > 1 and on (x) (b > 2)") == Parts{"a > 1 ", "(b > 2)"});
  CHECK(conjuncts_of("(a and b)") == Parts{"a ", "b"});
  CHECK(conjuncts_of("sum(a and b) > 1") == Parts{"sum(a and b) > 1"});
  CHECK(conjuncts_of("a and b or c") == Parts{"a and b or c"});
  CHECK(conjuncts_of("a unless on (x) b") == Parts{"a "});
  CHECK(conjuncts_of("a unless b and c") == Parts{"a ", "c"});
  CHECK(comparison_text("a / b > 14.4 * 0.001") == "a / b |>|0.014400");
  CHECK(comparison_text("(a{x=\"> 3\"} == -1)") == "a{x=\"> 3\"} |==|-1.000000");
  CHECK(comparison_text("a >= 1e-3") == "a |>=|0.001000");
  for (const char* expr : {"a > b", "a", "a > bool 1", "a > 1 or b", "(a > 1) + 1"}) {
    INFO(expr);
    CHECK(comparison_text(expr) == "none");
  }
}

TEST_CASE("how far an expression looks back is known") {
  CHECK(window_seconds("up") == 0);
  CHECK(window_seconds("rate(a[5m]) / rate(a[1h])") == 3600);
  CHECK(window_seconds("max_over_time(rate(a[5m])[1h:1m])") == 3900);
  CHECK(window_seconds("rate(a[5m] offset 1d)") == 86'700);
}
