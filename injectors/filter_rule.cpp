// One rule that a hardening of the machines would leave, in front of everything else in its chain, so
// that connections that are open already meet it too.
//
// Persistent: it stands in /etc/nftables.conf, which `nft -f` reads when the machine starts; it is
// in force at once because that file is loaded.
#include <regex>

#include "core/error.hpp"
#include "injectors/database.hpp"
#include "injectors/network.hpp"

namespace gameday {

namespace {

constexpr const char* kRemark =
    " comment \"baseline 4.2: databases are reached by approved hosts only\"";

class FilterRule final : public Fault {
 public:
  FilterRule(std::string_view fault, const FaultTarget& target, std::string_view verdict)
      : fault_(fault),
        host_(target.host),
        verdict_(verdict),
        direction_(target.text("direction")) {}

  void check(const Topology& topology) const override { rules_of(topology); }

  void inject(Sandbox& sandbox) override {
    if (present(sandbox) != Presence::kNo) {
      throw Error(fault_ + ": " + host_ + ": its firewall has the rule already or cannot be read");
    }
    Host& host = sandbox.host(host_);
    const std::vector<Rule> rules = rules_of(sandbox.topology());
    const std::optional<std::string> before = host.read_file(kFilterFile);
    ours_ = true;
    made_file_ = !before;
    host.write_file(kFilterFile, with_rules(before.value_or(empty_filter(rules)), rules));
    run_script(host, std::string("nft -f ") + kFilterFile,
               fault_ + ": " + host_ + ": loading its firewall");
  }

  // In force or in the file: either stops packets, now or after the next start.
  Presence present(Sandbox& sandbox) override {
    Host& host = sandbox.host(host_);
    const std::vector<Rule> rules = rules_of(sandbox.topology());
    if (has_any(host.read_file(kFilterFile).value_or(""), rules)) return Presence::kYes;
    const ExecResult listed = host.exec({"/usr/sbin/nft", "-s", "list", "ruleset"});
    if (!listed.ok()) return Presence::kUnknown;
    return has_any(listed.out, rules) ? Presence::kYes : Presence::kNo;
  }

  void heal(Sandbox& sandbox) override {
    if (!ours_) return;
    Host& host = sandbox.host(host_);
    const std::vector<Rule> rules = rules_of(sandbox.topology());
    bool drop_table = false;
    if (const auto text = host.read_file(kFilterFile)) {
      const std::string rest = without_rules(*text, rules);
      drop_table = made_file_ && rest == empty_filter(rules);
      if (drop_table) {
        run_script(host, std::string("rm -f ") + kFilterFile, fault_ + ": " + host_);
      } else if (rest != *text) {
        host.write_file(kFilterFile, rest);
      }
    }
    take_out_of_force(host, rules);
    if (drop_table) {
      run_script(host, "nft list table inet filter >/dev/null 2>&1 || exit 0\n"
                       "nft delete table inet filter",
                 fault_ + ": " + host_ + ": removing its empty firewall");
    }
    ours_ = false;
  }

 private:
  struct Rule {
    std::string chain;  // which is also the name of its hook
    std::string words;  // as nft lists it, without counts and comment
  };

  // "in" on a router is what it forwards to the databases, on a database host what it takes in.
  std::vector<Rule> rules_of(const Topology& topology) const {
    const Crossing between = crossing(topology);
    const HostSpec& self = *topology.find(host_);
    const bool routes = &self == between.router;
    if (!routes && self.role != "db") {
      throw usage_error(fault_ + ": " + host_ + ": it is neither router nor database host");
    }
    const std::string end = " counter " + verdict_;
    const std::string in = routes ? "ip daddr " + between.data_subnet
                                  : "ip saddr " + between.app_subnet;
    const std::string back = routes ? "ip saddr " + between.data_subnet
                                    : "ip daddr " + between.app_subnet;
    std::vector<Rule> rules;
    if (direction_ != "back") {
      rules.push_back({routes ? "forward" : "input", in + " tcp dport 5432" + end});
    }
    if (direction_ != "in") {
      rules.push_back({routes ? "forward" : "output", back + " tcp sport 5432" + end});
    }
    return rules;
  }

  // What a machine without a firewall gets before its rules are put in.
  static std::string empty_filter(const std::vector<Rule>& rules) {
    std::string text = "#!/usr/sbin/nft -f\nflush ruleset\n\ntable inet filter {\n";
    for (const Rule& rule : rules) {
      text += "  chain " + rule.chain + " {\n    type filter hook " + rule.chain +
              " priority filter; policy accept;\n  }\n";
    }
    return text + "}\n";
  }

  // The rules go first in their chains, behind the line that says where the chain hooks in.
  static std::string with_rules(const std::string& text, const std::vector<Rule>& rules) {
    std::string now;
    for (const std::string& line : text_lines(text)) {
      now += line + "\n";
      for (const Rule& rule : rules) {
        if (plain_line(line).find("hook " + rule.chain + " ") == std::string::npos) continue;
        now += "    " + rule.words + kRemark + "\n";
      }
    }
    return now;
  }

  static bool is_any(const std::string& line, const std::vector<Rule>& rules) {
    const std::string plain = plain_line(line);
    for (const Rule& rule : rules) {
      if (plain.rfind(rule.words, 0) == 0) return true;
    }
    return false;
  }

  static bool has_any(const std::string& text, const std::vector<Rule>& rules) {
    for (const std::string& line : text_lines(text)) {
      if (is_any(line, rules)) return true;
    }
    return false;
  }

  static std::string without_rules(const std::string& text, const std::vector<Rule>& rules) {
    std::string rest;
    for (const std::string& line : text_lines(text)) {
      if (!is_any(line, rules)) rest += line + "\n";
    }
    return rest;
  }

  // Rule by rule, by its handle: whatever else was changed by hand stays.
  void take_out_of_force(Host& host, const std::vector<Rule>& rules) const {
    const ExecResult listed = host.exec({"nft", "-a", "-s", "list", "ruleset"});
    if (!listed.ok()) throw Error(fault_ + ": " + host_ + ": its firewall cannot be read");
    std::string chain, script;
    for (const std::string& line : text_lines(listed.out)) {
      std::smatch found;
      if (std::regex_search(line, found, std::regex("chain (\\S+) \\{"))) chain = found[1];
      // The handle stands behind a #, where plain_line ends.
      if (!is_any(line, rules) || !std::regex_search(line, found, std::regex("# handle (\\d+)"))) {
        continue;
      }
      script += "nft delete rule inet filter " + chain + " handle " + found[1].str() + "\n";
    }
    if (!script.empty()) run_script(host, script, fault_ + ": " + host_ + ": removing its rule");
  }

  const std::string fault_, host_, verdict_, direction_;
  bool made_file_ = false;
  bool ours_ = false;
};

}  // namespace

FaultKind filter_rule(std::string_view summary,
                      std::unique_ptr<Fault> (*make)(const FaultTarget&)) {
  return {.summary = summary,
          .targets = {"router", "primary"},
          .parameters = {{.name = "direction",
                          .words = {"in", "back", "both"},
                          .otherwise = "in",
                          .meaning = "of the packets: towards the databases, or their answers"}},
          .giveaways = {"firewall", "nftables"},
          .make = make};
}

std::unique_ptr<Fault> make_filter_rule(std::string_view fault, const FaultTarget& target,
                                        std::string_view verdict) {
  return std::make_unique<FilterRule>(fault, target, verdict);
}

}  // namespace gameday
