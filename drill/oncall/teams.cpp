#include "drill/oncall/teams.hpp"

#include <algorithm>
#include <chrono>

#include "core/error.hpp"
#include "core/utf8.hpp"
#include "drill/oncall/team_checks.hpp"
#include "journal/events.hpp"
#include "scenarios/scenario.hpp"

namespace gameday {

using namespace std::chrono_literals;

namespace {

constexpr auto kLookLimit = 20s;  // each takes milliseconds, on a busy machine seconds
constexpr size_t kKeptLookBytes = 2048;
constexpr size_t kQuestions = 2;

// "db1, db2 and lb".
std::string names_of(const std::vector<const HostSpec*>& hosts) {
  std::string names;
  for (size_t i = 0; i < hosts.size(); ++i) {
    const bool is_last = i + 1 == hosts.size();
    names += (i == 0 ? "" : is_last ? " and " : ", ") + hosts[i]->name;
  }
  return names;
}

double now_since_1970() {
  return std::chrono::duration<double>(std::chrono::system_clock::now().time_since_epoch()).count();
}

}  // namespace

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
  const std::string question = string_or(event.data, "reason", "");
  if (owns) {
    due_.push_back({now, team, Step::kLook, question});
    due_.push_back({acknowledged, team, Step::kAcknowledge, question});
    due_.push_back({acknowledged + seconds("report", 20, 90), team, Step::kReport, question});
  } else {
    due_.push_back({acknowledged, team, Step::kReport, question});
  }
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
      } catch (const std::exception& error) {
        setup_.journal.trouble("team " + due.team, error.what());
      }
      lock.lock();
      // Only now: until it has answered, a team is not asked again.
      std::erase_if(due_, [&](const Due& one) {
        return one.team == due.team && one.step == due.step;
      });
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
  if (due.step == Step::kLook) {
    seen_[due.team] = look_at(hosts);
    return;
  }
  json::object event{{"team", due.team}};
  if (hosts.empty()) {
    event["text"] = questions(due.team);
  } else if (due.step == Step::kAcknowledge) {
    event["text"] = "We have it. We look at " + names_of(hosts) +
                    " and report; repairs stay with you.";
  } else {
    Seen& seen = seen_[due.team];
    event["text"] = report(due, seen);
    event["looked"] = std::move(seen.looked);
    seen_.erase(due.team);
  }
  if (!stopping()) setup_.journal.append(events::kAnswer, std::move(event));
}

Teams::Seen Teams::look_at(const std::vector<const HostSpec*>& hosts) {
  Seen seen;
  seen.at = time_of_day(now_since_1970());
  std::mutex mutex;
  std::vector<std::thread> people;
  for (const HostSpec* spec : hosts) {
    people.emplace_back([&, spec] { look_at_host(*spec, seen, mutex); });
  }
  for (std::thread& person : people) person.join();
  return seen;
}

void Teams::look_at_host(const HostSpec& spec, Seen& seen, std::mutex& mutex) {
  for (size_t i = 0; i < team_looks().size(); ++i) {
    const TeamLook& look = team_looks()[i];
    if ((!look.role.empty() && look.role != spec.role) || stopping()) continue;
    Command command;
    command.argv = {"/bin/sh", "-c", std::string(look.command)};
    command.user = look.user;
    command.cwd = "/";
    ExecResult result;
    bool reached = true;
    try {
      result = setup_.sandbox.host(spec.name).exec(command, kLookLimit);
    } catch (const Error& error) {
      reached = false;
      setup_.journal.trouble("a team's look at " + spec.name, error.what());
    }
    const std::lock_guard lock(mutex);
    if (!reached) seen.unreached.insert(spec.name);
    seen.hosts[spec.name][i] = {team_facts(result.out), reached && result.ok()};
    const std::string said = reached ? result.out : "the host cannot be reached\n";
    seen.looked.push_back(json::object{{"host", spec.name},
                                       {"command", std::string(look.command)},
                                       {"output", valid_utf8(said.substr(0, kKeptLookBytes))}});
  }
}

std::string Teams::report(const Due& due, const Seen& seen) const {
  std::vector<SeenHost> all;
  for (const HostSpec* host : hosts_of(due.team)) {
    SeenHost one{host->name, {}, {}, !seen.unreached.contains(host->name)};
    const auto normal = normal_.hosts.find(host->name), now = seen.hosts.find(host->name);
    if (normal != normal_.hosts.end()) one.normal = normal->second;
    if (now != seen.hosts.end()) one.now = now->second;
    all.push_back(std::move(one));
  }
  return team_report(all, seen.at, due.question);
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
