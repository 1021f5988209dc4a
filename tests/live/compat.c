// Makes 32-bit system calls whose arguments are laid out otherwise than those of the 64-bit call: a program without a C
// library, for gcc -m32 -nostdlib. It runs in an empty folder and returns how many calls failed that should not have.
#define AF_INET 2
#define AF_UNIX 1
#define AT_FDCWD -100

typedef unsigned int u32;
typedef unsigned long long u64;

static int failures;

static int call6(int number, u32 a, u32 b, u32 c, u32 d, u32 e, u32 f) {
  int result;
  // The sixth argument goes into ebp, which the compiler keeps for itself.
  u32 arguments[2] = {number, f};
  asm volatile(
      "push %%ebp\n"
      "mov 4(%%eax), %%ebp\n"
      "mov (%%eax), %%eax\n"
      "int $0x80\n"
      "pop %%ebp"
      : "=a"(result)
      : "a"(arguments), "b"(a), "c"(b), "d"(c), "S"(d), "D"(e)
      : "memory");
  return result;
}

static int call(int number, u32 a, u32 b, u32 c, u32 d, u32 e) { return call6(number, a, b, c, d, e, 0); }

static int works(int result) {
  if (result < 0) failures++;
  return result;
}

static u32 at(const void* pointer) { return (u32)pointer; }

static int socketcall(int number, u32 a, u32 b, u32 c, u32 d, u32 e, u32 f) {
  u32 block[6] = {a, b, c, d, e, f};
  return call(102, number, at(block), 0, 0, 0);
}

struct vector {
  const void* base;
  u32 size;
};

struct message {
  const void* name;
  u32 name_size;
  struct vector* parts;
  u32 count;
  void* control;
  u32 control_size, flags;
};

static void files(void) {
  char buffer[64];
  int fd = works(call(5, at("file"), 0102 | 01000 | 0100000, 0640, 0, 0));
  works(call(181, fd, at("positioned"), 10, 0x10, 1));  // pwrite64 at 0x100000010
  works(call(180, fd, at(buffer), 4, 0x12, 1));         // pread64
  struct vector parts[2] = {{"one", 3}, {"three", 5}};
  works(call(334, fd, at(parts), 2, 0x20, 2));  // pwritev at 0x200000020
  struct vector into[2] = {{buffer, 2}, {buffer + 8, 6}};
  works(call(333, fd, at(into), 2, 0x20, 2));  // preadv
  works(call(19, fd, 7, 0, 0, 0));             // lseek
  call(19, fd, -5, 0, 0, 0);
  works(call(140, fd, 3, 9, at(buffer), 0));  // _llseek to 0x300000009
  works(call(146, fd, at(parts), 2, 0, 0));   // writev
  works(call(194, fd, 0x1000, 0, 0, 0));      // ftruncate64
  u32 block[6] = {0, 4096, 1, 2, fd, 0};
  int mapped = call(90, at(block), 0, 0, 0, 0);  // old mmap
  call(91, mapped, 4096, 0, 0, 0);
  call6(192, 0, 8192, 1, 2, fd, 1);  // mmap2 at page 1
  works(call(106, at("file"), at(buffer), 0, 0, 0));
  call(195, at("missing"), at(buffer), 0, 0, 0);
  int other = works(call(5, at("other"), 0102, 0600, 0, 0));
  u64 offset = 2;
  works(call(239, other, fd, at(&offset), 3, 0));  // sendfile64
  u32 short_offset = 1;
  works(call(187, other, fd, at(&short_offset), 4, 0));
  works(call(16, at("file"), 0xffff, 0xffff, 0, 0));  // lchown, 16-bit ids
  works(call(182, at("file"), 0xffff, 12, 0, 0));     // chown
  works(call(212, at("file"), 0x10001, 13, 0, 0));    // chown32
  works(call(295, AT_FDCWD, at("file"), 0, 0, 0));    // openat
  struct {
    u64 flags, mode, resolve;
  } how = {0, 0, 8};
  works(call(437, AT_FDCWD, at("file"), at(&how), sizeof how, 0));
  call(131, 0x80000700, at("/dev/none"), 77, at(buffer), 0);  // quotactl
}

