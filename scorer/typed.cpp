#include "scorer/typed.hpp"

#include <algorithm>
#include <cctype>

namespace gameday {

namespace {

constexpr size_t kMostWords = 2000;
constexpr int kDeepest = 3;  // commands inside words

bool is_one_of(std::string_view word, std::initializer_list<std::string_view> list) {
  return std::find(list.begin(), list.end(), word) != list.end();
}

std::string base_name(const std::string& path) { return path.substr(path.rfind('/') + 1); }

class Lexer {
 public:
  explicit Lexer(std::string_view line) : rest_(line) {}

  std::vector<TypedWord> read() {
    while (!rest_.empty() && words_.size() < kMostWords) read_one();
    return std::move(words_);
  }

 private:
  bool at(std::string_view text) const { return rest_.starts_with(text); }
  char take() {
    const char c = rest_.front();
    rest_.remove_prefix(1);
    return c;
  }
  void skip(size_t count) { rest_.remove_prefix(std::min(count, rest_.size())); }

  void read_one() {
    const char c = rest_.front();
    if (c == ' ' || c == '\t' || c == '\r') return skip(1);
    if (c == '#') return skip(std::min(rest_.find('\n'), rest_.size()));
    if (c == '\n') {
      skip(1);
      words_.push_back({"\n", true, false});
      return read_documents();
    }
    if (at("<<<")) {
      skip(3);
      words_.push_back({"<<<", true, false});
      while (at(" ")) skip(1);
      read_word(true);
    } else if (at("<<")) {
      skip(2);
      if (at("-")) skip(1);
      while (at(" ")) skip(1);
      read_word(false);
      if (!words_.empty() && !words_.back().is_operator) {
        documents_.push_back(words_.back().text);
        words_.pop_back();
      }
    } else if (std::string_view(";&|()<>").find(c) != std::string_view::npos) {
      read_operator();
    } else {
      read_word(false);
    }
  }

  // >> &> >| 2> are all ">"; 2>&1 writes no file.
  void read_operator() {
    const char c = take();
    if (c == '&' && at(">")) return;
    if (c != '>' && c != '<') {
      words_.push_back({std::string(1, c), true, false});
      return;
    }
    while (at(">") || at("|")) skip(1);
    if (at("&")) {
      skip(1);
      while (!rest_.empty() && std::isdigit(static_cast<unsigned char>(rest_[0]))) skip(1);
      if (at("-")) skip(1);
      return;
    }
    words_.push_back({std::string(1, c), true, false});
  }

  void read_word(bool is_document) {
    std::string text;
    bool plain = true;
    while (!rest_.empty() &&
           std::string_view(" \t\r\n;&|()<>").find(rest_.front()) == std::string_view::npos) {
      const char c = take();
      if (c == '\'' || c == '"' || (c == '$' && (at("'") || at("\"")))) {
        plain = false;
        read_quoted(c, text);
      } else if (c == '$' && at("{")) {  // ${x:-a word; or two}
        const size_t length = std::min(rest_.find('}'), rest_.size() - 1) + 1;
        text += c + std::string(rest_.substr(0, length));
        skip(length);
      } else if (c == '\\' && !rest_.empty()) {
        text += take();
      } else {
        text += c;
      }
    }
    const bool is_descriptor =
        plain && (at(">") || at("<")) && !text.empty() &&
        std::all_of(text.begin(), text.end(), [](unsigned char c) { return std::isdigit(c); });
    if (!is_descriptor) words_.push_back({text, false, is_document});
  }

  void read_quoted(char opening, std::string& text) {
    const bool escapes = opening == '$' && at("'");
    const char quote = opening == '$' ? take() : opening;
    std::string inside;
    while (!rest_.empty() && rest_.front() != quote) {
      const char c = take();
      if (c == '\\' && quote == '"' && !rest_.empty() &&
          std::string_view("\"\\$`").find(rest_[0]) != std::string_view::npos) {
        inside += take();
      } else if (c == '\\' && escapes && !rest_.empty()) {
        inside += c;
        inside += take();
      } else {
        inside += c;
      }
    }
    skip(1);
    text += escapes ? unescaped(inside) : inside;
  }

  void read_documents() {
    for (const std::string& end : documents_) {
      std::string body;
      while (!rest_.empty()) {
        const size_t length = std::min(rest_.find('\n'), rest_.size());
        std::string_view line = rest_.substr(0, length);
        skip(length + 1);
        while (line.starts_with('\t')) line.remove_prefix(1);
        if (line == end) break;
        body += std::string(line) + "\n";
      }
      words_.push_back({body, false, true});
    }
    documents_.clear();
  }

