// A release whose statements hold the pool's connections for too long: catalogue pages read each of
// their rows by a statement of its own, as a careless object mapper would, and that statement sorts
// without an index. Arrivals are flat; the time a connection is held grows a hundredfold.
//
// Persistent: the release is what the web server loads at each start. An index on the price, or
// statements that read a page at once, cure it as well as the release before.
#include "core/error.hpp"
#include "injectors/database.hpp"
#include "injectors/fault.hpp"
#include "injectors/release.hpp"

namespace gameday {

namespace {

const std::string kEdits = R"(cat >sql/products.sql <<'END'
-- A page of the catalogue: $1 category or '', $2 page size, $3 rows to skip.
SELECT p.id, p.name, c.name, p.price_cents, p.stock
FROM products p JOIN categories c ON c.id = p.category_id
WHERE $1::text = '' OR p.category_id = (SELECT id FROM categories WHERE slug = $1::text)
ORDER BY p.id
LIMIT $2::int OFFSET $3::int
END
cat >sql/products.each.sql <<'END'
-- One product of a page: its description, and what else may please, the next dearer one. $1 its id.
SELECT p.description,
  (SELECT s.name FROM products s
   WHERE s.price_cents >= p.price_cents AND s.id <> p.id
   ORDER BY s.price_cents, s.id LIMIT 1)
FROM products p
WHERE p.id = $1::int
END
)";

constexpr const char* kPriceIndexes =
    "SELECT count(*) FROM pg_index i JOIN pg_attribute a ON a.attrelid = i.indrelid "
    "AND a.attnum = i.indkey[0] WHERE i.indrelid = 'public.products'::regclass AND i.indisvalid "
    "AND i.indpred IS NULL AND a.attname = 'price_cents'";

class PoolExhaustedHoldTime final : public Fault {
 public:
  explicit PoolExhaustedHoldTime(const FaultTarget& target)
      : host_(target.host),
        release_("pool_exhausted_hold_time", target) {}

  void inject(Sandbox& sandbox) override {
    release_.roll_out(sandbox, kEdits + "printf '%s\\nCatalogue pages say what else may please.\\n' " +
                                   release_.name() + " >NOTES\n"
                                   "chown -R storefront:storefront " + release_.folder());
  }

  // Whatever is live: does it still ask for each row, and sort without an index?
  Presence present(Sandbox& sandbox) override {
    Host& web = sandbox.host(host_);
    if (release_.live(sandbox).empty()) return Presence::kUnknown;
    const auto each = web.read_file("/srv/storefront/current/sql/products.each.sql");
    if (!each || each->find("ORDER BY s.price_cents") == std::string::npos) return Presence::kNo;
    const auto indexed = price_is_indexed(sandbox);
    if (!indexed) return Presence::kUnknown;
    return *indexed ? Presence::kNo : Presence::kYes;
  }

  void heal(Sandbox& sandbox) override { release_.take_back(sandbox); }

 private:
  static std::optional<bool> price_is_indexed(Sandbox& sandbox) {
    for (const HostSpec& spec : sandbox.topology().hosts) {
      if (spec.role != "db") continue;
      const auto count = ask_database(sandbox.host(spec.name), {kPriceIndexes}, "shop");
      if (count) return *count != "0";
    }
    return std::nullopt;
  }

  const std::string host_;
  Release release_;
};

}  // namespace

FaultKind pool_exhausted_hold_time() {
  return {.summary = "a release's statements hold connections for long",
          .targets = {"web"},
          .parameters = {kReleaseParameter},
          .giveaways = {"pool", "exhausted"},
          .make = made<PoolExhaustedHoldTime>};
}

}  // namespace gameday
