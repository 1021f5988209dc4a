// Prints the frequency of this machine's time stamp counter, which a guest's is too, in kHz. A guest that is started on
// a busy machine measures it wrong.
#include <stdint.h>
#include <stdio.h>
#include <time.h>
#include <x86intrin.h>

enum { TRIES = 20, DISTANCE_NS = 200000000 };

// Both clocks, read as near to each other as in the best of several tries.
static void read_both(uint64_t* ticks, uint64_t* nanoseconds) {
  uint64_t nearest = UINT64_MAX;
  for (int i = 0; i < TRIES; i++) {
    struct timespec now;
    uint64_t before = __rdtsc();
    clock_gettime(CLOCK_MONOTONIC_RAW, &now);
    uint64_t distance = __rdtsc() - before;
    if (distance >= nearest) continue;
    nearest = distance;
    *ticks = before + distance / 2;
    *nanoseconds = now.tv_sec * 1000000000ull + now.tv_nsec;
  }
}

int main(void) {
  uint64_t ticks[2], nanoseconds[2];
  read_both(&ticks[0], &nanoseconds[0]);
  nanosleep(&(struct timespec){.tv_nsec = DISTANCE_NS}, NULL);
  read_both(&ticks[1], &nanoseconds[1]);
  printf("%.0f\n", (ticks[1] - ticks[0]) * 1e6 / (nanoseconds[1] - nanoseconds[0]));
  return 0;
}
