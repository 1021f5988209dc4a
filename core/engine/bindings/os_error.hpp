// Errors of the operating system, as the Python exceptions that fit their number.
#pragma once
#include <nanobind/nanobind.h>

#include <cerrno>
#include <string>
#include <system_error>

namespace tracer {

// Raises OSError or what it specialises to (BrokenPipeError, FileNotFoundError, ...); `path` may be empty.
[[noreturn]] inline void raise_os_error(const std::system_error& error, const std::string& path) {
  errno = error.code().value();
  if (path.empty()) {
    PyErr_SetFromErrno(PyExc_OSError);
  } else {
    PyErr_SetFromErrnoWithFilename(PyExc_OSError, path.c_str());
  }
  throw nanobind::python_error();
}

// Does `work` without the GIL.
template <typename Work>
auto with_os_errors(const std::string& path, Work work) {
  try {
    nanobind::gil_scoped_release release;
    return work();
  } catch (const std::system_error& error) {
    raise_os_error(error, path);
  }
}

}  // namespace tracer
