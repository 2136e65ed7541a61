// One maker a fault, for the registry; each stands in the file of its name.
#pragma once

#include <initializer_list>
#include <optional>

#include "injectors/fault.hpp"

namespace gameday {

std::unique_ptr<Fault> make_client_auth_reject(const FaultTarget& target);
std::unique_ptr<Fault> make_deploy(const FaultTarget& target);
std::unique_ptr<Fault> make_everyday(const FaultTarget& target);
std::unique_ptr<Fault> make_firewall_drop(const FaultTarget& target);
std::unique_ptr<Fault> make_firewall_reject(const FaultTarget& target);
std::unique_ptr<Fault> make_hiccup(const FaultTarget& target);
std::unique_ptr<Fault> make_listen_or_port(const FaultTarget& target);
std::unique_ptr<Fault> make_pool_exhausted_demand(const FaultTarget& target);
std::unique_ptr<Fault> make_pool_exhausted_hold_time(const FaultTarget& target);
std::unique_ptr<Fault> make_pool_exhausted_leak(const FaultTarget& target);
std::unique_ptr<Fault> make_pool_exhausted_limit(const FaultTarget& target);
std::unique_ptr<Fault> make_privilege_or_search_path(const FaultTarget& target);
std::unique_ptr<Fault> make_session_read_only(const FaultTarget& target);
std::unique_ptr<Fault> make_standby_read_only(const FaultTarget& target);
std::unique_ptr<Fault> make_timeout_too_low(const FaultTarget& target);
std::unique_ptr<Fault> make_traffic(const FaultTarget& target);
std::unique_ptr<Fault> make_wrong_route(const FaultTarget& target);

// Throws a usage Error for a parameter that the fault does not have.
void allow_parameters(std::string_view fault, const FaultTarget& target,
                      std::initializer_list<std::string_view> allowed);

// The value of a parameter, `otherwise` when it is not given. Throws a usage Error when it is no
// number of low to high, and, without an `otherwise`, when it is missing.
double number_parameter(std::string_view fault, const FaultTarget& target, const std::string& name,
                        double low, double high, std::optional<double> otherwise = {});

}  // namespace gameday
