// For Python: what is known of all threads, descriptors, containers and of the machine at one moment.
#include "../rows/thread_list.hpp"

#include <arpa/inet.h>
#include <nanobind/nanobind.h>
#include <nanobind/stl/optional.h>
#include <nanobind/stl/string.h>
#include <nanobind/stl/string_view.h>
#include <nanobind/stl/vector.h>

#include "../output/text.hpp"
#include "../state/socket_text.hpp"
#include "bindings.hpp"
#include "python_session.hpp"
#include "python_value.hpp"

namespace nb = nanobind;
using namespace nb::literals;

namespace tracer {
namespace {

struct ListedEndpoint {
  std::string ip;
  std::uint16_t port;
};

struct PythonListedDescriptor {
  std::int64_t fd;
  Descriptor known;

  bool is_internet() const { return known.is_ipv4() || known.is_ipv6(); }
  bool listens() const {
    return known.type == DescriptorType::ipv4_server_socket || known.type == DescriptorType::ipv6_server_socket;
  }
  std::optional<std::string> protocol() const {
    if (!is_internet()) return std::nullopt;
    switch (known.tuple.protocol) {
      case L4Protocol::tcp:
        return "tcp";
      case L4Protocol::udp:
        return "udp";
      case L4Protocol::icmp:
        return "icmp";
      case L4Protocol::raw:
        return "raw";
      default:
        return "";
    }
  }
  std::optional<ListedEndpoint> client() const {
    if (!is_internet() || listens()) return std::nullopt;
    return ListedEndpoint{text(known.tuple.source_ip), known.tuple.source_port};
  }
  std::optional<ListedEndpoint> server() const {
    if (!is_internet()) return std::nullopt;
    return ListedEndpoint{text(known.tuple.destination_ip), known.tuple.destination_port};
  }
  bool is_server() const { return listens() || (is_internet() && known.role == SocketRole::server); }

 private:
  std::string text(const IpAddress& address) const {
    char out[INET6_ADDRSTRLEN] = "";
    inet_ntop(known.is_ipv6() ? AF_INET6 : AF_INET, address.data(), out, sizeof out);
    return out;
  }
};

// A copy, so that it stays as it was when the list was made.
struct PythonListedThread {
  std::int64_t tid, pid, ptid;
  std::string comm, exe, args, env;
  std::uint32_t flags, uid, gid, children, vm_size_kb, vm_rss_kb, vm_swap_kb;
  std::int64_t fd_limit;
  std::uint64_t major_faults, minor_faults, clone_time;
  std::optional<std::string> user;
  std::vector<PythonListedDescriptor> descriptors;

  PythonListedThread(const ListedThread& listed, const State& state)
      : tid(listed.thread->tid),
        pid(listed.thread->pid),
        ptid(listed.thread->ptid),
        comm(listed.thread->comm),
        exe(listed.thread->exe),
        args(listed.thread->args),
        env(listed.thread->env),
        flags(listed.thread->flags),
        uid(listed.thread->uid),
        gid(listed.thread->gid),
        children(listed.thread->children),
        vm_size_kb(listed.thread->vm_size_kb),
        vm_rss_kb(listed.thread->vm_rss_kb),
        vm_swap_kb(listed.thread->vm_swap_kb),
        fd_limit(listed.thread->fd_limit),
        major_faults(listed.thread->major_faults),
        minor_faults(listed.thread->minor_faults),
        clone_time(listed.thread->clone_time) {
    const auto found = state.users.find(uid);
    if (uid != no_id && found != state.users.end()) user = found->second.name;
    for (const auto& [fd, descriptor] : listed.descriptors) descriptors.push_back({fd, *descriptor});
  }
};

template <auto member>
nb::object text_of(const PythonListedThread& self) {
  return python_text(self.*member);
}

nb::list threads_of(PythonSession& self, const FilterHandle* filter) {
  const InUse in_use(self);
  nb::list threads;
  for (const auto& listed : list_threads(self.session, filter != nullptr ? filter->filter.get() : nullptr)) {
    threads.append(PythonListedThread(listed, self.session.state()));
  }
  return threads;
}

nb::list containers_of(PythonSession& self) {
  const InUse in_use(self);
  nb::list containers;
  for (const auto& [id, container] : self.session.state().containers) {
    containers.append(nb::make_tuple(python_text(container.type), python_text(container.id),
                                     python_text(container.name), python_text(container.image)));
  }
  return containers;
}

nb::tuple machine_of(PythonSession& self) {
  const InUse in_use(self);
  const auto& machine = self.session.state().machine;
  return nb::make_tuple(machine.cpu_count, machine.memory_bytes, machine.max_pid, python_text(machine.hostname));
}

}  // namespace

void bind_thread_list(nb::module_& module) {
  nb::class_<ListedEndpoint>(module, "Endpoint")
      .def_ro("ip", &ListedEndpoint::ip)
      .def_ro("port", &ListedEndpoint::port);
  nb::class_<PythonListedDescriptor>(module, "ListedDescriptor")
      .def_ro("fd", &PythonListedDescriptor::fd)
      .def_prop_ro("type", [](const PythonListedDescriptor& self) { return descriptor_type_name(self.known.type); })
      .def_prop_ro("name",
                   [](const PythonListedDescriptor& self) {
                     std::string name;
                     append_name(name, self.known.name, Controls::dropped);
                     return python_text(name);
                   })
      .def_prop_ro("protocol", &PythonListedDescriptor::protocol)
      .def_prop_ro("client", &PythonListedDescriptor::client)
      .def_prop_ro("server", &PythonListedDescriptor::server)
      .def_prop_ro("is_server", &PythonListedDescriptor::is_server);
  nb::class_<PythonListedThread>(module, "ListedThread")
      .def_ro("tid", &PythonListedThread::tid)
      .def_ro("pid", &PythonListedThread::pid)
      .def_ro("ptid", &PythonListedThread::ptid)
      .def_prop_ro("name", text_of<&PythonListedThread::comm>)
      .def_prop_ro("exe", text_of<&PythonListedThread::exe>)
      .def_prop_ro("args", [](const PythonListedThread& self) { return python_text_list(self.args); })
      .def_prop_ro("env", [](const PythonListedThread& self) { return python_text_list(self.env); })
      .def_ro("flags", &PythonListedThread::flags)
      .def_ro("uid", &PythonListedThread::uid)
      .def_ro("gid", &PythonListedThread::gid)
      .def_prop_ro(
          "user",
          [](const PythonListedThread& self) -> nb::object { return self.user ? python_text(*self.user) : nb::none(); })
      .def_ro("children", &PythonListedThread::children)
      .def_ro("fd_limit", &PythonListedThread::fd_limit)
      .def_ro("vm_size_kb", &PythonListedThread::vm_size_kb)
      .def_ro("vm_rss_kb", &PythonListedThread::vm_rss_kb)
      .def_ro("vm_swap_kb", &PythonListedThread::vm_swap_kb)
      .def_ro("major_faults", &PythonListedThread::major_faults)
      .def_ro("minor_faults", &PythonListedThread::minor_faults)
      .def_ro("clone_time", &PythonListedThread::clone_time)
      .def_ro("descriptors", &PythonListedThread::descriptors);
  module.def("list_threads", threads_of, "session"_a, "filter"_a.none() = nb::none());
  module.def("list_containers", containers_of, "session"_a);
  module.def("machine", machine_of, "session"_a);
}

}  // namespace tracer
