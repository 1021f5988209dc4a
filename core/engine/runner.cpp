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
      if (errno == EINTR) continue;
      if (errno == EAGAIN) {
        pollfd ready{fd_, POLLOUT, 0};
        ::poll(&ready, 1, -1);
        continue;
      }
      const int error = errno;
      buffer_.clear();
      throw std::system_error(error, std::generic_category(), "cannot write output");
    }
    rest.remove_prefix(static_cast<std::size_t>(written));
  }
  buffer_.clear();
}

bool run(Session& session, const RunOptions& options, Deadline deadline) {
  TextOutput output(options.output_fd);
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
      output.flush_if_large();
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
