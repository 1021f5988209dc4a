#include "runner.hpp"

#include <poll.h>
#include <unistd.h>

#include <cerrno>
#include <system_error>

namespace tracer {

void TextOutput::flush() {
  std::string_view rest = buffer_;
  while (!rest.empty()) {
    const auto written = ::write(fd_, rest.data(), rest.size());
    if (written < 0) {
      if (errno == EINTR) {
        notice_interrupt();
        continue;
      }
      if (errno == EAGAIN) {
        pollfd ready{fd_, POLLOUT, 0};
        ::poll(&ready, 1, -1);
        continue;
      }
      const int error = errno;
      buffer_.clear();
      throw std::system_error(error, std::generic_category(), "output");
    }
    rest.remove_prefix(static_cast<std::size_t>(written));
    if (!rest.empty()) notice_interrupt();
  }
  buffer_.clear();
}

void TextOutput::notice_interrupt() {
  try {
    if (on_interrupt_) on_interrupt_();
  } catch (...) {
    // Whoever interrupts so does not want to wait for the rest.
    buffer_.clear();
    throw;
  }
}

bool run(Session& session, const RunOptions& options, Deadline deadline) {
  TextOutput output(options.output_fd, options.on_interrupt);
  const auto limit_reached = [&] { return options.limit != 0 && session.events_passed() >= options.limit; };
  std::uint64_t section = session.section();
  try {
    while (!limit_reached()) {
      Event* event = session.next(deadline);
      if (event == nullptr) break;
      if (options.writer != nullptr) {
        if (session.section() != section) options.writer->begin_section(session.state());
        options.writer->write(*event);
      }
      section = session.section();
      if (options.format == nullptr || !session.is_shown(*event)) continue;
      auto context = session.context();
      options.format->write(output.buffer(), context);
      // A reader may take long to take what was printed.
      if (output.flush_if_large() && std::chrono::steady_clock::now() >= deadline) break;
    }
  } catch (...) {
    // Whatever ends the run, be it a driver's own exception: what came before has been printed.
    output.flush();
    throw;
  }
  output.flush();
  return !session.ended() && !limit_reached();
}

}  // namespace tracer
