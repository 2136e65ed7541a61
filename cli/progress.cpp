#include "cli/progress.hpp"

#include <unistd.h>

#include <cstdio>
#include <cstdlib>

#include "core/text.hpp"
#include "drill/machine_watch.hpp"
#include "journal/events.hpp"
#include "journal/machine_use.hpp"

namespace gameday {

bool stderr_is_terminal() { return ::isatty(STDERR_FILENO) == 1; }

bool use_color(int fd) {
  const char* none = std::getenv("NO_COLOR");
  return ::isatty(fd) == 1 && !(none && *none);
}

namespace {

constexpr const char* kBold = "\033[1m";
constexpr const char* kRed = "\033[31m";
constexpr const char* kGreen = "\033[32m";
constexpr const char* kYellow = "\033[33m";
constexpr const char* kDim = "\033[2m";
constexpr const char* kEraseLine = "\r\033[K";
constexpr size_t kLiveLineBytes = 79;  // a line that wraps could not be erased

struct Line {
  std::string text;
  const char* color = "";
};

std::string figure(const json::object& object, const char* key, int digits = 1) {
  char text[40];
  std::snprintf(text, sizeof text, "%.*f", digits, number_or(object, key, 0));
  return text;
}

Line phase_line(const std::string& name) {
  if (name == "up") return {"starting the stack", kBold};
  if (name == "baseline") return {"users arrive; measuring what is normal", kBold};
  if (name == "inject") return {"the change behind the outage is made", kBold};
  if (name == "settle") return {"watching whether it holds", kBold};
  if (name == "down") return {"taking the stack down", kBold};
  return {};
}

Line interval_line(const json::object& data) {
  const std::string name = string_or(data, "name", "");
  if (name != "baseline" && name != "outage" && name != "settle") return {};
  return {name + ": " + figure(data, "users_affected_percent") + " % of users affected, " +
              figure(data, "requests_failed_percent") + " % of requests failed, p99 " +
              figure(data, "p99_ms", 0) + " ms",
          kDim};
}

Line act_line(const json::object& data) {
  const std::string at = string_or(data, "documented_at", "");
  std::string text = (at.empty() ? "" : at + "  ") + string_or(data, "who", "") + ": " +
                     string_or(data, "act", "");
  for (const char* key : {"target", "team", "text"}) {
    const std::string part = string_or(data, key, "");
    if (!part.empty()) text += (key == std::string("text") ? ": " : " ") + part;
  }
  return {text, string_or(data, "act", "") == "repair" ? kGreen : ""};
}

Line describe(const Event& event) {
  const json::object& data = event.data;
  const auto is = [&event](const char* kind) { return event.kind == kind; };
  if (is(events::kPhase)) return phase_line(string_or(data, "name", ""));
  if (is(events::kStack)) {
    return {"the stack is healthy after " + figure(data, "ready_seconds", 2) + " s", kGreen};
  }
  if (is(events::kChange)) return {"change log: " + string_or(data, "text", ""), kDim};
  if (is(events::kVerified)) {
    return {"users notice after " + figure(data, "after_seconds", 2) + " s: " +
                string_or(data, "detail", ""),
            kRed};
  }
  if (is(events::kPage)) {
    const std::string what = of_unknown_origin(data) ? "page of unknown origin: " : "page: ";
    return {what + string_or(data, "summary", ""), kRed};
  }
  if (is(events::kAlert)) {
    const std::string status = string_or(data, "status", "");
    return {"alert " + status + ": " + string_or(data, "name", ""),
            status == "firing" ? kYellow : kGreen};
  }
  if (is(events::kAct)) return act_line(data);
  if (is(events::kServed)) {
    return bool_or(data, "served", false) ? Line{"users are served again", kGreen}
                                          : Line{"users are not served", kRed};
  }
  if (is(events::kInterval)) return interval_line(data);
  if (is(events::kOrders)) {
    if (!data.if_contains("lost")) return {"orders: not looked up", kDim};
    return {"orders: " + figure(data, "acknowledged", 0) + " acknowledged, " +
                figure(data, "lost", 0) + " lost",
            kDim};
  }
  if (is(events::kMachine) && bool_or(data, "waiting", false)) {
    return {describe(machine_use_from_json(data)) + ": waiting for it, 30 s at most", kYellow};
  }
  if (is(events::kVoid)) return {"void: " + string_or(data, "why", ""), kRed};
  return {};
}

}  // namespace

std::string progress_line(const Event& event, double origin_seconds, bool color) {
  const Line line = describe(event);
  if (line.text.empty()) return "";
  char stamp[24];
  if (origin_seconds >= 0) {
    std::snprintf(stamp, sizeof stamp, "%+7.1f s  ", event.at_seconds - origin_seconds);
  } else {
    std::snprintf(stamp, sizeof stamp, "%7.1f s  ", event.at_seconds);
  }
  if (!color || !*line.color) return stamp + line.text;
  return std::string(stamp) + line.color + line.text + "\033[0m";
}

Progress::~Progress() {
  if (telling_ == Telling::kLiveLine) std::fprintf(stderr, "%s", kEraseLine);
}

void Progress::print(const std::string& line) {
  if (telling_ == Telling::kLiveLine) {
    const std::string text = text::one_line(prefix_ + line, kLiveLineBytes);
    std::fprintf(stderr, "%s%s", kEraseLine, text.c_str());
  } else {
    std::fprintf(stderr, "%s\n", line.c_str());
  }
}

void Progress::operator()(const Event& event) {
  if (telling_ == Telling::kNothing) return;
  const std::lock_guard lock(mutex_);
  if (event.kind == events::kPhase && string_or(event.data, "name", "") == "verified") {
    origin_seconds_ = event.at_seconds;
  }
  const bool color = telling_ == Telling::kLines && use_color(STDERR_FILENO);
  const std::string line = progress_line(event, origin_seconds_, color);
  if (!line.empty()) print(line);
}

void Progress::step(const std::string& text) {
  if (telling_ == Telling::kNothing) return;
  const std::lock_guard lock(mutex_);
  print("           " + text);
}

}  // namespace gameday
