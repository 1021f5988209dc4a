#include "format.hpp"

#include <map>

#include "template.hpp"
#include "text.hpp"

namespace tracer {
namespace {

class LineFormat final : public Format {
 public:
  explicit LineFormat(Template parsed) : template_(std::move(parsed)) {}

  bool write(std::string& out, FieldContext& context) const override {
    const auto line = out.size();
    for (auto step = template_.steps.begin(); step != template_.steps.end(); ++step) {
      if (!step->part) {
        out += step->literal;
        continue;
      }
      const auto begin = out.size();
      if (!step->part->write_text(out, context)) {
        if (template_.demands_all) {
          out.resize(line);
          for (; step != template_.steps.end(); ++step) {
            if (step->part) step->part->pass_over(context);
          }
          return false;
        }
        out += "<NA>";
      }
      if (step->width != 0) out.resize(begin + step->width, ' ');
    }
    out += '\n';
    return true;
  }

 private:
  Template template_;
};

class JsonFormat final : public Format {
 public:
  explicit JsonFormat(Template parsed) : demands_all_(parsed.demands_all) {
    for (auto& step : parsed.steps) {
      if (!step.part) continue;
      std::string key;
      append_json_string(key, step.name);
      members_[key + ':'] = std::move(step.part);
    }
  }

  bool write(std::string& out, FieldContext& context) const override {
    const auto line = out.size();
    if (members_.empty()) {
      out += "null\n";
      return true;
    }
    out += '{';
    for (auto member = members_.begin(); member != members_.end(); ++member) {
      const auto& [key, part] = *member;
      if (out.size() > line + 1) out += ',';
      out += key;
      if (part->write_json(out, context)) continue;
      if (demands_all_) {
        out.resize(line);
        for (; member != members_.end(); ++member) member->second->pass_over(context);
        return false;
      }
      out += "null";
    }
    out += "}\n";
    return true;
  }

 private:
  bool demands_all_;
  std::map<std::string, std::unique_ptr<Part>> members_;  // in the order of the keys
};

}  // namespace

std::unique_ptr<Format> line_format(std::string_view format, const RenderOptions& options) {
  return std::make_unique<LineFormat>(parse_template(format, options));
}

std::unique_ptr<Format> json_format(std::string_view format, const RenderOptions& options) {
  auto unlimited = options;
  unlimited.data_limit = 0;
  return std::make_unique<JsonFormat>(parse_template(format, unlimited));
}

}  // namespace tracer
