#include "sandbox/compose/doctor.hpp"

#include <algorithm>

#include "core/error.hpp"
#include "sandbox/compose/docker.hpp"
#include "sandbox/compose/image.hpp"

namespace gameday {
namespace {

constexpr int kDatabasePort = 5432;
constexpr auto kDialLimit = std::chrono::seconds(2);

// Empty when a web host reaches a database host, which only the router connects.
std::string try_crossing(Sandbox& stack) {
  const HostSpec *web = nullptr, *database = nullptr;
  for (const HostSpec& host : stack.topology().hosts) {
    if (host.role == "web" && !web) web = &host;
    if (host.role == "db" && !database) database = &host;
  }
  if (!web || !database || database->attachments.empty()) return "";
  const std::string& address = database->attachments[0].address;
  if (stack.host(web->name).dial(address, kDatabasePort, deadline_in(kDialLimit))) return "";
  return web->name + " does not reach " + address;
}

// Adds what `work` finds: what it throws is what is lacking, its message ends with the remedy.
template <typename Work>
bool examine(std::vector<Ability>& abilities, Ability ability, Work work) {
  try {
    ability.detail = work();
  } catch (const Error& error) {
    ability.detail = error.what();
  }
  ability.ok = ability.detail.empty();
  abilities.push_back(std::move(ability));
  return abilities.back().ok;
}

}  // namespace

std::vector<Ability> probe_docker(const Topology& topology, const Settings& settings) {
  std::vector<Ability> abilities;
  compose::Docker docker;
  const auto find = [&] {
    docker = compose::find_docker();
    return std::string();
  };
  if (!examine(abilities,
               {"Docker and Docker Compose", false, true, "", "no stack can be started in Docker",
                "`sudo apt-get install docker.io docker-compose`, and for other users than root "
                "`sudo usermod -aG docker $(id -un)`"},
               find)) {
    return abilities;
  }
  const auto build = [&] {
    compose::provide_image(settings);
    return std::string();
  };
  if (!examine(abilities,
               {"the image of the hosts", false, true, "", "there is nothing to start in Docker",
                "`sandbox/image/build` says what fails; BASE names another base image"},
               build)) {
    return abilities;
  }
  Ability stack{"a stack in Docker", false, true, "", "no stack can be started in Docker",
                "the line above says which host fails; the Docker Engine must run on this machine "
                "and, for other users than root, allow containers that may enter it"};
  Ability crossing{"web servers reach databases through the router", false, true, "",
                   "the shop has no database in Docker", ""};
  crossing.remedy = "keep the machine's firewall out of what bridges carry: `sudo sysctl "
                    "net.bridge.bridge-nf-call-iptables=0`";
  if (compose::version_at_least(docker.version, "28.0")) {
    crossing.remedy += " (Docker " + docker.version +
                       " drops what a host routes unless its networks are nat-unprotected)";
  }
  const auto try_stack = [&]() -> std::string {
    const std::unique_ptr<Sandbox> sandbox = make_sandbox("compose");
    try {
      sandbox->up(topology, settings);
    } catch (const Error& error) {
      // Databases are asked in their own hosts; web hosts, and the balancer through them, are
      // healthy only when they reach them by the router.
      const std::string said = error.what();
      const bool by_router = std::any_of(
          topology.hosts.begin(), topology.hosts.end(), [&said](const HostSpec& host) {
            return (host.role == "lb" || host.role == "web") &&
                   said.starts_with("compose: " + host.name + ": health check failed");
          });
      if (!by_router) throw;
      crossing.detail = error.what();
      return "";
    }
    crossing.detail = try_crossing(*sandbox);
    sandbox->down();
    const std::vector<std::string> left = sandbox->residue();
    return left.empty() ? "" : "left behind: " + left[0];
  };
  if (!examine(abilities, stack, try_stack)) return abilities;
  crossing.ok = crossing.detail.empty();
  abilities.push_back(crossing);
  return abilities;
}

}  // namespace gameday
