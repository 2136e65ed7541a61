#include "journal/journal.hpp"

#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <fstream>
#include <sstream>

#include "core/error.hpp"
#include "core/file.hpp"
#include "journal/events.hpp"

namespace gameday {

const Event* Journal::first(std::string_view kind) const {
  for (const Event& event : events) {
    if (event.kind == kind) return &event;
  }
  return nullptr;
}

const Event* Journal::last(std::string_view kind) const {
  for (auto event = events.rbegin(); event != events.rend(); ++event) {
    if (event->kind == kind) return &*event;
  }
  return nullptr;
}

json::value Journal::value(std::string_view kind, std::string_view key) const {
  const Event* event = last(kind);
  const json::value* found = event ? event->data.if_contains(key) : nullptr;
  return found ? *found : json::value(nullptr);
}

const Event* Journal::interval(std::string_view name) const {
  const auto found = std::find_if(events.rbegin(), events.rend(), [&](const Event& event) {
    return event.kind == events::kInterval && string_or(event.data, "name", "") == name;
  });
  return found == events.rend() ? nullptr : &*found;
}

double Journal::phase_at(std::string_view name) const {
  for (const Event& event : events) {
    if (event.kind == events::kPhase && string_or(event.data, "name", "") == name) {
      return event.at_seconds;
    }
  }
  return -1;
}

JournalWriter::JournalWriter(const std::filesystem::path& file, const Clock& clock)
    : clock_(clock), start_(clock.now()) {
  file_.reset(::open(file.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_APPEND | O_CLOEXEC, 0644));
  if (!file_) throw_errno("journal: cannot create " + file.string());
}

double JournalWriter::now_seconds() const { return Seconds(clock_.now() - start_).count(); }

Event JournalWriter::append(std::string_view kind, json::object data) {
  Event event;
  {
    const std::lock_guard lock(mutex_);
    event.seq = next_seq_;
    event.at_seconds = rounded(now_seconds(), 6);
    event.wall = iso8601(clock_.wall());
    event.kind = kind;
    event.data = std::move(data);
    const std::string line = json::serialize(to_json(event)) + "\n";
    try {
      append_whole(file_.get(), line);
    } catch (const Error& error) {
      throw RecordError(std::string("journal: ") + error.what() +
                        ": free space under the drill folder and start a new drill");
    }
    ++next_seq_;
  }
  if (listener_) listener_(event);
  return event;
}

void JournalWriter::trouble(std::string_view where, std::string_view what) noexcept {
  constexpr size_t kMostTroubles = 200;
  try {
    {
      const std::lock_guard lock(mutex_);
      if (troubles_.size() >= kMostTroubles) return;
      if (!troubles_.insert(std::string(where) + "\n" + std::string(what)).second) return;
    }
    append(events::kTrouble, {{"where", where}, {"what", what}});
  } catch (const std::exception&) {
    // As promised: nothing was kept of it.
  }
}

WallTime JournalWriter::wall_at(double at_seconds) const {
  const Seconds since(now_seconds() - at_seconds);
  return clock_.wall() - std::chrono::duration_cast<WallTime::duration>(since);
}

bool of_unknown_origin(const json::object& data) {
  return string_or(data, "origin", "") == "unknown";
}

json::object to_json(const Event& event) {
  json::object object;
  object["seq"] = event.seq;
  object["at"] = event.at_seconds;
  object["wall"] = event.wall;
  object["kind"] = event.kind;
  object["data"] = event.data;
  return object;
}

namespace {

Event parse_event(const std::string& line, const std::string& where) {
  json::value value = parse_json(line, where);
  if (!value.is_object()) throw usage_error(where + ": not an event object");
  json::object& object = value.as_object();
  json::value* data = object.if_contains("data");
  Event event;
  event.seq = static_cast<int64_t>(number_or(object, "seq", 0));
  event.at_seconds = number_or(object, "at", 0);
  event.wall = string_or(object, "wall", "");
  event.kind = string_or(object, "kind", "");
  if (event.kind.empty() || !data || !data->is_object()) {
    throw usage_error(where + ": an event needs kind and data");
  }
  event.data = std::move(data->as_object());
  return event;
}

}  // namespace

Journal read_journal(const std::filesystem::path& file) {
  std::ifstream stream(file, std::ios::binary);
  if (!stream) throw usage_error("journal: cannot read " + file.string());
  std::stringstream all;
  all << stream.rdbuf();
  const std::string text = all.str();
  Journal journal;
  size_t from = 0;
  for (int line_number = 1; from < text.size(); ++line_number) {
    const size_t end = text.find('\n', from);
    if (end == std::string::npos) {
      journal.truncated = true;
      break;
    }
    const std::string where = file.string() + ":" + std::to_string(line_number);
    journal.events.push_back(parse_event(text.substr(from, end - from), where));
    from = end + 1;
  }
  return journal;
}

}  // namespace gameday
