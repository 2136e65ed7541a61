#include "drill/oncall/alertmanager_webhook.hpp"

#include <algorithm>
#include <condition_variable>
#include <mutex>
#include <set>
#include <thread>

#include "core/error.hpp"
#include "core/http.hpp"
#include "core/utf8.hpp"
#include "journal/events.hpp"

namespace gameday {

namespace {

using std::chrono::steady_clock;

// Whoever is root on the monitoring host can send whatever they like: it must not fill the journal.
constexpr size_t kLongestText = 2000, kLongestLabel = 200, kMostLabels = 30;
constexpr size_t kMostAlerts = 2000;  // that begin or end in one drill, and that wait to be judged
// Prometheus sends an alert before it stores it, and may be restarting at this moment.
constexpr auto kPatience = std::chrono::seconds(2), kPatienceUnanswered = std::chrono::seconds(5);
constexpr auto kHoldBack = std::chrono::seconds(15);
constexpr auto kAskAgainAfter = std::chrono::milliseconds(100);

std::string text_at(const json::object& object, std::string_view key) {
  return valid_utf8(string_or(object, key, "").substr(0, kLongestText));
}

// Empty, which is no alert's, when there are more than any of ours has.
AlertLabels labels_of(const json::object& object) {
  AlertLabels labels;
  if (object.size() > kMostLabels) return labels;
  for (const auto& label : object) {
    const std::string name = valid_utf8(std::string(label.key()).substr(0, kLongestLabel));
    labels[name] = text_at(object, label.key()).substr(0, kLongestLabel);
  }
  return labels;
}

std::string key_of(const AlertLabels& labels) {
  std::string key;
  for (const auto& [name, value] : labels) key += name + "\n" + value + "\n";
  return key;
}

}  // namespace

std::vector<ReceivedAlert> alerts_of(const std::string& body) {
  std::vector<ReceivedAlert> found;
  json::value document;
  try {
    document = parse_json(body, "webhook");
  } catch (const Error&) {
    return found;
  }
  const json::value* alerts = find_path(document, {"alerts"});
  if (!alerts || !alerts->is_array()) return found;
  const std::string receiver = text_at(document.as_object(), "receiver");
  const std::string group_key = text_at(document.as_object(), "groupKey");
  for (const json::value& entry : alerts->as_array()) {
    const json::value* labels = find_path(entry, {"labels"});
    const json::value* annotations = find_path(entry, {"annotations"});
    if (!labels || !labels->is_object()) continue;
    const auto label = [labels](const char* key) { return text_at(labels->as_object(), key); };
    const auto note = [annotations](const char* key) {
      const bool noted = annotations && annotations->is_object();
      return noted ? text_at(annotations->as_object(), key) : "";
    };
    json::object alert;
    alert["status"] = text_at(entry.as_object(), "status");
    alert["name"] = label("alertname");
    alert["severity"] = label("severity");
    alert["team"] = label("team");
    alert["summary"] = note("summary");
    alert["description"] = note("description");
    alert["runbook"] = note("runbook");
    alert["starts_at"] = text_at(entry.as_object(), "startsAt");
    alert["fingerprint"] = text_at(entry.as_object(), "fingerprint");
    alert["receiver"] = receiver;
    alert["group_key"] = group_key;
    AlertLabels all = labels_of(labels->as_object());
    json::object every;
    for (const auto& [name, value] : all) every[name] = value;
    alert["labels"] = std::move(every);
    const bool fires = string_or(alert, "status", "") == "firing";
    found.push_back({std::move(all), std::move(alert), fires});
  }
  return found;
}

// What comes is answered at once and judged on a thread of its own, so that a notification that
// nobody vouches for holds up no other.
struct Webhook::State {
  struct Pending {
    ReceivedAlert alert;
    std::string key;
    bool paging = false;  // when it came
    steady_clock::time_point came;
  };

  Host& monitoring;
  JournalWriter& journal;
  std::mutex mutex;
  std::condition_variable changed;
  std::vector<Pending> pending;
  // By labels: Alertmanager repeats itself. What nobody vouched for cannot hide what fires.
  std::set<std::string> firing, unknown;
  std::string setup;  // of Prometheus when nothing was broken; empty: not yet looked at
  size_t alerts = 0;
  int pages = 0;
  std::string first;                    // the alert that pages before any other; empty: whichever
  std::vector<json::object> held_back;  // until it has, or until:
  steady_clock::time_point hold_until;
  bool paging = false, ending = false;
  std::unique_ptr<HttpServer> server;
  std::thread judge;

  State(Host& host, JournalWriter& writer) : monitoring(host), journal(writer) {}

  void take(ReceivedAlert alert) {
    const std::string labels = key_of(alert.labels);
    const std::string key = labels + string_or(alert.event, "fingerprint", "");
    const std::lock_guard lock(mutex);
    const auto waits = [&](bool fires) {
      return std::any_of(pending.begin(), pending.end(), [&](const Pending& one) {
        return one.alert.fires == fires && one.key == key;
      });
    };
    const bool began = firing.contains(labels) || unknown.contains(key);
    const bool is_news = alert.fires ? !firing.contains(labels) : began || waits(true);
    if (!is_news || waits(alert.fires) || pending.size() >= kMostAlerts) return;
    pending.push_back({std::move(alert), key, paging, steady_clock::now()});
    changed.notify_all();
  }

