#include "sandbox/topology.hpp"

#include <arpa/inet.h>

#include <algorithm>
#include <cctype>
#include <charconv>
#include <optional>
#include <set>
#include <sstream>

#include "core/error.hpp"
#include "core/yaml.hpp"

namespace gameday {
namespace {

using Texts = std::map<std::string, std::string>;

bool is_name_character(char c) { return std::isalnum(static_cast<unsigned char>(c)) || c == '_'; }

// Replaces ${NAME}, ${NAME:-default} and $$ as Compose does.
std::string interpolate(const YamlNode& node, const Texts& environment) {
  const std::string& text = node.string();
  std::string result;
  for (size_t at = 0; at < text.size(); ++at) {
    if (text[at] != '$') {
      result += text[at];
      continue;
    }
    if (text.substr(at, 2) == "$$") {
      result += '$';
      ++at;
      continue;
    }
    const size_t end = text.find('}', at);
    if (text.substr(at, 2) != "${" || end == text.npos) {
      node.fail("`$` begins ${NAME}, ${NAME:-default} or $$");
    }
    const std::string inside = text.substr(at + 2, end - at - 2);
    const size_t colon = inside.find(":-");
    const std::string name = inside.substr(0, colon);
    if (name.empty() || !std::all_of(name.begin(), name.end(), is_name_character)) {
      node.fail("only ${NAME} and ${NAME:-default} are supported: `${" + inside + "}`");
    }
    const auto value = environment.find(name);
    if (value != environment.end() && !value->second.empty()) result += value->second;
    else if (colon != inside.npos) result += inside.substr(colon + 2);
    else node.fail("the variable " + name + " is not set and has no default");
    at = end;
  }
  return result;
}

std::optional<uint32_t> parse_address(const std::string& text) {
  in_addr address{};
  if (::inet_pton(AF_INET, text.c_str(), &address) != 1) return std::nullopt;
  return ntohl(address.s_addr);
}

struct Subnet {
  uint32_t first = 0;
  uint32_t mask = 0;
  bool holds(uint32_t address) const { return (address & mask) == first; }
};

std::optional<Subnet> parse_subnet(const std::string& text) {
  const size_t slash = text.find('/');
  if (slash == text.npos) return std::nullopt;
  const std::optional<uint32_t> address = parse_address(text.substr(0, slash));
  unsigned bits = 0;
  const char* end = text.data() + text.size();
  const auto parsed = std::from_chars(text.data() + slash + 1, end, bits);
  if (!address || parsed.ec != std::errc() || parsed.ptr != end || bits < 8 || bits > 30) {
    return std::nullopt;
  }
  const Subnet subnet{*address, ~uint32_t{0} << (32 - bits)};
  if ((subnet.first & ~subnet.mask) != 0) return std::nullopt;
  return subnet;
}

class TopologyReader {
 public:
  TopologyReader(const YamlNode& root, const Texts& environment)
      : root_(root), environment_(environment) {}

  Topology read() {
    check_top_level();
    Topology topology;
    if (const YamlNode* networks = root_.find("networks")) {
      for (const YamlMember& each : networks->members()) read_network(each);
    }
    const YamlNode& services = root_.at("services");
    for (const YamlMember& each : services.members()) service_names_.insert(each.key);
    if (service_names_.empty()) services.fail("no service: at least one is wanted");
    for (const YamlMember& each : services.members()) topology.hosts.push_back(read_service(each));
    topology.networks = std::move(networks_);
    return topology;
  }

 private:
  // Extensions (x-…) carry anchors; anything else unknown is an error.
  void check_top_level() const {
    std::vector<std::string> allowed = {"services", "networks", "volumes", "name", "version"};
    for (const YamlMember& each : root_.members()) {
      if (each.key.starts_with("x-")) allowed.push_back(each.key);
    }
    root_.allow(allowed);
  }

  std::string text(const YamlNode& node) const { return interpolate(node, environment_); }

  std::vector<std::string> texts(const YamlNode& node) const {
    std::vector<std::string> result;
    if (node.is_null()) return result;
    for (const YamlNode& each : node.list()) result.push_back(text(each));
    return result;
  }

  // Compose writes maps of texts also as lists of "key=value".
  Texts text_map(const YamlNode& node, const char* separators = "=") const {
    Texts result;
    if (node.is_null()) return result;
    if (node.is_map()) {
      for (const YamlMember& each : node.members()) {
        result[each.key] = each.value.is_null() ? "" : text(each.value);
      }
      return result;
    }
    for (const YamlNode& each : node.list()) {
      const std::string pair = text(each);
      const size_t at = pair.find_first_of(separators);
      if (at == pair.npos || at == 0) {
        each.fail("wants key" + std::string(1, separators[0]) + "value: `" + pair + "`");
      }
      if (!result.emplace(pair.substr(0, at), pair.substr(at + 1)).second) {
        each.fail("named twice: `" + pair.substr(0, at) + "`");
      }
    }
    return result;
  }

