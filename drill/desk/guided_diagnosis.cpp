#include "drill/desk/guided_diagnosis.hpp"

#include <algorithm>
#include <charconv>
#include <cmath>
#include <sstream>

#include "core/error.hpp"
#include "core/text.hpp"
#include "drill/desk/screens.hpp"
#include "drill/desk/status.hpp"

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

std::vector<std::string> split_words(std::string text) {
  std::replace(text.begin(), text.end(), ',', ' ');
  std::istringstream words(text);
  std::vector<std::string> list;
  for (std::string word; words >> word;) list.push_back(word);
  return list;
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

// A label and a text beside it that is broken between words at the terminal's width.
std::string beside(std::string label, size_t left, const std::string& text, size_t columns) {
  constexpr size_t kNarrowest = 20;
  label.resize(std::max(label.size() + 1, left), ' ');
  std::string lines;
  for (const std::string& part :
       text::wrap(text, columns > left + kNarrowest ? columns - left - 1 : kNarrowest)) {
    lines += (lines.empty() ? label : std::string(left, ' ')) + part + "\n";
  }
  return lines;
}

std::string value_line(size_t number, const TaxonomyValue& value, size_t columns) {
  std::string line = "  " + std::to_string(number) + ". ";
  line.resize(std::max<size_t>(line.size(), 6), ' ');
  return beside(line + value.name, 32, value.help, columns);
}

// The value that a number or a name of the list means; empty: neither.
std::string choice(const Questionnaire& form, const char* field, const std::string& word) {
  const auto& values = form.taxonomy.values(field);
  size_t number = 0;
  const char* end = word.data() + word.size();
  const bool is_number = std::from_chars(word.data(), end, number).ptr == end && !word.empty();
  if (!is_number) return form.taxonomy.canonical(field, word);
  return number >= 1 && number <= values.size() ? values[number - 1].name : "";
}

void say_not_listed(const Questionnaire& form, const char* field) {
  form.dialogue.say("That is not in the list: a number from 1 to " +
                    std::to_string(form.taxonomy.values(field).size()) + ", or a name.\n");
}

Step ask_value(Questionnaire& form, const char* field, const char* question,
               std::string& chosen) {
  const auto& values = form.taxonomy.values(field);
  std::string list = std::string(question) + "\n";
  for (size_t i = 0; i < values.size(); ++i) {
    list += value_line(i + 1, values[i], form.dialogue.columns);
  }
  form.dialogue.say(list);
  for (;;) {
    Step step;
    const auto word =
        answer(form.dialogue, std::string(field) + " (number or name, b back, q quit): ", step);
    if (!word) return step;
    const std::string name = choice(form, field, *word);
    if (!name.empty()) {
      chosen = name;
      return Step::kNext;
    }
    say_not_listed(form, field);
  }
}

// Further mechanisms of the same cause, from the list that was just shown.
Step ask_also(Questionnaire& form) {
  Diagnosis& d = form.diagnosis;
  form.dialogue.say("Does another mechanism of that list belong to the same cause, beside " +
                    d.mechanism + "?\n");
  for (;;) {
    Step step;
    const auto line = answer(
        form.dialogue, "also (numbers or names, Enter for none, b back, q quit): ", step);
    if (step != Step::kQuit) d.also.clear();
    if (!line) return step;
    bool all_known = true, is_doubled = false;
    for (const std::string& word : split_words(*line)) {
      const std::string name = choice(form, "mechanism", word);
      all_known = all_known && !name.empty();
      is_doubled = is_doubled || name == d.mechanism;
      const bool is_new = std::find(d.also.begin(), d.also.end(), name) == d.also.end();
      if (is_new && !name.empty()) d.also.push_back(name);
    }
    if (all_known && !is_doubled) return Step::kNext;
    if (is_doubled) form.dialogue.say("You named " + d.mechanism + " already: others, or none.\n");
    else say_not_listed(form, "mechanism");
  }
}

std::vector<std::string> split_ids(const std::string& text) {
  std::vector<std::string> ids;
  for (std::string word : split_words(text)) {
    if (std::isdigit(static_cast<unsigned char>(word[0]))) word = "o" + word;
    if (std::find(ids.begin(), ids.end(), word) == ids.end()) ids.push_back(word);
  }
  return ids;
}

// Whether a line runs nothing but the desk's own verbs: it shows nothing of the outage.
bool is_desk_talk(const std::string& command) {
  std::string parts = command;
  for (char& c : parts) c = c == '&' || c == '|' || c == '\n' ? ';' : c;
  std::istringstream stream(parts);
  for (std::string part; std::getline(stream, part, ';');) {
    part = trimmed(part);
    if (!part.empty() && part != "gameday" && !part.starts_with("gameday ")) return false;
  }
  return true;
}

// The first line of an output that says something; of a table the first row.
std::string telling_line(const std::string& output) {
  std::istringstream stream(output);
  std::string first;
  for (std::string line; std::getline(stream, line);) {
    line = trimmed(line);
    if (line.empty()) continue;
    const bool is_rule = line.find_first_not_of("-+ ") == std::string::npos;
    if (is_rule) first.clear();  // what stood above was the heading
    else if (first.empty()) first = line;
    else break;
  }
  return first;
}

std::string evidence_lines(const Questionnaire& form, const Observation& seen) {
  constexpr size_t kNarrowest = 48, kOutputFrom = 8;
  const size_t columns = std::max(form.dialogue.columns, kNarrowest);
  std::string line = "  " + seen.id;
  line.resize(std::max(line.size() + 1, kOutputFrom), ' ');
  if (form.dialogue.when) line += form.dialogue.when(seen.started) + "  ";
  line += seen.host + "  ";
  const size_t left = columns > line.size() + 1 ? columns - line.size() - 1 : 1;
  line += text::row(whole_command(seen), left) + "\n";
  // A page begins with what kind it is.
  const size_t heading = std::min(seen.output.find('\n'), seen.output.size());
  const size_t from = seen.host == "desk" ? heading : 0;
  const std::string output = telling_line(seen.output.substr(from));
  if (output.empty()) return line;
  return line + std::string(kOutputFrom, ' ') + text::row(output, columns - kOutputFrom - 1) + "\n";
}

Step ask_evidence(Questionnaire& form) {
  std::string list;
  for (const Observation& seen : form.observations) {
    if (!is_desk_talk(seen.command)) list += evidence_lines(form, seen);
  }
  if (list.empty()) list = "  (nothing was recorded yet)\n";
  list = "Which of your observations show it?\n" + list +
         "Cite few: beyond three, each that does not belong costs.\n";
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
    form.dialogue.say("There is no observation " + text::row(*unknown, 20) + ".\n");
  }
}

