#include "report/html_page.hpp"

#include <catch2/catch.hpp>

#include "report/digest.hpp"

using namespace gameday;

namespace {

HtmlPage page_of(const std::string& text) {
  HtmlPage page;
  page.title = text;
  page.styles = {"p { color: red }"};
  page.scripts = {"var tag = '</script><!--';"};
  page.modules = {{"web/one.js", "export const one = '</script>';"}};
  page.entry = "web/one.js";
  page.data = json::object{{"text", text}};
  page.without_scripts = {text};
  return page;
}

size_t count(const std::string& text, const std::string& what) {
  size_t found = 0;
  for (size_t at = text.find(what); at != std::string::npos; at = text.find(what, at + 1)) ++found;
  return found;
}

std::string between(const std::string& text, const std::string& from, const std::string& to) {
  const size_t begin = text.find(from) + from.size();
  return text.substr(begin, text.find(to, begin) - begin);
}

}  // namespace

TEST_CASE("hashes and base64 are those of the standards") {
  CHECK(base64("") == "");
  CHECK(base64("f") == "Zg==");
  CHECK(base64(std::string("fo\0bar", 6)) == "Zm8AYmFy");
  CHECK(sha256_base64("abc") == "ungWv48Bz+pBQUDeXa4iI7ADYaOWF3qctBD/YfIAFa0=");  // FIPS 180-2, B.1
}

TEST_CASE("no text leaves its place in a page") {
  const std::string plain = html_page(page_of("plain"));
  for (const std::string& hostile :
       {std::string("</script><script>alert(1)</script>"), std::string("<!--<script>"),
        std::string("\" onload=\"x' <b>&amp;"), std::string("\x1b[31m \x7f \0 end", 14),
        std::string("\xff\xfe \xed\xa0\x80 \xc0\xaf \xf4\x90\x80\x80 cut \xe2\x82"),
        std::string("]]>\\u003c/script>\\")}) {
    const std::string page = html_page(page_of(hostile));
    INFO(page.substr(0, 900));
    for (const char* markup : {"<script", "</script", "<!--", "<p>", "<b>", "onload=\"x"}) {
      CHECK(count(page, markup) == count(plain, markup));
    }
    for (const char c : page) {
      const auto byte = static_cast<unsigned char>(c);
      CHECK_FALSE(((byte < 0x20 && c != '\n') || byte == 0x7f));
    }
    // What was valid is what a script reads.
    const std::string data = between(page, "id=\"data\">\n", "\n</script>");
    CHECK(parse_json(data, "page").is_object());
  }
  CHECK(string_or(parse_json(script_json(json::object{{"a", "</script>\\u003c\x1b"}}), "x").as_object(),
                  "a", "") == "</script>\\u003c\x1b");
  CHECK(script_json(json::value("a\xff\xed\xa0\x80z")) == "\"a\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbdz\"");
  CHECK(script_json(json::value("\xf0\x9f\x98\x80 \xe2\x82\xac")) == "\"\xf0\x9f\x98\x80 \xe2\x82\xac\"");
}

TEST_CASE("a page runs what it brought and asks nobody for anything") {
  const std::string page = html_page(page_of("x"));
  const std::string policy = between(page, "Content-Security-Policy\" content=\"", "\">");
  const std::string nonce = between(policy, "'nonce-", "'");
  CHECK(policy.rfind("default-src 'none'; ", 0) == 0);
  CHECK(policy.find("unsafe") == std::string::npos);
  CHECK(nonce.size() == 22);
  // The import map, the classic script, the module and the style: data runs nowhere.
  CHECK(count(page, "nonce=\"" + nonce + "\">") == 4);
  CHECK(count(page, "http") == 1);  // http-equiv
  CHECK(count(page, "src=") == 0);
  HtmlPage wasm = page_of("x");
  wasm.uses_wasm = true;
  CHECK(html_page(wasm).find("'wasm-unsafe-eval'") != std::string::npos);
}

TEST_CASE("two pages of the same are the same, and others have another nonce") {
  CHECK(html_page(page_of("x")) == html_page(page_of("x")));
  const auto nonce = [](const std::string& text) {
    return between(html_page(page_of(text)), "'nonce-", "'");
  };
  CHECK(nonce("x") != nonce("y"));
}
