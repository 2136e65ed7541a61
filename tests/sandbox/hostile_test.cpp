// A trainee who means harm: root in a shell on one host must not reach the machine, the other
// hosts or the harness, and must not exhaust them. The same tests run for root's and for an
// ordinary user's drills, depending on who runs them.
#include <arpa/inet.h>
#include <ifaddrs.h>
#include <sys/socket.h>
#include <sys/statvfs.h>
#include <unistd.h>

#include <catch2/catch.hpp>
#include <fstream>
#include <sstream>

#include "core/error.hpp"
#include "sandbox/native/gold.hpp"
#include "sandbox/native/remains.hpp"
#include "tests/sandbox/tiny_stack.hpp"

namespace gameday {
namespace {

using test::eventually;
using test::RunningStack;

ExecResult run(Host& host, const std::string& script) {
  return host.exec({"sh", "-c", script}, std::chrono::seconds(60));
}

std::string read_text(const std::filesystem::path& file) {
  std::ifstream stream(file, std::ios::binary);
  std::ostringstream text;
  text << stream.rdbuf();
  return std::move(text).str();
}

TEST_CASE("root in a host cannot change mounts, the machine's programs or the kernel",
          "[ordinary]") {
  REQUIRE_A_STACK();
  RunningStack stack;
  Host& left = stack.host("left");
  const std::string pattern = read_text("/proc/sys/kernel/core_pattern");
  const char* attempts[] = {
      "mount -o remount,rw /usr",
      "mount -o remount,bind,rw /usr",
      "touch /usr/bin/new",
      "echo x >/usr/bin/env",
      "umount /usr",
      "umount -l /proc",
      "mount -t tmpfs none /mnt",
      "mount --bind /etc /mnt",
      "mount -t proc proc /mnt",
      "touch /dev/new",
      "mount -o remount,rw /dev",
      "mknod /tmp/disk b 8 0",
      "mknod /tmp/memory c 1 1",
      "unshare -m true",
      "unshare -U true",
      "unshare -Ur mount -o remount,rw /usr",
      "unshare -n true",
      "nsenter -t 1 -n true",
      "nsenter -t 1 -m true",
      "nsenter -t 1 -p true",
      "hostname other",
      "echo x >/proc/sys/kernel/core_pattern",
      "echo 1 >/proc/sys/kernel/sysrq",
      "echo h >/proc/sysrq-trigger",
      "echo 100 >/proc/sys/user/max_user_namespaces",
      "echo 1 >/proc/sys/vm/drop_caches",
      "ulimit -u unlimited",
      "prlimit --pid $$ --nproc=100000",
      "test $(nice -n -5 nice 2>/dev/null) -lt $(nice)",
      "cat /proc/kcore >/dev/null",
      "ls /sys/kernel",
      "ls /proc/1/root/boot/grub /proc/1/root/var/lib/dpkg",
      // Calls that no program makes: they must be refused for want of privilege (1, EPERM).
      "perl -e 'syscall(175, 0, 0, q()); exit($!==1 ? 1 : 0)'",                    // init_module
      "perl -e 'syscall(169, 0xfee1dead, 672274793, 0); exit($!==1 ? 1 : 0)'",     // reboot
      "perl -e 'syscall(155, q(/mnt), q(/mnt)); exit($!==1 ? 1 : 0)'",             // pivot_root
      "perl -e 'syscall(227, 0, pack(q(qq),0,0)); exit($!==1 ? 1 : 0)'",           // clock_settime
  };
  for (const char* attempt : attempts) {
    INFO(attempt);
    const ExecResult result = run(left, attempt);
    CHECK_FALSE(result.timed_out);
    CHECK(result.status != 0);
    CHECK(result.status != 127);
  }
  CHECK(read_text("/proc/sys/kernel/core_pattern") == pattern);
  CHECK_FALSE(std::filesystem::exists("/usr/bin/new"));
}

TEST_CASE("what root puts into a host never answers in the name of the machine's programs") {
  REQUIRE_A_STACK();
  RunningStack stack;
  Host& left = stack.host("left");
  REQUIRE(run(left, "mkdir -p /usr/local/sbin /usr/local/bin\n"
                    "for name in sv nft psql id sh; do for folder in sbin bin; do\n"
                    "printf '#!/bin/true\\n' >/usr/local/$folder/$name\n"
                    "chmod 755 /usr/local/$folder/$name\ndone; done").ok());
  CHECK(left.exec({"id", "-u"}).out == "0\n");
  CHECK(run(left, "for name in id sh sv; do command -v $name; done").out ==
        "/usr/bin/id\n/usr/bin/sh\n/usr/bin/sv\n");
}

TEST_CASE("a host shows its own processes only, and killing all of them spares the others") {
  REQUIRE_A_STACK();
  RunningStack stack;
  Host& left = stack.host("left");
  Command command;
  command.argv = {"sleep", "4751"};
  const std::unique_ptr<Process> elsewhere = stack.host("right").start(command);
  // One shell as first process, its sleep, and what looks.
  const std::string seen = left.exec({"ps", "axo", "args"}).out;
  CHECK(seen.find("4751") == std::string::npos);
  CHECK(seen.find("pod") == std::string::npos);
  CHECK(seen.find("bwrap") == std::string::npos);
  CHECK(std::count(seen.begin(), seen.end(), '\n') <= 4);
  run(left, "kill -9 -1; kill -9 1");
  CHECK(left.exec({"true"}).ok());
  CHECK_FALSE(elsewhere->wait(deadline_in(std::chrono::milliseconds(50))));
  CHECK(stack.host("right").exec({"pgrep", "-f", "sleep 4751"}).ok());
}

TEST_CASE("a host has no way to the machine's network") {
  REQUIRE_A_STACK();
  RunningStack stack;
  Host& left = stack.host("left");
  // A service of the machine, on every address it has.
  const UniqueFd listener(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
  sockaddr_in address{};
  address.sin_family = AF_INET;
  socklen_t size = sizeof address;
  REQUIRE(::bind(listener.get(), reinterpret_cast<sockaddr*>(&address), size) == 0);
  REQUIRE(::listen(listener.get(), 8) == 0);
  REQUIRE(::getsockname(listener.get(), reinterpret_cast<sockaddr*>(&address), &size) == 0);
  // Whatever routes it makes.
  run(left, "ip route add default dev eth0; ip addr add 10.91.1.1/24 dev eth0; "
            "echo 1 >/proc/sys/net/ipv4/ip_forward");
  ifaddrs* all = nullptr;
  REQUIRE(::getifaddrs(&all) == 0);
  int tried = 0;
  for (const ifaddrs* each = all; each; each = each->ifa_next) {
    if (!each->ifa_addr || each->ifa_addr->sa_family != AF_INET) continue;
    char text[INET_ADDRSTRLEN] = {};
    const auto* own = reinterpret_cast<const sockaddr_in*>(each->ifa_addr);
    ::inet_ntop(AF_INET, &own->sin_addr, text, sizeof text);
    INFO(text);
    ++tried;
    CHECK_FALSE(left.dial(text, ntohs(address.sin_port),
                          deadline_in(std::chrono::milliseconds(300))));
  }
  ::freeifaddrs(all);
  CHECK(tried >= 1);
  CHECK_FALSE(wait_readable(listener.get(), std::chrono::steady_clock::now()));
  const std::string devices = left.exec({"ip", "-o", "link"}).out;
  CHECK(std::count(devices.begin(), devices.end(), '\n') == 2);
}

TEST_CASE("nothing of the machine's files or of ours is in a host", "[ordinary]") {
  REQUIRE_A_STACK();
  RunningStack stack;
  Host& left = stack.host("left");
  const std::string root = stack.project.root().string();
  CHECK_FALSE(left.exec({"ls", root}).ok());
  CHECK_FALSE(left.exec({"ls", test::build_folder().string()}).ok());
  CHECK(left.exec({"ls", "/"}).out.find("work") == std::string::npos);
  CHECK(left.exec({"cat", "/etc/passwd"}).out.find("clerk") != std::string::npos);
  CHECK(left.exec({"ls", "-A", "/root", "/home"}).out.find("clerk") != std::string::npos);
  for (const char* where : {"/proc/self/mountinfo", "/proc/1/environ", "/proc/1/cmdline",
                            "/proc/self/environ"}) {
    const std::string text = run(left, std::string("cat ") + where).out;
    INFO(where << "\n" << text);
    for (const char* tell : {root.c_str(), "gameday", "sandbox", "tiny.", "bwrap", "gold"}) {
      CHECK(text.find(tell) == std::string::npos);
    }
  }
  const std::string links = run(left, "ls -l /proc/[0-9]*/fd /proc/[0-9]*/cwd /proc/[0-9]*/exe").out;
  CHECK(links.find("memfd") == std::string::npos);
  CHECK(links.find("socket") == std::string::npos);
}

TEST_CASE("a command that would run the harness's own file finds nothing to change") {
  REQUIRE_A_STACK();
  RunningStack stack;
  Host& left = stack.host("left");
  const std::filesystem::path pod = native::pod_executable(test::build_folder());
  const std::string before = read_text(pod);
  run(left, "printf '#!/proc/self/exe\\n' >/usr/local/bin/trap; chmod 755 /usr/local/bin/trap");
  // Beside it someone writes to whatever it turns out to be.
  Command writer;
  writer.argv = {"sh", "-c",
                 "while :; do for p in /proc/[0-9]*; do "
                 "[ \"$(readlink $p/exe)\" = \"$(readlink /proc/$$/exe)\" ] || "
                 "echo x >>$p/exe; done; done 2>/dev/null"};
  const std::unique_ptr<Process> writing = left.start(writer);
  for (int i = 0; i < 20; ++i) {
    CHECK_FALSE(left.exec({"trap"}).ok());
  }
  writing->kill();
  CHECK(read_text(pod) == before);
  CHECK(left.exec({"true"}).ok());
}

TEST_CASE("a fork bomb in a shell is bounded and the stack goes on answering") {
  REQUIRE_A_STACK();
  RunningStack stack;
  Command command;
  command.argv = {"bash", "--norc", "-i"};
  std::unique_ptr<Terminal> shell = stack.host("left").shell(command, TerminalSize{});
  write_all(shell->master(), "b() { b | b & b & sleep 60; }; b\r");
  // Its limit was reached when the shell complains.
  test::read_terminal(*shell, "Resource temporarily unavailable", 20);
  const size_t processes = native::descendants_of(::getpid()).size();
  CHECK(processes > 100);
  CHECK(processes < 1000);
  CHECK(stack.host("right").exec({"echo", "here"}).out == "here\n");
  CHECK(stack.host("left").exec({"echo", "here"}).out == "here\n");
  shell.reset();
  CHECK(eventually(30, [] { return native::descendants_of(::getpid()).size() < 60; }));
  stack.sandbox->down();
  CHECK(stack.sandbox->residue().empty());
}

TEST_CASE("a gigabyte of output is read to its end and eight megabytes of it are kept") {
  REQUIRE_A_STACK();
  RunningStack stack;
  const ExecResult result = run(stack.host("left"), "head -c 1G /dev/zero; echo end >&2");
  CHECK(result.ok());
  CHECK(result.out.size() == 8 << 20);
  CHECK(result.err == "end\n");
}

TEST_CASE("what a host prints is not obeyed by the terminal that shows our message") {
  const struct {
    const char *printed, *shown;
  } cases[] = {
      {"", ""},
      {" plain \n", "plain"},
      {"two\nlines\r\n", "two lines"},
      {"\x1b[2J\x1b]0;title\x07red", "[2J ]0;title red"},
      {"\xc2\x9b" "2J", "2J"},
      {"\x7f\b\b", ""},
      {"na\xc3\xafve \xe2\x80\x94 \xc3\x9f", "na\xc3\xafve \xe2\x80\x94 \xc3\x9f"},
  };
  for (const auto& each : cases) CHECK(one_line(each.printed) == each.shown);
}

TEST_CASE("a full disk in one host is its own and bounded, in bytes and in files") {
  REQUIRE_A_STACK();
  RunningStack stack;
  Host& left = stack.host("left");
  for (const char* folder : {"/tmp", "/dev/shm", "/run", "/var"}) {
    INFO(folder);
    const std::string file = std::string(folder) + "/fill";
    const ExecResult filled =
        run(left, "dd if=/dev/zero of=" + file + " bs=1M count=2000 2>&1; wc -c <" + file);
    CHECK(filled.out.find("No space left") != std::string::npos);
    CHECK(std::atoll(filled.out.c_str() + filled.out.rfind('\n', filled.out.size() - 2) + 1) <
          (600LL << 20));
    // What fills a disk fills no other one.
    CHECK(run(stack.host("right"), std::string("echo x >") + file).ok());
    CHECK(run(left, "rm " + file).ok());
  }
  const ExecResult many = run(left,
                              "perl -e 'for(0..100000){open(F,\">\",\"/tmp/f$_\") or "
                              "do{print $_;exit 1};close F}'");
  CHECK(many.status == 1);
  CHECK(std::atoi(many.out.c_str()) < 10000);
  CHECK(left.exec({"true"}).ok());
}

}  // namespace
}  // namespace gameday
