#include "drill/live.hpp"

#include <sys/eventfd.h>
#include <unistd.h>

#include <atomic>
#include <random>

#include "core/error.hpp"
#include "drill/desk/screens.hpp"
#include "drill/ending.hpp"
#include "drill/oncall/teams.hpp"
#include "drill/probes/monitoring.hpp"
#include "drill/recording/http_proxy.hpp"
#include "drill/recording/prometheus_proxy.hpp"
#include "drill/recording/terminal.hpp"
#include "journal/events.hpp"
#include "journal/session.hpp"
#include "sandbox/ports.hpp"
#include "scorer/diagnosis.hpp"

namespace gameday {

using namespace std::chrono_literals;

namespace {

constexpr const char* kTrainee = "trainee";

const HostSpec* of_role(const Topology& topology, std::string_view role) {
  for (const HostSpec& host : topology.hosts) {
    if (host.role == role) return &host;
  }
  return nullptr;
}

// The silence before the page differs from drill to drill, so that nothing is read from its length.
std::chrono::milliseconds silence(uint64_t seed) {
  std::mt19937_64 generator(seed);
  return std::chrono::milliseconds(2000 + generator() % 8000);
}

class LiveDrill {
 public:
  LiveDrill(Conductor& conductor, Bell& bell, const LiveSetup& setup)
      : conductor_(conductor),
        bell_(bell),
        setup_(setup),
        recorder_(conductor.journal(), conductor.folder() / "recordings"),
        stop_(::eventfd(0, EFD_CLOEXEC)) {}

  ~LiveDrill() {
    left_ = true;  // whatever threw: nobody is left to wait for
    bell_.ring();
    conductor_.set_listener(nullptr);
    teams_.reset();
    if (trouble_.joinable()) trouble_.join();
  }

  void run() {
    conductor_.start();
    conductor_.baseline();
    if (conductor_.voided()) return;
    open_desk();
    present();
    trouble_ = std::thread([this] { make_trouble(); });
    if (setup_.at_terminal) sit_at_the_terminal();
    trouble_.join();
    if (const auto reason = bell_.stopped()) throw Stopped{*reason};
    if (!failure_.empty()) throw Error(failure_);
    if (conductor_.voided() || conductor_.verified_at() < 0) return;
    teams_->stop();  // nobody answers any more
    conductor_.void_if_starved();
    if (conductor_.voided()) return;
    if (setup_.say) setup_.say("The response is over. Probing what holds; this takes half a minute.");
    conductor_.settle();
  }

  std::string reason() const { return reason_; }

 private:
  void open_desk() {
    Sandbox& sandbox = conductor_.sandbox();
    const Topology& topology = sandbox.topology();
    const HostSpec* mon = of_role(topology, "mon");
    const HostSpec* lb = of_role(topology, "lb");
    if (mon) {
      prometheus_ = std::make_unique<PrometheusProxy>(sandbox.host(mon->name), kPrometheusPort,
                                                     recorder_, kTrainee);
    }
    if (lb) {
      balancer_ = std::make_unique<HttpProxy>(sandbox.host(lb->name), kBalancerStatsPort,
                                              "HAProxy");
    }
    DeskSetup desk{conductor_.journal(), sandbox, *setup_.taxonomy, recorder_, notices_,
                   conductor_.plan().variant.hints, conductor_.plan().scenario.load.objective_ms,
                   kTrainee, [this] { return conductor_.normal(); },
                   [this] { return brief(); }, [this] { return dashboards(); },
                   [this](const std::string& why) { bell_.stop(why); }};
    if (conductor_.plan().tutor) {
      desk.tutor = [this](const json::object& diagnosis) {
        return tutor_reply(diagnosis, conductor_.plan().variant, *setup_.taxonomy);
      };
    }
    desk_ = std::make_unique<Desk>(std::move(desk));
    teams_ = std::make_unique<Teams>(
        TeamsSetup{conductor_.journal(), sandbox, conductor_.plan().seed});
    conductor_.set_listener([this](const Event& event) {
      desk_->take(event);
      teams_->take(event);
      bell_.ring();
    });
    desk_->serve_hosts();
    desk_->serve(listen_session(setup_.session_id), Door::kOutside);
  }

