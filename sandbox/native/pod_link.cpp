#include "sandbox/native/pod_link.hpp"

#include "core/error.hpp"

namespace gameday::native {

void throw_answer(const json::object& body) {
  throw Error(string_or(body, "error", "native: the pod gave no reason"),
              static_cast<ErrorKind>(static_cast<int>(number_or(body, "kind", 1))));
}

void PodLink::note_end(const std::string& why) {
  const std::lock_guard lock(mutex_);
  why_gone_ = why;
}

UniqueFd PodLink::ask(const json::object& request, std::vector<int> fds) const {
  SocketPair answer = make_socket_pair();
  fds.insert(fds.begin(), answer.theirs.get());
  if (!send_message(socket_.get(), request, fds)) {
    const std::lock_guard lock(mutex_);
    throw Error("native: " + why_gone_);
  }
  return std::move(answer.ours);
}

UniqueFd PodLink::take_fd(const json::object& request) const {
  const UniqueFd answers = ask(request);
  Message message = take(answers, deadline_in(std::chrono::seconds(10)));
  if (message.fds.size() != 1) throw Error("native: the pod answered without a descriptor");
  return std::move(message.fds[0]);
}

Message PodLink::take(const UniqueFd& answers, Deadline deadline) {
  if (!wait_readable(answers.get(), deadline)) throw Error("native: the pod does not answer");
  std::optional<Message> message = receive_message(answers.get());
  if (!message) throw Error("native: the stack is gone");
  if (message->body.contains("error")) throw_answer(message->body);
  return std::move(*message);
}

}  // namespace gameday::native
