#include "template.hpp"

#include <stdexcept>

namespace tracer {
namespace {

std::string unescape(std::string_view text) {
  std::string out;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const char next = text[i] == '\\' && i + 1 < text.size() ? text[i + 1] : '\0';
    switch (next) {
      case 'n':
        out += '\n';
        break;
      case 't':
        out += '\t';
        break;
      case 'e':
        out += '\x1b';
        break;
      case '\\':
        out += '\\';
        break;
      default:
        out += text[i];
        continue;
    }
    ++i;
  }
  return out;
}

constexpr std::size_t max_width = 10000;

std::size_t take_width(std::string_view& rest) {
  std::size_t width = 0;
  while (!rest.empty() && rest[0] >= '0' && rest[0] <= '9') {
    width = width * 10 + static_cast<std::size_t>(rest[0] - '0');
    if (width > max_width) throw std::invalid_argument("output format: a field is at most 10000 characters wide");
    rest.remove_prefix(1);
  }
  return width;
}

// The word that a reader takes for the field's name.
std::string_view word(std::string_view text) { return text.substr(0, text.find_first_of(" \t\n,;:()|%")); }

}  // namespace

Template parse_template(std::string_view format, const RenderOptions& options) {
  const auto text = unescape(format);
  std::string_view rest = text;
  Template parsed;
  if (rest.empty()) throw std::invalid_argument("output format: empty; name at least one field, such as %evt.type");
  if (rest[0] == '*') {
    parsed.demands_all = false;
    rest.remove_prefix(1);
  }
  while (!rest.empty()) {
    auto& step = parsed.steps.emplace_back();
    if (rest[0] != '%') {
      step.literal = rest.substr(0, rest.find('%'));
      rest.remove_prefix(step.literal.size());
      continue;
    }
    rest.remove_prefix(1);
    if (rest.starts_with('%')) {
      step.literal = '%';
      rest.remove_prefix(1);
      continue;
    }
    step.width = take_width(rest);
    if (rest.empty())
      throw std::invalid_argument("output format: ends in '%'; a field name must follow, or '%' for itself");
    const auto field = split_field(rest);
    if (!field) throw std::invalid_argument("output format: no field is called '" + std::string(word(rest)) + "'");
    step.name = rest.substr(0, field->length);
    step.part = make_part(*field, options);
    rest.remove_prefix(field->length);
  }
  return parsed;
}

}  // namespace tracer
