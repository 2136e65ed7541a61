// One caller at the desk: what is said to them, asked of them, and relayed between them and a host.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "drill/desk/protocol.hpp"
#include "drill/recording/terminal.hpp"

namespace gameday {

// Methods throw Error when the caller has gone: nothing more is owed to them.
class Conversation final : public TerminalPeer {
 public:
  Conversation(int socket, FrameReader& reader, Call call)
      : socket_(socket), reader_(reader), call_(std::move(call)) {}

  const Call& call() const { return call_; }
  void out(std::string_view text);
  void err(std::string_view text);
  // One line from the caller; nothing when their input has ended.
  std::optional<std::string> ask(std::string_view prompt);
  // False: no, or nobody who could answer.
  bool confirm(const std::string& question);
  void begin_raw() { send_frame(socket_, FrameKind::kRaw, ""); }
  void begin_stream() { send_frame(socket_, FrameKind::kStream, ""); }
  void exit(int status);

  // As the person's end of a relay.
  int fd() const override { return socket_; }
  Received receive(bool size_changed) override;
  bool has_received() const override { return !reader_.at_boundary(); }
  void send(std::string_view bytes) override { out(bytes); }

 private:
  const int socket_;
  FrameReader& reader_;
  const Call call_;
};

}  // namespace gameday
