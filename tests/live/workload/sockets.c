// Sockets of all families that a machine has by itself.
#include <arpa/inet.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>
#include <sys/uio.h>
#include <sys/un.h>

#include "workload.h"

static void messages(int sender, int receiver, const void* to, int to_size) {
  char first[64], second[64];
  struct iovec parts[2] = {{"scattered ", 10}, {"message", 7}};
  struct iovec room[2] = {{first, 10}, {second, sizeof second}};
  char control[128];
  struct sockaddr_storage from;
  struct msghdr outgoing = {.msg_name = (void*)to, .msg_namelen = to_size, .msg_iov = parts, .msg_iovlen = 2};
  struct msghdr incoming = {.msg_name = &from,
                            .msg_namelen = sizeof from,
                            .msg_iov = room,
                            .msg_iovlen = 2,
                            .msg_control = control,
                            .msg_controllen = sizeof control};
  struct mmsghdr several[2] = {{outgoing, 0}, {outgoing, 0}};
  struct mmsghdr received[2] = {{incoming, 0}, {incoming, 0}};
  CALL(sendmsg, sender, &outgoing, MSG_NOSIGNAL);
  CALL(recvmsg, receiver, &incoming, 0);
  CALL(sendmmsg, sender, several, 2, 0);
  CALL(recvmmsg, receiver, received, 2, MSG_DONTWAIT, NULL);
  CALL(recvmsg, receiver, &incoming, MSG_DONTWAIT);
  CALL(recvmmsg, receiver, received, 2, MSG_DONTWAIT, NULL);
}

