// A route that leads the wrong way or nowhere, as a network change leaves it. On a host behind the
// router it is the way to another network that is wrong; on the router, which stands in both, the
// way to one machine.
//
// Persistent: it stands in /etc/network/routes, which is read when the machine starts, and it is in
// force at once, for connections that are open already too: the kernel asks its table anew.
//
// A route is unreachable (refused at once by the machine that has it), a blackhole (swallowed),
// leads to a wrong_next_hop (an address where no router stands), or is missing.
#include "core/error.hpp"
#include "injectors/database.hpp"
#include "injectors/fault.hpp"
#include "injectors/network.hpp"

namespace gameday {

namespace {

// The last address of a network that a router would be given.
std::string last_address(const std::string& subnet) {
  return subnet.substr(0, subnet.rfind('.')) + ".254";
}

// What `ip` is told, without the verb.
std::string words_of(const Route& route) {
  return (route.type == "unicast" ? "" : route.type + " ") + route.prefix +
         (route.via.empty() ? "" : " via " + route.via);
}

class WrongRoute final : public Fault {
 public:
  explicit WrongRoute(const FaultTarget& target)
      : host_(target.host),
        kind_(target.text("kind")),
        toward_(target.text("toward")),
        via_(target.text("via")) {
    if (!via_.empty() && (kind_ != "wrong_next_hop" || !covers("default", via_))) {
      throw usage_error("wrong_route: via: \"" + via_ +
                        "\": an address, and only for wrong_next_hop");
    }
  }

  void check(const Topology& topology) const override { plan_of(topology); }

  void inject(Sandbox& sandbox) override {
    const Plan plan = plan_of(sandbox.topology());
    if (present(sandbox) != Presence::kNo) {
      throw error("its routes are wrong already, or cannot be read");
    }
    Host& host = sandbox.host(host_);
    const std::optional<std::string> before = host.read_file(kRoutesFile);
    before_ = before.value_or("");
    had_file_ = before.has_value();
    ours_ = true;
    host.write_file(kRoutesFile, edited(before_, plan));
    run_script(host, plan.wrong ? "ip route replace " + words_of(*plan.wrong)
                                : "ip route del " + plan.prefix,
               "wrong_route: " + host_ + ": changing the route to " + plan.prefix);
  }

  // Wrong in the kernel's table or in the file: either misleads packets, now or after the next
  // start. It is judged by where each machine's packets go, so that any way to put it right counts.
  Presence present(Sandbox& sandbox) override {
    const Plan plan = plan_of(sandbox.topology());
    Host& host = sandbox.host(host_);
    const std::vector<Route> filed = routes_of_file(host.read_file(kRoutesFile).value_or(""));
    std::string script;
    for (const std::string& address : plan.reach) {
      const std::optional<Route> route = route_for(filed, address);
      if (route ? route->type != "unicast" || route->via != plan.hop : !plan.hop.empty()) {
        return Presence::kYes;
      }
      script += "/usr/sbin/ip -o route get " + address + " 2>&1 || true\n";
    }
    const ExecResult result = host.exec({"/bin/sh", "-c", script});
    const std::vector<std::string> lines = text_lines(result.out);
    if (!result.ok() || lines.size() != plan.reach.size()) return Presence::kUnknown;
    for (size_t i = 0; i < lines.size(); ++i) {
      const std::string start =
          plan.reach[i] + (plan.hop.empty() ? " dev " : " via " + plan.hop + " ");
      if (lines[i].rfind(start, 0) != 0) return Presence::kYes;
    }
    return Presence::kNo;
  }

  void heal(Sandbox& sandbox) override {
    if (!ours_) return;
    const Plan plan = plan_of(sandbox.topology());
    Host& host = sandbox.host(host_);
    if (host.read_file(kRoutesFile) == edited(before_, plan)) {
      // Untouched since. What somebody else has edited meanwhile keeps their other lines.
      if (had_file_) {
        host.write_file(kRoutesFile, before_);
      } else {
        run_script(host, std::string("rm -f ") + kRoutesFile, "wrong_route: " + host_);
      }
    } else if (const auto text = host.read_file(kRoutesFile)) {
      host.write_file(kRoutesFile, restored(*text, plan));
    }
    const std::string ours = plan.wrong ? words_of(*plan.wrong) : "";
    run_script(host,
               "case \"$(ip route show exact " + plan.prefix + ")\" in\n\"" + ours + "\"" +
                   (ours.empty() ? "" : "*") + ") ip route " +
                   (plan.hop.empty() ? "del " + ours : "replace " + words_of(plan.right)) +
                   " ;;\nesac",
               "wrong_route: " + host_ + ": putting the route to " + plan.prefix + " back");
    ours_ = false;
  }

