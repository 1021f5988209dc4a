// What the families of calls share. Calls are made without the C library's wrappers, so that each is the call that its
// name says, with all six argument registers set.
#pragma once
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

#define LAST_CALL 471
#define FIRST_UNUSED_CALL 337
#define FIRST_UNIFIED_CALL 424

// The kernel's answer: a result, or a negative errno.
static inline long call_with(long number, long a, long b, long c, long d, long e, long f) {
  register long r10 __asm__("r10") = d;
  register long r8 __asm__("r8") = e;
  register long r9 __asm__("r9") = f;
  long result;
  __asm__ volatile("syscall"
                   : "=a"(result)
                   : "a"(number), "D"(a), "S"(b), "d"(c), "r"(r10), "r"(r8), "r"(r9)
                   : "rcx", "r11", "memory");
  return result;
}

// CALL(close, fd): arguments that are not given are 0.
#define CALL(NAME, ...) CALL_NUMBER(SYS_##NAME, ##__VA_ARGS__)
#define CALL_NUMBER(NUMBER, ...) CALL_PADDED(NUMBER, ##__VA_ARGS__, 0, 0, 0, 0, 0, 0)
#define CALL_PADDED(NUMBER, a, b, c, d, e, f, ...) \
  call_with(NUMBER, (long)(a), (long)(b), (long)(c), (long)(d), (long)(e), (long)(f))
#define BAD_ADDRESS ((void*)8)

// Runs `work` in a process of its own, so that what it changes ends with it.
void in_child(void (*work)(void));

void files(void);
void attributes(void);
void descriptors(void);
void memory(void);
void sockets(void);
void processes(void);
void identity(void);
void signals(void);
void ipc(void);
void clocks(void);
void waiting(void);
void scheduling(void);
void machine(void);
void mounts(void);
void newer_calls(void);
void senseless(void);
void calls_32_bit(void);
