#include "scorer/commands.hpp"

#include <algorithm>
#include <cctype>
#include <regex>
#include <set>

#include "scorer/programs.hpp"
#include "scorer/typed.hpp"

namespace gameday {

namespace {

using CommandNames = std::set<std::string, std::less<>>;

constexpr int kDeepestTyped = 3;        // commands inside words
constexpr size_t kLongestTyped = 2000;  // std::regex recurses per character

const CommandNames kOpening = {"do",    "then",  "else", "elif", "if",
                               "while", "until", "{",    "!",    "time"};
const CommandNames kClosing = {"done", "fi", "esac", "}"};
// Of the shell itself, and they print nothing of their own.
const CommandNames kQuiet = {
    "cd",    "export", "unset",   "unalias", "exit",     "return", "break", "continue",
    "shift", "wait",   "test",    "[",       "[[",       "]]",     "true",  "false",
    ":",     "exec",   "command", "builtin", "read",     "local",  "trap",  "pushd",
    "popd",  "umask",  "hash",    "set",     "function", "case",   "in",    "logout",
    "kill",  "bg",     "fg",      "disown",  "getopts",  "ulimit", "eval",  "for"};
// Of the shell itself, and they print much that nobody typed.
const CommandNames kTelling = {"shopt",    "help",    "history",   "fc",       "declare", "typeset",
                               "compgen",  "bind",    "source",    ".",        "enable",  "dirs",
                               "complete", "mapfile", "readarray", "printenv", "coproc"};

bool is_assignment(const std::string& word) {
  static const std::regex assignment("^[A-Za-z_]\\w*\\+?=[\\s\\S]*");
  return std::regex_match(word.substr(0, kLongestTyped), assignment);
}

bool enters_host(const TypedCommand& command) {
  return command.name == "on" || command.name == "gameday";
}

// Whether the last word of a command is a command line by itself: sh -c 'date; psql'.
bool holds_line(const TypedCommand& command) {
  static const CommandNames readers = {"watch", "eval", "trap"};
  static const CommandNames shells = {"sh", "bash", "dash", "zsh", "su", "runuser", "script"};
  if (command.words.empty() || command.words.back().find_first_of(" \n;") == std::string::npos) {
    return false;
  }
  if (readers.contains(command.name)) return true;
  if (command.words.size() < 2) return false;
  const std::string& option = command.words[command.words.size() - 2];
  const bool by_shell = shells.contains(command.name) ||
                        std::any_of(command.words.begin(), command.words.end(),
                                    [](const std::string& word) { return shells.contains(word); });
  return by_shell && option.starts_with('-') && option.ends_with('c');
}

class CommandReader {
 public:
  TypedCommands found;

  void read(std::string_view line, int depth, bool in_substitution) {
    const std::vector<TypedWord> words = read_typed(line);
    const auto is = [&](size_t at, const char* text) {
      return at < words.size() && words[at].is_operator && words[at].text == text;
    };
    Line state;
    state.substitutions = in_substitution ? 1 : 0;
    for (size_t i = 0; i < words.size(); ++i) {
      const TypedWord& word = words[i];
      if (!word.is_operator) {
        take_word(word, depth, state);
      } else if (word.text == ">" || word.text == "<" || word.text == "<<<") {
        state.redirects = word.text != "<<<";
        state.reads = word.text == "<";
      } else {
        const bool doubled = is(i - 1, word.text.c_str()) || is(i + 1, word.text.c_str());
        if (word.text == "&" && !doubled) found.parallel = true;
        const bool opens = word.text == "(" && i > 0 && !words[i - 1].is_operator &&
                           words[i - 1].text.ends_with('$');
        if (word.text == "(" && state.redirects) {  // <(…)
          state.command.is_fed = state.command.is_fed || state.reads;
          state.redirects = state.reads = false;
        }
        state.substitutions += opens;
        end_command(word.text == "|" && !doubled, is(i - 1, ")"), state);
        state.substitutions -= word.text == ")" && state.substitutions > 0;
      }
    }
    end_command(false, false, state);
  }

