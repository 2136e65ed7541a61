#include "core/yaml.hpp"

#include <yaml-cpp/eventhandler.h>
#include <yaml-cpp/exceptions.h>
#include <yaml-cpp/parser.h>

#include <algorithm>
#include <charconv>
#include <cmath>
#include <fstream>
#include <optional>
#include <sstream>

#include "core/error.hpp"
#include "core/yaml_words.hpp"

namespace gameday {

namespace {

constexpr size_t kMaxBytes = 1 << 20;
constexpr size_t kMaxDepth = 64;
constexpr size_t kMaxNodes = 100'000;

std::string place_of(const std::string& file, int line, int column) {
  return file + ":" + std::to_string(line) + ":" + std::to_string(column) + ": ";
}

std::string join_path(const std::string& parent, const std::string& key) {
  return parent.empty() ? key : parent + "." + key;
}

std::string index_path(const std::string& parent, size_t index) {
  return parent + "[" + std::to_string(index) + "]";
}

// yaml-cpp takes 0x04 for the end of the file and passes other control characters on, so none may
// come in.
void reject_control_characters(std::string_view text, const std::string& file) {
  int line = 1, column = 1;
  for (const char character : text) {
    const auto byte = static_cast<unsigned char>(character);
    if ((byte < 0x20 && byte != '\t' && byte != '\n' && byte != '\r') || byte == 0x7f) {
      throw usage_error(place_of(file, line, column) + "yaml: a control character: remove it");
    }
    if (character == '\n') ++line, column = 1;
    else ++column;
  }
}

}  // namespace

// Builds the tree from yaml-cpp's events; the node classes of yaml-cpp would hide doubled keys.
class YamlBuilder final : public YAML::EventHandler {
 public:
  explicit YamlBuilder(std::shared_ptr<const std::string> file) : file_(std::move(file)) {}

  // The finished document with its paths, or a null node for an empty file.
  YamlNode take() {
    if (!root_ || root_->is_null()) return start(YAML::Mark(), YamlNode::Kind::kNull);
    YamlNode root = std::move(*root_);
    set_paths(root, "");
    return root;
  }

  void OnDocumentStart(const YAML::Mark&) override {}
  void OnDocumentEnd() override {}
  void OnNull(const YAML::Mark& mark, YAML::anchor_t anchor) override {
    finish(start(mark, YamlNode::Kind::kNull), anchor);
  }
  void OnAlias(const YAML::Mark& mark, YAML::anchor_t anchor) override {
    const auto found = anchors_.find(anchor);
    if (found == anchors_.end()) fail(mark, "an alias inside the value it names");
    count(mark, found->second.nodes);
    finish(found->second.node, 0);
  }
  void OnScalar(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor,
                const std::string& value) override {
    // "?" is a plain scalar, "!" a quoted one.
    if (tag != "?" && tag != "!" && !tag.empty()) fail(mark, "tags are not supported: " + tag);
    YamlNode node = start(mark, YamlNode::Kind::kScalar);
    node.quoted_ = tag == "!";
    node.text_ = value;
    finish(std::move(node), anchor);
  }
  void OnSequenceStart(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor,
                       YAML::EmitterStyle::value) override {
    open(mark, tag, anchor, YamlNode::Kind::kList);
  }
  void OnSequenceEnd() override { close(); }
  void OnMapStart(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor,
                  YAML::EmitterStyle::value) override {
    open(mark, tag, anchor, YamlNode::Kind::kMap);
  }
  void OnMapEnd() override {
    resolve_merges(stack_.back().node);
    close();
  }

 private:
  struct Open {
    YamlNode node;
    YAML::anchor_t anchor = 0;
    size_t nodes_before = 0;
    std::optional<YamlNode> key;  // a map's key that waits for its value
  };
  struct Anchored {
    YamlNode node;
    size_t nodes = 1;
  };

  [[noreturn]] void fail(const YAML::Mark& mark, const std::string& why) const {
    throw usage_error(place_of(*file_, mark.line + 1, mark.column + 1) + "yaml: " + why);
  }

  void count(const YAML::Mark& mark, size_t nodes) {
    nodes_ += nodes;
    if (nodes_ > kMaxNodes) fail(mark, "more than 100000 values");
  }

  YamlNode start(const YAML::Mark& mark, YamlNode::Kind kind) {
    count(mark, 1);
    YamlNode node;
    node.kind_ = kind;
    node.file_ = file_;
    node.line_ = mark.line + 1;
    node.column_ = mark.column + 1;
    return node;
  }

  void open(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor,
            YamlNode::Kind kind) {
    if (tag != "?" && tag != "!" && !tag.empty()) fail(mark, "tags are not supported: " + tag);
    if (stack_.size() >= kMaxDepth) fail(mark, "nested deeper than 64 levels");
    const size_t before = nodes_;
    stack_.push_back({start(mark, kind), anchor, before, std::nullopt});
  }

  void close() {
    Open done = std::move(stack_.back());
    stack_.pop_back();
    if (done.anchor) anchors_[done.anchor] = {done.node, nodes_ - done.nodes_before};
    finish(std::move(done.node), 0);
  }

