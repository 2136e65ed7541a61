#include "drill/recording/terminal_notices.hpp"

#include <sys/eventfd.h>
#include <unistd.h>

#include <algorithm>
#include <charconv>
#include <iterator>

#include "core/error.hpp"

namespace gameday {
namespace {

constexpr size_t kLongestPrompt = 8192;

// Set and reset of the alternate screen: "?1049h", "?47l", ….
bool is_screen_switch(std::string_view csi) {
  return csi.starts_with("?1049") || csi.starts_with("?1047") || csi == "?47h" || csi == "?47l";
}

}  // namespace

void Notices::post(const std::string& line) {
  const std::lock_guard lock(mutex_);
  lines_.push_back(line);
  for (const int event : events_) {
    const uint64_t one = 1;
    // It can only fail when it is readable already, which is what is wanted.
    if (::write(event, &one, sizeof one) < 0) continue;
  }
}

std::vector<std::string> Notices::after(size_t number) const {
  const std::lock_guard lock(mutex_);
  const size_t from = std::min(number, lines_.size());
  return {lines_.begin() + static_cast<long>(from), lines_.end()};
}

size_t Notices::count() const {
  const std::lock_guard lock(mutex_);
  return lines_.size();
}

Notices::Subscription::Subscription(Notices& notices)
    : notices_(notices), event_(::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK)) {
  if (!event_) throw_errno("terminal: eventfd");
  const std::lock_guard lock(notices_.mutex_);
  notices_.events_.insert(event_.get());
}

Notices::Subscription::~Subscription() {
  const std::lock_guard lock(notices_.mutex_);
  notices_.events_.erase(event_.get());
}

void Notices::Subscription::clear() const {
  uint64_t count = 0;
  if (::read(event_.get(), &count, sizeof count) < 0) return;  // nothing was posted
}

std::string NoticeWeaver::feed(std::string_view bytes) {
  std::string out;
  scanner_.feed(bytes, [&](const TerminalToken& token) { take(token, out); });
  return out;
}

void NoticeWeaver::take(const TerminalToken& token, std::string& out) {
  if (token.kind == TerminalToken::kOsc) {
    if (const auto mark = parse_mark(token.body)) {
      take_mark(*mark, out);
      if (!style_.keep_marks) return;
    }
  }
  if (token.kind == TerminalToken::kCsi && is_screen_switch(token.body)) {
    full_screen_ = token.body.back() == 'h';
  }
  // A line that is being edited may run over several rows; the end of bracketed paste ends it.
  if (token.kind == TerminalToken::kCsi && token.body == "?2004h") paste_marked_ = true;
  if (token.kind == TerminalToken::kCsi && token.body == "?2004l") {
    paste_marked_ = at_prompt_ = false;
  }
  if (token.kind == TerminalToken::kText) {
    const bool new_row = token.raw.find('\n') != std::string_view::npos;
    if (at_prompt_ && !paste_marked_ && new_row) at_prompt_ = false;
    const char last = token.raw.back();
    if (last != '\a') line_begun_ = last != '\n' && last != '\r';
  }
  if (style_.bare) {
    if (token.kind != TerminalToken::kText) return;
    std::copy_if(token.raw.begin(), token.raw.end(), std::back_inserter(out),
                 [](char c) { return c != '\r' && c != '\a'; });
    return;
  }
  out += token.raw;
  if (at_prompt_ && since_prompt_.size() <= kLongestPrompt) since_prompt_ += token.raw;
}

void NoticeWeaver::take_mark(const Mark& mark, std::string& out) {
  switch (mark.kind) {
    case Mark::kPromptStart:
      marks_seen_ = true;
      // Before the prompt is written: the best moment of all.
      if (!full_screen_) show(out);
      at_prompt_ = true;
      in_relay_ = inner_prompt_ = false;
      since_prompt_.clear();
      break;
    case Mark::kInputStart:
      if (style_.leave_mark) out += "\x1b]633;P;Prompt=1\a";
      break;
    case Mark::kOutputStart:
    case Mark::kFinished:
      marks_seen_ = true;
      at_prompt_ = false;
      break;
    case Mark::kProperty: {
      if (mark.text == "Relay") in_relay_ = !mark.value.empty();
      if (mark.text == "Prompt") inner_prompt_ = true;
      size_t number = 0;
      const char* end = mark.value.data() + mark.value.size();
      if (mark.text != "Notice" ||
          std::from_chars(mark.value.data(), end, number).ptr != end) break;
      number = std::min(number, known_);
      if (number > shown_) {
        waiting_.erase(waiting_.begin(), waiting_.begin() + static_cast<long>(number - shown_));
        shown_ = number;
      }
      break;
    }
    case Mark::kCommandLine: break;
  }
}

void NoticeWeaver::show(std::string& out) {
  if (waiting_.empty()) return;
  if (line_begun_) out += style_.bare ? "\n" : "\r\n";
  for (const std::string& line : waiting_) {
    out += style_.bare ? line + "\n" : "\x1b[1m" + line + "\x1b[0m\r\n";
  }
  line_begun_ = false;
  waiting_.clear();
  shown_ = known_;
  if (style_.leave_mark) out += "\x1b]633;P;Notice=" + std::to_string(shown_) + "\a";
}

// What the person sees after it: the notice, then the prompt and the text typed so far, below. The
// program behind the terminal learns nothing of it.
void NoticeWeaver::show_over_prompt(std::string& out) {
  if (!style_.bare) {
    out += "\r\n\x1b[J";
    line_begun_ = false;
  }
  show(out);
  if (since_prompt_.size() <= kLongestPrompt) out += since_prompt_;
  line_begun_ = !since_prompt_.empty();
}

std::string NoticeWeaver::post(const std::vector<std::string>& lines) {
  if (lines.empty()) return "";
  waiting_.insert(waiting_.end(), lines.begin(), lines.end());
  known_ += lines.size();
  std::string out = style_.bare ? "" : "\a";
  if (full_screen_) return out;
  // A shell that writes no marks has no better moment than now.
  if (at_prompt_) show_over_prompt(out);
  else if (!marks_seen_) show(out);
  return out;
}

std::string NoticeWeaver::finish() {
  std::string out;
  scanner_.finish([&](const TerminalToken& token) { take(token, out); });
  if (!style_.bare) {
    if (full_screen_) out += "\x1b[?1049l";
    // Bracketed paste off, cursor shown, plain characters: a killed program sets nothing back.
    out += "\x1b[?2004l\x1b[?25h\x1b[0m";
  }
  full_screen_ = false;
  show(out);
  return out;
}

}  // namespace gameday
