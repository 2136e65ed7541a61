#include "scorer/source.hpp"

#include <algorithm>
#include <ctime>
#include <map>

#include "core/text.hpp"
#include "journal/events.hpp"
#include "scorer/builders.hpp"
#include "scorer/cleaner.hpp"
#include "scorer/commands.hpp"
#include "scorer/programs.hpp"
#include "scorer/typed.hpp"

namespace gameday {

namespace {

constexpr size_t kMostSpoken = 500;
constexpr size_t kLongestQuestion = 1000;

const json::array& list_of(const json::object& object, const char* key) {
  static const json::array none;
  const json::value* value = object.if_contains(key);
  return value && value->is_array() ? value->as_array() : none;
}

bool contains(const std::string& text, const std::string& part) {
  return !part.empty() && text.find(part) != std::string::npos;
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
  if (program.kind == Program::kOther && !is_innocent(program.name)) {
    return program.name + " may print any text";
  }
  if (program.diverted) return program.name + " was sent elsewhere than to a service of the stack";
  for (const json::value& file : program.files) {
    if (!file.is_object()) continue;
    const std::string path = string_or(file.as_object(), "path", "");
    if (own.has_file(host, file.as_object())) return path + " is the player's own";
  }
  return "";
}

// A client without the SQL that it was given.
std::string client_of(const Program& program, const std::string& variables) {
  std::string line = variables;
  for (size_t i = 0; i < program.argv.size(); ++i) {
    const std::string& word = program.argv[i];
    if (word.starts_with("--command=")) continue;
    const bool is_cluster = word.size() > 1 && word[0] == '-' && word[1] != '-';
    const bool command = word == "--command" || (is_cluster && word.ends_with('c'));
    if (command) ++i;
    else if (!word.starts_with("-c")) line += (line.empty() ? "" : " ") + word;
  }
  return line;
}

std::string on_one_line(std::string text) {
  std::replace(text.begin(), text.end(), '\n', ' ');
  return text.substr(0, kLongestQuestion);
}

// What the program was asked; nothing when it asked nothing of the system.
std::vector<Question> questions(const Program& program, const std::string& typed,
                                const std::string& statement, const std::string& within,
                                const std::string& output, const PlayersOwn& own,
                                std::string& why) {
  std::vector<Question> asked;
  const std::string variables = text::joined(program.env, " ");
  if (program.kind == Program::kClient) {
    const SqlAsked sql = sql_asked(program, typed, statement);
    why = "no such statement was typed into it";  // it was given its own: its prompt is a forgery
    if (!statement.empty() && !sql_asked(program, "", "").from_input) return {};
    why = "it asked nothing of the server";
    const std::string client = statement.empty() ? client_of(program, variables) : within;
    if (!asks_server(sql.text, own.sql())) {
      // Whether it is let in is a question, too, where the words of its names are plain.
      if (!statement.empty() || client.find('"') != std::string::npos) return {};
      if (program.unseen || output.find("connection to server at") == std::string::npos) return {};
      Question& only = asked.emplace_back();
      only.text = on_one_line(client);
      only.of_sql = only.only_connects = true;
      return asked;
    }
    asked = questions_of(client, sql.text);
    if (sql.from_input) {
      // Not every word that a line feeds is SQL.
      std::erase_if(asked, [](const Question& one) { return !one.is_sql; });
      if (asked.empty()) asked.emplace_back().text = client + " " + typed;
    }
  } else if (program.kind == Program::kReader || program.kind == Program::kLister) {
    why = program.name + " read nothing of the system";
    if (!reads_the_system(program)) return {};
  } else if (program.kind != Program::kAsker) {
    why = program.name + " knows nothing of the system";
    return {};
  }
  why = "its output was not shown";
  if (program.unseen && !program.tells_by_errors) return {};
  if (program.kind != Program::kClient) {
    asked.emplace_back().text = variables + (variables.empty() ? "" : " ") + text::joined(program.argv, " ");
  }
  for (const json::value& file : program.files) {
    if (!file.is_object() || !statement.empty()) continue;
    for (Question& one : asked) one.text += " " + string_or(file.as_object(), "path", "");
  }
  for (Question& one : asked) one.text = on_one_line(one.text);
  return asked;
}

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

namespace {

// What spoils an observation; empty: nothing does.
std::string spoiled_by(const std::vector<Program>& programs, const TypedCommands& typed,
                       const std::vector<Question>& asked, const std::string& host,
                       const PlayersOwn& now) {
  for (const Program& program : programs) {
    if (const std::string why = spoils(program, host, now); !why.empty()) return why;
  }
  for (const std::string& path : typed.read) {
    if (now.has_file(host, {{"path", path}})) return "the shell read " + path;
  }
  const bool constants = std::any_of(asked.begin(), asked.end(), [](const Question& question) {
    return !question.constant.empty();
  });
  return builds_text(programs, typed, constants);
}

// What another host printed into a pipe is not of this one.
std::string without_lines(const std::string& output, std::vector<std::string> lines) {
  std::string kept;
  size_t from = 0;
  while (from < output.size()) {
    const size_t end = std::min(output.find('\n', from), output.size());
    const std::string line = output.substr(from, end - from);
    const auto found = std::find(lines.begin(), lines.end(), line);
    if (found == lines.end()) kept += line + "\n";
    else lines.erase(found);
    from = end + 1;
  }
  return kept;
}

// What was seen of other hosts while this command ran, when it entered any.
std::vector<std::string> lines_from_elsewhere(const json::object& observation,
                                              const std::vector<const json::object*>& earlier) {
  constexpr double kApart = 0.05;  // seconds
  const json::array& programs = list_of(observation, "programs");
  const bool enters = std::any_of(programs.begin(), programs.end(), [](const json::value& one) {
    const std::string path =
        one.is_object() ? string_or(one.as_object(), "path", "") : std::string();
    return path == "/usr/local/bin/on" || path == "/usr/local/bin/gameday";
  });
  std::vector<std::string> lines;
  if (!enters) return lines;
  for (const json::object* other : earlier) {
    if (string_or(*other, "host", "") == string_or(observation, "host", "") ||
        number_or(*other, "started", 0) < number_or(observation, "started", 0) - kApart ||
        number_or(*other, "ended", 0) > number_or(observation, "ended", 0) + kApart) {
      continue;
    }
    const std::string output = string_or(*other, "output", "");
    for (size_t from = 0; from < output.size();) {
      const size_t end = std::min(output.find('\n', from), output.size());
      if (end > from) lines.push_back(output.substr(from, end - from));
      from = end + 1;
    }
  }
  return lines;
}

// Filters may leave lines out, or give them another order.
bool runs_any(const std::vector<Program>& programs, std::initializer_list<const char*> names) {
  return std::any_of(programs.begin(), programs.end(), [&](const Program& program) {
    return program.files.empty() &&
           std::find(names.begin(), names.end(), program.name) != names.end();
  });
}

}  // namespace

Source source_of(const json::object& observation, const PlayersOwn& own,
                 const std::vector<std::string>& elsewhere) {
  Source source;
  source.output = string_or(observation, "output", "");
  if (!observation.contains("programs")) return source;
  source.watched = true;
  const std::string host = string_or(observation, "host", "");
  const std::string command = string_or(observation, "command", "");
  const std::string within = string_or(observation, "within", "");
  const std::string statement = within.empty() ? "" : command;
  const TypedLine typed = within.empty() ? typed_line(command) : TypedLine();
  const TypedCommands commands = within.empty() ? typed_commands(command) : TypedCommands();
  PlayersOwn now = own;  // a file that this very command writes is the player's, too
  if (within.empty()) now.note({{"host", host}, {"command", command}});
  std::vector<Program> programs;
  for (const json::value& value : list_of(observation, "programs")) {
    if (value.is_object()) programs.push_back(program_of(value.as_object()));
  }
  std::string why;
  std::vector<Question> asked;
  for (const Program& program : programs) {
    if (!statement.empty() && program.kind != Program::kClient) continue;
    std::string reason;
    const std::vector<Question> of_it =
        questions(program, command, statement, within, source.output, own, reason);
    asked.insert(asked.end(), of_it.begin(), of_it.end());
    // A client says more than the shell around it.
    const bool better = why.empty() || program.kind != Program::kOther;
    if (of_it.empty() && better && program.kind != Program::kHarmless) why = reason;
    if (!of_it.empty() && !statement.empty()) break;
  }
  const std::string spoiled = spoiled_by(programs, commands, asked, host, now);
  source.counts = spoiled.empty() && !asked.empty();
  if (!spoiled.empty()) source.why = spoiled;
  else if (!source.counts) source.why = why.empty() ? "the shell printed it, and no program" : why;
  std::vector<std::string> said = own.said_by(statement.empty() ? command : "");
  std::vector<std::string> by_shell = said_by_shell(commands);
  said.insert(said.end(), by_shell.begin(), by_shell.end());
  source.output = without_own_words(
      commands.pipes_a_host ? without_lines(source.output, elsewhere) : source.output,
      typed.spoken, std::move(said), programs, command, statement);
  if (!source.counts) return source;
  const bool ordered = !commands.parallel && !runs_any(programs, {"sort", "uniq", "tac", "shuf"});
  const bool whole = !runs_any(programs, {"grep", "head", "tail", "awk", "sed", "cut", "egrep"});
  source.replies = replies_of(asked, source.output, ordered, whole);
  return source;
}

Sources::Sources(const Journal& journal) {
  const Event* verified = journal.first(events::kVerified);
  PlayersOwn own(verified ? wall_of(verified->wall) : 0);
  std::vector<const json::object*> seen;
  for (const Event& event : journal.events) {
    if (event.kind != events::kObservation || !event.data.contains("programs")) continue;
    by_line_[event.seq] = source_of(event.data, own, lines_from_elsewhere(event.data, seen));
    own.note(event.data);
    seen.push_back(&event.data);
  }
}

const Source* Sources::of(const Event& observation) const {
  const auto found = by_line_.find(observation.seq);
  return found == by_line_.end() ? nullptr : &found->second;
}

}  // namespace gameday