  void finish(YamlNode node, YAML::anchor_t anchor) {
    if (anchor) anchors_[anchor] = {node, 1};
    if (stack_.empty()) {
      root_ = std::move(node);
    } else if (stack_.back().node.kind_ == YamlNode::Kind::kList) {
      stack_.back().node.list_.push_back(std::move(node));
    } else if (!stack_.back().key) {
      if (node.kind_ != YamlNode::Kind::kScalar) node.fail("a key must be a word");
      stack_.back().key = std::move(node);
    } else {
      add_member(stack_.back().node, std::move(*stack_.back().key), std::move(node));
      stack_.back().key.reset();
    }
  }

  void add_member(YamlNode& map, YamlNode key, YamlNode value) const {
    for (const YamlMember& member : map.members_) {
      if (member.key == key.text_) {
        throw usage_error(place_of(*file_, key.line_, key.column_) + key.text_ +
                          ": doubled key: it stands already in line " +
                          std::to_string(member.line));
      }
    }
    map.members_.push_back({key.text_, key.line_, key.column_, std::move(value)});
  }

  void resolve_merges(YamlNode& map) {
    const auto merge = std::find_if(map.members_.begin(), map.members_.end(),
                                    [](const YamlMember& member) { return member.key == "<<"; });
    if (merge == map.members_.end()) return;
    YamlNode source = std::move(merge->value);
    map.members_.erase(merge);
    if (source.kind_ == YamlNode::Kind::kMap) {
      merge_map(map, source);
    } else if (source.kind_ == YamlNode::Kind::kList) {
      for (const YamlNode& part : source.list_) merge_map(map, part);
    } else {
      source.fail("`<<` takes a map or a list of maps");
    }
  }

  static void merge_map(YamlNode& map, const YamlNode& source) {
    if (source.kind_ != YamlNode::Kind::kMap) source.fail("`<<` takes a map or a list of maps");
    for (const YamlMember& member : source.members_) {
      const bool known = std::any_of(map.members_.begin(), map.members_.end(),
                                     [&](const YamlMember& own) { return own.key == member.key; });
      if (!known) map.members_.push_back(member);
    }
  }

  static void set_paths(YamlNode& node, const std::string& path) {
    node.path_ = path;
    for (size_t i = 0; i < node.list_.size(); ++i) set_paths(node.list_[i], index_path(path, i));
    for (YamlMember& member : node.members_) {
      set_paths(member.value, join_path(path, member.key));
    }
  }

  std::shared_ptr<const std::string> file_;
  std::optional<YamlNode> root_;
  std::vector<Open> stack_;
  std::map<YAML::anchor_t, Anchored> anchors_;
  size_t nodes_ = 0;
};

std::string YamlNode::place() const {
  return (file_ ? *file_ : "yaml") + ":" + std::to_string(line_) + ":" + std::to_string(column_);
}

void YamlNode::fail(std::string_view why) const {
  throw usage_error(place() + ": " + (path_.empty() ? "document" : path_) + ": " + std::string(why));
}

void YamlNode::fail_kind(std::string_view wanted) const {
  static constexpr const char* kNames[] = {"nothing", "a single value", "a list", "a map"};
  std::string found = kNames[static_cast<int>(kind_)];
  if (kind_ == Kind::kScalar) found = (quoted_ ? "the text \"" : "`") + text_.substr(0, 60) +
                                      (quoted_ ? "\"" : "`");
  fail(std::string(wanted) + " is wanted, not " + found);
}

const std::string& YamlNode::string() const {
  if (kind_ != Kind::kScalar) fail_kind("a text");
  return text_;
}

namespace {

// from_chars knows no plus sign; "+-1" stays and is refused.
void remove_plus(std::string_view& digits) {
  if (digits.size() > 1 && digits[0] == '+' && digits[1] != '-') digits.remove_prefix(1);
}

bool has_leading_zero(std::string_view digits) {
  if (digits.starts_with('-')) digits.remove_prefix(1);
  return digits.size() > 1 && digits[0] == '0' && digits[1] >= '0' && digits[1] <= '9';
}

std::string range_text(double low, double high) {
  std::ostringstream text;
  text << "must be between " << low << " and " << high;
  return text.str();
}

}  // namespace

int64_t YamlNode::integer(int64_t low, int64_t high) const {
  if (kind_ != Kind::kScalar || quoted_) fail_kind("a whole number");
  std::string_view digits = text_;
  remove_plus(digits);
  if (has_leading_zero(digits)) fail("a number does not begin with 0: `" + text_ + "`");
  int64_t value = 0;
  const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), value);
  if (error == std::errc::result_out_of_range) fail("too large: `" + text_ + "`");
  if (error != std::errc() || end != digits.data() + digits.size()) fail_kind("a whole number");
  if (value < low || value > high) {
    fail("must be between " + std::to_string(low) + " and " + std::to_string(high) + ": `" +
         text_ + "`");
  }
  return value;
}

