#include "drill/user_probe.hpp"

#include "drill/probes/stack_state.hpp"
#include "journal/events.hpp"

namespace gameday {

using namespace std::chrono_literals;

namespace {

constexpr int kFailingAnswersToVerify = 2;
constexpr double kServedSeconds = 2;
// Of all requests that ended in the last seconds: a fault is seen below the first, users are served
// again from the second on.
constexpr double kGoodShareBroken = 0.9, kGoodShareServed = 0.95;

UserAction action_of(const Scenario& scenario) {
  return scenario.probe == "read" ? UserAction::kRead : UserAction::kWrite;
}

bool is_good(const UserAnswer& answer, const Scenario& scenario) {
  return answer.status >= 200 && answer.status < 300 && answer.right &&
         answer.seconds * 1000 <= scenario.load.objective_ms;
}

std::string percent(double share) {
  return std::to_string(static_cast<int>(share * 100 + 0.5)) + " %";
}

std::string describe(const UserAnswer& answer) {
  if (answer.status == 0) return "no answer";
  const bool wrong = answer.status >= 200 && answer.status < 300 && !answer.right;
  return "HTTP " + std::to_string(answer.status) + " after " +
         std::to_string(static_cast<int>(answer.seconds * 1000)) + " ms" +
         (wrong ? ", without what was asked for" : "");
}

UserAnswer ask(const UserView& view) {
  const std::chrono::milliseconds limit(static_cast<int>(view.scenario.load.timeout_ms));
  return act_as_user(view.sandbox, action_of(view.scenario), deadline_in(limit));
}

std::string too_many_bad(double share) {
  return percent(1 - share) + " of requests fail or are slow";
}

}  // namespace

std::optional<std::string> wait_for_effect(const UserView& view, Deadline deadline) {
  int failing = 0;
  while (std::chrono::steady_clock::now() < deadline) {
    const UserAnswer answer = ask(view);
    failing = is_good(answer, view.scenario) ? 0 : failing + 1;
    if (failing >= kFailingAnswersToVerify) return describe(answer);
    // Where only a part of the requests suffers, two in a row may be long in coming.
    const double share = view.load.recent_good_share(2).value_or(1);
    if (share < kGoodShareBroken) return too_many_bad(share);
    if (!view.bell.wait(deadline_in(20ms))) throw Stopped{view.bell.stopped().value_or("")};
  }
  return std::nullopt;
}

UserProbe::UserProbe(const UserView& view, JournalWriter& journal, bool served)
    : view_(view), journal_(journal), served_(served) {
  thread_ = std::thread([this] {
    try {
      watch();
    } catch (const std::exception& error) {
      view_.bell.stop(error.what());  // the disk is full, or the stack is gone
    }
  });
}

UserProbe::~UserProbe() {
  going_ = false;
  view_.bell.ring();
  thread_.join();
}

void UserProbe::watch() {
  while (going_) {
    const UserAnswer answer = ask(view_);
    take(is_good(answer, view_.scenario), describe(answer));
    view_.bell.wait(deadline_in(250ms), [this] { return !going_.load(); });
  }
}

void UserProbe::take(bool good, const std::string& answer) {
  const double now = journal_.now_seconds();
  const double second = view_.load.recent_good_share(1).value_or(1);
  const double share = view_.load.recent_good_share(2).value_or(1);
  if (good && second >= kGoodShareBroken) {
    bad_in_a_row_ = 0;
    if (!good_since_) good_since_ = now;
    if (served_ || now - *good_since_ < kServedSeconds || share < kGoodShareServed) return;
    served_ = true;
    journal_.append(events::kServed, {{"served", true}, {"since", rounded(*good_since_, 3)}});
    return;
  }
  good_since_.reset();
  bad_in_a_row_ = good ? 0 : bad_in_a_row_ + 1;
  if (!served_ || (bad_in_a_row_ < kFailingAnswersToVerify && share >= kGoodShareBroken)) return;
  served_ = false;
  journal_.append(events::kServed, {{"served", false},
                                    {"since", rounded(now, 3)},
                                    {"detail", good ? too_many_bad(share) : answer}});
}

}  // namespace gameday
