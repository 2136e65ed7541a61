// A decoy: an innocent release goes live on a web host, by the ordinary `deploy` command, and
// `diff -r` of the two releases shows just what it changes.
//
// Of the kind best_sellers, catalogue pages begin with what sold most: a statement of some ten
// milliseconds where others take less than one, which users do not notice.
#include "injectors/fault.hpp"
#include "injectors/release.hpp"

namespace gameday {

namespace {

const std::string kRewording =
    "s|p\\.description$|replace(p.description, 'sent within', 'with you in')|";

const std::string kBestSellers = R"(sed -i '/^FROM/a\
LEFT JOIN (SELECT product_id, sum(quantity) AS sold FROM order_items GROUP BY 1) s\
  ON s.product_id = p.id
s|^ORDER BY .*|ORDER BY s.sold DESC NULLS LAST, p.id|' sql/products.sql
)";

class Deploy final : public Fault {
 public:
  explicit Deploy(const FaultTarget& target)
      : release_("deploy", target), best_sellers_(target.text("kind") == "best_sellers") {}

  void inject(Sandbox& sandbox) override {
    const std::string edit =
        best_sellers_ ? kBestSellers : "sed -i \"" + kRewording + "\" sql/product.sql\n";
    const std::string note = best_sellers_ ? "Catalogue pages begin with what sold most."
                                           : "Product pages: with you in two days.";
    release_.roll_out(sandbox, edit + "printf '%s\\n" + note + "\\n' " + release_.name() +
                                   " >NOTES");
  }

  Presence present(Sandbox& sandbox) override {
    const std::string live = release_.live(sandbox);
    if (live.empty()) return Presence::kUnknown;
    return live == release_.name() ? Presence::kYes : Presence::kNo;
  }

  void heal(Sandbox& sandbox) override { release_.take_back(sandbox); }

 private:
  Release release_;
  const bool best_sellers_;
};

}  // namespace

FaultKind deploy() {
  return {.decoy = true,
          .summary = "an innocent release goes live",
          .targets = {"web"},
          .parameters = {kReleaseParameter,
                         {.name = "kind",
                          .words = {"wording", "best_sellers"},
                          .otherwise = "wording",
                          .meaning = "what it changes: the product pages' words, or the order of "
                                     "catalogue pages"}},
          .make = made<Deploy>};
}

}  // namespace gameday
