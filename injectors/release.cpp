#include "injectors/release.hpp"

#include <algorithm>
#include <cctype>

#include "core/error.hpp"
#include "injectors/database.hpp"

namespace gameday {

Release::Release(std::string what, const FaultTarget& target)
    : what_(std::move(what)), host_(target.host), name_(target.text("release")) {
  const bool plain = !name_.empty() && std::all_of(name_.begin(), name_.end(), [](char c) {
    return std::isalnum(static_cast<unsigned char>(c)) != 0 || c == '-' || c == '_';
  });
  if (!plain) {
    throw usage_error(what_ + ": release: \"" + name_ + "\": only letters, digits, - and _");
  }
}

void Release::roll_out(Sandbox& sandbox, const std::string& edits) {
  Host& host = sandbox.host(host_);
  before_ = live(sandbox);
  if (before_.empty()) throw Error(what_ + ": " + host_ + ": no release is live there");
  if (path_exists(host, folder())) {
    throw Error(what_ + ": " + host_ + ": it has " + name_ + " already: name another release");
  }
  ours_ = true;
  run_script(host,
             "cp -a " + (kReleases + before_) + " " + folder() + "\ncd " + folder() + "\n" + edits +
                 "\ndeploy switch " + name_,
             what_ + ": " + host_ + ": rolling out " + name_);
}

void Release::take_back(Sandbox& sandbox) {
  if (!ours_) return;
  run_script(sandbox.host(host_),
             "[ \"$(deploy current)\" != " + name_ + " ] || deploy switch " + before_ +
                 "\nrm -rf " + folder(),
             what_ + ": " + host_ + ": taking " + name_ + " back");
  ours_ = false;
}

std::string Release::live(Sandbox& sandbox) const {
  const ExecResult result = sandbox.host(host_).exec(Argv{"deploy", "current"});
  if (!result.ok()) return "";
  return result.out.substr(0, result.out.find('\n'));
}

}  // namespace gameday
