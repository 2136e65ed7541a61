#include "sandbox/stack/storefront/release.hpp"

#include <fstream>
#include <iterator>

#include "core/error.hpp"

namespace gameday::storefront {

namespace fs = std::filesystem;

Release::Release(const fs::path& folder) {
  std::error_code error;
  const fs::path real = fs::canonical(folder, error);
  if (error) {
    throw usage_error("storefront: loading release " + folder.string() + ": " + error.message());
  }
  name_ = real.filename().string();
  for (fs::directory_iterator entry(real / "sql", error); !error && entry != fs::directory_iterator();
       entry.increment(error)) {
    const fs::path& file = entry->path();
    if (file.extension() != ".sql") continue;
    std::ifstream input(file);
    statements_[file.stem().string()] = std::string(std::istreambuf_iterator<char>(input), {});
  }
  if (error) {
    throw usage_error("storefront: loading release " + name_ + ": sql: " + error.message());
  }
  for (const char* needed : {"products", "product", "order", "order_by_ref", "order_place"}) {
    if (!statements_.contains(needed)) {
      throw usage_error("storefront: loading release " + name_ + ": sql/" + needed +
                        ".sql is missing");
    }
  }
}

const std::string* Release::each(const std::string& name) const {
  const auto found = statements_.find(name + ".each");
  return found == statements_.end() ? nullptr : &found->second;
}

}  // namespace gameday::storefront
