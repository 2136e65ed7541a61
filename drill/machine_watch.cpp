#include "drill/machine_watch.hpp"

#include <algorithm>

#include "core/clock.hpp"

namespace gameday {

namespace {

constexpr std::chrono::milliseconds kSampleEvery{500};
// Of the machine's processors: below the first nothing is idle, above the second others had a part.
constexpr double kIdleShare = 0.06, kTakenShare = 0.1;
constexpr double kShortestDip = 0.9;  // seconds: two readings

MachineUse use_of(const MachineSample& a, const MachineSample& b, double cores) {
  MachineUse use;
  use.seconds = b.at_seconds - a.at_seconds;
  use.cores = cores;
  if (use.seconds <= 0) return use;
  const auto rate = [&use](double from, double to) { return std::max(0.0, to - from) / use.seconds; };
  use.idle = rate(a.cpu.idle, b.cpu.idle);
  use.steal = rate(a.cpu.steal, b.cpu.steal);
  use.stack = rate(a.stack_seconds, b.stack_seconds);
  const double used = rate(a.cpu.used, b.cpu.used);
  use.outside = std::max(0.0, used - use.stack);
  if (a.others_seconds && b.others_seconds) {
    // What no process answers for was used by children that nobody waited for: the stack could make
    // as many of them as it likes.
    use.outside = std::min(use.outside, rate(*a.others_seconds, *b.others_seconds));
    use.stack = std::max(use.stack, used - use.outside);
  }
  const bool starved =
      use.idle < kIdleShare * cores && use.outside + use.steal > kTakenShare * cores;
  use.starved_share = starved ? 1 : 0;
  return use;
}

}  // namespace

MachineUse use_between(const std::vector<MachineSample>& samples, double from_seconds,
                       double cores) {
  auto first = std::find_if(samples.begin(), samples.end(), [&](const MachineSample& one) {
    return one.at_seconds > from_seconds;
  });
  if (first != samples.begin()) --first;
  if (samples.end() - first < 2) return MachineUse{0, cores};
  MachineUse whole = use_of(*first, samples.back(), cores);
  double starved = 0;
  for (auto one = first; one + 1 != samples.end(); ++one) {
    const MachineUse part = use_of(*one, *(one + 1), cores);
    starved += part.starved_share * part.seconds;
  }
  whole.starved_share = whole.seconds > 0 ? starved / whole.seconds : 0;
  return whole;
}

std::vector<MachineDip> dips_between(const std::vector<MachineSample>& samples,
                                     double from_seconds, double cores) {
  std::vector<MachineDip> dips;
  size_t first = 0;
  bool open = false;
  const auto close = [&](size_t last) {
    if (!open) return;
    open = false;
    if (samples[last].at_seconds - samples[first].at_seconds < kShortestDip) return;
    MachineUse use = use_of(samples[first], samples[last], cores);
    use.starved_share = 1;
    dips.push_back({samples[first].at_seconds, samples[last].at_seconds, use});
  };
  for (size_t i = 0; i + 1 < samples.size(); ++i) {
    if (samples[i].at_seconds < from_seconds) continue;
    const bool starved = use_of(samples[i], samples[i + 1], cores).starved_share > 0;
    if (!starved) close(i);
    if (starved && !open) first = i;
    open = open || starved;
  }
  if (!samples.empty()) close(samples.size() - 1);
  return dips;
}

MachineWatch::MachineWatch(std::function<ProcessorTime()> processor_time)
    : processor_time_(std::move(processor_time)) {
  sample();
  thread_ = std::thread([this] {
    std::unique_lock lock(mutex_);
    while (!ended_.wait_for(lock, kSampleEvery, [this] { return ending_; })) {
      lock.unlock();
      try {
        sample();
      } catch (const std::exception&) {
        // No descriptor was left, for example: the next reading covers this time as well.
      }
      lock.lock();
    }
  });
}

MachineWatch::~MachineWatch() {
  {
    const std::lock_guard lock(mutex_);
    ending_ = true;
  }
  ended_.notify_all();
  thread_.join();
}

double MachineWatch::now() const {
  return Seconds(std::chrono::steady_clock::now() - start_).count();
}

MachineUse MachineWatch::since(double from_seconds) {
  sample();
  const std::lock_guard lock(mutex_);
  return use_between(samples_, from_seconds, cores_);
}

std::vector<MachineDip> MachineWatch::dips_since(double from_seconds) {
  sample();
  const std::lock_guard lock(mutex_);
  return dips_between(samples_, from_seconds, cores_);
}

void MachineWatch::sample() {
  MachineSample sample;
  const ProcessorTime time = processor_time_();
  sample.stack_seconds = own_cpu_seconds() + time.stack_seconds;
  sample.others_seconds = time.others_seconds;
  sample.cpu = read_cpu_times(cpus_);
  sample.at_seconds = now();
  const std::lock_guard lock(mutex_);
  if (samples_.empty() || sample.at_seconds > samples_.back().at_seconds) {
    samples_.push_back(sample);
  }
}

}  // namespace gameday
