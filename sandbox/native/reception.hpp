// Answers what an engine asks of running hosts (protocol.hpp): programs, terminals, sockets.
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "sandbox/native/container.hpp"
#include "sandbox/native/protocol.hpp"

namespace gameday::native {

class Reception {
 public:
  Reception();

  // From now on requests for this host are served; container and network namespace must outlive us.
  void admit(Container& container, int network);
  // Serves one request, which is answered through `reply`. Throws Error.
  void serve(Message& message, int reply);

 private:
  struct Guest {
    Container* container = nullptr;
    int network = -1;
  };
  const Guest& find(const std::string& name) const;
  // A TCP socket of the host's network.
  UniqueFd socket_of(const Guest& guest) const;
  void listen(const Guest& guest, int port, int reply) const;

  UniqueFd own_network_;
  std::vector<Guest> guests_;
};

// Lets `serve` work on a request; what it throws is the answer.
void answer(Message& message, const std::function<void(Message&, int reply)>& serve);

}  // namespace gameday::native
