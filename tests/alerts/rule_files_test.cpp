#include "alerts/rule_files.hpp"

#include <catch2/catch.hpp>
#include <fstream>

#include "alerts/scratch_folder.hpp"
#include "core/error.hpp"

using namespace gameday;

namespace {

struct Said {
  FindingKind kind;
  int line;
  std::string part;
};

struct Row {
  std::string name;
  std::string text;
  size_t alerts;
  std::vector<Said> said;
};

const std::string kPlain = R"(groups:
  - name: edge
    rules:
      - alert: ShopIsGone
        expr: up == 0
        for: 1m30s
)";

// Each is a kind of file that lies in teams' folders.
const std::vector<Row> kRows = {
    {"endings/edge.yaml", kPlain, 1, {}},
    {"endings/below/two.folders.rules", kPlain, 1, {}},
    {"endings/none", kPlain, 1, {}},
    {"two-documents.yml",
     kPlain + "---\ngroups:\n  - name: never\n    rules:\n      - alert: NeverLoaded\n        "
              "expr: up == 0\n",
     1,
     {{FindingKind::kSecondDocument, 7, "never loads what stands behind `---`: NeverLoaded"}}},
    {"one-document.yml", "# rules\n---\n" + kPlain, 1, {}},
    {"resource.yaml",
     R"(apiVersion: monitoring.coreos.com/v1
kind: PrometheusRule
metadata: {name: shop, labels: {app.kubernetes.io/part-of: shop}}
spec:
  groups:
    - name: database
      rules:
        - alert: NoReplica
          expr: count(pg_stat_replication_pg_wal_lsn_diff) < 1
---
apiVersion: v1
kind: ConfigMap
data: {note: x}
---
apiVersion: monitoring.coreos.com/v1
kind: PrometheusRule
metadata: {name: second}
spec: {groups: [{name: b, rules: [{alert: Second, expr: up == 0}]}]}
)",
     2,
     {{FindingKind::kUnwrapped, 1, "taken out of the PrometheusRule shop"},
      {FindingKind::kUnwrapped, 15, "taken out of the PrometheusRule second"}}},
    {"list.yaml",
     R"(apiVersion: v1
kind: List
items:
  - kind: PrometheusRule
    metadata: {name: one}
    spec: {groups: [{name: a, rules: [{alert: Listed, expr: up == 0}]}]}
  - kind: Service
    spec: {ports: []}
)",
     1,
     {{FindingKind::kUnwrapped, 4, "PrometheusRule one"}}},
    {"template.yml",
     "groups:\n  - name: edge\n    rules:\n      - alert: {{ .Release.Name }}-down\n        expr: "
     "up == 0\n",
     0,
     {{FindingKind::kTemplate, 4, "render it first (`helm template`): {{ .Release.Name }}"}}},
    {"quoted-template.yml",
     R"(groups:
  - name: edge
    rules:
      - alert: Down
        expr: up{job="{{ .Values.job }}"} == 0
        annotations: {summary: "{{ $labels.instance }} is down"}
)",
     1,
     {{FindingKind::kUnrendered, 5, "`{{ .Values.job }}`"}}},
    {"unit-test.yaml",
     "rule_files: [edge.yaml]\ntests:\n  - interval: 15s\n",
     0,
     {{FindingKind::kUnitTest, 1, "a unit test for promtool"}}},
    {"same-name.yml",
     R"(groups:
  - name: pool
    rules:
      - {alert: Full, expr: up > 1, labels: {severity: warning}}
      - {alert: Full, expr: up > 2, labels: {severity: critical}}
)",
     2,
     {}},
    {"syntax.yml",
     R"(groups:
  - name: broken
    rules:
      - alert: Fine
        expr: up == 0
      - alert: Open
        expr: sum(rate(up[1m]) > 1
)",
     0,
     {{FindingKind::kRefused, 7, "Open: unclosed left parenthesis (at 1:21 of the expression)"}}},
    {"template-of-text.yml",
     R"(groups:
  - name: texts
    rules:
      - alert: Text
        expr: up == 0
        annotations: {summary: "{{ $labels.instance "}
)",
     0,
     {{FindingKind::kRefused, 4, "Text: annotation \"summary\""}}},
    {"newer.yml",
     R"(namespace: shop
groups:
  - name: newer
    query_offset: 30s
    labels: {team: shop}
    rules:
      - alert: Newer
        expr: up == 0
)",
     1,
     {{FindingKind::kNewerKey, 1, "`namespace`"},
      {FindingKind::kNewerKey, 4, "`query_offset` came with Prometheus 2.53"},
      {FindingKind::kNewerKey, 5, "`labels` of a group came with Prometheus 3.0"}}},
    {"other-engine.yml",
     R"(groups:
  - name: logs
    rules:
      - alert: Lines
        expr: sum(rate({app="shop"} |= "failed" [5m])) > 10
      - alert: Median
        expr: range_median(up) == 0
)",
     0,
     {{FindingKind::kOtherEngine, 5, "Lines is LogQL"},
      {FindingKind::kOtherEngine, 7, "Median is MetricsQL"}}},
    {"unknown-key.yml",
     "groups:\n  - name: a\n    rules:\n      - alert: A\n        expr: up\n        fore: 1m\n",
     0,
     {{FindingKind::kRefused, 6, "unknown key: did you mean `for`?"}}},
    {"no-duration.yml",
     "groups:\n  - name: a\n    rules:\n      - {alert: A, expr: up, for: soon}\n",
     0,
     {{FindingKind::kRefused, 4, "not a duration of Prometheus, such as 90s or 1h30m: soon"}}},
    {"twice.yml",
     kPlain + kPlain.substr(8),
     0,
     {{FindingKind::kRefused, 1, "\"edge\" is repeated in the same file"}}},
    {"indented.yml",
     "groups:\n  - name: a\n   rules: []\n",
     0,
     {{FindingKind::kRefused, 3, "yaml: "}}},
    {"prometheus.yml",
     "global: {scrape_interval: 15s}\n",
     0,
     {{FindingKind::kNoRules, 1, "no `groups`"}}},
    {"README.md",
     "# Rules\n\ngroups: {{ .Values.x }} {see below\n",
     0,
     {{FindingKind::kNoRules, 1, "no YAML"}}},
    {"empty.yml", "# nothing yet\n", 0, {{FindingKind::kNoRules, 1, "it is empty"}}},
    {"binary.yml", std::string("groups\0:", 8), 0, {{FindingKind::kRefused, 1, "not a text"}}},
    {"large.yml", std::string(2 << 20, ' '), 0, {{FindingKind::kRefused, 1, "larger than 1 MiB"}}},
    {".hidden/edge.yml", "groups: {", 0, {}},
};

