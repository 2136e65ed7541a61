// What a program of a host may ask of the kernel, wherever in the host it was started: from a
// shell, by a service, or by the database at a client's word. docs/what-a-host-may-reach.md names each.
#include <errno.h>
#include <sched.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/un.h>
#include <unistd.h>

#include <catch2/catch.hpp>
#include <cstddef>
#include <cstdlib>
#include <string_view>

#include "tests/sandbox/tiny_stack.hpp"

namespace gameday {
namespace {

using test::eventually;

struct Call {
  const char* name;
  long number;
  const char* arguments;  // as perl's syscall takes them
  int error;              // that it fails with; 0: it works
};

constexpr const char* kByOtherNumber = "a call by its x32 number";

// With arguments that do no harm where a call is not refused, and succeed where they can.
const Call kCalls[] = {
    {"keyctl", SYS_keyctl, "0, -4, 0", EPERM},
    {"add_key", SYS_add_key, "q(user), q(reach), q(x), 1, -4", EPERM},
    {"request_key", SYS_request_key, "q(user), q(reach), 0, -4", EPERM},
    {"bpf", SYS_bpf, "0, 0, 0", EPERM},
    {"perf_event_open", SYS_perf_event_open, "0, 0, -1, -1, 0", EPERM},
    {"userfaultfd", SYS_userfaultfd, "1", EPERM},
    {"fanotify_init", SYS_fanotify_init, "0x200, 0", EPERM},
    {"io_uring_setup", SYS_io_uring_setup, "1, pack(q(x120))", ENOSYS},
    {"io_uring_enter", SYS_io_uring_enter, "-1, 0, 0, 0, 0, 0", ENOSYS},
    {"io_uring_register", SYS_io_uring_register, "-1, 0, 0, 0", ENOSYS},
    {"open_by_handle_at", SYS_open_by_handle_at, "-100, pack(q(ll x8), 8, 1), 0", EPERM},
    {"unshare", SYS_unshare, "0", EPERM},
    {"setns", SYS_setns, "-1, 0", EPERM},
    {"clone of a user namespace", SYS_clone, "0x10000011, 0, 0, 0, 0", EPERM},
    {"clone of a network namespace", SYS_clone, "0x40000011, 0, 0, 0, 0", EPERM},
    {"clone3", SYS_clone3, "0, 0", ENOSYS},
    {"mount", SYS_mount, "q(none), q(/mnt), q(tmpfs), 0, 0", EPERM},
    {"umount2", SYS_umount2, "q(/proc), 2", EPERM},
    {"pivot_root", SYS_pivot_root, "q(/mnt), q(/mnt)", EPERM},
    {"open_tree", SYS_open_tree, "-100, q(/), 0", EPERM},
    {"move_mount", SYS_move_mount, "-1, q(), -1, q(), 0", EPERM},
    {"fsopen", SYS_fsopen, "q(tmpfs), 0", EPERM},
    {"fsconfig", SYS_fsconfig, "-1, 0, 0, 0, 0", EPERM},
    {"fsmount", SYS_fsmount, "-1, 0, 0", EPERM},
    {"fspick", SYS_fspick, "-100, q(/), 0", EPERM},
    {"mount_setattr", SYS_mount_setattr, "-1, q(), 0, 0, 0", EPERM},
    {"syslog", SYS_syslog, "10, 0, 0", EPERM},
    {"kexec_load", SYS_kexec_load, "0, 0, 0, 0", EPERM},
    {"kexec_file_load", SYS_kexec_file_load, "-1, -1, 0, q(), 0", EPERM},
    {"init_module", SYS_init_module, "0, 0, q()", EPERM},
    {"finit_module", SYS_finit_module, "-1, q(), 0", EPERM},
    {"delete_module", SYS_delete_module, "q(none), 0", EPERM},
    {"acct", SYS_acct, "q(/none)", EPERM},
    {"quotactl", SYS_quotactl, "0, 0, 0, 0", EPERM},
    {"quotactl_fd", SYS_quotactl_fd, "-1, 0, 0, 0", EPERM},
    {"lookup_dcookie", SYS_lookup_dcookie, "0, 0, 0", EPERM},
    {"swapon", SYS_swapon, "q(/none), 0", EPERM},
    {"swapoff", SYS_swapoff, "q(/none)", EPERM},
    {"reboot", SYS_reboot, "0, 0, 0, 0", EPERM},
    {"settimeofday", SYS_settimeofday, "0, 0", EPERM},
    {"clock_settime", SYS_clock_settime, "0, pack(q(qq), 0, 0)", EPERM},
    {"clock_adjtime", SYS_clock_adjtime, "0, pack(q(x208))", EPERM},
    {"vsock", SYS_socket, "40, 1, 0", EAFNOSUPPORT},
    {"alg", SYS_socket, "38, 5, 0", EAFNOSUPPORT},
    {"bluetooth", SYS_socket, "31, 3, 1", EAFNOSUPPORT},
    {"can", SYS_socket, "29, 3, 1", EAFNOSUPPORT},
    {"tipc", SYS_socket, "30, 1, 0", EAFNOSUPPORT},
    {"rds", SYS_socket, "21, 5, 0", EAFNOSUPPORT},
    {"pair of vsock", SYS_socketpair, "40, 1, 0, pack(q(x8))", EAFNOSUPPORT},
    {"unix", SYS_socket, "1, 1, 0", 0},
    {"inet", SYS_socket, "2, 1, 0", 0},
    {"netlink", SYS_socket, "16, 3, 0", 0},
    {"pair of unix", SYS_socketpair, "1, 1, 0, pack(q(x8))", 0},
    {"name_to_handle_at", SYS_name_to_handle_at,
     "-100, q(/tmp), pack(q(Lx132), 128), pack(q(x8)), 0", 0},
    {"ptrace of nobody", SYS_ptrace, "16, 999999, 0, 0", ESRCH},
    {"tracing by its parent", SYS_ptrace, "0, 0, 0, 0", 0},
#ifdef __x86_64__
    {"iopl", SYS_iopl, "0", EPERM},
    {"ioperm", SYS_ioperm, "0, 1, 0", EPERM},
    // Last: Docker's filter ends the program.
    {kByOtherNumber, 0x40000000 + SYS_getpid, "", EPERM},
#endif
};

struct Attempt {
  const char* name;
  const char* command;  // succeeds where it reaches what it wants; $socket: of the machine
  const char* outcome = "refused";
};

const Attempt kAttempts[] = {
    {"keys of the player", "cat /proc/keys | grep ."},
    {"a user namespace", "unshare -U true"},
    {"a network namespace", "unshare -n true"},
    {"a named network namespace", "ip netns add other"},
    {"namespaces of the first process", "nsenter -t 1 -m -n -p true"},
    {"core_pattern", "echo x >/proc/sys/kernel/core_pattern"},
    {"sysrq", "echo 1 >/proc/sys/kernel/sysrq"},
    {"sysrq-trigger", "echo h >/proc/sysrq-trigger"},
    {"drop_caches", "echo 1 >/proc/sys/vm/drop_caches"},
    {"user namespaces again", "echo 9 >/proc/sys/user/max_user_namespaces"},
    {"more keys", "echo 9999 >/proc/sys/kernel/keys/maxkeys"},
    {"limits of the machine", "echo 9999999 >/proc/sys/fs/file-max"},
    {"a lower score for want of memory", "echo -500 >/proc/self/oom_score_adj"},
    {"kernel memory", "head -c 1 /proc/kcore | grep -a ."},
    {"/sys", "test -w /sys/kernel || test -w /sys/kernel/uevent_helper"},
    {"/dev/mem", "head -c 1 /dev/mem"},
    {"/dev/kmsg", "head -c 1 /dev/kmsg"},
    {"a disk of its own making", "mknod /tmp/disk b 8 0"},
    {"memory of its own making", "mknod /tmp/memory c 1 1"},
    {"kernel log", "dmesg"},
    {"a faster turn", "test $(nice -n -5 nice) -lt $(nice)"},
    {"an abstract socket of the machine",
     "perl -MSocket -e 'socket(S,1,1,0); connect(S, pack_sockaddr_un(qq(\\0$ENV{socket}))) or "
     "exit 1'"},
    {"an abstract socket of its own",
     "perl -MSocket -e '$a = pack_sockaddr_un(qq(\\0own)); socket(L,1,1,0); bind(L,$a) or exit 1; "
     "listen(L,1); socket(S,1,1,0); connect(S,$a) or exit 1'",
     "reached"},
    {"a bus", "ls /run/dbus /run/user /run/systemd"},
};

// A program for sh that tries all: a line each, and "done".
std::string all_of_it(const std::string& socket) {
  std::string program = "export socket='" + socket + "'\nperl - <<'END'\n$| = 1;\n";
  for (const Call& call : kCalls) {
    // A child that should not be ends at once.
    program += "@a = (" + std::string(call.arguments) + "); $r = syscall(" +
               std::to_string(call.number) + ", @a); exit if $r == 0 && q(" + call.name +
               ") =~ /^clone/; print q(" + call.name + "), q(: ), $r == -1 ? $!+0 : 0, qq(;\\n);\n";
  }
  program += "END\n";
  for (const Attempt& attempt : kAttempts) {
    program += "( " + std::string(attempt.command) + " ) >/dev/null 2>&1; case $? in\n" +
               "0) echo '" + attempt.name + ": reached;' ;; 127) echo '" + attempt.name +
               ": no such program;' ;; *) echo '" + attempt.name + ": refused;' ;; esac\n";
  }
  return program + "echo done\n";
}

// What went another way, a line each. `printed` may hold more: a terminal's does.
std::string surprises(const std::string& printed, bool in_docker = false) {
  std::string surprising;
  const auto expect = [&](const std::string& line) {
    if (("\n" + printed).find("\n" + line + ";") == std::string::npos) surprising += line + "\n";
  };
  for (const Call& call : kCalls) {
    if (in_docker && call.name == std::string_view(kByOtherNumber)) continue;
    expect(call.name + (": " + std::to_string(call.error)));
  }
  for (const Attempt& each : kAttempts) expect(each.name + std::string(": ") + each.outcome);
  return surprising.empty() ? "" : "missing:\n" + surprising + "printed:\n" + printed;
}

// A listening socket of the machine without a file, and whether anybody came.
struct MachineSocket {
  const std::string name = "reach-" + std::to_string(::getpid());
  const UniqueFd fd{::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0)};
  MachineSocket() {
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    name.copy(address.sun_path + 1, name.size());
    const auto size = static_cast<socklen_t>(offsetof(sockaddr_un, sun_path) + 1 + name.size());
    REQUIRE(::bind(fd.get(), reinterpret_cast<sockaddr*>(&address), size) == 0);
    REQUIRE(::listen(fd.get(), 8) == 0);
  }
  bool was_reached() const { return wait_readable(fd.get(), std::chrono::steady_clock::now()); }
};

TEST_CASE("root of a host reaches the host and no more", "[ordinary]") {
  REQUIRE_A_STACK();
  test::RunningStack stack;
  Host& left = stack.host("left");
  const MachineSocket machine;
  CHECK(surprises(left.exec({"sh", "-c", all_of_it(machine.name)}).out) == "");
  CHECK_FALSE(machine.was_reached());
#ifndef __SANITIZE_ADDRESS__  // whose shadow memory counts as data
  for (const char* process : {"1", "self"}) {
    CHECK(left.exec({"grep", "-c", "^Max data size  *2147483648 ", "/proc/" + std::string(process) +
                     "/limits"}).ok());
  }
#endif
  // Nobody in the host runs without the filter, its first process included.
  const ExecResult filters = left.exec({"sh", "-c", "cat /proc/[0-9]*/status | grep ^Seccomp:"});
  CHECK(filters.out.find("2") != std::string::npos);
  CHECK(filters.out.find("0") == std::string::npos);
}

#ifdef __x86_64__
TEST_CASE("a program of another machine word in a host gets no call through") {
  REQUIRE_A_STACK();
  test::RunningStack stack;
  // The shortest file that Linux runs as a 32-bit program: exit(7), which here ends in a trap.
  static constexpr const char* kMakeIt =
      "open F, q(>/tmp/small); print F pack(q(A4C12 S2L5S6 L8), qq(\\x7fELF), 1,1,1,(0)x9, 2,3,1,"
      "0x08048054,52,0,0,52,32,1,0,0,0, 1,0,0x08048000,0x08048000,96,96,5,4096),"
      " qq(\\xb8\\x01\\0\\0\\0\\xbb\\x07\\0\\0\\0\\xcd\\x80\\xf4); close F;"
      " chmod 0755, q(/tmp/small)";
  REQUIRE(stack.host("left").exec({"perl", "-e", kMakeIt}).ok());
  CHECK(stack.host("left").exec({"/tmp/small"}).status != 7);
}
#endif

TEST_CASE("the tools of an investigation work under the filter", "[ordinary]") {
  REQUIRE_A_STACK();
  test::RunningStack stack;
  Host& left = stack.host("left");
  const char* uses[] = {
      "ping -c 1 -W 5 right",
      "nft add table ip t && nft list ruleset | grep -q 'table ip t'",
      "tc qdisc add dev eth0 root tbf rate 100mbit burst 100k latency 50ms",
      "ss -ltnup; ip neigh; ip route get 10.91.2.11",
      // What need not be installed is tried where it is.
      "! command -v strace || strace -f -e trace=execve sh -c 'true; exec true' 2>&1 | "
      "grep -q execve",
      "! command -v strace || { sleep 60 & strace -o /tmp/trace -p $! 2>/tmp/attached & "
      "until grep -q attached /tmp/attached; do sleep 0.01; done; kill %1; wait %2; "
      "grep -q SIGTERM /tmp/trace; }",
      "! command -v gdb || gdb -batch -ex run --args true 2>&1 | grep -q 'exited normally'",
      "! command -v tcpdump || tcpdump -D",
      "perl -MSocket -e 'socket(S, 17, 3, 0x300) or die $!'",
  };
  for (const char* use : uses) {
    INFO(use);
    const ExecResult result = left.exec({"bash", "-c", use}, std::chrono::seconds(30));
    INFO(result.out << result.err);
    CHECK(result.ok());
  }
}

// The project's own stack, in which all that starts programs is at hand.
struct OwnStack {
  std::unique_ptr<Sandbox> sandbox;
  explicit OwnStack(const char* engine) : sandbox(make_sandbox(engine)) {
    Settings settings;
    settings.root = std::getenv("GAMEDAY_ROOT");
    settings.executables = test::build_folder();
    const char* home = std::getenv("HOME");
    settings.cache = std::filesystem::path(home ? home : "/tmp") / ".cache" / "gameday";
    settings.ready_limit = std::chrono::seconds(90);  // beside whatever else runs
    sandbox->up(read_topology(settings.root / "docker-compose.yml", {}), settings);
  }
};

void check_all_places(const char* engine) {
  OwnStack stack(engine);
  const bool in_docker = engine == std::string_view("compose");
  Host& db = stack.sandbox->host("db1");
  const MachineSocket machine;
  db.write_file("/srv/reach", all_of_it(machine.name));
  {
    const auto shell = db.shell({{"sh", "/srv/reach"}, {}, "root", "/root"}, TerminalSize{});
    CHECK(surprises(test::read_terminal(*shell, "done", 20)) == "");
  }
  REQUIRE(db.exec({"sh", "-c",
                   "mkdir /etc/reach && printf '#!/bin/sh\nsh /srv/reach >/run/reach.new\n"
                   "mv /run/reach.new /run/reach\nexec sleep 600\n' >/etc/reach/run && "
                   "chmod 755 /etc/reach/run && mv /etc/reach /etc/service/reach"})
              .ok());
  std::string printed;
  CHECK(eventually(20, [&] {
    printed = db.read_file("/run/reach").value_or("");
    return !printed.empty();
  }));
  CHECK(surprises(printed, in_docker) == "");
  const ExecResult copied = db.exec(
      {"psql", "-h", "127.0.0.1", "-U", "postgres", "-Atc", "CREATE TEMP TABLE t (line text)", "-c",
       "COPY t FROM PROGRAM 'sh /srv/reach'", "-c", "SELECT line FROM t"});
  INFO(copied.err);
  CHECK(surprises(copied.out, in_docker) == "");
  CHECK_FALSE(machine.was_reached());
}

TEST_CASE("a shell, a service and the database's programs reach no more than a command") {
  REQUIRE_A_STACK();
  check_all_places("native");
}

TEST_CASE("a shell, a service and the database's programs in Docker reach no more either") {
  REQUIRE_DOCKER();
  check_all_places("compose");
}

}  // namespace
}  // namespace gameday
