// Receives Alertmanager's notifications (webhook version 4) on the monitoring host and writes them
// to the journal; the first that demands a person becomes a page. Anybody with a shell on that host
// can send some: each is held against what Prometheus says that it fires, and is of unknown origin
// when Prometheus does not say so within two seconds, or says nothing for five. At most 2000 alerts
// that begin or end are taken, their texts cut at 2000 bytes.
#pragma once

#include <memory>

#include "drill/oncall/alert_origin.hpp"
#include "journal/journal.hpp"
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

  // Keeps Prometheus' configuration and rules as they are now: what fires by others later is of
  // unknown origin. Without an answer nothing is compared.
  void learn_setup();
  // From now on a firing alert of severity `page` is also written as a page. With `first`, the name of
  // an alert, others wait until that one has paged, at most 15 s from now.
  void start_paging(const std::string& first = "");
  // And from now on no longer: the response is over.
  void stop_paging();

 private:
  struct State;
  std::unique_ptr<State> state_;
};

// The alerts of one notification. Pure; an unreadable body gives none.
std::vector<ReceivedAlert> alerts_of(const std::string& body);

}  // namespace gameday
