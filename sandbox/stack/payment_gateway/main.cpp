// payment-gateway [--listen ADDRESS:PORT] [--answer-ms N]
//
// The payment upstream: POST /charge is approved after a fixed time, which no thread spends waiting.
#include <signal.h>

#include <atomic>
#include <cstdio>
#include <cstdlib>
#include <string>

#include "core/error.hpp"
#include "core/http.hpp"
#include "core/json.hpp"
#include "core/tcp.hpp"

namespace gameday {
namespace {

class Gateway {
 public:
  Gateway(UniqueFd listener, std::chrono::milliseconds answer_after)
      : answer_after_(answer_after),
        server_(std::move(listener), [this](HttpRequest request, HttpServer::Respond respond) {
          handle(request, std::move(respond));
        }) {}

  void stop() { server_.stop(std::chrono::seconds(2)); }

 private:
  void handle(const HttpRequest& request, HttpServer::Respond respond) {
    if (request.path() == "/health") return respond(make_response(200, "text/plain", "ok\n"));
    if (request.path() != "/charge") return respond(make_response(404, "text/plain", "no such page\n"));
    if (request.method != "POST") return respond(make_response(405, "text/plain", "POST only\n"));
    json::value body;
    try {
      body = parse_json(request.body, "charge");
    } catch (const Error& error) {
      return respond(make_response(400, "text/plain", std::string(error.what()) + "\n"));
    }
    const bool priced =
        body.is_object() && number_or(body.as_object(), "amount_cents", 0) > 0;
    if (!priced) return respond(make_response(422, "text/plain", "amount_cents is missing\n"));
    const std::string text = json::serialize(json::object{
        {"status", "approved"}, {"charge", "ch_" + std::to_string(next_charge_++)}});
    server_.after(answer_after_, [respond, text] {
      respond(make_response(200, "application/json", text));
    });
  }

  const std::chrono::milliseconds answer_after_;
  std::atomic<long long> next_charge_{100001};
  HttpServer server_;
};

int run(int argc, char** argv) {
  std::string listen = "0.0.0.0:8090";
  int answer_ms = 80;
  for (int i = 1; i < argc; ++i) {
    const std::string word = argv[i];
    if (word == "--listen" && i + 1 < argc) listen = argv[++i];
    else if (word == "--answer-ms" && i + 1 < argc) answer_ms = std::atoi(argv[++i]);
    else throw usage_error("payment-gateway: unknown argument " + word);
  }
  sigset_t ending;
  sigemptyset(&ending);
  sigaddset(&ending, SIGTERM);
  sigaddset(&ending, SIGINT);
  ::sigprocmask(SIG_BLOCK, &ending, nullptr);
  const size_t colon = listen.find(':');
  Gateway gateway(tcp_listen(listen.substr(0, colon), std::atoi(listen.c_str() + colon + 1)),
                  std::chrono::milliseconds(answer_ms));
  std::printf("level=info msg=started listen=%s answer_ms=%d\n", listen.c_str(), answer_ms);
  std::fflush(stdout);
  int signal = 0;
  ::sigwait(&ending, &signal);
  gateway.stop();
  std::printf("level=info msg=stopped\n");
  return 0;
}

}  // namespace
}  // namespace gameday

int main(int argc, char** argv) {
  try {
    return gameday::run(argc, argv);
  } catch (const gameday::Error& error) {
    std::fprintf(stderr, "%s\n", error.what());
    return error.exit_code();
  }
}
