// The documented people of a replay: they really run their commands on the stack, say what they
// believe, escalate, and repair. What they do goes to the journal as their acts and observations.
#pragma once

#include "drill/conductor.hpp"
#include "drill/story_clock.hpp"

namespace gameday {

class Responders {
 public:
  // Both outlive this object.
  Responders(Conductor& conductor, Bell& bell) : conductor_(conductor), bell_(bell) {}

  // Plays every act at its planned moment after the verified effect. Nobody acts before the first
  // alert has reached them, or `alert_limit` after the verified effect. Throws Stopped, or Error
  // when a repair's command fails.
  void play(const std::vector<PlannedAct>& acts, double alert_limit_seconds);

 private:
  void wait_for_alert(double limit_seconds);
  void act(const ResponderAct& act);
  // On every host that `target` means; what ran is appended to `ran`.
  void run_commands(const ResponderAct& act, const std::vector<std::string>& commands,
                    const std::string& target, json::array& ran);
  void run_command(const ResponderAct& act, const std::string& line, const std::string& host,
                   json::array& ran);
  void conclude(const ResponderAct& act);
  void desk(const ResponderAct& act, const std::string& verb, json::object more);

  Conductor& conductor_;
  Bell& bell_;
  int observations_ = 0;
  std::vector<std::string> cited_;
};

}  // namespace gameday
