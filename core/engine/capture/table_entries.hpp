// Reads the entries of one kind of metadata block each.
#pragma once
#include "../source.hpp"
#include "../state/state.hpp"

namespace tracer {

// An entry's cursor, and where the entry begins in the stream, for messages.
struct EntryReader {
  Bytes body;
  std::uint64_t offset;

  // Calls `read(cursor)` for each entry until only padding is left. Where entries carry their length (which
  // includes its own four bytes if `counts_itself`), the cursor sees no more than the entry, and what it leaves is
  // passed over. `what` names the entry. Throws FormatError.
  template <typename Read>
  void each(bool has_length, bool counts_itself, const char* what, Read read) const {
    Cursor block(body);
    while (block.remaining() >= sizeof(std::uint32_t)) {
      const auto start = block.position();
      const auto length = has_length ? block.get<std::uint32_t>() : 0;
      if (length != 0) {
        const std::uint32_t own = counts_itself ? sizeof length : 0;
        Cursor entry(block.take(length < own ? block.remaining() + 1 : length - own));
        if (!block.failed()) read(entry, true);
        if (block.failed() || entry.failed()) fail(start, what);
      } else {
        // An entry of length 0 is as long as its fields, as other readers take it.
        read(block, false);
        if (block.failed()) fail(start, what);
      }
    }
  }

 private:
  [[noreturn]] void fail(std::size_t start, const char* what) const {
    throw FormatError(offset + start, std::string("bad ") + what);
  }
};

void load_threads(std::uint32_t block_type, const EntryReader& entries, State& state);
void load_descriptors(std::uint32_t block_type, Bytes body, std::uint64_t offset, State& state);

}  // namespace tracer
