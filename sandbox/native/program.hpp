// Programs that the conductor starts inside a running host: a waiter enters the host's namespaces
// and starts the program there as an ordinary process of that host, with the host's capabilities
// and nothing of ours but its three standard streams.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "core/fd.hpp"
#include "core/json.hpp"
#include "sandbox/native/container.hpp"

namespace gameday::native {

struct ProgramRequest {
  std::vector<std::string> argv;
  std::map<std::string, std::string> environment;
  std::string user;
  std::string cwd;
  bool terminal = false;
  bool watched = false;  // which programs it starts is reported
  int columns = 80;
  int rows = 24;
};
ProgramRequest program_from_json(const json::object& object);

// Forks the waiter and returns. `streams` are the program's 0, 1 and 2 (none for a terminal);
// `answer` gets {} with the terminal's master, {ran} for each program that a watched one starts, then
// {status} at the end. When the other side of
// `answer` closes, or sends anything, the program and its session are killed. A failure in the
// waiter is answered as {error}.
void start_program(const Container& container, int network, const ProgramRequest& request,
                   const std::vector<UniqueFd>& streams, int answer);

// Forks a child that makes a listening Unix socket, mode 0666, in the host's files and answers with
// it.
void listen_unix_in(const Container& container, const std::string& path, int answer);

// The same for a connection to a Unix socket of the host; answers without one when nothing listens.
void dial_unix_in(const Container& container, const std::string& path, int answer);

// The same for a regular file of the host, open for reading; answers without one when there is none.
void open_file_in(const Container& container, const std::string& path, int answer);

}  // namespace gameday::native
