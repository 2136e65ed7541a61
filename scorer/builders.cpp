#include "scorer/builders.hpp"

#include <algorithm>
#include <cctype>
#include <regex>
#include <set>

namespace gameday {

namespace {

using BuilderNames = std::set<std::string>;

constexpr size_t kLongestScript = 1000;  // std::regex recurses per character

// Whatever they are fed, they print something else.
const BuilderNames kRecoders = {"rev",      "base64", "base32", "basenc", "dc",
                                "bc",       "m4",     "cpp",    "iconv",  "uudecode",
                                "uuencode", "expr",   "numfmt", "factor"};
const BuilderNames kInterpreters = {"python", "perl", "ruby", "lua", "node", "php"};
const BuilderNames kShells = {"sh", "bash", "dash", "zsh"};
// They select or rearrange what comes to them.
const BuilderNames kFilters = {"awk", "sed", "jq", "tr", "cut", "paste", "fold", "join", "dd"};

bool is_wordless(const std::string& text) {
  return std::none_of(text.begin(), text.end(), [](unsigned char c) { return std::isalnum(c); });
}

// tr that only drops or widens what is no word, or changes the case.
bool is_plain_tr(const Program& program) {
  static const BuilderNames cases = {"a-z", "A-Z", "[a-z]", "[A-Z]", "[:lower:]", "[:upper:]"};
  static const std::regex escape("\\\\[nrt]|\\[:(space|blank|punct|cntrl):\\]");
  return std::all_of(program.argv.begin() + 1, program.argv.end(), [](const std::string& word) {
    return word.starts_with("-") || cases.contains(word) ||
           is_wordless(std::regex_replace(word.substr(0, kLongestScript), escape, ""));
  });
}

// Scripts that make text of single characters, or of parts of a text.
bool is_making(const Program& program) {
  static const std::regex awk(
      "%c|\\\\[0-9x]|\\bsprintf\\b|\\bto(upper|lower)\\b|\\bg?sub\\b|"
      "\\bsystem\\b|\\bgetline\\b|ENVIRON|\\bsubstr\\s*\\(\\s*[^$\\s]");
  static const std::regex sed(
      "\\\\[xod][0-9a-fA-F]|(^|[;{}0-9/$])y[/|,#]|(^|[;{}])\\s*\\d*[aic]\\\\|"
      "\\\\[UL]");
  static const std::regex jq(
      "implode|@base|ascii|\\bsub|gsub|reverse|\\$ENV|\\benv\\b|"
      "trimstr|\\\\u|\\binput");
  static const std::regex plain_sub("\\bg?sub\\(/[^/a-zA-Z0-9]*/, *\"[^\"a-zA-Z0-9]*\"");
  const std::regex& wanted = program.name == "awk" ? awk : program.name == "sed" ? sed : jq;
  bool options = true;
  for (size_t i = 1; i < program.argv.size(); ++i) {
    const std::string& word = program.argv[i];
    const bool given = word == "-f" || word == "--file" || word == "-v" || word == "-n" ||
                       word == "--arg" || word == "--null-input" || word == "--argjson";
    if (options && given && !(program.name == "sed" && word == "-n")) return true;
    const std::string script = std::regex_replace(word.substr(0, kLongestScript), plain_sub, "");
    if (std::regex_search(script, wanted)) return true;
    options = options && word.starts_with("-");
  }
  return false;
}

// A shell that reads its commands from what it is fed. One that was only opened asks nothing.
bool reads_commands(const Program& program) {
  return kShells.contains(program.name) &&
         std::all_of(program.argv.begin() + 1, program.argv.end(), [](const std::string& word) {
           return word == "-s" || word == "-x" || word == "-e" || word == "-";
         });
}

bool only_lays_out(const Program& program) {
  return program.name == "python" && program.argv.size() >= 3 && program.argv[1] == "-m" &&
         program.argv[2] == "json.tool";
}

}  // namespace

std::string builds_text(const std::vector<Program>& programs, const TypedCommands& typed,
                        bool constants) {
  if (const std::string why = shell_builds(typed); !why.empty()) return why;
  size_t wordy = 0, filters = 0;
  for (const Program& program : programs) {
    const std::string why = program.name + " can print any text";
    const auto& argv = program.argv;
    const auto has = [&argv](const char* word) {
      return std::find(argv.begin(), argv.end(), word) != argv.end();
    };
    if (kRecoders.contains(program.name)) return why;
    if (kInterpreters.contains(program.name) && !only_lays_out(program)) return why;
    if (program.name == "tr" && !is_plain_tr(program)) return why;
    const bool reverts = std::any_of(argv.begin() + 1, argv.end(), [](const std::string& word) {
      return word.starts_with("-") && word.find('r') != std::string::npos;
    });
    if (program.name == "xxd" && reverts) return why;
    if (program.name == "openssl" && (has("enc") || has("base64") || has("rand"))) return why;
    if (program.name == "hexdump" && has("-e")) return why;
    const bool scripted = program.name == "awk" || program.name == "sed" || program.name == "jq";
    if (scripted && is_making(program)) return why;
    if (programs.size() > 1 && reads_commands(program)) return why;
    filters += kFilters.contains(program.name);
    wordy += !texts_put_in(program).empty();
  }
  // Words that one filter puts in can be bent by another.
  if (wordy > 0 && filters > 1) return "filters put words of their own into it";
  if (constants && filters > 0) return "a filter can make any text of the constants of its SQL";
  for (const TypedCommand& command : typed.list) {
    const bool extracts =
        kFilters.contains(command.name) ||
        (command.name == "grep" && !command.words.empty() &&
         std::regex_search(command.words[0].substr(0, kLongestScript), std::regex("^-\\w*o")));
    const bool fed = command.told_by_shell || command.is_fed;
    if (extracts && fed) return command.name + " was given words of the command";
  }
  return "";
}

}  // namespace gameday
