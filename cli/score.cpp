#include <CLI/CLI.hpp>
#include <algorithm>
#include <fstream>
#include <iostream>
#include <memory>
#include <sstream>

#include "cli/command.hpp"
#include "cli/progress.hpp"
#include "cli/validators.hpp"
#include "core/child.hpp"
#include "core/error.hpp"
#include "core/text.hpp"
#include "journal/events.hpp"
#include "journal/folder.hpp"
#include "report/explain.hpp"
#include "report/grade.hpp"
#include "report/report.hpp"
#include "report/verdict.hpp"

namespace gameday {

namespace {

struct ScoreOptions {
  std::string folder;  // not named: the last
  std::string diagnosis;
  bool json = false;
  bool wait = false;  // until the drill has ended
  bool explain = false;
  bool par = false;
  bool html = false;
  bool open = false;
};

constexpr const char* kFolderHelp =
    "A drill folder, or its name. Without one, or as \"last\", the last drill that you\n"
    "finished and that was graded; with --wait the one that you play now";

std::filesystem::path drill_folder(const ScoreOptions& options) {
  const bool is_last = options.folder.empty() || options.folder == "last";
  const auto folder = !is_last       ? find_drill_folder(options.folder)
                      : options.wait ? running_or_last_drill_folder()
                                     : last_drill_folder();
  // On standard error: standard output may be a document.
  if (is_last) std::cerr << "drill " << folder.filename().string() << "\n";
  if (options.wait) wait_until_free(folder);
  return folder;
}

std::string read_input(const std::string& file) {
  std::stringstream text;
  if (file == "-") {
    text << std::cin.rdbuf();
  } else {
    std::ifstream stream(file, std::ios::binary);
    if (!stream) throw usage_error("score: cannot read " + file);
    text << stream.rdbuf();
  }
  return text.str();
}

// The drill as an entry of scenarios/par.yaml. Throws when it is no measure for others.
std::string par_entry(const Scorecard& card, const std::filesystem::path& folder) {
  const auto& steps = card.response.grade.steps;
  const bool whole = card.ungraded.empty() && !card.twin && steps.size() == 4 &&
                     std::all_of(steps.begin(), steps.end(),
                                 [](const StepTime& step) { return step.seconds.has_value(); });
  const bool played = !read_journal(folder / "journal.jsonl").first(events::kAct);
  if (!whole || !played || card.known_beforehand || card.diagnosis.grade.corrected < 1) {
    throw usage_error("score: --par: no measure for others: it asks for a drill that a person "
                      "played unseen, with the right cause and all four steps reached");
  }
  std::string entry = "  - {scenario: " + card.scenario + ", date: \"" +
                      folder.filename().string().substr(0, 8) +
                      "\", by: NAME, from: \"NEW VERSION\"";
  for (const StepTime& step : steps) entry += ", " + step.step + ": " + text::fixed(*step.seconds, 1);
  return entry + "}\n";
}

int score_drill(const CommandLine& line, const ScoreOptions& options) {
  const auto folder = drill_folder(options);
  std::optional<json::object> diagnosis;
  if (!options.diagnosis.empty()) {
    diagnosis = read_answer(folder, line.root / "scenarios", read_input(options.diagnosis));
  }
  const Scorecard card = grade_folder(folder, line.root / "scenarios", diagnosis);
  if (options.par) {
    std::cout << par_entry(card, folder);
  } else if (options.json) {
    json::object document = to_json(card);
    if (options.explain) document["explanation"] = explanation_to_json(card);
    std::cout << pretty(document);
  } else {
    const Journal journal = read_journal(folder / "journal.jsonl");
    const Event* truth = journal.last(events::kTruth);
    const Scenario scenario = scenario_of(truth->data, line.root / "scenarios");
    std::cout << scorecard_text(scenario, card, use_color(STDOUT_FILENO));
    if (options.explain) std::cout << "\nWhere the points came from (lines of journal.jsonl)\n"
                                   << explanation_text(card);
  }
  return exit_code_of_void(card.void_kind);
}

// By the desktop's own way; the browser stays when this process has ended.
void open_in_browser(const std::filesystem::path& page) {
  if (run_child({"sh", "-c", "command -v xdg-open"}).status != 0) {
    throw machine_error("report: there is no xdg-open here: open the page yourself: " + page.string());
  }
  Child({"setsid", "-f", "xdg-open", page.string()}).wait(deadline_in(std::chrono::seconds(5)));
}

int print_report(const CommandLine& line, const ScoreOptions& options) {
  const auto folder = drill_folder(options);
  const auto scenarios = line.root / "scenarios";
  if (!options.html && !options.open) {
    std::cout << report_of(folder, scenarios);
    return 0;
  }
  const auto page = std::filesystem::absolute(page_of(folder, scenarios));
  std::cout << page.string() << "\n";
  if (options.open) open_in_browser(page);
  return 0;
}

}  // namespace

void add_score(CLI::App& app, CommandLine& line) {
  auto options = std::make_shared<ScoreOptions>();
  CLI::App* score = app.add_subcommand("score", "Grade a finished drill again");
  score->add_option("folder", options->folder, kFolderHelp)->check(check_not_empty);
  score->add_option("--diagnosis", options->diagnosis,
                    "Grade this answer instead (JSON file, or - for standard input)");
  score->add_flag("--wait", options->wait, "Wait for the end of a drill that still runs");
  score->add_flag("--json", options->json, "One JSON document on standard output");
  score->add_flag("--explain", options->explain,
                  "Show where every point came from, with lines of the journal");
  score->add_flag("--par", options->par,
                  "Print the drill's times as an entry of scenarios/par.yaml");
  score->footer("example: gameday score --explain");
  score->callback([&line, options] { line.exit_code = score_drill(line, *options); });

  auto report_options = std::make_shared<ScoreOptions>();
  CLI::App* report = app.add_subcommand("report", "Print the report of a finished drill (Markdown)");
  report->add_option("folder", report_options->folder, kFolderHelp)->check(check_not_empty);
  report->add_flag("--wait", report_options->wait, "Wait for the end of a drill that still runs");
  report->add_flag("--html", report_options->html,
                   "Make the page anew and print its file's name instead: one file, no request");
  report->add_flag("--open", report_options->open, "The same, and open it in a browser (xdg-open)");
  report->footer("examples: gameday report > postmortem.md\n          gameday report --open");
  report->callback([&line, report_options] { line.exit_code = print_report(line, *report_options); });
}

}  // namespace gameday
