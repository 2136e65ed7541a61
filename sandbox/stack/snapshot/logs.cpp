#include "sandbox/stack/snapshot/logs.hpp"

#include <fcntl.h>
#include <sys/stat.h>

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <fstream>
#include <map>
#include <random>
#include <sstream>

#include "core/error.hpp"

namespace gameday::snapshot {

namespace {

namespace fs = std::filesystem;

constexpr int64_t kSecond = 1'000'000, kDay = 86'400 * kSecond;
constexpr uint64_t kTaiOffset = (uint64_t{1} << 62) + 10;

std::string formatted(int64_t at_us, const char* format) {
  const std::time_t seconds = at_us / kSecond;
  std::tm broken{};
  ::gmtime_r(&seconds, &broken);
  char text[96];
  return {text, std::strftime(text, sizeof text, format, &broken)};
}

std::string digits(int64_t value, int width) {
  std::string text = std::to_string(value);
  return std::string(std::max(0, width - static_cast<int>(text.size())), '0') + text;
}

struct Writer {
  const LogPlace& place;
  std::mt19937 dice;
  std::string stamp;
  int64_t took_ms = 0;  // of the request that a line tells about

  int between(int least, int most) {
    return least + static_cast<int>(dice() % static_cast<uint32_t>(most - least + 1));
  }

  std::string choice(const std::string& inside, int64_t at_us) {
    int least = 0, most = 0;
    if (inside == "net") return place.net;
    if (inside == "took") return std::to_string(took_ms);
    if (std::sscanf(inside.c_str(), "began %d-%d", &least, &most) == 2 && most >= least) {
      took_ms = between(least, most);
      const int64_t began_us = at_us - took_ms * 1000;
      return formatted(began_us, "%d/%b/%Y:%H:%M:%S.") + digits(began_us % kSecond / 1000, 3);
    }
    if (inside.starts_with('%')) return formatted(at_us, inside.c_str());
    if (inside.find('|') != inside.npos) {
      std::vector<std::string> words;
      std::istringstream parts(inside);
      for (std::string word; std::getline(parts, word, '|');) words.push_back(word);
      return words[dice() % words.size()];
    }
    if (std::sscanf(inside.c_str(), "%d-%d", &least, &most) == 2 && most >= least) {
      return std::to_string(between(least, most));
    }
    throw Error("snapshot: {" + inside + "}: neither a choice, a range, net nor a time");
  }

  std::string filled(const std::string& text, int64_t at_us) {
    std::string line;
    size_t from = 0;
    for (size_t open; (open = text.find('{', from)) != text.npos;) {
      const size_t close = text.find('}', open);
      if (close == text.npos) throw Error("snapshot: a { without its }");
      line += text.substr(from, open - from) + choice(text.substr(open + 1, close - open - 1), at_us);
      from = close + 1;
    }
    return line + text.substr(from);
  }

