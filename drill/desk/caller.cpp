#include "drill/desk/caller.hpp"

#include <sys/socket.h>

#include <cerrno>

#include "core/error.hpp"

namespace gameday {

void Conversation::out(std::string_view text) {
  if (!text.empty()) send_frame(socket_, FrameKind::kOut, text);
}

void Conversation::err(std::string_view text) {
  if (!text.empty()) send_frame(socket_, FrameKind::kErr, text);
}

std::optional<std::string> Conversation::ask(std::string_view prompt) {
  send_frame(socket_, FrameKind::kQuestion, prompt);
  for (;;) {
    const std::optional<Frame> frame = receive_frame(socket_, reader_);
    if (!frame) throw Error("desk: the caller has gone");
    if (frame->kind == FrameKind::kLine) return frame->payload;
    if (frame->kind == FrameKind::kInput && frame->payload.empty()) return std::nullopt;
  }
}

bool Conversation::confirm(const std::string& question) {
  const auto answer = ask(question + " [y/N] ");
  return answer && (*answer == "y" || *answer == "Y" || *answer == "yes");
}

void Conversation::exit(int status) {
  send_frame(socket_, FrameKind::kExit, std::to_string(status));
}

TerminalPeer::Received Conversation::receive(bool) {
  Received received;
  char buffer[16384];
  const ssize_t count = ::recv(socket_, buffer, sizeof buffer, MSG_DONTWAIT);
  const bool nothing_yet = count < 0 && (errno == EAGAIN || errno == EINTR);
  received.gone = count <= 0 && !nothing_yet;
  try {
    if (count > 0) reader_.feed({buffer, static_cast<size_t>(count)});
    while (const auto frame = reader_.next()) {
      if (frame->kind == FrameKind::kWindow) received.size = decode_size(frame->payload);
      if (frame->kind != FrameKind::kInput) continue;
      received.input += frame->payload;
      received.input_ended = received.input_ended || frame->payload.empty();
    }
  } catch (const Error&) {
    received.gone = true;  // whoever speaks like this is not our client
  }
  return received;
}

}  // namespace gameday