void lay_out(const std::filesystem::path& folder) {
  for (const Row& row : kRows) {
    std::filesystem::create_directories((folder / row.name).parent_path());
    std::ofstream(folder / row.name, std::ios::binary) << row.text;
  }
}

}  // namespace

TEST_CASE("of a folder of rules every file that cannot be judged is named, and the rest is read") {
  const ScratchFolder folder;
  lay_out(folder.path());
  std::filesystem::create_directory_symlink(folder.path(), folder.path() / "endings" / "cycle");
  const RuleSet set = read_rules({folder.path()});
  size_t alerts = 0, findings = 0;
  for (const Row& row : kRows) {
    const std::string name = (folder.path() / row.name).string();
    INFO(row.name);
    size_t read = 0;
    for (const RuleFile& file : set.files) {
      if (file.shown != name) continue;
      for (const RuleGroup& group : file.groups) read += group.rules.size();
    }
    CHECK(read == row.alerts);
    alerts += row.alerts;
    std::vector<Finding> found;
    for (const Finding& one : set.findings) {
      if (one.file == name) found.push_back(one);
    }
    findings += found.size();
    REQUIRE(found.size() == row.said.size());
    for (size_t i = 0; i < found.size(); ++i) {
      INFO(to_line(found[i]));
      CHECK(word_of(found[i].kind) == std::string(word_of(row.said[i].kind)));
      CHECK(found[i].line == row.said[i].line);
      CHECK(found[i].text.find(row.said[i].part) != std::string::npos);
    }
  }
  CHECK(set.alerts() == alerts);
  CHECK(set.findings.size() == findings);
}

TEST_CASE("a file that is named itself must hold rules") {
  const ScratchFolder folder;
  std::ofstream(folder.path() / "prometheus.yml") << "global: {}\n";
  const RuleSet set = read_rules({folder.path() / "prometheus.yml"});
  REQUIRE(set.findings.size() == 1);
  CHECK(set.findings[0].kind == FindingKind::kRefused);
  CHECK_THROWS_WITH(read_rules({folder.path() / "absent"}),
                    Catch::Contains("there is no such file or folder"));
}

TEST_CASE(
    "a rule keeps its place, and takes the labels of its group where it has none of that name") {
  const ScratchFolder folder;
  std::ofstream(folder.path() / "a.yml") << R"(groups:
  - name: g
    interval: 30s
    labels: {team: shop, severity: ticket}
    rules:
      - record: shop:up
        expr: sum(up)
      - alert: A
        expr: |
          shop:up
            < 1
        for: 2m
        keep_firing_for: 1h1m1s
        labels: {severity: page}
)";
  const RuleSet set = read_rules({folder.path() / "a.yml"});
  REQUIRE(set.files.size() == 1);
  const RuleGroup& group = set.files[0].groups.at(0);
  CHECK(group.interval_seconds == 30);
  REQUIRE(group.rules.size() == 2);
  CHECK(group.rules[0].record == "shop:up");
  const Rule& rule = group.rules[1];
  CHECK(rule.line == 8);
  CHECK(rule.for_seconds == 120);
  CHECK(rule.keep_firing_for_seconds == 3661);
  CHECK(rule.labels == TextPairs{{"severity", "page"}, {"team", "shop"}});
}

TEST_CASE("durations are Prometheus'") {
  CHECK(parse_duration("1d2h3m4s5ms") == 93784.005);
  CHECK(parse_duration("1w") == 604800);
  CHECK(parse_duration("0") == 0);
  for (const char* text : {"", "5", "1.5h", "5 m", "1s1m", "-1m", "m"}) {
    INFO(text);
    CHECK_FALSE(parse_duration(text));
  }
}