static void talk(int family, const void* address, socklen_t size, int type) {
  struct sockaddr_storage bound, from;
  socklen_t length = sizeof bound, from_size = sizeof from;
  char buffer[128];
  int server = CALL(socket, family, type | SOCK_CLOEXEC, 0);
  int client = CALL(socket, family, type, 0);
  CALL(bind, server, address, size);
  CALL(bind, server, address, 1);
  CALL(getsockname, server, &bound, &length);
  if (type == SOCK_DGRAM) {
    CALL(sendto, client, "datagram", 8, 0, &bound, length);
    CALL(recvfrom, server, buffer, sizeof buffer, 0, &from, &from_size);
    messages(client, server, &bound, length);
    CALL(sendto, client, "nowhere", 7, 0, NULL, 0);
    CALL(recvfrom, server, buffer, sizeof buffer, MSG_DONTWAIT, &from, &from_size);
  } else {
    CALL(listen, server, 5);
    CALL(accept4, server, NULL, NULL, -1);
    CALL(connect, client, &bound, length);
    int peer = CALL(accept4, server, &from, &from_size, SOCK_CLOEXEC);
    int second = CALL(socket, family, type, 0);
    CALL(connect, second, &bound, length);
    from_size = sizeof from;
    int other = CALL(accept, server, &from, &from_size);
    CALL(sendto, client, "hello over a stream", 19, 0, NULL, 0);
    CALL(recvfrom, peer, buffer, sizeof buffer, 0, NULL, NULL);
    CALL(write, peer, "and back", 8);
    CALL(read, client, buffer, sizeof buffer);
    struct iovec part = {"vector", 6};
    CALL(writev, peer, &part, 1);
    part.iov_base = buffer;
    CALL(readv, client, &part, 1);
    messages(client, peer, NULL, 0);
    length = sizeof bound;
    CALL(getpeername, client, &bound, &length);
    CALL(getpeername, server, &bound, &length);
    int on = 1;
    socklen_t room = sizeof on;
    struct timeval limit = {3, 400};
    CALL(setsockopt, peer, SOL_SOCKET, SO_KEEPALIVE, &on, sizeof on);
    CALL(setsockopt, peer, SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof limit);
    CALL(setsockopt, peer, SOL_SOCKET, 9999, &on, sizeof on);
    CALL(getsockopt, peer, SOL_SOCKET, SO_TYPE, &on, &room);
    CALL(getsockopt, peer, SOL_SOCKET, SO_ERROR, &on, &room);
    CALL(getsockopt, peer, SOL_SOCKET, 9999, &on, &room);
    if (family != AF_UNIX) CALL(setsockopt, peer, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
    CALL(shutdown, client, SHUT_WR);
    CALL(shutdown, client, SHUT_RDWR);
    CALL(close, peer);
    CALL(close, second);
    CALL(close, other);
  }
  CALL(close, client);
  CALL(close, server);
}

static void pass_a_descriptor(int pair[2]) {
  char room[CMSG_SPACE(sizeof(int))] = {0}, byte;
  struct iovec part = {"d", 1};
  struct msghdr message = {.msg_iov = &part, .msg_iovlen = 1, .msg_control = room, .msg_controllen = sizeof room};
  struct cmsghdr* header = CMSG_FIRSTHDR(&message);
  header->cmsg_level = SOL_SOCKET;
  header->cmsg_type = SCM_RIGHTS;
  header->cmsg_len = CMSG_LEN(sizeof(int));
  memcpy(CMSG_DATA(header), &pair[0], sizeof(int));
  CALL(sendmsg, pair[0], &message, 0);
  part.iov_base = &byte;
  CALL(recvmsg, pair[1], &message, 0);
}

void sockets(void) {
  struct sockaddr_in v4 = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
  struct sockaddr_in6 v6 = {.sin6_family = AF_INET6, .sin6_addr = IN6ADDR_LOOPBACK_INIT};
  struct sockaddr_in6 mapped = {.sin6_family = AF_INET6};
  struct sockaddr_un path = {.sun_family = AF_UNIX, .sun_path = "socket"};
  struct sockaddr_un abstract = {.sun_family = AF_UNIX, .sun_path = "\0tracer workload"};
  talk(AF_INET, &v4, sizeof v4, SOCK_STREAM);
  talk(AF_INET, &v4, sizeof v4, SOCK_DGRAM);
  talk(AF_INET6, &v6, sizeof v6, SOCK_STREAM);
  talk(AF_INET6, &v6, sizeof v6, SOCK_DGRAM);
  inet_pton(AF_INET6, "::ffff:127.0.0.1", &mapped.sin6_addr);
  talk(AF_INET6, &mapped, sizeof mapped, SOCK_STREAM);
  talk(AF_UNIX, &path, sizeof path, SOCK_STREAM);
  talk(AF_UNIX, &abstract, offsetof(struct sockaddr_un, sun_path) + 16, SOCK_STREAM);
  path.sun_path[0] = 'd';
  talk(AF_UNIX, &path, sizeof path, SOCK_DGRAM);
  int pair[2];
  CALL(socketpair, AF_UNIX, SOCK_STREAM, 0, pair);
  CALL(socketpair, AF_INET, SOCK_STREAM, 0, pair);
  pass_a_descriptor(pair);
  CALL(close, pair[0]);
  CALL(close, pair[1]);
  v4.sin_port = htons(1);
  int refused = CALL(socket, AF_INET, SOCK_STREAM, 0);
  CALL(connect, refused, &v4, sizeof v4);
  CALL(connect, 1234, &v4, sizeof v4);
  CALL(connect, refused, BAD_ADDRESS, 16);
  CALL(close, refused);
  CALL(socket, AF_INET, 77, 0);
  CALL(listen, 1234, 5);
  CALL(accept, 1234, NULL, NULL);
  CALL(shutdown, 1234, SHUT_RD);
  CALL(getsockname, 1234, NULL, NULL);
  CALL(sendto, 1234, "lost", 4, 0, NULL, 0);
  CALL(recvfrom, 1234, NULL, 0, 0, NULL, NULL);
  CALL(sendmsg, 1234, BAD_ADDRESS, 0);
  CALL(recvmsg, 1234, BAD_ADDRESS, 0);
  CALL(sendmmsg, 1234, BAD_ADDRESS, 1, 0);
  CALL(recvmmsg, 1234, BAD_ADDRESS, 1, 0, NULL);
  int netlink = CALL(socket, AF_NETLINK, SOCK_RAW, 0);
  struct sockaddr kernel = {.sa_family = AF_NETLINK};
  CALL(bind, netlink, &kernel, 12);
  CALL(close, netlink);
}
