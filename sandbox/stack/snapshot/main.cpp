// Brings a machine's past back when it starts: its logs and its metrics, from the snapshot that its
// image carries in /var/lib/snapshot. The snapshot and this program are gone afterwards, and a
// machine without one is left as it is. What fails is said and left out: no service waits for it.
#include <sys/stat.h>
#include <unistd.h>

#include <chrono>
#include <cstdio>
#include <exception>
#include <filesystem>
#include <fstream>
#include <functional>
#include <iterator>
#include <vector>

#include "sandbox/stack/snapshot/blocks.hpp"
#include "sandbox/stack/snapshot/logs.hpp"

namespace {

namespace fs = std::filesystem;
using namespace gameday::snapshot;

constexpr int kDays = 4;
// Metrics end a little before the first scrape, which must not fall into the newest block.
constexpr int64_t kQuietMs = 500;
const fs::path kSnapshot = "/var/lib/snapshot";
const fs::path kStorage = "/var/lib/prometheus";
constexpr const char* kUsualDay = "usual";

std::string read_whole(const fs::path& file) {
  std::ifstream input(file);
  return {std::istreambuf_iterator<char>(input), {}};
}

void attempt(const std::function<void()>& work) {
  try {
    work();
  } catch (const std::exception& error) {
    std::fprintf(stderr, "%s\n", error.what());
  }
}

LogPlace this_machine(int64_t now_us) {
  LogPlace place{now_us, "", "10.77"};
  char name[256] = "";
  ::gethostname(name, sizeof name - 1);
  place.host = name;
  // The address under which the machine knows itself: its first two numbers are the site's.
  std::ifstream hosts("/etc/hosts");
  std::string address, known;
  for (std::string line; std::getline(hosts, line);) {
    if (line.empty() || line.starts_with("127.") || line.find(':') != line.npos) continue;
    const size_t second = line.find('.', line.find('.') + 1);
    if (second != line.npos) place.net = line.substr(0, second);
    break;
  }
  return place;
}

void restore_logs(const LogPlace& place) {
  if (!fs::is_directory(kSnapshot / "logs")) return;
  for (const fs::directory_entry& each : fs::directory_iterator(kSnapshot / "logs")) {
    const std::string service = each.path().filename().string();
    // A service that is down has nothing to say.
    if (fs::exists(fs::path("/etc/service") / service / "down")) continue;
    attempt([&] {
      const auto lines = lines_of(read_whole(each.path()), place, kDays);
      write_logs(fs::path("/var/log") / service, lines, place.now_us);
    });
  }
}

void restore_change_log(int64_t now_us) {
  const fs::path from = kSnapshot / "changelog", to = "/var/log/changes/changelog";
  if (!fs::exists(from)) return;
  std::ofstream(to) << change_log(read_whole(from), now_us);
}

// Of the days that the image carries one is kept: the one that the snapshot names, or the usual one.
void restore_metrics(int64_t now_ms) {
  std::string day = read_whole(kSnapshot / "day");
  if (day.empty()) day = kUsualDay;
  std::vector<fs::path> days;
  for (const fs::directory_entry& each : fs::directory_iterator(kStorage)) {
    days.push_back(each.path());
  }
  attempt([&] { move_storage(kStorage / day, kStorage, now_ms - kQuietMs); });
  for (const fs::path& each : days) fs::remove_all(each);
}

}  // namespace

int main() {
  const int64_t now_us = std::chrono::duration_cast<std::chrono::microseconds>(
                             std::chrono::system_clock::now().time_since_epoch())
                             .count();
  ::umask(022);
  if (fs::exists(kStorage / kUsualDay)) attempt([&] { restore_metrics(now_us / 1000); });
  const LogPlace place = this_machine(now_us);
  attempt([&] { restore_logs(place); });
  attempt([&] { restore_change_log(now_us); });
  attempt([&] { restore_times(read_whole(kSnapshot / "times"), now_us); });
  std::error_code ignored;
  fs::remove_all(kSnapshot, ignored);
  fs::remove("/usr/local/sbin/restore-snapshot", ignored);
  return 0;
}
