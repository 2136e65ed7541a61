#include "sandbox/fake/fake.hpp"

#include <sys/socket.h>

#include <catch2/catch.hpp>

#include "core/error.hpp"

namespace gameday {
namespace {

Topology two_hosts() {
  Topology topology;
  for (const char* name : {"a", "b"}) {
    HostSpec spec;
    spec.name = name;
    topology.hosts.push_back(spec);
  }
  return topology;
}

TEST_CASE("a fake host answers as scripted and remembers what was asked") {
  FakeSandbox sandbox;
  sandbox.up(two_hosts(), {});
  FakeHost& host = sandbox.fake("a");
  host.answer("psql", ExecResult{0, "t\n", "", false});
  host.answer("psql -h db1", ExecResult{2, "", "refused\n", false});
  CHECK(host.exec({"psql", "-c", "x"}).out == "t\n");
  CHECK(host.exec({"psql", "-h", "db1", "-c", "x"}).err == "refused\n");
  CHECK(host.exec({"other"}).status == 127);
  CHECK(host.calls() == std::vector<std::string>{"psql -c x", "psql -h db1 -c x", "other"});
  host.answer("slow", ExecResult{0, "", "", true});
  CHECK(host.exec({"slow"}, std::chrono::milliseconds(50)).timed_out);
}

TEST_CASE("a fake host keeps files and connects sockets") {
  FakeSandbox sandbox;
  Settings settings;
  settings.files.push_back(HostFile{"b", "/etc/rules", "rules", 0644});
  sandbox.up(two_hosts(), settings);
  Host& b = sandbox.host("b");
  CHECK(b.read_file("/etc/rules") == "rules");
  b.write_file("/etc/rules", "new");
  CHECK(sandbox.fake("b").files().at("/etc/rules") == "new");
  CHECK_FALSE(b.read_file("/etc/none"));
  const Deadline deadline = deadline_in(std::chrono::seconds(5));
  CHECK_FALSE(b.dial("10.0.0.1", 80, deadline));
  const UniqueFd listener = b.listen(9095);
  sandbox.fake("b").forward(80, sandbox.fake("b").listening_on(9095));
  CHECK(b.dial("10.0.0.1", 80, deadline));
  CHECK(wait_readable(listener.get(), deadline));
}

TEST_CASE("a fake stack can be gone, fail to start and leave something behind") {
  FakeSandbox sandbox;
  sandbox.fail_up = "fake: db1: health check failed";
  CHECK_THROWS_AS(sandbox.up(two_hosts(), {}), Error);
  sandbox.fail_up.clear();
  sandbox.up(two_hosts(), {});
  sandbox.fake("a").break_off();
  CHECK_THROWS_AS(sandbox.host("a").exec({"true"}), Error);
  CHECK_THROWS_AS(sandbox.host("c"), Error);
  sandbox.left = {"process 7"};
  sandbox.down();
  CHECK_FALSE(sandbox.alive());
  CHECK(sandbox.residue().size() == 1);
  CHECK_THROWS_AS(make_sandbox("cloud"), Error);
}

}  // namespace
}  // namespace gameday
