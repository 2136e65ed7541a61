// The works that the decoy `everyday` can do, as a table: tests compute from it what a person finds.
#pragma once

#include <string_view>
#include <vector>

namespace gameday {

struct EverydayKind {
  std::string_view kind, role;
  std::string_view file, edit;  // the file of which /var/backups has a copy, and a script of sed
  std::string_view apply;       // a shell line; empty: the database is restarted
  std::string_view restarts;    // the service that is another process afterwards; empty: none
};

const std::vector<EverydayKind>& everyday_kinds();

}  // namespace gameday
