// Receives Alertmanager's notifications (webhook version 4) on the monitoring host and writes them
// to the journal; the first that demands a person becomes a page. At most 2000 alerts that begin or
// end are taken, their texts cut at 2000 bytes: anybody with a shell on that host can send more.
#pragma once

#include <memory>

#include "core/journal.hpp"
#include "sandbox/sandbox.hpp"

namespace gameday {

inline constexpr int kWebhookPort = 9095;

class Webhook {
 public:
  // Listens on 127.0.0.1:kWebhookPort of `monitoring` until destruction. Throws Error.
  Webhook(Host& monitoring, JournalWriter& journal);
  ~Webhook();
  Webhook(const Webhook&) = delete;
  Webhook& operator=(const Webhook&) = delete;

  // From now on a firing alert of severity `page` is also written as a page.
  void start_paging();
  // And from now on no longer: the response is over.
  void stop_paging();

 private:
  struct State;
  std::unique_ptr<State> state_;
};

// The events that one notification stands for. Pure; an unreadable body gives none.
std::vector<json::object> alerts_of(const std::string& body);

}  // namespace gameday
