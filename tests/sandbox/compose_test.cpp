// The engine `compose`, on the project's own stack: the same hosts as the native engine's, the same
// promises of their verbs, and nothing left in Docker, however it ends.
#include <signal.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

#include <catch2/catch.hpp>
#include <regex>
#include <set>
#include <sstream>

#include "core/error.hpp"
#include "sandbox/compose/docker.hpp"
#include "sandbox/native/remains.hpp"
#include "tests/sandbox/tiny_stack.hpp"
#include "tests/support/tells.hpp"

namespace gameday {
namespace {

using Catch::Matchers::VectorContains;
using test::eventually;

Topology own_topology() {
  return read_topology(std::filesystem::path(std::getenv("GAMEDAY_ROOT")) / "docker-compose.yml", {});
}

Settings own_settings() {
  Settings settings;
  settings.root = std::getenv("GAMEDAY_ROOT");
  settings.executables = test::build_folder();
  const char* home = std::getenv("HOME");
  settings.cache = std::filesystem::path(home ? home : "/tmp") / ".cache" / "gameday";
  settings.files = {{"ops", "/srv/one", "one\n", 0640}};
  settings.ready_limit = std::chrono::seconds(90);  // beside whatever else runs
  return settings;
}

struct OwnStack {
  std::unique_ptr<Sandbox> sandbox;
  explicit OwnStack(const char* engine) : sandbox(make_sandbox(engine)) {
    sandbox->up(own_topology(), own_settings());
  }
  Host& host(const char* name) { return sandbox->host(name); }
};

Deadline soon() { return deadline_in(std::chrono::seconds(5)); }

// What a trainee meets in a host, a line each.
std::set<std::string> sight_of(Host& host) {
  static constexpr const char* kLook = R"sh(
hostname; cat /etc/hosts /etc/resolv.conf /etc/hostname
ip -o -4 addr | awk '{ print $2, $4 }'; ip route
nft list ruleset | sed 's/packets.*bytes [0-9]*//'
grep -E 'Cap(Bnd|Eff|Prm|Inh|Amb)|NoNewPrivs' /proc/self/status
ss -Hltn | awk '{ print "listens " $4 }'
ls /etc/service | sed 's/^/service /'
sv status /etc/service/* 2>&1 | sed 's/[:(].*//' | sed 's/^/is /'
env; id; ulimit -n; ulimit -c
ps -eo ni,user,args | grep -E 'haproxy|storefront|pgbouncer|prometheus|alertmanager|payment|runsvdir' | grep -v grep
find / -xdev \( -path /proc -o -path /sys -o -path /dev -o -path /tmp -o -path /run -o -path /usr \
  -o -path '*/supervise' -o -path '/var/lib/prometheus/*' -o -path '/var/lib/postgresql/15/main/*' \
  \) -prune -o -printf '%p %M %u:%g %l\n'
find /usr/local -printf '%p %M %u:%g %l\n'
)sh";
  Command command;
  command.argv = {"sh", "-s"};
  const ExecResult seen = host.exec(command, std::chrono::seconds(30), kLook);
  std::set<std::string> lines;
  std::istringstream stream(seen.out);
  for (std::string line; std::getline(stream, line);) lines.insert(line);
  return lines;
}

// Docker's: its own resolver, which nobody asks, how it writes a link that every system has, and the
// outer address of a host whose port is published, where it is not the stack's own.
bool imposed(const std::string& host, const std::string& line) {
  static const std::regex outer("^(eth[0-9] )?10\\.(?!77\\.)[0-9.]+/24.*");
  const bool is_published = host == "lb" || host == "mon";
  return line.starts_with("listens 127.0.0.11:") || line.starts_with("/etc/mtab ") ||
         (is_published && std::regex_match(line, outer));
}

TEST_CASE("hosts in Docker are those of the native engine but for what Docker imposes") {
  REQUIRE_A_STACK();
  REQUIRE_DOCKER();
  OwnStack native("native"), docker("compose");
  for (const HostSpec& spec : docker.sandbox->topology().hosts) {
    const auto here = sight_of(native.sandbox->host(spec.name));
    const auto there = sight_of(docker.sandbox->host(spec.name));
    REQUIRE(here.size() > 40);
    for (const std::string& line : here) {
      INFO(spec.name << ": only native: " << line);
      CHECK((there.count(line) == 1 || imposed(spec.name, line)));
    }
    for (const std::string& line : there) {
      INFO(spec.name << ": only in Docker: " << line);
      CHECK((here.count(line) == 1 || imposed(spec.name, line)));
    }
    if (spec.team.empty()) continue;
    INFO(spec.name);
    CHECK(testing::tells_of(docker.sandbox->host(spec.name),
                            "find / -xdev -type f ! -path '/usr/*' ! -path '/tmp/*'") == "");
  }
}

void check_commands(Host& web) {
  const ExecResult result = web.exec({"sh", "-c", "echo out; echo err >&2; exit 7"});
  CHECK(result.status == 7);
  CHECK(result.out == "out\n");
  CHECK(result.err == "err\n");
  CHECK(web.exec({"no-such-program"}).status == 127);
  CHECK(web.exec({"sh", "-c", "sleep 4711 & sleep 4712"}, std::chrono::milliseconds(200)).timed_out);
  CHECK(web.exec({"pgrep", "-f", "sleep 471"}).status == 1);
  Command command;
  command.argv = {"sh", "-c", "id -un; ls /proc/self/fd | wc -l"};
  command.user = "storefront";
  CHECK(web.exec(command, std::chrono::seconds(5)).out == "storefront\n4\n");
  CHECK_FALSE(web.exec({"unshare", "-U", "true"}).ok());
  CHECK(web.exec({"sh", "-c", "cat /proc/1/cgroup >/tmp/1; diff /tmp/1 /proc/self/cgroup"}).ok());
  web.write_file("/etc/hosts.more", "10.1.2.3 more\n");
  CHECK(web.read_file("/etc/hosts.more") == "10.1.2.3 more\n");
  CHECK_FALSE(web.read_file("/etc/none"));
}

void check_sockets(Host& web, Host& ops) {
  CHECK(web.dial("10.77.3.11", 5432, soon()));
  CHECK_FALSE(web.dial("10.77.2.30", 4, soon()));
  CHECK_FALSE(web.dial("192.0.2.1", 80, deadline_in(std::chrono::milliseconds(200))));
  const UniqueFd door = ops.listen(8123);
  const std::unique_ptr<Process> caller =
      ops.start({{"curl", "-s", "-m", "5", "http://127.0.0.1:8123/"}, {}, "root", "/"});
  CHECK(wait_readable(door.get(), soon()));
  const UniqueFd desk = ops.listen_unix("/run/desk.sock");
  CHECK(ops.exec({"sh", "-c", "test -S /run/desk.sock && stat -c %a /run/desk.sock"}).out == "666\n");
}

TEST_CASE("a host in Docker keeps the promises of every host") {
  REQUIRE_DOCKER();
  OwnStack stack("compose");
  Host& web = stack.host("web1");
  check_commands(web);
  check_sockets(web, stack.host("ops"));
  CHECK(stack.host("ops").exec({"stat", "-c", "%a %U", "/srv/one"}).out ==
        "640 root\n");
  {
    const auto shell = web.shell({{"bash"}, {}, "root", "/root"}, TerminalSize{91, 17});
    const std::string_view typed = "stty size; sleep 4713 &\n";
    REQUIRE(::write(shell->master(), typed.data(), typed.size()) > 0);
    CHECK(test::read_terminal(*shell, "17 91").find("17 91") != std::string::npos);
    CHECK(eventually(5, [&] { return web.exec({"pgrep", "-f", "sleep 4713"}).ok(); }));
  }
  CHECK(eventually(5, [&] { return !web.exec({"pgrep", "-f", "sleep 4713"}).ok(); }));
  CHECK(web.exec({"ip", "route", "get", "192.0.2.1"}).status != 0);
  stack.sandbox->down();
  CHECK(stack.sandbox->residue().empty());
  CHECK_FALSE(stack.sandbox->alive());
}

// An engine in a process of its own; says each step on a pipe.
struct Engine {
  pid_t pid = -1;
  UniqueFd steps;