 private:
  struct Plan {
    std::string prefix;              // what the route is for
    std::string hop;                 // the right next hop; empty: reached directly
    Route right;
    std::optional<Route> wrong;      // nothing: the route is missing
    std::vector<std::string> reach;  // addresses of machines that it leads to
  };

  Error error(const std::string& why) const { return Error("wrong_route: " + host_ + ": " + why); }

  // "app": its subnet. A host: its address, when it has only one.
  std::string prefix_of(const Topology& topology) const {
    for (const NetworkSpec& network : topology.networks) {
      if (network.name == toward_) return network.subnet;
    }
    const HostSpec* host = topology.find(toward_);
    if (host && host->attachments.size() == 1) return host->attachments[0].address;
    throw usage_error("wrong_route: toward: \"" + toward_ +
                      "\": name a network, or a host that stands in one network only");
  }

  Plan plan_of(const Topology& topology) const {
    const HostSpec& self = *topology.find(host_);
    const Crossing between = crossing(topology);
    Plan plan;
    plan.prefix = prefix_of(topology);
    bool attached = false;
    std::string own_subnet;
    for (const NetworkSpec& network : topology.networks) {
      if (self.address_on(network.name).empty()) continue;
      own_subnet = network.subnet;
      if (plan.hop.empty()) plan.hop = between.router->address_on(network.name);
      if (network.subnet == plan.prefix) {
        throw usage_error("wrong_route: toward: " + host_ + " stands in " + toward_ +
                          " itself: name a host of it");
      }
      attached = attached || covers(network.subnet, plan.prefix);
    }
    if (attached) {
      plan.hop.clear();
    } else if (&self == between.router) {
      throw usage_error("wrong_route: toward: " + host_ + " shares no network with " + toward_);
    }
    for (const HostSpec& host : topology.hosts) {
      for (const Attachment& attachment : host.attachments) {
        if (host.name != host_ && covers(plan.prefix, attachment.address)) {
          plan.reach.push_back(attachment.address);
        }
      }
    }
    plan.right = Route{"unicast", plan.prefix, plan.hop};
    if (kind_ == "wrong_next_hop") {
      plan.wrong = Route{"unicast", plan.prefix, via_.empty() ? last_address(own_subnet) : via_};
    } else if (kind_ != "missing") {
      plan.wrong = Route{kind_, plan.prefix, ""};
    } else if (attached) {
      throw usage_error("wrong_route: kind: " + host_ + " needs no route to " + toward_);
    }
    return plan;
  }

  // The file with the wrong route in the place of the right one.
  std::string edited(const std::string& text, const Plan& plan) const {
    std::string now;
    bool placed = !plan.wrong.has_value();
    const std::string line = plan.wrong ? "route replace " + words_of(*plan.wrong) + "\n" : "";
    for (const std::string& old : text_lines(text)) {
      const std::vector<Route> set = routes_of_file(old);
      if (set.empty() || set[0].prefix != plan.prefix) {
        now += old + "\n";
      } else if (!placed) {
        now += line;
        placed = true;
      }
    }
    return placed ? now : now + line;
  }

  // A file that others have edited too, with our line taken back.
  std::string restored(const std::string& text, const Plan& plan) const {
    std::string now;
    bool covered = plan.hop.empty();
    for (const std::string& old : text_lines(text)) {
      const std::vector<Route> set = routes_of_file(old);
      if (plan.wrong && !set.empty() && set[0] == *plan.wrong) continue;
      covered = covered || (!set.empty() && set[0].prefix == plan.prefix);
      now += old + "\n";
    }
    return covered ? now : now + "route replace " + words_of(plan.right) + "\n";
  }

  const std::string host_, kind_, toward_, via_;
  std::string before_;
  bool had_file_ = false;
  bool ours_ = false;
};

}  // namespace

FaultKind wrong_route() {
  return {.summary = "a route leads the wrong way or nowhere",
          .targets = {"web", "router", "primary"},
          .parameters = {{.name = "kind",
                          .words = {"unreachable", "blackhole", "wrong_next_hop", "missing"},
                          .required = true,
                          .meaning = "what is wrong with the route"},
                         {.name = "toward",
                          .required = true,
                          .meaning = "a network, or a host that stands in one network only"},
                         {.name = "via",
                          .meaning = "the address of a wrong_next_hop; else the network's last"}},
          .giveaways = {"route"},
          .make = made<WrongRoute>};
}

}  // namespace gameday
