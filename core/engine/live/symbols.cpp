#include "symbols.hpp"

#include <elf.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <charconv>

#include "../bytes.hpp"
#include "proc_directory.hpp"

namespace tracer {
namespace {

constexpr std::size_t most_processes = 4096;
constexpr std::uint64_t largest_section = 256 << 20;
constexpr std::size_t largest_proc_file = 64 << 20;

std::string hexadecimal(std::uint64_t number) {
  std::array<char, 16> digits{};
  const auto [end, error] = std::to_chars(digits.data(), digits.data() + digits.size(), number, 16);
  return "0x" + std::string(digits.data(), end);
}

std::string unknown(std::uint64_t address) { return "[unknown] " + hexadecimal(address); }

// The function that begins last before `address`; "" where none does or it ends before.
std::string name_in(const std::vector<Symbol>& symbols, std::uint64_t address) {
  auto after = std::ranges::upper_bound(symbols, address, {}, &Symbol::start);
  if (after == symbols.begin()) return "";
  const auto& symbol = *--after;
  if (symbol.size > 0 && address - symbol.start >= symbol.size) return "";
  return symbol.name + "+" + hexadecimal(address - symbol.start);
}

// A part of a file; fewer bytes where it is shorter.
std::vector<std::byte> read_part(int fd, std::uint64_t offset, std::uint64_t size) {
  struct stat status {};
  if (::fstat(fd, &status) != 0 || !S_ISREG(status.st_mode)) return {};
  const auto length = static_cast<std::uint64_t>(status.st_size);
  if (offset >= length) return {};
  std::vector<std::byte> bytes(std::min({size, length - offset, largest_section}));
  const auto got = ::pread(fd, bytes.data(), bytes.size(), static_cast<off_t>(offset));
  bytes.resize(got > 0 ? static_cast<std::size_t>(got) : 0);
  return bytes;
}

// An array of structures in a file; those that are whole.
template <typename T>
std::vector<T> read_array(int fd, std::uint64_t offset, std::uint64_t count) {
  const auto bytes = read_part(fd, offset, std::min(count, largest_section / sizeof(T)) * sizeof(T));
  Cursor cursor(bytes);
  std::vector<T> items;
  while (cursor.remaining() >= sizeof(T)) items.push_back(cursor.get<T>());
  return items;
}

}  // namespace

FileSymbols::FileSymbols(const std::string& path) {
  const FileHandle file(::open(path.c_str(), O_RDONLY | O_CLOEXEC));
  if (!file) return;
  const auto header = read_array<Elf64_Ehdr>(file.get(), 0, 1);
  if (header.empty() || std::memcmp(header[0].e_ident, ELFMAG, SELFMAG) != 0) return;
  if (header[0].e_ident[EI_CLASS] != ELFCLASS64 || header[0].e_phentsize != sizeof(Elf64_Phdr)) return;
  for (const auto& segment : read_array<Elf64_Phdr>(file.get(), header[0].e_phoff, header[0].e_phnum)) {
    if (segment.p_type == PT_LOAD) segments_.push_back({segment.p_offset, segment.p_vaddr, segment.p_filesz});
  }
  if (header[0].e_shentsize != sizeof(Elf64_Shdr)) return;
  const auto sections = read_array<Elf64_Shdr>(file.get(), header[0].e_shoff, header[0].e_shnum);
  for (const auto& section : sections) {
    if ((section.sh_type != SHT_SYMTAB && section.sh_type != SHT_DYNSYM) || section.sh_link >= sections.size())
      continue;
    const auto& strings = sections[section.sh_link];
    const auto names = read_part(file.get(), strings.sh_offset, strings.sh_size);
    for (const auto& symbol :
         read_array<Elf64_Sym>(file.get(), section.sh_offset, section.sh_size / sizeof(Elf64_Sym))) {
      const auto kind = ELF64_ST_TYPE(symbol.st_info);
      if ((kind != STT_FUNC && kind != STT_GNU_IFUNC) || symbol.st_shndx == SHN_UNDEF) continue;
      if (symbol.st_name >= names.size()) continue;
      const auto name = as_c_text(Bytes(names).subspan(symbol.st_name));
      if (!name.empty()) symbols_.push_back({symbol.st_value, symbol.st_size, std::string(name)});
    }
  }
  std::ranges::stable_sort(symbols_, {}, &Symbol::start);
}

std::string FileSymbols::name_at(std::uint64_t file_offset) const {
  for (const auto& segment : segments_) {
    if (file_offset < segment.offset || file_offset - segment.offset >= segment.size) continue;
    auto name = name_in(symbols_, segment.address + (file_offset - segment.offset));
    if (!name.empty()) return name;
  }
  return "";
}

std::string Symbols::kernel(std::uint64_t address) {
  if (!kernel_was_read_) {
    kernel_was_read_ = true;
    ProcBuffers buffers;
    auto text = ProcDirectory(AT_FDCWD, "/proc", buffers).read("kallsyms", largest_proc_file);
    while (!text.empty()) {
      auto line = take_line(text);
      const auto start = take_number<std::uint64_t>(line, 16).value_or(0);
      const auto kind = take_word(line);
      // Without the right to see them all addresses are 0.
      if (start != 0 && (kind == "t" || kind == "T" || kind == "w" || kind == "W")) {
        kernel_.push_back({start, 0, std::string(take_word(line))});
      }
    }
    std::ranges::stable_sort(kernel_, {}, &Symbol::start);
  }
  auto name = name_in(kernel_, address);
  return name.empty() ? unknown(address) : name;
}

const Symbols::Area* Symbols::find(const Process& process, std::uint64_t address, std::uint64_t& start) const {
  auto after = process.areas.upper_bound(address);
  if (after == process.areas.begin()) return nullptr;
  --after;
  if (address >= after->second.end) return nullptr;
  start = after->first;
  return &after->second;
}

void Symbols::read_areas(std::int64_t pid, Process& process) {
  ProcBuffers buffers;
  const auto directory = "/proc/" + std::to_string(pid);
  auto text = ProcDirectory(AT_FDCWD, directory.c_str(), buffers).read("maps", largest_proc_file);
  if (text.empty()) return;  // it has ended: what is known of it stays
  process.areas.clear();
  while (!text.empty()) {
    auto line = take_line(text);
    const auto start = take_number<std::uint64_t>(line, 16);
    if (!start || line.empty()) continue;
    line.remove_prefix(1);  // '-'
    const auto end = number_in<std::uint64_t>(take_word(line), 0, 16);
    const auto rights = take_word(line);
    const auto offset = number_in<std::uint64_t>(take_word(line), 0, 16);
    take_word(line);  // device
    take_word(line);  // inode
    const auto name = line.find_first_not_of(' ');
    if (rights.size() < 3 || rights[2] != 'x') continue;
    const auto path = name == std::string_view::npos ? std::string() : std::string(line.substr(name));
    const auto file = path.starts_with('/') ? directory + "/root" + path : std::string();
    process.areas[*start] = {end, offset, path, file};
    if (!file.empty()) symbols_of(process.areas[*start]);  // now: it goes with the process
  }
}

const FileSymbols& Symbols::symbols_of(const Area& area) {
  auto& symbols = files_[area.path];
  if (!symbols) symbols = std::make_unique<FileSymbols>(area.file);
  return *symbols;
}

std::string Symbols::user(std::int64_t pid, std::string_view program, std::uint64_t address) {
  if (processes_.size() >= most_processes && !processes_.contains(pid)) processes_.clear();
  auto& process = processes_[pid];
  std::uint64_t start = 0;
  const auto* area = process.program == program ? find(process, address, start) : nullptr;
  if (!area) {
    if (process.program != program) process.areas.clear();
    process.program = program;
    read_areas(pid, process);
    area = find(process, address, start);
  }
  if (!area) return unknown(address);
  const auto offset = address - start + area->offset;
  if (area->file.empty()) return area->path.empty() ? unknown(address) : area->path + "+" + hexadecimal(offset);
  auto name = symbols_of(*area).name_at(offset);
  return name.empty() ? area->path + "+" + hexadecimal(offset) : name;
}

}  // namespace tracer
