// The report in a browser: every case fails on an error on its console, a violation of its policy
// and a request to anywhere.
#include <catch2/catch.hpp>
#include <cstdlib>
#include <fstream>
#include <iostream>
#include <regex>

#include "journal/events.hpp"
#include "tests/support/temporary_folder.hpp"
#include "tests/web/browser.hpp"
#include "tests/web/pages.hpp"

using namespace gameday;
using namespace gameday::testing;
using namespace std::chrono_literals;

namespace {

bool has_browser() {
  const bool there = std::system("command -v chromedriver >/dev/null && command -v chromium >/dev/null") == 0;
  if (!there) std::cout << "SKIPPED: chromium and chromium-driver are not installed (packages-test.txt)\n";
  return there;
}

// One browser for all cases: to start one takes seconds.
Browser& browser() {
  static Browser one;
  return one;
}

std::string text_of(const std::filesystem::path& file) {
  std::ifstream stream(file, std::ios::binary);
  return {std::istreambuf_iterator<char>(stream), {}};
}

// A page in a file of its own, open in the browser.
class OpenPage {
 public:
  explicit OpenPage(const std::string& page) {
    const auto file = folder_.path / "report.html";
    std::ofstream(file, std::ios::binary) << page;
    url_ = "file://" + file.string();
    browser().complaints({""});
    browser().go(url_);
  }
  ~OpenPage() {
    for (const std::string& complaint : browser().complaints({url_})) FAIL_CHECK(complaint);
  }
  const std::string& url() const { return url_; }

 private:
  TemporaryFolder folder_;
  std::string url_;
};

void set_media(const std::string& scheme, const std::string& medium = "screen") {
  browser().devtools("Emulation.setEmulatedMedia",
                     {{"media", medium},
                      {"features", json::array{json::object{{"name", "prefers-color-scheme"},
                                                            {"value", scheme}}}}});
}

// Rules of axe-core that the page breaks, with the elements.
void check_axe() {
  static const std::string axe = text_of(project_root() / "tests/web/vendor/axe-core/axe.min.js");
  browser().js("if (!window.axe) {" + axe + "}");
  const json::value broken = browser().async_js(
      "const done = arguments[arguments.length - 1];"
      "axe.run(document, {resultTypes: ['violations']}).then((r) => done(r.violations.map((v) => "
      "v.id + ': ' + v.nodes.slice(0, 3).map((n) => n.html.slice(0, 200) + ' ' + n.failureSummary).join(' | '))),"
      " (e) => done([String(e)]));");
  for (const json::value& one : broken.as_array()) FAIL_CHECK(std::string(one.as_string()));
}

std::string shown(const std::string& selector) {
  const json::value text = browser().js(
      "return [...document.querySelectorAll(arguments[0])].map((e) => e.textContent).join('\\n')",
      {json::value(selector)});
  return std::string(text.as_string());
}

constexpr const char* kHostile = "</script><img src=x onerror='window.hacked=1'>\x1b[31m\xff\x01 `${1}` \\u003c";

}  // namespace

