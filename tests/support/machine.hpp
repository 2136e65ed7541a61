// Whether this machine can run a stack; a test that needs one begins with REQUIRE_A_STACK.
#pragma once

#include <cstdlib>
#include <iostream>
#include <string>

#include "core/error.hpp"
#include "sandbox/native/doctor.hpp"
#include "sandbox/sandbox.hpp"

namespace gameday::testing {

// GAMEDAY_ENGINE=compose runs tests of the project's own stack in Docker instead.
inline std::string engine_under_test() {
  const char* engine = std::getenv("GAMEDAY_ENGINE");
  return engine ? engine : "native";
}

// Empty, or what is lacking for the engine `compose`.
inline const std::string& why_no_docker() {
  static const std::string why = [] {
    try {
      make_sandbox("compose");
    } catch (const Error& error) {
      return std::string(error.what());
    }
    return std::string();
  }();
  return why;
}

// Empty, or what is lacking.
inline const std::string& why_no_stack() {
  static const std::string why = [] {
    const char* build = std::getenv("GAMEDAY_BUILD");
    if (!build) throw Error("tests: GAMEDAY_BUILD is not set: run the tests by ctest");
    for (const Ability& ability : probe_machine(build)) {
      if (ability.required && !ability.ok) return ability.name + ": " + ability.detail;
    }
    return std::string();
  }();
  return why;
}

}  // namespace gameday::testing

#define REQUIRE_DOCKER()                                                           \
  if (const std::string& why = gameday::testing::why_no_docker(); !why.empty()) {  \
    std::cout << "SKIPPED: " << why << "\n";                                       \
    return;                                                                        \
  }

#define REQUIRE_A_STACK()                                                          \
  if (const std::string& why = gameday::testing::why_no_stack(); !why.empty()) {   \
    std::cout << "SKIPPED: " << why << "\n";                                       \
    return;                                                                        \
  }
