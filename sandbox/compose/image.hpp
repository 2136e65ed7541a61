// The image of the stack's hosts: one tag for each version of what goes into it.
#pragma once

#include <string>
#include <vector>

#include "sandbox/sandbox.hpp"

namespace gameday::compose {

// Builds the image when this version of it is not there yet, and returns its tag. Takes a minute
// then; a machine Error says what is missing. Of the versions that drills made, three are kept.
std::string provide_image(const Settings& settings);

}  // namespace gameday::compose

namespace gameday {

// Removes every version of the image that no container uses; returns a line for each. Nothing when
// there is no Docker here.
std::vector<std::string> remove_images();

}  // namespace gameday
