// storefront CONFIG: the shop's web application. HUP reads the release again, TERM drains and ends.
#include <malloc.h>
#include <pthread.h>
#include <signal.h>

#include <cstdio>
#include <cstdlib>

#include "core/error.hpp"
#include "core/tcp.hpp"
#include "sandbox/stack/storefront/log.hpp"
#include "sandbox/stack/storefront/shop.hpp"

namespace gameday::storefront {
namespace {

// A hundred threads that mostly wait: small stacks and few arenas keep them cheap.
void be_frugal() {
  pthread_attr_t attributes;
  pthread_attr_init(&attributes);
  pthread_attr_setstacksize(&attributes, 256 * 1024);
  pthread_setattr_default_np(&attributes);
  pthread_attr_destroy(&attributes);
  ::mallopt(M_ARENA_MAX, 2);
}

int serve(const Config& config) {
  sigset_t handled;
  sigemptyset(&handled);
  for (const int number : {SIGTERM, SIGINT, SIGHUP}) sigaddset(&handled, number);
  ::pthread_sigmask(SIG_BLOCK, &handled, nullptr);
  ::signal(SIGPIPE, SIG_IGN);

  Shop shop(config);
  HttpServer server(tcp_listen(config.listen_address, config.listen_port),
                    [&shop](HttpRequest request, HttpServer::Respond respond) {
                      shop.handle(std::move(request), std::move(respond));
                    });
  log(Level::kInfo, "started", {{"port", std::to_string(config.listen_port)}});
  for (;;) {
    int number = 0;
    ::sigwait(&handled, &number);
    if (number != SIGHUP) break;
    shop.reload();
  }
  log(Level::kInfo, "draining");
  server.stop(config.drain);
  const bool quiet = shop.quiet();
  log(Level::kInfo, "stopped", {{"unfinished", quiet ? "no" : "yes"}});
  // Whoever still waits for the database has had its time; nobody waits for the answer any more.
  if (!quiet) std::_Exit(0);
  return 0;
}

}  // namespace
}  // namespace gameday::storefront

int main(int argc, char** argv) {
  using namespace gameday::storefront;
  if (argc != 2) {
    std::fprintf(stderr, "usage: storefront CONFIG\n");
    return 2;
  }
  try {
    be_frugal();
    return serve(read_config(argv[1]));
  } catch (const gameday::Error& error) {
    log(Level::kError, "cannot run", {{"error", error.what()}});
    return error.exit_code();
  }
}
