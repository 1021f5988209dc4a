// Columns for Python, by the Arrow PyCapsule interface.
#include <nanobind/nanobind.h>
#include <nanobind/stl/optional.h>
#include <nanobind/stl/shared_ptr.h>
#include <nanobind/stl/string.h>
#include <nanobind/stl/vector.h>

#include <cerrno>

#include "../columns/collector.hpp"
#include "bindings.hpp"
#include "os_error.hpp"
#include "python_session.hpp"

namespace nb = nanobind;
using namespace nb::literals;

namespace tracer {
namespace {

constexpr int slice_ms = 100;

template <typename Structure>
void free_structure(void* pointer) noexcept {
  const std::unique_ptr<Structure> structure(static_cast<Structure*>(pointer));
  if (structure->release != nullptr) structure->release(structure.get());
}

// Whoever takes the structure out of the capsule leaves its `release` empty.
template <typename Structure>
nb::capsule make_capsule(Structure structure, const char* name) {
  auto owner = std::make_unique<Structure>(structure);
  nb::capsule capsule(owner.get(), name, free_structure<Structure>);
  owner.release();
  return capsule;
}

// One batch, to be taken once.
struct ColumnBatch {
  HeldSchema schema;
  HeldArray array;

  nb::tuple capsules() {
    if (array.get()->release == nullptr) throw nb::value_error("the batch was taken already");
    return nb::make_tuple(make_capsule(schema.give(), "arrow_schema"), make_capsule(array.give(), "arrow_array"));
  }
};

struct ColumnStream {
  std::shared_ptr<PythonSession> owner;
  Collector collector;

  ColumnStream(std::shared_ptr<PythonSession> session, const std::vector<std::string>& fields, std::uint64_t limit)
      : owner(std::move(session)), collector(fields, limit) {}

  // With the GIL held.
  std::optional<HeldArray> next(int timeout_ms) {
    prepare(*owner);
    const InUse in_use(*owner);
    const auto deadline = std::chrono::steady_clock::now() + std::chrono::milliseconds(timeout_ms);
    return with_os_errors([&] { return collector.next(owner->session, deadline); });
  }
};

// A ColumnStream as a C structure, which any thread may call, with or without the GIL.
struct ExportedStream {
  std::shared_ptr<ColumnStream> stream;
  std::string error;

  static ExportedStream& of(ArrowArrayStream* self) { return *static_cast<ExportedStream*>(self->private_data); }

  static int get_schema(ArrowArrayStream* self, ArrowSchema* out) {
    *out = of(self).stream->collector.schema().give();
    return 0;
  }

  static int get_next(ArrowArrayStream* self, ArrowArray* out) {
    const nb::gil_scoped_acquire gil;
    auto& exported = of(self);
    *out = {};
    try {
      while (!exported.stream->collector.ended()) {
        if (auto batch = exported.stream->next(slice_ms)) {
          *out = batch->give();
          return 0;
        }
        if (PyErr_CheckSignals() == 0) continue;
        // The exception waits until Python code runs again: here nobody could catch it.
        PyErr_Clear();
        PyErr_SetInterrupt();
        exported.error = "interrupted";
        return EINTR;
      }
      return 0;
    } catch (const std::exception& error) {
      exported.error = error.what();
      return EIO;
    }
  }

  static const char* get_last_error(ArrowArrayStream* self) {
    const auto& error = of(self).error;
    return error.empty() ? nullptr : error.c_str();
  }

  static void release(ArrowArrayStream* self) {
    const nb::gil_scoped_acquire gil;
    delete static_cast<ExportedStream*>(self->private_data);
    self->release = nullptr;
  }
};

nb::capsule export_stream(const std::shared_ptr<ColumnStream>& stream, const nb::handle&) {
  auto exported = std::make_unique<ExportedStream>(ExportedStream{stream, {}});
  return make_capsule(ArrowArrayStream{ExportedStream::get_schema, ExportedStream::get_next,
                                       ExportedStream::get_last_error, ExportedStream::release, exported.release()},
                      "arrow_array_stream");
}

}  // namespace

void bind_columns(nb::module_& module) {
  nb::class_<ColumnBatch>(module, "ColumnBatch", "Rows, to be taken once through the Arrow PyCapsule interface.")
      .def(
          "__arrow_c_array__", [](ColumnBatch& self, const nb::handle&) { return self.capsules(); },
          "requested_schema"_a.none() = nb::none())
      .def("__len__", [](ColumnBatch& self) { return self.array.get()->length; });
  nb::class_<ColumnStream>(module, "ColumnStream", "Columns of fields, one row for each event, in batches.")
      .def(nb::new_([](const std::shared_ptr<PythonSession>& session, const std::vector<std::string>& fields,
                       std::uint64_t limit) { return std::make_shared<ColumnStream>(session, fields, limit); }),
           "session"_a, "fields"_a, "limit"_a = 0)
      .def(
          "next",
          [](ColumnStream& self, int timeout_ms) -> std::optional<ColumnBatch> {
            auto array = self.next(timeout_ms);
            if (!array) return std::nullopt;
            return ColumnBatch{self.collector.schema(), std::move(*array)};
          },
          "timeout_ms"_a = slice_ms)
      .def("finish", [](ColumnStream& self) { self.collector.finish(); })
      .def_prop_ro("ended", [](const ColumnStream& self) { return self.collector.ended(); })
      .def("__arrow_c_stream__", export_stream, "requested_schema"_a.none() = nb::none())
      .def("__arrow_c_schema__",
           [](const ColumnStream& self) { return make_capsule(self.collector.schema().give(), "arrow_schema"); });
}

}  // namespace tracer