double YamlNode::number(double low, double high) const {
  if (kind_ != Kind::kScalar || quoted_) fail_kind("a number");
  std::string_view digits = text_;
  remove_plus(digits);
  if (has_leading_zero(digits)) fail("a number does not begin with 0: `" + text_ + "`");
  double value = 0;
  const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), value);
  if (error != std::errc() || end != digits.data() + digits.size() || !std::isfinite(value)) {
    fail_kind("a number");
  }
  if (value < low || value > high) fail(range_text(low, high) + ": `" + text_ + "`");
  return value;
}

bool YamlNode::boolean() const {
  if (kind_ == Kind::kScalar && !quoted_ && text_ == "true") return true;
  if (kind_ == Kind::kScalar && !quoted_ && text_ == "false") return false;
  fail_kind("true or false");
}

const std::vector<YamlNode>& YamlNode::list() const {
  if (kind_ != Kind::kList) fail_kind("a list");
  return list_;
}

std::vector<std::string> YamlNode::strings() const {
  std::vector<std::string> texts;
  for (const YamlNode& item : list()) texts.push_back(item.string());
  return texts;
}

const std::vector<YamlMember>& YamlNode::members() const {
  if (kind_ != Kind::kMap) fail_kind("a map");
  return members_;
}

std::map<std::string, std::string> YamlNode::string_map() const {
  std::map<std::string, std::string> texts;
  for (const YamlMember& member : members()) texts[member.key] = member.value.string();
  return texts;
}

const YamlNode* YamlNode::find(std::string_view key) const {
  for (const YamlMember& member : members()) {
    if (member.key == key) return &member.value;
  }
  return nullptr;
}

const YamlNode& YamlNode::at(std::string_view key) const {
  const YamlNode* found = find(key);
  if (!found) fail("the key `" + std::string(key) + "` is missing");
  return *found;
}

void YamlNode::allow(std::initializer_list<std::string_view> keys) const {
  allow(std::vector<std::string>(keys.begin(), keys.end()));
}

void YamlNode::allow(const std::vector<std::string>& keys) const {
  for (const YamlMember& member : members()) {
    if (std::find(keys.begin(), keys.end(), member.key) != keys.end()) continue;
    std::string why = "unknown key";
    const std::string near = nearest_name(member.key, keys);
    if (!near.empty()) why += ": did you mean `" + near + "`?";
    throw usage_error(place_of(file_ ? *file_ : "yaml", member.line, member.column) +
                      join_path(path_, member.key) + ": " + why);
  }
}

YamlNode parse_yaml(std::string_view text, std::string_view name) {
  const auto file = std::make_shared<const std::string>(name);
  if (text.size() > kMaxBytes) throw usage_error(place_of(*file, 1, 1) + "yaml: larger than 1 MiB");
  reject_control_characters(text, *file);
  YamlBuilder builder(file);
  try {
    // The explicit end makes yaml-cpp see a quoted text that is never closed: without it the text
    // would silently end with the file.
    std::istringstream stream{std::string(text) + (text.ends_with('\n') ? "...\n" : "\n...\n")};
    YAML::Parser parser(stream);
    if (!parser.HandleNextDocument(builder)) return builder.take();
    YamlBuilder second(file);
    if (parser.HandleNextDocument(second)) {
      const YamlNode extra = second.take();
      throw usage_error(place_of(*file, extra.line(), extra.column()) +
                        "yaml: a second document: one file holds one");
    }
  } catch (const YAML::Exception& error) {
    throw usage_error(place_of(*file, error.mark.line + 1, error.mark.column + 1) + "yaml: " +
                      yaml_words(error.msg, text, error.mark.line));
  }
  return builder.take();
}

YamlNode read_yaml(const std::filesystem::path& file) {
  std::error_code error;
  if (std::filesystem::is_directory(file, error)) {
    throw usage_error(file.string() + ": is a folder: name a file");
  }
  std::ifstream stream(file, std::ios::binary);
  if (!stream) throw usage_error(file.string() + ": cannot read the file: is it there?");
  std::string text(kMaxBytes + 1, '\0');
  stream.read(text.data(), static_cast<std::streamsize>(text.size()));
  text.resize(static_cast<size_t>(stream.gcount()));
  return parse_yaml(text, file.string());
}

std::string nearest_name(std::string_view name, const std::vector<std::string>& known) {
  std::string best;
  size_t best_distance = std::max<size_t>(2, name.size() / 3) + 1;
  for (const std::string& candidate : known) {
    // "period" for "period_seconds": the unit was forgotten.
    if (candidate.starts_with(std::string(name) + "_")) return candidate;
    // Levenshtein, one row at a time.
    std::vector<size_t> row(candidate.size() + 1);
    for (size_t j = 0; j < row.size(); ++j) row[j] = j;
    for (size_t i = 0; i < name.size(); ++i) {
      size_t diagonal = row[0];
      row[0] = i + 1;
      for (size_t j = 0; j < candidate.size(); ++j) {
        const size_t substituted = diagonal + (name[i] == candidate[j] ? 0 : 1);
        diagonal = row[j + 1];
        row[j + 1] = std::min({row[j + 1] + 1, row[j] + 1, substituted});
      }
    }
    if (row.back() < best_distance) best_distance = row.back(), best = candidate;
  }
  return best;
}

}  // namespace gameday
