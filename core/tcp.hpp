// TCP sockets by address: listen, connect within a deadline.
#pragma once

#include <string>

#include "core/fd.hpp"

namespace gameday {

// A listening TCP socket on a numeric IPv4 address; port 0 picks one. Throws Error when the address
// is not to be had.
UniqueFd tcp_listen(const std::string& address, int port);
// The port that a TCP socket is bound to.
int bound_port(int fd);
// A connected, non-blocking TCP socket to a name of /etc/hosts or a numeric IPv4 address. An invalid
// descriptor is an outcome: `why` then says what happened.
UniqueFd tcp_connect(const std::string& host, int port, Deadline deadline, std::string* why = nullptr);

}  // namespace gameday