 private:
  // Where the reading of a line stands.
  struct Line {
    TypedCommand command;
    bool began = false, redirects = false, reads = false;
    bool from_shell = false;  // words of the shell go into the pipe
    int substitutions = 0;
  };

  void end_command(bool is_pipe, bool closes, Line& state) {
    TypedCommand& command = state.command;
    const bool closed = closes || (state.began && kClosing.contains(command.name));
    const Program::Kind kind = kind_of(command.name);
    // What asks a server prints answers, whatever it was fed.
    const bool asks = kind == Program::kClient || kind == Program::kAsker;
    const bool spoke = (state.from_shell && !asks) || closed || (state.began && speaks(command));
    const bool relays = state.began && enters_host(command);
    const bool any_relays = std::any_of(found.list.begin(), found.list.end(), enters_host);
    if ((relays && (is_pipe || state.substitutions > 0)) || (is_pipe && closed && any_relays)) {
      found.pipes_a_host = true;
    }
    if (state.began) found.list.push_back(command);
    command = {};
    state.began = false;
    state.from_shell = is_pipe && spoke;
    command.told_by_shell = state.from_shell;
  }

  void take_word(const TypedWord& word, int depth, Line& state) {
    TypedCommand& command = state.command;
    if (state.redirects) {
      if (state.reads) {
        found.read.push_back(word.text);
        command.is_fed = true;
      }
      state.redirects = state.reads = false;
      return;
    }
    if (word.is_document) {
      command.is_fed = true;
    } else if (state.began) {
      command.words.push_back(word.text);
    } else if (is_assignment(word.text)) {
      found.list.push_back({"", {word.text}, false, false});
    } else if (!kOpening.contains(word.text)) {
      state.began = true;
      command.name = table_name(word.text);
    }
    if (depth >= kDeepestTyped || word.is_document) return;
    for (size_t at = word.text.find("$("); at != word.text.npos;
         at = word.text.find("$(", at + 2)) {
      read(std::string_view(word.text).substr(at + 2, word.text.rfind(')') - at - 2), depth + 1,
           true);
    }
    if (state.began && holds_line(command)) read(word.text, depth + 1, false);
  }
};

// Without what the shell puts in: $x, ${x}, $(…), `…`. Of ${x:-words} the words stay.
std::vector<std::string> pieces_of(const std::string& text) {
  std::vector<std::string> pieces(1);
  for (size_t i = 0; i < text.size(); ++i) {
    const std::string_view rest = std::string_view(text).substr(i);
    size_t length = 0;
    if (rest.starts_with("$(") || rest[0] == '`') {
      const size_t end = rest[0] == '`' ? rest.find('`', 1) : rest.find(')');
      length = end == std::string_view::npos ? rest.size() : end + 1;
    } else if (rest.starts_with("${")) {
      const size_t end = std::min(rest.find('}'), rest.size() - 1);
      length = end + 1;
      const size_t word = rest.substr(0, end).find_first_of("-=+?");
      if (word != std::string_view::npos) {
        pieces.emplace_back(rest.substr(word + 1, end - word - 1));
      }
    } else if (rest[0] == '$' && rest.size() > 1) {
      length = 1;
      while (length < rest.size() &&
             (std::isalnum(static_cast<unsigned char>(rest[length])) || rest[length] == '_')) {
        ++length;
      }
    } else if (rest[0] == '\n') {
      length = 1;
    }
    if (length == 0) {
      pieces.back() += text[i];
    } else {
      pieces.emplace_back();
      i += length - 1;
    }
  }
  std::erase_if(pieces, [](const std::string& piece) {
    return std::none_of(piece.begin(), piece.end(),
                        [](unsigned char c) { return std::isalnum(c); });
  });
  return pieces;
}

void add_pieces(const std::string& text, std::vector<std::string>& said) {
  for (std::string& piece : pieces_of(unescaped(text.substr(0, kLongestTyped)))) {
    said.push_back(std::move(piece));
  }
}

// Whether something that prints names the variable of a loop.
bool is_named(const std::vector<std::string>& loop, const TypedCommands& commands) {
  if (loop.empty()) return false;
  static const std::regex printing("\\\\(echo|qecho|warn|set|pset)|^-[vPFRT]|^--(set|pset)");
  for (const TypedCommand& command : commands.list) {
    for (const std::string& word : command.words) {
      const bool prints =
          speaks(command) || std::regex_search(word.substr(0, kLongestTyped), printing);
      const bool names = word.find("$" + loop[0]) != word.npos ||
                         word.find("${" + loop[0]) != word.npos ||
                         word.find("${!" + loop[0]) != word.npos;
      if (prints && names) return true;
    }
  }
  return false;
}

}  // namespace

TypedCommands typed_commands(std::string_view line) {
  CommandReader reader;
  reader.read(line, 0, false);
  return reader.found;
}

bool speaks(const TypedCommand& command) {
  if (command.name.empty() || kQuiet.contains(command.name) || kClosing.contains(command.name)) {
    return false;
  }
  return kind_of(command.name) == Program::kOther && command.name != "gameday" &&
         command.name != "on";
}

std::vector<std::string> said_by_shell(const TypedCommands& commands) {
  std::vector<std::string> said;
  std::string all;  // echo -n x; echo y
  for (const TypedCommand& command : commands.list) {
    if (command.name.empty()) {
      add_pieces(command.words[0].substr(command.words[0].find('=') + 1), said);
      continue;
    }
    const bool is_list = command.name == "for" && is_named(command.words, commands);
    const bool one_by_one = command.name != "echo";
    std::string joined, together;
    for (const std::string& word : command.words) {
      // "${x:-words}" is said by whatever prints it.
      static const std::regex fallback("\\$\\{\\w+:?[-=+?]([^}]*)\\}");
      const std::string part = word.substr(0, kLongestTyped);
      for (std::sregex_iterator at(part.begin(), part.end(), fallback), end; at != end; ++at) {
        said.push_back((*at)[1].str());
      }
      const bool is_option = command.name == "echo" && joined.empty() && word.size() > 1 &&
                             word[0] == '-' && word.find_first_not_of("neE", 1) == word.npos;
      if ((!speaks(command) && !is_list) || is_option) continue;
      if (one_by_one) add_pieces(word, said);
      joined += (joined.empty() ? "" : " ") + word;
      together += word;
    }
    if (is_list || joined.empty()) continue;
    add_pieces(joined, said);
    if (one_by_one) add_pieces(together, said);
    all += together;
  }
  add_pieces(all, said);
  return said;
}

std::string shell_builds(const TypedCommands& commands) {
  static const std::regex expansion(
      "\\$\\{!|\\$\\{#?\\w+(\\[[^\\]]*\\])?(:[^-=+?]|[#%/^,@])|\\$\\(\\(|\\{\\w+\\.\\.");
  static const std::regex number("%[-#0 +']*\\d*(\\.\\d+)?[xXoeEgGaAq]");
  for (const TypedCommand& command : commands.list) {
    const bool lists = command.words.empty() || command.words[0] == "-o" ||
                       command.words[0] == "-p" || command.words[0] == "+o";
    const bool tells =
        kTelling.contains(command.name) ||
        (lists && (command.name == "set" || command.name == "alias" || command.name == "export" ||
                   command.name == "env" || command.name == "readonly" || command.name == "trap"));
    if (tells) return command.name + " prints what the shell knows";
    if (!speaks(command)) continue;
    for (const std::string& word : command.words) {
      const std::string part = word.substr(0, kLongestTyped);
      if (std::regex_search(part, expansion) ||
          (command.name == "printf" && std::regex_search(part, number))) {
        return "the shell can print any text by " + command.name + " " + part.substr(0, 40);
      }
    }
  }
  return "";
}

}  // namespace gameday
