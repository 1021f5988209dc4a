// Captures, as sources and as files to write.
#include <nanobind/nanobind.h>
#include <nanobind/stl/optional.h>
#include <nanobind/stl/shared_ptr.h>
#include <nanobind/stl/string.h>
#include <nanobind/stl/unique_ptr.h>

#include <system_error>

#include "../capture/batch_reader.hpp"
#include "../capture/capture_source.hpp"
#include "../capture/series.hpp"
#include "bindings.hpp"
#include "os_error.hpp"
#include "python_session.hpp"

namespace nb = nanobind;
using namespace nb::literals;

namespace tracer {
namespace {

constexpr int read_wait_ms = 100;

struct CaptureSourceHandle : NativeSource {
  BatchReader reader;
  explicit CaptureSourceHandle(const std::shared_ptr<CaptureSource>& capture)
      : NativeSource{capture}, reader(capture) {}
};

nb::bytes table_blocks(CaptureSourceHandle& self) {
  const auto blocks = with_os_errors([&] { return self.reader.table_blocks(); });
  return nb::bytes(blocks.data(), blocks.size());
}

std::optional<nb::bytes> read_batch(CaptureSourceHandle& self, std::size_t max_bytes) {
  std::vector<std::byte> batch;
  const bool more = with_os_errors([&] { return self.reader.read(batch, max_bytes, read_wait_ms); });
  if (!more) return std::nullopt;
  return nb::bytes(batch.data(), batch.size());
}

void create_writer(CaptureSeries* self, const std::string& path, bool compress, PythonSession& session,
                   std::uint64_t file_bytes, std::uint64_t file_seconds, std::uint64_t file_events, std::uint32_t files,
                   const nb::object& before_creating) {
  const SeriesLimits limits{file_bytes, file_seconds, file_events, files};
  const auto call_before = [before_creating](const std::string& name) {
    nb::gil_scoped_acquire gil;
    if (!before_creating.is_none()) before_creating(name);
  };
  auto& source = session.session.source();
  auto made = std::make_unique<CaptureSeries>(path, compress, source.is_recording(), limits, call_before);
  with_os_errors([&] {
    session.session.start();
    made->start(session.session.state());
  });
  new (self) CaptureSeries(std::move(*made));
}

}  // namespace

void bind_capture(nb::module_& module) {
  nb::class_<CaptureSourceHandle, NativeSource>(module, "CaptureSource", "A capture file, plain or gzip.")
      .def(
          "__init__",
          [](CaptureSourceHandle* self, const std::string& path, bool follow) {
            new (self)
                CaptureSourceHandle(with_os_errors([&] { return std::make_shared<CaptureSource>(path, follow); }));
          },
          "path"_a, "follow"_a = false)
      .def("table_blocks", table_blocks)
      .def("read_batch", read_batch, "max_bytes"_a)
      .def_prop_ro("section", [](const CaptureSourceHandle& self) { return self.reader.section(); });
  nb::class_<CaptureSeries>(module, "CaptureWriter", "Writes what a session lets through to a capture, or to several.")
      .def("__init__", create_writer, "path"_a, "compress"_a, "session"_a, nb::kw_only(), "file_bytes"_a = 0,
           "file_seconds"_a = 0, "file_events"_a = 0, "files"_a = 0, "before_creating"_a.none() = nb::none())
      .def("flush", [](CaptureSeries& self) { with_os_errors([&] { self.flush(); }); })
      .def("close", [](CaptureSeries& self) { with_os_errors([&] { self.close(); }); })
      .def_prop_ro("bytes_written", &CaptureSeries::bytes_written);
}

}  // namespace tracer
