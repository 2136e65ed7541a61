// One line of logfmt per event on standard output, where the service's logger reads it.
#pragma once

#include <initializer_list>
#include <string>
#include <string_view>
#include <utility>

namespace gameday::storefront {

enum class Level { kInfo, kWarning, kError };

using LogField = std::pair<std::string_view, std::string>;

// Writes `level=… msg="…" key=value …` with one write(2), so that lines of several threads never
// mix. Thread-safe.
void log(Level level, std::string_view message, std::initializer_list<LogField> fields = {});

}  // namespace gameday::storefront
