#include "scorer/answer.hpp"

#include <algorithm>
#include <cmath>

namespace gameday {

namespace {

constexpr double kComponentWeight = 0.30, kClassWeight = 0.15, kMechanismWeight = 0.40,
                 kTriggerWeight = 0.15;
constexpr double kSiblingCredit = 0.5, kCousinCredit = 0.25;
constexpr double kCapWithoutMechanism = 0.35;
constexpr size_t kMaxWordBytes = 60;
constexpr size_t kMaxListed = 100;  // of an answer's lists: more is read and dropped

// A word that ends up on people's terminals: letters, digits, and what joins them.
std::string plain(std::string_view said) {
  std::string word;
  for (const char character : said.substr(0, kMaxWordBytes)) {
    const bool kept = (character >= 'a' && character <= 'z') ||
                      (character >= 'A' && character <= 'Z') ||
                      (character >= '0' && character <= '9') ||
                      std::string_view("_-. ").find(character) != std::string_view::npos;
    if (kept) word += character;
  }
  return word;
}

bool contains(const std::vector<std::string>& list, const std::string& value) {
  return std::find(list.begin(), list.end(), value) != list.end();
}

std::vector<std::string> texts(const json::object& object, std::string_view key) {
  std::vector<std::string> all;
  const json::value* found = object.if_contains({key.data(), key.size()});
  if (!found) return all;
  const auto add = [&all](const json::value& value) {
    if (!value.is_string() || all.size() >= kMaxListed) return;
    const std::string text = plain({value.as_string().data(), value.as_string().size()});
    if (!text.empty() && !contains(all, text)) all.push_back(text);
  };
  add(*found);
  if (found->is_array()) {
    for (const json::value& value : found->as_array()) add(value);
  }
  return all;
}

std::string word(const json::object& object, std::string_view field, const Taxonomy& taxonomy) {
  const std::string said = plain(string_or(object, field, ""));
  const std::string canonical = taxonomy.canonical(field, said);
  return canonical.empty() ? said : canonical;
}

bool is_equivalent(const Truth& truth, const std::string& field, const std::string& value) {
  const auto found = truth.equivalents.find(field);
  return found != truth.equivalents.end() && contains(found->second, value);
}

double component_credit(const Truth& truth, const std::string& component) {
  if (component == truth.component || is_equivalent(truth, "component", component)) return 1;
  const auto hops = truth.causal_path.find(component);
  return hops == truth.causal_path.end() ? 0 : 0.5 / (1 + hops->second);
}

double exact_credit(const Truth& truth, const std::string& field, const std::string& own,
                    const std::string& value) {
  return value == own || is_equivalent(truth, field, value) ? 1 : 0;
}

double part_credit(const Truth& truth, const std::string& part, const std::string& said) {
  if (said == part) return 1;
  if (part == truth.mechanism && is_equivalent(truth, "mechanism", said)) return 1;
  if (contains(truth.siblings, said)) return kSiblingCredit;
  if (contains(truth.cousins, said)) return kCousinCredit;
  return 0;
}

// Every part of the truth takes the best of what was said and not yet taken. Shared among as many
// as were said, when that is more: naming everything earns next to nothing.
double mechanism_credit(const Truth& truth, const Answer& answer) {
  std::vector<std::string> parts = truth.also;
  parts.insert(parts.begin(), truth.mechanism);
  std::vector<std::string> said;
  if (!answer.mechanism.empty()) said.push_back(answer.mechanism);
  for (const std::string& more : answer.also) {
    if (!contains(said, more)) said.push_back(more);
  }
  const double shares = static_cast<double>(std::max(parts.size(), said.size()));
  double sum = 0;
  // Exact matches first, so that no part takes what fits another better.
  for (const double wanted : {1.0, kSiblingCredit, kCousinCredit}) {
    for (auto part = parts.begin(); part != parts.end();) {
      const auto taken = std::find_if(said.begin(), said.end(), [&](const std::string& one) {
        return part_credit(truth, *part, one) == wanted;
      });
      if (taken == said.end()) {
        ++part;
        continue;
      }
      sum += wanted;
      said.erase(taken);
      part = parts.erase(part);
    }
  }
  return sum / shares;
}

double weighed(double component, double cls, double mechanism, double trigger) {
  const double sum = kComponentWeight * component + kClassWeight * cls +
                     kMechanismWeight * mechanism + kTriggerWeight * trigger;
  return mechanism == 0 ? std::min(sum, kCapWithoutMechanism) : sum;
}

bool matches(const Misdiagnosis& wrong, const Answer& answer) {
  return (wrong.component.empty() || wrong.component == answer.component) &&
         (wrong.cls.empty() || wrong.cls == answer.cls) &&
         (wrong.mechanism.empty() || wrong.mechanism == answer.mechanism);
}

std::string join(const std::vector<std::string>& words) {
  std::string text;
  for (const std::string& one : words) text += (text.empty() ? "" : " + ") + one;
  return text;
}

std::string tells_of(const Taxonomy& taxonomy, const std::string& mechanism) {
  for (const TaxonomyValue& value : taxonomy.mechanisms) {
    if (value.name == mechanism) return value.tells;
  }
  return "";
}

void explain(AnswerGrade& grade, const Truth& truth, const Taxonomy& taxonomy) {
  for (FieldGrade& field : grade.fields) {
    if (field.credit == 1) {
      field.feedback = field.answer == field.truth ? "right" : "right: as good as the truth's word";
    } else if (field.answer.empty()) {
      field.feedback = "not said";
    } else if (field.field == "component" && field.credit > 0) {
      field.feedback = "on the way from the cause to the users, not the cause";
    } else if (field.field == "mechanism") {
      field.feedback = field.credit > 0 ? "near: " : "not it: ";
      field.feedback += "what tells it: " + tells_of(taxonomy, truth.mechanism);
    } else if (field.field == "trigger") {
      field.feedback = "what began it was another change";
    } else {
      field.feedback = "not it";
    }
  }
}

std::vector<std::pair<std::string, double>> read_alternatives(const json::object& diagnosis,
                                                              const Taxonomy& taxonomy) {
  std::vector<std::pair<std::string, double>> all;
  const json::value* list = diagnosis.if_contains("alternatives");
  if (!list || !list->is_array()) return all;
  for (const json::value& one : list->as_array()) {
    if (!one.is_object() || all.size() >= kMaxListed) continue;
    const std::string mechanism = word(one.as_object(), "mechanism", taxonomy);
    const double probability = number_or(one.as_object(), "probability", -1);
    if (!mechanism.empty() && probability >= 0 && probability <= 1) {
      all.emplace_back(mechanism, probability);
    }
  }
  return all;
}

}  // namespace

Answer read_answer(const json::object& diagnosis, const Taxonomy& taxonomy) {
  Answer answer;
  answer.verdict = word(diagnosis, "verdict", taxonomy);
  answer.component = word(diagnosis, "component", taxonomy);
  answer.cls = word(diagnosis, "class", taxonomy);
  answer.mechanism = word(diagnosis, "mechanism", taxonomy);
  answer.trigger = word(diagnosis, "trigger", taxonomy);
  for (const std::string& said : texts(diagnosis, "also")) {
    const std::string canonical = taxonomy.canonical("mechanism", said);
    const std::string& name = canonical.empty() ? said : canonical;
    if (!contains(answer.also, name)) answer.also.push_back(name);
  }
  answer.evidence = texts(diagnosis, "evidence");
  const double confidence = number_or(diagnosis, "confidence", -1);
  if (std::isfinite(confidence) && confidence >= 0 && confidence <= 1) {
    answer.confidence = confidence;
  }
  answer.alternatives = read_alternatives(diagnosis, taxonomy);
  answer.text = string_or(diagnosis, "text", "");
  answer.by = string_or(diagnosis, "by", "");
  if (answer.verdict.empty()) {
    answer.verdict = answer.mechanism.empty() ? "undetermined" : "fault";
  }
  return answer;
}

AnswerGrade grade_answer(const Answer& answer, const Variant& variant, const Taxonomy& taxonomy) {
  const Truth& truth = variant.truth;
  AnswerGrade grade;
  std::vector<std::string> said = answer.also, parts = truth.also;
  if (!answer.mechanism.empty()) said.insert(said.begin(), answer.mechanism);
  parts.insert(parts.begin(), truth.mechanism);
  grade.fields = {
      {"component", answer.component, truth.component, component_credit(truth, answer.component),
       kComponentWeight, ""},
      {"class", answer.cls, truth.cls, exact_credit(truth, "class", truth.cls, answer.cls),
       kClassWeight, ""},
      {"mechanism", join(said), join(parts), mechanism_credit(truth, answer), kMechanismWeight, ""},
      {"trigger", answer.trigger, truth.trigger,
       exact_credit(truth, "trigger", truth.trigger, answer.trigger), kTriggerWeight, ""}};
  if (answer.verdict != "fault") {
    for (FieldGrade& field : grade.fields) field.credit = 0;
  }
  grade.raw = weighed(grade.fields[0].credit, grade.fields[1].credit, grade.fields[2].credit,
                      grade.fields[3].credit);
  for (const Misdiagnosis& wrong : variant.misdiagnoses) {
    if (answer.verdict != "fault" || !matches(wrong, answer)) continue;
    grade.raw = std::min(grade.raw, wrong.cap);
    grade.feedback.push_back(wrong.feedback + " What rules it out: " + wrong.killed_by + ".");
  }
  grade.corrected = corrected_diagnosis(grade.raw, taxonomy);
  if (answer.verdict == "no_fault") grade.feedback.push_back("Something was broken.");
  explain(grade, truth, taxonomy);
  return grade;
}

AnswerSpace::AnswerSpace(const Variant& variant, const Taxonomy& taxonomy) {
  const Truth& truth = variant.truth;
  for (const TaxonomyValue& value : taxonomy.components) {
    components_.push_back(component_credit(truth, value.name));
  }
  for (const TaxonomyValue& value : taxonomy.classes) {
    classes_.push_back(exact_credit(truth, "class", truth.cls, value.name));
  }
  for (const TaxonomyValue& value : taxonomy.mechanisms) {
    Answer answer;
    answer.mechanism = value.name;
    mechanisms_.push_back(mechanism_credit(truth, answer));
  }
  for (const TaxonomyValue& value : taxonomy.triggers) {
    triggers_.push_back(exact_credit(truth, "trigger", truth.trigger, value.name));
  }
  const auto index_of = [](const std::vector<TaxonomyValue>& values, const std::string& name) {
    const auto found = std::find_if(values.begin(), values.end(),
                                    [&](const TaxonomyValue& one) { return one.name == name; });
    return name.empty() ? std::nullopt
                        : std::optional(static_cast<size_t>(found - values.begin()));
  };
  for (const Misdiagnosis& wrong : variant.misdiagnoses) {
    bounds_.push_back({wrong.cap, index_of(taxonomy.components, wrong.component),
                       index_of(taxonomy.classes, wrong.cls),
                       index_of(taxonomy.mechanisms, wrong.mechanism)});
  }
}

double AnswerSpace::cap(size_t component, size_t cls, size_t mechanism) const {
  double cap = 1;
  for (const Bound& bound : bounds_) {
    const bool matches = bound.component.value_or(component) == component &&
                         bound.cls.value_or(cls) == cls &&
                         bound.mechanism.value_or(mechanism) == mechanism;
    if (matches) cap = std::min(cap, bound.cap);
  }
  return cap;
}

double AnswerSpace::uncapped(size_t component, size_t cls, size_t mechanism,
                             size_t trigger) const {
  return weighed(components_[component], classes_[cls], mechanisms_[mechanism],
                 triggers_[trigger]);
}

double AnswerSpace::raw(size_t component, size_t cls, size_t mechanism, size_t trigger) const {
  return std::min(uncapped(component, cls, mechanism, trigger), cap(component, cls, mechanism));
}

double corrected_diagnosis(double raw, const Taxonomy& taxonomy) {
  const double constant = taxonomy.catalogue.constant_answer;
  return std::max(0.0, (raw - constant) / (1 - constant));
}

}  // namespace gameday
