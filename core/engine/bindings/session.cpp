// Session, Event, Thread and Descriptor for Python.
#include <nanobind/nanobind.h>
#include <nanobind/stl/optional.h>
#include <nanobind/stl/shared_ptr.h>
#include <nanobind/stl/string.h>
#include <nanobind/stl/string_view.h>

#include <optional>

#include "../runner.hpp"
#include "attached.hpp"
#include "bindings.hpp"
#include "os_error.hpp"
#include "python_event.hpp"
#include "python_value.hpp"
#include "snapshot.hpp"

namespace nb = nanobind;
using namespace nb::literals;

namespace tracer {
namespace {

Deadline in_milliseconds(int timeout_ms) {
  return std::chrono::steady_clock::now() + std::chrono::milliseconds(timeout_ms);
}

nb::object event_field(const PythonEvent& event, const std::string& name) {
  auto& owner = *event.owner;
  const auto& reader = owner.fields.get(name);
  event.check_is_latest();
  const InUse in_use(owner, InUse::By::reader);
  auto context = owner.session.context();
  Values values;
  reader.read(context, values);
  if (reader.info->is_list) {
    nb::list list;
    for (const auto& value : values) list.append(python_value(value));
    return list;
  }
  return values.empty() ? nb::none() : python_value(values.front());
}

bool event_matches(const PythonEvent& event, const FilterHandle& filter) {
  auto& owner = *event.owner;
  event.check_is_latest();
  const InUse in_use(owner, InUse::By::reader);
  auto context = owner.session.context();
  return filter.filter->matches(context);
}

Event& latest(const PythonEvent& event) {
  event.check_is_latest();
  return event.owner->session.context().event;
}

// Null where the event has no thread, or nothing is known of it.
Attachment* thread_attachment(const PythonEvent& event) {
  auto* const thread = latest(event).thread;
  return thread != nullptr ? &thread->attachment : nullptr;
}

Attachment* descriptor_attachment(const PythonEvent& event) {
  auto* const descriptor = latest(event).descriptor;
  return descriptor != nullptr ? &descriptor->attachment : nullptr;
}

nb::object event_thread_state(const PythonEvent& event, nb::handle key) {
  const InUse in_use(*event.owner, InUse::By::reader);
  return state_of(*event.owner, thread_attachment(event), key);
}

void event_set_thread_state(const PythonEvent& event, nb::handle key, nb::handle value) {
  const InUse in_use(*event.owner, InUse::By::reader);
  set_state_of(*event.owner, thread_attachment(event), key, value);
}

nb::object event_descriptor_state(const PythonEvent& event, nb::handle key) {
  const InUse in_use(*event.owner, InUse::By::reader);
  return state_of(*event.owner, descriptor_attachment(event), key);
}

void event_set_descriptor_state(const PythonEvent& event, nb::handle key, nb::handle value) {
  const InUse in_use(*event.owner, InUse::By::reader);
  set_state_of(*event.owner, descriptor_attachment(event), key, value);
}

nb::dict event_params(const PythonEvent& event) {
  nb::dict params;
  const auto& record = event.record;
  for (std::size_t i = 0; i < record.param_count; ++i) {
    const auto& info = record.info().params[i];
    params[nb::str(info.name.data(), info.name.size())] = python_param(info, record.param(i));
  }
  return params;
}

std::string_view event_name(const PythonEvent& event) {
  const auto type = event.record.type;
  if (type == code::GENERIC_E || type == code::GENERIC_X) {
    const auto name = generic_name(event.record);
    if (!name.empty()) return name;
  }
  return event.record.info().name;
}

// Python's handlers otherwise wait until the engine returns.
void run_signal_handlers() {
  nb::gil_scoped_acquire gil;
  if (PyErr_CheckSignals() != 0) nb::raise_python_error();
}

bool run_session(PythonSession& self, const FormatHandle* format, int output_fd, CaptureSeries* writer,
                 std::uint64_t limit, int timeout_ms, bool keep_state, const FilterHandle* display_filter,
                 bool unbuffered, std::uint64_t duration_ns) {
  prepare(self);
  const InUse in_use(self);
  const RunOptions options{.format = format != nullptr ? format->format.get() : nullptr,
                           .output_fd = output_fd,
                           .writer = writer,
                           .keep_state = keep_state,
                           .display_filter = display_filter != nullptr ? display_filter->filter.get() : nullptr,
                           .unbuffered = unbuffered,
                           .limit = limit,
                           .duration_ns = duration_ns,
                           .on_interrupt = run_signal_handlers};
  return with_os_errors([&] { return run(self.session, options, in_milliseconds(timeout_ms)); });
}

// Null where the event lacks a field that the format demands.
nb::object event_text(const PythonEvent& event, const FormatHandle& format) {
  auto& owner = *event.owner;
  event.check_is_latest();
  const InUse in_use(owner, InUse::By::reader);
  auto context = owner.session.context();
  std::string text;
  if (!format.format->write(text, context)) return nb::none();
  return python_text(std::string_view(text).substr(0, text.size() - 1));  // without the newline
}

std::shared_ptr<PythonEvent> next_event(const std::shared_ptr<PythonSession>& self, int timeout_ms,
                                        CaptureSeries* writer) {
  prepare(*self);
  const InUse in_use(*self);
  const auto deadline = in_milliseconds(timeout_ms);
  auto& session = self->session;
  for (;;) {
    auto* const event = with_os_errors(
        [&] { return writer != nullptr ? next_recorded(session, *writer, deadline) : session.next(deadline); });
    if (event == nullptr) return nullptr;
    if (self->session.is_shown(*event)) return current_event(*self, *event);
  }
}

nb::dict session_statistics(PythonSession& self) {
  auto& session = self.session;
  const auto source = session.source().statistics();
  nb::dict statistics;
  statistics["events_read"] = session.events_read();
  statistics["events_passed"] = session.events_passed();
  statistics["seen"] = source.seen;
  statistics["dropped"] = source.dropped;
  statistics["threads"] = session.state().threads.size();
  statistics["thread_misses"] = session.state().statistics.thread_misses;
  statistics["descriptor_misses"] = session.state().statistics.descriptor_misses;
  statistics["purged_threads"] = session.state().statistics.purged_threads;
  return statistics;
}

nb::list session_event_counts(const PythonSession& self) {
  nb::list rows;
  for (const auto& row : self.session.counts().rows()) {
    rows.append(nb::make_tuple(python_text(row.name), row.is_enter, row.count));
  }
  return rows;
}

nb::list session_threads(PythonSession& self) {
  const InUse in_use(self, InUse::By::reader);
  nb::list threads;
  auto& state = self.session.state();
  std::vector<Thread*> known;  // a snapshot may add the leader of a thread's group
  for (const auto& [tid, thread] : state.threads) {
    if (!state.ends_now(tid)) known.push_back(thread.get());
  }
  for (auto* const thread : known) threads.append(self.threads.of(state, *thread));
  return threads;
}

nb::list session_descriptors(PythonSession& self, std::int64_t tid) {
  const InUse in_use(self, InUse::By::reader);
  nb::list descriptors;
  auto& state = self.session.state();
  auto* const thread = state.threads.find(tid);
  if (thread == nullptr) return descriptors;
  for (const auto& [fd, descriptor] : state.threads.descriptors(*thread)) {
    if (fd == DescriptorTable::canceled_fd || state.ends_now(*thread, fd)) continue;
    descriptors.append(std::make_shared<const DescriptorSnapshot>(fd, descriptor));
  }
  return descriptors;
}

void set_container(PythonSession& self, std::string_view json) {
  const InUse in_use(self);
  auto container = parse_container(json);
  if (!container) throw nb::value_error("this is not the JSON of a container with an id");
  self.session.state().containers.set(std::move(*container));
}

nb::list take_new_containers(PythonSession& self) {
  const InUse in_use(self);
  nb::list ids;
  for (const auto& id : self.session.state().containers.take_noticed()) ids.append(python_text(id));
  return ids;
}

// A stream's container look-ups, on a thread of their own.
struct PythonContainerWatch {
  std::shared_ptr<NoticedContainers> noticed;
};

nb::object next_noticed(PythonContainerWatch& self, int timeout_ms) {
  std::optional<ContainerReference> found;
  {
    const nb::gil_scoped_release release;
    found = self.noticed->take(timeout_ms);
  }
  if (!found) return nb::none();
  return nb::make_tuple(python_text(found->id), python_text(found->full_id), python_text(found->type),
                        found->is_named_by_id, python_text(found->cgroup), found->pid);
}

// A Python function that may be let go where the GIL is not held.
struct Callback {
  nb::object function;

