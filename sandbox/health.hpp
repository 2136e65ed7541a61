// Whether the hosts of a stack are healthy, asked by the checks that the topology names.
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "sandbox/sandbox.hpp"

namespace gameday {

struct HealthQuestion {
  std::string engine;                             // begins the error
  std::function<bool()> alive;                    // false: nobody needs to ask any more
  std::function<std::string(Host&)> more;         // what else is known of an ill host; may be empty
};

// Asks all at once but for those that are asked after others, again and again until the deadline.
// Throws Error with the host, its check, and the check's last output and logs.
void wait_until_healthy(const std::vector<std::unique_ptr<Host>>& hosts, Deadline deadline,
                        const HealthQuestion& question);

}  // namespace gameday
