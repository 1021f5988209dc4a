// The rings of kernel drivers.
#include <nanobind/nanobind.h>
#include <nanobind/stl/pair.h>
#include <nanobind/stl/vector.h>

#include "../live/ring_source.hpp"
#include "bindings.hpp"

namespace nb = nanobind;

namespace tracer {
namespace {

RingSource& ring_source(NativeSource& handle) { return static_cast<RingSource&>(*handle.source); }

struct RingSourceHandle : NativeSource {};

}  // namespace

void bind_live(nb::module_& module) {
  nb::class_<RingSourceHandle, NativeSource>(module, "RingSource", "The per-CPU rings of a kernel driver.")
      .def(
          "__init__",
          [](RingSourceHandle* self, const std::vector<std::pair<int, int>>& rings, std::size_t ring_bytes,
             int counters_fd, std::size_t counters_stride, std::size_t counters_cpus, std::size_t drop_reasons,
             std::uint64_t clock_offset, int open_files_fd, std::size_t behind_bytes) {
            RingLayout layout;
            for (const auto& [fd, cpu] : rings) layout.rings.push_back({fd, static_cast<std::uint16_t>(cpu)});
            layout.ring_bytes = ring_bytes;
            layout.mapped_bytes = ring_bytes + (behind_bytes != 0 ? behind_bytes : ring_bytes);
            layout.counters_fd = counters_fd;
            layout.counters_stride = counters_stride;
            layout.counters_cpus = counters_cpus;
            layout.drop_reasons = drop_reasons;
            layout.clock_offset = clock_offset;
            layout.open_files_fd = open_files_fd;
            new (self) RingSourceHandle{{std::make_shared<RingSource>(layout)}};
          },
          nb::kw_only(), nb::arg("rings"), nb::arg("ring_bytes"), nb::arg("counters_fd"), nb::arg("counters_stride"),
          nb::arg("counters_cpus"), nb::arg("drop_reasons"), nb::arg("clock_offset"), nb::arg("open_files_fd") = -1,
          nb::arg("behind_bytes") = 0)
      .def(
          "stop", [](RingSourceHandle& self) { ring_source(self).stop(); },
          "The kernel writes no more: deliver what is left, then end.")
      .def_prop_ro(
          "delivered", [](RingSourceHandle& self) { return ring_source(self).delivered(); },
          "Records handed to the engine so far.");
}

}  // namespace tracer
