// What users met while other programs starved the machine is nobody's doing: the journal without it.
// Pure.
#pragma once

#include <optional>

#include "journal/journal.hpp"
#include "scenarios/taxonomy.hpp"

namespace gameday {

struct SparedJournal {
  Journal journal;
  double seconds = 0;  // that the machine was starved during the response
};

// Without the workload's seconds that touch a dip, and without an interruption of service that began
// in one and was over soon after it; each only where the catalogue version says so. All else stays,
// with its line numbers. nullopt when nothing is to be left out.
std::optional<SparedJournal> without_machine_dips(const Journal& journal, const CatalogueVersion& catalogue);

}  // namespace gameday
