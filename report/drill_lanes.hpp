// Who did and saw what, and when: the lanes below the plots, and what each moment says. Pure.
#pragma once

#include "report/drill_record.hpp"

namespace gameday {

struct Lanes {
  // {name, about, items: [{id: "o6" or "e45", t, until (of a span), label, text, line, sign, kind}],
  // left_out: how many more there were}. Lanes without items are left out.
  json::array lanes;
  // By id: {host, by, command, within, status, output, t, until, cast (its name), cited, left_out}.
  json::object observations;
  std::vector<std::string> notes;  // what was left out, a line each
};

// At most `most_items` of each lane, and `text_bytes` of a page for what they say, half of it for
// outputs; notes say what is missing.
Lanes lanes_of(const DrillRecord& record, double start, size_t most_items, size_t text_bytes);

}  // namespace gameday