  void judge_all() {
    std::unique_lock lock(mutex);
    for (;;) {
      const auto has_work = [this] { return ending || !pending.empty(); };
      if (held_back.empty()) {
        changed.wait(lock, has_work);
      } else if (!changed.wait_until(lock, hold_until, has_work)) {
        write(release_held(), lock);
        continue;
      }
      if (ending) break;
      const auto asked = steady_clock::now();
      lock.unlock();
      const auto view = ask_prometheus(monitoring);
      lock.lock();
      write(settle(view, asked), lock);
      if (pending.empty() || pending.back().came > asked) continue;  // not yet asked about
      changed.wait_for(lock, kAskAgainAfter, [this] { return ending; });
    }
    for (Pending& one : pending) one.came -= kPatienceUnanswered;
    write(settle(std::nullopt, steady_clock::now()), lock);
  }

  // The events of what is decided by this view, or has waited long enough; the rest stays pending.
  std::vector<std::pair<const char*, json::object>> settle(
      const std::optional<PrometheusView>& view, steady_clock::time_point asked) {
    std::vector<std::pair<const char*, json::object>> events;
    std::vector<Pending> left;
    std::set<std::string> undecided;  // an end is not judged before its beginning
    for (Pending& one : pending) {
      const bool answers = view && one.came <= asked && !undecided.contains(one.key);
      auto event = answers ? event_of_origin(one.alert, *view, setup) : std::nullopt;
      const auto patience = view ? kPatience : kPatienceUnanswered;
      const bool known = event.has_value();
      if (!known && steady_clock::now() - one.came < patience) {
        undecided.insert(one.key);
        left.push_back(std::move(one));
        continue;
      }
      const bool is_news = note(one, known);
      if (!is_news || ++alerts > kMostAlerts) continue;
      json::object alert = known ? std::move(*event) : std::move(one.alert.event);
      if (!known) alert["origin"] = "unknown";
      json::object page;
      const bool is_first = known && string_or(alert, "name", "") == first;
      if (one.alert.fires && one.paging && string_or(alert, "severity", "") == "page") {
        if (first.empty() || is_first || !known) page = page_of(alert);
        else held_back.push_back(alert);
      }
      events.emplace_back(events::kAlert, std::move(alert));
      if (page.empty()) continue;
      events.emplace_back(events::kPage, std::move(page));
      if (!is_first) continue;
      for (auto& other : release_held()) events.push_back(std::move(other));
    }
    pending = std::move(left);
    return events;
  }

  // The pages that waited for the first one; nobody waits any longer.
  std::vector<std::pair<const char*, json::object>> release_held() {
    std::vector<std::pair<const char*, json::object>> events;
    for (const json::object& alert : held_back) {
      events.emplace_back(events::kPage, page_of(alert));
    }
    held_back.clear();
    first.clear();
    return events;
  }

  // Keeps what fires; false when that was known before.
  bool note(const Pending& one, bool known) {
    const std::string labels = key_of(one.alert.labels);
    if (one.alert.fires) {
      return known ? firing.insert(labels).second
                   : !firing.contains(labels) && unknown.insert(one.key).second;
    }
    const bool ended = known && firing.erase(labels) > 0;
    return unknown.erase(one.key) > 0 || ended || firing.contains(labels);
  }

  // Outside the lock: listeners of the journal may take their time.
  void write(std::vector<std::pair<const char*, json::object>> events,
             std::unique_lock<std::mutex>& lock) {
    lock.unlock();
    for (auto& [kind, data] : events) journal.append(kind, std::move(data));
    lock.lock();
  }

  json::object page_of(const json::object& alert) {
    json::object page;
    page["id"] = "p" + std::to_string(++pages);
    page["source"] = "alert";
    page["severity"] = string_or(alert, "severity", "");
    page["summary"] = string_or(alert, "name", "") + ": " + string_or(alert, "summary", "");
    page["alert"] = string_or(alert, "name", "");
    page["text"] = string_or(alert, "description", "");
    page["since"] = string_or(alert, "starts_at", "");
    page["runbook"] = string_or(alert, "runbook", "");
    page["team"] = string_or(alert, "team", "");
    if (alert.contains("origin")) page["origin"] = alert.at("origin");
    return page;
  }
};

Webhook::Webhook(Host& monitoring, JournalWriter& journal)
    : state_(std::make_unique<State>(monitoring, journal)) {
  State* state = state_.get();
  state_->server = std::make_unique<HttpServer>(
      monitoring.listen(kWebhookPort),
      [state](const HttpRequest& request, const HttpServer::Respond& respond) {
        for (ReceivedAlert& alert : alerts_of(request.body)) state->take(std::move(alert));
        respond(make_response(200, "text/plain", ""));
      });
  state_->judge = std::thread([state] {
    try {
      state->judge_all();
    } catch (const std::exception& error) {
      state->journal.trouble("webhook: no alert is passed on any more", error.what());
    }
  });
}

Webhook::~Webhook() {
  state_->server.reset();
  {
    const std::lock_guard lock(state_->mutex);
    state_->ending = true;
  }
  state_->changed.notify_all();
  state_->judge.join();
}

void Webhook::learn_setup() {
  const auto view = ask_prometheus(state_->monitoring);
  const std::lock_guard lock(state_->mutex);
  if (view) state_->setup = view->setup;
}

void Webhook::start_paging(const std::string& first) {
  const std::lock_guard lock(state_->mutex);
  state_->first = first;
  state_->hold_until = steady_clock::now() + kHoldBack;
  state_->paging = true;
}

void Webhook::stop_paging() {
  const std::lock_guard lock(state_->mutex);
  state_->paging = false;
  state_->held_back.clear();
}

}  // namespace gameday