  LogLine line(const std::string& text, int64_t at_us) {
    std::string whole;
    if (stamp == "svlogd") {
      whole = formatted(at_us, "%Y-%m-%d_%H:%M:%S.") + digits(at_us % kSecond / 10, 5) + " ";
    } else if (stamp == "postgresql") {
      whole = formatted(at_us, "%Y-%m-%d %H:%M:%S.") + digits(at_us % kSecond / 1000, 3) + " UTC [" +
              std::to_string(between(40, 900)) + "] ";
    }
    return {at_us, whole + filled(text, at_us)};
  }
};

// Busiest now, as the machine is met in use, and quietest half a day away.
double activity(int64_t before_now_us) {
  return 0.65 + 0.35 * std::cos(2 * M_PI * static_cast<double>(before_now_us) / kDay);
}

int64_t clock_us(const std::string& days, const std::string& clock, int64_t now_us) {
  int back = 0, hour = 0, minute = 0, second = 0;
  if (std::sscanf(days.c_str(), "%d", &back) != 1 || back > 0 ||
      std::sscanf(clock.c_str(), "%d:%d:%d", &hour, &minute, &second) < 2) {
    throw Error("snapshot: " + days + " " + clock + ": wants -DAYS HH:MM");
  }
  return now_us / kDay * kDay + back * kDay + ((hour * 60 + minute) * 60 + second) * kSecond;
}

std::string rest_of(std::istringstream& words) {
  std::string text;
  std::getline(words >> std::ws, text);
  return text;
}

void take_rule(Writer& writer, const std::string& rule, int days, std::vector<LogLine>& lines) {
  const int64_t now = writer.place.now_us;
  std::istringstream words(rule);
  std::string kind;
  words >> kind;
  if (kind == "stamp") {
    words >> writer.stamp;
  } else if (kind == "every") {
    double minutes = 0;
    if (!(words >> minutes) || minutes <= 0) throw Error("snapshot: wants every MINUTES TEXT");
    const std::string text = rest_of(words);
    const double apart = minutes * 60 * kSecond;
    for (double back = apart * 0.3; back < static_cast<double>(days * kDay);) {
      const auto at = now - static_cast<int64_t>(back);
      lines.push_back(writer.line(text, at));
      back += apart * (0.5 + writer.between(0, 1000) / 1000.0) / activity(now - at);
    }
  } else if (kind == "at") {
    std::string back, clock;
    words >> back >> clock;
    const int64_t at = clock_us(back, clock, now) + writer.between(0, 999'999);
    const std::string text = rest_of(words);
    if (at < now && at > now - days * kDay) lines.push_back(writer.line(text, at));
  } else {
    throw Error("snapshot: " + kind + ": unknown: stamp, every or at");
  }
}

void set_time(const fs::path& path, int64_t at_us) {
  const timespec time{at_us / kSecond, at_us % kSecond * 1000};
  const timespec both[2] = {time, time};
  ::utimensat(AT_FDCWD, path.c_str(), both, AT_SYMLINK_NOFOLLOW);
}

void set_times(const fs::path& path, int64_t at_us) {
  if (!fs::exists(path)) throw Error("snapshot: times: " + path.string() + ": not there");
  if (fs::is_directory(path)) {
    for (const fs::directory_entry& each : fs::recursive_directory_iterator(path)) {
      set_time(each.path(), at_us);
    }
  }
  set_time(path, at_us);
}

}  // namespace

std::vector<LogLine> lines_of(const std::string& description, const LogPlace& place, int days) {
  const std::string seed = place.host + formatted(place.now_us, "%j") + description;
  Writer writer{place, std::mt19937(static_cast<uint32_t>(std::hash<std::string>{}(seed))), ""};
  std::vector<LogLine> lines;
  std::istringstream rules(description);
  for (std::string rule; std::getline(rules, rule);) {
    if (!rule.empty() && rule[0] != '#') take_rule(writer, rule, days, lines);
  }
  std::stable_sort(lines.begin(), lines.end(),
                   [](const LogLine& a, const LogLine& b) { return a.at_us < b.at_us; });
  return lines;
}

std::string tai64n_name(int64_t at_us) {
  char name[32];
  std::snprintf(name, sizeof name, "@%016llx%08x",
                static_cast<unsigned long long>(kTaiOffset + static_cast<uint64_t>(at_us / kSecond)),
                static_cast<unsigned>(at_us % kSecond * 1000));
  return name;
}

void write_logs(const fs::path& folder, const std::vector<LogLine>& lines, int64_t now_us) {
  std::map<int64_t, std::vector<const LogLine*>> by_day;
  for (const LogLine& line : lines) by_day[line.at_us / kDay].push_back(&line);
  for (const auto& [day, of_day] : by_day) {
    const bool over = day < now_us / kDay;
    // The first line after midnight makes svlogd rotate: a moment of its own.
    const int64_t rotated = (day + 1) * kDay + 1'000 * (7 + day % 900);
    const fs::path file = folder / (over ? tai64n_name(rotated) + ".s" : "current");
    std::ofstream output(file);
    for (const LogLine* line : of_day) output << line->text << "\n";
    output.close();
    if (!output) throw Error("snapshot: cannot write " + file.string());
    ::chmod(file.c_str(), 0744);  // whole; without it svlogd puts `current` aside as broken off
    set_time(file, of_day.back()->at_us);
  }
}

std::string change_log(const std::string& description, int64_t now_us) {
  std::string log;
  std::istringstream lines(description);
  for (std::string line; std::getline(lines, line);) {
    if (line.empty() || line[0] == '#') continue;
    std::istringstream words(line);
    std::string back, clock;
    words >> back >> clock;
    const int64_t at = clock_us(back, clock, now_us);
    if (at < now_us) log += formatted(at, "%Y-%m-%d %H:%M  ") + rest_of(words) + "\n";
  }
  return log;
}

void restore_times(const std::string& description, int64_t now_us) {
  std::istringstream lines(description);
  for (std::string line; std::getline(lines, line);) {
    if (line.empty() || line[0] == '#') continue;
    std::istringstream words(line);
    std::string back, clock;
    words >> back >> clock;
    set_times(rest_of(words), clock_us(back, clock, now_us));
  }
}

}  // namespace gameday::snapshot
