#include "drill/teams.hpp"

#include <algorithm>
#include <charconv>
#include <sstream>

#include "core/error.hpp"
#include "core/events.hpp"
#include "drill/recording_text.hpp"
#include "drill/team_looks.hpp"
#include "scenarios/scenario.hpp"

namespace gameday {

using namespace std::chrono_literals;

namespace {

constexpr auto kLookLimit = 20s;  // each takes milliseconds, on a busy machine seconds
constexpr size_t kKeptLookBytes = 2048;
constexpr size_t kMostDifferences = 8;  // of one host; a person would stop counting, too
constexpr size_t kQuestions = 2;

std::map<std::string, std::string> facts_of(const std::string& output) {
  std::map<std::string, std::string> facts;
  std::istringstream lines(output);
  for (std::string line; std::getline(lines, line);) {
    if (line.empty()) continue;
    const size_t colon = line.find(": ");
    if (colon == std::string::npos) facts[line] = "";
    else facts[line.substr(0, colon)] = line.substr(colon + 2);
  }
  return facts;
}

std::optional<double> number_in(const std::string& text) {
  double value = 0;
  const auto parsed = std::from_chars(text.data(), text.data() + text.size(), value);
  if (parsed.ec != std::errc() || parsed.ptr != text.data() + text.size()) return std::nullopt;
  return value;
}

bool differ(const std::string& normal, const std::string& now) {
  if (normal == now) return false;
  const auto a = number_in(normal), b = number_in(now);
  if (!a || !b) return true;
  const double low = std::min(*a, *b), high = std::max(*a, *b);
  return high > 3 * low && high - low > 10;
}

std::string joined(const std::vector<std::string>& parts, const std::string& between) {
  std::string all;
  for (const std::string& part : parts) all += (all.empty() ? "" : between) + part;
  return all;
}

std::string list_of(std::vector<std::string> names) {
  if (names.size() < 2) return joined(names, "");
  const std::string last = names.back();
  names.pop_back();
  return joined(names, ", ") + " and " + last;
}

// What was looked at on these hosts: "services, routes, firewall".
std::string topics(const std::vector<const HostSpec*>& hosts) {
  std::vector<std::string> all;
  for (const TeamLook& look : team_looks()) {
    const bool used = look.role.empty() ||
                      std::any_of(hosts.begin(), hosts.end(), [&](const HostSpec* host) {
                        return host->role == look.role;
                      });
    if (used && std::find(all.begin(), all.end(), look.what) == all.end()) all.emplace_back(look.what);
  }
  return list_of(all);
}

std::vector<std::string> names_of(const std::vector<const HostSpec*>& hosts) {
  std::vector<std::string> names;
  for (const HostSpec* host : hosts) names.push_back(host->name);
  return names;
}

}  // namespace

std::vector<std::string> differences(const std::map<std::string, std::string>& normal,
                                     const std::map<std::string, std::string>& now) {
  std::vector<std::string> found;
  for (const auto& [key, value] : now) {
    const auto before = normal.find(key);
    if (before == normal.end()) {
      found.push_back("new: " + key + (value.empty() || value[0] == '#' ? "" : ": " + value));
    } else if (differ(before->second, value)) {
      found.push_back(value.starts_with('#')
                          ? key + ": not as it was"
                          : key + " is " + value + ", normally " + before->second);
    }
  }
  for (const auto& [key, value] : normal) {
    if (!now.contains(key)) {
      found.push_back("missing: " + key + (value.empty() || value[0] == '#' ? "" : ": " + value));
    }
  }
  return found;
}

Teams::Teams(TeamsSetup setup) : setup_(setup), worker_([this] { work(); }) {}

Teams::~Teams() { stop(); }

void Teams::stop() {
  {
    const std::lock_guard lock(mutex_);
    stopping_ = true;
  }
  changed_.notify_all();
  if (worker_.joinable()) worker_.join();
}

bool Teams::stopping() const {
  const std::lock_guard lock(mutex_);
  return stopping_;
}

void Teams::learn_normal() {
  std::vector<const HostSpec*> owned;
  for (const HostSpec& host : setup_.sandbox.topology().hosts) {
    if (!host.team.empty()) owned.push_back(&host);
  }
  normal_ = look_at(owned);
}

void Teams::take(const Event& event) {
  if (event.kind != events::kDesk || string_or(event.data, "verb", "") != "escalate") return;
  const std::string team = string_or(event.data, "team", "");
  const std::lock_guard lock(mutex_);
  const bool owes = std::any_of(due_.begin(), due_.end(),
                                [&](const Due& one) { return one.team == team; });
  if (stopping_ || owes) return;
  // The same seed, team and call: the same delays.
  const std::string name = team + std::to_string(++asked_[team]);
  const auto seconds = [&](const char* what, size_t from, size_t to) {
    const double length =
        static_cast<double>(from + draw_index(setup_.seed, name + what, to - from + 1));
    return std::chrono::duration_cast<std::chrono::steady_clock::duration>(
        std::chrono::duration<double>(length * setup_.delay_scale));
  };
  const auto now = std::chrono::steady_clock::now();
  const bool owns = !hosts_of(team).empty();
  const auto acknowledged = now + seconds("ack", 60, owns ? 90 : 180);
  due_.push_back({acknowledged, team, !owns});
  if (owns) due_.push_back({acknowledged + seconds("report", 20, 90), team, true});
  changed_.notify_all();
}

void Teams::work() {
  std::unique_lock lock(mutex_);
  while (!stopping_) {
    const auto next = std::min_element(due_.begin(), due_.end(),
                                       [](const Due& a, const Due& b) { return a.at < b.at; });
    if (next == due_.end()) {
      changed_.wait(lock);
    } else if (next->at > std::chrono::steady_clock::now()) {
      // A copy: take() may move the entries while this waits.
      const auto until = next->at;
      changed_.wait_until(lock, until);
    } else {
      const Due due = *next;
      lock.unlock();
      try {
        answer(due);
      } catch (const std::exception&) {
        // The stack is gone or the journal full: whoever waits for either says so.
      }
      lock.lock();
      // Only now: until it has answered, a team is not asked again.
      std::erase_if(due_, [&](const Due& one) { return one.team == due.team && one.at == due.at; });
    }
  }
}

std::vector<const HostSpec*> Teams::hosts_of(const std::string& team) const {
  const std::vector<std::string> owned = owned_teams(team);
  std::vector<const HostSpec*> hosts;
  for (const HostSpec& host : setup_.sandbox.topology().hosts) {
    if (std::find(owned.begin(), owned.end(), host.team) != owned.end()) hosts.push_back(&host);
  }
  return hosts;
}

void Teams::answer(const Due& due) {
  const std::vector<const HostSpec*> hosts = hosts_of(due.team);
  json::object event{{"team", due.team}};
  if (hosts.empty()) {
    event["text"] = questions(due.team);
  } else if (!due.report) {
    event["text"] = "We have it. We look at " + list_of(names_of(hosts)) +
                    " and report; repairs stay with you.";
  } else {
    Seen seen = look_at(hosts);
    event["text"] = report(hosts, seen);
    event["looked"] = std::move(seen.looked);
  }
  if (!stopping()) setup_.journal.append(events::kAnswer, std::move(event));
}

Teams::Seen Teams::look_at(const std::vector<const HostSpec*>& hosts) {
  Seen seen;
  std::mutex mutex;
  std::vector<std::thread> people;
  for (const HostSpec* spec : hosts) {
    people.emplace_back([&, spec] {
      for (const TeamLook& look : team_looks()) {
        if ((!look.role.empty() && look.role != spec->role) || stopping()) continue;
        Command command;
        command.argv = {"/bin/sh", "-c", std::string(look.command)};
        command.user = look.user;
        command.cwd = "/";
        std::string output;
        bool timed_out = false;
        try {
          ExecResult result = setup_.sandbox.host(spec->name).exec(command, kLookLimit);
          output = std::move(result.out);
          timed_out = result.timed_out;
        } catch (const Error&) {
          output = "the host: cannot be reached\n";
        }
        const std::lock_guard lock(mutex);
        seen.hosts[spec->name].merge(facts_of(output));
        if (timed_out) seen.cut_short.insert(spec->name);
        seen.looked.push_back(json::object{{"host", spec->name},
                                           {"command", std::string(look.command)},
                                           {"output", valid_utf8(output.substr(0, kKeptLookBytes))}});
      }
    });
  }
  for (std::thread& person : people) person.join();
  return seen;
}

std::string Teams::report(const std::vector<const HostSpec*>& hosts, const Seen& seen) const {
  std::string text;
  std::vector<std::string> healthy;
  for (const HostSpec* host : hosts) {
    const auto normal = normal_.hosts.find(host->name);
    const auto now = seen.hosts.find(host->name);
    std::vector<std::string> found;
    if (normal == normal_.hosts.end() || normal_.cut_short.contains(host->name)) {
      // Against a normal that was never seen everything would be new.
      text += (text.empty() ? "Of " : " Of ") + host->name +
              " we cannot say what is new: nobody saw all of it while it was well.";
      continue;
    }
    if (seen.cut_short.contains(host->name)) {
      text += (text.empty() ? "We could not see all of " : " We could not see all of ") + host->name +
              ": it answers too slowly.";
      continue;
    }
    if (now != seen.hosts.end()) {
      found = differences(normal->second, now->second);
    }
    if (found.empty()) {
      healthy.push_back(host->name);
      continue;
    }
    if (found.size() > kMostDifferences) {
      const size_t more = found.size() - kMostDifferences;
      found.resize(kMostDifferences);
      found.push_back("and " + std::to_string(more) + " more");
    }
    text += (text.empty() ? "On " : " On ") + host->name + ": " + joined(found, "; ") + ".";
  }
  if (text.empty()) {
    return "Our part is healthy: " + list_of(healthy) + (healthy.size() == 1 ? " looks" : " look") + " as always. We looked at " +
           topics(hosts) + ".";
  }
  return healthy.empty() ? text : text + " " + list_of(healthy) + " as always.";
}

std::string Teams::questions(const std::string& team) {
  const auto& all = team_questions(team);
  if (all.empty()) return "We own no machine of this service.";
  size_t calls = 0;
  {
    const std::lock_guard lock(mutex_);
    calls = asked_[team] - 1;
  }
  // They go on where they ended the last time.
  const size_t first = draw_index(setup_.seed, team, all.size()) + calls * kQuestions;
  std::string text;
  for (size_t i = 0; i < kQuestions; ++i) {
    text += (text.empty() ? "" : " ") + std::string(all[(first + i) % all.size()]);
  }
  return text;
}

}  // namespace gameday
