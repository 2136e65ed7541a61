#include "report/casts.hpp"

#include <catch2/catch.hpp>

using namespace gameday;

namespace {

CastFile cast_of(const std::string& name, size_t events, const std::string& text) {
  CastFile file{name, "{\"version\": 2, \"width\": 80, \"height\": 24}\n", 0};
  for (size_t i = 0; i < events; ++i) {
    file.content += "[" + std::to_string(i) + ".5, \"o\", " + json::serialize(json::value(text)) + "]\n";
  }
  file.bytes = file.content.size();
  return file;
}

size_t events_of(const CastList& list, size_t i) {
  return list.casts.at(i).as_object().at("events").as_array().size();
}

}  // namespace

TEST_CASE("what fits is kept whole, and only the noisiest recordings are cut") {
  const std::vector<CastFile> files = {cast_of("1-ops.cast", 10, "quiet"),
                                       cast_of("2-db1.cast", 4000, std::string(90, 'x')),
                                       cast_of("3-web1.cast", 5000, std::string(90, 'y'))};
  const CastList all = casts_for_page(files, 10'000'000);
  CHECK(all.notes.empty());
  CHECK(events_of(all, 2) == 5000);
  const CastList cut = casts_for_page(files, 400'000);
  CHECK(events_of(cut, 0) == 10);
  CHECK(events_of(cut, 1) == events_of(cut, 2));
  CHECK(events_of(cut, 1) > 1000);
  CHECK(json::serialize(cut.casts).size() < 401'000);
  REQUIRE(cut.notes.size() == 2);
  CHECK_THAT(cut.notes[0], Catch::Contains("2-db1.cast") && Catch::Contains("KiB"));
  // Markup takes six times its room in a page.
  const CastList markup = casts_for_page({cast_of("1-ops.cast", 1000, std::string(90, '<'))}, 100'000);
  CHECK(events_of(markup, 0) < 200);
}

TEST_CASE("a torn, half-read or foreign recording is said to be one") {
  CastFile torn = cast_of("1-ops.cast", 3, "x");
  torn.content += "[9.5, \"o\", \"half";
  torn.bytes = torn.content.size();
  CastFile half_read = torn;  // the reader stopped there, the file goes on
  half_read.bytes += 1000;
  const CastFile foreign{"3-x.cast", "not a recording\n", 16}, empty{"4-x.cast", "", 0};
  const CastList list = casts_for_page({torn, half_read, foreign, empty}, 10'000'000);
  REQUIRE(list.casts.size() == 2);
  CHECK(events_of(list, 0) == 3);
  std::string notes;
  for (const std::string& note : list.notes) notes += note + "\n";
  CHECK_THAT(notes, Catch::Contains("1-ops.cast: torn: 1 lines") &&
                        Catch::Contains("only its beginning") &&
                        Catch::Contains("3-x.cast: no recording") &&
                        Catch::Contains("4-x.cast: no recording"));
}
