// The command line: finds the project, parses, runs one subcommand, and turns every failure into
// one line and a documented exit code.
#include <poll.h>
#include <unistd.h>

#include <CLI/CLI.hpp>
#include <cerrno>
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <iostream>
#include <set>

#include "cli/command.hpp"
#include "cli/desk_client.hpp"
#include "cli/desk_door.hpp"
#include "cli/help.hpp"
#include "cli/version.hpp"
#include "core/error.hpp"
#include "scenarios/scenario.hpp"

namespace gameday {

namespace {

std::string footer() {
  return "exit codes: 0 success, 1 the drill or the check failed, 2 wrong usage or bad input,\n"
         "            3 this machine cannot do it, or was too busy for it\n"
         "the desk, during a drill, from any terminal (gameday VERB --help explains each):\n" +
         names_of_desk_verbs() +
         "\nexamples:\n"
         "  gameday run                              a drill that you do not know yet\n"
         "  gameday replay read-only-primary         watch a documented outage happen";
}

CommandLine locate_project() {
  CommandLine line;
  const char* root = std::getenv("GAMEDAY_ROOT");
  const char* build = std::getenv("GAMEDAY_BUILD");
  // Beside the launcher's variables: build/<preset>/cli/gameday knows where it stands.
  const std::filesystem::path self = std::filesystem::read_symlink("/proc/self/exe");
  line.build = build ? std::filesystem::path(build) : self.parent_path().parent_path();
  line.root = root ? std::filesystem::path(root) : line.build.parent_path().parent_path();
  // The package (cli/package.cmake) keeps executables in /opt/gameday/lib/gameday, all else in
  // /opt/gameday/share/gameday.
  const std::filesystem::path shared = line.root / "share" / "gameday";
  if (!root && std::filesystem::exists(shared / "docker-compose.yml")) line.root = shared;
  if (!std::filesystem::exists(line.root / "docker-compose.yml")) {
    throw usage_error("gameday: no docker-compose.yml in " + line.root.string() +
                      ": install the package, start it by ./gameday of a checkout, or set GAMEDAY_ROOT");
  }
  return line;
}

// "gameday 0.1.0 (commit 92f44a2c1d0e, catalogue 4)".
std::string version_line(const CommandLine& line) {
  const Taxonomy taxonomy = load_taxonomy(line.root / "scenarios" / "taxonomy.yaml");
  return std::string("gameday ") + kVersion + " (commit " + kCommit + ", catalogue " +
         taxonomy.catalogue.name + ")";
}

int parse_and_run(int argc, char** argv) {
  CommandLine line = locate_project();
  CLI::App app("Outage drills on a real web stack, in a sandbox, without root.", "gameday");
  app.footer(footer());
  app.require_subcommand(1);
  app.set_version_flag("--version", [&line] { return version_line(line); });
  add_run(app, line);
  add_replay(app, line);
  add_scenarios(app, line);
  add_alerts(app, line);
  add_score(app, line);
  add_up(app, line);
  add_doctor(app, line);
  add_setup(app, line);
  add_clean(app, line);
  add_help(app, line);
  add_supervise(app, line);
  const bool is_word = argc > 1 && argv[1][0] != '-';
  if (is_word && app.get_subcommands([argv](CLI::App* one) { return one->check_name(argv[1]); })
                     .empty()) {
    throw usage_error(std::string("there is no subcommand ") + argv[1] + ": see gameday --help");
  }
  try {
    app.parse(argc, argv);
  } catch (const CLI::Success& help) {
    return app.exit(help);
  } catch (const CLI::ParseError& error) {
    std::string what = error.what();
    if (const size_t end = what.find('\n'); end != std::string::npos) what.resize(end);
    std::cerr << "gameday: " << what << ": see gameday --help\n";
    return static_cast<int>(ErrorKind::kUsage);
  }
  return line.exit_code;
}

// The exit code of a command that is done: what it printed must have arrived. Whoever closed the pipe
// has seen enough.
int after_printing(int exit_code) {
  errno = 0;
  const bool flushed = std::fflush(stdout) == 0 && std::cout.flush();
  if (flushed && !std::ferror(stdout)) return exit_code;
  // An earlier write failed and its reason is lost: has the reader gone?
  pollfd out{STDOUT_FILENO, 0, 0};
  const bool closed = ::poll(&out, 1, 0) == 1 && (out.revents & POLLERR) != 0;
  if (errno == EPIPE || closed) return exit_code;
  std::cerr << "gameday: standard output: "
            << (errno != 0 ? std::strerror(errno) : "it could not be written")
            << ": what was printed is not whole\n";
  return exit_code == 0 ? 1 : exit_code;
}

int run_command(int argc, char** argv) {
  if (argc > 1 && is_desk_verb(argv[1]) && std::string_view(argv[1]) != "help") {
    return call_desk_of_session({argv + 1, argv + argc}, locate_project().root);
  }
  return parse_and_run(argc, argv);
}

}  // namespace

}  // namespace gameday

int main(int argc, char** argv) {
  std::signal(SIGPIPE, SIG_IGN);
  std::signal(SIGXFSZ, SIG_IGN);  // a limit on files is told like a full disk
  // The user's own way to a database is not ours to the stack's: libpq reads these where we say nothing.
  for (const char* name : {"PGOPTIONS", "PGSERVICE", "PGSERVICEFILE", "PGREQUIREPEER"}) {
    ::unsetenv(name);
  }
  try {
    return gameday::after_printing(gameday::run_command(argc, argv));
  } catch (const gameday::Error& error) {
    std::cerr << "gameday: " << error.what() << "\n";
    return error.exit_code();
  } catch (const std::exception& error) {
    std::cerr << "gameday: unexpected: " << error.what() << "\n";
    return 1;
  }
}
