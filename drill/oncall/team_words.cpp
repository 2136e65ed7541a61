#include "drill/oncall/team_words.hpp"

#include <algorithm>
#include <cctype>
#include <charconv>
#include <cmath>
#include <ctime>
#include <optional>
#include <set>
#include <sstream>

#include "core/text.hpp"
#include "drill/oncall/team_checks.hpp"

namespace gameday {

namespace {

constexpr size_t kMostSentences = 8;  // of one host; a person would stop counting, too
constexpr double kSameStartSeconds = 3;  // a start is told in whole seconds before now

constexpr std::string_view kStarted = "started ";

std::optional<double> number_in(const std::string& text) {
  double value = 0;
  const auto parsed = std::from_chars(text.data(), text.data() + text.size(), value);
  if (parsed.ec != std::errc() || parsed.ptr != text.data() + text.size()) return std::nullopt;
  return value;
}

std::string without_note(const std::string& value) { return value.substr(0, value.find('\t')); }

std::string note_of(const std::string& value) {
  const size_t tab = value.find('\t');
  return tab == std::string::npos ? "" : " " + value.substr(tab + 1);
}

bool differ(const std::string& key, const std::string& normal, const std::string& now) {
  const std::string before = without_note(normal), after = without_note(now);
  if (before == after) return false;
  const auto a = number_in(before), b = number_in(after);
  if (!a || !b) return true;
  if (key.starts_with(kStarted)) return std::abs(*a - *b) > kSameStartSeconds;
  const double low = std::min(*a, *b), high = std::max(*a, *b);
  return high > 3 * low && high - low > 10;
}

std::string list_of(std::vector<std::string> names) {
  if (names.size() < 2) return text::joined(names, "");
  const std::string last = names.back();
  names.pop_back();
  return text::joined(names, ", ") + " and " + last;
}

// What is said of the first fact whose beginning fits. {host}, {rest} (of the key), {now}, {before},
// {note} and {since} (of a restart) are filled in; an empty sentence says nothing.
struct Wording {
  std::string_view key;
  std::string_view differs, is_new, is_gone;
};

const std::vector<Wording>& wordings() {
  static const std::vector<Wording> all = {
      {"service ", "the service {rest} on {host} is {now}, normally {before}",
       "{host} has a service that it did not have before, {rest}: {now}",
       "{host} no longer has the service {rest}"},
      {kStarted, "the service {rest} on {host} was started again at {now}", "", ""},
      {"route ", "", "{host} has a route that it did not have before: {rest}",
       "{host} no longer has the route {rest}"},
      {"rule ", "", "the packet filter of {host} has a rule that it did not have before: {rest}",
       "the packet filter of {host} no longer has the rule {rest}"},
      {"server ", "the balancer sees {rest} as {now}, normally {before}",
       "the balancer has a server that it did not have before, {rest}: {now}",
       "the balancer no longer has the server {rest}"},
      {"requests in two seconds", "{now} requests came to {host} in two seconds, normally {before}",
       "", ""},
      {"answers 5xx", "{host} passed on {now} answers 5xx in two seconds, normally {before}", "", ""},
      {"file ", "the file {rest} on {host} is another one than before{note}",
       "{host} has a file that it did not have before, {rest}{note}",
       "{host} no longer has the file {rest}"},
      {"forwarding", "forwarding on {host} is {now}, normally {before}", "", ""},
      {"link ", "the link {rest} of {host} is {now}, normally {before}", "",
       "{host} no longer has the link {rest}"},
      {"packets that rules refused", "rules of {host} refused {now} packets in two seconds, "
       "normally {before}", "", ""},
      {"port 5432 of ", "asked from {host}, port 5432 of {rest} {now}; normally it {before}", "", ""},
      {"own socket", "PostgreSQL on {host} {now} on its own socket; normally it {before}", "", ""},
      {"in recovery", "{host} says that it is in recovery: {now}, normally {before}", "", ""},
      {"streams to", "{host} streams its changes to {now}, normally to {before}", "", ""},
      {"receives changes", "{host} receives its primary's changes: {now}, normally {before}", "",
       "{host} receives no changes from a primary; normally it does: {before}"},
      {"settings ", "the settings {rest} of {host} are not those that it had while all was well", "",
       ""},
      {"rules of client access", "the rules that let clients into {host} are not those that it had "
       "while all was well", "", ""},
      {"privileges ", "the privileges {rest} of {host} are not those that it had while all was well",
       "", ""},
      {"indexes", "{host} has {now} indexes, normally {before}", "", ""},
      {"sessions ", "{now} sessions on {host} are {rest}, normally {before}", "", ""},
      {"listens on", "{host} listens on {now}, normally on {before}{since}",
       "{host} listens on {now}{since}; normally it does not",
       "{host} does not listen for its clients; normally it does, on {before}"},
      {"most frequent error", "the log of {host} says most often: {now}{note}",
       "the log of {host} says most often: {now}{note}", ""},
      {"live release", "release {now} is live on {host}; before it was {before}", "", ""},
      {"waiting clients", "{now} requests on {host} wait for a connection of its pool, normally "
       "{before}", "", ""},
      {"a product page", "a product page asked on {host} itself {now}; normally it {before}", "", ""},
      {"health page", "the health page of {host} {now}; normally it {before}", "", ""},
      {"no metrics from ", "", "the monitoring gets no metrics from {rest}", ""},
  };
  return all;
}

std::string filled(std::string_view wording, const std::map<std::string, std::string>& values) {
  std::string text;
  for (size_t at = 0; at < wording.size();) {
    const size_t open = wording.find('{', at);
    text += wording.substr(at, open - at);
    if (open == std::string_view::npos) break;
    const size_t close = wording.find('}', open);
    text += values.at(std::string(wording.substr(open + 1, close - open - 1)));
    at = close + 1;
  }
  return text;
}

// One fact that differs; `normal` or `now` is null where it was not there.
std::string sentence(const std::string& host, const std::string& key, const std::string* normal,
                     const std::string* now, const std::string& restart) {
  const auto value = [&](const std::string* text) {
    if (!text) return std::string();
    const std::string plain = without_note(*text);
    const auto seconds = number_in(plain);
    return key.starts_with(kStarted) && seconds ? time_of_day(*seconds) : plain;
  };
  for (const Wording& wording : wordings()) {
    if (!key.starts_with(wording.key)) continue;
    const std::string_view said = !normal ? wording.is_new : !now ? wording.is_gone
                                                                  : wording.differs;
    if (said.empty() && wording.key == kStarted) return "";  // its service is told of
    if (said.empty()) break;
    return filled(said, {{"host", host},
                         {"rest", key.substr(wording.key.size())},
                         {"now", value(now)},
                         {"before", value(normal)},
                         {"note", now ? note_of(*now) : ""},
                         {"since", restart}});
  }
  if (!normal) return host + ": " + key + (value(now).empty() ? "" : " is " + value(now));
  if (!now) return host + ": there is no longer: " + key;
  return host + ": " + key + " is " + value(now) + ", normally " + value(normal);
}

// Of PostgreSQL, since the look while all was well: ", since its restart at 03:06:12".
std::string restart_of_database(const SeenHost& host) {
  static const std::string key = "started postgresql";
  for (const auto& [look, result] : host.now) {
    const auto before = host.normal.find(look);
    if (before == host.normal.end()) continue;
    const auto then = before->second.facts.find(key), now = result.facts.find(key);
    if (then == before->second.facts.end() || now == result.facts.end()) continue;
    if (!differ(key, then->second, now->second)) return "";
    return ", since its restart at " + time_of_day(number_in(now->second).value_or(0));
  }
  return "";
}

// Whether a question asks about what a look looks at.
bool asks_about(const std::string& question, const TeamLook& look) {
  std::string text = question;
  std::transform(text.begin(), text.end(), text.begin(),
                 [](unsigned char c) { return std::tolower(c); });
  std::istringstream words{std::string(look.words)};
  for (std::string word; words >> word;) {
    for (size_t at = text.find(word); at != std::string::npos; at = text.find(word, at + 1)) {
      if (at == 0 || std::isalnum(static_cast<unsigned char>(text[at - 1])) == 0) return true;
    }
  }
  return false;
}

// A report in the making.
struct Report {
  std::vector<std::string> asked, others, unknown;  // sentences
  std::vector<std::string> healthy;                 // hosts
};

void take_host(const SeenHost& host, const std::set<size_t>& asked, Report& report) {
  if (!host.reached) {
    report.others.push_back(host.name + " cannot be reached");
    return;
  }
  const std::string restart = restart_of_database(host);
  std::vector<std::string> not_normal, not_now;
  size_t said = 0, left_out = 0;
  for (const auto& [look, result] : host.now) {
    const std::string what(team_looks()[look].what);
    const auto before = host.normal.find(look);
    if (before == host.normal.end() || !before->second.complete) {
      // Against a normal that was never seen everything would be new.
      not_normal.push_back(what);
    } else {
      TeamFacts normal = before->second.facts;
      if (!result.complete) {
        not_now.push_back(what);
        const TeamFacts& now = result.facts;
        std::erase_if(normal, [&](const auto& fact) { return !now.contains(fact.first); });
      }
      for (std::string& one : team_sentences(host.name, normal, result.facts, restart)) {
        if (++said > kMostSentences) ++left_out;
        else (asked.contains(look) ? report.asked : report.others).push_back(std::move(one));
      }
    }
  }
  if (left_out > 0) {
    report.others.push_back("on " + host.name + " " + std::to_string(left_out) +
                            " more things are not as before");
  }
  if (!not_now.empty()) {
    report.unknown.push_back("of " + host.name + " we could not see " + list_of(not_now) +
                             ": the look failed or took too long");
  }
  if (!not_normal.empty()) {
    report.unknown.push_back("of " + host.name + " we cannot say whether " + list_of(not_normal) +
                             " are as ever: our look while all was well failed");
  }
  if (said == 0 && not_now.empty() && not_normal.empty()) report.healthy.push_back(host.name);
}

std::string as_sentences(const std::vector<std::string>& parts,
                         const std::vector<SeenHost>& hosts) {
  std::string text;
  for (std::string part : parts) {
    const std::string first = part.substr(0, part.find_first_of(" :"));
    const bool is_name = std::any_of(hosts.begin(), hosts.end(), [&](const SeenHost& host) {
      return host.name == first;
    });
    if (!is_name) part[0] = static_cast<char>(std::toupper(static_cast<unsigned char>(part[0])));
    text += (text.empty() ? "" : " ") + part + ".";
  }
  return text;
}

// What was looked at on these hosts: "services, routes and firewall".
std::vector<std::string> topics(const std::vector<SeenHost>& hosts, const std::set<size_t>* only) {
  std::vector<std::string> all;
  for (size_t look = 0; look < team_looks().size(); ++look) {
    const std::string what(team_looks()[look].what);
    const bool used = std::any_of(hosts.begin(), hosts.end(), [&](const SeenHost& host) {
      return host.now.contains(look);
    });
    const bool wanted = used && (!only || only->contains(look));
    if (wanted && std::find(all.begin(), all.end(), what) == all.end()) all.push_back(what);
  }
  return all;
}

}  // namespace

TeamFacts team_facts(const std::string& output) {
  TeamFacts facts;
  std::istringstream lines(output);
  for (std::string line; std::getline(lines, line);) {
    if (line.empty()) continue;
    const size_t colon = line.find(": ");
    if (colon == std::string::npos) facts[line] = "";
    else facts[line.substr(0, colon)] = line.substr(colon + 2);
  }
  return facts;
}

std::vector<std::string> team_sentences(const std::string& host, const TeamFacts& normal,
                                        const TeamFacts& now, const std::string& restart) {
  std::vector<std::string> found;
  const auto add = [&found](std::string text) {
    if (!text.empty()) found.push_back(std::move(text));
  };
  for (const auto& [key, value] : now) {
    const auto before = normal.find(key);
    if (before == normal.end()) add(sentence(host, key, nullptr, &value, restart));
    else if (differ(key, before->second, value)) {
      add(sentence(host, key, &before->second, &value, restart));
    }
  }
  for (const auto& [key, value] : normal) {
    if (!now.contains(key)) add(sentence(host, key, &value, nullptr, restart));
  }
  return found;
}

std::string team_report(const std::vector<SeenHost>& hosts, const std::string& at,
                        const std::string& question) {
  std::set<size_t> asked;
  for (size_t look = 0; look < team_looks().size(); ++look) {
    const bool looked_at = std::any_of(hosts.begin(), hosts.end(), [&](const SeenHost& host) {
      return host.now.contains(look);
    });
    if (looked_at && asks_about(question, team_looks()[look])) asked.insert(look);
  }
  Report report;
  for (const SeenHost& host : hosts) take_host(host, asked, report);
  const std::string asked_about = list_of(topics(hosts, &asked));
  const bool nothing = report.asked.empty() && report.others.empty() && report.unknown.empty();
  std::string text;
  if (nothing) {
    text = "Our part is healthy: " + list_of(report.healthy) +
           (report.healthy.size() == 1 ? " looks" : " look") + " as always. ";
  }
  if (!asked.empty()) text += "You asked about " + asked_about + ": ";
  if (!report.asked.empty()) text += as_sentences(report.asked, hosts) + " ";
  else if (!asked.empty()) text += "we saw nothing unusual there. ";
  if (!report.others.empty()) text += as_sentences(report.others, hosts) + " ";
  if (!report.unknown.empty()) text += as_sentences(report.unknown, hosts) + " ";
  if (!nothing && !report.healthy.empty()) {
    text += list_of(report.healthy) + (report.healthy.size() == 1 ? " is" : " are") +
            " as always. ";
  }
  return text + "We looked at " + at + (nothing ? ": " + list_of(topics(hosts, nullptr)) : "") + ".";
}

std::string time_of_day(double seconds_since_1970) {
  const std::time_t seconds = static_cast<std::time_t>(seconds_since_1970);
  std::tm broken{};
  ::gmtime_r(&seconds, &broken);
  char text[16];
  std::strftime(text, sizeof text, "%H:%M:%S", &broken);
  return text;
}

}  // namespace gameday
