// What the outside probes of a drill found, the last result of each.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "journal/journal.hpp"

namespace gameday {

enum class Result { kYes, kNo, kUnknown, kNotRun };

// What the baseline already found wrong cannot be blamed on anyone, nor be passed: it is unknown.
class ProbeResults {
 public:
  explicit ProbeResults(const Journal& journal);

  bool ran(const std::string& set) const { return found_.contains(set); }
  Result at(const std::string& set, const std::string& name) const;
  // Before and after the re-trigger: the worse of the two.
  Result worst(const std::string& name) const;
  // Lines of the journal that hold the results of these names after the repair.
  std::vector<int64_t> lines(const std::vector<std::string>& names) const;
  // What the probe said beside its result, where it said `result`; empty: nothing.
  std::string detail(const std::string& name, Result result) const;

 private:
  struct Found {
    Result result = Result::kNotRun;
    int64_t line = 0;
    std::string detail;
  };
  const Found* find(const std::string& set, const std::string& name) const;

  std::map<std::string, std::map<std::string, Found>> found_;
};

}  // namespace gameday