TEST_CASE("every recorded drill has a page that answers, in light, dark and on paper", "[ordinary]") {
  if (!has_browser()) return;
  for (const std::string& name : fixture_names()) {
    INFO(name);
    const std::string page = page_of(fixture(name));
    CHECK(page.size() < 600'000);
    CHECK(page == page_of(fixture(name)));
    const OpenPage open(page);
    const std::string answers = shown(".answers");
    for (const char* question : {"What broke", "Who was hurt", "What was done", "Where points were lost",
                                 "What to do better"}) {
      CHECK_THAT(answers, Catch::Contains(question));
    }
    // Times are the clock's: what a recorded output holds stands below, in the terminals.
    CHECK_FALSE(std::regex_search(shown("header"), std::regex(R"(\d\d-\d\dT\d\d:)")));
    CHECK(browser().js("return document.querySelectorAll('.area').length") == json::value(3));
    CHECK(browser().js("return document.querySelectorAll('.item').length > 5") == json::value(true));
    if (name != "expert" && name != "twin" && name != "documented") continue;
    for (const char* scheme : {"light", "dark"}) {
      set_media(scheme);
      check_axe();
    }
    set_media("dark", "print");
    CHECK(browser().js("return getComputedStyle(document.body).backgroundColor") ==
          json::value("rgb(255, 255, 255)"));
    const json::value paper = browser().devtools("Page.printToPDF", {{"printBackground", true}});
    CHECK(string_or(paper.as_object(), "data", "").starts_with("JVBERi0"));  // %PDF-
    set_media("light");
  }
}

TEST_CASE("a click on o6 shows what o6 printed, offline", "[ordinary]") {
  if (!has_browser()) return;
  const TypedDrill drill = typed_drill("file");
  browser().devtools("Network.emulateNetworkConditions",
                     {{"offline", true}, {"latency", 0}, {"downloadThroughput", -1}, {"uploadThroughput", -1}});
  const OpenPage open(page_of(drill.journal, drill.casts));
  const std::string screen = "document.querySelector('.terminals[data-state=ready] .ap-term')";
  REQUIRE(browser().becomes(screen));
  browser().click("[data-id=o6]");
  CHECK(browser().becomes(screen + "?.textContent.includes('SECOND red')"));
  CHECK_THAT(shown(".ap-term"), !Catch::Contains("THIRD"));
  CHECK_THAT(shown(".detail"), Catch::Contains("SECOND file"));
  browser().click("[data-id=o5]");
  CHECK(browser().becomes("!" + screen + "?.textContent.includes('SECOND')"));
  CHECK_THAT(shown(".ap-term"), Catch::Contains("FIRST"));
  // By the keyboard: to the right, from thing to thing, until o6.
  for (int i = 0; i < 9 && browser().js("return location.hash") != json::value("#o6"); ++i) {
    browser().keys("\uE014");
  }
  CHECK(browser().js("return location.hash") == json::value("#o6"));
  CHECK(browser().becomes(screen + "?.textContent.includes('SECOND red')"));
  CHECK_THAT(shown(".note"), Catch::Contains("torn"));
  check_axe();
  set_media("dark");
  check_axe();
  set_media("light");
  browser().devtools("Network.emulateNetworkConditions",
                     {{"offline", false}, {"latency", 0}, {"downloadThroughput", -1}, {"uploadThroughput", -1}});
}

TEST_CASE("hostile texts are text", "[ordinary]") {
  if (!has_browser()) return;
  const TypedDrill drill = typed_drill(kHostile);
  const OpenPage open(page_of(drill.journal, drill.casts));
  browser().click("[data-id=o6]");
  CHECK(browser().becomes("document.querySelector('.detail').textContent.includes('onerror')"));
  CHECK(browser().js("return window.hacked === undefined") == json::value(true));
  CHECK(browser().js("return document.images.length") == json::value(0));
}

TEST_CASE("drills that are short, long, void or without recordings have a page", "[ordinary]") {
  if (!has_browser()) return;
  Journal cut = fixture("expert");
  // Three seconds: the end came at once.
  Journal brief = cut;
  std::erase_if(brief.events, [](const Event& event) {
    return event.at_seconds > 3 && event.kind != events::kTruth && event.kind != events::kEnd;
  });
  Journal busy = cut;
  const Event second = *cut.first(events::kSecond);
  const Event seen = *cut.first(events::kObservation), alert = *cut.first(events::kAlert);
  Event truth = *cut.last(events::kTruth), end = *cut.last(events::kEnd);
  busy.events.resize(busy.events.size() - 2);
  for (int i = 0; i < 100'000; ++i) {
    Event more = i % 3 == 0 ? second : i % 3 == 1 ? seen : alert;
    more.at_seconds = 50 + i * 0.1;
    more.seq = static_cast<int64_t>(busy.events.size()) + 1;
    if (i % 3 == 1) {
      more.data["id"] = "o" + std::to_string(i);
      more.data["host"] = "ops";
      more.data["output"] = std::string(i < 9000 ? 20'000 : 10, '<');
    }
    if (i % 3 == 2) more.data["name"] = "Alert" + std::to_string(i);
    busy.events.push_back(std::move(more));
  }
  for (Event* last : {&truth, &end}) {
    last->seq = static_cast<int64_t>(busy.events.size()) + 1;
    last->at_seconds = 10'100;
    busy.events.push_back(*last);
  }
  for (const Journal* journal : {&brief, &busy}) {
    const std::string page = page_of(*journal);
    CHECK(page.size() < 600'000);
    const OpenPage open(page);
    CHECK_THAT(shown(".answers"), Catch::Contains("What broke"));
    if (journal == &busy) {
      CHECK_THAT(shown(".note"), Catch::Contains("looked") && Catch::Contains("seconds"));
    }
  }
}

TEST_CASE("replays stand side by side", "[ordinary]") {
  if (!has_browser()) return;
  const OpenPage open(series_of({"documented", "expert", "rollback", "nothing", "documented"}));
  CHECK(browser().js("return document.querySelectorAll('.card').length") == json::value(5));
  CHECK_THAT(shown(".card"), Catch::Contains("documented 62 %, measured 61.3 %"));
  for (const char* scheme : {"light", "dark"}) {
    set_media(scheme);
    check_axe();
  }
  set_media("light");
}

TEST_CASE("nothing of the browser is left", "[ordinary]") {
  if (!has_browser()) return;
  const auto processes = descendants(browser().driver());
  CHECK(processes.size() > 2);
  browser().quit();
  CHECK(eventually(10s, [&] { return still_running(processes).empty(); }));
}
