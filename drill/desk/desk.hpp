// The trainee's side of a drill: answers the desk's verbs on any number of Unix sockets, one thread
// per caller. It never knows the truth; what it is told it writes to the journal before it answers.
//
// Thread-safe. Two callers who ask for a hint at once take the same one, and it counts once.
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "core/fd.hpp"
#include "drill/desk/incident.hpp"
#include "drill/desk/screens.hpp"
#include "drill/recording/recorder.hpp"
#include "drill/recording/terminal_notices.hpp"
#include "journal/journal.hpp"
#include "sandbox/sandbox.hpp"
#include "scenarios/scenario.hpp"
#include "scenarios/taxonomy.hpp"

namespace gameday {

struct DeskSetup {
  JournalWriter& journal;
  Sandbox& sandbox;
  const Taxonomy& taxonomy;
  Recorder& recorder;
  Notices& notices;
  std::vector<Hint> hints;
  double objective_ms = 500;
  std::string by = "trainee";
  // The interval object of the baseline; empty until it is measured. May be called at any time.
  std::function<json::object()> normal;
  std::function<std::string()> brief;  // what the trainee was told at the start
  std::function<std::vector<Dashboard>()> dashboards;
  // Something of ours failed (a full disk): called on the caller's thread, must not throw.
  std::function<void(const std::string& why)> failed;
  // In a drill with a tutor: what to say to an answer. Otherwise the reply is "recorded".
  std::function<std::string(const json::object& diagnosis)> tutor = nullptr;
  // Two requests for a hint that are no further apart are one.
  double same_moment_seconds = 1;
};

// Whom a listening socket admits.
enum class Door {
  kInside,   // a socket in a host: anyone there is the trainee
  kOutside,  // a socket of this machine: this user and root only
};

class Desk {
 public:
  explicit Desk(DeskSetup setup);
  ~Desk();  // stops
  Desk(const Desk&) = delete;
  Desk& operator=(const Desk&) = delete;

  // Answers callers in every host that a trainee may enter, from now on. Throws Error.
  void serve_hosts();
  // Answers callers of this socket from now on. May be called for several sockets.
  void serve(UniqueFd listening, Door door);
  // Hangs up on everyone, ends every shell opened through the desk, and waits for their threads.
  // May be called twice.
  void stop();

  // To be told every event of the journal: pages and answers reach the trainee by it.
  void take(const Event& event);

  DeskState state() const;

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace gameday
