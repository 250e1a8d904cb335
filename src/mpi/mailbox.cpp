#include "mpi/mailbox.hpp"

#include <colonnade/base/hash.hpp>

#include <arpa/inet.h>
#include <fmt/format.h>
#include <ifaddrs.h>
#include <net/if.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <climits>
#include <random>
#include <span>

namespace colonnade::mpi {

namespace {

/// What a rank shares of itself: host, port, addresses (0: none).
constexpr std::size_t most_addresses = 4, fields = 2 + most_addresses;
using Card = std::array<std::uint64_t, fields>;

sockaddr_in place_of(std::uint32_t address, std::uint16_t port) {
  sockaddr_in place{};
  place.sin_family = AF_INET;
  place.sin_port = port;
  place.sin_addr.s_addr = address;
  return place;
}

/// The same for ranks that reach each other by the loopback: one machine, one network namespace.
std::uint64_t host_key() {
  std::array<char, HOST_NAME_MAX + 1> name{};
  ::gethostname(name.data(), name.size() - 1);
  struct stat space {};
  ::stat("/proc/self/ns/net", &space);
  return base::hash_text(fmt::format("{} {}", name.data(), space.st_ino));
}

/// This host's IPv4 addresses but for the loopback.
std::vector<std::uint32_t> own_addresses() {
  std::vector<std::uint32_t> addresses;
  ifaddrs* list = nullptr;
  if (::getifaddrs(&list) != 0) return addresses;
  for (const ifaddrs* each = list; each != nullptr; each = each->ifa_next) {
    const bool fits = each->ifa_addr != nullptr && each->ifa_addr->sa_family == AF_INET &&
                      (each->ifa_flags & IFF_UP) != 0 && (each->ifa_flags & IFF_LOOPBACK) == 0;
    if (fits && addresses.size() < most_addresses)
      addresses.push_back(reinterpret_cast<const sockaddr_in*>(each->ifa_addr)->sin_addr.s_addr);
  }
  ::freeifaddrs(list);
  return addresses;
}

/// The port that the system gives a socket; 0 when it gives none.
std::uint16_t bind_anywhere(int socket) {
  auto place = place_of(htonl(INADDR_ANY), 0);
  socklen_t size = sizeof(place);
  auto* const address = reinterpret_cast<sockaddr*>(&place);
  if (::bind(socket, address, size) != 0 || ::getsockname(socket, address, &size) != 0) return 0;
  return place.sin_port;
}

Card card_of(std::uint16_t port) {
  Card card{host_key(), port};
  const auto addresses = own_addresses();
  for (std::size_t i = 0; i < addresses.size(); ++i) card[2 + i] = addresses[i];
  return card;
}

std::uint64_t shared_key(const Communicator& comm) {
  std::random_device device;
  std::uint64_t key = (std::uint64_t{device()} << 32) | device();
  comm.broadcast(std::span(&key, 1));
  return key;
}

}  // namespace

struct Mailbox::Letter {
  std::uint64_t job_key = 0;  ///< strangers do not know it
  std::int64_t rank = 0;
  WatchReport report{};
};

Mailbox::Mailbox(const Communicator& comm)
    : rank_(comm.rank()),
      job_key_(shared_key(comm)),
      socket_(::socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0)),
      wake_(::eventfd(0, EFD_CLOEXEC)) {
  const Card mine = card_of(bind_anywhere(socket_));
  const auto all = comm.concatenate(std::span<const std::uint64_t>(mine));
  for (std::size_t at = 0; at < all.size(); at += fields) {
    Peer& peer = peers_.emplace_back();
    peer.port = static_cast<std::uint16_t>(all[at + 1]);
    if (all[at] == mine[0]) {
      peer.addresses.push_back(htonl(INADDR_LOOPBACK));
      continue;
    }
    for (std::size_t i = 2; i < fields; ++i)
      if (all[at + i] != 0) peer.addresses.push_back(static_cast<std::uint32_t>(all[at + i]));
  }
}

Mailbox::~Mailbox() {
  if (socket_ >= 0) ::close(socket_);
  if (wake_ >= 0) ::close(wake_);
}

void Mailbox::send_to_all(const WatchReport& report) const {
  const Letter letter{job_key_, rank_, report};
  for (std::size_t rank = 0; rank < peers_.size(); ++rank) {
    const Peer& peer = peers_[rank];
    if (static_cast<int>(rank) == rank_ || peer.port == 0) continue;
    for (const auto address : peer.addresses) {
      const auto place = place_of(address, peer.port);
      ::sendto(socket_, &letter, sizeof(letter), 0, reinterpret_cast<const sockaddr*>(&place),
               sizeof(place));
    }
  }
}

std::optional<std::pair<int, WatchReport>> Mailbox::receive() {
  Letter letter;
  sockaddr_in from{};
  for (;;) {
    socklen_t size = sizeof(from);
    const ssize_t got =
        ::recvfrom(socket_, &letter, sizeof(letter), 0, reinterpret_cast<sockaddr*>(&from), &size);
    if (got < 0) return std::nullopt;
    const bool is_ours = got == static_cast<ssize_t>(sizeof(letter)) &&
                         letter.job_key == job_key_ && letter.rank >= 0 &&
                         letter.rank < static_cast<std::int64_t>(peers_.size());
    if (!is_ours) continue;
    peers_[static_cast<std::size_t>(letter.rank)].addresses = {from.sin_addr.s_addr};
    return std::pair(static_cast<int>(letter.rank), letter.report);
  }
}

void Mailbox::wait(double most_s) const {
  std::array<pollfd, 2> sources{pollfd{socket_, POLLIN, 0}, pollfd{wake_, POLLIN, 0}};
  ::poll(sources.data(), sources.size(), static_cast<int>(most_s * 1e3) + 1);
}

void Mailbox::wake() const {
  ::eventfd_write(wake_, 1);
}

}  // namespace colonnade::mpi
