/* Calls a function of its own five times, or as often as it is told, with arguments and a result that are known. */
#include <stdlib.h>

__attribute__((noinline)) long sum_of(long a, long b, long c, long d, long e, long f) {
  __asm__ volatile("");
  return a + b + c + d + e + f;
}

int main(int argc, char **argv) {
  volatile long sum = 0;
  int count = argc > 1 ? atoi(argv[1]) : 5;

  for (int i = 0; i < count; i++) sum += sum_of(i, 2, 3, -1, 0x7fffffffffffffff, 0);
  return 0;
}
