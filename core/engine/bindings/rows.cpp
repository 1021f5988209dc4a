// Rows of fields for Python, and the tables of threads and machine that go with them.
#include <nanobind/nanobind.h>
#include <nanobind/stl/optional.h>
#include <nanobind/stl/shared_ptr.h>
#include <nanobind/stl/string.h>
#include <nanobind/stl/vector.h>

#include "../output/text.hpp"
#include "../rows/row_stream.hpp"
#include "bindings.hpp"
#include "data_format.hpp"
#include "os_error.hpp"
#include "python_event.hpp"
#include "python_session.hpp"
#include "text_cache.hpp"

namespace nb = nanobind;
using namespace nb::literals;

namespace tracer {
namespace {

// Of what could be a command to a terminal, only line ends and tabs are left as they are.
void append_lines_escaped(std::string& out, std::string_view text) {
  while (!text.empty()) {
    const auto end = std::min(text.find_first_of("\n\t"), text.size());
    append_escaped(out, text.substr(0, end));
    if (end < text.size()) out += text[end];
    text.remove_prefix(std::min(end + 1, text.size()));
  }
}

std::unique_ptr<FieldReader> bind_text(const std::string& text) {
  const auto split = split_field(text);
  if (!split || split->length != text.size()) throw std::invalid_argument("there is no field " + text);
  // Without an argument they are all ancestors to a filter, but the process itself where a value is wanted.
  const auto name = split->field->name;
  const bool is_self = !split->argument && (name == "proc.aname" || name == "proc.apid");
  return bind_field(name, is_self ? "0" : split->argument);
}

// A request as Python holds it: with what makes Python objects of its values.
struct PythonRequest {
  std::shared_ptr<RowRequest> request = std::make_shared<RowRequest>();
  std::vector<TextCache> texts;  // of each field
  bool as_bytes;
  bool escape_control;
  Values values;
  std::string buffer;

  PythonRequest(const std::vector<std::string>& fields, const FilterHandle* filter, const FormatHandle* format,
                bool is_bytes, bool escapes)
      : texts(fields.size(), TextCache(is_bytes)), as_bytes(is_bytes), escape_control(escapes) {
    for (const auto& field : fields) request->fields.push_back(bind_text(field));
    if (filter != nullptr) request->filter = filter->filter;
    if (format != nullptr) request->format = format->format;
  }

  nb::object text(std::size_t field, std::string_view text) {
    if (!escape_control) return texts[field].get(text);
    buffer.clear();
    append_lines_escaped(buffer, text);
    return texts[field].get(buffer);
  }

  nb::object value(std::size_t field, const Value& value) {
    switch (value.type) {
      case ParamType::charbuf_:
      case ParamType::fspath_:
      case ParamType::fsrelpath_:
        return text(field, value.text);
      case ParamType::bytebuf_:
        if (!escape_control) return nb::bytes(value.bytes.data(), value.bytes.size());
        buffer.clear();
        append_lines_escaped(buffer, as_text(value.bytes));
        return nb::bytes(buffer.data(), buffer.size());
      case ParamType::ipv4addr_:
      case ParamType::ipv6addr_:
      case ParamType::ipaddr_:
        buffer.clear();
        append_address(buffer, value.bytes);
        return texts[field].get(buffer);
      default:
        return python_value(value);
    }
  }

  nb::object value_of(std::size_t field, FieldContext& context) {
    const auto& reader = *request->fields[field];
    values.clear();
    reader.read(context, values);
    if (reader.info->is_list) {
      nb::list list;
      for (const auto& each : values) list.append(value(field, each));
      return list;
    }
    if (values.empty()) return is_other_protocol(reader, context) ? text(field, "<NA>") : nb::none();
    return value(field, values.front());
  }

  // sysdig has a text for descriptors that are no sockets, by which its chisels count them.
  static bool is_other_protocol(const FieldReader& reader, const FieldContext& context) {
    return context.event.descriptor != nullptr && reader.info->name == "fd.l4proto";
  }

  nb::object line(FieldContext& context) {
    buffer.clear();
    if (!request->format->write(buffer, context)) return nb::none();
    return nb::bytes(buffer.data(), buffer.size());
  }

  nb::tuple row(FieldContext& context) {
    const auto count = request->fields.size();
    auto row = nb::steal<nb::tuple>(PyTuple_New(static_cast<Py_ssize_t>(count + (request->format != nullptr))));
    for (std::size_t i = 0; i < count; ++i) {
      PyTuple_SET_ITEM(row.ptr(), static_cast<Py_ssize_t>(i), value_of(i, context).release().ptr());
    }
    if (request->format) {
      PyTuple_SET_ITEM(row.ptr(), static_cast<Py_ssize_t>(count), line(context).release().ptr());
    }
    return row;
  }
};

struct PythonRowStream {
  std::shared_ptr<PythonSession> owner;
  std::vector<std::shared_ptr<PythonRequest>> requests;
  RowStream stream;

