// A decoy: work of an ordinary day. A setting that nobody misses is changed in its file and put into
// force, or a machine gets its maintenance and the restart of its service. Users notice neither. The
// last stable copy of the file stays as it was, because copies are taken after the next review. To
// put it back is no harm, so that no edit lets anybody in who was not let in before.
#include "injectors/everyday.hpp"

#include <algorithm>

#include "core/error.hpp"
#include "injectors/database.hpp"
#include "injectors/fault.hpp"
#include "injectors/server_config.hpp"

namespace gameday {

const std::vector<EverydayKind>& everyday_kinds() {
  static const std::vector<EverydayKind> kinds = {
      {"maintenance", "lb", "", "", "sv -w 10 restart haproxy", "haproxy"},
      {"maintenance", "db", "", "", "", "postgresql"},
      {"maintenance", "pay", "", "", "sv -w 10 restart payment-gateway", "payment-gateway"},
      {"maintenance", "mon", "", "", "sv -w 10 restart alertmanager", "alertmanager"},
      {"keep_alive", "lb", "/etc/haproxy/haproxy.cfg",
       "s/timeout http-keep-alive 30s/timeout http-keep-alive 20s/", "sv -w 10 restart haproxy",
       "haproxy"},
      {"statistics", "lb", "/etc/haproxy/haproxy.cfg", "s/stats refresh 5s/stats refresh 10s/",
       "sv -w 10 restart haproxy", "haproxy"},
      {"repeats", "mon", "/etc/prometheus/alertmanager.yml",
       "s/repeat_interval: 4h/repeat_interval: 6h/", "sv hup alertmanager", ""},
      {"slow_requests", "web", "/etc/storefront/storefront.conf",
       "s/^slow_request_ms = .*/slow_request_ms = 400/",
       "sv -w 15 restart storefront && "
       "timeout 8 sh -c "
       "'until curl -sf -o /dev/null http://127.0.0.1:8080/health; do sleep 0.1; done'",
       "storefront"},
      {"keep_idle", "web", "/etc/pgbouncer/pgbouncer.ini", "s/^tcp_keepidle = .*/tcp_keepidle = 8/",
       "sv hup pgbouncer", ""},
      {"slow_statements", "db", kServerConfig,
       "s/^log_min_duration_statement = .*/log_min_duration_statement = 400ms/", "sv hup postgresql",
       ""},
      {"remarks", "db", kAccessRules,
       "s/^# The data network.*/# Only our own machines come here: the router lets nobody else in./",
       "sv hup postgresql", ""},
      {"remarks", "router", "/etc/nftables.conf",
       "s/^# Between the application.*/# From application (eth0) to data (eth1): the databases only./",
       "nft -f /etc/nftables.conf", ""},
  };
  return kinds;
}

namespace {

class Everyday final : public Fault {
 public:
  explicit Everyday(const FaultTarget& target) : host_(target.host), kind_(target.text("kind")) {}

  void check(const Topology& topology) const override { kind_of(*topology.find(host_)); }

  void inject(Sandbox& sandbox) override {
    Host& host = sandbox.host(host_);
    const EverydayKind& kind = kind_of(host.spec());
    const std::string what = "everyday: " + host_ + ": " + kind_;
    if (!kind.file.empty()) {
      before_ = host.read_file(std::string(kind.file)).value_or("");
      run_script(host, "sed -i '" + std::string(kind.edit) + "' " + std::string(kind.file), what);
      after_ = host.read_file(std::string(kind.file)).value_or("");
      if (before_ == after_) throw Error(what + ": its file has nothing to change");
    }
    apply(host, what);
  }

  Presence present(Sandbox& sandbox) override {
    Host& host = sandbox.host(host_);
    const EverydayKind& kind = kind_of(host.spec());
    if (kind.file.empty()) return Presence::kUnknown;
    const auto text = host.read_file(std::string(kind.file));
    if (!text) return Presence::kUnknown;
    return *text == after_ ? Presence::kYes : Presence::kNo;
  }

  // Puts the file back unless somebody has changed it since.
  void heal(Sandbox& sandbox) override {
    if (after_.empty() || present(sandbox) != Presence::kYes) return;
    Host& host = sandbox.host(host_);
    host.write_file(std::string(kind_of(host.spec()).file), before_);
    apply(host, "everyday: " + host_ + ": " + kind_ + ": putting it back");
    after_.clear();
  }

 private:
  const EverydayKind& kind_of(const HostSpec& host) const {
    std::string roles;
    for (const EverydayKind& kind : everyday_kinds()) {
      if (kind.kind != kind_) continue;
      if (kind.role == host.role) return kind;
      roles += (roles.empty() ? "" : ", ") + std::string(kind.role);
    }
    throw usage_error("everyday: kind: \"" + kind_ + "\" is no work of the host " + host_ +
                      ": choose one of " + roles);
  }

  void apply(Host& host, const std::string& what) const {
    const EverydayKind& kind = kind_of(host.spec());
    if (kind.apply.empty()) restart_database(host, what);
    else run_script(host, std::string(kind.apply), what);
  }

  const std::string host_, kind_;
  std::string before_, after_;
};

}  // namespace

FaultKind everyday() {
  std::vector<std::string_view> works, roles;
  for (const EverydayKind& kind : everyday_kinds()) {
    const auto add = [](std::vector<std::string_view>& to, std::string_view word) {
      if (std::find(to.begin(), to.end(), word) == to.end()) to.push_back(word);
    };
    add(works, kind.kind);
    add(roles, kind.role);
  }
  return {.decoy = true,
          .summary = "work of an ordinary day",
          .targets = roles,
          .parameters = {{.name = "kind",
                          .words = works,
                          .required = true,
                          .meaning = "which work; each is of one or several roles"}},
          .make = made<Everyday>};
}

}  // namespace gameday
