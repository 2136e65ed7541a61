// Everything that says what can be typed, from one source: the subcommands as they declare themselves
// and the table of the desk's verbs. `gameday help`, completion for bash, and the manual page.
#include "cli/help.hpp"

#include <CLI/CLI.hpp>
#include <iostream>
#include <memory>

#include "cli/command.hpp"
#include "cli/version.hpp"
#include "core/error.hpp"
#include "drill/desk/guided_diagnosis.hpp"
#include "drill/desk/usage.hpp"

namespace gameday {

namespace {

constexpr size_t kColumns = 80;

std::vector<const CLI::App*> shown_subcommands(const CLI::App& app) {
  return app.get_subcommands([](const CLI::App* one) { return !one->get_group().empty(); });
}

const CLI::App* find_subcommand(const CLI::App& app, const std::string& name) {
  for (const CLI::App* one : shown_subcommands(app)) {
    if (one->check_name(name)) return one;
  }
  return nullptr;
}

// As `gameday WORD --help` prints it, whatever is parsed just now. `before` names what it is part of.
std::string help_of(const CLI::App& app, const std::string& before) {
  const std::string name = before.empty() ? app.get_name() : before + " " + app.get_name();
  return app.get_formatter()->make_help(&app, name, CLI::AppFormatMode::Normal);
}

std::string whole_help(const CLI::App& app) { return help_of(app, "") + "\n" + desk_help(); }

std::string help_of_words(const CLI::App& app, const std::vector<std::string>& words,
                          const std::filesystem::path& root) {
  const CLI::App* found = &app;
  std::string before;
  for (const std::string& word : words) {
    const CLI::App* inner = find_subcommand(*found, word);
    const Verb* verb = found == &app ? find_verb(word) : nullptr;
    if (!inner && verb) {
      return verb_help_with_lists(*verb, load_taxonomy(root / "scenarios" / "taxonomy.yaml"),
                                  kColumns);
    }
    if (!inner) throw usage_error("help: there is no command " + word + ": see gameday help");
    before += (before.empty() ? "" : " ") + found->get_name();
    found = inner;
  }
  return found == &app ? whole_help(app) : help_of(*found, before);
}

// " --json --seed".
std::string options_of(const CLI::App& app) {
  std::string words;
  for (const CLI::Option* option : app.get_options()) {
    if (option->get_group().empty()) continue;
    for (const std::string& name : option->get_lnames()) words += " --" + name;
  }
  return words;
}

constexpr const char* kCompletion = R"(# Completion of gameday for bash, printed by `gameday completion`.
_gameday() {
  local current=${COMP_WORDS[COMP_CWORD]} options="" inner=""
  case ${COMP_WORDS[1]} in
CASES  esac
  if [ "$COMP_CWORD" = 1 ]; then
    COMPREPLY=($(compgen -W "NAMES--help --version" -- "$current"))
  elif [[ $current == -* ]]; then
    COMPREPLY=($(compgen -W "$options" -- "$current"))
  else
    COMPREPLY=($(compgen -f -W "$inner" -- "$current"))
  fi
}
complete -F _gameday gameday
)";

// Of bash: names in first place, then the options and inner commands of each.
std::string bash_completion(const CLI::App& app) {
  std::string names, cases;
  const auto add = [&](const std::string& name, const std::string& options,
                       const std::string& inner) {
    names += name + " ";
    cases += "    " + name + ") options=\"" + options + "\" inner=\"" + inner + "\" ;;\n";
  };
  for (const CLI::App* one : shown_subcommands(app)) {
    std::string options = options_of(*one), inner_names;
    for (const CLI::App* inner : shown_subcommands(*one)) {
      options += options_of(*inner);
      inner_names += " " + inner->get_name();
    }
    add(one->get_name(), options, inner_names);
  }
  for (const Verb& verb : desk_verbs()) {
    if (find_subcommand(app, std::string(verb.name))) continue;
    std::string options = " --help --json";
    for (const VerbOption& option : verb.options) options += " " + std::string(option.name);
    add(std::string(verb.name), options, "");
  }
  std::string script = kCompletion;
  script.replace(script.find("CASES"), 5, cases);
  return script.replace(script.find("NAMES"), 5, names);
}

// Text as troff prints it unchanged.
std::string verbatim(const std::string& text) {
  std::string out;
  bool line_begins = true;
  for (const char c : text) {
    if (line_begins && (c == '.' || c == '\'')) out += "\\&";
    if (c == '\\') out += "\\e";
    else out += c;
    line_begins = c == '\n';
  }
  return out;
}

std::string manual_page(const CLI::App& app) {
  std::string page = ".TH GAMEDAY 1 \"\" \"Gameday " + std::string(kVersion) +
                     "\" \"User Commands\"\n.SH NAME\ngameday \\- "
                     "outage drills on a real web stack, in a sandbox, without root\n"
                     ".SH DESCRIPTION\nThe whole guide is in "
                     "/opt/gameday/share/doc/gameday/README.md.\n.SH USAGE\n.nf\n";
  page += verbatim(help_of(app, ""));
  for (const CLI::App* one : shown_subcommands(app)) {
    page += ".fi\n.SS gameday " + one->get_name() + "\n.nf\n" + verbatim(help_of(*one, "gameday"));
    for (const CLI::App* inner : shown_subcommands(*one)) {
      page += "\n" + verbatim(help_of(*inner, "gameday " + one->get_name()));
    }
  }
  page += ".fi\n.SH THE DESK, DURING A DRILL\n.nf\n";
  for (const Verb& verb : desk_verbs()) {
    if (!find_subcommand(app, std::string(verb.name))) page += verbatim(verb_help(verb)) + "\n";
  }
  return page + ".fi\n";
}

}  // namespace

std::string names_of_desk_verbs() {
  constexpr size_t kWidest = 70;
  std::string text, line = " ";
  for (const Verb& verb : desk_verbs()) {
    if (line.size() + verb.name.size() > kWidest) {
      text += line + "\n";
      line = " ";
    }
    line += " " + std::string(verb.name);
  }
  return text + line;
}

void add_help(CLI::App& app, CommandLine& line) {
  auto words = std::make_shared<std::vector<std::string>>();
  CLI::App* help = app.add_subcommand("help", "All commands and the desk's verbs, or one in detail");
  help->add_option("command", *words, "A subcommand or a verb of the desk");
  help->footer("example: gameday help replay");
  help->callback([&app, &line, words] { std::cout << help_of_words(app, *words, line.root); });

  CLI::App* completion = app.add_subcommand("completion", "Print the completion for bash");
  completion->footer("example: eval \"$(gameday completion)\"");
  completion->callback([&app] { std::cout << bash_completion(app); });

  CLI::App* page = app.add_subcommand("man-page", "")->group("");
  page->callback([&app] { std::cout << manual_page(app); });
}

}  // namespace gameday
