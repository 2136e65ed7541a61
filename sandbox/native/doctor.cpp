#include "sandbox/native/doctor.hpp"
namespace gameday {
std::vector<Ability> probe_machine(const std::filesystem::path&) { return {}; }
}
