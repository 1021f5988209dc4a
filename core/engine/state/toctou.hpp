// Arguments in memory that another thread changed while a call ran.
#pragma once
#include "../record.hpp"

namespace tracer {

// Whether the exit event of open, openat, openat2, creat or connect tells of other arguments than its enter event. What
// one of the two could not read is not compared.
bool arguments_changed(const Record& enter, const Record& exit);

}  // namespace tracer
