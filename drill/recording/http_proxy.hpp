// A loopback port of this machine that leads to a web page inside a host, for a browser. The host is a
// trainee's, who is root there: nothing of the browser's own goes in (cookies, which ignore ports, and
// passwords), and no page of another origin comes in by a name that leads to 127.0.0.1.
#pragma once

#include <functional>
#include <memory>
#include <string>

#include "core/http.hpp"
#include "sandbox/sandbox.hpp"

namespace gameday {

class HttpProxy {
 public:
  // Told of each request and its answer (status 0: there was none), on a thread of the door's.
  using Listener = std::function<void(const HttpRequest&, const HttpResponse&,
                                      std::chrono::steady_clock::time_point started)>;

  // Listens on 127.0.0.1 until destruction; `what` is at `port` of `host` itself. At most 16 requests
  // at once, more are answered 503; those for another name than 127.0.0.1, localhost or [::1], with
  // whatever port, 421. Throws Error when no loopback port is to be had.
  HttpProxy(Host& host, int port, const std::string& what, Listener listener = nullptr);
  ~HttpProxy();  // breaks off what is under way

  int port() const;

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

// Whether a Host header names this machine's loopback. Any port: `ssh -L` changes it.
bool names_loopback(std::string_view host);

}  // namespace gameday
