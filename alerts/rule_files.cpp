#include "alerts/rule_files.hpp"

#include <algorithm>
#include <fstream>
#include <regex>
#include <set>

#include "alerts/rule_document.hpp"
#include "alerts/rule_syntax.hpp"
#include "core/error.hpp"

namespace gameday {

namespace fs = std::filesystem;

namespace {

constexpr size_t kMaxBytes = 1 << 20;
constexpr size_t kMaxFiles = 10'000;

struct Found {
  fs::path path;
  std::string shown;
  bool named = false;  // given as a file: that it holds no rules is then an error
};

void add_folder(const fs::path& folder, std::vector<Found>& found) {
  std::error_code error;
  fs::recursive_directory_iterator entry(folder, fs::directory_options::skip_permission_denied,
                                         error);
  if (error) throw usage_error(folder.string() + ": cannot read the folder: " + error.message());
  for (; entry != fs::recursive_directory_iterator(); entry.increment(error)) {
    if (error) throw usage_error(folder.string() + ": cannot read below it: " + error.message());
    if (entry->path().filename().string().starts_with(".")) {
      entry.disable_recursion_pending();
      continue;
    }
    std::error_code ignored;
    if (!entry->is_regular_file(ignored)) continue;
    found.push_back({entry->path(), entry->path().string(), false});
    if (found.size() > kMaxFiles) {
      throw usage_error(folder.string() + ": more than 10000 files: name a folder of rules");
    }
  }
}

std::vector<Found> find_files(const std::vector<fs::path>& paths) {
  std::vector<Found> found;
  for (const fs::path& path : paths) {
    std::error_code error;
    const fs::file_status status = fs::status(path, error);
    if (!fs::exists(status)) {
      throw usage_error(path.string() + ": there is no such file or folder");
    }
    if (fs::is_directory(status)) {
      add_folder(path, found);
    } else if (fs::is_regular_file(status)) {
      found.push_back({path, path.string(), true});
    } else {
      throw usage_error(path.string() + ": neither a file nor a folder");
    }
  }
  std::stable_sort(found.begin(), found.end(),
                   [](const Found& a, const Found& b) { return a.shown < b.shown; });
  found.erase(std::unique(found.begin(), found.end(),
                          [](const Found& a, const Found& b) { return a.shown == b.shown; }),
              found.end());
  return found;
}

bool has_ending_of_rules(const fs::path& path) {
  static const std::set<std::string> endings = {".yml", ".yaml", ".rules", ".rule"};
  return endings.count(path.extension().string()) == 1;
}

// nullopt: another kind of file, about which nothing is to be said but that.
std::optional<std::string> text_of(const Found& file, RuleSet& set) {
  std::ifstream stream(file.path, std::ios::binary);
  std::string text(kMaxBytes + 1, '\0');
  if (stream) stream.read(text.data(), static_cast<std::streamsize>(text.size()));
  if (!stream && !stream.eof()) {
    set.findings.push_back({FindingKind::kRefused, file.shown, 1, "cannot be read"});
    return std::nullopt;
  }
  text.resize(static_cast<size_t>(stream.gcount()));
  const bool binary = text.find('\0') != std::string::npos;
  const bool large = text.size() > kMaxBytes;
  if (!binary && !large) return text;
  const bool meant = file.named || has_ending_of_rules(file.path);
  set.findings.push_back({meant ? FindingKind::kRefused : FindingKind::kNoRules, file.shown, 1,
                          binary ? "not a text" : "larger than 1 MiB"});
  return std::nullopt;
}

void read_one(const Found& found, RuleSet& set) {
  const std::optional<std::string> text = text_of(found, set);
  if (!text) return;
  const bool meant = found.named || has_ending_of_rules(found.path);
  RuleFile file{found.path, found.shown, true, {}};
  std::vector<Finding> findings;
  if (read_rule_document(*text, meant, file, findings) && !file.groups.empty()) {
    set.files.push_back(std::move(file));
  }
  if (found.named) {
    for (Finding& one : findings) {
      if (one.kind == FindingKind::kNoRules) one.kind = FindingKind::kRefused;
    }
  }
  set.findings.insert(set.findings.end(), findings.begin(), findings.end());
}

}  // namespace

bool refuses(FindingKind kind) {
  return kind == FindingKind::kRefused || kind == FindingKind::kTemplate ||
         kind == FindingKind::kOtherEngine;
}

const char* word_of(FindingKind kind) {
  switch (kind) {
    case FindingKind::kRefused:
      return "refused";
    case FindingKind::kTemplate:
      return "template";
    case FindingKind::kOtherEngine:
      return "other_engine";
    case FindingKind::kNewerKey:
      return "newer_key";
    case FindingKind::kSecondDocument:
      return "second_document";
    case FindingKind::kUnrendered:
      return "unrendered";
    case FindingKind::kUnwrapped:
      return "unwrapped";
    case FindingKind::kUnitTest:
      return "unit_test";
    case FindingKind::kNoRules:
      break;
  }
  return "no_rules";
}

std::string to_line(const Finding& finding) {
  return finding.file + ":" + std::to_string(finding.line) + ": " + finding.text;
}

size_t RuleSet::alerts() const {
  size_t count = 0;
  for (const RuleFile& file : files) {
    for (const RuleGroup& group : file.groups) {
      count +=
          static_cast<size_t>(std::count_if(group.rules.begin(), group.rules.end(),
                                            [](const Rule& rule) { return !rule.alert.empty(); }));
    }
  }
  return count;
}

RuleSet read_rules(const std::vector<fs::path>& paths) {
  RuleSet set;
  for (const Found& file : find_files(paths)) read_one(file, set);
  check_syntax(set);
  std::stable_sort(set.findings.begin(), set.findings.end(),
                   [](const Finding& a, const Finding& b) {
                     return std::tie(a.file, a.line) < std::tie(b.file, b.line);
                   });
  return set;
}

std::optional<double> parse_duration(std::string_view text) {
  static const std::regex form(
      R"((?:(\d+)y)?(?:(\d+)w)?(?:(\d+)d)?(?:(\d+)h)?(?:(\d+)m)?(?:(\d+)s)?(?:(\d+)ms)?)");
  static const double seconds[] = {31'536'000, 604'800, 86'400, 3'600, 60, 1, 0.001};
  if (text == "0") return 0;
  std::cmatch match;
  constexpr size_t kLongest = 40;
  if (text.empty() || text.size() > kLongest ||
      !std::regex_match(text.data(), text.data() + text.size(), match, form)) {
    return std::nullopt;
  }
  double sum = 0;
  for (size_t i = 0; i < std::size(seconds); ++i) {
    if (match[i + 1].matched) sum += std::strtod(match[i + 1].str().c_str(), nullptr) * seconds[i];
  }
  return sum;
}

}  // namespace gameday
