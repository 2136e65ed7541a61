#include "sandbox/compose/docker.hpp"

#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <cstdio>
#include <fstream>
#include <iterator>
#include <regex>
#include <set>
#include <sstream>

#include "core/child.hpp"
#include "core/error.hpp"

namespace gameday::compose {
namespace {

constexpr const char* kOldestEngine = "20.10";
constexpr const char* kOldestCompose = "1.29";
constexpr const char* kPrefix = "gameday-";
constexpr const char* kProjectLabel = "com.docker.compose.project";

std::string last_line(const std::string& text) {
  const std::vector<std::string> lines = lines_of(text);
  return lines.empty() ? "" : lines.back();
}

// What the client says when it cannot reach its engine, and what to do about it.
Error unreachable(const ChildResult& result) {
  const std::string said = last_line(result.output);
  if (result.status == 127) {
    return machine_error("compose: docker is not installed: install docker.io and docker-compose");
  }
  if (result.output.find("permission denied") != std::string::npos) {
    return machine_error("compose: the Docker Engine is not open to you: join its group: "
                         "`sudo usermod -aG docker $(id -un)`, then log in again");
  }
  return machine_error("compose: no Docker Engine answers: start it (`sudo systemctl start docker`)"
                       ": " + (result.timed_out ? "no answer within 10 s" : said));
}

// When the process began, in clock ticks since boot; empty when there is none.
std::string start_of(const std::string& pid) {
  std::ifstream file("/proc/" + pid + "/stat");
  std::string line;
  if (!std::getline(file, line) || line.rfind(')') == line.npos) return {};
  std::istringstream words(line.substr(line.rfind(')') + 1));
  std::vector<std::string> fields{std::istream_iterator<std::string>(words), {}};
  return fields.size() > 19 ? fields[19] : "";
}

}  // namespace

std::vector<std::string> lines_of(const std::string& text) {
  std::vector<std::string> lines;
  std::istringstream stream(text);
  for (std::string line; std::getline(stream, line);) {
    if (!line.empty()) lines.push_back(line);
  }
  return lines;
}

bool version_at_least(const std::string& version, const std::string& wanted) {
  int major = 0, minor = 0, wanted_major = 0, wanted_minor = 0;
  const char* text = version.c_str();
  if (*text == 'v') ++text;
  if (std::sscanf(text, "%d.%d", &major, &minor) != 2) return false;
  std::sscanf(wanted.c_str(), "%d.%d", &wanted_major, &wanted_minor);
  return std::pair(major, minor) >= std::pair(wanted_major, wanted_minor);
}

Docker find_docker() {
  Docker docker;
  const ChildResult engine = run_child({"docker", "version", "--format", "{{.Server.Version}}"});
  if (engine.status != 0) throw unreachable(engine);
  docker.version = last_line(engine.output);
  if (!version_at_least(docker.version, kOldestEngine)) {
    throw machine_error("compose: the Docker Engine is " + docker.version + ": " + kOldestEngine +
                        " or later is wanted");
  }
  std::string seen;
  for (const std::vector<std::string>& compose :
       {std::vector<std::string>{"docker", "compose"}, {"docker-compose"}}) {
    std::vector<std::string> argv = compose;
    argv.insert(argv.end(), {"version", "--short"});
    const ChildResult answer = run_child(argv);
    if (answer.status != 0) continue;
    seen = last_line(answer.output);
    if (!version_at_least(seen, kOldestCompose)) continue;
    docker.compose = compose;
    docker.compose_version = seen;
    return docker;
  }
  throw machine_error("compose: " +
                      (seen.empty() ? "neither `docker compose` nor docker-compose is installed"
                                    : "Docker Compose is " + seen) +
                      ": " + kOldestCompose + " or later is wanted: install docker-compose");
}

std::string run_docker(std::vector<std::string> argv, std::chrono::milliseconds limit) {
  std::string name = argv[0];
  for (size_t i = 1; i < argv.size() && i < 3; ++i) name += " " + argv[i];
  argv.insert(argv.begin(), {"setpriv", "--pdeathsig", "KILL", "--"});
  const ChildResult result = run_child(argv, limit);
  if (result.status == 0) return result.output;
  throw Error("compose: " + name + ": " +
              (result.timed_out ? "out of time" : last_line(result.output)));
}

std::string project_of_this_process() {
  static std::atomic<int> number = 0;
  const std::string pid = std::to_string(::getpid());
  return kPrefix + pid + "-" + start_of(pid) + "-" + std::to_string(++number);
}

bool is_ours(const std::string& project) {
  static const std::regex form(std::string(kPrefix) + "[0-9]+-[0-9]+-[0-9]+");
  return std::regex_match(project, form);
}

bool has_owner(const std::string& project) {
  if (!is_ours(project)) return true;
  std::istringstream words(project.substr(std::string(kPrefix).size()));
  std::string pid, start;
  std::getline(words, pid, '-');
  std::getline(words, start, '-');
  return start_of(pid) == start;
}

std::vector<std::string> objects_of(const std::string& project) {
  const std::string filter = std::string("label=") + kProjectLabel + "=" + project;
  std::vector<std::string> objects;
  const auto add = [&](const char* kind, std::vector<std::string> argv) {
    argv.insert(argv.end(), {"--filter", filter});
    for (const std::string& line : lines_of(run_docker(std::move(argv)))) {
      objects.push_back(kind + (" " + line));
    }
  };
  add("container", {"docker", "ps", "-a", "--format", "{{.Names}}"});
  add("network", {"docker", "network", "ls", "--format", "{{.Name}}"});
  add("volume", {"docker", "volume", "ls", "--format", "{{.Name}}"});
  return objects;
}

std::vector<std::string> projects() {
  std::set<std::string> found;
  const std::string filter = std::string("label=") + kProjectLabel;
  const std::string format = std::string("{{.Label \"") + kProjectLabel + "\"}}";
  for (const std::vector<std::string>& list :
       {std::vector<std::string>{"docker", "ps", "-a"}, {"docker", "network", "ls"}}) {
    std::vector<std::string> argv = list;
    argv.insert(argv.end(), {"--filter", filter, "--format", format});
    for (const std::string& name : lines_of(run_docker(argv))) {
      if (is_ours(name)) found.insert(name);
    }
  }
  return {found.begin(), found.end()};
}

std::vector<std::string> removal_of(const std::string& project, int calm) {
  // A container is removed when Docker has seen its end: one that is removed while it dies can leave
  // an end of its network behind. What is still in the making, or in the hands of somebody who
  // removes it too, comes with a later round. Ends that are left when no container is, and those of
  // containers that somebody else has put into the network, are cut off.
  return {"/bin/sh", "-c",
          "exec >/dev/null 2>&1; filter=label=$1; calm=0\n"
          "for round in $(seq 20); do\n"
          "  docker ps -q --filter $filter | xargs -r -n 1 -P 8 docker kill\n"
          "  for wait in $(seq 100); do\n"
          "    [ \"$(docker ps -q --filter $filter)\" ] || break\n"
          "    sleep 0.1\n"
          "  done\n"
          "  docker ps -aq --filter $filter | xargs -r -n 1 -P 8 docker rm -fv\n"
          "  for network in $(docker network ls -q --filter $filter); do\n"
          "    docker network rm $network && continue\n"
          "    [ \"$(docker ps -aq --filter $filter)\" ] && continue\n"
          "    docker network inspect -f '{{range .Containers}}{{println .Name}}{{end}}' $network |\n"
          "      xargs -r -n 1 docker network disconnect -f $network\n"
          "    docker network rm $network\n"
          "  done\n"
          "  docker volume ls -q --filter $filter | xargs -r docker volume rm\n"
          "  left=$(docker ps -aq --filter $filter; docker network ls -q --filter $filter;\n"
          "    docker volume ls -q --filter $filter) || exit 1\n"
          "  if [ \"$left\" ]; then calm=0; else calm=$((calm + 1)); fi\n"
          "  [ $calm -lt \"$2\" ] || exit 0\n"
          "  sleep 1\n"
          "done",
          "sh", std::string(kProjectLabel) + "=" + project, std::to_string(calm)};
}

}  // namespace gameday::compose

namespace gameday {

std::vector<std::string> remove_abandoned_projects() {
  std::vector<std::string> removed;
  std::string stuck;
  try {
    compose::find_docker();
  } catch (const Error&) {
    return removed;
  }
  for (const std::string& project : compose::projects()) {
    if (compose::has_owner(project)) continue;
    run_child(compose::removal_of(project, 2), std::chrono::minutes(2));
    const std::vector<std::string> left = compose::objects_of(project);
    if (left.empty()) removed.push_back(project);
    else stuck = left[0] + " of " + project;
  }
  if (!stuck.empty()) {
    throw Error("compose: " + stuck + " cannot be removed (" + std::to_string(removed.size()) +
                " others are): restart the Docker Engine, then try again");
  }
  return removed;
}

}  // namespace gameday
