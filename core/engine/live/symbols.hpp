// Names of functions for addresses of code, as the running machine has them.
#pragma once
#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

namespace tracer {

struct Symbol {
  std::uint64_t start = 0;
  std::uint64_t size = 0;  // 0: up to the next
  std::string name;
};

// The functions of one program or library.
class FileSymbols {
 public:
  // Empty where the file is not there, or no ELF file.
  explicit FileSymbols(const std::string& path);
  // "name+0x10" for a place in the file; "" where no function is known to be there.
  std::string name_at(std::uint64_t file_offset) const;

 private:
  struct Segment {
    std::uint64_t offset, address, size;
  };
  std::vector<Segment> segments_;
  std::vector<Symbol> symbols_;  // by start
};

class Symbols {
 public:
  // "name+0x10", or "[unknown] 0x..." where that cannot be told.
  std::string kernel(std::uint64_t address);
  // The same for a process, read when it is first asked about; "/path+0x..." where only the file is known. `program` is
  // what it executes: when that changes, it is read anew.
  std::string user(std::int64_t pid, std::string_view program, std::uint64_t address);

 private:
  struct Area {
    std::uint64_t end, offset;
    std::string path, file;  // its name, and where to read it
  };
  struct Process {
    std::string program;
    std::map<std::uint64_t, Area> areas;  // by start
  };

  const Area* find(const Process& process, std::uint64_t address, std::uint64_t& start) const;
  void read_areas(std::int64_t pid, Process& process);
  const FileSymbols& symbols_of(const Area& area);

  std::vector<Symbol> kernel_;
  bool kernel_was_read_ = false;
  std::unordered_map<std::int64_t, Process> processes_;
  std::unordered_map<std::string, std::unique_ptr<FileSymbols>> files_;
};

}  // namespace tracer
