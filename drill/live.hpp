// A drill that a person plays: a desk, a shell on the workstation, a page, and an end.
#pragma once

#include <functional>

#include "drill/conductor.hpp"
#include "drill/desk/desk.hpp"

namespace gameday {

// What is known when the desk opens, before anything happens.
struct Opening {
  std::string brief;
  json::array hosts;  // as the desk's map tells them
  json::object normal;
  std::vector<Dashboard> dashboards;
};

struct LiveSetup {
  std::string session_id;  // under which other terminals find the desk
  const Taxonomy* taxonomy = nullptr;
  bool at_terminal = true;  // else nobody sits here: it is played through the desk alone
  // Shown before the shell opens; returns when the person is ready. This and the next return at
  // once when `stop_fd` becomes readable: the drill is over.
  std::function<void(const Opening&, int stop_fd)> present;
  // Asked when the shell was left without `resolve`: true ends the drill.
  std::function<bool(int stop_fd)> confirm_leave;
  // Told once when the response is over and the probes begin.
  std::function<void(const std::string&)> say;
};

// Plays the drill on the calling thread's terminal (standard input and output), if somebody sits
// there. Ends as play_replay does.
void play_live(Conductor& conductor, Bell& bell, const LiveSetup& setup);

}  // namespace gameday