Step ask_confidence(Questionnaire& form) {
  form.dialogue.say("How sure are you, as in 0.8 or 80%? It is shown, never scored.\n");
  for (;;) {
    Step step;
    const auto line =
        answer(form.dialogue, "confidence (Enter: not said, b back, q quit): ", step);
    if (!line) return step;
    form.diagnosis.confidence = confidence_of(*line);
    if (line->empty() || form.diagnosis.confidence) return Step::kNext;
    form.dialogue.say(std::string("It is ") + kConfidenceForm + ".\n");
  }
}

// Takes what else it could be. Returns what to say about a line that was not understood, else "".
std::string take_alternatives(Questionnaire& form, const std::string& line) {
  Diagnosis& d = form.diagnosis;
  try {
    d.alternatives = alternatives_of(line);
  } catch (const Error&) {
    return std::string("Others are said with how likely they are, ") + kAlternativesForm + ".\n";
  }
  double sum = d.confidence.value_or(0);
  for (json::value& one : d.alternatives) {
    json::object& object = one.as_object();
    const std::string name = choice(form, "mechanism", string_or(object, "mechanism", ""));
    if (name.empty()) return "A number or name of the mechanisms' list stands before the =.\n";
    if (name == d.mechanism) return "You named " + name + " already: say what else it could be.\n";
    object["mechanism"] = name;
    sum += number_or(object, "probability", 0);
  }
  return sum > 1.0001 ? "With your confidence they are more than 100 %.\n" : "";
}

Step ask_alternatives(Questionnaire& form) {
  form.dialogue.say("What else could it be, and how likely, " + std::string(kAlternativesForm) +
                    "?\nIt is shown, never scored.\n");
  for (;;) {
    Step step;
    const auto line =
        answer(form.dialogue, "alternatives (Enter for none, b back, q quit): ", step);
    if (!line) return step;
    const std::string misunderstood = take_alternatives(form, *line);
    if (misunderstood.empty()) return Step::kNext;
    form.dialogue.say(misunderstood);
  }
}

Step ask_text(Questionnaire& form) {
  Step step;
  const auto line =
      answer(form.dialogue, "In your own words (Enter for nothing, b back, q quit): ", step);
  if (line) form.diagnosis.text = *line;
  return step;
}

