// How a live drill begins for whoever is on call.
#include "scenarios/scenario.hpp"

namespace gameday {

namespace {

constexpr double kSoonestTicketSeconds = 3;
constexpr size_t kTicketSpreadSeconds = 7;

}  // namespace

FirstPage draw_first_page(const Scenario& scenario, uint64_t seed) {
  FirstPage page;
  const bool by_alert =
      !scenario.first_alert.empty() && draw_index(seed, scenario.id + " opening", 2) == 0;
  if (by_alert) {
    page.source = "alert";
    page.severity = "page";
    page.wording = scenario.first_alert;
    return page;
  }
  page.source = page.severity = "ticket";
  const bool is_first = draw_index(seed, scenario.id + " ticket", 2) == 0;
  page.wording = is_first ? scenario.ticket : scenario.twin_ticket;
  page.delay_seconds =
      kSoonestTicketSeconds +
      static_cast<double>(draw_index(seed, scenario.id + " delay", kTicketSpreadSeconds + 1));
  return page;
}

}  // namespace gameday
