#include "drill/desk/screens.hpp"

#include <algorithm>
#include <cstdio>
#include <map>

#include "core/clock.hpp"
#include "core/text.hpp"
#include "journal/journal.hpp"

namespace gameday {
namespace {

constexpr const char* kBrief =
    R"(You are on call for the web shop. If something breaks, you will be paged.

Service   catalogue, orders, payment. Objective: answers in %s ms, no errors.
%sNormal    %s
Tools     a shell on ops: psql, curl, ip, nft, dig, less. `on HOST` enters
          a host: `sv status SERVICE`, /var/log/SERVICE/current. Runbooks:
          /srv/runbooks on ops. What was changed lately, at the times it was
          announced for (logs show the real ones): %s
Desk      gameday ack, declare, note, notes, escalate, update, hint, diagnose,
          handover, resolve, status, pages, wait, brief, map, normal, dashboard.
          `gameday VERB --help` explains each; any other terminal works, too.
Teams     database, devops (platform, network), application, senior,
          management: `gameday escalate TEAM`; they look and report, you repair.
Limits    the users' machines (clients) are off limits. Switching off
          monitoring, losing orders and opening up access cost points.
Ends      with `gameday resolve`, or after %s minutes.
Scored    50 diagnosis: component, class, mechanism, trigger, cited evidence;
          30 repair: users served, cause gone and nothing else broken;
          20 response: your times, severity, escalation, updates.
)";

// Far more than a terminal's row: what is longer runs on in the next one.
constexpr size_t kLongestLine = 400;

std::string number(double value) {
  char text[32];
  std::snprintf(text, sizeof text, value >= 100 || value == static_cast<int>(value) ? "%.0f"
                                   : value >= 10                                     ? "%.1f"
                                                                                     : "%.2f",
                value);
  return text;
}

std::string padded(std::string text, size_t columns) {
  text.resize(std::max(columns, text.size() + 1), ' ');
  return text;
}

// What stands on a host, by the role that its files come from.
std::string runs(const HostSpec& host) {
  static const std::map<std::string, std::string> by_role = {
      {"lb", "HAProxy"},
      {"web", "storefront, PgBouncer"},
      {"pay", "payment gateway"},
      {"router", "forwarding, firewall"},
      {"db", "PostgreSQL"},
      {"mon", "Prometheus, Alertmanager"},
      {"ops", "your workstation"},
      {"clients", "the users"}};
  const auto found = by_role.find(host.role);
  std::string text = found == by_role.end() ? host.role : found->second;
  const auto alias = host.labels.find("alias");
  if (alias != host.labels.end()) text += " (" + alias->second + ")";
  if (host.role == "web" && host.health.test.empty()) text += " (spare, down)";
  return text;
}

// "lb  web1 web2 web3  pay …": the hosts of each network, a line each.
std::string host_lines(const Topology& topology) {
  std::string lines;
  for (const NetworkSpec& network : topology.networks) {
    std::string line;
    for (const HostSpec& host : topology.hosts) {
      if (host.address_on(network.name).empty()) continue;
      line += " " + host.name + (host.team.empty() ? " (the users)" : "");
    }
    lines += lines.empty() ? "Hosts     " : "          ";
    lines += padded(network.name + " (" + network.subnet + "):", 22) + line + "\n";
  }
  return lines;
}

std::string normal_line(const json::object& normal) {
  const double seconds = number_or(normal, "seconds", 0);
  if (seconds <= 0) return "`gameday normal` tells, once it is measured";
  return number(number_or(normal, "offered", 0) / seconds) + " requests/s, " +
         number(number_or(normal, "requests_failed_percent", 0)) + " % failed, p50 " +
         number(number_or(normal, "p50_ms", 0)) + " ms, p99 " +
         number(number_or(normal, "p99_ms", 0)) + " ms";
}

}  // namespace

std::string brief_screen(const Topology& topology, const BriefFacts& facts) {
  const std::string hosts = host_lines(topology);
  const std::string normal = normal_line(facts.normal);
  const std::string objective = number(facts.objective_ms);
  const std::string minutes = number(facts.time_box_minutes);
  std::vector<char> screen(8192);
  std::snprintf(screen.data(), screen.size(), kBrief, objective.c_str(), hosts.c_str(),
                normal.c_str(), kChangeLogPath, minutes.c_str());
  return screen.data();
}

std::string map_screen(const Topology& topology) {
  std::string text = padded("host", 9) + padded("addresses", 30) + padded("team", 13) + "runs\n";
  for (const HostSpec& host : topology.hosts) {
    std::string addresses;
    for (const Attachment& attachment : host.attachments) {
      addresses += (addresses.empty() ? "" : ", ") + attachment.address;
    }
    text += padded(host.name, 9) + padded(addresses, 30) +
            padded(host.team.empty() ? "-" : host.team, 13) + runs(host) + "\n";
  }
  text += "\n";
  for (const NetworkSpec& network : topology.networks) {
    text += padded(network.name, 9) + padded(network.subnet, 18) + "\n";
  }
  return text + "users -> lb -> web1, web2 -> (PgBouncer) -> router -> db1 -> db2 (replica)\n"
                "an order also calls pay; mon and ops stand in app and data\n"
                "devops is platform and network together; senior and management own no host\n";
}

