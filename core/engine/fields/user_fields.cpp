// user.*, group.*: whom the thread runs as.
#include "lineage.hpp"

namespace tracer {

namespace {

using T = ParamType;
using F = PrintFormat;

template <auto member>
std::optional<std::string_view> of_user(FieldContext& context, std::uint32_t uid) {
  const auto found = context.state.users.find(uid);
  if (uid == no_id || found == context.state.users.end()) return std::nullopt;
  return found->second.*member;
}

template <auto member>
std::optional<std::string_view> of_own_user(FieldContext& context) {
  if (!context.event.thread) return std::nullopt;
  return of_user<member>(context, context.event.thread->uid);
}

std::optional<std::string_view> login_name(FieldContext& context) {
  if (!context.event.thread) return std::nullopt;
  return of_user<&User::name>(context, context.event.thread->login_uid);
}

std::optional<std::int64_t> login_id(FieldContext& context) {
  if (!context.event.thread) return std::nullopt;
  const auto id = context.event.thread->login_uid;
  return id == no_id ? -1 : std::int64_t{id};
}

std::optional<std::string_view> group_name(FieldContext& context) {
  if (!context.event.thread) return std::nullopt;
  const auto found = context.state.groups.find(context.event.thread->gid);
  if (found == context.state.groups.end()) return std::nullopt;
  return found->second.name;
}

constexpr Field fields[] = {
    {{"user.uid", T::uint32_, F::id, "Id of the user."}, read<of_thread<&Thread::uid>>},
    {{"user.name", T::charbuf_, F::na, "Name of the user."}, read<of_own_user<&User::name>>},
    {{"user.homedir", T::charbuf_, F::na, "Home directory of the user."}, read<of_own_user<&User::home>>},
    {{"user.shell", T::charbuf_, F::na, "Shell of the user."}, read<of_own_user<&User::shell>>},
    {{"user.loginuid", T::int64_, F::id, "Id of the user who logged in; -1 where nobody did."}, read<login_id>},
    {{"user.loginname", T::charbuf_, F::na, "Name of the user who logged in."}, read<login_name>},
    {{"group.gid", T::uint32_, F::id, "Id of the group."}, read<of_thread<&Thread::gid>>},
    {{"group.name", T::charbuf_, F::na, "Name of the group."}, read<group_name>},
};

}  // namespace

std::span<const Field> user_fields() { return fields; }

}  // namespace tracer
