// The desk's client in the stack's hosts, installed as `gameday` and as `on`. GAMEDAY_DESK
// names another socket.
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <string>
#include <vector>

#include "cli/desk_client.hpp"
#include "core/error.hpp"
#include "drill/desk/protocol.hpp"

int main(int argc, char** argv) {
  std::signal(SIGPIPE, SIG_IGN);
  const std::string self = argc > 0 ? argv[0] : "";
  std::vector<std::string> words(argv + (argc > 0 ? 1 : 0), argv + argc);
  if (self == "on" || self.ends_with("/on")) words.insert(words.begin(), "on");
  const char* named = std::getenv("GAMEDAY_DESK");
  try {
    return gameday::call_desk(gameday::connect_to(named && *named ? named : gameday::kDeskSocket),
                              words);
  } catch (const gameday::Error& error) {
    std::fprintf(stderr, "%s\n", error.what());
    return error.exit_code();
  }
}
