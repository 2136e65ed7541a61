#include "sandbox/native/guard.hpp"

#include <linux/audit.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <sched.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <bit>
#include <cerrno>
#include <cstddef>
#include <cstdint>
#include <vector>

#include "core/error.hpp"
#include "sandbox/native/protocol.hpp"

namespace gameday::native {
namespace {

static_assert(std::endian::native == std::endian::little, "guard.cpp reads the low half of words");

#if defined(__x86_64__)
constexpr uint32_t kMachine = AUDIT_ARCH_X86_64;
constexpr uint32_t kOtherCalls = 0x40000000;  // the x32 numbers begin here
#elif defined(__aarch64__)
constexpr uint32_t kMachine = AUDIT_ARCH_AARCH64;
constexpr uint32_t kOtherCalls = 0xffffffff;
#else
#error "guard.cpp: name this machine's architecture"
#endif

constexpr uint32_t kRefused[] = {
    // Kept by user id, across every namespace.
    SYS_keyctl, SYS_add_key, SYS_request_key,
    // New namespaces and mounts.
    SYS_unshare, SYS_setns, SYS_mount, SYS_umount2, SYS_pivot_root, SYS_open_tree, SYS_move_mount,
    SYS_fsopen, SYS_fsconfig, SYS_fsmount, SYS_fspick, SYS_mount_setattr, SYS_open_by_handle_at,
    // Programs for the kernel, and looks into it.
    SYS_bpf, SYS_perf_event_open, SYS_userfaultfd, SYS_fanotify_init, SYS_lookup_dcookie,
    SYS_syslog,
    // The machine's own.
    SYS_kexec_load, SYS_kexec_file_load, SYS_init_module, SYS_finit_module, SYS_delete_module,
    SYS_acct, SYS_quotactl, SYS_quotactl_fd, SYS_swapon, SYS_swapoff, SYS_reboot, SYS_settimeofday,
    SYS_clock_settime, SYS_clock_adjtime,
#ifdef __x86_64__
    SYS_iopl, SYS_ioperm,
#endif
};

// Programs ask for these first and then take an older call. The flags of clone3 stand in memory,
// where no filter sees them.
constexpr uint32_t kUnknown[] = {SYS_clone3, SYS_io_uring_setup, SYS_io_uring_enter,
                                 SYS_io_uring_register};

// Others know no network namespace (VSOCK), or reach parts of the kernel that nobody needs here.
constexpr uint32_t kFamilies[] = {AF_UNIX, AF_INET, AF_INET6, AF_NETLINK, AF_PACKET};

constexpr uint32_t kNewSpaces = CLONE_NEWUSER | CLONE_NEWNS | CLONE_NEWPID | CLONE_NEWNET |
                                CLONE_NEWIPC | CLONE_NEWUTS | CLONE_NEWCGROUP;

sock_filter load(size_t offset) {
  return BPF_STMT(BPF_LD | BPF_W | BPF_ABS, static_cast<uint32_t>(offset));
}
sock_filter give(uint32_t verdict) { return BPF_STMT(BPF_RET | BPF_K, verdict); }
constexpr uint32_t fail(uint32_t error) { return SECCOMP_RET_ERRNO | error; }
// The next instruction is for those that match, else it is passed over.
sock_filter when(uint16_t test, uint32_t value) {
  return BPF_JUMP(static_cast<uint16_t>(BPF_JMP | test | BPF_K), value, 0, 1);
}
// Those that do not match pass over as many instructions.
sock_filter unless(uint32_t value, uint8_t passed_over) {
  return BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, value, 0, passed_over);
}

// What `call` may make when its first argument decides: `rest` gives a verdict for each value.
void add_by_argument(std::vector<sock_filter>& filter, uint32_t call,
                     std::vector<sock_filter> rest) {
  rest.insert(rest.begin(), load(offsetof(seccomp_data, args)));
  filter.push_back(unless(call, static_cast<uint8_t>(rest.size())));
  filter.insert(filter.end(), rest.begin(), rest.end());
}

std::vector<sock_filter> make_filter() {
  std::vector<sock_filter> filter = {
      load(offsetof(seccomp_data, arch)),
      BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, kMachine, 1, 0),
      give(fail(EPERM)),
      load(offsetof(seccomp_data, nr)),
      when(BPF_JGE, kOtherCalls),
      give(fail(EPERM))};
  const auto add_calls = [&filter](const auto& calls, uint32_t verdict) {
    for (const uint32_t call : calls) {
      filter.push_back(when(BPF_JEQ, call));
      filter.push_back(give(verdict));
    }
  };
  add_calls(kRefused, fail(EPERM));
  add_calls(kUnknown, fail(ENOSYS));
  std::vector<sock_filter> families;
  for (const uint32_t family : kFamilies) {
    families.push_back(when(BPF_JEQ, family));
    families.push_back(give(SECCOMP_RET_ALLOW));
  }
  families.push_back(give(fail(EAFNOSUPPORT)));
  add_by_argument(filter, SYS_socket, families);
  add_by_argument(filter, SYS_socketpair, families);
  add_by_argument(filter, SYS_clone, {when(BPF_JSET, kNewSpaces), give(fail(EPERM)),
                                      give(SECCOMP_RET_ALLOW)});
  filter.push_back(give(SECCOMP_RET_ALLOW));
  return filter;
}

}  // namespace

void guard_program() {
  std::vector<sock_filter> filter = make_filter();
  const sock_fprog program{static_cast<unsigned short>(filter.size()), filter.data()};
  if (::prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program) != 0) {
    throw_errno("native: filter system calls");
  }
}

UniqueFd guard_file() {
  const std::vector<sock_filter> filter = make_filter();
  UniqueFd file = make_memory_file({reinterpret_cast<const char*>(filter.data()),
                                    filter.size() * sizeof(sock_filter)});
  if (::lseek(file.get(), 0, SEEK_SET) != 0) throw_errno("native: filter system calls");
  return file;
}

}  // namespace gameday::native
