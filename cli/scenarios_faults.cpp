#include "cli/scenarios_faults.hpp"

#include <algorithm>
#include <iostream>

#include "core/json.hpp"
#include "injectors/fault.hpp"

namespace gameday {

namespace {

json::array array_of(const std::vector<std::string_view>& words) {
  json::array array;
  for (const std::string_view word : words) array.emplace_back(word);
  return array;
}

json::object document_of(const FaultParameter& parameter) {
  json::object object{{"name", parameter.name}, {"meaning", parameter.meaning}};
  object["required"] = parameter.required;
  if (!parameter.otherwise.empty()) object["default"] = parameter.otherwise;
  if (!parameter.words.empty()) object["words"] = array_of(parameter.words);
  if (!parameter.unit.empty()) {
    object["unit"] = parameter.unit;
    object["low"] = parameter.low;
    object["high"] = parameter.high;
    object["whole"] = parameter.whole;
  }
  return object;
}

json::object document_of(const FaultKind& kind) {
  json::array parameters;
  for (const FaultParameter& one : kind.parameters) parameters.push_back(document_of(one));
  return {{"name", kind.name},
          {"kind", kind.decoy ? "decoy" : "fault"},
          {"summary", kind.summary},
          {"targets", array_of(kind.targets)},
          {"parameters", std::move(parameters)},
          {"giveaways", array_of(kind.giveaways)}};
}

std::string row(const std::string& name, const std::string& text) {
  constexpr size_t kNameWidth = 14;
  return "    " + name + std::string(kNameWidth - std::min(name.size(), kNameWidth - 1), ' ') +
         text + "\n";
}

std::string text_of(const FaultKind& kind) {
  std::string text = std::string(kind.name) + (kind.decoy ? " (decoy): " : ": ") +
                     std::string(kind.summary) + "\n" + row("target", joined(kind.targets));
  for (const FaultParameter& one : kind.parameters) {
    const std::string otherwise =
        one.required ? ", must be given"
                     : ", " + (one.otherwise.empty() ? "nothing" : std::string(one.otherwise)) +
                           " when not given";
    text += row(std::string(one.name), one.range() + otherwise + ": " + std::string(one.meaning));
  }
  if (!kind.giveaways.empty()) text += row("given away by", joined(kind.giveaways));
  return text;
}

}  // namespace

int list_faults(bool as_json) {
  json::array list;
  for (const FaultKind& kind : registry()) {
    if (as_json) {
      list.push_back(document_of(kind));
    } else {
      std::cout << text_of(kind);
    }
  }
  if (as_json) std::cout << pretty(json::object{{"faults", std::move(list)}});
  return 0;
}

}  // namespace gameday
