#include "scorer/cleaner.hpp"

#include <algorithm>
#include <cctype>
#include <regex>
#include <utility>

#include "core/text.hpp"
#include "scorer/sql.hpp"
#include "scorer/typed.hpp"

namespace gameday {

namespace {

constexpr size_t kMostTexts = 500;

bool holds_text(const std::string& text, const std::string& part) {
  return !part.empty() && text.find(part) != std::string::npos;
}

std::string trimmed(const std::string& text) {
  const size_t from = text.find_first_not_of(" \t\r");
  return from == std::string::npos ? ""
                                   : text.substr(from, text.find_last_not_of(" \t\r") - from + 1);
}

bool has_word_character(const std::string& text) {
  return std::any_of(text.begin(), text.end(), [](unsigned char c) { return std::isalnum(c); });
}

// Takes what the command itself said out of a line of its output.
class Cleaner {
 public:
  // `said`: texts that may be a part of a line, too.
  Cleaner(std::vector<std::string> spoken, std::vector<std::string> said,
          const std::vector<Program>& programs, const std::string& typed,
          const std::string& statement)
      : spoken_(std::move(spoken)), said_(std::move(said)) {
    for (const Program& program : programs) {
      const std::string command = text::joined(program.argv, " ");
      if (program.argv.size() > 1 && command.size() > 6) own_text_.push_back(command);
      for (const std::string& text : texts_put_in(program)) inserted_.push_back(text);
      if (is_innocent(program.name)) add_words(program);
      for (const std::string& text : texts_of_format(program)) erased_.push_back(text);
      if (program.kind == Program::kLister) lists_ = true;
      if (program.name == "ip") complaints_.push_back("Error: ");
      add_complaints(program);
      if (program.kind == Program::kClient) add_options(program);
      if (program.kind == Program::kClient) add_sql(sql_asked(program, typed, statement).text);
    }
    if (said_.size() > kMostTexts) said_.resize(kMostTexts);
    spoken_.insert(spoken_.end(), said_.begin(), said_.end());
    std::sort(spoken_.begin(), spoken_.end(),
              [](const auto& a, const auto& b) { return a.size() > b.size(); });
    if (spoken_.size() > kMostTexts) spoken_.resize(kMostTexts);
  }

  std::string clean(const std::string& output) const {
    std::string kept;
    size_t from = 0;
    while (from < output.size()) {
      const size_t end = std::min(output.find('\n', from), output.size());
      const std::string line = output.substr(from, end - from);
      kept += (is_said(line) ? "" : without_constants(without_said(line))) + "\n";
      from = end + 1;
    }
    return kept;
  }

 private:
  void add_sql(const std::string& sql) {
    // The server shows the asker's own statement among what runs.
    constexpr size_t kTelling = 20;
    const std::string text = trimmed(sql.substr(0, sql.find('\n')));
    if (text.size() >= kTelling) own_text_.push_back(text.substr(0, 2 * kTelling));
    for (const std::string& text_in : texts_in_answer(sql)) erased_.push_back(text_in);
    for (const std::string& text_in : texts_of_commands(sql)) said_.push_back(text_in);
  }

  // psql -P title=words, -v x=words, -F words.
  void add_options(const Program& client) {
    static const std::regex option(
        "^(-[vPFRT]|--(set|variable|pset|field-separator|"
        "record-separator|table-attr)=?)");
    for (size_t i = 1; i < client.argv.size(); ++i) {
      const std::string word = client.argv[i].substr(0, 1000);
      const std::string before = client.argv[i - 1].substr(0, 1000);
      if (std::regex_search(word, option) || std::regex_search(before, option)) {
        said_.push_back(word.substr(word.rfind('=') + 1));
      }
    }
  }

