// A decoy: an innocent release goes live on a web host, by the ordinary `deploy` command. It
// changes one wording of the product pages, and `diff -r` of the two releases shows just that.
//
// Parameter: release (default r42), a name that no release has yet.
#include <algorithm>
#include <cctype>

#include "core/error.hpp"
#include "injectors/database.hpp"
#include "injectors/kinds.hpp"

namespace gameday {

namespace {

const std::string kRewording =
    "s|p\\.description$|replace(p.description, 'sent within', 'with you in')|";
const std::string kReleases = "/srv/storefront/releases/";

class Deploy final : public Fault {
 public:
  Deploy(const FaultTarget& target, std::string release)
      : host_(target.host), release_(std::move(release)) {}

  void inject(Sandbox& sandbox) override {
    Host& host = sandbox.host(host_);
    before_ = current(host);
    if (before_.empty()) throw Error("deploy: " + host_ + ": no release is live there");
    const std::string folder = kReleases + release_;
    if (file_exists(host, folder)) {
      throw Error("deploy: " + host_ + ": it has " + release_ + " already: name another release");
    }
    ours_ = true;
    run_script(host,
               "cp -a " + kReleases + before_ + " " + folder + "\n"
               "sed -i \"" + kRewording + "\" " + folder + "/sql/product.sql\n"
               "printf '%s\\nProduct pages: with you in two days.\\n' " + release_ + " >" + folder +
                   "/NOTES\n"
               "deploy switch " + release_,
               "deploy: " + host_ + ": rolling out " + release_);
  }

  Presence present(Sandbox& sandbox) override {
    const std::string live = current(sandbox.host(host_));
    if (live.empty()) return Presence::kUnknown;
    return live == release_ ? Presence::kYes : Presence::kNo;
  }

  // The release before goes live again, unless somebody has chosen another one meanwhile.
  void heal(Sandbox& sandbox) override {
    if (!ours_) return;
    Host& host = sandbox.host(host_);
    run_script(host,
               "[ \"$(deploy current)\" != " + release_ + " ] || deploy switch " + before_ + "\n"
               "rm -rf " + kReleases + release_,
               "deploy: " + host_ + ": taking " + release_ + " back");
    ours_ = false;
  }

 private:
  static std::string current(Host& host) {
    const ExecResult result = host.exec(Argv{"deploy", "current"});
    if (!result.ok()) return "";
    return result.out.substr(0, result.out.find('\n'));
  }

  const std::string host_;
  const std::string release_;
  std::string before_;
  bool ours_ = false;
};

}  // namespace

std::unique_ptr<Fault> make_deploy(const FaultTarget& target) {
  allow_parameters("deploy", target, {"release"});
  const auto given = target.parameters.find("release");
  const std::string release = given == target.parameters.end() ? "r42" : given->second;
  const bool plain = !release.empty() && std::all_of(release.begin(), release.end(), [](char c) {
    return std::isalnum(static_cast<unsigned char>(c)) != 0 || c == '-' || c == '_';
  });
  if (!plain) {
    throw usage_error("deploy: release: \"" + release + "\": only letters, digits, - and _");
  }
  return std::make_unique<Deploy>(target, release);
}

}  // namespace gameday
