#include "drill/probes/access_rules.hpp"

#include <arpa/inet.h>

#include <algorithm>
#include <cctype>
#include <charconv>
#include <optional>
#include <set>
#include <sstream>
#include <vector>

#include "core/text.hpp"

namespace gameday {

namespace {

// The words of each line that holds any: quotes are taken away, a backslash at the end of a line
// continues it, and a comma with blanks beside it does not end a list.
std::vector<std::vector<std::string>> lines_of_words(const std::string& text) {
  std::string joined;
  for (size_t at = 0; at < text.size(); ++at) {
    if (text[at] == '\\' && at + 1 < text.size() && text[at + 1] == '\n') ++at;
    else joined += text[at];
  }
  std::vector<std::vector<std::string>> lines;
  std::istringstream stream(joined);
  for (std::string line; std::getline(stream, line);) {
    std::vector<std::string> words;
    std::string word;
    bool quoted = false, in_word = false, goes_on = false;
    const auto finish = [&] {
      if (!in_word) return;
      if (goes_on) words.back() += word;
      else words.push_back(word);
      goes_on = !word.empty() && word.back() == ',';
      word.clear();
      in_word = false;
    };
    for (const char c : line) {
      if (c == '"') {
        quoted = !quoted;
        in_word = true;
      } else if (c == '#' && !quoted) {
        break;
      } else if (!quoted && (c == ' ' || c == '\t' || c == '\r')) {
        finish();
      } else {
        if (c == ',' && !quoted && !in_word && !words.empty()) goes_on = true;
        word += c;
        in_word = true;
      }
    }
    finish();
    if (!words.empty()) lines.push_back(std::move(words));
  }
  return lines;
}

// 10.0.0.0/8 as address and mask; nullopt for what is no IPv4 prefix.
std::optional<std::string> address_and_mask(const std::string& prefix) {
  const size_t slash = prefix.find('/');
  if (slash == std::string::npos) return std::nullopt;
  int bits = -1;
  const char* end = prefix.data() + prefix.size();
  const auto parsed = std::from_chars(prefix.data() + slash + 1, end, bits);
  in_addr address{};
  const std::string before = prefix.substr(0, slash);
  if (parsed.ptr != end || bits < 0 || bits > 32 ||
      ::inet_pton(AF_INET, before.c_str(), &address) != 1) {
    return std::nullopt;
  }
  in_addr mask{};
  mask.s_addr = bits == 0 ? 0 : htonl(~uint32_t{0} << (32 - bits));
  char text[INET_ADDRSTRLEN];
  ::inet_ntop(AF_INET, &mask, text, sizeof text);
  return before + " " + text;
}

bool is_address(const std::string& word) {
  in_addr address{};
  return ::inet_pton(AF_INET, word.c_str(), &address) == 1;
}

std::string rule_of(const std::vector<std::string>& words) {
  static const std::set<std::string> kNetworkTypes = {"host", "hostssl", "hostnossl", "hostgssenc",
                                                      "hostnogssenc"};
  const std::string unread = "unread " + text::joined(words, " ");
  if (words[0] == "local") {
    if (words.size() < 4) return unread;
    return "rule local " + words[1] + " " + words[2] + " - - " + words[3];
  }
  if (!kNetworkTypes.contains(words[0]) || words.size() < 5) return unread;
  const std::string head = "rule " + words[0] + " " + words[1] + " " + words[2] + " ";
  if (const auto prefix = address_and_mask(words[3])) return head + *prefix + " " + words[4];
  if (is_address(words[3])) {
    if (words.size() < 6 || !is_address(words[4])) return unread;
    return head + words[3] + " " + words[4] + " " + words[5];
  }
  return head + words[3] + " - " + words[4];
}

// Words of a line that has nothing else to say.
std::vector<std::string> words_of(const std::string& line) {
  std::istringstream stream(line);
  std::vector<std::string> words;
  for (std::string word; stream >> word;) words.push_back(word);
  return words;
}

// "rule TYPE DATABASES USERS NAME - METHOD"
bool names_address(const std::vector<std::string>& rule) {
  return rule.size() == 7 && rule[0] == "rule" && rule[5] == "-" && rule[4] != "-" &&
         rule[4] != "all" && rule[4].find('/') == std::string::npos;
}

// Its addresses as /etc/hosts has them; nullopt when names are looked up elsewhere, too.
std::optional<std::vector<std::string>> addresses_of(std::string name, const HostNames& names) {
  bool files_only = false;
  for (const auto& words : lines_of_words(names.nsswitch)) {
    if (words[0] == "hosts:") files_only = words.size() == 2 && words[1] == "files";
  }
  if (!files_only || name.starts_with(".")) return std::nullopt;
  const auto lowered = [](std::string text) {
    for (char& c : text) c = static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
    return text;
  };
  name = lowered(name);
  std::vector<std::string> addresses;
  for (const auto& words : lines_of_words(names.hosts)) {
    const bool is_its = std::any_of(words.begin() + 1, words.end(),
                                    [&](const std::string& one) { return lowered(one) == name; });
    if (is_its) addresses.push_back(words[0]);
  }
  return addresses;
}

bool is_loopback(const std::string& prefix) {
  return prefix.starts_with("127.") || prefix.starts_with("::1/");
}

// samehost and samenet. A neighbour's address of one link is that neighbour's other address, too.
std::string own_addresses(const std::vector<std::string>& rule, const HostNames& names) {
  std::string all;
  for (const std::string& prefix : names.prefixes) {
    if (prefix.starts_with("fe80:")) continue;
    if (is_loopback(prefix)) {
      const std::string line = "loopback " + rule[2] + " " + rule[3] + " " + rule[6] + "\n";
      if (all.find(line) == std::string::npos) all += line;
      continue;
    }
    const std::string one = prefix.substr(0, prefix.find('/')) + "/32";
    const auto address = address_and_mask(rule[4] == "samehost" ? one : prefix);
    all += "rule " + rule[1] + " " + rule[2] + " " + rule[3] + " " +
           (address ? *address : prefix + " -") + " " + rule[6] + "\n";
  }
  return all;
}

std::string with_addresses(const std::string& line, const std::vector<std::string>& rule,
                           const HostNames& names) {
  if (!names_address(rule)) return line + "\n";
  if (rule[4] == "samehost" || rule[4] == "samenet") return own_addresses(rule, names);
  const auto addresses = addresses_of(rule[4], names);
  if (!addresses) return line + "\n";
  std::string all;
  for (const std::string& address : *addresses) {
    all += "rule " + rule[1] + " " + rule[2] + " " + rule[3] + " " + address + " " +
           (is_address(address) ? "255.255.255.255" : "-") + " " + rule[6] + "\n";
  }
  return all;
}

}  // namespace

bool speaks_of_names(const std::string& rules) {
  std::istringstream stream(rules);
  for (std::string line; std::getline(stream, line);) {
    if (names_address(words_of(line))) return true;
  }
  return false;
}

std::string with_addresses(const std::string& rules, const HostNames& names) {
  std::string all;
  std::istringstream stream(rules);
  for (std::string line; std::getline(stream, line);) {
    all += with_addresses(line, words_of(line), names);
  }
  return all;
}

bool lets_in_by_loopback(const std::string& access, const std::string& host,
                         const std::string& database, const std::string& role) {
  const auto has = [](const std::string& list, const std::string& name) {
    const std::string whole = "," + list + ",";
    return whole.find("," + name + ",") != std::string::npos ||
           whole.find(",all,") != std::string::npos;
  };
  std::istringstream stream(access);
  for (std::string line; std::getline(stream, line);) {
    const auto words = words_of(line);
    if (words.size() == 5 && words[0] == host && words[1] == "loopback" && has(words[2], database) &&
        has(words[3], role)) {
      return true;
    }
  }
  return false;
}

std::string access_rules(const std::string& pg_hba) {
  std::string all;
  for (const auto& words : lines_of_words(pg_hba)) all += rule_of(words) + "\n";
  return all;
}

std::string user_name_maps(const std::string& pg_ident) {
  std::string all;
  for (const auto& words : lines_of_words(pg_ident)) all += "map " + text::joined(words, " ") + "\n";
  return all;
}

}  // namespace gameday
