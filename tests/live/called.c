/* Calls a function of its own five times, with arguments and a result that are known. */
__attribute__((noinline)) long sum_of(long a, long b, long c, long d, long e, long f) {
  __asm__ volatile("");
  return a + b + c + d + e + f;
}

int main(void) {
  volatile long sum = 0;

  for (int i = 0; i < 5; i++) sum += sum_of(i, 2, 3, -1, 0x7fffffffffffffff, 0);
  return 0;
}
