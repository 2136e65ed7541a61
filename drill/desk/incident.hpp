// What was said at the desk so far. Every change is an event in the journal before the method
// returns. Thread-safe; the state is handed out as a copy.
#pragma once

#include <map>
#include <mutex>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "journal/journal.hpp"
#include "scenarios/scenario.hpp"
#include "scorer/answer_form.hpp"

namespace gameday {

struct DeskLine {
  double at_seconds = 0;  // machine time of the journal
  std::string wall;       // ISO 8601
  std::string text;
};

struct DeskNote : DeskLine {
  std::string id;  // "n1", …
  std::string from;  // the trainee, or the team that answered
  bool looked = false;  // the team says what it saw on its hosts
};

struct DeskState {
  // Data of page events, with "at", "wall" and, once looked at, "observation" added. One that came
  // more than once stands once, with "repeats" and "again_at".
  std::vector<json::object> pages;
  std::optional<double> page_at;    // machine time of the first
  std::optional<double> acknowledged_at;  // of the first
  size_t acknowledged = 0;                // pages, the first ones
  std::string severity;
  std::vector<DeskNote> notes;
  std::vector<DeskLine> escalations;  // text: the team
  std::vector<DeskLine> updates;      // text: impact; action
  std::optional<double> next_update_at;
  size_t hints_taken = 0;
  double hint_at = 0;  // machine time of the last
  bool served_again = false;  // users are, after they were not
  size_t diagnoses = 0;
  std::optional<json::object> last_diagnosis;
  bool handed_over = false;
  bool resolved = false;
};

class DeskBook {
 public:
  DeskBook(JournalWriter& journal, std::string by) : journal_(journal), by_(std::move(by)) {}

  // What people at their terminals are to be told of an event.
  struct News {
    bool paged = false;               // the event is a page, and no repeat of one that still stands
    std::vector<json::object> ended;  // alerts that were paged, and have ended for good
  };
  // Learns of pages, of their ends, of how users are served and of teams' answers from the journal.
  // A page has ended when its alert has stayed away for some seconds and users are served; one that
  // comes again before that is counted.
  News take(const Event& event);

  DeskState state() const;
  // Keeps the id of the observation that a page became; pages count from 0.
  void observed_page(size_t page, const std::string& observation);
  double now_seconds() const { return journal_.now_seconds(); }
  // "13:20:45", UTC as the hosts' clocks and logs.
  std::string wall_at(double at_seconds) const;

  // Acknowledges the pages that were not yet, and returns them: none when there is nothing to
  // acknowledge.
  std::vector<json::object> acknowledge();
  void declare(const std::string& severity);
  std::string note(const std::string& text);  // the note's id
  void escalate(const std::string& team, const std::string& reason);
  void update(const std::string& impact, const std::string& action, double next_minutes);
  void hint(size_t number, const Hint& hint);
  void diagnose(const Diagnosis& diagnosis);
  void hand_over(const std::string& to, const std::string& text);
  bool resolve(const std::string& text);  // false: it was resolved before

 private:
  bool take_page(const Event& event);
  void take_alert(const Event& event);
  std::vector<json::object> ended_by(double at_seconds);
  Event say(const char* verb, json::object data);
  // Counts an entry before it is written. Throws a usage Error when the book is full.
  void admit();

  JournalWriter& journal_;
  const std::string by_;
  mutable std::mutex mutex_;
  DeskState state_;
  struct Ended {
    double at_seconds = 0;
    json::object alert;
  };
  std::map<std::string, Ended> quiet_;    // by what was paged: not told yet
  std::set<std::string> told_ended_;      // the next page of these is news
  bool users_suffer_ = false;
  size_t entries_ = 0;
};

}  // namespace gameday
