// A decoy: an innocent release goes live on a web host, by the ordinary `deploy` command. It
// changes one wording of the product pages, and `diff -r` of the two releases shows just that.
//
// Parameter: release (default r42), a name that no release has yet.
#include "injectors/kinds.hpp"
#include "injectors/release.hpp"

namespace gameday {

namespace {

const std::string kRewording =
    "s|p\\.description$|replace(p.description, 'sent within', 'with you in')|";

class Deploy final : public Fault {
 public:
  explicit Deploy(const FaultTarget& target)
      : release_("deploy", target.host, release_name(target)) {}

  void inject(Sandbox& sandbox) override {
    release_.roll_out(sandbox, "sed -i \"" + kRewording + "\" sql/product.sql\n"
                               "printf '%s\\nProduct pages: with you in two days.\\n' " +
                                   release_.name() + " >NOTES");
  }

  Presence present(Sandbox& sandbox) override {
    const std::string live = release_.live(sandbox);
    if (live.empty()) return Presence::kUnknown;
    return live == release_.name() ? Presence::kYes : Presence::kNo;
  }

  void heal(Sandbox& sandbox) override { release_.take_back(sandbox); }

 private:
  Release release_;
};

}  // namespace

std::unique_ptr<Fault> make_deploy(const FaultTarget& target) {
  allow_parameters("deploy", target, {"release"});
  return std::make_unique<Deploy>(target);
}

}  // namespace gameday
