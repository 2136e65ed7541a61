// A release of the shop that goes live on a web host by the ordinary `deploy` command, for faults
// and decoys that arrive as one.
#pragma once

#include <string>

#include "injectors/fault.hpp"

namespace gameday {

inline constexpr const char* kReleases = "/srv/storefront/releases/";

inline const FaultParameter kReleaseParameter = {
    .name = "release",
    .otherwise = "r42",
    .meaning = "a name that no release has yet, of letters, digits, - and _"};

class Release {
 public:
  // By the target's kReleaseParameter; `what` names the fault in errors. Throws a usage Error for a
  // name that is none.
  Release(std::string what, const FaultTarget& target);

  // Copies the live release, changes the copy by `edits` (shell lines, run in its folder) and makes
  // it the live one. Throws Error when the host has a release of that name, or none is live.
  void roll_out(Sandbox& sandbox, const std::string& edits);
  // Makes the release before live again, unless somebody has chosen another one meanwhile, and
  // removes ours. Does nothing when we rolled none out.
  void take_back(Sandbox& sandbox);
  // Which release is live; empty when the host cannot say.
  std::string live(Sandbox& sandbox) const;

  const std::string& name() const { return name_; }
  std::string folder() const { return kReleases + name_; }

 private:
  const std::string what_, host_, name_;
  std::string before_;
  bool ours_ = false;
};

}  // namespace gameday
