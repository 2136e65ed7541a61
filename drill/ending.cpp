#include "drill/ending.hpp"

#include <exception>

#include "core/stop_signal.hpp"

namespace gameday {

void play_to_the_end(Conductor& conductor, const std::function<std::string()>& phases,
                     const std::function<void()>& judge) {
  try {
    const std::string reason = phases();
    conductor.down();
    if (judge) judge();
    conductor.finish(reason, "");
  } catch (const Stopped& stopped) {
    conductor.down();
    conductor.finish("interrupted", stopped.reason);
    throw;
  } catch (const std::exception& error) {
    conductor.down();
    conductor.finish("failed", error.what());
    throw;
  }
}

}  // namespace gameday
