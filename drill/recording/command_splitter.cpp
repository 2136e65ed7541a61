#include "drill/recording/command_splitter.hpp"

#include <algorithm>

#include "core/utf8.hpp"

namespace gameday {
namespace {

constexpr size_t kDeepest = 32;  // shells inside shells
constexpr size_t kLongestCommand = 8192;
constexpr size_t kMostPrograms = 100;  // of one command
constexpr size_t kMostKept = 2000;     // programs whose command has not ended

// psql tells no status; its errors begin a line.
std::optional<int> status_by_output(const std::string& output) {
  const std::string lines = "\n" + output;
  const bool failed = lines.find("\nERROR:") != std::string::npos ||
                      lines.find("\nFATAL:") != std::string::npos;
  return failed ? 1 : 0;
}

// A statement alone does not tell which server answered it; its prompt does.
std::string client_of(const std::string& server) {
  const bool local = server.empty() || server.starts_with('[');
  return local ? "psql" : "psql -h " + valid_utf8(server);
}

}  // namespace

void CommandSplitter::feed(std::string_view bytes, double now) {
  now_ = now;
  scanner_.feed(bytes, [this](const TerminalToken& token) { take(token); });
}

void CommandSplitter::ran(const std::vector<ProgramRun>& programs) {
  watched_ = true;
  ran_.insert(ran_.end(), programs.begin(), programs.end());
  // The oldest hold the client that a statement is typed into.
  if (ran_.size() > kMostKept) {
    ran_.erase(ran_.begin() + kMostKept / 4, ran_.end() - kMostKept / 4);
  }
}

json::array CommandSplitter::programs_between(double from, double to) const {
  json::array found;
  for (const ProgramRun& run : ran_) {
    if (run.at_seconds < from || run.at_seconds > to || found.size() >= kMostPrograms) continue;
    if (std::find(found.begin(), found.end(), json::value(run.what)) == found.end()) {
      found.emplace_back(run.what);
    }
  }
  return found;
}

void CommandSplitter::resize(int columns) {
  columns_ = columns;
  for (Shell& shell : shells_) shell.echo.resize(columns);
}

void CommandSplitter::begin(const std::string& command, double now) {
  now_ = now;
  Shell& shell = shells_.emplace_back();
  shell.state = Shell::kRunning;
  shell.command = command;
  shell.started = now;
}

void CommandSplitter::finish(std::optional<int> status, double now) {
  now_ = now;
  scanner_.finish([this](const TerminalToken& token) { take(token); });
  close_above(1);
  if (!shells_.empty()) end_command(shells_.back(), status);
  shells_.clear();
}

void CommandSplitter::take(const TerminalToken& token) {
  if (token.kind == TerminalToken::kOsc) {
    if (const auto mark = parse_mark(token.body)) take_mark(*mark);
    return;
  }
  if (token.kind == TerminalToken::kCsi) {
    if (token.body == "?2004h") paste_marked_ = true;
    if (token.body == "?2004l") paste_marked_ = false;
  }
  if (shells_.empty()) return;
  Shell& shell = shells_.back();
  if (shell.state == Shell::kPrompt || shell.state == Shell::kInput) {
    take_echo(shell, token);
    return;
  }
  if (token.kind == TerminalToken::kText) take_text(token.raw);
  // Full-screen programs place words with the cursor: keep them apart.
  const bool moves = token.kind == TerminalToken::kCsi && !token.body.empty() &&
                     std::string_view("ABEFGHJdf").find(token.body.back()) !=
                         std::string_view::npos;
  if (moves && !shell.output.empty()) take_text("\n");
}

// What a line editor writes while a line is typed. It goes from row to row by newlines, too; that
// the line was entered is told by the end of bracketed paste, or, without that, by a newline.
void CommandSplitter::take_echo(Shell& shell, const TerminalToken& token) {
  size_t end = std::string_view::npos;
  if (shell.state == Shell::kInput && token.kind == TerminalToken::kText && !paste_marked_) {
    end = token.raw.find('\n');
  }
  const bool entered = shell.state == Shell::kInput &&
                       (end != std::string_view::npos || token.body == "?2004l");
  if (token.kind == TerminalToken::kText) {
    shell.echo.take({token.kind, token.raw.substr(0, end), {}});
  } else {
    shell.echo.take(token);
  }
  if (!entered) return;
  shell.state = Shell::kEntered;
  shell.started = now_;
  shell.output.clear();
  if (end != std::string_view::npos) take_text(token.raw.substr(end + 1));
}

void CommandSplitter::take_text(std::string_view text) {
  Shell& shell = shells_.back();
  if (shell.state != Shell::kEntered && shell.state != Shell::kRunning) return;
  if (!shell.silent) shell.output.add(text);
}

void CommandSplitter::take_mark(const Mark& mark) {
  if (mark.kind == Mark::kPromptStart) {
    prompt_started(mark);
    return;
  }
  if (shells_.empty()) return;
  if (mark.kind == Mark::kProperty) {
    if (mark.text == "Relay") {
      shells_.back().silent = !mark.value.empty();
      shells_.back().entered_host = true;
    }
    return;
  }
  Shell& shell = shell_of(mark.aid);
  switch (mark.kind) {
    case Mark::kInputStart:
      shell.state = Shell::kInput;
      shell.echo.begin_input();
      break;
    case Mark::kCommandLine:
      shell.announced = mark.text.substr(0, kLongestCommand);
      break;
    case Mark::kOutputStart: {
      const std::string typed = shell.earlier_lines + shell.echo.text();
      shell.command = shell.announced.empty() ? typed : shell.announced;
      shell.announced.clear();
      shell.earlier_lines.clear();
      shell.output.clear();
      shell.silent = shell.entered_host = false;
      shell.started = now_;
      shell.began_wall = std::max(shell.ended_wall, mark.wall.value_or(0));
      shell.state = Shell::kRunning;
      break;
    }
    case Mark::kFinished:
      if (shell.state == Shell::kRunning) end_command(shell, mark.status, mark.wall);
      break;
    default: break;
  }
}

void CommandSplitter::prompt_started(const Mark& mark) {
  const bool known = std::any_of(shells_.begin(), shells_.end(),
                                 [&](const Shell& shell) { return shell.aid == mark.aid; });
  if (!known) {
    // A prompt of somebody new while a command runs: a shell inside the shell, which records itself
    // from here on. Otherwise it took the place of the one before.
    const bool inside = !shells_.empty() && shells_.back().state == Shell::kRunning;
    if (inside) shells_.back().silent = true;
    if (!shells_.empty() && (!inside || shells_.size() >= kDeepest)) {
      end_command(shells_.back(), std::nullopt);
      shells_.pop_back();
    }
    Shell& shell = shells_.emplace_back();
    shell.aid = mark.aid;
    shell.echo.resize(columns_);
  }
  Shell& shell = shell_of(mark.aid);
  if (!mark.continuation) {
    if (shell.state == Shell::kEntered || shell.state == Shell::kRunning) {
      end_command(shell, std::nullopt);
    }
    shell.earlier_lines.clear();
  } else if (shell.state == Shell::kEntered) {
    const std::string line = shell.echo.text();
    shell.earlier_lines += line.substr(0, kLongestCommand) + "\n";
    if (shell.earlier_lines.size() > kLongestCommand) shell.earlier_lines.resize(kLongestCommand);
  }
  shell.server = mark.server;
  shell.announced.clear();
  shell.echo.clear();
  shell.state = Shell::kPrompt;
}

CommandSplitter::Shell& CommandSplitter::shell_of(const std::string& aid) {
  if (!aid.empty()) {
    for (size_t depth = shells_.size(); depth > 0; --depth) {
      if (shells_[depth - 1].aid == aid) {
        close_above(depth);
        break;
      }
    }
  }
  return shells_.back();
}

// Ends the shells inside the first `depth`: the outer one speaks again, so they are gone.
void CommandSplitter::close_above(size_t depth) {
  while (shells_.size() > depth) {
    end_command(shells_.back(), std::nullopt);
    shells_.pop_back();
  }
}

void CommandSplitter::end_command(Shell& shell, std::optional<int> status,
                                  std::optional<double> wall) {
  const bool running = shell.state == Shell::kRunning;
  // psql marks its prompts only: a statement is what was typed at the prompt.
  const bool entered = shell.state == Shell::kEntered && shell.aid.starts_with("sql");
  shell.state = Shell::kIdle;
  if (!running && !entered) return;
  const auto depth = static_cast<size_t>(&shell - shells_.data());
  const double last = ran_.empty() ? shell.ended_wall : ran_.back().at_seconds;
  const double ended_wall = std::max(shell.began_wall, wall.value_or(last));
  // A statement's programs are those of the command that its client runs in.
  const double from = running ? shell.began_wall : depth > 0 ? shells_[depth - 1].began_wall : 0;
  RecordedCommand recorded;
  recorded.command = running ? shell.command : shell.earlier_lines + shell.echo.text();
  recorded.output = shell.output.text();
  recorded.status = running ? status : status_by_output(recorded.output);
  if (entered) recorded.within = client_of(shell.server);
  recorded.started = shell.started;
  recorded.ended = now_;
  if (watched_) recorded.programs = programs_between(from, running ? ended_wall : last);
  shell.ended_wall = ended_wall;
  if (depth == 0 && running) {
    std::erase_if(ran_, [&](const ProgramRun& run) { return run.at_seconds <= ended_wall; });
  }
  shell.output.clear();
  shell.earlier_lines.clear();
  const bool given_up = entered && recorded.command.ends_with("^C");
  // What the other host printed is its own recording; of a line that did nothing else none is left.
  const bool only_entered = shell.entered_host && recorded.output.find_first_not_of(" \n") ==
                                                      std::string::npos;
  if (only_entered || recorded.command.empty() || given_up) return;
  recorded.command = valid_utf8(recorded.command.substr(0, kLongestCommand));
  if (sink_) sink_(recorded);
}

}  // namespace gameday