  std::vector<Dashboard> dashboards() const {
    std::vector<Dashboard> list;
    const auto add = [&list](const char* name, int port, const char* path) {
      list.push_back({name, "http://127.0.0.1:" + std::to_string(port) + path});
    };
    if (prometheus_) add("Prometheus", prometheus_->port(), "/");
    if (balancer_) add("HAProxy statistics", balancer_->port(), "/stats");
    return list;
  }

  std::string brief() const {
    BriefFacts facts;
    facts.objective_ms = conductor_.plan().scenario.load.objective_ms;
    facts.time_box_minutes = conductor_.plan().time_box_seconds / 60;
    facts.normal = conductor_.normal();
    return brief_screen(conductor_.sandbox().topology(), facts);
  }

  void present() {
    const Opening opening{brief(), map_document(conductor_.sandbox().topology()),
                          conductor_.normal(), dashboards()};
    if (setup_.present) setup_.present(opening, bell_.stop_fd());
    if (const auto reason = bell_.stopped()) throw Stopped{*reason};
  }

  // On a thread of its own: silence, the fault, and then the end of the response.
  void make_trouble() {
    try {
      teams_->learn_normal();
      if (bell_.wait(deadline_in(silence(conductor_.plan().seed)), [this] { return over(); })) {
        reason_ = left_ ? "left" : "resolved";
      } else if (!bell_.stopped()) {
        conductor_.break_it();
        wait_for_the_end();
      }
    } catch (const Stopped&) {
    } catch (const std::exception& error) {
      failure_ = error.what();
    }
    const uint64_t one = 1;
    const ssize_t ignored = ::write(stop_.get(), &one, sizeof one);
    static_cast<void>(ignored);
  }

  bool over() const { return left_ || desk_->state().resolved; }

  void wait_for_the_end() {
    if (conductor_.voided()) return;
    const auto box =
        std::chrono::milliseconds(static_cast<int64_t>(conductor_.plan().time_box_seconds * 1000));
    const Deadline deadline = deadline_in(box);
    // The outage ends for its figures when users are served again, whoever did it; it is looked at
    // again and again because a repair may not hold.
    for (;;) {
      const bool ended = bell_.wait(deadline, [this] {
        return over() || (conductor_.served() && conductor_.outage_open());
      });
      if (ended && !over()) {
        conductor_.close_outage();
        continue;
      }
      if (!ended && bell_.stopped()) return;
      reason_ = !ended ? "time_box" : left_ ? "left" : "resolved";
      if (!ended) notices_.post("Time is up: the drill ends here.");
      return;
    }
  }

  void sit_at_the_terminal() {
    AttachOptions options;
    options.notices = &notices_;
    options.stop_fd = stop_.get();
    for (;;) {
      const RelayEnd end =
          attach_terminal(conductor_.sandbox().host("ops"), recorder_, options);
      if (end.why == RelayEnd::kStopped || bell_.stopped()) return;
      const bool leave = end.why == RelayEnd::kGone || over() || !setup_.confirm_leave ||
                         setup_.confirm_leave(stop_.get());
      if (!leave) continue;
      left_ = true;
      bell_.ring();
      return;
    }
  }

  Conductor& conductor_;
  Bell& bell_;
  const LiveSetup& setup_;
  Recorder recorder_;
  Notices notices_;
  UniqueFd stop_;
  std::unique_ptr<PrometheusProxy> prometheus_;
  std::unique_ptr<HttpProxy> balancer_;
  std::unique_ptr<Desk> desk_;
  std::unique_ptr<Teams> teams_;
  std::atomic<bool> left_{false};
  std::string reason_ = "finished", failure_;
  std::thread trouble_;
};

}  // namespace

void play_live(Conductor& conductor, Bell& bell, const LiveSetup& setup) {
  play_to_the_end(conductor, [&] {
    LiveDrill drill(conductor, bell, setup);
    drill.run();
    return drill.reason();
  });
}

}  // namespace gameday
