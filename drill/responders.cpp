#include "drill/responders.hpp"

#include <algorithm>

#include "core/error.hpp"
#include "journal/events.hpp"

namespace gameday {

namespace {

constexpr size_t kKeptOutputBytes = 4096;

Deadline at_seconds(const Conductor& conductor, JournalWriter& journal, double after_verified) {
  const double left = conductor.verified_at() + after_verified - journal.now_seconds();
  return deadline_in(std::chrono::milliseconds(static_cast<int>(std::max(0.0, left) * 1000)));
}

}  // namespace

void Responders::wait_for_alert(double limit_seconds) {
  JournalWriter& journal = conductor_.journal();
  const auto paged = [this] { return conductor_.first_alert_at() >= 0; };
  bell_.wait(at_seconds(conductor_, journal, limit_seconds), paged);
  if (const auto reason = bell_.stopped()) throw Stopped{*reason};
}

void Responders::play(const std::vector<PlannedAct>& acts, double alert_limit_seconds) {
  wait_for_alert(alert_limit_seconds);
  JournalWriter& journal = conductor_.journal();
  // What came later than planned moves everything behind it, so that the order and the distances
  // between a signal and the act on it are kept.
  double shift = 0;
  const double reacted =
      std::max(0.0, conductor_.first_alert_at() - conductor_.verified_at()) + kReactionSeconds;
  for (const PlannedAct& planned : acts) {
    shift = std::max(shift, reacted - acts.front().at_seconds);
    bell_.wait(at_seconds(conductor_, journal, planned.at_seconds + shift));
    if (const auto reason = bell_.stopped()) throw Stopped{*reason};
    act(*planned.act);
    const double now = journal.now_seconds() - conductor_.verified_at();
    shift = std::max(shift, now - planned.at_seconds - 0.5);
  }
}

void Responders::run_commands(const ResponderAct& act, const std::vector<std::string>& commands,
                              const std::string& target, json::array& ran) {
  for (const std::string& host : resolve_target(conductor_.sandbox().topology(), target)) {
    for (const std::string& line : commands) run_command(act, line, host, ran);
  }
}

void Responders::run_command(const ResponderAct& act, const std::string& line,
                             const std::string& host, json::array& ran) {
  JournalWriter& journal = conductor_.journal();
  const double started = journal.now_seconds();
  Command command;
  command.argv = {"/bin/sh", "-c", line};
  const ExecResult result = conductor_.sandbox().host(host).exec(command, std::chrono::seconds(15));
  const std::string id = "o" + std::to_string(++observations_);
  cited_.push_back(id);
  const std::string output = (result.out + result.err).substr(0, kKeptOutputBytes);
  journal.append(events::kObservation, {{"id", id},
                                        {"host", host},
                                        {"by", act.who},
                                        {"command", line},
                                        {"output", output},
                                        {"status", result.status},
                                        {"started", rounded(started, 3)},
                                        {"ended", rounded(journal.now_seconds(), 3)}});
  ran.push_back(json::object{{"command", line}, {"status", result.status}, {"observation", id}});
  if (act.act != "inspect" && !result.ok()) {
    throw Error("replay: the documented " + act.act + " failed on " + host + ": " + line + ": " +
                output.substr(0, 300));
  }
}

void Responders::desk(const ResponderAct& act, const std::string& verb, json::object more) {
  more["verb"] = verb;
  more["by"] = act.who;
  conductor_.journal().append(events::kDesk, more);
}

// The documented people's answer, in the form that a trainee's takes.
void Responders::conclude(const ResponderAct& act) {
  json::object diagnosis;
  diagnosis["verdict"] = "fault";
  diagnosis["component"] = act.belief_component;
  diagnosis["class"] = act.belief_class;
  diagnosis["mechanism"] = act.belief_mechanism;
  diagnosis["trigger"] = act.belief_trigger;
  diagnosis["also"] = json::array(act.belief_also.begin(), act.belief_also.end());
  json::array evidence;
  // What they saw last, at their final place of search, is what convinced them.
  const size_t first = cited_.size() > 2 ? cited_.size() - 2 : 0;
  for (size_t i = first; i < cited_.size(); ++i) evidence.emplace_back(cited_[i]);
  diagnosis["evidence"] = evidence;
  diagnosis["text"] = act.text;
  diagnosis["by"] = act.who;
  conductor_.journal().append(events::kDiagnosis, diagnosis);
}

void Responders::act(const ResponderAct& act) {
  json::object event;
  event["started"] = rounded(conductor_.journal().now_seconds(), 3);
  event["who"] = act.who;
  event["act"] = act.act;
  event["target"] = act.target;
  event["text"] = act.text;
  event["documented_at"] = act.at.text;
  if (!act.team.empty()) event["team"] = act.team;
  event["belief"] = json::object{{"component", act.belief_component},
                                 {"class", act.belief_class},
                                 {"mechanism", act.belief_mechanism},
                                 {"trigger", act.belief_trigger}};
  json::array ran;
  if (act.act == "inspect" || act.act == "change") run_commands(act, act.commands, act.target, ran);
  if (act.act == "repair") {
    const auto& repairs = conductor_.plan().variant.repairs;
    const auto repair = std::find_if(repairs.begin(), repairs.end(), [&act](const Repair& one) {
      return one.id == act.using_repair;
    });
    if (repair == repairs.end()) throw usage_error("replay: no repair is named " + act.using_repair);
    event["using"] = repair->id;
    for (const Repair::Step& step : repair->steps) {
      run_commands(act, step.commands, step.target, ran);
    }
  }
  if (!ran.empty()) event["commands"] = ran;
  conductor_.journal().append(events::kAct, event);
  if (act.act == "conclude") conclude(act);
  if (act.act == "ack") desk(act, "ack", {});
  if (act.act == "declare") desk(act, "declare", {{"severity", act.severity}});
  if (act.act == "escalate") desk(act, "escalate", {{"team", act.team}, {"reason", act.text}});
  if (act.act == "update") {
    json::object update{{"impact", act.text}, {"action", act.text}};
    if (act.next_minutes > 0) update["next_minutes"] = act.next_minutes;
    desk(act, "update", std::move(update));
  }
}

}  // namespace gameday
