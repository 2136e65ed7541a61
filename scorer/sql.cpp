#include "scorer/sql.hpp"

#include <algorithm>
#include <cctype>
#include <regex>

namespace gameday {

namespace {

constexpr size_t kLongest = 4000;  // std::regex recurses per character

// Lower case, without comments; string constants are empty, or kept.
std::string cleaned(std::string_view sql, bool keeps_strings) {
  std::string text;
  sql = sql.substr(0, kLongest);
  for (size_t i = 0; i < sql.size(); ++i) {
    const std::string_view rest = sql.substr(i);
    if (rest.starts_with("--")) {
      i += std::min(rest.find('\n'), rest.size()) - 1;
      text += ' ';
    } else if (rest.starts_with("/*")) {
      const size_t end = rest.find("*/", 2);
      i += end == std::string_view::npos ? rest.size() : end + 1;
      text += ' ';
    } else if (rest[0] == '\'') {
      const size_t end = std::min(rest.find('\'', 1), rest.size() - 1);
      text += keeps_strings ? std::string(rest.substr(0, end + 1)) : "''";
      i += end;
    } else if (rest[0] == '$' && rest.find('$', 1) != std::string_view::npos && !keeps_strings) {
      const std::string_view tag = rest.substr(0, rest.find('$', 1) + 1);
      const size_t end = rest.find(tag, tag.size());
      text += "''";
      i += end == std::string_view::npos ? tag.size() - 1 : end + tag.size() - 1;
    } else {
      text += static_cast<char>(std::tolower(static_cast<unsigned char>(rest[0])));
    }
  }
  return text;
}

std::vector<std::string> split(const std::string& text, const std::regex& at) {
  return {std::sregex_token_iterator(text.begin(), text.end(), at, -1), {}};
}

bool starts_with_word(const std::string& text, const std::string& words) {
  return std::regex_search(text, std::regex("^[\\s(]*(" + words + ")\\b"));
}

bool is_known(const std::string& part, const PlayersSql& own) {
  static const std::regex function(
      "\\b(pg_(?!typeof|size_pretty|sleep|client_encoding|backend_pid|temp)\\w+|has_\\w+_privilege|"
      "current_setting|inet_server_\\w+|to_reg\\w+|txid_\\w+|version)\\s*\\(");
  static const std::regex relation(
      "\\b(?:from|join)\\s+(?:only\\s+)?(?:pg_catalog\\.|public\\.)?"
      "(pg_(?!temp)\\w+|information_schema\\.\\w+|products|orders|order_items|customers|"
      "categories)");
  for (const std::regex& known : {function, relation}) {
    for (std::sregex_iterator at(part.begin(), part.end(), known), end; at != end; ++at) {
      if (!own.made.contains((*at)[1].str())) return true;
    }
  }
  return false;
}

// What the player set is no news when it is shown.
bool shows_own_setting(const std::string& statement, const std::string& with_strings,
                       const PlayersSql& own) {
  const bool changes = starts_with_word(statement, "insert|update|delete|create|alter|truncate");
  return std::any_of(own.settings.begin(), own.settings.end(), [&](const std::string& name) {
    const bool read_only = name.find("read_only") != std::string::npos;
    return with_strings.find(name) != std::string::npos ||
           (read_only && (changes || statement.find("read_only") != std::string::npos));
  });
}

bool asks(const std::string& statement, const PlayersSql& own) {
  static const std::regex quiet_command(
      "^\\s*\\\\(echo|qecho|warn|set|unset|prompt|!|\\?|h\\b|help|i\\b|ir\\b|include|copyright|"
      "x\\b|t\\b"
      "|a\\b|pset|timing|o\\b|out|cd|c\\b|connect|getenv|setenv|if|elif|else|endif|g|q|e\\b|ef|"
      "p\\b|r\\b"
      "|w\\b|s\\b|copy)");
  static const std::regex set_operation("\\b(union|except|intersect)\\b(\\s+all\\b)?");
  static const std::regex dotted("^\\s*show\\s+\\w+\\.");
  if (statement.find_first_not_of(" \t\n") == std::string::npos) return false;
  const size_t first = statement.find_first_not_of(" \t\n");
  if (statement[first] == '\\') return !std::regex_search(statement, quiet_command);
  if (starts_with_word(statement, "show")) return !std::regex_search(statement, dotted);
  if (starts_with_word(statement,
                       "insert|update|delete|alter|explain|create|drop|truncate|vacuum|"
                       "analyze|checkpoint|table|reload|pause|resume|reconnect")) {
    return true;
  }
  if (!starts_with_word(statement, "select|with|copy|values")) return false;
  static const std::regex rows_of_its_own("\\bvalues\\s*\\(");
  if (std::regex_search(statement, rows_of_its_own)) return false;
  const auto parts = split(statement, set_operation);
  return std::all_of(parts.begin(), parts.end(),
                     [&](const std::string& part) { return is_known(part, own); });
}

// Splits at commas outside of parentheses.
std::vector<std::string> items_of(const std::string& list) {
  std::vector<std::string> items(1);
  int depth = 0;
  for (const char c : list) {
    depth += (c == '(') - (c == ')');
    if (c == ',' && depth == 0) items.emplace_back();
    else items.back() += c;
  }
  return items;
}

// Words that say nothing of a server: of the language, of types, and functions of their arguments.
bool is_plain(const std::string& word) {
  static const std::set<std::string> words = {
      "select",  "distinct", "all",        "as",        "true",    "false",        "null",
      "not",     "and",      "or",         "is",        "in",      "case",         "when",
      "then",    "else",     "end",        "like",      "between", "cast",         "text",
      "varchar", "char",     "bool",       "boolean",   "int",     "integer",      "bigint",
      "numeric", "name",     "e",          "chr",       "concat",  "concat_ws",    "upper",
      "lower",   "initcap",  "substr",     "substring", "replace", "repeat",       "reverse",
      "format",  "trim",     "btrim",      "ltrim",     "rtrim",   "lpad",         "rpad",
      "md5",     "coalesce", "nullif",     "encode",    "decode",  "convert_from", "to_char",
      "array",   "row",      "string_agg", "left",      "right",   "translate",    "split_part",
      "ascii",   "random",   "greatest",   "least"};
  return words.contains(word);
}

}  // namespace

void PlayersSql::note(std::string_view sql) {
  static const std::regex setting(
      "\\bset\\s+(?:session\\s+|local\\s+)?([a-z_][\\w.]*)\\s*(?:=|\\bto\\b)|"
      "set_config\\s*\\(\\s*'([^']*)'|-c\\s+([a-z_]\\w*)\\s*=");
  static const std::regex object(
      "\\bcreate\\s+(?:or\\s+replace\\s+)?(?:global\\s+|local\\s+|temp\\s+|temporary\\s+|"
      "unlogged\\s+|"
      "foreign\\s+|materialized\\s+)*(?:table|view|function|procedure)\\s+(?:if\\s+not\\s+"
      "exists\\s+)?"
      "(?:\\w+\\.)?\"?(\\w+)");
  const std::string text = cleaned(sql, true);
  const bool changes_rows = starts_with_word(text, "update|insert|merge");
  for (std::sregex_iterator at(text.begin(), text.end(), setting), end; at != end && !changes_rows;
       ++at) {
    for (size_t group = 1; group < at->size(); ++group) {
      if ((*at)[group].length() > 2) settings.insert((*at)[group].str());
    }
  }
  for (std::sregex_iterator at(text.begin(), text.end(), object), end; at != end; ++at) {
    made.insert((*at)[1].str());
  }
  static const std::regex read_only("\\b(transaction|begin|work)\\s+(\\w+\\s+)*read\\s+only\\b");
  if (std::regex_search(text, read_only)) settings.insert("read_only");
}

bool asks_server(std::string_view sql, const PlayersSql& own) {
  static const std::regex end_of_statement(";");
  // A command of psql ends with its line.
  static const std::regex command("(^|\\n)([ \\t]*\\\\[^\\n;]*)\\n");
  PlayersSql so_far = own;
  bool found = false;
  const std::string text = std::regex_replace(cleaned(sql, true), command, "$1$2;\n");
  for (const std::string& raw : split(text, end_of_statement)) {
    const std::string statement = cleaned(raw, false);
    if (asks(statement, so_far) && !shows_own_setting(statement, raw, so_far)) found = true;
    so_far.note(raw);
  }
  return found;
}

std::vector<size_t> constant_columns(std::string_view sql) {
  static const std::regex list("^[\\s(]*select\\b([\\s\\S]*?)(\\bfrom\\b[\\s\\S]*)?$");
  static const std::regex alias("\\bas\\s+\"?\\w+\"?");
  static const std::regex word("[a-z_]\\w*");
  static const std::regex named("^\\s*(''|true|false|[0-9.]+)\\s+\\w+\\s*$");
  static const std::regex column("^\\s*(name|text|char)\\s*$");  // a type's name by itself is one
  std::vector<size_t> constant;
  const std::string statement = cleaned(sql, false);
  std::smatch match;
  if (!std::regex_search(statement, match, list)) return constant;
  const std::vector<std::string> items = items_of(match[1].str());
  for (size_t i = 0; i < items.size(); ++i) {
    const std::string item = std::regex_replace(items[i], alias, "");
    if (item.find('*') != std::string::npos) break;  // nobody knows how many columns that is
    bool plain = !std::regex_match(item, column);
    if (std::regex_match(item, named)) {
      constant.push_back(i);
      continue;
    }
    for (std::sregex_iterator at(item.begin(), item.end(), word), end; at != end; ++at) {
      plain = plain && is_plain(at->str());
    }
    if (plain) constant.push_back(i);
  }
  return constant;
}

std::vector<std::string> selected_items(std::string_view sql) {
  static const std::regex list(
      "^[\\s(]*select\\b([\\s\\S]*?)(\\b(from|where)\\b[\\s\\S]*)?;?\\s*$");
  static const std::regex all("^\\s*(\\w+\\.)?\\*\\s*$");
  std::smatch match;
  const std::string statement = cleaned(sql, true);
  if (!std::regex_search(statement, match, list)) return {};
  std::vector<std::string> items = items_of(match[1].str());
  for (std::string& item : items) {
    if (std::regex_match(item, all)) return {};
  }
  return items;
}

std::vector<std::string> texts_of_commands(std::string_view sql) {
  static const std::regex command("\\\\(echo|qecho|warn|set|pset|prompt|C|f|T)\\s+([^\\n;]*)");
  static const std::regex quote("['\"]");
  std::vector<std::string> texts;
  const std::string text(sql.substr(0, kLongest));
  for (std::sregex_iterator at(text.begin(), text.end(), command), end; at != end; ++at) {
    const std::string words = (*at)[2].str();
    texts.push_back(std::regex_replace(words, quote, ""));
    for (size_t from = words.find(' '); from != words.npos; from = words.find(' ', from + 1)) {
      texts.push_back(std::regex_replace(words.substr(from + 1), quote, ""));
    }
  }
  return texts;
}

std::vector<std::string> texts_in_answer(std::string_view sql) {
  constexpr long kTelling = 4;  // letters
  static const std::regex part("'([^']*)'|\"([^\"]*)\"|;|\\bfrom\\b", std::regex::icase);
  std::vector<std::string> texts;
  const std::string text(sql.substr(0, kLongest));
  bool selected = true;  // before FROM
  for (std::sregex_iterator at(text.begin(), text.end(), part), end; at != end; ++at) {
    const std::string constant = (*at)[1].str(), name = (*at)[2].str();
    if ((*at)[0].str() == ";") selected = true;
    else if (!(*at)[1].matched && !(*at)[2].matched) selected = false;
    for (const std::string& quoted : {constant, name}) {
      const bool repeated = selected || (quoted == name && quoted.find(' ') != quoted.npos);
      const auto letters = std::count_if(quoted.begin(), quoted.end(),
                                         [](unsigned char c) { return std::isalnum(c); });
      if (repeated && letters >= kTelling) texts.push_back(quoted);
    }
  }
  return texts;
}

std::string without_comments(std::string_view sql) {
  static const std::regex comments("--[^\\n]*|/\\*[\\s\\S]*?\\*/");
  return std::regex_replace(std::string(sql.substr(0, kLongest)), comments, " ");
}

}  // namespace gameday
