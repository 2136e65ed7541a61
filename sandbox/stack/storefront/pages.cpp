#include "sandbox/stack/storefront/pages.hpp"

#include <cstdio>
#include <cstdlib>

namespace gameday::storefront {
namespace {

std::string escaped(const std::string& text) {
  std::string safe;
  for (const char c : text) {
    switch (c) {
      case '&': safe += "&amp;"; break;
      case '<': safe += "&lt;"; break;
      case '>': safe += "&gt;"; break;
      case '"': safe += "&quot;"; break;
      default: safe += c;
    }
  }
  return safe;
}

std::string price(const std::string& cents) {
  char text[32];
  const long value = std::strtol(cents.c_str(), nullptr, 10);
  std::snprintf(text, sizeof text, "%ld.%02ld", value / 100, value % 100);
  return text;
}

std::string page(const std::string& title, const std::string& body) {
  return "<!doctype html>\n<html lang=\"en\"><head><meta charset=\"utf-8\"><title>" +
         escaped(title) +
         "</title><style>body{font:16px sans-serif;max-width:46em;margin:2em auto}"
         "li{margin:.4em 0}.price{float:right}</style></head>\n<body><h1><a href=\"/\">Corner "
         "shop</a></h1>\n" + body + "\n</body></html>\n";
}

}  // namespace

std::string home_page(const Rows& products) {
  std::string list = "<h2>In stock today</h2>\n<ul>\n";
  for (const Row& row : products) {
    list += "<li><a href=\"/products/" + escaped(row.at(0)) + "\">" + escaped(row.at(1)) +
            "</a> <small>" + escaped(row.at(2)) + "</small> <span class=\"price\">" +
            price(row.at(3)) + "</span></li>\n";
  }
  return page("Corner shop", list + "</ul>");
}

std::string product_page(const Row& product) {
  const std::string description = product.size() > 5 ? escaped(product[5]) : "";
  return page(product.at(1),
              "<h2>" + escaped(product.at(1)) + "</h2>\n<p>" + description + "</p>\n<p>" +
                  price(product.at(3)) + ", " + escaped(product.at(4)) + " in stock</p>\n"
                  "<p>Order with POST /api/orders.</p>");
}

std::string plain_page(const std::string& heading, const std::string& text) {
  return page(heading, "<h2>" + escaped(heading) + "</h2>\n<p>" + escaped(text) + "</p>");
}

}  // namespace gameday::storefront
