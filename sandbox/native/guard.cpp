#include "sandbox/native/guard.hpp"

#include <linux/audit.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <sched.h>
#include <sys/prctl.h>
#include <sys/syscall.h>

#include <cerrno>
#include <cstddef>
#include <cstdint>
#include <vector>

#include "core/error.hpp"

namespace gameday::native {
namespace {

#if defined(__x86_64__)
constexpr uint32_t kMachine = AUDIT_ARCH_X86_64;
constexpr uint32_t kOtherCalls = 0x40000000;  // the x32 numbers begin here
#elif defined(__aarch64__)
constexpr uint32_t kMachine = AUDIT_ARCH_AARCH64;
constexpr uint32_t kOtherCalls = 0xffffffff;
#else
#error "guard.cpp: name this machine's architecture"
#endif

constexpr long kForbidden[] = {
    SYS_unshare,       SYS_setns,              SYS_mount,       SYS_umount2,
    SYS_pivot_root,    SYS_open_tree,          SYS_move_mount,  SYS_fsopen,
    SYS_fspick,        SYS_mount_setattr,      SYS_keyctl,      SYS_add_key,
    SYS_request_key,   SYS_bpf,                SYS_userfaultfd, SYS_perf_event_open,
    SYS_io_uring_setup, SYS_open_by_handle_at, SYS_kexec_load,  SYS_init_module,
    SYS_finit_module,  SYS_delete_module,      SYS_acct,        SYS_swapon,
    SYS_reboot};

constexpr uint32_t kNewSpaces = CLONE_NEWUSER | CLONE_NEWNS | CLONE_NEWPID | CLONE_NEWNET |
                                CLONE_NEWIPC | CLONE_NEWUTS | CLONE_NEWCGROUP;

sock_filter load(size_t offset) {
  return BPF_STMT(BPF_LD | BPF_W | BPF_ABS, static_cast<uint32_t>(offset));
}
sock_filter give(uint32_t verdict) { return BPF_STMT(BPF_RET | BPF_K, verdict); }
// The next instruction is for those that match, else it is passed over.
sock_filter when(uint16_t test, uint32_t value) {
  return BPF_JUMP(static_cast<uint16_t>(BPF_JMP | test | BPF_K), value, 0, 1);
}

}  // namespace

void guard_program() {
  constexpr uint32_t kRefuse = SECCOMP_RET_ERRNO | EPERM;
  std::vector<sock_filter> filter = {
      load(offsetof(seccomp_data, arch)),
      BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, kMachine, 1, 0),
      give(kRefuse),
      load(offsetof(seccomp_data, nr)),
      when(BPF_JGE, kOtherCalls),
      give(kRefuse),
      when(BPF_JEQ, SYS_clone3),  // its flags stand in memory; the C library then takes clone
      give(SECCOMP_RET_ERRNO | ENOSYS)};
  for (const long call : kForbidden) {
    filter.push_back(when(BPF_JEQ, static_cast<uint32_t>(call)));
    filter.push_back(give(kRefuse));
  }
  filter.push_back(BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_clone, 1, 0));
  filter.push_back(give(SECCOMP_RET_ALLOW));
  filter.push_back(load(offsetof(seccomp_data, args)));
  filter.push_back(when(BPF_JSET, kNewSpaces));
  filter.push_back(give(kRefuse));
  filter.push_back(give(SECCOMP_RET_ALLOW));
  const sock_fprog program{static_cast<unsigned short>(filter.size()), filter.data()};
  if (::prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program) != 0) {
    throw_errno("native: filter system calls");
  }
}

}  // namespace gameday::native
