#include "alerts/promql.hpp"

#include <algorithm>
#include <cctype>
#include <set>
#include <string_view>

#include "alerts/rule_files.hpp"

namespace gameday {

namespace {

enum class Kind { kWord, kNumber, kString, kSign };

struct Token {
  Kind kind;
  std::string_view text;
  size_t at = 0;  // in the expression
  int depth = 0;  // of brackets around it; an opening and a closing bracket stand outside
};

bool begins_word(char c) {
  return std::isalpha(static_cast<unsigned char>(c)) || c == '_' || c == ':';
}
bool goes_on(char c) { return std::isalnum(static_cast<unsigned char>(c)) || c == '_' || c == ':'; }

size_t end_of_string(std::string_view text, size_t at) {
  const char quote = text[at];
  for (size_t i = at + 1; i < text.size(); ++i) {
    if (text[i] == '\\' && quote != '`') ++i;
    else if (text[i] == quote) return i + 1;
  }
  return text.size();
}

size_t end_of_sign(std::string_view text, size_t at) {
  static const std::set<std::string_view> pairs = {"==", "!=", ">=", "<=", "=~", "!~"};
  return at + (pairs.count(text.substr(at, 2)) == 1 ? 2 : 1);
}

std::vector<Token> tokens_of(std::string_view text) {
  std::vector<Token> tokens;
  int depth = 0;
  bool in_range = false;  // ':' parts the two durations of a subquery
  for (size_t at = 0; at < text.size();) {
    const char c = text[at];
    if (std::isspace(static_cast<unsigned char>(c))) {
      ++at;
      continue;
    }
    if (c == '#') {
      at = std::min(text.find('\n', at), text.size());
      continue;
    }
    size_t end = at;
    Kind kind = Kind::kSign;
    if (c == '"' || c == '\'' || c == '`') {
      kind = Kind::kString, end = end_of_string(text, at);
    } else if (!in_range && begins_word(c)) {
      kind = Kind::kWord;
      while (end < text.size() && goes_on(text[end])) ++end;
    } else if (std::isdigit(static_cast<unsigned char>(c)) || c == '.') {
      kind = Kind::kNumber;
      while (end < text.size() && (text[end] == '.' || (goes_on(text[end]) && text[end] != ':'))) {
        const bool exponent = text[end] == 'e' || text[end] == 'E';
        ++end;
        if (exponent && end < text.size() && (text[end] == '-' || text[end] == '+')) ++end;
      }
    } else {
      end = end_of_sign(text, at);
    }
    if (c == ')' || c == ']' || c == '}') --depth;
    if (c == '[') in_range = true;
    if (c == ']') in_range = false;
    tokens.push_back({kind, text.substr(at, end - at), at, depth});
    if (c == '(' || c == '[' || c == '{') ++depth;
    at = end;
  }
  return tokens;
}

bool lists_labels(std::string_view word) {
  static const std::set<std::string_view> words = {"by",       "without",    "on",
                                                   "ignoring", "group_left", "group_right"};
  return words.count(word) == 1;
}

bool is_keyword(std::string_view word) {
  static const std::set<std::string_view> words = {"and",   "or",  "unless", "bool", "offset",
                                                   "atan2", "inf", "nan",    "Inf",  "NaN"};
  return words.count(word) == 1;
}

// The token behind the bracket that closes the one at `open`.
size_t behind(const std::vector<Token>& tokens, size_t open) {
  size_t at = open + 1;
  while (at < tokens.size() && tokens[at].depth > tokens[open].depth) ++at;
  return std::min(at + 1, tokens.size());
}

std::string unquoted(std::string_view text) {
  std::string value;
  for (size_t i = 1; i + 1 < text.size(); ++i) {
    if (text[i] == '\\' && text[0] != '`' && i + 2 < text.size()) ++i;
    value += text[i];
  }
  return value;
}

// From the opening brace at `open`.
void read_matchers(const std::vector<Token>& tokens, size_t open, Selector& selector) {
  for (size_t i = open + 1; i + 2 < tokens.size() && tokens[i].depth > tokens[open].depth; ++i) {
    if (tokens[i].kind != Kind::kWord || tokens[i + 2].kind != Kind::kString) continue;
    LabelMatcher matcher{std::string(tokens[i].text), std::string(tokens[i + 1].text),
                         unquoted(tokens[i + 2].text)};
    i += 2;
    if (matcher.label == "__name__" && matcher.op == "=") {
      selector.metric = matcher.value;
    } else {
      selector.matchers.push_back(std::move(matcher));
    }
  }
}

// The expression without brackets that stand around all of it.
std::string without_brackets(std::string expr) {
  for (;;) {
    const std::vector<Token> tokens = tokens_of(expr);
    if (tokens.size() < 3 || tokens.front().text != "(" || behind(tokens, 0) != tokens.size()) {
      return expr;
    }
    expr = expr.substr(tokens.front().at + 1, tokens.back().at - tokens.front().at - 1);
  }
}

std::optional<double> number_of(const std::vector<Token>& tokens, size_t from) {
  double product = 1;
  bool wants_number = true, negative = false;
  for (size_t i = from; i < tokens.size(); ++i) {
    if (wants_number && tokens[i].text == "-") {
      negative = !negative;
    } else if (wants_number && tokens[i].kind == Kind::kNumber) {
      char* end = nullptr;
      const std::string text(tokens[i].text);
      product *= std::strtod(text.c_str(), &end);
      if (*end != '\0') return std::nullopt;
      wants_number = false;
    } else if (!wants_number && tokens[i].text == "*") {
      wants_number = true;
    } else {
      return std::nullopt;
    }
  }
  if (wants_number) return std::nullopt;
  return negative ? -product : product;
}

}  // namespace

std::vector<Selector> selectors_of(const std::string& expr) {
  const std::vector<Token> tokens = tokens_of(expr);
  std::vector<Selector> found;
  for (size_t i = 0; i < tokens.size(); ++i) {
    const std::string_view next = i + 1 < tokens.size() ? tokens[i + 1].text : std::string_view();
    Selector selector;
    size_t open = i;
    if (tokens[i].kind == Kind::kWord) {
      if (lists_labels(tokens[i].text)) {
        if (next == "(") i = behind(tokens, i + 1) - 1;
        continue;
      }
      const bool called = next == "(" || next == "by" || next == "without";
      if (called || is_keyword(tokens[i].text)) continue;
      selector.metric = tokens[i].text;
      open = i + 1;
    }
    const bool braces = open < tokens.size() && tokens[open].text == "{";
    if (!braces && tokens[i].kind != Kind::kWord) continue;
    size_t last = i;
    if (braces) {
      read_matchers(tokens, open, selector);
      last = behind(tokens, open) - 1;
    }
    selector.text =
        expr.substr(tokens[i].at, tokens[last].at + tokens[last].text.size() - tokens[i].at);
    found.push_back(std::move(selector));
    i = last;
  }
  return found;
}

std::vector<std::string> conjuncts_of(const std::string& whole) {
  const std::string expr = without_brackets(whole);
  const std::vector<Token> tokens = tokens_of(expr);
  std::vector<std::string> parts;
  size_t begin = 0;
  bool open = true;  // a part is being read
  for (size_t i = 0; i < tokens.size(); ++i) {
    if (tokens[i].depth > 0 || tokens[i].kind != Kind::kWord) continue;
    if (tokens[i].text == "or") return {expr};
    const bool joins = tokens[i].text == "and";
    if (!joins && tokens[i].text != "unless") continue;
    if (open) parts.push_back(expr.substr(begin, tokens[i].at - begin));
    open = joins;
    size_t next = i + 1;
    while (next + 1 < tokens.size() && lists_labels(tokens[next].text) &&
           tokens[next + 1].text == "(") {
      next = behind(tokens, next + 1);
    }
    begin = next < tokens.size() ? tokens[next].at : expr.size();
    i = next == 0 ? i : next - 1;
  }
  if (open) parts.push_back(expr.substr(begin));
  return parts;
}

std::optional<Comparison> comparison_of(const std::string& whole) {
  static const std::set<std::string_view> signs = {"==", "!=", ">", "<", ">=", "<="};
  const std::string expr = without_brackets(whole);
  const std::vector<Token> tokens = tokens_of(expr);
  std::optional<size_t> at;
  for (size_t i = 0; i < tokens.size(); ++i) {
    if (tokens[i].depth > 0) continue;
    if (tokens[i].text == "and" || tokens[i].text == "or" || tokens[i].text == "unless") {
      return std::nullopt;
    }
    if (signs.count(tokens[i].text) == 1) at = i;
  }
  if (!at) return std::nullopt;
  const std::optional<double> number = number_of(tokens, *at + 1);
  if (!number) return std::nullopt;
  return Comparison{expr.substr(0, tokens[*at].at), std::string(tokens[*at].text), *number};
}

double window_seconds(const std::string& expr) {
  const std::vector<Token> tokens = tokens_of(expr);
  double longest = 0, more = 0;
  for (size_t i = 0; i + 1 < tokens.size(); ++i) {
    const double seconds = parse_duration(tokens[i + 1].text).value_or(0);
    if (tokens[i].text == "[") {
      const bool subquery = i + 2 < tokens.size() && tokens[i + 2].text == ":";
      if (subquery) more += seconds;
      else longest = std::max(longest, seconds);
    }
    if (tokens[i].text == "offset") more += seconds;
  }
  return longest + more;
}

}  // namespace gameday