  std::string_view rest_;
  std::vector<TypedWord> words_;
  std::vector<std::string> documents_;  // the ends of here-documents that begin at the next line
};

void add_lines(const std::string& text, std::vector<std::string>& lines) {
  size_t from = 0;
  while (from < text.size()) {
    const size_t end = std::min(text.find('\n', from), text.size());
    if (end > from) lines.push_back(text.substr(from, end - from));
    from = end + 1;
  }
}

// The value of NAME=value; empty when it is none.
std::string assigned(const std::string& word) {
  const size_t equals = word.find('=');
  if (equals == std::string::npos || equals == 0 ||
      std::isdigit(static_cast<unsigned char>(word[0]))) {
    return "";
  }
  const bool is_name = std::all_of(word.begin(), word.begin() + static_cast<long>(equals),
                                   [](unsigned char c) { return std::isalnum(c) || c == '_'; });
  return is_name ? word.substr(equals + 1) : "";
}

bool speaks(const std::string& command) {
  return is_one_of(command, {"echo", "printf", "print", "yes", "qecho", "warn"});
}
bool writes(const std::string& command) {
  return is_one_of(command, {"tee", "cp", "mv", "ln", "install", "dd", "touch", "truncate", "patch",
                             "vi", "vim", "nano", "ed", "ex", "rsync", "mkdir"});
}

void add_typed(std::string_view line, int depth, TypedLine& typed) {
  const std::vector<TypedWord> words = read_typed(line);
  std::string saying;  // the words of an echo, joined
  bool speaking = false, by_word = false, writing = false, redirected = false, edits = false;
  const auto end_command = [&] {
    add_lines(unescaped(saying), typed.spoken);
    saying.clear();
    speaking = writing = edits = false;
  };
  for (size_t i = 0; i < words.size(); ++i) {
    const TypedWord& word = words[i];
    if (word.is_operator) {
      redirected = word.text == ">";
      const bool is_function = word.text == "(" && i > 0 && i + 1 < words.size() &&
                               !words[i - 1].is_operator && words[i + 1].text == ")";
      if (is_function) typed.defined.push_back({words[i - 1].text, {}});
      if (!redirected && word.text != "<") end_command();
      continue;
    }
    if (redirected) {
      typed.written.push_back(word.text);
      redirected = false;
      continue;
    }
    const std::string value = assigned(word.text);
    if (word.is_document) add_lines(word.text, typed.spoken);
    if (!value.empty()) {
      add_lines(unescaped(value), typed.spoken);
      if (writing) typed.written.push_back(value);  // dd of=
      typed.defined.push_back({word.text.substr(0, word.text.find('=')), {}});
      add_lines(unescaped(value), typed.defined.back().second);
    }
    if (speaking) {
      saying += (saying.empty() ? "" : " ") + word.text;
      if (by_word) add_lines(unescaped(word.text), typed.spoken);
    }
    if ((writing || edits) && !word.text.starts_with('-')) typed.written.push_back(word.text);
    const std::string command = base_name(word.text);
    if (command == "sed" || command == "perl") {
      edits = i + 1 < words.size() && words[i + 1].text.starts_with("-") &&
              words[i + 1].text.find('i') != std::string::npos;
    }
    if (speaks(command)) {
      speaking = true;
      by_word = command != "echo";
    }
    if (writes(command)) writing = true;
    const bool holds_commands =
        !word.is_document && word.text.find_first_of(" \n;") != std::string::npos;
    if (holds_commands && depth < kDeepest) add_typed(word.text, depth + 1, typed);
  }
  end_command();
}

}  // namespace

std::vector<TypedWord> read_typed(std::string_view line) { return Lexer(line).read(); }

std::string unescaped(std::string_view text) {
  std::string plain;
  for (size_t i = 0; i < text.size(); ++i) {
    if (text[i] != '\\' || i + 1 >= text.size()) {
      plain += text[i];
      continue;
    }
    const char c = text[++i];
    const auto number = [&](size_t from, size_t most, int base) {
      const std::string digits(text.substr(from, most));
      char* end = nullptr;
      const long value = std::strtol(digits.c_str(), &end, base);
      i = from + static_cast<size_t>(end - digits.c_str()) - 1;
      plain += static_cast<char>(value);
    };
    if (c == 'n') plain += '\n';
    else if (c == 't') plain += '\t';
    else if (c == 'x' && i + 1 < text.size()) number(i + 1, 2, 16);
    else if ((c == 'u' || c == 'U') && i + 1 < text.size()) number(i + 1, c == 'u' ? 4 : 8, 16);
    else if (c >= '0' && c <= '7') number(i, c == '0' ? 4 : 3, 8);
    else if (c == '\\') plain += '\\';
    else plain += std::string("\\") + c;
  }
  return plain;
}

TypedLine typed_line(std::string_view line) {
  TypedLine typed;
  add_typed(line, 0, typed);
  // A function says what its body says; the value of an alias is a command.
  for (auto& [name, says] : typed.defined) {
    says.insert(says.end(), typed.spoken.begin(), typed.spoken.end());
  }
  return typed;
}

}  // namespace gameday
