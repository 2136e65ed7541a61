// The guided half of diagnose.hpp: one question after the other, from the closed lists.
#include <algorithm>
#include <charconv>
#include <sstream>

#include "drill/diagnose.hpp"
#include "drill/screens.hpp"

namespace gameday {
namespace {

enum class Step { kNext, kBack, kQuit };

struct Questionnaire {
  const Dialogue& dialogue;
  const Taxonomy& taxonomy;
  const std::vector<Observation>& observations;
  Diagnosis diagnosis;
};

std::string trimmed(const std::string& text) {
  const size_t from = text.find_first_not_of(" \t\r\n");
  if (from == std::string::npos) return "";
  return text.substr(from, text.find_last_not_of(" \t\r\n") - from + 1);
}

// The line that was answered; or where to go instead.
std::optional<std::string> answer(const Dialogue& dialogue, const std::string& prompt, Step& step) {
  const std::optional<std::string> line = dialogue.ask(prompt);
  step = Step::kNext;
  if (!line) step = Step::kQuit;
  const std::string word = line ? trimmed(*line) : "";
  if (word == "q" || word == "quit") step = Step::kQuit;
  if (word == "b" || word == "back") step = Step::kBack;
  if (step != Step::kNext) return std::nullopt;
  return word;
}

std::string value_line(size_t number, const TaxonomyValue& value) {
  std::string line = "  " + std::to_string(number) + ". ";
  line.resize(std::max<size_t>(line.size(), 6), ' ');
  line += value.name;
  line.resize(std::max<size_t>(line.size() + 1, 32), ' ');
  return line + value.help + "\n";
}

Step ask_value(Questionnaire& form, const char* field, const char* question, bool may_skip,
               std::string& chosen) {
  const auto& values = form.taxonomy.values(field);
  std::string list = std::string(question) + "\n";
  for (size_t i = 0; i < values.size(); ++i) list += value_line(i + 1, values[i]);
  form.dialogue.say(list);
  const std::string prompt = std::string(field) + " (number or name, " +
                             (may_skip ? "Enter for none, " : "") + "b back, q quit): ";
  for (;;) {
    Step step;
    const auto word = answer(form.dialogue, prompt, step);
    if (!word) return step;
    if (word->empty() && may_skip) {
      chosen.clear();
      return Step::kNext;
    }
    size_t number = 0;
    const char* end = word->data() + word->size();
    const bool is_number = std::from_chars(word->data(), end, number).ptr == end && !word->empty();
    if (is_number && number >= 1 && number <= values.size()) {
      chosen = values[number - 1].name;
      return Step::kNext;
    }
    const std::string name = is_number ? "" : form.taxonomy.canonical(field, *word);
    if (!name.empty()) {
      chosen = name;
      return Step::kNext;
    }
    form.dialogue.say("That is not in the list: a number from 1 to " +
                      std::to_string(values.size()) + ", or a name.\n");
  }
}

std::vector<std::string> split_ids(const std::string& text) {
  std::string spaced = text;
  std::replace(spaced.begin(), spaced.end(), ',', ' ');
  std::istringstream words(spaced);
  std::vector<std::string> ids;
  for (std::string word; words >> word;) {
    if (std::isdigit(static_cast<unsigned char>(word[0]))) word = "o" + word;
    if (std::find(ids.begin(), ids.end(), word) == ids.end()) ids.push_back(word);
  }
  return ids;
}

Step ask_evidence(Questionnaire& form) {
  std::string list = "Which of your observations show it? Cite few: each beyond three that\n"
                     "does not belong to it costs.\n";
  for (const Observation& seen : form.observations) {
    std::string line = "  " + seen.id;
    line.resize(std::max<size_t>(line.size() + 1, 8), ' ');
    line += seen.host;
    line.resize(std::max<size_t>(line.size() + 1, 16), ' ');
    list += line + one_line(seen.command, 62) + "\n";
  }
  if (form.observations.empty()) list += "  (nothing was recorded yet)\n";
  form.dialogue.say(list);
  for (;;) {
    Step step;
    const auto word =
        answer(form.dialogue, "evidence (ids as in o3,o7; Enter for none, b back, q quit): ", step);
    if (!word) return step;
    const std::vector<std::string> ids = split_ids(*word);
    const auto unknown = std::find_if(ids.begin(), ids.end(), [&](const std::string& id) {
      return std::none_of(form.observations.begin(), form.observations.end(),
                          [&](const Observation& seen) { return seen.id == id; });
    });
    if (unknown == ids.end()) {
      form.diagnosis.evidence = ids;
      return Step::kNext;
    }
    form.dialogue.say("There is no observation " + one_line(*unknown, 20) + ".\n");
  }
}

Step ask_confidence(Questionnaire& form) {
  for (;;) {
    Step step;
    const auto word = answer(
        form.dialogue, "How sure are you, 0 to 100 %? (Enter: not said, b back, q quit): ", step);
    if (!word) return step;
    form.diagnosis.confidence.reset();
    if (word->empty()) return Step::kNext;
    int percent = -1;
    const char* end = word->data() + word->size();
    const auto parsed = std::from_chars(word->data(), end, percent);
    const bool fine = parsed.ec == std::errc() && percent >= 0 && percent <= 100 &&
                      (parsed.ptr == end || std::string(parsed.ptr) == "%");
    if (fine) {
      form.diagnosis.confidence = percent / 100.0;
      return Step::kNext;
    }
    form.dialogue.say("A whole number from 0 to 100.\n");
  }
}

Step ask_text(Questionnaire& form) {
  Step step;
  const auto line =
      answer(form.dialogue, "In your own words (Enter for nothing, b back, q quit): ", step);
  if (line) form.diagnosis.text = *line;
  return step;
}

Step confirm(Questionnaire& form) {
  const Diagnosis& d = form.diagnosis;
  std::string summary = "\nverdict    " + d.verdict + "\n";
  if (d.verdict == "fault") {
    summary += "component  " + d.component + "\nclass      " + d.cls + "\nmechanism  " +
               d.mechanism + "\ntrigger    " + d.trigger + "\n";
    if (!d.also.empty()) summary += "also       " + d.also[0] + "\n";
  }
  summary += "evidence  ";
  for (const std::string& id : d.evidence) summary += " " + id;
  form.dialogue.say(summary + "\n");
  for (;;) {
    Step step;
    const auto word = answer(form.dialogue, "Submit this? (y, b back, q quit): ", step);
    if (!word) return step;
    if (*word == "y" || *word == "yes") return Step::kNext;
    if (*word == "n" || *word == "no") return Step::kQuit;
  }
}

// The questions of one verdict, in order.
Step ask(Questionnaire& form, size_t question) {
  Diagnosis& d = form.diagnosis;
  switch (question) {
    case 0:
      return ask_value(form, "verdict", "Is there a fault?", false, d.verdict);
    case 1:
      return ask_value(form, "component", "Where does the cause sit?", false, d.component);
    case 2:
      return ask_value(form, "class", "What kind of cause is it?", false, d.cls);
    case 3:
      return ask_value(form, "mechanism", "What exactly is wrong there?", false, d.mechanism);
    case 4: {
      std::string also;
      const Step step = ask_value(form, "mechanism",
                                  "Does a second mechanism belong to the same cause?", true, also);
      if (step != Step::kQuit) d.also.clear();
      if (step == Step::kNext && !also.empty() && also != d.mechanism) d.also = {also};
      return step;
    }
    case 5:
      return ask_value(form, "trigger", "What brought it about? (A trigger is not the cause.)",
                       false, d.trigger);
    case 6: return ask_evidence(form);
    case 7: return ask_confidence(form);
    case 8: return ask_text(form);
    default: return confirm(form);
  }
}

}  // namespace

std::optional<Diagnosis> guided_diagnosis(const Dialogue& dialogue, const Taxonomy& taxonomy,
                                          const std::vector<Observation>& observations) {
  constexpr size_t kEvidence = 6, kConfirm = 9;  // of ask()
  Questionnaire form{dialogue, taxonomy, observations, {}};
  Diagnosis& d = form.diagnosis;
  for (size_t question = 0; question <= kConfirm;) {
    const Step step = ask(form, question);
    if (step == Step::kQuit) return std::nullopt;
    const bool is_fault = d.verdict == "fault";
    if (!is_fault) {
      // Another verdict forgets what only a fault has, and skips its questions.
      d.component = d.cls = d.mechanism = d.trigger = "";
      d.also.clear();
    }
    if (step == Step::kNext) {
      question = question == 0 && !is_fault ? kEvidence : question + 1;
    } else if (question > 0) {
      question = question == kEvidence && !is_fault ? 0 : question - 1;
    }
  }
  return form.diagnosis;
}

std::string taxonomy_screen(const Taxonomy& taxonomy) {
  std::string text;
  for (const char* field : {"verdict", "component", "class", "mechanism", "trigger"}) {
    text += std::string(text.empty() ? "" : "\n") + field + "\n";
    for (const TaxonomyValue& value : taxonomy.values(field)) {
      std::string line = "  " + value.name;
      line.resize(std::max<size_t>(line.size() + 1, 28), ' ');
      text += line + value.help + "\n";
    }
  }
  return text;
}

}  // namespace gameday
