#include "scorer/machine_dips.hpp"

#include <algorithm>
#include <set>
#include <string_view>
#include <vector>

#include "journal/events.hpp"

namespace gameday {

namespace {

// Requests that waited for a processor end later than the dip, and the user's probe looks back.
constexpr double kSeenLate = 2;
constexpr double kServedAgainWithin = 5;  // of the end of a dip

struct Dip {
  double since = 0, until = 0;
};

std::vector<Dip> dips_of(const Journal& journal) {
  std::vector<Dip> dips;
  for (const Event& event : journal.events) {
    if (event.kind != events::kMachine || string_or(event.data, "during", "") != "dip") continue;
    const Dip dip{number_or(event.data, "since", 0), number_or(event.data, "until", 0)};
    if (dip.until > dip.since) dips.push_back(dip);
  }
  return dips;
}

bool touches(const std::vector<Dip>& dips, double from, double until) {
  return std::any_of(dips.begin(), dips.end(), [&](const Dip& dip) {
    return from < dip.until + kSeenLate && until > dip.since;
  });
}

// The lines that say that users were not served, when a dip was why, and those that say that they
// were again.
std::set<int64_t> interruptions(const Journal& journal, const std::vector<Dip>& dips) {
  std::set<int64_t> lines;
  const Event* lost = nullptr;
  for (const Event& event : journal.events) {
    if (event.kind != events::kServed) continue;
    const double since = number_or(event.data, "since", event.at_seconds);
    if (!bool_or(event.data, "served", false)) {
      lost = &event;
      continue;
    }
    if (!lost) continue;
    const double began = number_or(lost->data, "since", lost->at_seconds);
    const bool by_a_dip = std::any_of(dips.begin(), dips.end(), [&](const Dip& dip) {
      return began >= dip.since && began <= dip.until + kSeenLate &&
             since <= dip.until + kServedAgainWithin;
    });
    if (by_a_dip) lines.insert({lost->seq, event.seq});
    lost = nullptr;
  }
  return lines;
}

}  // namespace

std::optional<SparedJournal> without_machine_dips(const Journal& journal,
                                                  const CatalogueVersion& catalogue) {
  const std::vector<Dip> dips = dips_of(journal);
  const bool spares = catalogue.harm_spares_dips || catalogue.time_spares_dips;
  if (dips.empty() || !spares) return std::nullopt;
  SparedJournal spared;
  spared.journal.truncated = journal.truncated;
  for (const Dip& dip : dips) spared.seconds += dip.until - dip.since;
  const std::set<int64_t> lines =
      catalogue.time_spares_dips ? interruptions(journal, dips) : std::set<int64_t>();
  for (const Event& event : journal.events) {
    const bool second = event.kind == events::kSecond && catalogue.harm_spares_dips &&
                        touches(dips, event.at_seconds - 1, event.at_seconds);
    if (!second && !lines.contains(event.seq)) spared.journal.events.push_back(event);
  }
  return spared;
}

}  // namespace gameday
