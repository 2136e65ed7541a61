#include "drill/recording/prometheus_proxy.hpp"

#include "core/utf8.hpp"
#include "drill/recording/prometheus_look.hpp"

namespace gameday {

PrometheusProxy::PrometheusProxy(Host& host, int port, Recorder& recorder, std::string by)
    : door_(host, port, "Prometheus",
            [&recorder, name = host.spec().name, who = std::move(by)](
                const HttpRequest& request, const HttpResponse& response,
                std::chrono::steady_clock::time_point started) {
              const auto look = look_of(request, response);
              if (!look) return;
              const double now = recorder.now_seconds();
              const std::chrono::duration<double> took = std::chrono::steady_clock::now() - started;
              try {
                BoundedText bounded;
                bounded.add(look->output);
                recorder.observe({"", name, who, valid_utf8(look->command.substr(0, 4096)),
                                  bounded.text(), look->status, now - took.count(), now, ""});
              } catch (const std::exception& error) {
                recorder.trouble("a dashboard's query of " + name, error.what());
              }
            }) {}

}  // namespace gameday