std::string summary(const Diagnosis& d, size_t columns) {
  std::string also, evidence;
  for (const std::string& part : d.also) also += (also.empty() ? "" : ", ") + part;
  for (const std::string& id : d.evidence) evidence += (evidence.empty() ? "" : " ") + id;
  const auto line = [columns](const char* name, const std::string& text) {
    return beside(name, 12, text.empty() ? "-" : text, columns);
  };
  std::string text = "\n" + line("verdict", d.verdict);
  if (d.verdict == "fault") {
    text += line("component", d.component) + line("class", d.cls) +
            line("mechanism", d.mechanism) + line("also", also) + line("trigger", d.trigger);
  }
  const std::string sure =
      d.confidence ? text::plain(std::round(*d.confidence * 1000) / 10) + " %" : "";
  std::string others;
  for (const json::value& one : d.alternatives) {
    others += (others.empty() ? "" : ", ") + string_or(one.as_object(), "mechanism", "") + " " +
              text::plain(std::round(number_or(one.as_object(), "probability", 0) * 1000) / 10) +
              " %";
  }
  text += line("evidence", evidence) + line("confidence", sure);
  if (!others.empty()) text += line("or else", others);
  return text + line("text", d.text);
}

Step confirm(Questionnaire& form) {
  form.dialogue.say(summary(form.diagnosis, form.dialogue.columns));
  for (;;) {
    Step step;
    const auto word = answer(form.dialogue, "Submit this? (y, b back, q quit): ", step);
    if (!word) return step;
    if (*word == "y" || *word == "Y" || *word == "yes") return Step::kNext;
    if (*word == "n" || *word == "N" || *word == "no") return Step::kQuit;
    form.dialogue.say("Nothing is submitted yet: y submits it, b goes back, q leaves.\n");
  }
}

constexpr size_t kEvidence = 6, kAlternatives = 8, kConfirm = 10;  // of ask()

// The questions of one verdict, in order.
Step ask(Questionnaire& form, size_t question) {
  Diagnosis& d = form.diagnosis;
  switch (question) {
    case 0:
      return ask_value(form, "verdict", "Is there a fault?", d.verdict);
    case 1:
      return ask_value(form, "component", "Where does the cause sit?", d.component);
    case 2:
      return ask_value(form, "class", "What kind of cause is it?", d.cls);
    case 3:
      return ask_value(form, "mechanism", "What exactly is wrong there?", d.mechanism);
    case 4: return ask_also(form);
    case 5:
      return ask_value(form, "trigger", "What brought it about? (A trigger is not the cause.)",
                       d.trigger);
    case kEvidence: return ask_evidence(form);
    case 7: return ask_confidence(form);
    case kAlternatives: return ask_alternatives(form);
    case 9: return ask_text(form);
    default: return confirm(form);
  }
}

}  // namespace

std::optional<Diagnosis> guided_diagnosis(const Dialogue& dialogue, const Taxonomy& taxonomy,
                                          const std::vector<Observation>& observations) {
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
      d.alternatives.clear();
    }
    if (step == Step::kNext) {
      question = question == 0 && !is_fault ? kEvidence : question + 1;
      if (question == kAlternatives && !is_fault) ++question;
    } else if (question > 0) {
      question = question == kEvidence && !is_fault ? 0 : question - 1;
      if (question == kAlternatives && !is_fault) --question;
    }
  }
  return form.diagnosis;
}

namespace {

std::string list_screen(const Taxonomy& taxonomy, const char* field, size_t columns) {
  std::string text = std::string(field) + "\n";
  for (const TaxonomyValue& value : taxonomy.values(field)) {
    text += beside("  " + value.name, 28, value.help, columns);
  }
  return text;
}

}  // namespace

std::string verb_help_with_lists(const Verb& verb, const Taxonomy& taxonomy, size_t columns) {
  std::string text = verb_help(verb);
  if (verb.name == "diagnose") text += "\n" + taxonomy_screen(taxonomy, columns);
  if (verb.name == "declare") text += "\n" + list_screen(taxonomy, "severity", columns);
  if (verb.name == "escalate") text += "\n" + list_screen(taxonomy, "team", columns);
  return text;
}

std::string taxonomy_screen(const Taxonomy& taxonomy, size_t columns) {
  std::string text;
  for (const char* field : {"verdict", "component", "class", "mechanism", "trigger"}) {
    text += (text.empty() ? "" : "\n") + list_screen(taxonomy, field, columns);
  }
  return text;
}

}  // namespace gameday
