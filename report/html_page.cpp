#include "report/html_page.hpp"

#include "report/digest.hpp"

namespace gameday {

namespace {

constexpr const char* kReplacement = "\xef\xbf\xbd";

// How many bytes at the beginning of `text` are one character of UTF-8 (RFC 3629); 0: none.
size_t character_size(std::string_view text) {
  const auto at = [&text](size_t i) { return static_cast<unsigned char>(text[i]); };
  const unsigned char first = at(0);
  if (first < 0x80) return 1;
  const size_t size = first >= 0xc2 && first < 0xe0   ? 2
                      : first >= 0xe0 && first < 0xf0 ? 3
                      : first >= 0xf0 && first < 0xf5 ? 4
                                                      : 0;
  if (size == 0 || text.size() < size) return 0;
  for (size_t i = 1; i < size; ++i) {
    if ((at(i) & 0xc0) != 0x80) return 0;
  }
  const bool overlong = (first == 0xe0 && at(1) < 0xa0) || (first == 0xf0 && at(1) < 0x90);
  const bool surrogate = first == 0xed && at(1) >= 0xa0;
  const bool too_high = first == 0xf4 && at(1) >= 0x90;
  return overlong || surrogate || too_high ? 0 : size;
}

// Every character through `put`; what is none, and DEL and control characters but tab and newline,
// as U+FFFD.
template <typename Put>
std::string by_characters(std::string_view text, Put put) {
  std::string out;
  out.reserve(text.size() + text.size() / 16);
  while (!text.empty()) {
    const size_t size = character_size(text);
    const auto first = static_cast<unsigned char>(text[0]);
    const bool control = (first < 0x20 && first != '\t' && first != '\n') || first == 0x7f;
    if (size == 0 || control) {
      out += kReplacement;
      text.remove_prefix(1);
      continue;
    }
    put(out, text.substr(0, size));
    text.remove_prefix(size);
  }
  return out;
}

std::string replaced(std::string text, std::string_view what, std::string_view by) {
  for (size_t at = 0; (at = text.find(what, at)) != std::string::npos; at += by.size()) {
    text.replace(at, what.size(), by);
  }
  return text;
}

// In code these occur within strings and patterns, where a backslash before them changes nothing.
std::string inline_script(const std::string& code) {
  return replaced(replaced(replaced(code, "</script", "<\\/script"), "</SCRIPT", "<\\/SCRIPT"), "<!--",
                  "<\\!--");
}

std::string import_map(const std::vector<PageCode>& modules) {
  json::object imports;
  for (const PageCode& module : modules) {
    imports[module.name] = "data:text/javascript;base64," + base64(module.text);
  }
  return script_json(json::object{{"imports", std::move(imports)}});
}

std::string tag(const std::string& open, const std::string& content, const std::string& close) {
  return "<" + open + ">\n" + content + "\n</" + close + ">\n";
}

// The same content has the same nonce, and nothing that is in the content can name it.
std::string nonce_of(const std::string& content) { return sha256_base64(content).substr(0, 22); }

std::string policy(const std::string& nonce, bool uses_wasm) {
  // strict-dynamic: what a script with the nonce imports may run, whatever its address.
  return "default-src 'none'; script-src 'nonce-" + nonce + "' 'strict-dynamic'" +
         (uses_wasm ? " 'wasm-unsafe-eval'" : "") + "; style-src 'nonce-" + nonce +
         "'; base-uri 'none'; form-action 'none'";
}

}  // namespace

std::string html_text(std::string_view text) {
  return by_characters(text, [](std::string& out, std::string_view c) {
    out += c == "<" ? "&lt;" : c == ">" ? "&gt;" : c == "&" ? "&amp;" : c == "\"" ? "&quot;"
           : c == "'" ? "&#39;" : c;
  });
}

std::string script_json(const json::value& value) {
  // Boost.JSON writes control characters as escapes, and bytes of strings as they are.
  return by_characters(json::serialize(value), [](std::string& out, std::string_view c) {
    if (c == "<") out += "\\u003c";
    else out += c;
  });
}

std::string html_page(const HtmlPage& page) {
  const std::string data = script_json(page.data), imports = import_map(page.modules);
  std::string scripts, styles, paragraphs;
  for (const std::string& style : page.styles) styles += replaced(style, "</style", "<\\/style");
  for (const std::string& script : page.scripts) scripts += inline_script(script) + "\n";
  for (const std::string& text : page.without_scripts) paragraphs += "<p>" + html_text(text) + "</p>\n";
  const std::string nonce = nonce_of(data + imports + styles + scripts + paragraphs + page.title);
  const std::string with_nonce = " nonce=\"" + nonce + "\"";
  std::string out = "<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n";
  out += "<meta http-equiv=\"Content-Security-Policy\" content=\"" + policy(nonce, page.uses_wasm) +
         "\">\n";
  out += "<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n"
         "<meta name=\"referrer\" content=\"no-referrer\">\n"
         "<meta name=\"color-scheme\" content=\"light dark\">\n";
  out += "<title>" + html_text(page.title) + "</title>\n";
  out += tag("style" + with_nonce, styles, "style");
  out += "</head>\n<body>\n<div id=\"page\"><noscript>\n<h1>" + html_text(page.title) + "</h1>\n" +
         paragraphs + "</noscript></div>\n";
  out += tag("script type=\"application/json\" id=\"data\"", data, "script");
  out += tag("script type=\"importmap\"" + with_nonce, imports, "script");
  if (!scripts.empty()) out += tag("script" + with_nonce, scripts, "script");
  out += tag("script type=\"module\"" + with_nonce,
             "import " + script_json(json::value(page.entry)) + ";", "script");
  return out + "</body>\n</html>\n";
}

}  // namespace gameday
