// What sentences say of an answer, of its proof and of what would have told.
#include <algorithm>
#include <cmath>

#include "tests/support/sentences.hpp"

namespace gameday::testing {

// "said: what of it", "said: what of it (truth: x)".
bool field_holds(const Claim& c, const std::string& field, const std::string& said,
                 const std::string& of_it, const std::string& truth) {
  const Reading& read = c.read;
  const std::string own = read.answered(field);
  const std::string first = said.substr(0, said.find(" + "));
  if (said == "-" ? !own.empty() : first != own) return false;
  const std::string right = read.truth(field);
  if (!truth.empty() && truth != right) return false;
  const auto found = read.variant.truth.equivalents.find(field);
  const bool equal = found != read.variant.truth.equivalents.end() &&
                     std::count(found->second.begin(), found->second.end(), said) > 0;
  if (of_it == "right") return said == right;
  if (contains(of_it, "as good as")) return said != right && (equal || contains(said, " + "));
  if (said == right) return false;
  if (of_it == "not said") return said == "-";
  if (contains(of_it, "on the way")) return read.variant.truth.causal_path.contains(said);
  return !equal;
}

bool has_told(const Claim& c, const std::string& field, const std::string& text) {
  for (const Distinguisher& look : c.read.variant.told_by) {
    const bool of_it = std::count(look.fields.begin(), look.fields.end(), field) > 0;
    if (of_it && text.ends_with(": " + look.because)) {
      std::string prints = "`" + look.prints + "`";
      for (size_t at; (at = prints.find('\n')) != std::string::npos;) {
        prints.replace(at, 1, "` and `");
      }
      if (text.rfind("on " + look.host + ", `" + look.command + "` prints " + prints, 0) == 0) {
        return true;
      }
      const Event* seen = c.read.observation(text.substr(0, text.find(' ')));
      if (!seen || !contains(text, ", printed " + prints)) continue;
      const std::string host = string_or(seen->data, "host", "");
      const std::string line = look.prints.substr(0, look.prints.find('\n'));
      if (host == look.host && contains(text, " on " + host + ", `") &&
          contains(string_or(seen->data, "output", ""), line)) {
        return true;
      }
    }
  }
  return false;
}

size_t changes_of_mind(const Reading& read) {
  size_t changes = 0;
  std::string last;
  for (const Event& event : read.journal.events) {
    if (event.kind != events::kDiagnosis) continue;
    const std::string one =
        string_or(event.data, "component", "") + " " + string_or(event.data, "mechanism", "");
    changes += !last.empty() && one != last ? 1 : 0;
    last = one;
  }
  return changes;
}

bool evidence_holds(const Claim& c) {
  const Reading& read = c.read;
  if (c[0] == "none was cited") return read.cited().empty();
  const std::string set = c[2];
  if (set.empty()) return c.number(1) == 0 && !read.cited().empty();
  for (const EvidenceSet& one : read.variant.evidence) {
    if (one.name != set) continue;
    const double parts = static_cast<double>(one.all.size());
    const double met = c[3].empty() ? parts : c.number(3);
    const double less = c[5].empty() ? 0 : c.number(5);
    // Each part that is met shows in the raw output of something that was cited.
    double seen = 0;
    for (const EvidencePredicate& part : one.all) {
      const std::regex wanted(part.output.empty() ? "." : part.output,
                              std::regex::icase | std::regex::ECMAScript);
      bool met_here = false;
      for (const std::string& id : read.cited()) {
        const Event* looked = read.observation(id);
        std::string line, output = looked ? string_or(looked->data, "output", "") : "";
        output.erase(std::remove(output.begin(), output.end(), '\r'), output.end());
        for (size_t at = 0; at <= output.size() && !met_here; at = output.find('\n', at) + 1) {
          line = output.substr(at, output.find('\n', at) - at);
          met_here = std::regex_search(line.substr(0, 1000), wanted);
          if (output.find('\n', at) == std::string::npos) break;
        }
      }
      seen += met_here ? 1 : 0;
    }
    return seen >= met && near(c.number(1), std::max(0.0, met / parts - less), 0.011);
  }
  return false;
}

bool sight_holds(const Claim& c, bool cited) {
  const std::string id = c[1], host = c[2];
  std::string shown = c[4];
  while (shown.ends_with("...")) shown.resize(shown.size() - 3);
  if (shown.rfind("...", 0) == 0) shown = shown.substr(3);
  shown = shown.substr(0, 60);
  while (shown.ends_with(' ')) shown.pop_back();
  for (const Event& event : c.read.journal.events) {
    const bool own = string_or(event.data, "id", "") == id, team = event.kind == events::kAnswer;
    if (!own && !(team && string_or(event.data, "team", "") == id)) continue;
    std::string all = team ? json::serialize(event.data) : string_or(event.data, "output", "");
    std::replace(all.begin(), all.end(), '\t', ' ');
    const auto ids = c.read.cited();
    const bool in_answer = std::count(ids.begin(), ids.end(), id) > 0;
    const std::string blank = shown.substr(std::min(shown.size(), shown.find_first_not_of(' ')));
    if (contains(all, blank) && (team || string_or(event.data, "host", "") == host)) {
      return !cited || in_answer;
    }
  }
  return false;
}

}  // namespace gameday::testing
