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
  for (const auto& entry : fs::directory_iterator(real / "sql", error)) {
    if (entry.path().extension() != ".sql") continue;
    std::ifstream input(entry.path());
    statements_[entry.path().stem().string()] =
        std::string(std::istreambuf_iterator<char>(input), {});
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
