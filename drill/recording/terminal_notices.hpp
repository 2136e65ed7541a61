// Lines that must reach the person at a terminal (a page, a team's answer) without disturbing what
// runs there: a bell at once, the line itself when the shell is at its prompt.
#pragma once

#include <mutex>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "core/fd.hpp"
#include "drill/recording/terminal_marks.hpp"

namespace gameday {

// The lines posted so far, numbered from 1. Thread-safe.
class Notices {
 public:
  void post(const std::string& line);
  std::vector<std::string> after(size_t number) const;
  size_t count() const;

  // While it lives, its descriptor becomes readable at each post.
  class Subscription {
   public:
    explicit Subscription(Notices& notices);
    ~Subscription();
    Subscription(const Subscription&) = delete;
    Subscription& operator=(const Subscription&) = delete;
    int fd() const { return event_.get(); }
    void clear() const;  // makes it unreadable until the next post

   private:
    Notices& notices_;
    UniqueFd event_;
  };

 private:
  mutable std::mutex mutex_;
  std::vector<std::string> lines_;
  std::set<int> events_;
};

// Weaves notices into one terminal's output. Pure: bytes in, bytes out. The line stands before the
// next prompt; at a prompt it is printed at once, and prompt and typed text are written again below
// it. A full-screen program is never written into. A notice that a relay inside this terminal has
// shown (it leaves a mark) is not shown again.
class NoticeWeaver {
 public:
  struct Style {
    bool keep_marks = true;  // else marks are taken out, for whoever reads the stream further on
    bool bare = false;       // no escape sequence at all: for pipes and files
    bool leave_mark = false; // tells an outer terminal what was shown here, and of our prompts
  };
  NoticeWeaver(Style style, size_t first) : style_(style), shown_(first), known_(first) {}

  // What to write to the terminal for these bytes of its program.
  std::string feed(std::string_view bytes);
  // New lines arrived: what to write now (a bell, or the lines when it is a good moment).
  std::string post(const std::vector<std::string>& lines);
  // The program has ended: what was not shown yet, and whatever brings the terminal back in order.
  std::string finish();

  bool at_prompt() const { return at_prompt_; }
  // A relay runs in this terminal; its shell has come to a prompt since the last forget_inner_prompt.
  bool in_relay() const { return in_relay_; }
  bool inner_prompt() const { return in_relay_ && inner_prompt_; }
  void forget_inner_prompt() { inner_prompt_ = false; }
  size_t known() const { return known_; }

 private:
  void take(const TerminalToken& token, std::string& out);
  void take_mark(const Mark& mark, std::string& out);
  void show(std::string& out);
  void show_over_prompt(std::string& out);

  Style style_;
  TerminalScanner scanner_;
  size_t shown_, known_;              // numbers of notices
  std::vector<std::string> waiting_;  // those between
  bool marks_seen_ = false;
  bool at_prompt_ = false;
  bool in_relay_ = false, inner_prompt_ = false;
  bool paste_marked_ = false;  // bracketed paste is on
  bool full_screen_ = false;
  bool line_begun_ = false;    // the cursor is not in the first column
  std::string since_prompt_;   // what the terminal was sent since the prompt began
};

}  // namespace gameday