  static std::vector<std::shared_ptr<RowRequest>> native(const std::vector<std::shared_ptr<PythonRequest>>& requests) {
    std::vector<std::shared_ptr<RowRequest>> natives;
    for (const auto& request : requests) natives.push_back(request->request);
    return natives;
  }

  PythonRowStream(std::shared_ptr<PythonSession> session, std::vector<std::shared_ptr<PythonRequest>> asked,
                  RowOptions options)
      : owner(std::move(session)), requests(std::move(asked)), stream(owner->session, native(requests), options) {}

  // Rows of one request that follow one another stand together; a tick stands alone.
  nb::list next(int timeout_ms, std::size_t most) {
    prepare(*owner);
    const InUse in_use(*owner);
    const auto deadline = std::chrono::steady_clock::now() + std::chrono::milliseconds(timeout_ms);
    nb::list turns;
    nb::list rows;
    std::optional<std::size_t> of;
    for (std::size_t count = 0; count < most; ++count) {
      const auto turn = with_os_errors([&] { return stream.next(deadline); });
      if (!turn) break;
      auto context = stream.context();
      auto row = requests[turn->request]->row(context);
      if (!turn->tick && of == turn->request) {
        rows.append(row);
        continue;
      }
      rows = nb::list();
      rows.append(row);
      const auto& tick = turn->tick;
      turns.append(nb::make_tuple(turn->request, rows, tick ? nb::object(nb::int_(tick->time)) : nb::none(),
                                  tick ? tick->delta : 0));
      of = tick ? std::nullopt : std::optional(turn->request);
    }
    return turns;
  }
};

}  // namespace

void bind_rows(nb::module_& module) {
  nb::class_<PythonRequest>(module, "RowRequest", "What rows someone wants.")
      .def(nb::new_([](const std::vector<std::string>& fields, const FilterHandle* filter, const FormatHandle* format,
                       bool as_bytes, bool escape_control) {
             return std::make_shared<PythonRequest>(fields, filter, format, as_bytes, escape_control);
           }),
           "fields"_a, "filter"_a.none() = nb::none(), nb::kw_only(), "format"_a.none() = nb::none(),
           "as_bytes"_a = false, "escape_control"_a = false)
      .def(
          "set_interval",
          [](PythonRequest& self, std::uint64_t interval, bool exact) {
            auto& ticker = self.request->ticker;
            exact ? ticker.set_exact(interval) : ticker.set_aligned(interval);
          },
          "interval_ns"_a, "exact"_a = false);
  nb::class_<PythonRowStream>(module, "RowStream", "Rows and ticks of several requests over one session.")
      .def(nb::new_([](const std::shared_ptr<PythonSession>& session,
                       std::vector<std::shared_ptr<PythonRequest>> requests, const FilterHandle* filter,
                       CaptureSeries* writer, std::uint64_t limit, std::uint64_t duration_ns, bool is_live,
                       const std::string& data) {
             return std::make_shared<PythonRowStream>(
                 session, std::move(requests),
                 RowOptions{.filter = filter != nullptr ? filter->filter : nullptr,
                            .writer = writer,
                            .limit = limit,
                            .duration_ns = duration_ns,
                            .is_live = is_live,
                            .render = {.data = data_format(data), .data_limit = 0}});
           }),
           "session"_a, "requests"_a, nb::kw_only(), "filter"_a.none() = nb::none(), "writer"_a.none() = nb::none(),
           "limit"_a = 0, "duration_ns"_a = 0, "is_live"_a = false, "data"_a = "dotted", nb::keep_alive<1, 5>())
      .def("next", &PythonRowStream::next, "timeout_ms"_a, "most"_a = 1024)
      .def("event",
           [](PythonRowStream& self) {
             const InUse in_use(*self.owner);
             return current_event(*self.owner, self.stream.context().event);
           })
      .def_prop_ro("ended", [](const PythonRowStream& self) { return self.stream.ended(); })
      .def_prop_ro("first_timestamp", [](const PythonRowStream& self) { return self.stream.first_timestamp(); })
      .def_prop_ro("last_timestamp", [](const PythonRowStream& self) { return self.stream.last_timestamp(); })
      .def_prop_ro("events_passed", [](const PythonRowStream& self) { return self.stream.events_passed(); });
}

}  // namespace tracer
