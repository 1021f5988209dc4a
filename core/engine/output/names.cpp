#include "names.hpp"

#include <iterator>

namespace tracer {
namespace {

// clang-format off
constexpr std::string_view errno_names[] = {
    "", "EPERM", "ENOENT", "ESRCH", "EINTR", "EIO", "ENXIO", "E2BIG", "ENOEXEC", "EBADF", "ECHILD", "EAGAIN",
    "ENOMEM", "EACCES", "EFAULT", "ENOTBLK", "EBUSY", "EEXIST", "EXDEV", "ENODEV", "ENOTDIR", "EISDIR", "EINVAL",
    "ENFILE", "EMFILE", "ENOTTY", "ETXTBSY", "EFBIG", "ENOSPC", "ESPIPE", "EROFS", "EMLINK", "EPIPE", "EDOM",
    "ERANGE", "EDEADLK", "ENAMETOOLONG", "ENOLCK", "ENOSYS", "ENOTEMPTY", "ELOOP", "", "ENOMSG", "EIDRM", "ECHRNG",
    "EL2NSYNC", "EL3HLT", "EL3RST", "ELNRNG", "EUNATCH", "ENOCSI", "EL2HLT", "EBADE", "EBADR", "EXFULL", "ENOANO",
    "EBADRQC", "EBADSLT", "", "EBFONT", "ENOSTR", "ENODATA", "ETIME", "ENOSR", "ENONET", "ENOPKG", "EREMOTE",
    "ENOLINK", "EADV", "ESRMNT", "ECOMM", "EPROTO", "EMULTIHOP", "EDOTDOT", "EBADMSG", "EOVERFLOW", "ENOTUNIQ",
    "EBADFD", "EREMCHG", "ELIBACC", "ELIBBAD", "ELIBSCN", "ELIBMAX", "ELIBEXEC", "EILSEQ", "ERESTART", "ESTRPIPE",
    "EUSERS", "ENOTSOCK", "EDESTADDRREQ", "EMSGSIZE", "EPROTOTYPE", "ENOPROTOOPT", "EPROTONOSUPPORT",
    "ESOCKTNOSUPPORT", "EOPNOTSUPP", "EPFNOSUPPORT", "EAFNOSUPPORT", "EADDRINUSE", "EADDRNOTAVAIL", "ENETDOWN",
    "ENETUNREACH", "ENETRESET", "ECONNABORTED", "ECONNRESET", "ENOBUFS", "EISCONN", "ENOTCONN", "ESHUTDOWN",
    "ETOOMANYREFS", "ETIMEDOUT", "ECONNREFUSED", "EHOSTDOWN", "EHOSTUNREACH", "EALREADY", "EINPROGRESS", "ESTALE",
    "EUCLEAN", "ENOTNAM", "ENAVAIL", "EISNAM", "EREMOTEIO", "EDQUOT", "ENOMEDIUM", "EMEDIUMTYPE", "ECANCELED",
    "ENOKEY", "EKEYEXPIRED", "EKEYREVOKED", "EKEYREJECTED", "EOWNERDEAD", "ENOTRECOVERABLE", "ERFKILL", "EHWPOISON"};
// What the kernel keeps to itself, but tracepoints show.
constexpr std::int64_t first_internal_errno = 512;
constexpr std::string_view internal_errno_names[] = {
    "ERESTARTSYS", "ERESTARTNOINTR", "ERESTARTNOHAND", "ENOIOCTLCMD", "ERESTART_RESTARTBLOCK", "", "", "", "",
    "EBADHANDLE", "ENOTSYNC", "EBADCOOKIE", "ENOTSUPP", "ETOOSMALL", "ESERVERFAULT", "EBADTYPE", "EJUKEBOX",
    "EIOCBQUEUED", "EIOCBRETRY"};
constexpr std::string_view signal_names[] = {
    "", "SIGHUP", "SIGINT", "SIGQUIT", "SIGILL", "SIGTRAP", "SIGABRT", "SIGBUS", "SIGFPE", "SIGKILL", "SIGUSR1",
    "SIGSEGV", "SIGUSR2", "SIGPIPE", "SIGALRM", "SIGTERM", "SIGSTKFLT", "SIGCHLD", "SIGCONT", "SIGSTOP", "SIGTSTP",
    "SIGTTIN", "SIGTTOU", "SIGURG", "SIGXCPU", "SIGXFSZ", "SIGVTALRM", "SIGPROF", "SIGWINCH", "SIGIO", "SIGPWR",
    "SIGSYS"};
// clang-format on

}  // namespace

std::string_view errno_name(std::int64_t number) {
  if (number >= 0 && number < std::ssize(errno_names)) return errno_names[number];
  const auto internal = number - first_internal_errno;
  if (internal >= 0 && internal < std::ssize(internal_errno_names)) return internal_errno_names[internal];
  return {};
}

std::string_view signal_name(std::uint64_t number) {
  return number < std::size(signal_names) ? signal_names[number] : std::string_view{};
}

char type_letter(DescriptorType type) {
  switch (type) {
    case DescriptorType::file:
    case DescriptorType::file_v2:
      return 'f';
    case DescriptorType::directory:
      return 'd';
    case DescriptorType::ipv4_socket:
    case DescriptorType::ipv4_server_socket:
      return '4';
    case DescriptorType::ipv6_socket:
    case DescriptorType::ipv6_server_socket:
      return '6';
    case DescriptorType::fifo:
      return 'p';
    case DescriptorType::unix_socket:
      return 'u';
    case DescriptorType::event:
      return 'e';
    case DescriptorType::signalfd:
      return 's';
    case DescriptorType::eventpoll:
      return 'l';
    case DescriptorType::inotify:
      return 'i';
    case DescriptorType::timerfd:
      return 't';
    case DescriptorType::netlink:
      return 'n';
    case DescriptorType::bpf:
      return 'b';
    case DescriptorType::userfaultfd:
      return 'u';
    case DescriptorType::io_uring:
      return 'r';
    case DescriptorType::memfd:
      return 'm';
    case DescriptorType::pidfd:
      return 'P';
    case DescriptorType::unsupported:
      return 'X';
    case DescriptorType::unknown:
      return 'o';
    case DescriptorType::uninitialized:
      break;
  }
  return '?';
}

}  // namespace tracer
