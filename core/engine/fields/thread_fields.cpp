// thread.*: the thread that the event belongs to.
#include <array>
#include <unordered_map>

#include "lineage.hpp"
#include "text.hpp"

namespace tracer {

namespace {

using T = ParamType;
using F = PrintFormat;

std::optional<std::string_view> control_groups(FieldContext& context) {
  const auto* thread = context.event.thread;
  if (!thread || thread->cgroups.empty()) return std::nullopt;
  auto& text = context.scratch.text();
  append_parts(text, thread->cgroups);
  return text;
}

std::string parse_subsystem(const FieldInfo&, std::optional<std::string_view> argument) {
  return std::string(*argument);
}

std::optional<std::string_view> control_group(FieldContext& context, const std::string& subsystem) {
  if (!context.event.thread) return std::nullopt;
  return entry(context.event.thread->cgroups, subsystem);
}

// Memory counts for the main thread alone, so that sums over threads come out right.
template <auto member, std::uint64_t unit>
std::optional<std::uint64_t> memory(FieldContext& context) {
  const auto* thread = context.event.thread;
  if (!thread) return std::nullopt;
  return thread->is_main() ? std::uint64_t{thread->*member} * unit : 0;
}

bool is_switch(const Record& record) {
  return record.type == code::SCHEDSWITCH_1_E || record.type == code::SCHEDSWITCH_6_E;
}

// The time since the same CPU switched before; by it the thread that is switched away from has run.
class RunTime {
 public:
  std::uint64_t next(const Record& record) {
    if (!is_switch(record)) return 0;
    auto& last = last_switch_[record.cpu];
    const auto ran = last == 0 ? 0 : record.timestamp - last;
    last = record.timestamp;
    return ran;
  }

 private:
  std::unordered_map<std::uint16_t, std::uint64_t> last_switch_;
};

class RunTimeReader final : public FieldReader {
 public:
  void read(FieldContext& context, Values& values) const override {
    append(values, *info, run_time_.next(context.event.record));
  }

 private:
  mutable RunTime run_time_;
};

bool is_exit(const Record& record) { return record.type == code::PROCEXIT_E || record.type == code::PROCEXIT_1_E; }

class TotalRunTimeReader final : public FieldReader {
 public:
  void read(FieldContext& context, Values& values) const override {
    const auto& record = context.event.record;
    const auto ran = run_time_.next(record);
    if (!context.event.thread) return;
    append(values, *info, totals_[record.tid] += ran);
    if (is_exit(record)) totals_.erase(record.tid);
  }

 private:
  mutable RunTime run_time_;
  mutable std::unordered_map<std::int64_t, std::uint64_t> totals_;
};

// CPU ticks that the thread used since its procinfo event before this one, at most 100.
template <bool user, bool system>
class CpuReader final : public FieldReader {
 public:
  void read(FieldContext& context, Values& values) const override {
    const auto& record = context.event.record;
    if (is_exit(record)) last_.erase(record.tid);
    if (record.type != code::PROCINFO_E || !context.event.thread) return;
    const auto used = (user ? record.value<std::uint64_t>(0) : 0) + (system ? record.value<std::uint64_t>(1) : 0);
    auto& before = last_[record.tid];
    append(values, *info, before == 0 ? 0.0 : std::min(100.0, static_cast<double>(used - before)));
    before = used;
  }

