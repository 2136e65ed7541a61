#include "scorer/replies.hpp"

#include <algorithm>
#include <cctype>
#include <regex>

#include "scorer/sql.hpp"

namespace gameday {

namespace {

constexpr size_t kMostLines = 2000, kLongestLine = 1000;

std::string without_blanks(const std::string& text) {
  const size_t from = text.find_first_not_of(" \t\r");
  return from == std::string::npos ? ""
                                   : text.substr(from, text.find_last_not_of(" \t\r") - from + 1);
}

std::vector<std::string> split_lines(const std::string& text) {
  std::vector<std::string> lines;
  size_t from = 0;
  while (from < text.size() && lines.size() < kMostLines) {
    const size_t end = std::min(text.find('\n', from), text.size());
    std::string line = text.substr(from, std::min(end - from, kLongestLine));
    if (line.ends_with('\r')) line.pop_back();
    lines.push_back(std::move(line));
    from = end + 1;
  }
  return lines;
}

std::vector<std::string> cells_of(const std::string& line) {
  std::vector<std::string> cells;
  size_t from = 0;
  for (;;) {
    const size_t end = line.find('|', from);
    cells.push_back(without_blanks(line.substr(from, end == line.npos ? end : end - from)));
    if (end == line.npos) return cells;
    from = end + 1;
  }
}

bool begins(const std::string& line, const std::regex& beginning) {
  return std::regex_search(line, beginning, std::regex_constants::match_continuous);
}

bool is_rule(const std::string& line) {
  static const std::regex rule("^-[-+]*\\s*$");
  return std::regex_match(line, rule);
}
bool is_record(const std::string& line) { return line.starts_with("-[ RECORD "); }
bool is_footer(const std::string& line) {
  static const std::regex footer("^\\(\\d+ rows?\\)$");
  return std::regex_match(line, footer);
}
// What psql says of itself.
bool is_aside(const std::string& line) {
  static const std::regex aside(
      "(SET|BEGIN|START TRANSACTION|COMMIT|ROLLBACK|RESET|DO|LOAD|DISCARD ALL|(ALTER|CREATE|DROP|"
      "GRANT|REVOKE|LISTEN)( [A-Z]+)*)$|"
      "(Expanded display|Timing|Tuples only|Output format|Pager|Null display|Field separator) |"
      "Time: [0-9.]+ ms|You are now connected|could not change directory|NOTICE:|WARNING:|psql "
      "\\(");
  return begins(line, aside);
}
bool is_complaint(const std::string& line) {
  static const std::regex complaint("(psql:\\S* ?)?(ERROR|FATAL|PANIC):|psql: error");
  return begins(line, complaint);
}
bool continues_complaint(const std::string& line) {
  static const std::regex rest("LINE \\d+:|DETAIL:|HINT:|CONTEXT:|LOCATION:|\\s+\\^|\\t");
  return begins(line, rest);
}

// A table, or a line by itself; a complaint is one with what belongs to it.
struct Block {
  bool is_table = false;
  std::vector<std::string> columns;
  std::vector<ReplyRow> rows;
};

class BlockReader {
 public:
  explicit BlockReader(const std::string& output) : lines_(split_lines(output)) {}

  std::vector<Block> read() {
    while (at_ < lines_.size()) {
      if (is_record(lines_[at_])) read_records();
      else if (at_ + 1 < lines_.size() && is_rule(lines_[at_ + 1])) read_table();
      else read_line();
    }
    return std::move(blocks_);
  }

 private:
  void read_table() {
    Block table{true, cells_of(lines_[at_]), {{lines_[at_], {}}}};
    for (at_ += 2; at_ < lines_.size() && !is_footer(lines_[at_]); ++at_) {
      if (lines_[at_].empty() || is_record(lines_[at_])) break;
      if (at_ + 1 < lines_.size() && is_rule(lines_[at_ + 1])) break;
      table.rows.push_back({lines_[at_], cells_of(lines_[at_])});
    }
    if (at_ < lines_.size() && is_footer(lines_[at_])) ++at_;
    blocks_.push_back(std::move(table));
  }

