// A deployed release: the statements the shop runs, one file each in <release>/sql/*.sql. A deploy
// is another folder and a switched link, so a release is read whole and never changes afterwards.
#pragma once

#include <filesystem>
#include <map>
#include <memory>
#include <string>

namespace gameday::storefront {

class Release {
 public:
  // Throws a usage Error when the folder or one of the statements the shop needs is missing.
  explicit Release(const std::filesystem::path& folder);

  const std::string& name() const { return name_; }
  // A statement that every release has: products, product, order, order_by_ref, order_place.
  const std::string& statement(const std::string& name) const { return statements_.at(name); }
  // "<name>.each.sql": a statement to run for every row of another one, with the row's first column
  // as its parameter; its columns are appended to the row. Null when the release has none.
  const std::string* each(const std::string& name) const;

 private:
  std::string name_;
  std::map<std::string, std::string> statements_;
};

}  // namespace gameday::storefront
