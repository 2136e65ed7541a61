#include "drill/scene.hpp"

#include <chrono>

#include "injectors/database.hpp"
#include "scenarios/scenario.hpp"

namespace gameday {

namespace {

constexpr size_t kYoungestDays = 24, kSpreadDays = 380;  // older than the change log goes back

// Files that people write, wherever they stand; what services keep beside them is not among them.
const std::string kWritten =
    "find /etc /srv /var/lib/postgresql/15/main/standby.signal "
    "/var/lib/postgresql/15/main/postgresql.auto.conf -xdev -name supervise -prune -o ";

long long seconds_of(WallTime time) {
  return std::chrono::duration_cast<std::chrono::seconds>(time.time_since_epoch()).count();
}

}  // namespace

void age_files(Sandbox& sandbox) {
  for (const HostSpec& spec : sandbox.topology().hosts) {
    if (spec.team.empty()) continue;
    // Releases have their own days, which the change log names.
    std::string script = "cd /\n";
    size_t part = 0;
    for (const char* folder : {"/etc", "/var/backups", "/srv/runbooks",
                               "/var/lib/postgresql/15/main/*.auto.conf",
                               "/var/lib/postgresql/15/main/*.signal"}) {
      const size_t days = kYoungestDays + draw_index(++part, spec.name, kSpreadDays);
      script += std::string("find ") + folder + " -xdev -name supervise -prune -o -print0 2>/dev/null" +
                " | xargs -0r touch -h -c -d '" + std::to_string(days) + " days ago'\n";
    }
    run_script(sandbox.host(spec.name), script + "true", "scene: " + spec.name + ": dating its files");
  }
}

void date_files(Host& host, WallTime from, WallTime at) {
  run_script(host,
             kWritten + "-newermt @" + std::to_string(seconds_of(from) - 1) +
                 " -print0 2>/dev/null | xargs -0r touch -h -c -d @" + std::to_string(seconds_of(at)),
             "scene: " + host.spec().name + ": dating its files");
}

}  // namespace gameday
