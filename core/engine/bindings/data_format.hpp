// The names that Python has for the ways to print data buffers.
#pragma once
#include <stdexcept>
#include <string>
#include <string_view>

#include "../output/render.hpp"

namespace tracer {

// Throws std::invalid_argument.
inline DataFormat data_format(std::string_view name) {
  if (name == "dotted") return DataFormat::dotted;
  if (name == "printable") return DataFormat::printable;
  if (name == "hex") return DataFormat::hex;
  if (name == "hex_ascii") return DataFormat::hex_ascii;
  if (name == "base64") return DataFormat::base64;
  throw std::invalid_argument("data format '" + std::string(name) +
                              "' is none of dotted, printable, hex, hex_ascii, base64");
}

}  // namespace tracer