  Engine() {
    Pipe pipe = make_pipe();
    pid = ::fork();
    if (pid == 0) {
      for (const int own : {SIGTERM, SIGINT}) ::signal(own, SIG_DFL);  // the test framework's
      Settings settings = own_settings();
      settings.progress = [&](const std::string& line) { write_all(pipe.writer.get(), line + "\n"); };
      try {
        const std::unique_ptr<Sandbox> sandbox = make_sandbox("compose");
        sandbox->up(own_topology(), settings);
        settings.progress("up");
        for (;;) ::pause();
      } catch (const std::exception& error) {
        settings.progress(error.what());
      }
      ::_exit(1);
    }
    steps = std::move(pipe.reader);
  }
  ~Engine() { kill(); }

  bool reach(const std::string& step) {
    while (const std::optional<std::string> line = read_line(steps.get(), -1)) {
      if (line->starts_with(step)) return true;
      UNSCOPED_INFO(*line);
    }
    return false;
  }
  void kill() {
    if (pid < 0) return;
    ::kill(pid, SIGKILL);
    ::waitpid(pid, nullptr, 0);
    pid = -1;
  }
};

std::vector<std::string> projects_of(pid_t pid) {
  std::vector<std::string> found = compose::projects();
  std::erase_if(found, [pid](const std::string& name) {
    return !name.starts_with("gameday-" + std::to_string(pid) + "-");
  });
  return found;
}

TEST_CASE("an engine that is killed in any phase leaves nothing in Docker") {
  REQUIRE_DOCKER();
  for (const char* phase : {"creating", "starting", "up"}) {
    INFO(phase);
    Engine engine;
    const pid_t pid = engine.pid;
    REQUIRE(engine.reach(phase));
    const auto processes = native::descendants_of(pid);
    engine.kill();
    CHECK(eventually(60, [&] { return native::still_running(processes).empty(); }));
    CHECK(projects_of(pid).empty());
  }
}

TEST_CASE("what everybody who could clean up left in Docker is found and removed and no more") {
  REQUIRE_DOCKER();
  Engine left, living;
  const pid_t pid = left.pid;
  REQUIRE(left.reach("up"));
  REQUIRE(living.reach("up"));
  // The attendant first, so that it cannot say farewell.
  for (const auto& mark : native::descendants_of(pid)) {
    if (mark.pid != pid) ::kill(mark.pid, SIGKILL);
  }
  left.kill();
  REQUIRE(projects_of(pid).size() == 1);
  const std::string abandoned = projects_of(pid)[0], kept = projects_of(living.pid).at(0);
  const std::vector<std::string> objects = compose::objects_of(kept);
  // An end in the abandoned network that does not go with its containers: a stranger's.
  const std::string container = objects.at(0).substr(objects[0].find(' ') + 1);
  const std::string image = compose::lines_of(compose::run_docker(
      {"docker", "inspect", "-f", "{{.Image}}", container})).at(0);
  const std::string stranger = compose::lines_of(compose::run_docker(
      {"docker", "run", "-d", "--network", abandoned + "_app", "--entrypoint", "sleep", image,
       "600"})).back();
  // Docker 20.10 now and then loses count of a network's ends: it lists none and still refuses to
  // remove the network until the engine is started again. Then this is what has to be said, and no
  // more can be asked.
  try {
    CHECK_THAT(remove_abandoned_projects(), VectorContains(abandoned));
  } catch (const Error& error) {
    CHECK_THAT(error.what(), Catch::Contains(abandoned) && Catch::Contains("restart the Docker Engine"));
    CHECK(compose::objects_of(abandoned) == std::vector<std::string>{"network " + abandoned + "_app"});
    CHECK(compose::lines_of(compose::run_docker({"docker", "network", "inspect", "-f",
                                                 "{{len .Containers}}", abandoned + "_app"})) ==
          std::vector<std::string>{"0"});
    WARN("the Docker Engine has lost count of a network's ends: " << error.what());
    compose::run_docker({"docker", "rm", "-f", stranger});
    return;
  }
  compose::run_docker({"docker", "rm", "-f", stranger});
  CHECK(projects_of(pid).empty());
  CHECK_THAT(remove_abandoned_projects(), !VectorContains(kept));
  CHECK(compose::objects_of(kept) == objects);
  const auto processes = native::descendants_of(living.pid);
  living.kill();
  CHECK(eventually(60, [&] { return native::still_running(processes).empty(); }));
}

TEST_CASE("a container engine that does not answer is one line with the remedy and exit 3") {
  ::setenv("DOCKER_HOST", "unix:///nowhere/docker.sock", 1);
  try {
    make_sandbox("compose");
    FAIL("it answered");
  } catch (const Error& error) {
    CHECK(error.exit_code() == 3);
    CHECK(std::string(error.what()).find('\n') == std::string::npos);
    CHECK(std::string(error.what()).find("docker") != std::string::npos);
  }
  CHECK(remove_abandoned_projects().empty());
  CHECK(compose::is_ours("gameday-17-4711-1"));
  for (const char* own : {"gameday", "gameday-main", "gameday-2", "gameday-17-4711", "my-gameday-1-2-3"}) {
    CHECK_FALSE(compose::is_ours(own));
    CHECK(compose::has_owner(own));
  }
  CHECK(compose::version_at_least("20.10.24+dfsg1", "20.10"));
  CHECK(compose::version_at_least("v2.3", "1.29"));
  CHECK_FALSE(compose::version_at_least("1.25.0", "1.29"));
  CHECK_FALSE(compose::version_at_least("unknown", "1.29"));
}

}  // namespace
}  // namespace gameday
