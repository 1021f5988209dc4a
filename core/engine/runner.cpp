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

namespace {

// Writes what passes, and what else the reader of the capture has to know.
class Recorder {
 public:
  Recorder(Session& session, CaptureSeries& writer) : session_(session), writer_(&writer), section_(session.section()) {
    session_.set_left_out([this](const Event& event) { write(event, false); });
  }
  Recorder(Session& session, const RunOptions& options) : session_(session), writer_(options.writer) {
    section_ = session.section();
    if (!writer_) return;
    const bool has_end = options.limit != 0 || options.duration_ns != 0;
    if (options.format == nullptr && !has_end && writer_->copies_blocks()) {
      session_.set_copy([this](Bytes blocks) { writer_->copy(blocks); });
    }
    session_.set_left_out([this, keep_state = options.keep_state](const Event& event) {
      const auto& info = event.record.info();
      const bool is_state = (info.flags & event_flag::modifies_state) || (info.categories & category::internal);
      // Nothing else in a capture says what a container is called.
      if ((keep_state && is_state) || is_about_container(event.record.type)) write(event, true);
    });
  }
  ~Recorder() {
    session_.set_left_out({});
    session_.set_copy({});
  }
  Recorder(const Recorder&) = delete;
  Recorder& operator=(const Recorder&) = delete;

  void write(const Event& event, bool hidden) {
    if (writer_ == nullptr) return;
    if (session_.section() != section_) writer_->begin_section(session_.state());
    section_ = session_.section();
    writer_->write(event, session_.state(), hidden);
  }

 private:
  Session& session_;
  CaptureSeries* writer_;
  std::uint64_t section_;
};

}  // namespace

Event* next_recorded(Session& session, CaptureSeries& writer, Deadline deadline) {
  Recorder recorder(session, writer);
  auto* const event = session.next(deadline);
  if (event != nullptr) recorder.write(*event, false);
  return event;
}

bool run(Session& session, const RunOptions& options, Deadline deadline) {
  TextOutput output(options.output_fd, options.on_interrupt);
  const auto limit_reached = [&] { return options.limit != 0 && session.events_passed() >= options.limit; };
  const auto time_is_over = [&](const Event& event) {
    const auto now = event.record.timestamp;
    const auto first = session.first_passed();
    return options.duration_ns != 0 && first != 0 && now >= first && now - first >= options.duration_ns;
  };
  Recorder recorder(session, options);
  bool over = false;
  try {
    while (!limit_reached()) {
      Event* event = session.next(deadline);
      if (event == nullptr) break;
      over = time_is_over(*event);
      if (over) break;
      recorder.write(*event, false);
      if (options.format == nullptr || !session.is_shown(*event)) continue;
      auto context = session.context();
      const auto line = output.buffer().size();
      options.format->write(output.buffer(), context);
      if (options.display_filter != nullptr && !options.display_filter->matches(context)) {
        output.buffer().resize(line);
      }
      if (options.unbuffered) output.flush();
      // A reader may take long to take what was printed.
      if (output.flush_if_large() && std::chrono::steady_clock::now() >= deadline) break;
    }
  } catch (...) {
    // Whatever ends the run, be it a driver's own exception: what came before has been printed.
    output.flush();
    throw;
  }
  output.flush();
  return !over && !session.ended() && !limit_reached();
}

}  // namespace tracer
