// The drill's append-only record, one JSON object a line: {"seq","at","wall","kind","data"}.
// Every event is on its way to the disk before append returns, so a crash loses nothing that was
// acknowledged. What each kind carries stands in journal/events.hpp.
//
// JournalWriter is thread-safe; Event and Journal are plain data.
#pragma once

#include <filesystem>
#include <functional>
#include <mutex>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "core/clock.hpp"
#include "core/fd.hpp"
#include "core/json.hpp"

namespace gameday {

struct Event {
  int64_t seq = 0;       // 1, 2, 3 … without gaps: also the line number in the file
  double at_seconds = 0; // machine time since the journal was opened
  std::string wall;      // ISO 8601, UTC
  std::string kind;
  json::object data;
};

struct Journal {
  std::vector<Event> events;
  bool truncated = false;  // the last line was cut off by a crash and is not among the events

  // The first or last event of a kind; null when there is none.
  const Event* first(std::string_view kind) const;
  const Event* last(std::string_view kind) const;
  // The moment the drill entered a phase, in machine seconds; negative when it never did.
  double phase_at(std::string_view name) const;
  // A member of the last event of a kind; null where there is no such event or member.
  json::value value(std::string_view kind, std::string_view key) const;
  // The event of the last closed interval of the workload that has this name; null for none.
  const Event* interval(std::string_view name) const;
};

// Whether an alert or a page is nobody's but its sender's: Prometheus did not have it.
bool of_unknown_origin(const json::object& data);

class JournalWriter {
 public:
  // Creates the file; it must not exist. Throws Error.
  JournalWriter(const std::filesystem::path& file, const Clock& clock);

  // Appends one event, whole or not at all, and returns it. Throws RecordError when the disk refuses (a
  // full disk).
  Event append(std::string_view kind, json::object data);

  // Says in an event `trouble` what went wrong where the drill goes on without it; the same place
  // says the same once, and no more than 200 are kept. Never throws: where the disk refuses, whoever
  // appends next ends the drill.
  void trouble(std::string_view where, std::string_view what) noexcept;

  // Called after every append, on the appending thread, outside the lock. Set before any append.
  void on_event(std::function<void(const Event&)> listener) { listener_ = std::move(listener); }

  double now_seconds() const;
  // The wall clock's time at a moment of this journal.
  WallTime wall_at(double at_seconds) const;

 private:
  const Clock& clock_;
  const std::chrono::steady_clock::time_point start_;
  std::mutex mutex_;
  UniqueFd file_;
  int64_t next_seq_ = 1;
  std::set<std::string> troubles_;
  std::function<void(const Event&)> listener_;
};

json::object to_json(const Event& event);

// Reads a whole journal. A last line without its end is dropped and reported as `truncated`; any
// other broken line is a usage Error with file and line.
Journal read_journal(const std::filesystem::path& file);

}  // namespace gameday
