#include "journal/void.hpp"

#include "journal/events.hpp"

namespace gameday {

std::optional<Void> void_of(const Journal& journal) {
  const Event* event = journal.last(events::kVoid);
  if (!event) return std::nullopt;
  const json::value* measured = event->data.if_contains("measured");
  return Void{string_or(event->data, "kind", "unknown"), string_or(event->data, "why", ""),
              measured && measured->is_object() ? measured->as_object() : json::object{}};
}

json::value void_to_json(const std::optional<Void>& why) {
  if (!why) return nullptr;
  return json::object{{"kind", why->kind}, {"why", why->why}, {"measured", why->measured}};
}

}  // namespace gameday
