// Captures, as sources and as files to write.
#include <nanobind/nanobind.h>
#include <nanobind/stl/shared_ptr.h>
#include <nanobind/stl/string.h>

#include <system_error>

#include "../capture/capture_source.hpp"
#include "../capture/writer.hpp"
#include "bindings.hpp"
#include "os_error.hpp"
#include "python_session.hpp"

namespace nb = nanobind;
using namespace nb::literals;

namespace tracer {
namespace {

struct CaptureSourceHandle : NativeSource {};

std::unique_ptr<CaptureWriter> create_writer(const std::string& path, bool compress, PythonSession& session) {
  return with_os_errors(path, [&] {
    session.session.start();
    return std::make_unique<CaptureWriter>(path, compress, session.session.state());
  });
}

}  // namespace

void bind_capture(nb::module_& module) {
  nb::class_<CaptureSourceHandle, NativeSource>(module, "CaptureSource", "A capture file, plain or gzip.")
      .def(
          "__init__",
          [](CaptureSourceHandle* self, const std::string& path) {
            new (self)
                CaptureSourceHandle{{with_os_errors(path, [&] { return std::make_shared<CaptureSource>(path); })}};
          },
          "path"_a);
  nb::class_<CaptureWriter>(module, "CaptureWriter", "Writes what a session lets through to a capture.")
      .def(nb::new_(&create_writer), "path"_a, "compress"_a, "session"_a)
      .def("flush", [](CaptureWriter& self) { with_os_errors("", [&] { self.flush(); }); })
      .def("close", [](CaptureWriter& self) { with_os_errors("", [&] { self.close(); }); })
      .def_prop_ro("bytes_written", &CaptureWriter::bytes_written);
}

}  // namespace tracer
