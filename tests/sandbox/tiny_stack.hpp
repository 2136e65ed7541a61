// A stack small enough to start in a moment, with files of its own in a folder of its own: two
// hosts that share a network, a router, and one behind it.
#pragma once

#include <filesystem>
#include <functional>
#include <memory>
#include <string>

#include "sandbox/sandbox.hpp"
#include "tests/support/machine.hpp"

namespace gameday::test {

// A folder below the machine's temporary one that root inside a stack may read; deleted with its
// cache at the end.
class TinyProject {
 public:
  TinyProject();
  ~TinyProject();
  TinyProject(const TinyProject&) = delete;
  TinyProject& operator=(const TinyProject&) = delete;

  const std::filesystem::path& root() const { return root_; }
  // Writes a file below sandbox/stack.
  void write_stack(const std::string& path, const std::string& content, int mode = 0644) const;
  Settings settings() const;
  Topology topology() const;

 private:
  std::filesystem::path root_;
};

// The build folder under test (GAMEDAY_BUILD).
std::filesystem::path build_folder();

// A started stack of a project of its own.
struct RunningStack {
  TinyProject project;
  std::unique_ptr<Sandbox> sandbox = make_sandbox("native");
  RunningStack() { sandbox->up(project.topology(), project.settings()); }
  Host& host(const char* name) { return sandbox->host(name); }
};

// True as soon as `predicate` is, false after `seconds`.
bool eventually(double seconds, const std::function<bool()>& predicate);

// Reads a terminal until `text` has come; returns all that came until then or until the deadline.
std::string read_terminal(Terminal& terminal, const std::string& text, double seconds = 10);

}  // namespace gameday::test
