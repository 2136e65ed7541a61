// A drill that cannot be graded, and why.
#pragma once

#include <optional>
#include <string>

#include "journal/journal.hpp"

namespace gameday {

// Why a drill cannot be graded, as the event `void` says it.
struct Void {
  std::string kind;  // machine, stack or effect
  std::string why;
  json::object measured;
};

// The journal's void; nullopt when it is none. That of an older journal has kind `unknown`.
std::optional<Void> void_of(const Journal& journal);

// {"kind","why","measured"}, or null for none: `void` wherever a document says it.
json::value void_to_json(const std::optional<Void>& why);

}  // namespace gameday
