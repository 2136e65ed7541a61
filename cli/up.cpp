// `up`, `down` and the background process between them.
#include <poll.h>
#include <signal.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <CLI/CLI.hpp>
#include <cerrno>
#include <iostream>
#include <memory>

#include "cli/background.hpp"
#include "cli/command.hpp"
#include "cli/signals.hpp"
#include "core/error.hpp"
#include "core/short_hash.hpp"
#include "core/tcp.hpp"
#include "drill/alert_rules.hpp"
#include "drill/desk/desk.hpp"
#include "drill/recording/http_proxy.hpp"
#include "journal/folder.hpp"
#include "journal/session.hpp"
#include "sandbox/compose/docker.hpp"

namespace gameday {

namespace {

constexpr auto kDownLimit = std::chrono::seconds(30);

struct StackOptions {
  std::string engine = "native";
  std::string alerts = "documented";
  std::string id;
  int report_fd = -1;
  bool json = false;
  bool all = false;
};

// ---- the background process -------------------------------------------------------------------

struct Ways {
  std::vector<std::unique_ptr<HttpProxy>> doors;
  json::object urls;

  void add(Sandbox& sandbox, const std::string& name, const std::string& role,
           int port, const std::string& path) {
    for (const HostSpec& host : sandbox.topology().hosts) {
      if (host.role != role) continue;
      doors.push_back(std::make_unique<HttpProxy>(sandbox.host(host.name), port, name));
      urls[name] = "http://127.0.0.1:" + std::to_string(doors.back()->port()) + path;
      return;
    }
  }
};

json::object describe(Sandbox& sandbox, const std::string& id, const Ways& ways) {
  json::array hosts;
  for (const HostSpec& host : sandbox.topology().hosts) {
    json::array addresses;
    for (const Attachment& attachment : host.attachments) {
      addresses.push_back(
          json::object{{"network", attachment.network}, {"address", attachment.address}});
    }
    hosts.push_back(json::object{
        {"name", host.name}, {"role", host.role}, {"team", host.team}, {"addresses", addresses}});
  }
  return json::object{{"id", id},
                      {"pid", ::getpid()},
                      {"ready_seconds", rounded(sandbox.ready_seconds(), 3)},
                      {"hosts", hosts},
                      {"urls", ways.urls}};
}

std::vector<Dashboard> dashboards_of(const json::object& urls) {
  std::vector<Dashboard> list;
  for (const auto& url : urls) {
    list.push_back({std::string(url.key()), std::string(url.value().as_string())});
  }
  return list;
}

void serve_until_stopped(const CommandLine& line, const StackOptions& options, Bell& bell,
                         const std::filesystem::path& folder) {
  const Topology topology = project_topology(line);
  Settings settings = project_settings(line);
  add_alert_rules(settings, options.alerts);
  settings.progress = [](const std::string& text) { std::cerr << text << "\n"; };
  settings.memory_notice = [](const MemoryNotice& notice) { std::cerr << describe(notice) << "\n"; };
  const Taxonomy taxonomy = load_taxonomy(line.root / "scenarios" / "taxonomy.yaml");
  const SystemClock clock;
  JournalWriter journal(folder / "journal.jsonl", clock);
  const auto sandbox = make_sandbox(options.engine);
  sandbox->up(topology, settings);
  Ways ways;
  ways.add(*sandbox, "shop", "lb", 80, "/");
  ways.add(*sandbox, "prometheus", "mon", 9090, "/");
  ways.add(*sandbox, "haproxy", "lb", 8404, "/stats");
  Recorder recorder(journal, folder / "recordings");
  Notices notices;
  Desk desk({journal, *sandbox, taxonomy, recorder, notices, {}, 500, "engineer",
             [] { return json::object{}; }, {}, [&ways] { return dashboards_of(ways.urls); },
             [&bell](const std::string& why) { bell.stop(why); }});
  desk.serve_hosts();
  desk.serve(listen_session(options.id), Door::kOutside);
  report_and_detach(options.report_fd, describe(*sandbox, options.id, ways));
  while (!bell.stopped() && sandbox->alive()) bell.wait(deadline_in(std::chrono::seconds(1)));
  desk.stop();
  ways.doors.clear();  // before the hosts that they lead to
  sandbox->down();
}

int supervise(const CommandLine& line, const StackOptions& options) {
  Bell bell;
  const StopOnSignal signals(bell);
  keep_report(options.report_fd);
  std::string name = (std::filesystem::temp_directory_path() / "gameday-stack-XXXXXX").string();
  if (!::mkdtemp(name.data())) throw_errno("up: cannot make a folder in the temporary folder");
  const std::filesystem::path folder = name;
  std::filesystem::create_directory(folder / "recordings");
  const auto remove = [&folder] {
    std::error_code ignored;
    std::filesystem::remove_all(folder, ignored);
  };
  try {
    serve_until_stopped(line, options, bell, folder);
  } catch (...) {
    remove();
    throw;
  }
  remove();
  return 0;
}

// ---- up ---------------------------------------------------------------------------------------

std::string text_of(const json::object& object, const char* key) { return string_or(object, key, ""); }

void print_stack(const json::object& stack) {
  std::printf("%s is up after %.2f s\n\n", text_of(stack, "id").c_str(),
              number_or(stack, "ready_seconds", 0));
  for (const json::value& host : stack.at("hosts").as_array()) {
    std::string addresses;
    for (const json::value& one : host.at("addresses").as_array()) {
      addresses += "  " + text_of(one.as_object(), "network") + " " + text_of(one.as_object(), "address");
    }
    std::printf("  %-8s %-12s%s\n", text_of(host.as_object(), "name").c_str(),
                text_of(host.as_object(), "team").c_str(), addresses.c_str());
  }
  std::printf("\nways in:\n");
  for (const auto& url : stack.at("urls").as_object()) {
    std::printf("  %-11s %s\n", std::string(url.key()).c_str(),
                std::string(url.value().as_string()).c_str());
  }
  std::printf("  a shell     gameday shell ops      (any host; GAMEDAY_SESSION=%s if several run)\n",
              text_of(stack, "id").c_str());
  std::printf("  its end     gameday down %s\n", text_of(stack, "id").c_str());
}

int bring_up(const StackOptions& options) {
  const std::string id = kStackPrefix + short_hash(std::to_string(::getpid()) +
                                                   iso8601(SystemClock().wall())).substr(0, 6);
  const Started stack = start_in_background(
      {"supervise", id, "--engine", options.engine, "--alerts", options.alerts});
  if (!stack.report) return stack.status;
  if (options.json) {
    std::cout << pretty(*stack.report);
  } else {
    print_stack(*stack.report);
    std::fflush(stdout);
  }
  return 0;
}

// ---- down -------------------------------------------------------------------------------------

// Ends the process behind a session, and waits until it is gone.
bool end_session(const Session& session) {
  const UniqueFd connection = dial_session(session);
  if (!connection) return true;
  ucred peer{};
  socklen_t length = sizeof peer;
  if (::getsockopt(connection.get(), SOL_SOCKET, SO_PEERCRED, &peer, &length) != 0) return false;
  const UniqueFd process(static_cast<int>(::syscall(SYS_pidfd_open, peer.pid, 0)));
  if (!process) return errno == ESRCH;
  ::kill(peer.pid, SIGTERM);
  return wait_for(process.get(), POLLIN, deadline_in(kDownLimit));
}

int take_down(const StackOptions& options) {
  int ended = 0;
  std::string drills;
  for (const Session& session : list_sessions()) {
    const bool is_stack = session.id.rfind(kStackPrefix, 0) == 0;
    const bool wanted = options.all || (options.id.empty() ? is_stack : session.id == options.id);
    if (!wanted) {
      if (!is_stack) drills += " " + session.id;
      continue;
    }
    if (!end_session(session)) throw Error("down: " + session.id + " did not end in time");
    std::cout << session.id << " is down\n";
    ++ended;
  }
  if (options.id.empty()) {
    for (const std::string& project : remove_abandoned_projects()) {
      std::cout << project << " was left in Docker and is removed\n";
      ++ended;
    }
  }
  if (ended == 0 && !options.id.empty()) {
    throw usage_error("down: nothing named " + options.id + " runs");
  }
  if (ended == 0 && !drills.empty()) {
    std::cout << "no stack runs by itself, but a drill does:" << drills
              << "\nwhoever plays it ends it: gameday resolve\n";
  } else if (ended == 0) {
    std::cout << "nothing runs\n";
  }
  return 0;
}

}  // namespace

void add_up(CLI::App& app, CommandLine& line) {
  auto options = std::make_shared<StackOptions>();
  CLI::App* up = app.add_subcommand("up", "Start the stack alone, in the background");
  up->add_option("--engine", options->engine, "native or compose")->capture_default_str();
  up->add_option("--alerts", options->alerts, "Rule set: documented, improved, or a folder")
      ->capture_default_str();
  up->add_flag("--json", options->json, "One JSON document on standard output");
  up->footer("example: gameday up && gameday shell ops");
  up->callback([&line, options] { line.exit_code = bring_up(*options); });

  auto down_options = std::make_shared<StackOptions>();
  CLI::App* down = app.add_subcommand("down", "End stacks that `up` started, or a drill");
  down->add_option("id", down_options->id,
                   "A stack, or the session of a drill; without it every stack of yours,\n"
                   "and what killed ones left in Docker");
  down->add_flag("--all", down_options->all, "Every drill of yours, too, whoever plays it");
  down->footer("A drill that is ended like this is not graded: gameday resolve ends it with a grade.\n"
               "example: gameday down stack-1a2b3c");
  down->callback([&line, down_options] { line.exit_code = take_down(*down_options); });
}

void add_supervise(CLI::App& app, CommandLine& line) {
  auto options = std::make_shared<StackOptions>();
  CLI::App* command = app.add_subcommand("supervise", "")->group("");
  command->add_option("id", options->id)->required();
  command->add_option("--engine", options->engine)->required();
  command->add_option("--alerts", options->alerts)->required();
  command->add_option("--report-fd", options->report_fd)->required();
  command->callback([&line, options] { line.exit_code = supervise(line, *options); });
}

}  // namespace gameday
