#include "drill/webhook.hpp"

#include <atomic>
#include <mutex>
#include <set>

#include "core/error.hpp"
#include "core/events.hpp"
#include "core/http.hpp"
#include "drill/recording_text.hpp"

namespace gameday {

namespace {

// Whoever is root on the monitoring host can send whatever they like: it must not fill the journal.
constexpr size_t kLongestText = 2000;
constexpr int kMostAlerts = 2000;  // that begin or end in one drill

std::string text_at(const json::object& object, std::string_view key) {
  return valid_utf8(string_or(object, key, "").substr(0, kLongestText));
}

}  // namespace

std::vector<json::object> alerts_of(const std::string& body) {
  std::vector<json::object> found;
  json::value document;
  try {
    document = parse_json(body, "webhook");
  } catch (const Error&) {
    return found;
  }
  const json::value* alerts = find_path(document, {"alerts"});
  if (!alerts || !alerts->is_array()) return found;
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
    found.push_back(std::move(alert));
  }
  return found;
}

struct Webhook::State {
  JournalWriter& journal;
  std::mutex mutex;
  std::set<std::string> firing;  // fingerprints: Alertmanager repeats itself
  int alerts = 0, pages = 0;
  bool paging = false;
  std::unique_ptr<HttpServer> server;

  explicit State(JournalWriter& writer) : journal(writer) {}

  // A page is written at most once for each alert that begins to fire while paging.
  void take(const json::object& alert) {
    const std::string fingerprint = string_or(alert, "fingerprint", "");
    const bool fires = string_or(alert, "status", "") == "firing";
    json::object page;
    {
      const std::lock_guard lock(mutex);
      const bool is_news = fires ? firing.insert(fingerprint).second : firing.erase(fingerprint) > 0;
      if (!is_news || ++alerts > kMostAlerts) return;
      if (fires && paging && string_or(alert, "severity", "") == "page") page = page_of(alert);
    }
    journal.append(events::kAlert, alert);
    if (!page.empty()) journal.append(events::kPage, page);
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
    return page;
  }
};

Webhook::Webhook(Host& monitoring, JournalWriter& journal)
    : state_(std::make_unique<State>(journal)) {
  State* state = state_.get();
  state_->server = std::make_unique<HttpServer>(
      monitoring.listen(kWebhookPort), [state](const HttpRequest& request, const HttpServer::Respond& respond) {
        for (const json::object& alert : alerts_of(request.body)) state->take(alert);
        respond(make_response(200, "text/plain", ""));
      });
}

Webhook::~Webhook() { state_->server.reset(); }

void Webhook::start_paging() {
  const std::lock_guard lock(state_->mutex);
  state_->paging = true;
}

void Webhook::stop_paging() {
  const std::lock_guard lock(state_->mutex);
  state_->paging = false;
}

}  // namespace gameday
