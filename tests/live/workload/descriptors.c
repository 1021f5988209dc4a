// Reading, writing, and what else is done with open descriptors.
#include <linux/aio_abi.h>
#include <sys/eventfd.h>
#include <sys/ioctl.h>
#include <sys/uio.h>

#include "workload.h"

static char text[4096];

static void reading_and_writing(void) {
  char buffer[4096];
  for (size_t i = 0; i < sizeof text; i++) text[i] = (char)(i * 7);
  int fd = CALL(open, "data", O_CREAT | O_RDWR | O_TRUNC, 0600);
  CALL(write, fd, text, sizeof text);
  CALL(write, 1234, text, 10);
  CALL(write, fd, BAD_ADDRESS, 10);
  CALL(write, fd, text, 0);
  CALL(lseek, fd, 10, SEEK_SET);
  CALL(lseek, fd, -5000, SEEK_CUR);
  CALL(read, fd, buffer, 200);
  CALL(read, fd, buffer, 0);
  CALL(read, 1234, buffer, 100);
  CALL(read, fd, BAD_ADDRESS, 10);
  CALL(pwrite64, fd, "positioned", 10, 100);
  CALL(pwrite64, fd, "positioned", 10, -1);
  CALL(pread64, fd, buffer, 10, 100);
  CALL(pread64, 1234, buffer, 10, 100);
  struct iovec parts[3] = {{"one", 3}, {text, 100}, {"three", 5}};
  struct iovec into[2] = {{buffer, 4}, {buffer + 10, 90}};
  CALL(writev, fd, parts, 3);
  CALL(writev, 1234, parts, 3);
  CALL(writev, fd, BAD_ADDRESS, 2);
  CALL(lseek, fd, 0, SEEK_SET);
  CALL(readv, fd, into, 2);
  CALL(readv, 1234, into, 2);
  CALL(preadv, fd, into, 2, 50, 0);
  CALL(preadv, 1234, into, 2, 50, 0);
  CALL(pwritev, fd, parts, 3, 60, 0);
  CALL(pwritev, fd, parts, -1, 60, 0);
  CALL(preadv2, fd, into, 2, 7, 0, 0);
  CALL(preadv2, fd, into, 2, 7, 0, 0x1000000);
  CALL(pwritev2, fd, parts, 2, 9, 0, RWF_DSYNC);
  CALL(pwritev2, fd, parts, 2, 9, 0, 0x1000000);
  CALL(fsync, fd);
  CALL(fsync, 1234);
  CALL(fdatasync, fd);
  CALL(fdatasync, 1234);
  CALL(sync_file_range, fd, 0, 100, 2);
  CALL(sync_file_range, 1234, 0, 100, 2);
  CALL(fallocate, fd, 0, 0, 5000);
  CALL(fallocate, fd, 0, -1, 5000);
  CALL(fadvise64, fd, 0, 100, POSIX_FADV_SEQUENTIAL);
  CALL(fadvise64, fd, 0, 100, 77);
  CALL(readahead, fd, 0, 100);
  CALL(readahead, 1234, 0, 100);
  CALL(flock, fd, LOCK_EX | LOCK_NB);
  CALL(flock, fd, LOCK_UN);
  CALL(flock, 1234, LOCK_SH);
  CALL(close, fd);
  CALL(close, 1234);
}

static void copies(void) {
  int fd = CALL(open, "data", O_RDWR, 0);
  int copy = CALL(dup, fd);
  CALL(close, copy);
  CALL(dup, 1234);
  CALL(dup2, fd, 100);
  CALL(dup2, fd, fd);
  CALL(dup2, 1234, 100);
  CALL(dup3, fd, 101, O_CLOEXEC);
  CALL(dup3, fd, fd, 0);
  CALL(fcntl, fd, F_DUPFD, 110);
  CALL(fcntl, fd, F_DUPFD_CLOEXEC, 150);
  CALL(fcntl, fd, F_GETFL);
  CALL(fcntl, fd, F_SETFL, O_NONBLOCK);
  CALL(fcntl, fd, F_GETFD);
  CALL(fcntl, fd, F_SETFD, FD_CLOEXEC);
  CALL(fcntl, 1234, F_GETFL);
  struct flock lock = {.l_type = F_WRLCK, .l_whence = SEEK_SET, .l_start = 1, .l_len = 2};
  CALL(fcntl, fd, F_SETLK, &lock);
  CALL(fcntl, fd, F_GETLK, &lock);
  int size;
  CALL(ioctl, fd, FIONREAD, &size);
  CALL(ioctl, fd, TIOCGWINSZ, &size);
  CALL(ioctl, 1234, FIONREAD, &size);
  CALL(close_range, 110, 160, 0);
  CALL(close_range, 100, 101, 1u << 2);
  CALL(close_range, 2, 1, 0);
  CALL(close, fd);
}

static void pipes(void) {
  int ends[2], others[2];
  char buffer[128];
  CALL(pipe, ends);
  CALL(pipe, BAD_ADDRESS);
  CALL(write, ends[1], "through a pipe", 14);
  CALL(pipe2, others, O_NONBLOCK | O_CLOEXEC);
  CALL(pipe2, others, -1);
  CALL(tee, ends[0], others[1], 14, 0);
  CALL(tee, ends[0], 1234, 14, 0);
  CALL(splice, ends[0], NULL, others[1], NULL, 14, 0);
  CALL(splice, ends[0], NULL, 1234, NULL, 14, 0);
  CALL(read, others[0], buffer, sizeof buffer);
  CALL(read, others[0], buffer, sizeof buffer);
  struct iovec part = {"mapped into it", 14};
  CALL(vmsplice, ends[1], &part, 1, 0);
  CALL(vmsplice, 1234, &part, 1, 0);
  int from = CALL(open, "data", O_RDONLY, 0);
  int to = CALL(open, "copied", O_CREAT | O_RDWR, 0600);
  long offset = 5;
  CALL(sendfile, to, from, &offset, 100);
  CALL(sendfile, to, 1234, NULL, 100);
  CALL(sendfile, to, from, NULL, 10);
  CALL(copy_file_range, from, NULL, to, NULL, 50, 0);
  CALL(copy_file_range, from, NULL, 1234, NULL, 50, 0);
  for (int i = 0; i < 2; i++) {
    CALL(close, ends[i]);
    CALL(close, others[i]);
  }
  CALL(close, from);
  CALL(close, to);
}

static void asynchronous(void) {
  aio_context_t context = 0;
  char buffer[64];
  int fd = CALL(open, "data", O_RDONLY, 0);
  CALL(io_setup, 4, &context);
  CALL(io_setup, 0, &context);
  struct iocb request = {
      .aio_lio_opcode = IOCB_CMD_PREAD, .aio_fildes = fd, .aio_buf = (uint64_t)buffer, .aio_nbytes = 10};
  struct iocb* requests[] = {&request};
  struct io_event done[2];
  CALL(io_submit, context, 1, requests);
  CALL(io_submit, 99, 1, requests);
  CALL(io_getevents, context, 1, 1, done, NULL);
  CALL(io_getevents, 99, 1, 1, done, NULL);
  CALL(io_pgetevents, context, 0, 1, done, NULL, NULL);
  CALL(io_pgetevents, 99, 0, 1, done, NULL, NULL);
  CALL(io_cancel, context, &request, done);
  CALL(io_destroy, context);
  CALL(io_destroy, 99);
  CALL(close, fd);
}

void descriptors(void) {
  reading_and_writing();
  copies();
  pipes();
  asynchronous();
}
