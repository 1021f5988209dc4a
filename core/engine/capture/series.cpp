#include "series.hpp"

#include <cerrno>
#include <cstdio>
#include <ctime>
#include <system_error>

namespace tracer {
namespace {

constexpr std::uint64_t second = 1'000'000'000;

std::string format_time(const std::string& format, std::uint64_t time_s) {
  const auto time = static_cast<std::time_t>(time_s);
  std::tm local{};
  localtime_r(&time, &local);
  std::string name(format.size() + 4096, '\0');
  name.resize(std::strftime(name.data(), name.size(), format.c_str(), &local));
  if (name.empty()) throw std::system_error(EINVAL, std::generic_category(), format);
  return name;
}

std::string padded(std::uint32_t number, std::size_t width) {
  auto digits = std::to_string(number);
  if (digits.size() < width) digits.insert(0, width - digits.size(), '0');
  return digits;
}

}  // namespace

std::string SeriesNames::next(std::uint64_t time_s) {
  if (limits_.none()) return path_;
  if (limits_.files != 0 && index_ >= limits_.files) index_ = 0;
  std::string name = path_;
  if (limits_.file_seconds != 0) name = tell_time() ? format_time(path_, time_s) : path_ + std::to_string(index_);
  if (limits_.file_bytes != 0) {
    name += padded(index_, limits_.files == 0 ? 0 : std::to_string(limits_.files).size());
  }
  if (limits_.file_events != 0) name = path_ + std::to_string(index_);
  obsolete_.clear();
  if (limits_.files != 0) {
    kept_.resize(limits_.files);
    auto& slot = kept_[index_];
    if (slot != name) obsolete_ = slot;
    slot = name;
  }
  ++index_;
  return name;
}

CaptureSeries::CaptureSeries(const std::string& path, bool compress, bool for_old_readers, SeriesLimits limits,
                             BeforeCreating before_creating)
    : names_(path, limits),
      compress_(compress),
      for_old_readers_(for_old_readers),
      limits_(limits),
      before_creating_(std::move(before_creating)) {}

void CaptureSeries::start(const State& state) {
  if (!names_.tell_time()) open_next(state, 0);
}

void CaptureSeries::open_next(const State& state, std::uint64_t time_s) {
  close();
  const auto name = names_.next(time_s);
  before_creating_(name);
  if (!names_.obsolete().empty()) std::remove(names_.obsolete().c_str());
  file_ = std::make_unique<CaptureWriter>(name, compress_, for_old_readers_, state);
  file_begin_s_ = time_s;
  file_events_ = 0;
}

bool CaptureSeries::has_enough(std::uint64_t time_s) const {
  if (limits_.file_seconds != 0 && time_s >= file_begin_s_ + limits_.file_seconds) return true;
  if (limits_.file_bytes != 0 && file_->bytes_written() > limits_.file_bytes) return true;
  return limits_.file_events != 0 && file_events_ >= limits_.file_events;
}

void CaptureSeries::write(const Event& event, const State& state, bool hidden) {
  if (!limits_.none()) {
    const auto time_s = event.record.timestamp / second;
    if (file_ && file_begin_s_ == 0) file_begin_s_ = time_s;
    if (!file_ || has_enough(time_s)) open_next(state, time_s);
    if (!hidden) ++file_events_;
  }
  if (file_) file_->write(event, hidden);
}

void CaptureSeries::begin_section(const State& state) {
  if (file_) file_->begin_section(state);
}

void CaptureSeries::flush() {
  if (file_) file_->flush();
}

void CaptureSeries::close() {
  if (!file_) return;
  file_->close();
  bytes_before_ += file_->bytes_written();
  file_.reset();
}

std::uint64_t CaptureSeries::bytes_written() const { return bytes_before_ + (file_ ? file_->bytes_written() : 0); }

}  // namespace tracer
