#include "drill/desk/desk.hpp"

#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <atomic>
#include <cerrno>
#include <list>
#include <mutex>
#include <thread>

#include "core/error.hpp"
#include "core/text.hpp"
#include "drill/desk/verbs.hpp"
#include "journal/events.hpp"
#include "journal/session.hpp"

namespace gameday {
namespace {

using namespace std::chrono_literals;

constexpr size_t kMostCallers = 32;
constexpr auto kTimeToSpeak = 5s;  // from connecting to the call

}  // namespace

struct Desk::Impl {
  struct Caller {
    UniqueFd socket;
    std::thread thread;
    std::atomic<bool> finished{false};
  };

  explicit Impl(DeskSetup given)
      : setup(std::move(given)), book(setup.journal, setup.by), stopping(make_pipe()) {}

  const DeskSetup setup;
  DeskBook book;
  std::mutex one_at_a_time;
  Pipe stopping;  // readable for everyone once its writer is closed
  std::mutex mutex;
  std::list<Caller> callers;
  std::vector<std::thread> acceptors;
  bool stopped = false;

  void accept_all(UniqueFd listening, Door door);
  void admit(UniqueFd socket, Door door);
  void converse(int socket, Door door);
  void answer(Conversation& person);
  void sweep();
};

void Desk::Impl::accept_all(UniqueFd listening, Door door) {
  for (;;) {
    pollfd fds[2] = {{listening.get(), POLLIN, 0}, {stopping.reader.get(), POLLIN, 0}};
    if (::poll(fds, 2, -1) < 0 && errno != EINTR) return;
    if (fds[1].revents != 0) return;
    if (fds[0].revents == 0) continue;
    UniqueFd socket(::accept4(listening.get(), nullptr, nullptr, SOCK_CLOEXEC));
    if (socket) {
      admit(std::move(socket), door);
    } else if (errno == EBADF || errno == EINVAL) {
      return;  // the socket's host is gone
    } else if (errno == EMFILE || errno == ENFILE) {
      // Out of descriptors: let callers finish instead of spinning.
      ::poll(&fds[1], 1, 100);
    }
  }
}

void Desk::Impl::admit(UniqueFd socket, Door door) {
  const std::lock_guard lock(mutex);
  if (stopped) return;
  sweep();
  if (callers.size() >= kMostCallers) {
    try {
      send_frame(socket.get(), FrameKind::kErr, "desk: too many terminals: close one first\n");
      send_frame(socket.get(), FrameKind::kExit, "1");
    } catch (const Error&) {
      return;  // gone before it could be told
    }
    return;
  }
  Caller& caller = callers.emplace_back();
  caller.socket = std::move(socket);
  caller.thread = std::thread([this, &caller, door] {
    converse(caller.socket.get(), door);
    // The other side sees the end now; the descriptor is closed when the thread is joined.
    ::shutdown(caller.socket.get(), SHUT_RDWR);
    caller.finished = true;
  });
}

// Takes away callers that have finished; the lock is held.
void Desk::Impl::sweep() {
  for (auto caller = callers.begin(); caller != callers.end();) {
    if (!caller->finished) {
      ++caller;
      continue;
    }
    caller->thread.join();
    caller = callers.erase(caller);
  }
}

void Desk::Impl::converse(int socket, Door door) {
  try {
    if (door == Door::kOutside && !is_own_peer(socket)) return;
    FrameReader reader;
    const auto frame = receive_frame(socket, reader, deadline_in(kTimeToSpeak));
    if (!frame || frame->kind != FrameKind::kCall) return;
    try {
      Conversation person(socket, reader, decode_call(frame->payload));
      answer(person);
    } catch (const Error& error) {
      send_frame(socket, FrameKind::kErr, std::string(error.what()) + "\n");
      send_frame(socket, FrameKind::kExit, std::to_string(error.exit_code()));
    }
  } catch (const Error&) {
    // The caller has gone, or speaks something else: nothing is owed to them any more.
  } catch (const std::exception& error) {
    setup.journal.trouble("desk", error.what());
  }
}

void Desk::Impl::answer(Conversation& person) {
  try {
    const VerbCall call = parse_verb(person.call().argv);
    DeskTurn turn{call, person, setup, book, one_at_a_time, stopping.reader.get()};
    const DeskAnswer result = answer_verb(turn);
    if (!result.said) {
      if (call.json) person.out(pretty(result.document));
      else if (result.status == 0) person.out(result.text);
      else person.err(result.text);
    }
    person.exit(result.status);
  } catch (const RecordError& error) {
    if (setup.failed) setup.failed(error.what());
    throw;  // the caller hears of it, too
  }
}

Desk::Desk(DeskSetup setup) : impl_(std::make_unique<Impl>(std::move(setup))) {}

Desk::~Desk() { stop(); }

void Desk::serve_hosts() {
  Sandbox& sandbox = impl_->setup.sandbox;
  for (const HostSpec& host : sandbox.topology().hosts) {
    if (host.team.empty()) continue;  // the users' machines
    serve(sandbox.host(host.name).listen_unix(kDeskSocket), Door::kInside);
  }
}

void Desk::serve(UniqueFd listening, Door door) {
  const std::lock_guard lock(impl_->mutex);
  if (impl_->stopped) return;
  impl_->acceptors.emplace_back(
      [impl = impl_.get(), door, socket = std::move(listening)]() mutable {
        impl->accept_all(std::move(socket), door);
      });
}

void Desk::stop() {
  {
    const std::lock_guard lock(impl_->mutex);
    if (impl_->stopped) return;
    impl_->stopped = true;
  }
  impl_->stopping.writer.reset();
  for (std::thread& acceptor : impl_->acceptors) acceptor.join();
  // Nobody is admitted any more: the list stands still.
  for (Impl::Caller& caller : impl_->callers) ::shutdown(caller.socket.get(), SHUT_RD);
  const Deadline deadline = deadline_in(1s);
  for (Impl::Caller& caller : impl_->callers) {
    // Whoever is being written to and does not read would hold us up for ever.
    while (!caller.finished && std::chrono::steady_clock::now() < deadline) {
      pollfd nothing{-1, 0, 0};
      ::poll(&nothing, 1, 5);
    }
    ::shutdown(caller.socket.get(), SHUT_RDWR);
    caller.thread.join();
  }
  impl_->callers.clear();
}

void Desk::take(const Event& event) {
  const DeskBook::News news = impl_->book.take(event);
  if (news.paged) impl_->setup.notices.post(page_line(event.data));
  // Who was told that it began is told that it ended.
  for (const json::object& alert : news.ended) impl_->setup.notices.post(resolved_line(alert));
  if (event.kind == events::kAnswer) {
    const std::string team = string_or(event.data, "team", "");
    impl_->setup.notices.post(
        text::row("*** " + team + ": " + string_or(event.data, "text", ""), 400));
  }
}

DeskState Desk::state() const { return impl_->book.state(); }

}  // namespace gameday