static void ids(void) {
  unsigned short short_ids[3];
  u32 ids[3];
  works(call(165, at(short_ids), at(short_ids + 1), at(short_ids + 2), 0, 0));
  works(call(209, at(ids), at(ids + 1), at(ids + 2), 0, 0));
  works(call(164, 0xffff, 0xffff, 0xffff, 0, 0));
  works(call(70, 0xffff, 0xffff, 0, 0, 0));
  works(call(208, -1, -1, -1, 0, 0));
  works(call(46, 0, 0, 0, 0, 0));
  call(24, 0, 0, 0, 0, 0);
}

static void sockets(void) {
  struct {
    unsigned short family, port;
    u32 address, zero[2];
  } address = {AF_INET, 0, 0x0100007f, {0, 0}};
  u32 size = sizeof address;
  char buffer[64];
  int server = works(socketcall(1, AF_INET, 1, 0, 0, 0, 0));
  works(socketcall(2, server, at(&address), size, 0, 0, 0));
  works(socketcall(4, server, 3, 0, 0, 0, 0));
  works(socketcall(6, server, at(&address), at(&size), 0, 0, 0));
  int client = works(socketcall(1, AF_INET, 1, 6, 0, 0, 0));
  works(socketcall(3, client, at(&address), size, 0, 0, 0));
  int peer = works(socketcall(18, server, 0, 0, 02000000, 0, 0));
  works(socketcall(9, client, at("by send"), 7, 0, 0, 0));
  works(socketcall(10, peer, at(buffer), 64, 0, 0, 0));
  works(socketcall(11, client, at("by sendto"), 9, 0, 0, 0));
  works(socketcall(12, peer, at(buffer), 64, 0, 0, 0));
  struct vector part = {"by sendmsg", 10}, room = {buffer, 64};
  struct message out = {0, 0, &part, 1, 0, 0, 0}, in = {0, 0, &room, 1, 0, 0, 0};
  works(socketcall(16, client, at(&out), 0, 0, 0, 0));
  works(socketcall(17, peer, at(&in), 0, 0, 0, 0));
  u32 seconds[2] = {2, 500000};
  works(socketcall(14, peer, 1, 20, at(seconds), 8, 0));
  u32 length = 8;
  works(call(365, peer, 1, 20, at(seconds), at(&length)));
  works(socketcall(13, client, 2, 0, 0, 0, 0));
  int pair[2];
  works(socketcall(8, AF_UNIX, 1, 0, at(pair), 0, 0));
  call(102, 77, at(buffer), 0, 0, 0);
}

static void others(void) {
  struct {
    int fd;
    short events, revents;
  } ready = {1, 4, 0};
  u32 moment[2] = {0, 1000};
  u64 wide_moment[2] = {0, 2000};
  works(call(309, at(&ready), 1, at(moment), 0, 4));       // ppoll
  works(call(414, at(&ready), 1, at(wide_moment), 0, 8));  // ppoll_time64
  u32 rest[2] = {0, 4000};
  works(call(162, at(rest), 0, 0, 0, 0));  // nanosleep
  u32 limit[2];
  works(call(191, 7, at(limit), 0, 0, 0));
  u32 word = 0;
  call(240, at(&word), 0, 1, 0, 0);
  call(422, at(&word), 0, 2, 0, 0);
  int set = works(call(117, 2, 0, 2, 01600, 0));  // ipc: semget
  struct {
    unsigned short number;
    short operation, flags;
  } operations[2] = {{0, 1, 0}, {1, 2, 04000}};
  works(call(117, 1, set, 2, 0, at(operations)));
  u32 value = 5;
  works(call(117, 3, set, 1, 0x100 | 16, at(&value)));
  works(call(117, 3, set, 0, 0, at(&value)));
  call(117, 21, 12345, 0, at(&value), 0);  // shmat
  works(call(172, 15, at("compat-name"), 0, 0, 0));
  call(288, 0, -3, 0, 77, 88);  // keyctl
}

void _start(void) {
  files();
  ids();
  sockets();
  others();
  call(252, failures, 0, 0, 0, 0);
  for (;;) continue;
}
