#include "drill/access_rules.hpp"

#include <arpa/inet.h>

#include <charconv>
#include <optional>
#include <set>
#include <sstream>
#include <vector>

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

std::string words_joined(const std::vector<std::string>& words) {
  std::string text;
  for (const std::string& word : words) text += (text.empty() ? "" : " ") + word;
  return text;
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
  const std::string unread = "unread " + words_joined(words);
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

}  // namespace

std::string access_rules(const std::string& pg_hba) {
  std::string all;
  for (const auto& words : lines_of_words(pg_hba)) all += rule_of(words) + "\n";
  return all;
}

std::string user_name_maps(const std::string& pg_ident) {
  std::string all;
  for (const auto& words : lines_of_words(pg_ident)) all += "map " + words_joined(words) + "\n";
  return all;
}

}  // namespace gameday
