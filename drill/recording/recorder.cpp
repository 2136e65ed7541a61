#include "drill/recording/recorder.hpp"

#include <fcntl.h>

#include <algorithm>
#include <cerrno>
#include <cstring>

#include "core/error.hpp"
#include "core/file.hpp"
#include "core/utf8.hpp"
#include "journal/events.hpp"

namespace gameday {
namespace {

constexpr size_t kMostObservations = 5000;
constexpr int kMostCasts = 1000;

// Throws RecordError when the disk refuses.
void write_cast(int cast, const std::string& line) {
  try {
    append_whole(cast, line);
  } catch (const Error& error) {
    throw RecordError(std::string("recording: ") + error.what());
  }
}

// The part of `bytes` that ends with a complete character; the rest stays in `cut`.
std::string complete_characters(std::string& cut, std::string_view bytes) {
  cut += bytes;
  size_t end = cut.size();
  for (size_t back = 1; back <= 3 && back <= cut.size(); ++back) {
    const auto c = static_cast<unsigned char>(cut[cut.size() - back]);
    if ((c & 0xc0) == 0x80) continue;
    const size_t wanted = c >= 0xf0 && c < 0xf8 ? 4 : c >= 0xe0 ? 3 : c >= 0xc0 ? 2 : 1;
    if (c < 0xf8 && wanted > back) end -= back;
    break;
  }
  std::string complete = cut.substr(0, end);
  cut.erase(0, end);
  return complete;
}

// A cast keeps control characters (JSON escapes them) but must be UTF-8.
std::string cast_text(std::string_view bytes) {
  std::string text;
  size_t from = 0;
  for (size_t i = 0; i <= bytes.size(); ++i) {
    const bool control = i < bytes.size() && (static_cast<unsigned char>(bytes[i]) < 0x20 ||
                                              bytes[i] == 0x7f);
    if (!control && i < bytes.size()) continue;
    text += valid_utf8(bytes.substr(from, i - from));
    if (control) text += bytes[i];
    from = i + 1;
  }
  return text;
}

}  // namespace

bool is_desk_work(std::string_view command) {
  const size_t from = command.find_first_not_of(" \t\n");
  if (from == std::string_view::npos) return true;
  command.remove_prefix(from);
  command = command.substr(0, command.find_last_not_of(" \t\n;") + 1);
  for (const std::string_view word : {"clear", "quit", "\\q"}) {
    if (command == word) return true;
  }
  const std::string_view first = command.substr(0, command.find(' '));
  const std::string_view rest = command.substr(first.size());
  if (first == "exit" || first == "logout") {
    return rest.find_first_not_of(" 0123456789$?") == std::string_view::npos;
  }
  return (first == "gameday" || first == "/usr/local/bin/gameday") &&
         command.find_first_of(";|&\n`$(<>") == std::string_view::npos;
}

Recording::Recording(Recorder& recorder, const std::string& host, const std::string& by,
                     TerminalSize size, const std::string& command)
    : recorder_(recorder), host_(host), by_(by), opened_at_(recorder.journal_.now_seconds()),
      splitter_(size.columns, [this](const RecordedCommand& found) {
        recorder_.observe({"", host_, by_, found.command, found.output, found.status,
                           found.started, found.ended, found.within, found.programs, cast_name_});
      }) {
  const int number = ++recorder.casts_;
  if (number <= kMostCasts) {
    cast_name_ = std::to_string(number) + "-" + host + ".cast";
    const auto file = recorder.folder_ / cast_name_;
    cast_.reset(::open(file.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_APPEND | O_CLOEXEC, 0644));
    if (!cast_) throw RecordError("recording: cannot create " + file.string() + ": " +
                                  std::strerror(errno));
    json::object header;
    header["version"] = 2;
    header["width"] = size.columns;
    header["height"] = size.rows;
    header["timestamp"] = std::chrono::duration_cast<std::chrono::seconds>(
        std::chrono::system_clock::now().time_since_epoch()).count();
    header["title"] = host;
    header["env"] = json::object{{"SHELL", "/bin/bash"}, {"TERM", "xterm-256color"}};
    write_cast(cast_.get(), json::serialize(header) + "\n");
    recorder.journal_.append(events::kTerminal, {{"cast", cast_name_}, {"host", host}, {"by", by},
                                                 {"opened", rounded(opened_at_, 6)}});
  }
  if (!command.empty()) splitter_.begin(command, opened_at_);
}

Recording::~Recording() {
  try {
    finish(std::nullopt);
  } catch (const std::exception& error) {
    recorder_.journal_.trouble("recording of " + host_, error.what());
  }
}

void Recording::event(char kind, const std::string& text) {
  if (!cast_ || text.empty()) return;
  char time[32];
  std::snprintf(time, sizeof time, "%.6f", recorder_.journal_.now_seconds() - opened_at_);
  const std::string line = std::string("[") + time + ", \"" + kind + "\", " +
                           json::serialize(json::value(text)) + "]\n";
  if ((recorder_.cast_bytes_left_ -= static_cast<int64_t>(line.size())) < 0) {
    write_cast(cast_.get(), std::string("[") + time + ", \"m\", \"recording is full\"]\n");
    cast_.reset();
    return;
  }
  write_cast(cast_.get(), line);
}

void Recording::output(std::string_view bytes) {
  const std::lock_guard lock(mutex_);
  if (finished_) return;
  event('o', cast_text(complete_characters(cut_, bytes)));
  splitter_.feed(bytes, recorder_.journal_.now_seconds());
}

void Recording::ran(const ProgramRuns& programs) {
  if (!programs) return;
  const std::lock_guard lock(mutex_);
  if (!finished_) splitter_.ran(*programs);
}

void Recording::resize(TerminalSize size) {
  const std::lock_guard lock(mutex_);
  if (finished_) return;
  event('r', std::to_string(size.columns) + "x" + std::to_string(size.rows));
  splitter_.resize(size.columns);
}

void Recording::finish(std::optional<int> status) {
  const std::lock_guard lock(mutex_);
  if (finished_) return;
  finished_ = true;
  event('o', cast_text(cut_));
  cast_.reset();
  splitter_.finish(status, recorder_.journal_.now_seconds());
}

Recorder::Recorder(JournalWriter& journal, std::filesystem::path folder, int64_t cast_bytes)
    : journal_(journal), folder_(std::move(folder)), cast_bytes_left_(cast_bytes) {}

std::unique_ptr<Recording> Recorder::open(const std::string& host, const std::string& by,
                                          TerminalSize size, const std::string& command) {
  return std::make_unique<Recording>(*this, host, by, size, command);
}

std::string Recorder::observe(Observation observation) {
  if (is_desk_work(observation.command)) return "";
  json::object data;
  {
    const std::lock_guard lock(mutex_);
    if (observations_.size() >= kMostObservations) return "";
    observation.id = "o" + std::to_string(observations_.size() + 1);
    data = to_json(observation);
    observations_.push_back(observation);
  }
  journal_.append(events::kObservation, std::move(data));
  return observation.id;
}

std::vector<Observation> Recorder::observations() const {
  const std::lock_guard lock(mutex_);
  return observations_;
}

size_t Recorder::count() const {
  const std::lock_guard lock(mutex_);
  return observations_.size();
}

}  // namespace gameday
