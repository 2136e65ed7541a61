// The native engine on a tiny stack: what the verbs of Host and Sandbox promise.
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include <catch2/catch.hpp>
#include <fstream>
#include <thread>

#include "core/error.hpp"
#include "tests/sandbox/tiny_stack.hpp"

namespace gameday {
namespace {

using test::eventually;
using test::RunningStack;
using test::TinyProject;

Deadline soon() { return deadline_in(std::chrono::seconds(5)); }

// Serves one word to whoever connects, on every address of the host.
std::unique_ptr<Process> start_greeter(Host& host, int port) {
  Command command;
  command.argv = {"perl", "-MIO::Socket::INET", "-e",
                  "$s=IO::Socket::INET->new(LocalPort=>" + std::to_string(port) +
                      ",Listen=>5,ReuseAddr=>1) or die; $|=1; print qq(ready\\n);"
                      "while($c=$s->accept){print $c qq(hello\\n); close $c}"};
  std::unique_ptr<Process> process = host.start(command);
  REQUIRE(wait_readable(process->out(), soon()));
  return process;
}

TEST_CASE("a command gives its status and both streams", "[ordinary]") {
  REQUIRE_A_STACK();
  RunningStack stack;
  Host& left = stack.host("left");
  const ExecResult result = left.exec({"sh", "-c", "echo out; echo err >&2; exit 7"});
  CHECK(result.status == 7);
  CHECK(result.out == "out\n");
  CHECK(result.err == "err\n");
  CHECK(left.exec({"hostname"}).out == "left\n");
  CHECK(left.exec({"no-such-program"}).status == 127);
  CHECK(left.exec({"/etc/motd"}).status == 126);
  CHECK(left.exec({"sh", "-c", "kill -TERM $$"}).status == 128 + 15);
}

TEST_CASE("a command ends at its limit with all it started") {
  REQUIRE_A_STACK();
  RunningStack stack;
  Host& left = stack.host("left");
  const ExecResult late =
      left.exec({"sh", "-c", "sleep 4711 & sleep 4712"}, std::chrono::milliseconds(200));
  CHECK(late.timed_out);
  CHECK_FALSE(late.ok());
  CHECK(left.exec({"pgrep", "-f", "sleep 471"}).status == 1);
}

TEST_CASE("a command returns although its background child holds the output open") {
  REQUIRE_A_STACK();
  RunningStack stack;
  const ExecResult result =
      stack.host("left").exec({"sh", "-c", "sleep 30 & echo started"}, std::chrono::seconds(20));
  CHECK(result.ok());
  CHECK(result.out == "started\n");
}

TEST_CASE("a command takes long input and its output is kept up to eight MiB") {
  REQUIRE_A_STACK();
  RunningStack stack;
  Host& left = stack.host("left");
  Command count;
  count.argv = {"wc", "-c"};
  CHECK(left.exec(count, std::chrono::seconds(10), std::string(1 << 20, 'x')).out == "1048576\n");
  const ExecResult much = left.exec({"head", "-c", "20000000", "/dev/zero"});
  CHECK(much.ok());
  CHECK(much.out.size() == 8u << 20);
}

TEST_CASE("a command runs as a user of the host with that user's groups and surroundings") {
  REQUIRE_A_STACK();
  RunningStack stack;
  Host& left = stack.host("left");
  Command command;
  command.argv = {"sh", "-c", "id -u; id -G; pwd; echo $HOME $GREETING"};
  command.user = "clerk";
  command.cwd = "/home/clerk";
  command.env = {{"GREETING", "hello"}};
  CHECK(left.exec(command, std::chrono::seconds(10)).out ==
        "1000\n1000 50\n/home/clerk\n/home/clerk hello\n");
  command.argv = {"touch", "/etc/new"};
  CHECK_FALSE(left.exec(command, std::chrono::seconds(10)).ok());
  command.user = "stranger";
  const ExecResult unknown = left.exec(command, std::chrono::seconds(10));
  CHECK(unknown.status == 126);
  CHECK(unknown.err == "stranger: no such user in this host\n");
}

TEST_CASE("a command holds three descriptors, the host's capabilities and no new privileges") {
  REQUIRE_A_STACK();
  RunningStack stack;
  const std::string status =
      stack.host("left").exec({"cat", "/proc/self/status"}).out;
  CHECK(status.find("CapBnd:\t00000000200435fb") != std::string::npos);
  CHECK(status.find("CapEff:\t00000000200435fb") != std::string::npos);
  CHECK(status.find("NoNewPrivs:\t1") != std::string::npos);
  // 3 is the folder that ls itself reads.
  CHECK(stack.host("left").exec({"ls", "/proc/self/fd"}).out == "0\n1\n2\n3\n");
}

TEST_CASE("a process is killed when its owner lets go of it") {
  REQUIRE_A_STACK();
  RunningStack stack;
  Host& left = stack.host("left");
  Command command;
  command.argv = {"sh", "-c", "sleep 4713 & wait"};
  const auto running = [&] { return left.exec({"pgrep", "-f", "sleep 4713"}).ok(); };
  std::unique_ptr<Process> process = left.start(command);
  CHECK(eventually(30, running));
  process->kill();
  CHECK(process->wait(soon()) == 128 + 9);
  CHECK(eventually(30, [&] { return !running(); }));
  process = left.start(command);
  CHECK(eventually(30, running));
  process.reset();
  CHECK(eventually(30, [&] { return !running(); }));
}

TEST_CASE("dial tells an open port from a closed one and from no answer", "[ordinary]") {
  REQUIRE_A_STACK();
  RunningStack stack;
  const auto greeter = start_greeter(stack.host("far"), 7000);
  Host& left = stack.host("left");
  // Through the router.
  const UniqueFd open = left.dial("10.91.2.11", 7000, soon());
  REQUIRE(open);
  CHECK(read_to_end(open.get()) == "hello\n");
  CHECK_FALSE(left.dial("10.91.2.11", 7001, soon()));
  CHECK_FALSE(left.dial("10.91.77.1", 7000, soon()));
  REQUIRE(stack.host("router")
              .exec({"nft", "add table ip t { chain c { type filter hook forward priority 0; "
                            "drop; }; }"})
              .ok());
  const auto before = std::chrono::steady_clock::now();
  CHECK_FALSE(left.dial("10.91.2.11", 7000, deadline_in(std::chrono::milliseconds(200))));
  CHECK(std::chrono::steady_clock::now() - before < std::chrono::seconds(3));
  CHECK_THROWS_AS(left.dial("far", 7000, soon()), Error);
}

TEST_CASE("listen serves the host's own loopback and nobody else") {
  REQUIRE_A_STACK();
  RunningStack stack;
  const UniqueFd listener = stack.host("left").listen(9095);
  const UniqueFd client = stack.host("left").dial("127.0.0.1", 9095, soon());
  REQUIRE(client);
  REQUIRE(wait_readable(listener.get(), soon()));
  const UniqueFd served(::accept(listener.get(), nullptr, nullptr));
  CHECK(served);
  CHECK_FALSE(stack.host("right").dial("10.91.1.11", 9095, soon()));
  CHECK_FALSE(stack.host("right").dial("127.0.0.1", 9095, soon()));
  CHECK_THROWS_AS(stack.host("left").listen(9095), Error);
}

TEST_CASE("listen_unix makes a socket that every user of the host may call") {
  REQUIRE_A_STACK();
  RunningStack stack;
  Host& left = stack.host("left");
  const UniqueFd listener = left.listen_unix("/run/door.sock");
  CHECK(left.exec({"stat", "-c", "%a %F", "/run/door.sock"}).out == "666 socket\n");
  std::thread server([&] {
    if (!wait_readable(listener.get(), soon())) return;
    const UniqueFd served(::accept(listener.get(), nullptr, nullptr));
    write_all(served.get(), "HTTP/1.0 200 OK\r\nContent-Length: 4\r\n\r\nopen");
    char request[512];
    while (::read(served.get(), request, sizeof request) > 0) {
    }
  });
  Command call;
  call.argv = {"curl", "-s", "--max-time", "5", "--unix-socket", "/run/door.sock", "http://x/"};
  call.user = "clerk";
  const ExecResult answer = left.exec(call, std::chrono::seconds(10));
  server.join();
  CHECK(answer.out == "open");
  CHECK_THROWS_AS(left.listen_unix("/no/such/folder/x.sock"), Error);
}

TEST_CASE("files are read, replaced with owner and mode kept, and made", "[ordinary]") {
  REQUIRE_A_STACK();
  RunningStack stack;
  Host& left = stack.host("left");
  CHECK(left.read_file("/etc/motd") == "plain\n");
  CHECK_FALSE(left.read_file("/etc/nothing"));
  left.write_file("/etc/motd", "changed\n");
  CHECK(left.read_file("/etc/motd") == "changed\n");
  CHECK(left.exec({"stat", "-c", "%U:%G %a", "/etc/motd"}).out == "clerk:press 640\n");
  left.write_file("/srv/new folder/file's name", "new");
  CHECK(left.read_file("/srv/new folder/file's name") == "new");
  CHECK(left.exec({"ln", "-s", "/etc/motd", "/srv/link"}).ok());
  left.write_file("/srv/link", "by the link\n");
  CHECK(left.read_file("/etc/motd") == "by the link\n");
  CHECK(left.exec({"readlink", "/srv/link"}).out == "/etc/motd\n");
  CHECK_THROWS_AS(left.write_file("/proc/nothing/here", ""), Error);
}

TEST_CASE("a host's files come from its own layer, then its role's, then the base") {
  REQUIRE_A_STACK();
  TinyProject project;
  Settings settings = project.settings();
  settings.files.push_back(HostFile{"far", "/etc/deep/er/note", "put here\n", 0600});
  const std::unique_ptr<Sandbox> sandbox = make_sandbox("native");
  sandbox->up(project.topology(), settings);
  CHECK(sandbox->host("left").read_file("/etc/motd") == "plain\n");
  CHECK(sandbox->host("right").read_file("/etc/motd") == "right\n");
  CHECK(sandbox->host("far").read_file("/etc/motd") == "base\n");
  CHECK(sandbox->host("far").read_file("/etc/deep/er/note") == "put here\n");
  CHECK(sandbox->host("far").exec({"stat", "-c", "%a", "/etc/deep/er/note"}).out == "600\n");
  CHECK(sandbox->host("left").read_file("/etc/hostname") == "left\n");
  CHECK(sandbox->host("left").exec({"getent", "hosts", "far"}).out.starts_with("10.91.2.11"));
  CHECK(sandbox->host("left").read_file("/etc/resolv.conf") == "");
}

TEST_CASE("whoever has a strict umask starts a stack that its services can enter", "[ordinary]") {
  REQUIRE_A_STACK();
  TinyProject project;
  const std::unique_ptr<Sandbox> sandbox = make_sandbox("native");
  const mode_t own = ::umask(077);
  try {
    sandbox->up(project.topology(), project.settings());
  } catch (const Error& error) {
    FAIL_CHECK(error.what());
  }
  ::umask(own);
  Command command;
  command.argv = {"cat", "/etc/motd"};
  command.user = "clerk";
  CHECK(sandbox->host("left").exec(command, std::chrono::seconds(5)).out == "plain\n");
}

TEST_CASE("two stacks with the same addresses run side by side and do not meet", "[ordinary]") {
  REQUIRE_A_STACK();
  TinyProject project;
  const std::unique_ptr<Sandbox> one = make_sandbox("native"), two = make_sandbox("native");
  one->up(project.topology(), project.settings());
  two->up(project.topology(), project.settings());
  one->host("left").write_file("/etc/motd", "one\n");
  CHECK(two->host("left").read_file("/etc/motd") == "plain\n");
  const auto greeter = start_greeter(one->host("right"), 7000);
  CHECK(one->host("left").dial("10.91.1.12", 7000, soon()));
  CHECK_FALSE(two->host("left").dial("10.91.1.12", 7000, soon()));
  one->down();
  CHECK_FALSE(one->alive());
  CHECK(one->residue().empty());
  CHECK(two->alive());
  CHECK(two->host("left").exec({"true"}).ok());
  two->down();
  two->down();
  CHECK(two->residue().empty());
}

TEST_CASE("a host whose first process ended says so while the others go on") {
  REQUIRE_A_STACK();
  RunningStack stack;
  REQUIRE(stack.host("far").exec({"touch", "/run/stop"}).ok());
  CHECK(eventually(30, [&] {
    try {
      stack.host("far").exec({"true"});
      return false;
    } catch (const Error& error) {
      return std::string(error.what()).find("far is down") != std::string::npos;
    }
  }));
  CHECK(stack.host("left").exec({"true"}).ok());
  CHECK_THROWS_AS(stack.sandbox->host("nowhere"), Error);
}

TEST_CASE("a stack that does not become healthy names host, check and output, and is gone") {
  REQUIRE_A_STACK();
  TinyProject project;
  Topology topology = project.topology();
  topology.hosts[1].health.test = {"sh", "-c", "echo the tap is dry; exit 1"};
  Settings settings = project.settings();
  settings.ready_limit = std::chrono::seconds(5);  // a slow machine needs one until it boots
  const std::unique_ptr<Sandbox> sandbox = make_sandbox("native");
  std::string message;
  try {
    sandbox->up(topology, settings);
  } catch (const Error& error) {
    message = error.what();
    CHECK(error.exit_code() == 1);
  }
  CHECK(message.find("right") != std::string::npos);
  CHECK(message.find("exit 1") != std::string::npos);
  CHECK(message.find("the tap is dry") != std::string::npos);
  CHECK(message.find("hello from boot") != std::string::npos);
  CHECK(message.find('\n') == std::string::npos);
  CHECK_FALSE(sandbox->alive());
  CHECK(sandbox->residue().empty());
  // The same object may be used again.
  sandbox->up(project.topology(), project.settings());
  CHECK(sandbox->host("left").exec({"true"}).ok());
}

TEST_CASE("a host that cannot start and a file for an unknown host are named") {
  REQUIRE_A_STACK();
  TinyProject project;
  const std::unique_ptr<Sandbox> sandbox = make_sandbox("native");
  Topology topology = project.topology();
  topology.hosts[0].command = {"/no/such/program"};
  CHECK_THROWS_WITH(sandbox->up(topology, project.settings()), Catch::Contains("left") &&
                    Catch::Contains("/no/such/program"));
  Settings settings = project.settings();
  settings.files.push_back(HostFile{"nowhere", "/x", "", 0644});
  CHECK_THROWS_WITH(sandbox->up(project.topology(), settings), Catch::Contains("nowhere"));
  CHECK(sandbox->residue().empty());
}

}  // namespace
}  // namespace gameday
