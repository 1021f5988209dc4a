#include <memory>
#include <optional>

#include "../live/batch_source.hpp"
#include "bindings.hpp"

namespace nb = nanobind;

namespace tracer {
namespace {

// The bytes of any Python object that has some; the object cannot move them while this lives.
class PythonBytes {
 public:
  explicit PythonBytes(nb::handle object) {
    if (PyObject_GetBuffer(object.ptr(), &view_, PyBUF_SIMPLE) != 0) nb::raise_python_error();
  }
  ~PythonBytes() { PyBuffer_Release(&view_); }
  PythonBytes(const PythonBytes&) = delete;
  PythonBytes& operator=(const PythonBytes&) = delete;

  Bytes bytes() const { return {static_cast<const std::byte*>(view_.buf), static_cast<std::size_t>(view_.len)}; }

 private:
  Py_buffer view_{};
};

// A driver's source, called with the GIL held and only then.
class PythonBatches : public BatchProvider {
 public:
  explicit PythonBatches(nb::object source) : source_(std::move(source)) {}
  ~PythonBatches() override {
    nb::gil_scoped_acquire gil;
    tables_.reset();
    batch_.reset();
    source_.reset();
  }

  std::optional<Bytes> tables() override {
    nb::gil_scoped_acquire gil;
    return hold(tables_, source_.attr("tables")());
  }

  std::optional<Bytes> read(int timeout_ms) override {
    nb::gil_scoped_acquire gil;
    batch_.reset();
    return hold(batch_, source_.attr("read")(timeout_ms / 1000.0));
  }

  SourceStatistics statistics() const override {
    nb::gil_scoped_acquire gil;
    const auto counts = source_.attr("statistics")();
    return {nb::cast<std::uint64_t>(counts.attr("seen")), nb::cast<std::uint64_t>(counts.attr("dropped"))};
  }

 private:
  static std::optional<Bytes> hold(std::optional<PythonBytes>& place, const nb::object& object) {
    if (object.is_none()) return std::nullopt;
    place.emplace(object);
    return place->bytes();
  }

  nb::object source_;
  std::optional<PythonBytes> tables_;
  std::optional<PythonBytes> batch_;
};

struct BatchSourceHandle : NativeSource {
  explicit BatchSourceHandle(nb::object driver_source) {
    source = std::make_shared<BatchSource>(std::make_unique<PythonBatches>(std::move(driver_source)));
  }
};

}  // namespace

void bind_batch(nb::module_& module) {
  nb::class_<BatchSourceHandle, NativeSource>(module, "BatchSource",
                                              "Calls the `tables` and `read` methods of a driver's source.")
      .def(nb::init<nb::object>(), nb::arg("source"));
}

}  // namespace tracer