 private:
  mutable std::unordered_map<std::int64_t, std::uint64_t> last_;
};

// By bit.
constexpr std::array<std::string_view, 41> capability_names = {
    "CAP_CHOWN",
    "CAP_DAC_OVERRIDE",
    "CAP_DAC_READ_SEARCH",
    "CAP_FOWNER",
    "CAP_FSETID",
    "CAP_KILL",
    "CAP_SETGID",
    "CAP_SETUID",
    "CAP_SETPCAP",
    "CAP_LINUX_IMMUTABLE",
    "CAP_NET_BIND_SERVICE",
    "CAP_NET_BROADCAST",
    "CAP_NET_ADMIN",
    "CAP_NET_RAW",
    "CAP_IPC_LOCK",
    "CAP_IPC_OWNER",
    "CAP_SYS_MODULE",
    "CAP_SYS_RAWIO",
    "CAP_SYS_CHROOT",
    "CAP_SYS_PTRACE",
    "CAP_SYS_PACCT",
    "CAP_SYS_ADMIN",
    "CAP_SYS_BOOT",
    "CAP_SYS_NICE",
    "CAP_SYS_RESOURCE",
    "CAP_SYS_TIME",
    "CAP_SYS_TTY_CONFIG",
    "CAP_MKNOD",
    "CAP_LEASE",
    "CAP_AUDIT_WRITE",
    "CAP_AUDIT_CONTROL",
    "CAP_SETFCAP",
    "CAP_MAC_OVERRIDE",
    "CAP_MAC_ADMIN",
    "CAP_SYSLOG",
    "CAP_WAKE_ALARM",
    "CAP_BLOCK_SUSPEND",
    "CAP_AUDIT_READ",
    "CAP_PERFMON",
    "CAP_BPF",
    "CAP_CHECKPOINT_RESTORE",
};

template <auto member>
std::optional<std::string_view> capabilities(FieldContext& context) {
  const auto* thread = context.event.thread;
  if (!thread) return std::nullopt;
  auto& text = context.scratch.text();
  for (std::size_t bit = 0; bit < capability_names.size(); ++bit) {
    if (!(thread->*member >> bit & 1)) continue;
    if (!text.empty()) text += ' ';
    text += capability_names[bit];
  }
  return text;
}

std::optional<std::int64_t> virtual_id(FieldContext& context) {
  const auto* thread = context.event.thread;
  if (!thread || thread->vtid == -1) return std::nullopt;
  return thread->vtid;
}

std::optional<std::string_view> name_and_id(FieldContext& context) {
  if (!context.event.thread) return std::nullopt;
  auto& text = context.scratch.text();
  text = context.event.thread->comm;
  text += std::to_string(context.event.record.tid);
  return text;
}

std::optional<bool> is_main(FieldContext& context) {
  if (!context.event.thread) return std::nullopt;
  return context.event.thread->is_main();
}

constexpr Field fields[] = {
    {{"thread.tid", T::int64_, F::id, "Id of the thread."},
     read<[](FieldContext& context) { return context.event.record.tid; }>},
    {{"thread.vtid", T::int64_, F::id, "Id of the thread as its own pid namespace has it."}, read<virtual_id>},
    {{"thread.ismain", T::bool_, F::na, "Whether the thread is the main one of its process."}, read<is_main>},
    {{"thread.pfmajor", T::uint64_, F::dec, "Major page faults of the thread."},
     read<of_thread<&Thread::major_faults>>},
    {{"thread.pfminor", T::uint64_, F::dec, "Minor page faults of the thread."},
     read<of_thread<&Thread::minor_faults>>},
    {{"thread.exectime", T::reltime_, F::dec,
      "Nanoseconds for which the thread that is switched away from has run; 0 for other events."},
     read_as<RunTimeReader>},
    {{"thread.totexectime", T::reltime_, F::dec, "Nanoseconds for which the thread has run, as its switches tell."},
     read_as<TotalRunTimeReader>},
    {{"thread.cgroups", T::charbuf_, F::na, "All control groups of the thread, as subsystem=path."},
     read<control_groups>},
    required_argument({{"thread.cgroup", T::charbuf_, F::na, "Control group of one subsystem: thread.cgroup.cpuacct."},
                       read_with_argument<parse_subsystem, control_group>}),
    {{"thread.cpu", T::double_, F::na, "CPU time of the last second in percent; in procinfo events."},
     read_as<CpuReader<true, true>>},
    {{"thread.cpu.user", T::double_, F::na, "thread.cpu spent outside the kernel."}, read_as<CpuReader<true, false>>},
    {{"thread.cpu.system", T::double_, F::na, "thread.cpu spent in the kernel."}, read_as<CpuReader<false, true>>},
    {{"thread.vmsize", T::uint64_, F::dec, "proc.vmsize for the main thread, 0 for others."},
     read<memory<&Thread::vm_size_kb, 1>>},
    {{"thread.vmrss", T::uint64_, F::dec, "proc.vmrss for the main thread, 0 for others."},
     read<memory<&Thread::vm_rss_kb, 1>>},
    unlisted(
        {{"thread.vmsize.b", T::uint64_, F::dec, "thread.vmsize in bytes."}, read<memory<&Thread::vm_size_kb, 1024>>}),
    unlisted(
        {{"thread.vmrss.b", T::uint64_, F::dec, "thread.vmrss in bytes."}, read<memory<&Thread::vm_rss_kb, 1024>>}),
    unlisted({{"thread.nametid", T::charbuf_, F::na, "proc.name followed by thread.tid."}, read<name_and_id>}),
    {{"thread.cap_permitted", T::charbuf_, F::na, "Capabilities the thread may use."},
     read<capabilities<&Thread::cap_permitted>>},
    {{"thread.cap_inheritable", T::charbuf_, F::na, "Capabilities the thread passes on."},
     read<capabilities<&Thread::cap_inheritable>>},
    {{"thread.cap_effective", T::charbuf_, F::na, "Capabilities in force."},
     read<capabilities<&Thread::cap_effective>>},
};

}  // namespace

std::span<const Field> thread_fields() { return fields; }

}  // namespace tracer