json::array map_document(const Topology& topology) {
  json::array hosts;
  for (const HostSpec& host : topology.hosts) {
    json::object addresses;
    for (const Attachment& attachment : host.attachments) {
      addresses[attachment.network] = attachment.address;
    }
    json::object entry;
    entry["host"] = host.name;
    entry["team"] = host.team;
    entry["runs"] = runs(host);
    entry["addresses"] = std::move(addresses);
    hosts.push_back(std::move(entry));
  }
  return hosts;
}

std::string normal_screen(const json::object& normal, double objective_ms) {
  const double seconds = number_or(normal, "seconds", 0);
  if (seconds <= 0) return "normal is not measured yet\n";
  const auto line = [&](const char* name, const char* key, const char* unit) {
    return padded(name, 26) + number(number_or(normal, key, 0)) + " " + unit + "\n";
  };
  return "A good day, as measured just before (" + number(seconds) + " s):\n" +
         padded("requests", 26) + number(number_or(normal, "offered", 0) / seconds) +
         " a second\n" + line("failed", "requests_failed_percent", "%") +
         line("slower than objective", "requests_slow_percent", "%") +
         line("half of the answers within", "p50_ms", "ms") +
         line("99 % of them within", "p99_ms", "ms") +
         line("99 % of reads within", "reads_p99_ms", "ms") +
         line("users affected", "users_affected_percent", "%") + padded("objective", 26) +
         number(objective_ms) + " ms, no errors\n" +
         "Earlier days are in Prometheus, earlier logs beside the current ones.\n";
}

std::string page_screen(const json::object& page, const std::vector<Dashboard>& dashboards) {
  const bool ticket = string_or(page, "source", "") == "ticket";
  const bool unknown = of_unknown_origin(page);
  std::string text = ticket ? "SUPPORT TICKET\n" : unknown ? "PAGE OF UNKNOWN ORIGIN\n" : "PAGE\n";
  const auto line = [&](const char* name, const std::string& value) {
    if (!value.empty()) text += padded(name, 11) + text::row(value, kLongestLine) + "\n";
  };
  line("what", string_or(page, "summary", ""));
  const std::string text_of_page = string_or(page, "text", "");
  const bool said_already = string_or(page, "summary", "").ends_with(text_of_page);
  if (!said_already) line("text", text_of_page);
  line("severity", string_or(page, "severity", ""));
  line("team", string_or(page, "team", ""));
  line("since", plain_time(string_or(page, "since", "")));
  line("came", plain_time(string_or(page, "wall", "")));
  const auto repeats = static_cast<int>(number_or(page, "repeats", 0));
  if (repeats > 0) {
    line("again", std::to_string(repeats) + (repeats == 1 ? " time" : " times") + ", last at " +
                      plain_time(string_or(page, "again_at", "")));
  }
  line("runbook", string_or(page, "runbook", ""));
  line("cite as", string_or(page, "observation", ""));
  line("origin", unknown ? "unknown: Prometheus had no such alert; it cannot be cited" : "");
  const char* label = "dashboards";
  for (const Dashboard& dashboard : dashboards) {
    line(label, dashboard.name + " " + dashboard.url);
    label = "";
  }
  return text;
}

std::string resolved_line(const json::object& alert) {
  return text::row("*** RESOLVED: " + string_or(alert, "name", "") + ": " +
                      string_or(alert, "summary", ""), kLongestLine) +
         "  (the alert no longer fires)";
}

std::string page_line(const json::object& page) {
  const bool ticket = string_or(page, "source", "") == "ticket";
  constexpr size_t kLongestLetter = 1000;
  std::string said = string_or(page, "summary", "");
  const std::string letter = ticket ? string_or(page, "text", "") : "";
  if (!said.ends_with(letter)) said += ": " + letter;
  const char* head = ticket ? "*** TICKET: "
                     : of_unknown_origin(page) ? "*** PAGE OF UNKNOWN ORIGIN: " : "*** PAGE: ";
  return text::row(head + said, ticket ? kLongestLetter : kLongestLine) +
         "  (gameday pages, gameday ack)";
}

std::string dashboard_screen(const std::vector<Dashboard>& dashboards) {
  if (dashboards.empty()) return "there is no dashboard on this machine\n";
  std::string text;
  for (const Dashboard& dashboard : dashboards) {
    text += padded(dashboard.name, 14) + dashboard.url + "\n";
  }
  return text + "for a browser on the machine that runs this; on ops use http://mon:9090 "
                "and http://lb:8404\n";
}

}  // namespace gameday