  // date "+%T words", seq -f: the words between what it puts in.
  void add_words(const Program& program) {
    static const std::regex value("%[-_0^#+:]*[0-9.]*[a-zA-Z%]");
    for (size_t i = 1; i < program.argv.size(); ++i) {
      std::string word = unescaped(program.argv[i].substr(0, 1000));
      if (word.starts_with('+')) word.erase(0, 1);
      for (std::sregex_token_iterator at(word.begin(), word.end(), value, -1), end; at != end;
           ++at) {
        said_.push_back(at->str());
      }
    }
  }

  // "cat: some words: No such file or directory" says only what the program was given.
  void add_complaints(const Program& program) {
    for (size_t i = 1; i < program.argv.size(); ++i) {
      const std::string& word = program.argv[i];
      if (word.find(' ') != word.npos) repeated_.push_back({program.argv[0] + ": ", word});
    }
  }

  // Nothing is left of it without what the command said.
  bool is_said(const std::string& line) const {
    const auto in_line = [&line](const std::string& text) { return holds_text(line, text); };
    if (std::any_of(own_text_.begin(), own_text_.end(), in_line)) return true;
    if (std::any_of(inserted_.begin(), inserted_.end(), in_line)) return true;
    if (lists_ && names_players_path(line)) return true;
    for (const std::string& beginning : complaints_) {
      if (line.starts_with(beginning)) return true;
    }
    for (const auto& [beginning, word] : repeated_) {
      if (line.starts_with(beginning) && holds_text(line, word)) return true;
    }
    std::string rest = line;
    bool erased = false;
    for (const std::string& text : spoken_) {
      if (!has_word_character(text)) continue;
      for (size_t at = rest.find(text); at != rest.npos; at = rest.find(text, at)) {
        rest.erase(at, text.size());
        erased = true;
      }
    }
    return erased && !has_word_character(rest);
  }

  // Without the words that are said as a whole. All that is said anywhere is marked first, so that
  // nothing new is made of the rest; a word that holds more, and a number, stays.
  std::string without_said(std::string line) const {
    std::vector<bool> marked(line.size(), false);
    for (const std::string& text : said_) {
      if (text.empty()) continue;
      for (size_t at = line.find(text); at != line.npos; at = line.find(text, at + 1)) {
        std::fill_n(marked.begin() + static_cast<long>(at), text.size(), true);
      }
    }
    const auto in_word = [&line](size_t at) {
      return std::isalnum(static_cast<unsigned char>(line[at])) || line[at] == '_';
    };
    for (size_t from = 0; from < line.size();) {
      size_t to = from;
      bool all = true, letters = false;
      for (; to < line.size() && in_word(to); ++to) {
        all = all && marked[to];
        letters = letters || std::isalpha(static_cast<unsigned char>(line[to]));
      }
      if (to > from && all && letters) {
        for (size_t at = from; at < to; ++at) line[at] = kErased;
      }
      from = std::max(to, from + 1);
    }
    return line;
  }

  static bool names_players_path(const std::string& line) {
    static const std::regex path("(^|\\s)(/tmp|/var/tmp|/root|/home|/dev/shm)/");
    return std::regex_search(line.substr(0, 1000), path);
  }

  std::string without_constants(std::string line) const {
    for (const std::string& text : erased_) {
      for (size_t at = line.find(text); at != line.npos; at = line.find(text, at)) {
        line.erase(at, text.size());
      }
    }
    return line;
  }

  static constexpr char kErased = '~';
  std::vector<std::string> spoken_, said_, own_text_, inserted_, erased_, complaints_;
  std::vector<std::pair<std::string, std::string>> repeated_;  // how a line begins, what it repeats
  bool lists_ = false;
};

}  // namespace

std::string without_own_words(const std::string& output, std::vector<std::string> spoken,
                              std::vector<std::string> said, const std::vector<Program>& programs,
                              const std::string& typed, const std::string& statement) {
  return Cleaner(std::move(spoken), std::move(said), programs, typed, statement).clean(output);
}

}  // namespace gameday
