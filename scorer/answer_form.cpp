#include "scorer/answer_form.hpp"

#include <algorithm>
#include <charconv>
#include <cmath>
#include <sstream>

#include "core/error.hpp"
#include "core/text.hpp"

namespace gameday {
namespace {

constexpr size_t kLongestText = 8192;
constexpr size_t kMostAlternatives = 20;

std::string canonical_or_throw(const Taxonomy& taxonomy, std::string_view field,
                               const std::string& text) {
  if (text.empty()) return "";
  const std::string name = taxonomy.canonical(field, text);
  if (name.empty()) {
    throw usage_error("diagnose: " + std::string(field) + ": '" + text::row(text, 60) +
                      "' is not in the list: one of " + text::joined(taxonomy.names(field), ", "));
  }
  return name;
}

std::vector<std::string> string_list(const json::value& value, const char* key) {
  std::vector<std::string> list;
  if (value.is_null()) return list;
  if (!value.is_array()) throw usage_error(std::string("diagnose: ") + key + ": not a list");
  for (const json::value& element : value.as_array()) {
    if (!element.is_string()) {
      throw usage_error(std::string("diagnose: ") + key + ": not a list of names");
    }
    list.emplace_back(element.as_string().data(), element.as_string().size());
  }
  return list;
}

void take_key(Diagnosis& diagnosis, std::string_view key, const json::value& value) {
  const auto text = [&]() -> std::string {
    if (value.is_null()) return "";
    if (!value.is_string()) throw usage_error("diagnose: " + std::string(key) + ": not text");
    return {value.as_string().data(), value.as_string().size()};
  };
  if (key == "verdict") diagnosis.verdict = text();
  else if (key == "component") diagnosis.component = text();
  else if (key == "class") diagnosis.cls = text();
  else if (key == "mechanism") diagnosis.mechanism = text();
  else if (key == "trigger") diagnosis.trigger = text();
  else if (key == "text") diagnosis.text = text();
  else if (key == "also") diagnosis.also = string_list(value, "also");
  else if (key == "evidence") diagnosis.evidence = string_list(value, "evidence");
  else if (key == "confidence" && value.is_null()) diagnosis.confidence.reset();
  else if (key == "confidence" && value.is_number()) {
    diagnosis.confidence = value.to_number<double>();
  }
  else if (key == "confidence") {
    diagnosis.confidence = confidence_of(text());
    if (!diagnosis.confidence) {
      throw usage_error(std::string("diagnose: confidence is ") + kConfidenceForm);
    }
  }
  else if (key == "alternatives" && value.is_array()) diagnosis.alternatives = value.as_array();
  else if (key == "by") return;  // the record's own answer names its author, which grades nothing
  else throw usage_error("diagnose: " + text::row(std::string(key), 40) +
                         ": unknown key, or a value of the wrong type");
}

// Names of the lists, probabilities from 0 to 1, and no more than all of it together.
json::array checked_alternatives(const Diagnosis& diagnosis, const Taxonomy& taxonomy) {
  json::array checked;
  double sum = diagnosis.confidence.value_or(0);
  for (const json::value& value : diagnosis.alternatives) {
    if (!value.is_object()) throw usage_error("diagnose: alternatives: not a list of objects");
    json::object one;
    for (const char* field : {"component", "class", "mechanism", "trigger"}) {
      const std::string said = string_or(value.as_object(), field, "");
      if (!said.empty()) one[field] = canonical_or_throw(taxonomy, field, said);
    }
    const double probability = number_or(value.as_object(), "probability", -1);
    if (!one.contains("mechanism") || !(probability >= 0 && probability <= 1)) {
      throw usage_error("diagnose: alternatives: each needs a mechanism and a probability from 0 "
                        "to 1");
    }
    one["probability"] = probability;
    sum += probability;
    checked.push_back(std::move(one));
  }
  if (!checked.empty() && sum > 1.0001) {
    throw usage_error("diagnose: alternatives: with the confidence they are more than all: " +
                      text::plain(sum) + " of 1");
  }
  return checked;
}

}  // namespace

std::optional<double> confidence_of(std::string_view text) {
  const bool is_percentage = text.ends_with('%');
  if (is_percentage) text.remove_suffix(1);
  while (is_percentage && text.ends_with(' ')) text.remove_suffix(1);
  double value = 0;
  const char* end = text.data() + text.size();
  const auto parsed = std::from_chars(text.data(), end, value);
  if (text.empty() || parsed.ec != std::errc() || parsed.ptr != end) return std::nullopt;
  if (is_percentage) value /= 100;
  if (!(value >= 0 && value <= 1)) return std::nullopt;
  return value;
}

json::array alternatives_of(const std::string& text) {
  json::array alternatives;
  std::string words = text;
  std::replace(words.begin(), words.end(), ',', ' ');
  std::istringstream stream(words);
  for (std::string word; stream >> word;) {
    const size_t equals = word.find('=');
    const auto probability =
        equals == std::string::npos ? std::nullopt : confidence_of(word.substr(equals + 1));
    if (!probability || equals == 0) {
      throw usage_error("diagnose: alternatives: '" + text::row(word, 40) +
                        "' is no mechanism with how likely it is: " + kAlternativesForm);
    }
    alternatives.push_back(
        json::object{{"mechanism", word.substr(0, equals)}, {"probability", *probability}});
  }
  return alternatives;
}

json::object to_json(const Diagnosis& diagnosis) {
  json::object object;
  object["verdict"] = diagnosis.verdict;
  object["component"] = diagnosis.component;
  object["class"] = diagnosis.cls;
  object["mechanism"] = diagnosis.mechanism;
  object["trigger"] = diagnosis.trigger;
  object["also"] = json::array(diagnosis.also.begin(), diagnosis.also.end());
  if (diagnosis.confidence) object["confidence"] = *diagnosis.confidence;
  else object["confidence"] = nullptr;
  object["evidence"] = json::array(diagnosis.evidence.begin(), diagnosis.evidence.end());
  object["alternatives"] = diagnosis.alternatives;
  object["text"] = diagnosis.text;
  return object;
}

Diagnosis parse_diagnosis(std::string_view text) {
  const json::value value = parse_json(text, "diagnose: the file");
  if (!value.is_object()) throw usage_error("diagnose: the file: not a JSON object");
  Diagnosis diagnosis;
  for (const auto& member : value.as_object()) {
    take_key(diagnosis, {member.key().data(), member.key().size()}, member.value());
  }
  return diagnosis;
}

Diagnosis checked(Diagnosis diagnosis, const Taxonomy& taxonomy,
                  const std::vector<Observation>& observations) {
  if (diagnosis.verdict.empty() && !diagnosis.mechanism.empty()) diagnosis.verdict = "fault";
  if (diagnosis.verdict.empty()) {
    throw usage_error("diagnose: needs a verdict: one of " + text::joined(taxonomy.names("verdict"), ", "));
  }
  diagnosis.verdict = canonical_or_throw(taxonomy, "verdict", diagnosis.verdict);
  diagnosis.component = canonical_or_throw(taxonomy, "component", diagnosis.component);
  diagnosis.cls = canonical_or_throw(taxonomy, "class", diagnosis.cls);
  diagnosis.mechanism = canonical_or_throw(taxonomy, "mechanism", diagnosis.mechanism);
  diagnosis.trigger = canonical_or_throw(taxonomy, "trigger", diagnosis.trigger);
  for (std::string& also : diagnosis.also) {
    also = canonical_or_throw(taxonomy, "mechanism", also);
    if (also == diagnosis.mechanism) {
      throw usage_error("diagnose: also: " + also +
                        " is the mechanism already: name others, or none");
    }
  }
  const bool is_whole = !diagnosis.component.empty() && !diagnosis.mechanism.empty();
  if (diagnosis.verdict == "fault" && !is_whole) {
    throw usage_error("diagnose: a fault needs at least --component and --mechanism: see " +
                      std::string("gameday diagnose --list"));
  }
  if (diagnosis.confidence && !(*diagnosis.confidence >= 0 && *diagnosis.confidence <= 1)) {
    throw usage_error(std::string("diagnose: confidence is ") + kConfidenceForm);
  }
  for (const std::string& id : diagnosis.evidence) {
    const bool exists = std::any_of(observations.begin(), observations.end(),
                                    [&](const Observation& seen) { return seen.id == id; });
    if (!exists) {
      throw usage_error("diagnose: evidence: there is no observation '" + text::row(id, 20) +
                        "': cite what you looked at, o1, o2 and so on in gameday notes");
    }
  }
  if (diagnosis.text.size() > kLongestText || diagnosis.alternatives.size() > kMostAlternatives) {
    throw usage_error("diagnose: at most 8192 bytes of text and 20 alternatives");
  }
  diagnosis.alternatives = checked_alternatives(diagnosis, taxonomy);
  return diagnosis;
}

}  // namespace gameday
