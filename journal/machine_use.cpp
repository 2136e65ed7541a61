#include "journal/machine_use.hpp"

#include "core/text.hpp"

namespace gameday {

json::object to_json(const MachineUse& use) {
  return {{"seconds", rounded(use.seconds, 2)},
          {"cores", rounded(use.cores, 2)},
          {"idle", rounded(use.idle, 2)},
          {"steal", rounded(use.steal, 2)},
          {"outside", rounded(use.outside, 2)},
          {"stack", rounded(use.stack, 2)},
          {"starved_percent", rounded(100 * use.starved_share, 1)}};
}

MachineUse machine_use_from_json(const json::object& object) {
  MachineUse use;
  use.seconds = number_or(object, "seconds", 0);
  use.cores = number_or(object, "cores", 0);
  use.idle = number_or(object, "idle", 0);
  use.steal = number_or(object, "steal", 0);
  use.outside = number_or(object, "outside", 0);
  use.stack = number_or(object, "stack", 0);
  use.starved_share = number_or(object, "starved_percent", 0) / 100;
  return use;
}

std::string describe(const MachineUse& use) {
  std::string text = "other programs took " + text::fixed(use.outside, 1) + " of " +
                     text::fixed(use.cores, use.cores == static_cast<int>(use.cores) ? 0 : 1) +
                     " processors";
  if (use.steal >= 0.05) {
    text += ", the machine underneath " + text::fixed(use.steal, 1);
  }
  return text + ", and nothing was idle for " + text::fixed(100 * use.starved_share, 0) +
         " % of the time";
}

}  // namespace gameday
