/* Makes a system call at the end of a known chain of functions, then waits to be told to end. */
#include <stdio.h>
#include <unistd.h>

__attribute__((noinline)) int third(void) {
  int parent = 0;

  __asm__ volatile("syscall" : "=a"(parent) : "a"(110) /* getppid */ : "rcx", "r11", "memory");
  return parent + 1;
}

__attribute__((noinline)) int second(void) { return third() + 1; }

__attribute__((noinline)) int first(void) { return second() + 1; }

int main(void) {
  int sum = first();

  getchar();
  return sum < 0;
}
