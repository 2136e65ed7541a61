// Bounds what the programs of a stack hold in memory, where no control group does it: looks at them
// from the stack's own process namespace, and kills what takes too much.
//
// Four times a second it asks how much memory the machine has left; once a second, and as soon as
// that falls quickly, it looks at every process, and at those of a host with much on its account in
// detail. What lies in a host's files is bounded by their size and does not count.
#pragma once

#include <sys/types.h>

#include <chrono>
#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "core/fd.hpp"
#include "sandbox/native/container.hpp"
#include "sandbox/native/memory_bounds.hpp"
#include "sandbox/native/plan.hpp"

namespace gameday::native {

// How often look() wants to be called.
inline constexpr std::chrono::milliseconds kMemoryLookEvery{250};

struct MemoryKill {
  const Container* container = nullptr;
  pid_t pid = 0;  // in the host's own numbers; 0: shared memory that no process had attached
  std::string name;
  int64_t held_bytes = 0;  // by the host
};

class MemoryWatch {
 public:
  // Containers must outlive us. Throws Error.
  MemoryWatch(std::vector<const Container*> containers, const MemoryBounds& bounds);

  // Looks, and kills processes of each host over its bound until what is left is below. Returns
  // those; what cannot be read is left out.
  std::vector<MemoryKill> look();
  // What the machine had left at the last look; the stack has to end when that is below the bound.
  int64_t available_bytes() const { return available_bytes_; }
  bool machine_lacks() const { return available_bytes_ < bounds_.available_bytes; }

 private:
  struct Account;

  bool is_due();
  bool shared_is_due();
  std::vector<Account> read_accounts();
  void add_shared(Account& account) const;
  void read_in_detail(Account& account) const;
  pid_t number_inside(pid_t pid) const;
  int64_t unattached_bytes(const Account& account, bool remove) const;
  void kill_down_to_bound(Account& account, std::vector<MemoryKill>& kills);

  MemoryBounds bounds_;
  std::vector<const Container*> containers_;
  UniqueFd processes_;  // /proc
  UniqueFd own_ipc_;
  dev_t memory_files_ = 0;  // the device that the kernel shows them on
  int64_t available_bytes_ = 0, available_at_look_bytes_ = 0;
  int64_t shared_bytes_ = 0, least_shared_bytes_ = 0;  // by the whole machine, now and ever
  int looks_left_out_ = 0, looks_without_shared_ = 0;
  std::map<pid_t, int> dying_;  // killed, and how many looks ago
};

}  // namespace gameday::native