  void read_network(const YamlMember& member) {
    NetworkSpec network;
    network.name = member.key;
    member.value.allow({"driver", "driver_opts", "ipam", "internal", "name", "labels"});
    if (const YamlNode* driver = member.value.find("driver")) {
      if (text(*driver) != "bridge") driver->fail("only the driver `bridge` is supported");
    }
    if (const YamlNode* internal = member.value.find("internal")) {
      if (internal->boolean()) {
        internal->fail("an internal network cannot be routed: leave it out, and forbid the way out "
                       "by driver_opts");
      }
    }
    if (const YamlNode* options = member.value.find("driver_opts")) {
      network.driver_opts = text_map(*options);
    }
    const YamlNode& ipam = member.value.at("ipam");
    ipam.allow({"driver", "config"});
    const YamlNode& config = ipam.at("config");
    if (config.list().size() != 1) config.fail("exactly one subnet is wanted");
    const YamlNode& pool = config.list()[0];
    pool.allow({"subnet", "gateway", "ip_range"});
    network.subnet = text(pool.at("subnet"));
    const std::optional<Subnet> subnet = parse_subnet(network.subnet);
    if (!subnet) {
      pool.at("subnet").fail("not an IPv4 subnet such as 10.0.1.0/24: `" + network.subnet + "`");
    }
    subnets_[network.name] = *subnet;
    networks_.push_back(std::move(network));
  }

  HostSpec read_service(const YamlMember& member) {
    const YamlNode& service = member.value;
    service.allow({"image", "build", "hostname", "labels", "networks", "extra_hosts", "command",
                   "environment", "cap_add", "cap_drop", "sysctls", "volumes", "tmpfs",
                   "depends_on", "healthcheck", "ports", "security_opt", "mem_limit",
                   "pids_limit", "cpu_shares", "x-team"});
    HostSpec host;
    host.name = member.key;
    if (host.name.size() > 63 || !std::all_of(host.name.begin(), host.name.end(), [](char c) {
          return is_name_character(c) || c == '-';
        })) {
      service.fail("a host's name has letters, digits, - and _: `" + host.name + "`");
    }
    if (const YamlNode* hostname = service.find("hostname")) {
      if (text(*hostname) != host.name) hostname->fail("must be the service's own name");
    }
    if (const YamlNode* team = service.find("x-team")) host.team = text(*team);
    if (const YamlNode* labels = service.find("labels")) host.labels = text_map(*labels);
    host.role = host.labels.count("role") ? host.labels.at("role") : host.name;
    if (const YamlNode* names = service.find("extra_hosts")) read_names(*names, host);
    if (const YamlNode* networks = service.find("networks")) read_attachments(*networks, host);
    if (const YamlNode* command = service.find("command")) host.command = read_command(*command);
    if (const YamlNode* values = service.find("environment")) host.environment = text_map(*values);
    if (const YamlNode* sysctls = service.find("sysctls")) read_sysctls(*sysctls, host);
    read_capabilities(service, host);
    if (const YamlNode* health = service.find("healthcheck")) host.health = read_health(*health);
    read_order(service, host);
    check_the_rest(service);
    return host;
  }

  void read_names(const YamlNode& node, HostSpec& host) const {
    host.names = text_map(node, ":=");
    for (const auto& [name, address] : host.names) {
      if (!parse_address(address)) node.fail("not an IPv4 address: " + name + " is `" + address + "`");
    }
  }

  void read_attachments(const YamlNode& node, HostSpec& host) {
    if (node.is_list()) node.fail("wants a map with an ipv4_address for each network");
    for (const YamlMember& each : node.members()) {
      const auto subnet = subnets_.find(each.key);
      if (subnet == subnets_.end()) {
        std::vector<std::string> known;
        for (const auto& [name, value] : subnets_) known.push_back(name);
        const std::string near = nearest_name(each.key, known);
        each.value.fail("no such network: `" + each.key + "`" +
                        (near.empty() ? "" : ": did you mean `" + near + "`?"));
      }
      each.value.allow({"ipv4_address"});
      const YamlNode& node_address = each.value.at("ipv4_address");
      Attachment attachment{each.key, text(node_address)};
      const std::optional<uint32_t> address = parse_address(attachment.address);
      if (!address || !subnet->second.holds(*address)) {
        node_address.fail("not an address of the network " + each.key + ": `" +
                          attachment.address + "`");
      }
      if (!addresses_.insert(*address).second) {
        node_address.fail("used twice: `" + attachment.address + "`");
      }
      host.attachments.push_back(std::move(attachment));
    }
  }

  // A list, or words without quotes.
  std::vector<std::string> read_command(const YamlNode& node) const {
    if (node.is_list()) return texts(node);
    const std::string line = text(node);
    if (line.find_first_of("'\"\\$`|;&<>") != line.npos) {
      node.fail("a command with quotes or shell signs is written as a list");
    }
    std::vector<std::string> words;
    for (size_t at = 0; (at = line.find_first_not_of(' ', at)) != line.npos;) {
      const size_t end = std::min(line.find(' ', at), line.size());
      words.push_back(line.substr(at, end - at));
      at = end;
    }
    return words;
  }

