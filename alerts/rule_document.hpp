// One rule file's text, taken apart: its documents, and the groups that stand in them.
#pragma once

#include <string_view>

#include "alerts/rule_files.hpp"

namespace gameday {

// Fills `file.groups`. False when nothing of it can be judged; `findings` says why. `meant` says
// that the file is surely meant to be YAML: what cannot be read is then refused, otherwise it is
// taken for another kind of file.
bool read_rule_document(std::string_view text, bool meant, RuleFile& file,
                        std::vector<Finding>& findings);

}  // namespace gameday
