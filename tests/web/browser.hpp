// A headless Chromium for tests, driven by chromedriver over HTTP (the W3C WebDriver protocol). One
// browser per object; nothing of it is left when the object goes.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "core/json.hpp"
#include "tests/support/program.hpp"

namespace gameday::testing {

class Browser {
 public:
  // Throws Error when chromedriver or Chromium does not start.
  Browser();
  ~Browser();

  // Loads a page and waits until it says that it is ready (data-ready of its root element).
  void go(const std::string& url);
  // The value of a script's `return`; `async` ones call their last argument.
  json::value js(const std::string& script, json::array arguments = {});
  json::value async_js(const std::string& script, json::array arguments = {});
  // Waits until the expression is true; false when it is not within ten seconds.
  bool becomes(const std::string& expression);
  void click(const std::string& selector);
  // Keys go to what has the focus.
  void keys(const std::string& text);
  json::value devtools(const std::string& command, json::object parameters);
  // A PNG, as bytes in base64.
  std::string screenshot();

  // Since it was asked last: errors on the console, violations of a page's policy, and requests for
  // anything but what begins with one of `own`, one line each.
  std::vector<std::string> complaints(const std::vector<std::string>& own);

  pid_t driver() const { return driver_->pid(); }
  void quit();  // of the browser and its driver; they are gone then

 private:
  json::value command(const std::string& method, const std::string& path, const json::value& body);

  std::unique_ptr<Program> driver_;
  int port_ = 0;
  std::string session_;
};

}  // namespace gameday::testing