  explicit Callback(nb::object of) : function(std::move(of)) {}
  ~Callback() {
    const nb::gil_scoped_acquire gil;
    function.reset();
  }
  Callback(const Callback&) = delete;
  Callback& operator=(const Callback&) = delete;
};

void add_tap(PythonSession& self, nb::object call, const FilterHandle* filter) {
  const InUse in_use(self);
  self.session.add_tap(filter != nullptr ? filter->filter : nullptr,
                       [&self, callback = std::make_shared<Callback>(std::move(call))](Event& event) {
                         const CallingBack calling(self);
                         return !callback->function(current_event(self, event)).is(Py_False);
                       });
}

bool add_record(PythonSession& self, const nb::bytes& record) {
  const auto* const bytes = static_cast<const std::byte*>(record.data());
  return self.session.add({bytes, bytes + record.size()});
}

void bind_snapshots(nb::module_& module) {
  nb::class_<ThreadSnapshot>(module, "Thread")
      .def_ro("tid", &ThreadSnapshot::tid)
      .def_ro("pid", &ThreadSnapshot::pid)
      .def_ro("ptid", &ThreadSnapshot::ptid)
      .def_ro("sid", &ThreadSnapshot::sid)
      .def_ro("pgid", &ThreadSnapshot::pgid)
      .def_ro("vtid", &ThreadSnapshot::vtid)
      .def_ro("vpid", &ThreadSnapshot::vpid)
      .def_ro("uid", &ThreadSnapshot::uid)
      .def_ro("gid", &ThreadSnapshot::gid)
      .def_prop_ro("name", [](const ThreadSnapshot& self) { return python_text(self.comm); })
      .def_prop_ro("exe", [](const ThreadSnapshot& self) { return python_text(self.exe); })
      .def_prop_ro("exepath", [](const ThreadSnapshot& self) { return python_text(self.exepath); })
      .def_prop_ro("cwd", [](const ThreadSnapshot& self) { return python_text(self.cwd); })
      .def_prop_ro("container_id", [](const ThreadSnapshot& self) { return python_text(self.container_id); })
      .def_prop_ro("root", [](const ThreadSnapshot& self) { return python_text(self.root); })
      .def_prop_ro("args", [](const ThreadSnapshot& self) { return python_text_list(self.args); })
      .def_prop_ro("env", [](const ThreadSnapshot& self) { return python_text_list(self.env); })
      .def_prop_ro("cgroups", [](const ThreadSnapshot& self) { return python_text_list(self.cgroups); })
      .def("__repr__",
           [](const ThreadSnapshot& self) { return "<Thread " + std::to_string(self.tid) + " " + self.comm + ">"; });
  nb::class_<DescriptorSnapshot>(module, "Descriptor")
      .def_ro("fd", &DescriptorSnapshot::fd)
      .def_ro("open_flags", &DescriptorSnapshot::open_flags)
      .def_ro("inode", &DescriptorSnapshot::inode)
      .def_ro("device", &DescriptorSnapshot::device)
      .def_prop_ro("type", [](const DescriptorSnapshot& self) { return descriptor_type_name(self.type); })
      .def_prop_ro("name", [](const DescriptorSnapshot& self) { return python_text(self.name); })
      .def("__repr__", [](const DescriptorSnapshot& self) {
        return "<Descriptor " + std::to_string(self.fd) + " " + std::string(descriptor_type_name(self.type)) + " " +
               self.name + ">";
      });
}

void bind_event(nb::module_& module) {
  nb::class_<PythonEvent>(module, "Event")
      .def_ro("number", &PythonEvent::number)
      .def_ro("thread", &PythonEvent::thread)
      .def_ro("descriptor", &PythonEvent::descriptor)
      .def_prop_ro("time", [](const PythonEvent& self) { return self.record.timestamp; })
      .def_prop_ro("cpu", [](const PythonEvent& self) { return self.record.cpu; })
      .def_prop_ro("tid", [](const PythonEvent& self) { return self.record.tid; })
      .def_prop_ro("type_code", [](const PythonEvent& self) { return self.record.type; })
      .def_prop_ro("is_enter", [](const PythonEvent& self) { return self.record.is_enter(); })
      .def_prop_ro("name", event_name)
      .def_prop_ro("latency",
                   [](const PythonEvent& self) {
                     return self.latency != 0 ? std::optional<std::uint64_t>(self.latency) : std::nullopt;
                   })
      .def_prop_ro("params", event_params)
      .def_prop_ro("raw", [](const PythonEvent& self) { return nb::bytes(self.bytes.data(), self.bytes.size()); })
      .def("__getitem__", event_field, "field"_a)
      .def("text", event_text, "format"_a)
      .def("matches", event_matches, "filter"_a)
      .def("thread_state", event_thread_state, "key"_a)
      .def("set_thread_state", event_set_thread_state, "key"_a, "value"_a)
      .def("descriptor_state", event_descriptor_state, "key"_a)
      .def("set_descriptor_state", event_set_descriptor_state, "key"_a, "value"_a)
      .def("__repr__", [](const PythonEvent& self) {
        return "<Event " + std::to_string(self.number) + " " + std::string(event_name(self)) +
               (self.record.is_enter() ? " >" : " <") + " tid=" + std::to_string(self.record.tid) + ">";
      });
}

}  // namespace

std::shared_ptr<PythonEvent> current_event(PythonSession& owner, Event& event) {
  auto made = owner.latest.lock();
  if (made && made->position == owner.session.position()) return made;
  made = std::make_shared<PythonEvent>();
  made->owner = owner.self.lock();
  made->position = owner.session.position();
  made->number = event.number;
  made->bytes.assign(event.record.raw.begin(), event.record.raw.end());
  made->record = event.record;
  made->record.raw = made->bytes;
  made->latency = event.latency;
  if (event.thread != nullptr) made->thread = owner.threads.of(owner.session.state(), *event.thread);
  if (event.descriptor != nullptr) {
    made->descriptor = std::make_shared<const DescriptorSnapshot>(event.fd, *event.descriptor);
  }
  owner.latest = made;
  return made;
}

void bind_session(nb::module_& module) {
  nb::exception<FormatError>(module, "FormatError", PyExc_ValueError);
  nb::class_<NativeSource>(module, "NativeSource")
      .def_prop_ro("progress", [](const NativeSource& self) { return self.source->progress(); })
      .def_prop_ro("statistics", [](const NativeSource& self) {
        const auto counts = self.source->statistics();
        nb::dict statistics;
        statistics["seen"] = counts.seen;
        statistics["dropped"] = counts.dropped;
        return statistics;
      });
  bind_snapshots(module);
  bind_event(module);
  nb::class_<PythonContainerWatch>(module, "ContainerWatch")
      .def("next", next_noticed, "timeout_ms"_a)
      .def("close", [](PythonContainerWatch& self) { self.noticed->close(); });
  nb::class_<PythonSession>(module, "Session")
      .def(nb::new_([](const NativeSource& source, const FilterHandle* filter, bool show_internal) {
             auto made = std::make_shared<PythonSession>(source.source, filter != nullptr ? filter->filter : nullptr,
                                                         show_internal);
             made->self = made;
             return made;
           }),
           "source"_a, "filter"_a.none() = nb::none(), "show_internal"_a = false)
      .def("start",
           [](PythonSession& self) {
             const InUse in_use(self);
             with_os_errors([&] { self.session.start(); });
           })
      .def("run", run_session, nb::kw_only(), "format"_a.none() = nb::none(), "output_fd"_a = 1,
           "writer"_a.none() = nb::none(), "limit"_a = 0, "timeout_ms"_a = 100, "keep_state"_a = false,
           "display_filter"_a.none() = nb::none(), "unbuffered"_a = false, "duration_ns"_a = 0)
      .def("next", next_event, "timeout_ms"_a = 100, "writer"_a.none() = nb::none())
      .def_prop_ro("ended", [](const PythonSession& self) { return self.session.ended(); })
      .def_prop_ro("events_read", [](const PythonSession& self) { return self.session.events_read(); })
      .def_prop_ro("events_passed", [](const PythonSession& self) { return self.session.events_passed(); })
      .def_prop_ro("statistics", session_statistics)
      .def("event_counts", session_event_counts)
      .def("threads", session_threads)
      .def("descriptors", session_descriptors, "tid"_a)
      .def(
          "set_before_first", [](PythonSession& self, nb::object call) { self.before_first = std::move(call); },
          "call"_a.none())
      .def("add_tap", add_tap, "call"_a, "filter"_a.none() = nb::none())
      .def("remove_taps",
           [](PythonSession& self) {
             const InUse in_use(self);
             self.session.remove_taps();
           })
      .def("set_container", set_container, "json"_a)
      .def("take_new_containers", take_new_containers)
      .def("watch_containers",
           [](PythonSession& self) {
             const InUse in_use(self);
             return PythonContainerWatch{self.session.watch_containers()};
           })
      .def("add_record", add_record, "record"_a)
      .def_prop_ro("is_of_this_machine", [](PythonSession& self) { return self.session.state().now != nullptr; });
}

}  // namespace tracer
