/* Writes records into the module's ring, interrupted at each single instruction by a writer that is interrupted itself,
 * and read from at each instruction: the processor's trap flag stands in for interrupts and page faults. Prints how
 * many records were begun, written, refused and read. */
#include <signal.h>
#include <stdio.h>
#include <sys/mman.h>
#include <ucontext.h>

#include "ring.h"

#define BYTES (1 << 12)
#define TRAP_FLAG 0x100l
#define LEVELS 2
#define WORDS 8

struct record {
  u64 words; /* of `data`, each of which is the same number */
  u64 data[WORDS];
};

static struct ring ring;
static u64 begun, written, refused, consumed;
/* Who writes at `level` is interrupted by the next level before instruction `targets[level]`. */
static int level, targets[LEVELS + 1], steps[LEVELS + 1], is_reading;

static void fail(const char *what) {
  printf("FAILED: %s (interrupted at %d, %d)\n", what, targets[0], targets[1]);
  fflush(stdout);
  _exit(1);
}

static void read_all(void) {
  u64 position = *ring.consumer, end = *ring.producer, i;

  if (end - position > BYTES) fail("the writer's position is beyond what fits");
  while (position < end) {
    struct ring_header *header = (struct ring_header *)(ring.data + (position & ring.mask));
    struct record *record = (struct record *)(header + 1);
    u32 length = header->length;

    if (length & RING_BUSY) break;
    if (length != sizeof(u64) * (1 + record->words)) fail("a record's length is not what was written");
    for (i = 1; i < record->words; i++)
      if (record->data[i] != record->data[0]) fail("a record holds what another writer wrote");
    position += (length + sizeof(*header) + 7) / 8 * 8;
    consumed++;
  }
  *ring.consumer = position;
}

static void set_trap_flag(void) { asm volatile("pushfq; orq $0x100, (%%rsp); popfq" ::: "memory", "cc"); }

static void clear_trap_flag(void) { asm volatile("pushfq; andq $~0x100, (%%rsp); popfq" ::: "memory", "cc"); }

static void write_record(void) {
  u64 words = 1 + begun % WORDS, number = ++begun, i;
  struct record record = {words}, *place;
  int has_room;

  for (i = 0; i < words; i++) record.data[i] = number;
  steps[level] = 0;
  if (targets[level]) set_trap_flag();
  if (number % 2) {
    has_room = ring_output(&ring, &record, sizeof(u64) * (1 + words)) == 0;
  } else {
    place = ring_reserve(&ring, sizeof(u64) * (1 + words));
    has_room = place != NULL;
    if (place) {
      for (i = 0; i <= words; i++) ((volatile u64 *)place)[i] = ((u64 *)&record)[i];
      ring_submit(place);
    }
  }
  clear_trap_flag();
  if (has_room)
    written++;
  else
    refused++;
}

static void trap(int signal, siginfo_t *information, void *context) {
  (void)signal, (void)information;
  if (is_reading) read_all();
  if (++steps[level] != targets[level]) return;
  ((ucontext_t *)context)->uc_mcontext.gregs[REG_EFL] &= ~TRAP_FLAG;
  level++;
  write_record();
  level--;
}

/* Whether the writer of the outermost level was interrupted: it has that many instructions. */
static int try(int first, int second, int filled) {
  int i;

  targets[0] = first;
  targets[1] = second;
  is_reading = !filled;
  level = 0;
  if (filled) {
    targets[0] = 0;
    while (ring.reserved - *ring.consumer < (u64)(BYTES - 300 + filled)) write_record();
    targets[0] = first;
  }
  write_record();
  i = steps[0];
  if (ring.nesting != 0 || ring.reserved != *ring.producer)
    fail("a record that is complete is not shown to the reader");
  read_all();
  if (consumed != written) fail("records are missing");
  return i >= first;
}

int main(void) {
  static u64 positions[2];
  struct sigaction action = {.sa_sigaction = trap, .sa_flags = SA_NODEFER | SA_SIGINFO};
  int memory = memfd_create("ring", 0), first, second;

  if (ftruncate(memory, BYTES)) fail("ftruncate");
  ring.data = mmap(0, 2 * BYTES, PROT_READ | PROT_WRITE, MAP_SHARED, memory, 0);
  if (mmap(ring.data + BYTES, BYTES, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_FIXED, memory, 0) == MAP_FAILED)
    fail("mmap");
  ring.mask = BYTES - 1;
  ring.consumer = &positions[0];
  ring.producer = &positions[1];
  sigaction(SIGTRAP, &action, 0);
  for (second = 0; second < 140; second += 7)
    for (first = 1; try(first, second, 0); first++)
      ;
  for (second = 0; second < 140; second += 17)
    for (first = 1; try(first, second, 8 * (first % 32)); first++)
      ;
  printf("%llu %llu %llu %llu\n", begun, written, refused, consumed);
  return 0;
}
