// How many recorded drills one core grades in a second, from the journal's bytes on the disk to the
// scorecard's JSON:
//   bench_score [FOLDER…] [--rounds N] [--json]
// A FOLDER is a drill folder or holds journals (*.jsonl, journal.jsonl below it); without one, the
// journals that the tests keep. Run it from the project (or set GAMEDAY_ROOT). What a scenario file says is read once for each drawn scenario, as
// one does who grades many. Beside it, in the same run, the least that any grader must do: the same
// files read and parsed line by line by Boost.JSON, and thrown away. Seconds are of this thread's CPU
// time, so that what else the machine does is not in the figures.
#include <time.h>

#include <algorithm>
#include <boost/json/parse.hpp>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iostream>
#include <map>
#include <sstream>
#include <string>
#include <vector>

#include "core/error.hpp"
#include "journal/events.hpp"
#include "report/grade.hpp"

namespace gameday {
namespace {

namespace fs = std::filesystem;

constexpr double kGoalPerSecond = 1000;  // journals of replays, on one core
constexpr double kShortestRoundSeconds = 0.5;

struct Recorded {
  fs::path file;
  const GradingRules* rules = nullptr;
};

struct Options {
  std::vector<fs::path> folders;
  int rounds = 5;
  bool json = false;
};

// The journals below the folders that have an end: the others cannot be graded.
std::vector<fs::path> journals_in(const std::vector<fs::path>& folders) {
  std::vector<fs::path> files;
  for (const fs::path& folder : folders) {
    if (!fs::is_directory(folder)) throw usage_error("bench: no folder: " + folder.string());
    for (const auto& entry : fs::recursive_directory_iterator(folder)) {
      if (entry.is_regular_file() && entry.path().extension() == ".jsonl") {
        files.push_back(entry.path());
      }
    }
  }
  std::sort(files.begin(), files.end());
  return files;
}

std::vector<Recorded> gather(const std::vector<fs::path>& files, const fs::path& scenarios,
                             std::map<std::string, GradingRules>& rules) {
  std::vector<Recorded> all;
  for (const fs::path& file : files) {
    try {
      const Journal journal = read_journal(file);
      const Event* truth = journal.last(events::kTruth);
      if (!truth) continue;
      const std::string key = json::serialize(truth->data);
      if (!rules.contains(key)) rules.emplace(key, grading_rules(truth->data, scenarios));
      all.push_back({file, &rules.at(key)});
    } catch (const Error& error) {
      std::fprintf(stderr, "left out: %s\n", error.what());
    }
  }
  if (all.empty()) throw usage_error("bench: no finished drill among the journals");
  return all;
}

size_t grade(const Recorded& one) {
  return json::serialize(to_json(grade_journal(*one.rules, read_journal(one.file)))).size();
}

size_t only_parse(const Recorded& one) {
  std::ifstream stream(one.file, std::ios::binary);
  size_t fields = 0;
  for (std::string line; std::getline(stream, line);) {
    fields += boost::json::parse(line).as_object().size();
  }
  return fields;
}

double cpu_seconds() {
  timespec now{};
  ::clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now);
  return static_cast<double>(now.tv_sec) + static_cast<double>(now.tv_nsec) / 1e9;
}

// Files a second: all of them, again and again.
template <typename Work>
double rate_of(const std::vector<Recorded>& all, Work work) {
  const double start = cpu_seconds();
  size_t done = 0, kept = 0;
  double seconds = 0;
  do {
    for (const Recorded& one : all) kept += work(one);
    done += all.size();
    seconds = cpu_seconds() - start;
  } while (seconds < kShortestRoundSeconds);
  if (kept == 0) throw Error("bench: nothing was read");  // and so that nothing is left out
  return static_cast<double>(done) / seconds;
}

double median(std::vector<double> values) {
  std::sort(values.begin(), values.end());
  const size_t middle = values.size() / 2;
  return values.size() % 2 == 1 ? values[middle] : (values[middle - 1] + values[middle]) / 2;
}

int run(const Options& options, const fs::path& root) {
  std::map<std::string, GradingRules> rules;
  const std::vector<Recorded> all = gather(journals_in(options.folders), root / "scenarios", rules);
  double bytes = 0;
  for (const Recorded& one : all) bytes += static_cast<double>(fs::file_size(one.file));
  std::vector<double> ours, peers;
  for (int round = 0; round < options.rounds; ++round) {
    if (round % 2 == 0) ours.push_back(rate_of(all, grade));
    peers.push_back(rate_of(all, only_parse));
    if (round % 2 == 1) ours.push_back(rate_of(all, grade));
  }
  const double graded = median(ours), parsed = median(peers);
  const double kib = bytes / static_cast<double>(all.size()) / 1024;
  const bool met = graded >= kGoalPerSecond;
  if (options.json) {
    std::cout << json::serialize(json::object{
                     {"journals", all.size()}, {"mean_kib", rounded(kib, 1)},
                     {"graded_per_second", rounded(graded, 0)},
                     {"parsed_per_second", rounded(parsed, 0)},
                     {"times_of_parsing", rounded(parsed / graded, 2)}, {"met", met}})
              << "\n";
  } else {
    std::printf("%zu journals of %.0f KiB on average, one core, median of %d rounds\n", all.size(),
                kib, options.rounds);
    std::printf("  graded       %6.0f a second  (%.0f to %.0f)  goal %.0f: %s\n", graded,
                *std::min_element(ours.begin(), ours.end()),
                *std::max_element(ours.begin(), ours.end()), kGoalPerSecond,
                met ? "met" : "MISSED");
    std::printf("  only parsed  %6.0f a second, Boost.JSON; grading costs %.2f times that\n", parsed,
                parsed / graded);
  }
  return met ? 0 : 1;
}

int usage() {
  std::fprintf(stderr, "usage: bench_score [FOLDER...] [--rounds N] [--json]\n");
  return 2;
}

}  // namespace
}  // namespace gameday

int main(int argc, char** argv) {
  gameday::Options options;
  for (int i = 1; i < argc; ++i) {
    const std::string word = argv[i];
    if (word == "--json") {
      options.json = true;
    } else if (word == "--rounds" && i + 1 < argc) {
      options.rounds = std::atoi(argv[++i]);
    } else if (word.starts_with("-")) {
      return gameday::usage();
    } else {
      options.folders.emplace_back(word);
    }
  }
  const char* set = std::getenv("GAMEDAY_ROOT");
  const std::filesystem::path root = set ? std::filesystem::path(set) : std::filesystem::current_path();
  if (options.folders.empty()) options.folders.push_back(root / "tests" / "fixtures");
  if (options.rounds < 1) return gameday::usage();
  try {
    return gameday::run(options, root);
  } catch (const gameday::Error& error) {
    std::fprintf(stderr, "%s\n", error.what());
    return 2;
  }
}
