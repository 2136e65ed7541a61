#include "sandbox/compose/image.hpp"

#include <algorithm>
#include <fstream>
#include <sstream>

#include "core/child.hpp"
#include "core/error.hpp"
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

std::vector<std::string> versions() {
  return lines_of(run_docker({"docker", "image", "ls", kImage, "--format",
                              "{{.Repository}}:{{.Tag}}"}));
}

// A line that says what became of it.
std::string remove_version(const std::string& image) {
  const ChildResult removal = run_child({"docker", "image", "rm", image});
  if (removal.status == 0) return "deleted: image " + image;
  const std::vector<std::string> said = lines_of(removal.output);
  return "kept: image " + image + (said.empty() ? "" : ": " + said.back());
}

// All but the newest of those that drills made: `latest` is whoever's who built it by hand.
void remove_old_versions(const std::string& newest) {
  size_t kept = 1;
  for (const std::string& image : versions()) {
    if (image == newest || image.ends_with(":latest") || ++kept <= kKeptVersions) continue;
    remove_version(image);
  }
}

}  // namespace

std::string provide_image(const Settings& settings) {
  const std::string version = version_of(settings);
  const std::string image = std::string(kImage) + ":" + version;
  if (run_child({"docker", "image", "inspect", image}).status == 0) return version;
  // Who comes second waits in there for the first.
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
  remove_old_versions(image);
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
  std::vector<std::string> said;
  for (const std::string& image : compose::versions()) said.push_back(compose::remove_version(image));
  return said;
}

}  // namespace gameday
