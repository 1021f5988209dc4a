// The calls of 32-bit programs, which this 64-bit one makes through their gate. What they point to lies below 4 GiB.
#include <linux/net.h>
#include <sys/mman.h>
#include <sys/socket.h>

#include "workload.h"

enum {
  NR32_EXIT = 1,
  NR32_FORK = 2,
  NR32_READ = 3,
  NR32_WRITE = 4,
  NR32_OPEN = 5,
  NR32_CLOSE = 6,
  NR32_WAITPID = 7,
  NR32_CREAT = 8,
  NR32_LINK = 9,
  NR32_UNLINK = 10,
  NR32_EXECVE = 11,
  NR32_CHDIR = 12,
  NR32_TIME = 13,
  NR32_MKNOD = 14,
  NR32_CHMOD = 15,
  NR32_LSEEK = 19,
  NR32_GETPID = 20,
  NR32_ACCESS = 33,
  NR32_KILL = 37,
  NR32_RENAME = 38,
  NR32_MKDIR = 39,
  NR32_RMDIR = 40,
  NR32_DUP = 41,
  NR32_PIPE = 42,
  NR32_BRK = 45,
  NR32_GETUID16 = 24,
  NR32_IOCTL = 54,
  NR32_FCNTL = 55,
  NR32_UMASK = 60,
  NR32_DUP2 = 63,
  NR32_SYMLINK = 83,
  NR32_MUNMAP = 91,
  NR32_SOCKETCALL = 102,
  NR32_STAT = 106,
  NR32_WAIT4 = 114,
  NR32_UNAME = 122,
  NR32_MPROTECT = 125,
  NR32_LLSEEK = 140,
  NR32_GETDENTS = 141,
  NR32_FLOCK = 143,
  NR32_READV = 145,
  NR32_WRITEV = 146,
  NR32_NANOSLEEP = 162,
  NR32_POLL = 168,
  NR32_PREAD = 180,
  NR32_PWRITE = 181,
  NR32_GETCWD = 183,
  NR32_MMAP2 = 192,
  NR32_STAT64 = 195,
  NR32_FSTAT64 = 197,
  NR32_GETTID = 224,
  NR32_FUTEX = 240,
  NR32_EXIT_GROUP = 252,
  NR32_TGKILL = 270,
  NR32_OPENAT = 295,
  NR32_MKDIRAT = 296,
  NR32_UNLINKAT = 301,
  NR32_PIPE2 = 331,
  NR32_DUP3 = 330,
  NR32_PRLIMIT = 340,
  NR32_SOCKET = 359,
  NR32_BIND = 361,
  NR32_CONNECT = 362,
  NR32_UNUSED = 467 + 32,
};

static long call_32(long number, long a, long b, long c, long d, long e) {
  long result;
  __asm__ volatile("int $0x80"
                   : "=a"(result)
                   : "a"(number), "b"(a), "c"(b), "d"(c), "S"(d), "D"(e)
                   : "r8", "r9", "r10", "r11", "memory");
  return (int)result;
}

static long low;

// A copy of a string where 32 bits reach it.
static long text(const char* words) {
  static char* end;
  if (!end || (long)end > low + 2048) end = (char*)low;
  char* start = end;
  end = stpcpy(start, words) + 1;
  return (long)start;
}

static void by_name(void) {
  call_32(NR32_CLOSE, call_32(NR32_CREAT, text("thirty-two"), 0600, 0, 0, 0), 0, 0, 0, 0);
  call_32(NR32_OPEN, text("missing"), O_RDONLY, 0, 0, 0);
  call_32(NR32_OPENAT, AT_FDCWD, text("missing"), O_RDONLY, 0, 0);
  call_32(NR32_LINK, text("thirty-two"), text("linked"), 0, 0, 0);
  call_32(NR32_SYMLINK, text("thirty-two"), text("soft 32"), 0, 0, 0);
  call_32(NR32_RENAME, text("linked"), text("renamed 32"), 0, 0, 0);
  call_32(NR32_UNLINK, text("renamed 32"), 0, 0, 0, 0);
  call_32(NR32_UNLINKAT, AT_FDCWD, text("soft 32"), 0, 0, 0);
  call_32(NR32_CHMOD, text("thirty-two"), 0640, 0, 0, 0);
  call_32(NR32_ACCESS, text("missing"), R_OK, 0, 0, 0);
  call_32(NR32_MKDIR, text("folder 32"), 0700, 0, 0, 0);
  call_32(NR32_MKDIRAT, AT_FDCWD, text("folder 32"), 0700, 0, 0);
  call_32(NR32_CHDIR, text("folder 32"), 0, 0, 0, 0);
  call_32(NR32_GETCWD, low + 3000, 500, 0, 0, 0);
  call_32(NR32_CHDIR, text(".."), 0, 0, 0, 0);
  call_32(NR32_RMDIR, text("folder 32"), 0, 0, 0, 0);
  call_32(NR32_STAT, text("thirty-two"), low + 3000, 0, 0, 0);
  call_32(NR32_STAT64, text("missing"), low + 3000, 0, 0, 0);
}

