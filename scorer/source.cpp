#include "scorer/source.hpp"

#include <algorithm>
#include <cctype>
#include <ctime>
#include <map>
#include <regex>

#include "core/events.hpp"
#include "scorer/programs.hpp"
#include "scorer/typed.hpp"

namespace gameday {

namespace {

constexpr size_t kMostSpoken = 500;

const json::array& list_of(const json::object& object, const char* key) {
  static const json::array none;
  const json::value* value = object.if_contains(key);
  return value && value->is_array() ? value->as_array() : none;
}

std::string joined(const std::vector<std::string>& words) {
  std::string line;
  for (const std::string& word : words) line += (line.empty() ? "" : " ") + word;
  return line;
}

bool contains(const std::string& text, const std::string& part) {
  return !part.empty() && text.find(part) != std::string::npos;
}

std::string trimmed(const std::string& text) {
  const size_t from = text.find_first_not_of(" \t\r");
  return from == std::string::npos ? ""
                                   : text.substr(from, text.find_last_not_of(" \t\r") - from + 1);
}

bool has_word_character(const std::string& text) {
  return std::any_of(text.begin(), text.end(), [](unsigned char c) { return std::isalnum(c); });
}

bool is_below(const std::string& path, std::initializer_list<const char*> folders) {
  return std::any_of(folders.begin(), folders.end(), [&](const std::string& folder) {
    return path == folder || path.starts_with(folder + "/");
  });
}

bool is_players_folder(const std::string& path) {
  return is_below(path, {"/tmp", "/var/tmp", "/root", "/home", "/dev/shm"});
}

// Programs' own texts and the company's documents: they say what may be, not what is.
bool is_document(const std::string& path) {
  return is_below(path, {"/usr", "/srv/runbooks"}) && !is_below(path, {"/usr/local"});
}

// Whether a reader or a lister was given something of the system.
bool reads_the_system(const Program& program) {
  if (program.files.empty()) {
    return program.kind == Program::kLister && !is_players_folder(program.cwd);
  }
  return std::any_of(program.files.begin(), program.files.end(), [](const json::value& file) {
    return file.is_object() && !is_document(string_or(file.as_object(), "path", ""));
  });
}

// Why a program makes the whole observation worthless; empty: it does not.
std::string spoils(const Program& program, const std::string& host, const PlayersOwn& own) {
  if (!program.of_the_machine) return program.path + " is not the machine's own program";
  if (program.kind == Program::kHarmless) return "";
  if (program.diverted) return program.name + " was sent elsewhere than to a service of the stack";
  for (const json::value& file : program.files) {
    if (!file.is_object()) continue;
    const std::string path = string_or(file.as_object(), "path", "");
    if (own.has_file(host, file.as_object())) return path + " is the player's own";
  }
  return "";
}

// What the program was asked; nothing when it asked nothing of the system.
std::optional<std::string> question(const Program& program, const std::string& typed,
                                    const std::string& statement, const PlayersOwn& own,
                                    std::string& why) {
  std::string line = joined(program.env);
  line += (line.empty() ? "" : " ") + joined(program.argv);
  if (program.kind == Program::kClient) {
    const SqlAsked sql = sql_asked(program, typed, statement);
    why = "no such statement was typed into it";  // it was given its own: its prompt is a forgery
    if (!statement.empty() && !sql_asked(program, "", "").from_input) return std::nullopt;
    why = "it asked nothing of the server";
    if (!asks_server(sql.text, own.sql())) return std::nullopt;
    if (sql.from_input) line += " " + typed;
  } else if (program.kind == Program::kReader || program.kind == Program::kLister) {
    why = program.name + " read nothing of the system";
    if (!reads_the_system(program)) return std::nullopt;
  } else if (program.kind != Program::kAsker) {
    why = program.name + " knows nothing of the system";
    return std::nullopt;
  }
  why = "its output was not shown";
  if (program.unseen && !program.tells_by_errors) return std::nullopt;
  for (const json::value& file : program.files) {
    if (file.is_object()) line += " " + string_or(file.as_object(), "path", "");
  }
  return line;
}

// Takes what the command itself said out of a line of its output.
class Cleaner {
 public:
  Cleaner(std::vector<std::string> spoken, const std::vector<Program>& programs,
          const std::string& typed, const std::string& statement)
      : spoken_(std::move(spoken)) {
    for (const Program& program : programs) {
      const std::string command = joined(program.argv);
      if (program.argv.size() > 1 && command.size() > 6) own_text_.push_back(command);
      for (const std::string& text : texts_put_in(program)) inserted_.push_back(text);
      for (const std::string& text : texts_of_format(program)) erased_.push_back(text);
      if (program.kind == Program::kLister) lists_ = true;
      if (program.name == "ip") complaints_.push_back("Error: ");
      add_complaints(program);
      if (program.kind == Program::kClient) add_sql(sql_asked(program, typed, statement).text);
    }
    std::sort(spoken_.begin(), spoken_.end(),
              [](const auto& a, const auto& b) { return a.size() > b.size(); });
    if (spoken_.size() > kMostSpoken) spoken_.resize(kMostSpoken);
  }

