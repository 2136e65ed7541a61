// The shop's HTML.
#pragma once

#include <string>

#include "sandbox/stack/storefront/database.hpp"

namespace gameday::storefront {

std::string home_page(const Rows& products);
std::string product_page(const Row& product);
std::string plain_page(const std::string& heading, const std::string& text);

}  // namespace gameday::storefront
