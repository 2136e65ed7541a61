// The workload's executable: see workload/protocol.hpp for how it is started and what it says.
#include <arpa/inet.h>
#include <netdb.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <unistd.h>

#include <algorithm>
#include <csignal>
#include <cstdio>
#include <fstream>
#include <random>
#include <sstream>

#include "core/error.hpp"
#include "workload/number_ranges.hpp"
#include "workload/order_lookup.hpp"
#include "workload/session.hpp"

namespace gameday {

namespace {

constexpr size_t kSpareDescriptors = 32;
constexpr size_t kMostConnections = 20000;
// The conductor waits a minute for the last words.
constexpr double kLookupLimitSeconds = 50;
constexpr std::chrono::seconds kLastWordsLimit{5};

struct Options {
  std::string target, plan;
};

Options parse_options(int argc, char** argv) {
  Options options;
  for (int i = 1; i < argc; ++i) {
    const std::string_view word = argv[i];
    std::string* value = nullptr;
    if (word == "--target") value = &options.target;
    if (word == "--plan") value = &options.plan;
    if (!value || i + 1 == argc) {
      throw usage_error("workload: " + std::string(word) +
                        ": usage: workload --target ADDRESS:PORT --plan FILE|-");
    }
    *value = argv[++i];
  }
  if (options.target.empty() || options.plan.empty()) {
    throw usage_error("workload: usage: workload --target ADDRESS:PORT --plan FILE|-");
  }
  return options;
}

sockaddr_in resolve(const std::string& target) {
  const size_t colon = target.rfind(':');
  addrinfo hints{};
  hints.ai_family = AF_INET;
  hints.ai_socktype = SOCK_STREAM;
  addrinfo* found = nullptr;
  if (colon == std::string::npos ||
      ::getaddrinfo(target.substr(0, colon).c_str(), target.substr(colon + 1).c_str(), &hints,
                    &found) != 0) {
    throw usage_error("workload: --target: \"" + target + "\" is not ADDRESS:PORT");
  }
  sockaddr_in address;
  std::copy_n(reinterpret_cast<const char*>(found->ai_addr), sizeof address,
              reinterpret_cast<char*>(&address));
  ::freeaddrinfo(found);
  return address;
}

LoadPlan read_plan(const std::string& file, LineReader& commands) {
  std::string text;
  if (file == "-") {
    std::optional<std::string> line;
    while (!(line = commands.take_line()) && !commands.ended()) commands.read_once();
    if (!line) line = commands.take_line();
    text = line.value_or("");
  } else {
    std::ifstream stream(file);
    if (!stream) throw usage_error("workload: --plan: cannot read " + file);
    std::stringstream all;
    all << stream.rdbuf();
    text = all.str();
  }
  const json::value value = parse_json(text, "load plan");
  if (!value.is_object()) throw usage_error("load plan: not an object");
  return load_plan_from_json(value.as_object());
}

// As many descriptors as the machine lets us have; the rest of the connections would be late.
size_t connection_limit() {
  rlimit limit{};
  ::getrlimit(RLIMIT_NOFILE, &limit);
  limit.rlim_cur = limit.rlim_max;
  ::setrlimit(RLIMIT_NOFILE, &limit);
  ::getrlimit(RLIMIT_NOFILE, &limit);
  return std::clamp<size_t>(limit.rlim_cur, 2 * kSpareDescriptors, kMostConnections) -
         kSpareDescriptors;
}

// Unique among all runs against one shop, whose database may outlive a run.
std::string run_reference() {
  std::random_device device;
  char text[16];
  std::snprintf(text, sizeof text, "%08x", device());
  return text;
}

int run(int argc, char** argv, ReportStream& reports) {
  const Options options = parse_options(argc, argv);
  LineReader commands(STDIN_FILENO);
  const sockaddr_in target = resolve(options.target);
  const LoadPlan plan = read_plan(options.plan, commands);
  RequestWriter requests("shop", run_reference());
  LoadSession session(plan, target, connection_limit(), requests, commands, reports);
  const LoadSession::End end = session.run();
  if (end == LoadSession::End::kReaderGone) return 1;
  if (end == LoadSession::End::kFinish) {
    const OrderCount count =
        look_up_orders(target, requests, session.acknowledged(), kLookupLimitSeconds);
    json::object orders = to_json(count);
    orders["run"] = requests.run();
    orders["numbers"] = to_text(ranges_of(session.acknowledged()));
    reports.line("orders", std::move(orders), false);
  }
  reports.flush_until(deadline_in(kLastWordsLimit));
  return 0;
}

}  // namespace

}  // namespace gameday

int main(int argc, char** argv) {
  ::signal(SIGPIPE, SIG_IGN);
  // The default slack of 50 us would be half of the send lateness.
  ::prctl(PR_SET_TIMERSLACK, 1UL);
  gameday::ReportStream reports(STDOUT_FILENO);
  int status = 1;
  std::string why;
  try {
    return gameday::run(argc, argv, reports);
  } catch (const gameday::Error& error) {
    status = error.exit_code();
    why = error.what();
  } catch (const std::exception& error) {
    why = std::string("workload: ") + error.what();
  }
  reports.line("fatal", gameday::json::value(why), false);
  reports.flush_until(gameday::deadline_in(gameday::kLastWordsLimit));
  std::fprintf(stderr, "%s\n", why.c_str());
  return status;
}
