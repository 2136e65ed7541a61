// Hashes and base64, by OpenSSL, which libpq brings along.
#pragma once

#include <string>
#include <string_view>

namespace gameday {

std::string base64(std::string_view bytes);

// SHA-256 in base64. Throws Error when OpenSSL refuses.
std::string sha256_base64(std::string_view bytes);

}  // namespace gameday