  std::string clean(const std::string& output) const {
    std::string kept;
    size_t from = 0;
    while (from < output.size()) {
      const size_t end = std::min(output.find('\n', from), output.size());
      const std::string line = output.substr(from, end - from);
      kept += (is_said(line) ? "" : without_constants(line)) + "\n";
      from = end + 1;
    }
    return kept;
  }

 private:
  void add_sql(const std::string& sql) {
    // The server shows the asker's own statement among what runs.
    constexpr size_t kTelling = 20;
    const std::string text = trimmed(sql.substr(0, sql.find('\n')));
    if (text.size() >= kTelling) own_text_.push_back(text.substr(0, 2 * kTelling));
    for (const size_t column : constant_columns(sql)) constant_.push_back(column);
    for (const std::string& text_in : texts_in_answer(sql)) erased_.push_back(text_in);
  }

  // "cat: some words: No such file or directory" says only what the program was given.
  void add_complaints(const Program& program) {
    for (size_t i = 1; i < program.argv.size(); ++i) {
      const std::string& word = program.argv[i];
      if (word.find(' ') != word.npos) repeated_.push_back({program.argv[0] + ": ", word});
    }
  }

  // Nothing is left of it without what the command said.
  bool is_said(const std::string& line) const {
    const auto in_line = [&line](const std::string& text) { return contains(line, text); };
    if (std::any_of(own_text_.begin(), own_text_.end(), in_line)) return true;
    if (std::any_of(inserted_.begin(), inserted_.end(), in_line)) return true;
    if (lists_ && names_players_path(line)) return true;
    for (const std::string& beginning : complaints_) {
      if (line.starts_with(beginning)) return true;
    }
    for (const auto& [beginning, word] : repeated_) {
      if (line.starts_with(beginning) && contains(line, word)) return true;
    }
    std::string rest = line;
    bool erased = false;
    for (const std::string& text : spoken_) {
      if (!has_word_character(text)) continue;
      for (size_t at = rest.find(text); at != rest.npos; at = rest.find(text, at)) {
        rest.erase(at, text.size());
        erased = true;
      }
    }
    return erased && !has_word_character(rest);
  }

  static bool names_players_path(const std::string& line) {
    static const std::regex path("(^|\\s)(/tmp|/var/tmp|/root|/home|/dev/shm)/");
    return std::regex_search(line.substr(0, 1000), path);
  }

  std::string without_constants(std::string line) const {
    for (const std::string& text : erased_) {
      for (size_t at = line.find(text); at != line.npos; at = line.find(text, at)) {
        line.erase(at, text.size());
      }
    }
    if (constant_.empty()) return line;
    std::string kept;
    size_t column = 0, from = 0;
    for (; from <= line.size(); ++column) {
      const size_t end = std::min(line.find('|', from), line.size());
      const bool is_constant =
          std::find(constant_.begin(), constant_.end(), column) != constant_.end();
      kept += (column > 0 ? "|" : "") + (is_constant ? "" : line.substr(from, end - from));
      from = end + 1;
    }
    return kept;
  }

