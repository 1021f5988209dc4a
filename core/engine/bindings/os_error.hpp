// Errors of the operating system, as the Python exceptions that fit their number.
#pragma once
#include <nanobind/nanobind.h>

#include <cerrno>
#include <string>
#include <system_error>

namespace tracer {

// What the error is about: the text that the exception was made with.
inline std::string subject_of(const std::system_error& error) {
  std::string text = error.what();
  const auto reason = ": " + error.code().message();
  if (text.ends_with(reason)) text.resize(text.size() - reason.size());
  return text;
}

// Raises OSError or what it specialises to (BrokenPipeError, FileNotFoundError, ...).
[[noreturn]] inline void raise_os_error(const std::system_error& error) {
  const auto subject = subject_of(error);
  errno = error.code().value();
  PyErr_SetFromErrnoWithFilename(PyExc_OSError, subject.c_str());
  throw nanobind::python_error();
}

// Does `work` without the GIL.
template <typename Work>
auto with_os_errors(Work work) {
  try {
    nanobind::gil_scoped_release release;
    return work();
  } catch (const std::system_error& error) {
    raise_os_error(error);
  }
}

}  // namespace tracer
