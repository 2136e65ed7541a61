#include "tests/web/browser.hpp"

#include <signal.h>

#include <cstdlib>

#include "core/error.hpp"
#include "core/http.hpp"
#include "core/tcp.hpp"

namespace gameday::testing {

using namespace std::chrono_literals;

namespace {

// What chromedriver prints when it listens on a port of its own choice.
int port_said(const std::string& text) {
  constexpr std::string_view kSaid = "started successfully on port ";
  const size_t at = text.find(kSaid);
  return at == std::string::npos ? 0 : std::atoi(text.c_str() + at + kSaid.size());
}

// With its own sandbox: the tests run as an ordinary user, for whom the kernel makes namespaces.
json::value capabilities() {
  return json::object{
      {"browserName", "chrome"},
      {"goog:loggingPrefs", json::object{{"browser", "ALL"}, {"performance", "ALL"}}},
      {"goog:chromeOptions",
       json::object{{"args", json::array{"--headless=new", "--disable-dev-shm-usage",
                                         "--disable-gpu", "--window-size=1280,1600",
                                         "--no-first-run", "--disable-background-networking",
                                         "--disable-component-update", "--disable-sync"}}}}};
}

}  // namespace

Browser::Browser() {
  // In a process namespace that goes with this process, whatever becomes of it: Chromium outlives a
  // driver that is killed.
  driver_ = std::make_unique<Program>(std::vector<std::string>{
      "setpriv", "--pdeathsig", "KILL", "unshare", "--user", "--map-current-user", "--pid", "--fork",
      "--kill-child", "--mount-proc", "chromedriver", "--port=0"});
  const bool started = eventually(20s, [this] { return (port_ = port_said(driver_->out())) > 0; });
  if (!started) throw Error("browser: chromedriver does not start: " + driver_->err());
  const json::object wanted{{"alwaysMatch", capabilities()}};
  const json::value made = command("POST", "/session", json::object{{"capabilities", wanted}});
  session_ = "/session/" + string_or(made.as_object(), "sessionId", "");
  command("POST", session_ + "/timeouts", json::object{{"script", 30000}, {"pageLoad", 30000}});
}

Browser::~Browser() {
  try {
    quit();
  } catch (const std::exception&) {
    // The test has failed before; Program kills the driver.
  }
}

void Browser::quit() {
  if (session_.empty()) return;
  const std::string session = std::move(session_);
  session_.clear();
  command("DELETE", session, nullptr);
  driver_->signal(SIGKILL);
  driver_->wait(10s);
}

json::value Browser::command(const std::string& method, const std::string& path,
                             const json::value& body) {
  HttpRequest request;
  request.method = method;
  request.target = path;
  request.headers = {{"Content-Type", "application/json"}};
  if (method == "POST") request.body = json::serialize(body);
  const HttpResponse response =
      http_request(tcp_connect("127.0.0.1", port_, deadline_in(5s)), request, deadline_in(60s));
  if (response.status == 0) throw Error("browser: " + path + ": " + response.reason);
  const json::value answer = parse_json(response.body, "browser: " + path);
  if (!response.ok()) throw Error("browser: " + path + ": " + response.body.substr(0, 2000));
  return answer.as_object().at("value");
}

void Browser::go(const std::string& url) {
  command("POST", session_ + "/url", json::object{{"url", url}});
  if (!becomes("document.documentElement.dataset.ready === 'yes'")) {
    throw Error("browser: the page does not get ready: " + url);
  }
}

json::value Browser::js(const std::string& script, json::array arguments) {
  return command("POST", session_ + "/execute/sync",
                 json::object{{"script", script}, {"args", std::move(arguments)}});
}

json::value Browser::async_js(const std::string& script, json::array arguments) {
  return command("POST", session_ + "/execute/async",
                 json::object{{"script", script}, {"args", std::move(arguments)}});
}

bool Browser::becomes(const std::string& expression) {
  return eventually(10s, [&] { return js("return Boolean(" + expression + ")") == json::value(true); });
}

void Browser::click(const std::string& selector) {
  const json::value found = command("POST", session_ + "/element",
                                    json::object{{"using", "css selector"}, {"value", selector}});
  const json::object& reference = found.as_object();
  command("POST",
          session_ + "/element/" + std::string(reference.begin()->value().as_string()) + "/click",
          json::object{});
}

void Browser::keys(const std::string& text) {
  const json::value element = command("GET", session_ + "/element/active", nullptr);
  const json::object& reference = element.as_object();
  command("POST",
          session_ + "/element/" + std::string(reference.begin()->value().as_string()) + "/value",
          json::object{{"text", text}});
}

json::value Browser::devtools(const std::string& name, json::object parameters) {
  return command("POST", session_ + "/goog/cdp/execute",
                 json::object{{"cmd", name}, {"params", std::move(parameters)}});
}

std::string Browser::screenshot() {
  const json::value shot = devtools("Page.captureScreenshot", {{"captureBeyondViewport", true}});
  return string_or(shot.as_object(), "data", "");
}

std::vector<std::string> Browser::complaints(const std::vector<std::string>& own) {
  std::vector<std::string> found;
  const json::value spoken =
      command("POST", session_ + "/se/log", json::object{{"type", "browser"}});
  for (const json::value& entry : spoken.as_array()) {
    const std::string level = string_or(entry.as_object(), "level", "");
    if (level == "SEVERE" || level == "WARNING") {
      found.push_back(level + ": " + string_or(entry.as_object(), "message", ""));
    }
  }
  const json::value traffic =
      command("POST", session_ + "/se/log", json::object{{"type", "performance"}});
  for (const json::value& entry : traffic.as_array()) {
    const json::value message =
        parse_json(string_or(entry.as_object(), "message", "{}"), "browser: performance");
    const json::value* method = find_path(message, {"message", "method"});
    const json::value* url = find_path(message, {"message", "params", "request", "url"});
    if (!method || *method != json::value("Network.requestWillBeSent") || !url) continue;
    const std::string address(url->as_string());
    bool is_own = address.starts_with("data:text/javascript;base64,");
    for (const std::string& prefix : own) is_own = is_own || address.starts_with(prefix);
    if (!is_own) found.push_back("request: " + address.substr(0, 200));
  }
  return found;
}

}  // namespace gameday::testing