  void read_sysctls(const YamlNode& node, HostSpec& host) const {
    host.sysctls = text_map(node);
    for (const auto& [key, value] : host.sysctls) {
      if (!key.starts_with("net.")) node.fail("only a network's own settings (net.…): `" + key + "`");
    }
  }

  void read_capabilities(const YamlNode& service, HostSpec& host) const {
    const YamlNode* drop = service.find("cap_drop");
    if (!drop || texts(*drop) != std::vector<std::string>{"ALL"}) {
      (drop ? *drop : service).fail("`cap_drop: [ALL]` is wanted: what a host may do stands in "
                                    "cap_add");
    }
    const YamlNode* add = service.find("cap_add");
    if (!add) return;
    for (const YamlNode& each : add->list()) {
      std::string name = text(each);
      std::transform(name.begin(), name.end(), name.begin(),
                     [](unsigned char c) { return static_cast<char>(std::toupper(c)); });
      if (name.starts_with("CAP_")) name.erase(0, 4);
      static const std::set<std::string> kNever = {"ALL", "SYS_ADMIN", "SYS_MODULE", "SYS_PTRACE",
                                                   "SYS_RESOURCE", "SYS_BOOT", "SYS_RAWIO"};
      if (kNever.count(name)) each.fail("a host never gets " + name + ": it could leave its sandbox");
      host.capabilities.push_back(std::move(name));
    }
  }

  HealthSpec read_health(const YamlNode& node) const {
    node.allow({"test", "disable", "interval", "timeout", "retries", "start_period"});
    HealthSpec health;
    if (const YamlNode* disable = node.find("disable")) {
      if (disable->boolean()) return health;
    }
    const YamlNode& test = node.at("test");
    if (test.is_scalar()) {
      health.test = {"/bin/sh", "-c", text(test)};
      return health;
    }
    health.test = texts(test);
    const std::string kind = health.test.empty() ? "" : health.test[0];
    if (kind == "NONE") return HealthSpec();
    if (kind == "CMD" && health.test.size() > 1) {
      health.test.erase(health.test.begin());
    } else if (kind == "CMD-SHELL" && health.test.size() == 2) {
      health.test = {"/bin/sh", "-c", health.test[1]};
    } else {
      test.fail("begins with CMD, CMD-SHELL or NONE");
    }
    return health;
  }

  // Label `after`: "db1" or "db1,db2". Unlike depends_on it holds up the check, not the host.
  void read_order(const YamlNode& service, HostSpec& host) const {
    const auto label = host.labels.find("after");
    if (label == host.labels.end()) return;
    std::istringstream names(label->second);
    for (std::string name; std::getline(names, name, ',');) {
      if (!service_names_.count(name) || name == host.name) {
        service.at("labels").fail("`after` names other services: `" + name + "`");
      }
      host.health.after.push_back(std::move(name));
    }
  }

  // What only Docker needs is checked all the same: an error must not wait for the other engine.
  void check_the_rest(const YamlNode& service) const {
    for (const char* key : {"image", "mem_limit", "pids_limit", "cpu_shares"}) {
      if (const YamlNode* node = service.find(key)) text(*node);
    }
    if (const YamlNode* build = service.find("build"); build && build->is_map()) {
      build->allow({"context", "dockerfile", "args", "target", "network"});
      if (const YamlNode* values = build->find("args")) text_map(*values);
    }
    for (const char* key : {"volumes", "ports", "security_opt"}) {
      if (const YamlNode* node = service.find(key)) texts(*node);
    }
    if (const YamlNode* tmpfs = service.find("tmpfs"); tmpfs && !tmpfs->is_scalar()) texts(*tmpfs);
    if (const YamlNode* before = service.find("depends_on")) {
      std::vector<std::string> names;
      if (before->is_map()) {
        for (const YamlMember& each : before->members()) names.push_back(each.key);
      } else {
        names = texts(*before);
      }
      for (const std::string& name : names) {
        if (!service_names_.count(name)) before->fail("no such service: `" + name + "`");
      }
    }
  }

  const YamlNode& root_;
  const Texts& environment_;
  std::vector<NetworkSpec> networks_;
  std::map<std::string, Subnet> subnets_;
  std::set<std::string> service_names_;
  std::set<uint32_t> addresses_;
};

}  // namespace

std::string HostSpec::address_on(std::string_view network) const {
  for (const Attachment& each : attachments) {
    if (each.network == network) return each.address;
  }
  return {};
}

const HostSpec* Topology::find(std::string_view host) const {
  for (const HostSpec& each : hosts) {
    if (each.name == host) return &each;
  }
  return nullptr;
}

Topology read_topology(const std::filesystem::path& file, const Texts& environment) {
  const YamlNode root = read_yaml(file);
  Topology topology = TopologyReader(root, environment).read();
  topology.file = file;
  return topology;
}

}  // namespace gameday
