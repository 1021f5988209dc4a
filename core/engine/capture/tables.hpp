// Metadata blocks of captures: the machine, its interfaces, users, threads and descriptors.
#pragma once
#include "../source.hpp"
#include "../state/state.hpp"

namespace tracer {

// Takes the body of one metadata block into `state`; a block of another kind is passed over. `offset` of the body
// is for messages. Call `finish_tables` after the last one. Throws FormatError.
void load_table_block(std::uint32_t type, Bytes body, std::uint64_t offset, State& state);
// Works out what only the whole of the tables tells: which end of each connection is the server's. `more` threads are
// treated as if they were in the tables.
void finish_tables(State& state, std::span<Thread* const> more = {});
// Both, for whole blocks back to back. Throws FormatError with offsets from the start of `blocks`.
void load_table_blocks(Bytes blocks, State& state);

}  // namespace tracer
