#include "drill/probes/orders.hpp"

#include <algorithm>
#include <optional>

#include "core/error.hpp"
#include "injectors/database.hpp"
#include "workload/number_ranges.hpp"

namespace gameday {

namespace {

// The order numbers of a run that a database holds, as "1-17,19".
std::string stored_numbers_sql(const std::string& run) {
  return "SELECT string_agg(CASE WHEN low = high THEN low::text ELSE low || '-' || high END, ',' "
         "ORDER BY low) FROM (SELECT min(n) AS low, max(n) AS high FROM "
         "(SELECT n, n - row_number() OVER (ORDER BY n) AS island FROM "
         "(SELECT substr(client_ref, " + std::to_string(run.size() + 2) + ")::bigint AS n "
         "FROM public.orders WHERE client_ref ~ '^" + run + "-[1-9][0-9]{0,8}$') AS own) AS numbered "
         "GROUP BY island) AS ranges";
}

std::optional<NumberRanges> stored_on(Host& host, const std::string& run) {
  try {
    const auto text = ask_database(host, {stored_numbers_sql(run)}, "shop");
    if (!text) return std::nullopt;
    return ranges_from_text(*text);
  } catch (const Error&) {
    return std::nullopt;  // the host is gone, or said more than it may
  }
}

}  // namespace

json::object with_stored(Sandbox& sandbox, json::object orders) {
  const std::string run = string_or(orders, "run", "");
  const NumberRanges acknowledged = ranges_from_text(string_or(orders, "numbers", ""));
  orders.erase("run");
  orders.erase("numbers");
  std::optional<uint64_t> stored;
  for (const HostSpec& host : sandbox.topology().hosts) {
    if (host.role != "db") continue;
    const auto found = stored_on(sandbox.host(host.name), run);
    if (found) stored = std::max(stored.value_or(0), count_in_both(acknowledged, *found));
  }
  orders["stored"] = stored ? json::value(*stored) : json::value(nullptr);
  if (!stored) return orders;
  const uint64_t missing = count_of(acknowledged) - *stored;
  const auto figure = [&orders](const char* key) {
    return static_cast<uint64_t>(number_or(orders, key, 0));
  };
  orders["lost"] = std::max(figure("lost"), missing);
  orders["found"] = std::min(figure("found"), *stored);
  return orders;
}

}  // namespace gameday
