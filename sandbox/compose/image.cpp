#include "sandbox/compose/image.hpp"

#include <fcntl.h>
#include <sys/file.h>

#include <algorithm>
#include <fstream>
#include <sstream>

#include "core/child.hpp"
#include "core/error.hpp"
#include "core/fd.hpp"
#include "sandbox/compose/docker.hpp"
#include "sandbox/native/gold_inputs.hpp"

namespace gameday::compose {
namespace {

namespace fs = std::filesystem;

constexpr const char* kImage = "gameday-stack";
constexpr size_t kKeptVersions = 3;

// Of the stack's files and executables, as for the native engine, and of how the image is made.
std::string version_of(const Settings& settings) {
  std::vector<fs::path> files = {settings.root / "sandbox/Dockerfile", settings.root / "packages.txt"};
  for (const fs::directory_entry& each : fs::directory_iterator(settings.root / "sandbox/image")) {
    files.push_back(each.path());
  }
  std::sort(files.begin(), files.end());
  std::ostringstream texts;
  for (const fs::path& file : files) texts << std::ifstream(file).rdbuf();
  std::ostringstream version;
  version << native::read_gold_inputs(settings.root, settings.executables, {}).key << "-" << std::hex
          << std::hash<std::string>()(texts.str());
  return version.str();
}

// One builder at a time.
UniqueFd lock_building(const Settings& settings) {
  fs::create_directories(settings.cache);
  const fs::path file = settings.cache / "image.lock";
  UniqueFd lock(::open(file.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0600));
  if (!lock || ::flock(lock.get(), LOCK_EX) != 0) throw_errno("compose: lock " + file.string());
  return lock;
}

// All but the newest `keep`; what is in use stays.
std::vector<std::string> remove_versions(size_t keep) {
  std::vector<std::string> said;
  size_t kept = 0;
  for (const std::string& image :
       lines_of(run_docker({"docker", "image", "ls", kImage, "--format",
                            "{{.Repository}}:{{.Tag}}"}))) {
    if (++kept <= keep) continue;
    const bool removed = run_child({"docker", "image", "rm", image}).status == 0;
    said.push_back((removed ? "deleted: image " : "in use, kept: image ") + image);
  }
  return said;
}

}  // namespace

std::string provide_image(const Settings& settings) {
  const std::string version = version_of(settings);
  const std::string image = std::string(kImage) + ":" + version;
  const auto there = [&] {
    return run_child({"docker", "image", "inspect", image}).status == 0;
  };
  if (there()) return version;
  const UniqueFd building = lock_building(settings);
  if (there()) return version;
  if (settings.progress) settings.progress("building the image of the hosts (once)");
  const ChildResult built =
      run_child({"env", "GAMEDAY_BUILD=" + settings.executables.string(),
                 (settings.root / "sandbox/image/build").string(), version},
                std::chrono::minutes(30));
  if (built.status != 0) {
    const std::vector<std::string> lines = lines_of(built.output);
    throw machine_error("compose: build the image: " +
                        (built.timed_out ? "out of time" : lines.empty() ? "" : lines.back()) +
                        ": `sandbox/image/build` says more");
  }
  remove_versions(kKeptVersions);
  return version;
}

}  // namespace gameday::compose

namespace gameday {

std::vector<std::string> remove_images() {
  try {
    compose::find_docker();
  } catch (const Error&) {
    return {};
  }
  return compose::remove_versions(0);
}

}  // namespace gameday
