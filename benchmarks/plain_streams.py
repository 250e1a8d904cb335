#!/usr/bin/env python3
"""plain_streams.py ME COUNT MEGABYTES: what a network of hosts passes without MPI. Started on every host 10.173.1.1 to COUNT (see
shaped_links.sh), each sends MEGABYTES to every other at once, over plain TCP. Host 1 prints what a host sent and received
meanwhile, in Gbit/s each way: the slowest host's time counts."""
import socket
import sys
import threading
import time

me, count, megabytes = int(sys.argv[1]), int(sys.argv[2]), float(sys.argv[3])
PORT, ROUNDS = 18500, 5
total = int(megabytes * 1e6)
others = [host for host in range(1, count + 1) if host != me]


def address(host):
    return f"10.173.1.{host}"


def connect():
    """A connection to each other host, by which both send: the higher number calls."""
    server = socket.create_server((address(me), PORT), backlog=count)
    found = {}
    for host in range(1, me):
        end = time.monotonic() + 20
        while host not in found:
            try:
                found[host] = socket.create_connection((address(host), PORT), timeout=20)
            except OSError:
                if time.monotonic() > end:
                    raise
                time.sleep(0.05)
        found[host].sendall(bytes([me]))
    while len(found) < count - 1:
        link, _ = server.accept()
        found[link.recv(1)[0]] = link
    for link in found.values():
        link.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        link.settimeout(120)
    return found


def receive(link, size):
    room = memoryview(bytearray(1 << 18))
    while size > 0:
        size -= link.recv_into(room, min(size, len(room)))


def exchange(links, size):
    data = bytes(size)
    work = [threading.Thread(target=link.sendall, args=(data,)) for link in links.values()]
    work += [threading.Thread(target=receive, args=(link, size)) for link in links.values()]
    for thread in work:
        thread.start()
    for thread in work:
        thread.join()


links = connect()
seconds = []
for _ in range(ROUNDS):
    exchange(links, 1)
    start = time.perf_counter()
    exchange(links, total)
    exchange(links, 1)  # nobody is done before all are
    seconds.append(time.perf_counter() - start)
if me == 1:
    best, worst = (8e-9 * total * (count - 1) / t for t in (min(seconds), max(seconds)))
    print(f"plain streams: {count} hosts pass {worst:.3g} to {best:.3g} Gbit/s each, both ways ({megabytes:g} MB to every other)")
