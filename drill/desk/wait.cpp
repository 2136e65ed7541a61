#include "drill/desk/wait.hpp"

#include <poll.h>

#include <algorithm>
#include <cmath>

#include "core/error.hpp"
#include "drill/oncall/team_checks.hpp"

namespace gameday {
namespace {

using namespace std::chrono_literals;

// How users fare is no notice at anybody's terminal: it is looked at so often.
constexpr auto kBetweenLooks = 200ms;

// Whether a team has hosts to look at; if so, "we have it" is not its answer yet.
bool owns_hosts(const Topology& topology, const std::string& team) {
  const std::vector<std::string> owned = owned_teams(team);
  return std::any_of(topology.hosts.begin(), topology.hosts.end(), [&owned](const HostSpec& host) {
    return std::find(owned.begin(), owned.end(), host.team) != owned.end();
  });
}

// Whether the team that was asked last has said what it sees, or, without hosts, what it asks.
bool is_answered(const Topology& topology, const DeskState& state) {
  if (state.escalations.empty()) return false;
  const DeskLine& asked = state.escalations.back();
  const bool must_look = owns_hosts(topology, asked.text);
  return std::any_of(state.notes.begin(), state.notes.end(), [&](const DeskNote& note) {
    return note.from == asked.text && note.at_seconds >= asked.at_seconds &&
           (note.looked || !must_look);
  });
}

std::string what_came(WaitFor what, const DeskState& state) {
  switch (what) {
    case WaitFor::kPage: return "paged: " + string_or(state.pages.front(), "summary", "");
    case WaitFor::kAnswer:
      return state.escalations.back().text + " answered: see gameday notes";
    default: return "users are served again";
  }
}

}  // namespace

bool wait_for(DeskTurn& turn, double seconds,
              const std::function<bool(const DeskState&)>& condition) {
  const Notices::Subscription news(turn.setup.notices);
  const Deadline deadline = deadline_in(std::chrono::milliseconds(std::lround(seconds * 1000)));
  while (!condition(turn.book.state())) {
    const auto left = std::chrono::ceil<std::chrono::milliseconds>(
        deadline - std::chrono::steady_clock::now());
    if (left.count() <= 0) return false;
    pollfd fds[3] = {{news.fd(), POLLIN, 0}, {turn.stop_fd, POLLIN, 0},
                     {turn.person.fd(), POLLIN, 0}};
    const auto longest = std::min<std::chrono::milliseconds>(left, kBetweenLooks);
    ::poll(fds, 3, static_cast<int>(longest.count()));
    if (fds[1].revents != 0) {
      throw Error(std::string(turn.call.verb->name) + ": the drill ended before it came");
    }
    if (fds[2].revents != 0 && turn.person.receive(false).gone) {
      throw Error("desk: the caller has gone");
    }
    if (fds[0].revents != 0) news.clear();
  }
  return true;
}

DeskAnswer wait_verb(DeskTurn& turn) {
  const WaitCall call = parse_wait(turn.call);
  if (call.what == WaitFor::kGraded) {
    throw usage_error("wait: hosts end before the grade comes: wait for it in a terminal outside");
  }
  const Topology& topology = turn.setup.sandbox.topology();
  const bool came = wait_for(turn, call.seconds, [&](const DeskState& state) {
    if (call.what == WaitFor::kPage) return !state.pages.empty();
    return call.what == WaitFor::kServed ? state.served_again : is_answered(topology, state);
  });
  const std::string text = came ? what_came(call.what, turn.book.state())
                                : "wait: no " + call.name + " within " + call.limit;
  return {came ? 0 : 1, text + "\n",
          json::object{{"for", call.name}, {"came", came}, {"text", text}}, false};
}

}  // namespace gameday