  std::vector<std::string> spoken_, own_text_, inserted_, erased_, complaints_;
  std::vector<std::pair<std::string, std::string>> repeated_;  // how a line begins, what it repeats
  std::vector<size_t> constant_;
  bool lists_ = false;
};

// Seconds since 1970 of "2026-11-21T18:10:18.229Z"; 0 when it is none.
double wall_of(const std::string& text) {
  std::tm broken{};
  const char* rest = ::strptime(text.c_str(), "%Y-%m-%dT%H:%M:%S", &broken);
  return rest ? static_cast<double>(::timegm(&broken)) + std::strtod(rest, nullptr) : 0;
}

}  // namespace

void PlayersOwn::note(const json::object& observation) {
  const std::string host = string_or(observation, "host", "");
  const std::string command = string_or(observation, "command", "");
  const bool is_statement = observation.contains("within");
  if (is_statement) {
    sql_.note(command);
    return;
  }
  const TypedLine typed = typed_line(command);
  for (std::string path : typed.written) {
    if (path.starts_with("./")) path.erase(0, 2);
    if (!path.empty()) written_.emplace_back(host, path);
  }
  for (const auto& [name, says] : typed.defined) {
    if (defined_.size() < kMostSpoken || defined_.contains(name)) defined_[name] = says;
  }
  for (const json::value& value : list_of(observation, "programs")) {
    if (!value.is_object()) continue;
    const Program program = program_of(value.as_object());
    if (program.kind == Program::kClient) sql_.note(sql_asked(program, command, "").text);
  }
}

std::vector<std::string> PlayersOwn::said_by(const std::string& line) const {
  std::vector<std::string> said;
  for (const TypedWord& word : read_typed(line)) {
    for (const auto& [name, says] : defined_) {
      const bool named =
          word.text == name || contains(word.text, "$" + name) || contains(word.text, "${" + name);
      if (named && !word.is_operator) said.insert(said.end(), says.begin(), says.end());
    }
  }
  return said;
}

bool PlayersOwn::has_file(const std::string& host, const json::object& file) const {
  const std::string path = string_or(file, "path", "");
  if (path.starts_with("/tmp/sh-thd") && path.ends_with("(deleted)"))
    return false;  // a here-document
  if (is_players_folder(path) || is_below(path, {"/proc/self"})) return true;
  const double changed = number_or(file, "changed", 0);
  const bool by_services = is_below(path, {"/var/log", "/proc", "/sys", "/run"});
  if (verified_wall_ > 0 && changed > verified_wall_ && !by_services) return true;
  return std::any_of(written_.begin(), written_.end(), [&](const auto& one) {
    const auto& [at, name] = one;
    return at == host && (name == path || (!name.starts_with('/') && path.ends_with("/" + name)));
  });
}

Source source_of(const json::object& observation, const PlayersOwn& own) {
  Source source;
  source.output = string_or(observation, "output", "");
  if (!observation.contains("programs")) return source;
  source.watched = true;
  const std::string host = string_or(observation, "host", "");
  const std::string command = string_or(observation, "command", "");
  const std::string within = string_or(observation, "within", "");
  const std::string statement = within.empty() ? "" : command;
  const TypedLine typed = within.empty() ? typed_line(command) : TypedLine();
  PlayersOwn now = own;  // a file that this very command writes is the player's, too
  if (within.empty()) now.note({{"host", host}, {"command", command}});
  std::vector<Program> programs;
  for (const json::value& value : list_of(observation, "programs")) {
    if (value.is_object()) programs.push_back(program_of(value.as_object()));
  }
  std::string why, spoiled;
  for (const Program& program : programs) {
    if (spoiled.empty()) spoiled = spoils(program, host, now);
    if (!statement.empty() && program.kind != Program::kClient) continue;
    std::string reason;
    const auto asked = question(program, command, statement, own, reason);
    if (!asked) {
      // A client says more than the shell around it.
      const bool better = why.empty() || program.kind != Program::kOther;
      if (better && program.kind != Program::kHarmless) why = reason;
      continue;
    }
    source.asked.push_back(statement.empty() ? *asked : within + " " + without_comments(statement));
  }
  source.counts = spoiled.empty() && !source.asked.empty();
  if (!spoiled.empty()) source.why = spoiled;
  else if (!source.counts) source.why = why.empty() ? "the shell printed it, and no program" : why;
  std::vector<std::string> spoken = own.said_by(statement.empty() ? command : "");
  spoken.insert(spoken.end(), typed.spoken.begin(), typed.spoken.end());
  source.output = Cleaner(std::move(spoken), programs, command, statement).clean(source.output);
  return source;
}

Sources::Sources(const Journal& journal) {
  const Event* verified = journal.first(events::kVerified);
  PlayersOwn own(verified ? wall_of(verified->wall) : 0);
  for (const Event& event : journal.events) {
    if (event.kind != events::kObservation || !event.data.contains("programs")) continue;
    by_line_[event.seq] = source_of(event.data, own);
    own.note(event.data);
  }
}

const Source* Sources::of(const Event& observation) const {
  const auto found = by_line_.find(observation.seq);
  return found == by_line_.end() ? nullptr : &found->second;
}

}  // namespace gameday