static void by_descriptor(void) {
  unsigned* parts = (unsigned*)(low + 3500);
  int fd = call_32(NR32_OPEN, text("thirty-two"), O_RDWR, 0, 0, 0);
  call_32(NR32_WRITE, fd, text("thirty-two bits"), 15, 0, 0);
  call_32(NR32_LSEEK, fd, 0, SEEK_SET, 0, 0);
  call_32(NR32_LLSEEK, fd, 0, 3, low + 3400, SEEK_SET);
  call_32(NR32_READ, fd, low + 3000, 15, 0, 0);
  call_32(NR32_READ, 1234, low + 3000, 15, 0, 0);
  call_32(NR32_PREAD, fd, low + 3000, 5, 7, 0);
  call_32(NR32_PWRITE, fd, text("wide"), 4, 2, 0);
  parts[0] = (unsigned)text("one");
  parts[1] = 3;
  parts[2] = (unsigned)text("three");
  parts[3] = 5;
  call_32(NR32_WRITEV, fd, (long)parts, 2, 0, 0);
  call_32(NR32_LSEEK, fd, 0, SEEK_SET, 0, 0);
  parts[0] = (unsigned)low + 3000;
  call_32(NR32_READV, fd, (long)parts, 1, 0, 0);
  call_32(NR32_FSTAT64, fd, low + 3000, 0, 0, 0);
  call_32(NR32_FCNTL, fd, F_GETFL, 0, 0, 0);
  call_32(NR32_FLOCK, fd, 1, 0, 0, 0);
  call_32(NR32_IOCTL, fd, 0x5401, low + 3000, 0, 0);
  call_32(NR32_DUP2, fd, 90, 0, 0, 0);
  call_32(NR32_DUP3, fd, 91, O_CLOEXEC, 0, 0);
  call_32(NR32_CLOSE, call_32(NR32_DUP, fd, 0, 0, 0, 0), 0, 0, 0, 0);
  call_32(NR32_PIPE, low + 3600, 0, 0, 0, 0);
  call_32(NR32_PIPE2, low + 3600, O_NONBLOCK, 0, 0, 0);
  parts[0] = fd;
  parts[1] = 1;
  call_32(NR32_POLL, (long)parts, 1, 1, 0, 0);
  call_32(NR32_CLOSE, fd, 0, 0, 0, 0);
}

static void others(void) {
  unsigned* words = (unsigned*)(low + 3700);
  call_32(NR32_GETPID, 0, 0, 0, 0, 0);
  call_32(NR32_GETTID, 0, 0, 0, 0, 0);
  call_32(NR32_GETUID16, 0, 0, 0, 0, 0);
  call_32(NR32_UMASK, 022, 0, 0, 0, 0);
  call_32(NR32_TIME, 0, 0, 0, 0, 0);
  call_32(NR32_UNAME, low + 3000, 0, 0, 0, 0);
  call_32(NR32_KILL, 999999, 0, 0, 0, 0);
  call_32(NR32_TGKILL, 999999, 999999, 0, 0, 0);
  words[0] = 0;
  words[1] = 1000;
  call_32(NR32_NANOSLEEP, (long)words, 0, 0, 0, 0);
  call_32(NR32_FUTEX, (long)words, 1, 1, 0, 0);
  call_32(NR32_PRLIMIT, 0, 7, 0, (long)words, 0);
  long page = call_32(NR32_MMAP2, 0, 4096, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS, -1);
  call_32(NR32_MPROTECT, 0, 4096, PROT_READ, 0, 0);
  call_32(NR32_MUNMAP, page, 4096, 0, 0, 0);
  call_32(NR32_BRK, 0, 0, 0, 0, 0);
  words[0] = AF_UNIX;
  words[1] = SOCK_STREAM;
  words[2] = 0;
  call_32(NR32_SOCKETCALL, SYS_SOCKET, (long)words, 0, 0, 0);
  int fd = call_32(NR32_SOCKET, AF_INET, SOCK_DGRAM, 0, 0, 0);
  struct sockaddr* address = (struct sockaddr*)(low + 3800);
  address->sa_family = AF_INET;
  call_32(NR32_BIND, fd, (long)address, 16, 0, 0);
  call_32(NR32_CONNECT, fd, (long)address, 16, 0, 0);
  call_32(NR32_CLOSE, fd, 0, 0, 0, 0);
  call_32(NR32_UNUSED, 1, 2, 3, 4, 5);
}

static void begun(void) {
  unsigned* words = (unsigned*)(low + 3900);
  if (call_32(NR32_FORK, 0, 0, 0, 0, 0) == 0) call_32(NR32_EXIT, 7, 0, 0, 0, 0);
  call_32(NR32_WAITPID, -1, low + 3600, 0, 0, 0);
  call_32(NR32_WAIT4, -1, low + 3600, 0, 0, 0);
  words[0] = (unsigned)text("true");
  words[1] = (unsigned)text("an argument");
  words[2] = 0;
  words[3] = (unsigned)text("A=b");
  words[4] = 0;
  call_32(NR32_EXECVE, text("/missing/program"), (long)words, (long)(words + 3), 0, 0);
  call_32(NR32_EXECVE, text("/bin/true"), (long)words, (long)(words + 3), 0, 0);
  call_32(NR32_EXIT_GROUP, 1, 0, 0, 0, 0);
}

void calls_32_bit(void) {
  low = CALL(mmap, NULL, 8192, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_32BIT, -1, 0);
  if (low < 0) return;
  by_name();
  by_descriptor();
  others();
  in_child(begun);
}
