// What each verb of the desk does. A verb answers with text and with a document; the desk prints
// one of them.
#pragma once

#include <mutex>
#include <string>

#include "drill/desk/caller.hpp"
#include "drill/desk/desk.hpp"
#include "drill/desk/usage.hpp"

namespace gameday {

struct DeskAnswer {
  int status = 0;
  std::string text;       // for a person, whole lines
  json::value document;   // for --json
  bool said = false;      // the verb has spoken for itself (a relayed shell)
};

struct DeskTurn {
  const VerbCall& call;
  Conversation& person;
  const DeskSetup& setup;
  DeskBook& book;
  std::mutex& one_at_a_time;  // held while a hint is taken, or pages become observations
  int stop_fd;        // becomes readable when the desk closes

  // Somebody sits there who can be asked.
  bool can_ask() const { return person.call().tty && !call.json; }
};

// Throws usage Errors for bad values, and Error when the journal fails or the caller has gone.
DeskAnswer answer_verb(DeskTurn& turn);

}  // namespace gameday
