// Makes calls that sysdig 0.29.3 can follow, many of them failing on purpose. Argument: a folder to work in.
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/mman.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/select.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/timerfd.h>
#include <sys/uio.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

static void files(void) {
  int fd = open("file", O_CREAT | O_RDWR | O_TRUNC | O_CLOEXEC, 0640);
  char buffer[256] = "some text with a \n newline and \x01\xff bytes";
  write(fd, buffer, 40);
  pwrite(fd, "positioned", 10, 100);
  lseek(fd, 0, SEEK_SET);
  read(fd, buffer, 20);
  pread(fd, buffer, 10, 100);
  struct iovec parts[3] = {{"one", 3}, {"two", 3}, {"three", 5}};
  writev(fd, parts, 3);
  lseek(fd, 0, SEEK_SET);
  struct iovec into[2] = {{buffer, 4}, {buffer + 10, 7}};
  readv(fd, into, 2);
  struct stat status;
  stat("file", &status);
  lstat("missing", &status);
  fstat(fd, &status);
  syscall(SYS_stat, "file", &status);
  syscall(SYS_lstat, "missing", &status);
  syscall(SYS_fstat, fd, &status);
  syscall(SYS_open, "missing", O_RDONLY, 0);
  syscall(SYS_creat, "created", 0600);
  struct {
    unsigned long long flags, mode, resolve;
  } how = {O_RDONLY, 0, 0x08};
  syscall(SYS_openat2, AT_FDCWD, "file", &how, sizeof how);
  open("missing", O_RDONLY | O_NOFOLLOW);
  access("file", R_OK | W_OK);
  access("missing", F_OK);
  chmod("file", 0600);
  fchmod(fd, 0644);
  mkdir("folder", 0755);
  mkdirat(AT_FDCWD, "folder/inner", 0700);
  chdir("folder");
  char cwd[4096];
  getcwd(cwd, sizeof cwd);
  chdir("..");
  int folder = open("folder", O_DIRECTORY | O_RDONLY);
  fchdir(folder);
  openat(folder, "inner", O_RDONLY | O_DIRECTORY);
  chdir("..");
  syscall(SYS_rename, "created", "renamed");
  renameat(AT_FDCWD, "renamed", folder, "moved");
  syscall(SYS_renameat2, folder, "moved", folder, "again", 1);
  link("file", "hard");
  symlink("file", "soft");
  unlink("hard");
  unlinkat(AT_FDCWD, "soft", 0);
  unlinkat(folder, "inner", AT_REMOVEDIR);
  rmdir("missing");
  int copy = dup(fd);
  dup2(fd, 100);
  dup3(fd, 101, O_CLOEXEC);
  fcntl(fd, F_DUPFD_CLOEXEC, 150);
  fcntl(fd, F_GETFL);
  fcntl(fd, F_SETFD, FD_CLOEXEC);
  ioctl(fd, 0x5401, buffer);
  close(copy);
  close(12345);
  int ends[2];
  pipe(ends);
  write(ends[1], "through a pipe", 14);
  read(ends[0], buffer, sizeof buffer);
  pipe2(ends, O_NONBLOCK | O_CLOEXEC);
  read(ends[0], buffer, sizeof buffer);
  void* map = mmap(NULL, 8192, PROT_READ, MAP_PRIVATE, fd, 0);
  mprotect(map, 4096, PROT_READ | PROT_WRITE);
  munmap(map, 8192);
  mmap(NULL, 0, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  syscall(SYS_brk, 0);
  mount("nosuch", "/nosuch/folder", "tmpfs", MS_RDONLY, "");
  umount2("/nosuch/folder", MNT_DETACH);
  open((char*)1, O_RDONLY);
}

static void talk(int family, const void* address, socklen_t size, int type) {
  int server = socket(family, type | SOCK_CLOEXEC, 0);
  bind(server, address, size);
  struct sockaddr_storage bound;
  socklen_t length = sizeof bound;
  getsockname(server, (void*)&bound, &length);
  char buffer[128];
  if (type == SOCK_STREAM) {
    listen(server, 5);
    int client = socket(family, type, 0);
    connect(client, (void*)&bound, length);
    int peer = accept4(server, NULL, NULL, SOCK_CLOEXEC);
    send(client, "hello over a stream", 19, 0);
    recv(peer, buffer, sizeof buffer, 0);
    write(peer, "and back", 8);
    read(client, buffer, sizeof buffer);
    struct iovec part = {"scattered", 9};
    struct msghdr message = {.msg_iov = &part, .msg_iovlen = 1};
    sendmsg(client, &message, 0);
    struct iovec room = {buffer, sizeof buffer};
    struct msghdr incoming = {.msg_iov = &room, .msg_iovlen = 1};
    recvmsg(peer, &incoming, 0);
    shutdown(client, SHUT_RDWR);
    int on = 1;
    setsockopt(peer, SOL_SOCKET, SO_KEEPALIVE, &on, sizeof on);
    socklen_t room_for = sizeof on;
    getsockopt(peer, SOL_SOCKET, SO_ERROR, &on, &room_for);
    close(client);
    close(peer);
  } else {
    int client = socket(family, type, 0);
    sendto(client, "datagram", 8, 0, (void*)&bound, length);
    struct sockaddr_storage from;
    socklen_t from_size = sizeof from;
    recvfrom(server, buffer, sizeof buffer, 0, (void*)&from, &from_size);
    close(client);
  }
  close(server);
}

static void sockets(void) {
  struct sockaddr_in v4 = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
  talk(AF_INET, &v4, sizeof v4, SOCK_STREAM);
  talk(AF_INET, &v4, sizeof v4, SOCK_DGRAM);
  struct sockaddr_in6 v6 = {.sin6_family = AF_INET6, .sin6_addr = IN6ADDR_LOOPBACK_INIT};
  talk(AF_INET6, &v6, sizeof v6, SOCK_STREAM);
  talk(AF_INET6, &v6, sizeof v6, SOCK_DGRAM);
  struct sockaddr_un path = {.sun_family = AF_UNIX, .sun_path = "socket"};
  talk(AF_UNIX, &path, sizeof path, SOCK_STREAM);
  int pair[2];
  socketpair(AF_UNIX, SOCK_STREAM, 0, pair);
  write(pair[0], "pair", 4);
  v4.sin_port = htons(1);
  int refused = socket(AF_INET, SOCK_STREAM, 0);
  connect(refused, (void*)&v4, sizeof v4);
  connect(-1, (void*)&v4, sizeof v4);
  socket(AF_INET, 77, 0);
}

static void* thread(void* name) {
  prctl(PR_SET_NAME, name);
  syscall(SYS_gettid);
  return NULL;
}

static void on_signal(int number) { (void)number; }

static void processes(void) {
  pid_t child = fork();
  if (child == 0) {
    execl("/nosuch/program", "program", (char*)NULL);
    execl("/bin/echo", "echo", "an argument", "", "x=y", (char*)NULL);
    _exit(1);
  }
  waitpid(child, NULL, 0);
  child = vfork();
  if (child == 0) _exit(3);
  waitpid(child, NULL, 0);
  pthread_t other;
  pthread_create(&other, NULL, thread, "renamed");
  pthread_join(other, NULL);
  signal(SIGUSR1, on_signal);
  kill(getpid(), SIGUSR1);
  kill(999999, 0);
  syscall(SYS_tgkill, getpid(), syscall(SYS_gettid), SIGUSR1);
  syscall(SYS_tkill, syscall(SYS_gettid), SIGUSR1);
  setuid(getuid());
  setgid(getgid());
  setresuid(-1, -1, -1);
  getppid();
  struct rlimit limit;
  getrlimit(RLIMIT_NOFILE, &limit);
  prctl(PR_GET_DUMPABLE);
}

static void waiting(void) {
  struct pollfd ready = {.fd = 1, .events = POLLOUT};
  poll(&ready, 1, 10);
  struct timespec moment = {0, 1000};
  ppoll(&ready, 1, &moment, NULL);
  fd_set set;
  FD_ZERO(&set);
  struct timeval instant = {0, 1000};
  select(0, &set, NULL, NULL, &instant);
  int events = epoll_create1(EPOLL_CLOEXEC);
  int counter = eventfd(0, EFD_NONBLOCK);
  struct epoll_event event = {.events = EPOLLIN};
  epoll_ctl(events, EPOLL_CTL_ADD, counter, &event);
  epoll_wait(events, &event, 1, 1);
  int timer = timerfd_create(CLOCK_MONOTONIC, TFD_CLOEXEC);
  close(timer);
  int word = 0;
  syscall(SYS_futex, &word, 1, 1, NULL, NULL, 0);
  syscall(SYS_futex, &word, 0, 1, NULL, NULL, 0);
  nanosleep(&moment, NULL);
  syscall(SYS_nanosleep, &moment, NULL);
}

int main(int count, char** arguments) {
  if (count != 2 || chdir(arguments[1]) != 0) return 2;
  files();
  sockets();
  processes();
  waiting();
  return 0;
}
