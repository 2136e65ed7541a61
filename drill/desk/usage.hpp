// The desk's verbs as a table: what each takes, an example of it, and one strict parser for all.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace gameday {

struct VerbOption {
  std::string_view name;   // "--impact"
  std::string_view value;  // "TEXT"; empty: a switch
  std::string_view help;
};

struct Verb {
  std::string_view name;
  std::string_view arguments;  // "SEVERITY", "[TEXT…]"
  size_t least = 0, most = 0;  // how many words it takes besides options
  std::vector<VerbOption> options;
  std::string_view summary;
  std::string_view example;
  bool command_follows = false;  // all after the first word is a command, options included
};

inline constexpr size_t kAnyNumber = 1000;

const std::vector<Verb>& desk_verbs();
// Null when there is none.
const Verb* find_verb(std::string_view name);

struct VerbCall {
  const Verb* verb = nullptr;
  std::vector<std::string> words;
  std::map<std::string, std::string> options;  // without dashes; a switch has an empty value
  bool json = false;
  bool help = false;

  bool has(const std::string& option) const { return options.count(option) != 0; }
  std::string option(const std::string& name) const;  // empty when it was not given
  std::string text() const;                           // the words, joined by spaces
};

// Options may stand before or after words; "--" ends them; `--name value` and `--name=value` are
// the same. Throws a usage Error of one line that says what would be right.
VerbCall parse_verb(const std::vector<std::string>& argv);

// What the verb `wait` waits for.
enum class WaitFor { kPage, kAnswer, kServed, kGraded };

struct WaitCall {
  WaitFor what = WaitFor::kPage;
  std::string name;   // as it was given: "page"
  double seconds = 0;
  std::string limit;  // as it was given: "5m"
};

// Throws a usage Error of one line.
WaitCall parse_wait(const VerbCall& call);

// 90, "90s", "5m" and "1h" are lengths of time, in seconds; above zero, at most a day. Returns
// nullopt for anything else.
std::optional<double> duration_seconds(std::string_view text);

// Without the values of closed lists: see verb_help_with_lists in drill/desk/guided_diagnosis.hpp.
std::string verb_help(const Verb& verb);
std::string desk_help();

}  // namespace gameday
