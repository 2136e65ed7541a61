#include "drill/desk/usage.hpp"

#include <algorithm>
#include <charconv>
#include <sstream>

#include "core/error.hpp"

namespace gameday {
namespace {

constexpr VerbOption kYes{"--yes", "", "do not ask for confirmation"};

std::vector<VerbOption> diagnose_options() {
  return {
      {"--verdict", "VERDICT", "fault, no_fault or undetermined"},
      {"--component", "NAME", "where the cause sits"},
      {"--class", "CLASS", "what kind of cause"},
      {"--mechanism", "MECHANISM", "what exactly is wrong"},
      {"--trigger", "TRIGGER", "what brought it about"},
      {"--also", "MECHANISMS", "further parts of the cause, comma separated"},
      {"--confidence", "0.8|80%", "how sure you are, 0 to 1 or in percent; never scored"},
      {"--alternatives", "A=20%", "what else it could be, comma separated; never scored"},
      {"--evidence", "IDS",
       "observations that show it, comma separated: o3,o7 (see notes); beyond three, those that "
       "prove nothing cost points"},
      {"--text", "TEXT", "the same in your own words"},
      {"--file", "FILE", "all of it as JSON; - is standard input"},
      {"--list", "", "print the values of every list with their meaning"},
  };
}

std::vector<Verb> make_verbs() {
  return {
      {"ack", "", 0, 0, {}, "acknowledge the page: somebody is looking", "gameday ack"},
      {"declare", "SEVERITY", 1, 1, {},
       "say how bad it is: one of the severities below", "gameday declare sev2"},
      {"note", "TEXT…", 1, kAnyNumber, {}, "write down a thought; working theories cost nothing",
       "gameday note 'quiet until 14:02'"},
      {"notes", "", 0, 0, {{"--all", "", "with the output of every observation"}},
       "list what you looked at (o1, o2, …: evidence cites these) and what was said", "gameday notes"},
      {"escalate", "TEAM [REASON…]", 1, kAnyNumber, {},
       "tell database, devops, application, senior or management what you know and need",
       "gameday escalate senior 'I need a second pair of eyes'"},
      {"update", "", 0, 0,
       {{"--impact", "TEXT", "what users notice"},
        {"--action", "TEXT", "what is being done"},
        {"--next", "MINUTES", "when the next update comes"}},
       "tell everybody where things stand",
       "gameday update --impact 'some pages fail' --action 'looking at lb' --next 15"},
      {"hint", "", 0, 0, {kYes}, "take the next hint; its price is said first", "gameday hint"},
      {"diagnose", "", 0, 0, diagnose_options(),
       "state the cause; without options it asks, question by question",
       "gameday diagnose --verdict fault --component lb --class configuration "
       "--mechanism listen_or_port --trigger deploy --evidence o2"},
      {"handover", "TO [TEXT…]", 1, kAnyNumber, {}, "hand the incident to somebody else",
       "gameday handover senior 'state is in the notes'"},
      {"resolve", "[TEXT…]", 0, kAnyNumber, {kYes}, "stand down: the incident is over",
       "gameday resolve 'service is back'"},
      {"status", "", 0, 0, {}, "what was said and done so far", "gameday status"},
      {"pages", "", 0, 0, {{"--wait", "SECONDS", "wait so long for the first one; exit 1 without"}},
       "show the pages; each becomes an observation", "gameday pages --wait 120"},
      {"wait", "", 0, 0,
       {{"--for", "WHAT", "page: one has come; answer: the team that you asked last reports; "
                          "served: users are served again; graded: the drill is (only outside "
                          "its hosts)"},
        {"--limit", "TIME", "wait so long, as in 90s, 5m or 1h (5m); exit 1 when it passes"}},
       "wait for what comes, instead of asking again and again",
       "gameday wait --for answer --limit 5m"},
      {"brief", "", 0, 0, {}, "what you were told at the start", "gameday brief"},
      {"map", "", 0, 0, {}, "hosts, addresses, teams", "gameday map"},
      {"normal", "", 0, 0, {}, "what the service looks like on a good day", "gameday normal"},
      {"dashboard", "", 0, 0, {}, "where the dashboards are", "gameday dashboard"},
      {"on", "HOST [COMMAND…]", 1, kAnyNumber, {},
       "a shell on a host, or one command there", "gameday on lb -- sv status haproxy", true},
      {"exec", "HOST -- COMMAND…", 2, kAnyNumber, {},
       "one command on a host for a program: plain streams, its exit status, its observation's id",
       "gameday exec --json db1 -- sv status postgresql", true},
      {"shell", "[HOST]", 0, 1, {}, "a shell on a host; on ops when none is named",
       "gameday shell lb"},
      {"help", "[VERB]", 0, 1, {}, "this list, or one verb in detail", "gameday help update"},
  };
}

std::string synopsis(const Verb& verb) {
  std::string text = "gameday " + std::string(verb.name);
  if (!verb.arguments.empty()) text += " " + std::string(verb.arguments);
  if (!verb.options.empty()) text += " [OPTIONS]";
  return text;
}

Error misuse(const Verb& verb, const std::string& what) {
  return usage_error("gameday " + std::string(verb.name) + ": " + what + ": as in: " +
                     std::string(verb.example));
}

// Takes the option at argv[at]; returns how many arguments it was.
size_t take_option(const std::vector<std::string>& argv, size_t at, VerbCall& call) {
  const std::string& word = argv[at];
  const size_t equals = word.find('=');
  const std::string name = word.substr(0, equals);
  if (word == "--json") {
    call.json = true;
    return 1;
  }
  if (word == "--help" || word == "-h") {
    call.help = true;
    return 1;
  }
  const auto& options = call.verb->options;
  const auto found = std::find_if(options.begin(), options.end(),
                                  [&](const VerbOption& option) { return option.name == name; });
  if (found == options.end()) throw misuse(*call.verb, "unknown option " + name);
  std::string& value = call.options[name.substr(2)];
  if (!value.empty()) throw misuse(*call.verb, name + " is given twice");
  if (found->value.empty()) {
    if (equals != std::string::npos) throw misuse(*call.verb, name + " takes no value");
    return 1;
  }
  if (equals != std::string::npos) {
    value = word.substr(equals + 1);
  } else if (at + 1 < argv.size()) {
    value = argv[at + 1];
  }
  if (value.empty()) throw misuse(*call.verb, name + " needs " + std::string(found->value));
  return equals == std::string::npos ? 2 : 1;
}

void check_number_of_words(const VerbCall& call) {
  const Verb& verb = *call.verb;
  if (call.words.size() < verb.least) {
    // Its arguments stand in order; a lone "--" is none.
    std::istringstream arguments{std::string(verb.arguments)};
    std::string wanted;
    for (size_t missing = 0; missing <= call.words.size() && arguments >> wanted;) {
      missing += wanted != "--";
    }
    throw misuse(verb, "needs " + wanted);
  }
  if (call.words.size() > verb.most) {
    throw misuse(verb, "does not take '" + call.words[verb.most] + "'");
  }
}

}  // namespace

const std::vector<Verb>& desk_verbs() {
  static const std::vector<Verb> verbs = make_verbs();
  return verbs;
}

const Verb* find_verb(std::string_view name) {
  for (const Verb& verb : desk_verbs()) {
    if (verb.name == name) return &verb;
  }
  return nullptr;
}

std::string VerbCall::option(const std::string& name) const {
  const auto found = options.find(name);
  return found == options.end() ? "" : found->second;
}

std::string VerbCall::text() const {
  std::string joined;
  for (const std::string& word : words) joined += (joined.empty() ? "" : " ") + word;
  return joined;
}

VerbCall parse_verb(const std::vector<std::string>& argv) {
  if (argv.empty() || argv[0] == "--help" || argv[0] == "-h") {
    VerbCall call;
    call.verb = find_verb("help");
    return call;
  }
  VerbCall call;
  call.verb = find_verb(argv[0]);
  if (!call.verb) {
    throw usage_error("gameday: there is no verb '" + argv[0] + "': see gameday help");
  }
  bool options_over = false;
  for (size_t at = 1; at < argv.size();) {
    const std::string& word = argv[at];
    // Behind the host stands a command: nothing of it is ours.
    const bool command_begins = call.verb->command_follows && call.words.size() == 1;
    if (word == "--" && (!options_over || command_begins)) {
      options_over = true;
      ++at;
      if (!command_begins) continue;
    } else if (!options_over && word.size() > 1 && word[0] == '-') {
      at += take_option(argv, at, call);
      continue;
    }
    const size_t end = command_begins ? argv.size() : std::min(at + 1, argv.size());
    call.words.insert(call.words.end(), argv.begin() + static_cast<long>(at),
                      argv.begin() + static_cast<long>(end));
    at = end;
  }
  if (!call.help) check_number_of_words(call);
  return call;
}

std::optional<double> duration_seconds(std::string_view text) {
  constexpr double kDay = 24 * 3600;
  double unit = 1;
  if (text.ends_with('m')) unit = 60;
  if (text.ends_with('h')) unit = 3600;
  if (text.ends_with('s') || unit > 1) text.remove_suffix(1);
  double number = 0;
  const char* end = text.data() + text.size();
  const auto parsed = std::from_chars(text.data(), end, number);
  if (text.empty() || parsed.ec != std::errc() || parsed.ptr != end) return std::nullopt;
  if (!(number > 0 && number * unit <= kDay)) return std::nullopt;
  return number * unit;
}

WaitCall parse_wait(const VerbCall& call) {
  static const std::map<std::string, WaitFor> known = {{"page", WaitFor::kPage},
                                                       {"answer", WaitFor::kAnswer},
                                                       {"served", WaitFor::kServed},
                                                       {"graded", WaitFor::kGraded}};
  const auto found = known.find(call.option("for"));
  if (found == known.end()) {
    throw misuse(*call.verb, "needs --for page, answer, served or graded");
  }
  const std::string limit = call.has("limit") ? call.option("limit") : "5m";
  const std::optional<double> seconds = duration_seconds(limit);
  if (!seconds) throw misuse(*call.verb, "--limit: '" + limit + "' is no time up to a day");
  return {found->second, found->first, *seconds, limit};
}

std::string verb_help(const Verb& verb) {
  std::string text = synopsis(verb) + "\n  " + std::string(verb.summary) + "\n";
  for (const VerbOption& option : verb.options) {
    std::string left = std::string(option.name) + " " + std::string(option.value);
    left.resize(std::max<size_t>(left.size() + 1, 24), ' ');
    text += "  " + left + std::string(option.help) + "\n";
  }
  text += "  --json                  one JSON document instead of text\n";
  return text + "example: " + std::string(verb.example) + "\n";
}

std::string desk_help() {
  std::string text = "The incident desk. Each verb explains itself: gameday help VERB\n";
  for (const Verb& verb : desk_verbs()) {
    std::string left(verb.name);
    if (!verb.arguments.empty()) left += " " + std::string(verb.arguments);
    // The ellipsis is three bytes and one column.
    size_t columns = 0;
    for (const char byte : left) columns += (byte & 0xc0) != 0x80;
    left.append(columns < 24 ? 24 - columns : 1, ' ');
    text += "  " + left + std::string(verb.summary) + "\n";
  }
  return text + "example: gameday on lb -- sv status haproxy   (in a host also: on lb)\n";
}

}  // namespace gameday