  // \x: a record is a row, with its names at the left.
  void read_records() {
    Block table{true, {}, {}};
    for (; at_ < lines_.size() && !lines_[at_].empty(); ++at_) {
      if (is_record(lines_[at_])) {
        table.rows.emplace_back();
        continue;
      }
      const size_t bar = lines_[at_].find('|');
      if (bar == std::string::npos) break;
      ReplyRow& row = table.rows.back();
      if (table.rows.size() == 1)
        table.columns.push_back(without_blanks(lines_[at_].substr(0, bar)));
      row.cells.push_back(without_blanks(lines_[at_].substr(bar + 1)));
      row.line += (row.line.empty() ? "" : " | ") + row.cells.back();
    }
    blocks_.push_back(std::move(table));
  }

  void read_line() {
    const std::string& line = lines_[at_++];
    if (without_blanks(line).empty()) return;
    if (continues_complaint(line) && !blocks_.empty() && !blocks_.back().is_table &&
        is_complaint(blocks_.back().rows[0].line)) {
      blocks_.back().rows.push_back({line, {}});
    } else {
      blocks_.push_back({false, {}, {{line, cells_of(line)}}});
    }
  }

  const std::vector<std::string> lines_;
  size_t at_ = 0;
  std::vector<Block> blocks_;
};

void take(Reply& reply, const Block& block) {
  if (reply.columns.empty()) reply.columns = block.columns;
  reply.rows.insert(reply.rows.end(), block.rows.begin(), block.rows.end());
}

Reply shared(const std::vector<Question>& questions, const std::vector<Block>& blocks) {
  Reply reply{questions, {}, {}};
  for (const Block& block : blocks) take(reply, block);
  return reply;
}

// Question i has block i, and again from the start when they were asked several times.
std::vector<Reply> in_turn(const std::vector<Question>& questions,
                           const std::vector<Block>& blocks) {
  std::vector<Reply> replies;
  for (const Question& question : questions) replies.push_back({{question}, {}, {}});
  for (size_t i = 0; i < blocks.size(); ++i) take(replies[i % questions.size()], blocks[i]);
  return replies;
}

// Those of one line at both ends are told by their places; the rest belongs to those in between.
std::vector<Reply> from_both_ends(std::vector<Question> questions, std::vector<Block> blocks) {
  std::vector<Reply> replies;
  const auto is_one = [](const Question& question) { return question.rows == Question::kOne; };
  while (!questions.empty() && is_one(questions.front()) && !blocks.empty()) {
    replies.push_back(shared({questions.front()}, {blocks.front()}));
    questions.erase(questions.begin());
    blocks.erase(blocks.begin());
  }
  while (!questions.empty() && is_one(questions.back()) && !blocks.empty()) {
    replies.push_back(shared({questions.back()}, {blocks.back()}));
    questions.pop_back();
    blocks.pop_back();
  }
  if (!questions.empty()) replies.push_back(shared(questions, blocks));
  return replies;
}

bool may_have_headings(const Question& question, const std::vector<std::string>& headings) {
  return question.of_sql && (question.items.empty() || question.items.size() == headings.size()) &&
         std::all_of(headings.begin(), headings.end(), [&](const std::string& heading) {
           return heading == "?column?" || question.items.empty() ||
                  question.text.find(heading) != std::string::npos;
         });
}

// Tables among other lines: a table belongs to whom its headings name.
std::vector<Reply> by_headings(const std::vector<Question>& questions,
                               const std::vector<Block>& blocks) {
  std::vector<Reply> replies;
  std::vector<Block> loose;
  for (const Block& block : blocks) {
    if (!block.is_table) {
      loose.push_back(block);
      continue;
    }
    std::vector<Question> asked;
    for (const Question& question : questions) {
      if (may_have_headings(question, block.columns)) asked.push_back(question);
    }
    replies.push_back(shared(asked.empty() ? questions : asked, {block}));
  }
  if (!loose.empty()) replies.push_back(shared(questions, loose));
  return replies;
}

std::vector<std::string> statements_of(std::string_view sql) {
  std::vector<std::string> statements(1);
  bool quoted = false;
  for (const char c : sql) {
    if (c == '\'') quoted = !quoted;
    const bool ends =
        !quoted && (c == ';' || (c == '\n' && without_blanks(statements.back())[0] == '\\'));
    if (ends) statements.emplace_back();
    else statements.back() += c == '\n' ? ' ' : c;
    // A command of psql begins a line.
    if (c == '\n' && !quoted && without_blanks(statements.back()).empty())
      statements.back().clear();
  }
  for (std::string& statement : statements) statement = without_blanks(statement);
  std::erase_if(statements, [](const std::string& one) { return one.empty(); });
  return statements;
}

}  // namespace

std::vector<Question> questions_of(const std::string& client, std::string_view sql) {
  static const auto kFlags = std::regex_constants::icase;
  static const std::regex select("\\s*(select|with|table|values|explain)\\b", kFlags);
  static const std::regex one_row(
      "\\s*select\\b(?![\\s\\S]*\\b(from|union|unnest|generate_\\w+)\\b)", kFlags);
  static const std::regex show("\\s*show\\s+(?!all|pools|clients|servers|stats|config|databases)",
                               kFlags);
  static const std::regex silent(
      "\\s*(\\\\(x|t|a|o|timing|pset|set|unset|c|connect|echo|qecho|warn|q)\\b|"
      "(set|reset|begin|start|commit|rollback|end|do|listen|grant|revoke|create|drop|alter)\\b)",
      kFlags);
  static const std::regex sql_word(
      "\\s*(\\\\|(select|with|show|table|values|explain|insert|update|delete|set|reset|begin|"
      "commit|rollback|alter|create|drop|grant|revoke|copy|do|vacuum|analyze|checkpoint|reload|"
      "pause|resume|reconnect)\\b)",
      kFlags);
  std::vector<Question> questions;
  for (const std::string& statement : statements_of(without_comments(sql))) {
    Question question;
    question.text = client + " " + statement;
    question.of_sql = true;
    question.is_sql = begins(statement, sql_word);
    question.is_select = begins(statement, select);
    if (begins(statement, one_row) || begins(statement, show)) question.rows = Question::kOne;
    if (begins(statement, silent)) question.rows = Question::kNone;
    if (question.is_select) question.items = selected_items(statement);
    if (question.is_select) question.constant = constant_columns(statement);
    // What stands beside its list does not show in its one line.
    if (question.is_select && question.rows == Question::kOne && !question.items.empty()) {
      question.text = client + " select";
      for (const std::string& item : question.items) question.text += " " + without_blanks(item);
    }
    questions.push_back(std::move(question));
  }
  return questions;
}

std::vector<Reply> replies_of(const std::vector<Question>& questions, const std::string& output,
                              bool ordered, bool whole) {
  std::vector<Block> blocks = BlockReader(output).read();
  std::vector<Question> asked;
  for (const Question& question : questions) {
    if (question.rows != Question::kNone) asked.push_back(question);
  }
  if (asked.empty()) asked = questions;
  if (asked.size() <= 1 || !ordered) return {shared(asked, blocks)};
  const bool all_sql = std::all_of(asked.begin(), asked.end(),
                                   [](const Question& question) { return question.of_sql; });
  if (all_sql) {
    std::erase_if(blocks,
                  [](const Block& one) { return !one.is_table && is_aside(one.rows[0].line); });
  }
  const auto tables = std::count_if(blocks.begin(), blocks.end(), [](const Block& block) {
    return block.is_table || is_complaint(block.rows[0].line);
  });
  const bool has_table =
      std::any_of(blocks.begin(), blocks.end(), [](const Block& block) { return block.is_table; });
  if (has_table && all_sql && static_cast<size_t>(tables) == blocks.size() &&
      blocks.size() % asked.size() == 0) {
    return in_turn(asked, blocks);
  }
  if (has_table) return by_headings(asked, blocks);
  const bool each_one = std::all_of(asked.begin(), asked.end(), [](const Question& question) {
    return question.rows == Question::kOne;
  });
  if (each_one && !blocks.empty() && blocks.size() % asked.size() == 0)
    return in_turn(asked, blocks);
  if (each_one || !whole) return {shared(asked, blocks)};
  return from_both_ends(asked, blocks);
}

namespace {

using Asks = std::function<bool(const std::string&)>;

// Whose answer it may be, of those that `asks` recognises; empty: of none for certain.
std::vector<const Question*> meant_by(const Reply& reply, const Asks& asks) {
  std::vector<const Question*> meant;
  for (const Question& question : reply.questions) {
    if (!asks || asks(question.text)) meant.push_back(&question);
  }
  // One line that could be anybody's is nobody's; of many lines each tells what it is about.
  const bool any_long = std::any_of(meant.begin(), meant.end(), [](const Question* question) {
    return question->rows == Question::kMany;
  });
  if (meant.size() < reply.questions.size() && !any_long) meant.clear();
  return meant;
}

// Columns that hold an address, a time or a place, never a word of yes or no.
bool says_no_word(const std::string& item) {
  static const std::regex harmless(
      "\\s*(now|version|inet_\\w+|current_\\w+|clock_\\w+|pg_\\w*(lsn|time|timestamp)\\w*|pg_"
      "size\\w+)"
      "\\b[\\s\\S]*");
  return std::regex_match(item, harmless) && item.find("setting") == item.npos;
}

// One cell of a row, or all of it, without what the SQL itself put there.
std::string without_constants(const ReplyRow& row, const std::vector<const Question*>& asked,
                              size_t column = std::string::npos) {
  const auto is_constant = [&asked](size_t at) {
    return std::any_of(asked.begin(), asked.end(), [at](const Question* question) {
      return std::find(question->constant.begin(), question->constant.end(), at) !=
             question->constant.end();
    });
  };
  if (column != std::string::npos) return is_constant(column) ? "" : row.cells[column];
  std::string line;
  bool any = false;
  for (size_t i = 0; i < row.cells.size(); ++i) {
    any = any || is_constant(i);
    line += (i > 0 ? "|" : "") + (is_constant(i) ? "" : row.cells[i]);
  }
  return any && !is_complaint(row.line) ? line : row.line;
}

// A row that names what was asked speaks for itself.
bool is_named(const ReplyRow& row, const Asks& asks) {
  static const std::regex name("[a-z_][a-z0-9_.]*");
  return std::any_of(row.cells.begin(), row.cells.end(), [&](const std::string& cell) {
    return cell.size() < 100 && std::regex_match(cell, name) && asks(cell);
  });
}

}  // namespace

std::vector<ToldLine> told_lines_of(const Reply& reply, const Asks& asks) {
  const std::vector<const Question*> meant = meant_by(reply, asks);
  if (meant.empty()) return {};
  const Question& question = *meant[0];
  const bool by_items = meant.size() == 1 && question.items.size() > 1;
  const std::vector<std::string>& columns = by_items ? question.items : reply.columns;
  std::vector<bool> wanted;
  for (const std::string& column : columns) wanted.push_back(asks && asks(column));
  const auto some = std::count(wanted.begin(), wanted.end(), true);
  const bool by_column = some > 0 && some < static_cast<long>(wanted.size());
  const bool by_name = asks && question.of_sql && !by_column &&
                       std::any_of(reply.rows.begin(), reply.rows.end(),
                                   [&](const ReplyRow& row) { return is_named(row, asks); });
  // Where a filter has cut columns away, those that are left must be able to say such a thing.
  bool others_matter = false;
  for (size_t i = 0; i < columns.size(); ++i)
    others_matter |= !wanted[i] && !says_no_word(columns[i]);
  std::vector<ToldLine> told;
  for (const ReplyRow& row : reply.rows) {
    const bool complains = is_complaint(row.line);
    const bool heading = row.cells.empty() && !complains;
    if (question.only_connects && !complains) continue;
    if ((heading && question.is_select) || (by_name && !is_named(row, asks))) continue;
    if (by_column && row.cells.size() == columns.size()) {
      for (size_t i = 0; i < columns.size(); ++i) {
        if (wanted[i]) told.push_back({without_constants(row, meant, i), row.line});
      }
    } else if (!by_column || complains || !others_matter) {
      told.push_back({without_constants(row, meant), row.line});
    }
  }
  return told;
}

}  // namespace gameday
