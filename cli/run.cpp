#include <unistd.h>

#include <CLI/CLI.hpp>
#include <iostream>
#include <memory>
#include <random>

#include "cli/background.hpp"
#include "cli/command.hpp"
#include "cli/progress.hpp"
#include "cli/signals.hpp"
#include "cli/validators.hpp"
#include "core/error.hpp"
#include "core/fd.hpp"
#include "core/short_hash.hpp"
#include "drill/alert_rules.hpp"
#include "drill/live.hpp"
#include "journal/folder.hpp"
#include "report/grade.hpp"
#include "report/report.hpp"
#include "report/verdict.hpp"

namespace gameday {

namespace {

struct RunOptions {
  std::string scenario;
  std::string code;
  std::string engine = "native";
  std::string alerts;
  std::string folder;
  double minutes = 30;
  bool json = false;
  bool tutor = false;
  bool detach = false;
  int report_fd = -1;  // in the background process of --detach
};

// One drill in five is a twin without a fault: "nothing is broken" must be a possible answer.
constexpr uint64_t kTwinsOneIn = 5;

uint64_t seed_of(const std::string& code) {
  if (code.empty()) {
    std::random_device chance;
    return (static_cast<uint64_t>(chance()) << 20) ^ chance();
  }
  uint64_t seed = 0;
  for (const char digit : short_hash(code)) {
    seed = seed * 16 + static_cast<uint64_t>(digit <= '9' ? digit - '0' : digit - 'a' + 10);
  }
  return seed;
}

DrillPlan draw(const CommandLine& line, const RunOptions& options) {
  DrillPlan plan;
  plan.seed = seed_of(options.code);
  const std::filesystem::path scenarios = line.root / "scenarios";
  plan.known_beforehand = !options.scenario.empty();
  if (plan.known_beforehand) {
    plan.scenario = named_scenario(scenarios, options.scenario, plan.seed);
  } else {
    const std::vector<Scenario> catalogue = load_catalogue(scenarios, plan.seed);
    plan.scenario = catalogue[plan.seed % catalogue.size()];
  }
  plan.variant = draw_variant(plan.scenario, plan.seed);
  plan.twin = !plan.known_beforehand && (plan.seed / 7) % kTwinsOneIn == 0;
  if (plan.twin) plan.variant = no_fault_twin(plan.variant);
  plan.tutor = options.tutor;
  plan.mode = "live";
  plan.draws_opening = true;
  plan.engine = options.engine;
  plan.alerts = options.alerts.empty() ? plan.scenario.alerts : options.alerts;
  plan.time_box_seconds = options.minutes * 60;
  plan.hold_seconds = 10;
  return plan;
}

bool at_a_terminal() { return ::isatty(STDIN_FILENO) == 1 && ::isatty(STDOUT_FILENO) == 1; }

LiveSetup live_setup(const Taxonomy& taxonomy, const std::filesystem::path& folder) {
  LiveSetup setup;
  setup.session_id = folder.filename().string();
  setup.taxonomy = &taxonomy;
  setup.present = [](const Opening& opening, int stop_fd) {
    std::cout << opening.brief << std::flush;
    if (!at_a_terminal()) return;
    std::cout << "Press Enter when you are ready." << std::flush;
    read_line(STDIN_FILENO, stop_fd);
  };
  setup.confirm_leave = [](int stop_fd) {
    if (!at_a_terminal()) return true;
    std::cout << "\nLeave? The drill ends and is graded as it stands. [y/N] " << std::flush;
    const std::optional<std::string> answer = read_line(STDIN_FILENO, stop_fd);
    return !answer || *answer == "y" || *answer == "yes";
  };
  setup.say = [](const std::string& text) { std::cerr << "\n" << text << "\n"; };
  return setup;
}

// Nobody sits at a terminal: whoever started it is told how to come in.
LiveSetup detached_setup(const Taxonomy& taxonomy, const std::filesystem::path& folder,
                         const RunOptions& options) {
  LiveSetup setup;
  setup.session_id = folder.filename().string();
  setup.taxonomy = &taxonomy;
  setup.at_terminal = false;
  setup.present = [folder, options](const Opening& opening, int) {
    json::object dashboards;
    for (const Dashboard& one : opening.dashboards) dashboards[one.name] = one.url;
    report_and_detach(options.report_fd, {{"session", folder.filename().string()},
                                          {"folder", folder.string()},
                                          {"pid", ::getpid()},
                                          {"time_box_seconds", options.minutes * 60},
                                          {"brief", opening.brief},
                                          {"hosts", opening.hosts},
                                          {"normal", opening.normal},
                                          {"dashboards", dashboards}});
  };
  return setup;
}

int detach(const RunOptions& options) {
  std::vector<std::string> words = {"run", "--engine", options.engine, "--minutes",
                                    std::to_string(options.minutes)};
  const auto pass = [&words](const char* option, const std::string& value) {
    if (!value.empty()) words.insert(words.end(), {option, value});
  };
  pass("--code", options.code);
  pass("--alerts", options.alerts);
  pass("--folder", options.folder);
  if (options.tutor) words.push_back("--tutor");
  if (!options.scenario.empty()) words.push_back(options.scenario);
  const Started drill = start_in_background(words);
  if (!drill.report) return drill.status;
  if (options.json) {
    std::cout << pretty(*drill.report);
    return 0;
  }
  const std::string session = string_or(*drill.report, "session", "");
  std::cout << string_or(*drill.report, "brief", "") << "\nThe drill goes on as " << session
            << ". Without a terminal of its own:\n"
               "  which one    export GAMEDAY_SESSION=" << session << ", should several run\n"
               "  the page     gameday pages --wait 120\n"
               "  a command    gameday exec HOST -- COMMAND\n"
               "  a shell      gameday shell ops\n"
               "  the end      gameday resolve, or gameday down "
            << session << " without a grade\n"
               "  the grade    gameday score " << string_or(*drill.report, "folder", "")
            << " --wait\n";
  return 0;
}

int run_drill(const CommandLine& line, const RunOptions& options) {
  const bool in_background = options.report_fd >= 0;
  if (in_background) keep_report(options.report_fd);
  const DrillPlan plan = draw(line, options);
  make_sandbox(plan.engine);  // throws before anything is written
  const Topology topology = project_topology(line);
  Settings settings = project_settings(line);
  add_alert_rules(settings, plan.alerts);
  settings.progress = [](const std::string& text) { std::cerr << text << "\n"; };
  const Taxonomy taxonomy = load_taxonomy(line.root / "scenarios" / "taxonomy.yaml");
  const auto folder = make_drill_folder(
      options.folder.empty() ? drills_folder() : std::filesystem::absolute(options.folder));
  const UniqueFd held = hold_drill_folder(folder);
  std::cerr << "Starting the stack and measuring what is normal; about ten seconds.\n";
  Bell bell;
  const StopOnSignal signals(bell);
  try {
    Conductor conductor(plan, settings, topology, folder, bell, nullptr);
    play_live(conductor, bell,
              in_background ? detached_setup(taxonomy, folder, options)
                            : live_setup(taxonomy, folder));
  } catch (const Stopped& stopped) {
    throw Error("run: stopped: " + stopped.reason + ": the journal is in " + folder.string());
  }
  const Scorecard card = grade_folder(folder, line.root / "scenarios");
  if (in_background) {
    if (!card.ungraded.empty()) std::cerr << "gameday: run: " << card.ungraded << "\n";
  } else if (options.json) {
    std::cout << pretty(to_json(card));
  } else {
    std::cout << "\n" << scorecard_text(plan.scenario, card, use_color(STDOUT_FILENO));
    std::cout << "\nreport: " << (folder / "report.html").string() << "\n";
  }
  return exit_code_of_void(card.void_kind);
}

}  // namespace

void add_run(CLI::App& app, CommandLine& line) {
  auto options = std::make_shared<RunOptions>();
  CLI::App* command = app.add_subcommand(
      "run", "Play a drill: get paged, investigate, repair, state the cause, be graded");
  command->add_option("scenario", options->scenario,
                      "Its id, or a file of your own; without one it is drawn unseen, which is\n"
                      "the point")
      ->check(check_not_empty);
  command->add_option("--code", options->code, "An instructor's word: the same word, the same draw")
      ->check(check_not_empty);
  command->add_option("--minutes", options->minutes, "The time box in minutes")
      ->check(number_between(1, 240))
      ->capture_default_str();
  command->add_option("--engine", options->engine, "native or compose")->capture_default_str();
  command->add_option("--alerts", options->alerts, "Rule set: documented, improved, or a folder");
  command->add_option("--folder", options->folder, "Keep the record below this folder");
  command->add_flag("--detach", options->detach,
                    "Leave it in the background: it is played through the desk's verbs");
  command->add_flag("--tutor", options->tutor,
                    "Say to each answer which parts are right; the scorecard says so, too");
  command->add_flag("--json", options->json,
                    "The scorecard as one JSON document at the end; with --detach the ways in");
  command->add_option("--report-fd", options->report_fd)->group("");
  command->footer("example: gameday run --code tuesday-team-a");
  command->callback([&line, options] {
    line.exit_code = options->detach ? detach(*options) : run_drill(line, *options);
  });
}

}  // namespace gameday
