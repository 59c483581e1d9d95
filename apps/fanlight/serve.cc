#include "apps/fanlight/serve.h"

#include <arpa/inet.h>
#include <fmt/format.h>
#include <ifaddrs.h>
#include <net/if.h>
#include <netinet/in.h>
#include <sys/resource.h>
#include <unistd.h>

#include <algorithm>
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <optional>
#include <thread>

#include "apps/fanlight/index_place.h"
#include "apps/fanlight/info_file.h"
#include "apps/fanlight/progress.h"
#include "apps/fanlight/settings.h"
#include "fanlight/base/file.h"
#include "fanlight/base/log.h"
#include "fanlight/base/text.h"
#include "fanlight/board/api/event_hub.h"
#include "fanlight/board/api/routes.h"
#include "fanlight/board/http/access.h"
#include "fanlight/board/http/assets.h"
#include "fanlight/board/http/server.h"
#include "fanlight/board/ingest/local_source.h"
#include "fanlight/board/ingest/log_ingest.h"
#include "fanlight/board/store/index.h"

namespace fanlight::app {
namespace {

constexpr int64_t kUsualPort = 6006;
constexpr int64_t kPortsTried = 100;
constexpr int64_t kMaxPort = 65535;

void Tell(std::string_view text) {
  std::fwrite(text.data(), 1, text.size(), stderr);
  std::fflush(stderr);
}

// A connection costs a descriptor; the usual limit of 1024 is for programs that use select().
void RaiseDescriptorLimit() {
  rlimit limit{};
  if (getrlimit(RLIMIT_NOFILE, &limit) != 0) return;
  limit.rlim_cur = std::min<rlim_t>(limit.rlim_max, 65536);
  setrlimit(RLIMIT_NOFILE, &limit);
}

struct ListenFailure {
  std::string message;
  int exit_code = 1;
};

// The server on the port asked for, or on the first free one from the usual port on.
tl::expected<std::unique_ptr<http::Server>, ListenFailure> Listen(
    const Flags& flags, const http::Server::AnswerFunction& answer) {
  http::Server::Options options;
  options.host = flags.bind_all ? "" : flags.host.value_or("localhost");
  options.reuse_port = flags.reuse_port;
  options.workers = std::max(4u, std::thread::hardware_concurrency());
  options.is_quick = api::IsQuick;
  if (flags.port && *flags.port > kMaxPort)
    return tl::unexpected(ListenFailure{
        fmt::format("ERROR: TensorBoard cannot bind to port {} > {}", *flags.port, kMaxPort), 255});
  const int64_t first = flags.port.value_or(kUsualPort);
  const int64_t last = flags.port ? first : first + kPortsTried - 1;
  for (int64_t port = first; port <= last; ++port) {
    options.port = static_cast<uint16_t>(port);
    auto server = http::Server::Create(options, answer);
    if (server) return *std::move(server);
    const Error& error = server.error();
    if (error.code == ErrorCode::kAlreadyExists) continue;
    return tl::unexpected(ListenFailure{"ERROR: " + error.message, 1});
  }
  if (flags.port)
    return tl::unexpected(ListenFailure{
        fmt::format("ERROR: TensorBoard could not bind to port {}, it was already in use", first),
        255});
  return tl::unexpected(ListenFailure{
      fmt::format("ERROR: TensorBoard could not bind to any port around {} (tried {} times)",
                  kUsualPort, kPortsTried),
      255});
}

// How other machines reach this one: its first address that is not loopback.
std::optional<std::string> NetworkAddress() {
  ifaddrs* all = nullptr;
  if (getifaddrs(&all) != 0) return std::nullopt;
  std::optional<std::string> found;
  for (const ifaddrs* each = all; each != nullptr && !found; each = each->ifa_next) {
    if (each->ifa_addr == nullptr || each->ifa_addr->sa_family != AF_INET) continue;
    if ((each->ifa_flags & IFF_LOOPBACK) != 0 || (each->ifa_flags & IFF_UP) == 0) continue;
    sockaddr_in address{};
    std::memcpy(&address, each->ifa_addr, sizeof address);
    char text[INET_ADDRSTRLEN] = {};
    if (inet_ntop(AF_INET, &address.sin_addr, text, sizeof text) != nullptr) found = text;
  }
  freeifaddrs(all);
  return found;
}

std::string HostInUrl(const std::string& host) {
  const bool is_bare_v6 = host.find(':') != std::string::npos && !host.starts_with('[');
  return is_bare_v6 ? "[" + host + "]" : host;
}

std::string Url(const std::string& host, uint16_t port, const Flags& flags) {
  return fmt::format("http://{}:{}{}/", HostInUrl(host), port, flags.path_prefix);
}

// What the program says once it listens. Tools wait for the address; it comes first.
void Announce(const Invocation& invocation, const http::Server& server, const std::string& token) {
  const Flags& flags = invocation.line.flags;
  const bool is_everywhere = flags.bind_all || flags.host == "0.0.0.0" || flags.host == "::";
  std::string host = flags.host.value_or("localhost");
  if (invocation.is_tensorboard()) {
    if (flags.bind_all) host = NetworkAddress().value_or("localhost");
    if (!flags.host && !flags.bind_all)
      Tell(
          "Serving TensorBoard on localhost; to expose to the network, use a proxy or pass "
          "--bind_all\n");
    Tell(fmt::format("TensorBoard {} at {} (Press CTRL+C to quit)\n", api::kTensorBoardVersion,
                     Url(host, server.port(), flags)));
    return;
  }
  if (is_everywhere) host = "localhost";
  const std::string query = token.empty() ? "" : "?token=" + token;
  Tell(fmt::format("Fanlight {} at {}{} (Press CTRL+C to quit)\n", FANLIGHT_VERSION,
                   Url(host, server.port(), flags), query));
  if (is_everywhere) {
    if (const auto network = NetworkAddress())
      Tell(fmt::format("From other machines: {}{}\n", Url(*network, server.port(), flags), query));
  }
  if (!server.is_loopback() && token.empty())
    Tell("Anyone who reaches this machine can read the logs (--auth none).\n");
  if (!flags.port && server.port() != kUsualPort)
    Tell(fmt::format("Port {} is taken; this is {}.\n", kUsualPort, server.port()));
}

http::Handler PageHandler(const Flags& flags) {
  return [directory = flags.ui_dir](const http::Request& request) {
    constexpr std::string_view kApi = "/api/";
    if (request.path.starts_with(kApi))
      return api::ErrorResponse(
          Error{ErrorCode::kNotFound, "there is nothing at " + Quoted(request.path)});
    if (!directory.empty()) return http::ServeAssetFromDirectory(request, directory);
    if (http::EmbeddedAssets().empty() && (request.path == "/" || request.path == "/index.html"))
      return http::PageIsNotBuilt();
    return http::ServeAsset(request, http::EmbeddedAssets());
  };
}

ServerInfo MakeInfo(const Invocation& invocation, uint16_t port) {
  const Flags& flags = invocation.line.flags;
  ServerInfo info;
  info.arguments = invocation.arguments;
  std::error_code error;
  info.working_directory = std::filesystem::current_path(error).string();
  info.db = flags.db;
  info.logdir = flags.logdir.empty() ? flags.logdir_spec : flags.logdir;
  info.path_prefix = flags.path_prefix;
  info.pid = getpid();
  info.port = port;
  info.start_time_s = static_cast<int64_t>(SystemClock().WallTimeS());
  info.version = api::kTensorBoardVersion;
  return info;
}

std::string MakeAccessToken(const Invocation& invocation) {
  if (invocation.is_tensorboard() || invocation.line.flags.auth == "none") return {};
  const char* given = std::getenv("FANLIGHT_TOKEN");
  return given != nullptr && *given != '\0' ? given : http::MakeToken();
}

}  // namespace

int Serve(const Invocation& invocation) {
  const Flags& flags = invocation.line.flags;
  RaiseDescriptorLimit();

  // The port first: a board that does not start leaves nothing behind, no index either. Nothing is answered before the
  // server is started, and by then both are there.
  std::optional<http::AccessGate> gate;
  std::optional<http::Router> router;
  auto listening = Listen(flags, [&](http::Request request) {
    if (auto stopped = gate->Stop(request)) return *std::move(stopped);
    return router->Route(std::move(request));
  });
  if (!listening) {
    Tell(listening.error().message + "\n");
    return listening.error().exit_code;
  }

  const std::vector<ingest::LogRoot> roots =
      flags.logdir.empty() ? ingest::ParseLogdirSpec(flags.logdir_spec)
                           : std::vector<ingest::LogRoot>{ingest::RootOfLogdir(flags.logdir)};
  auto store = store::Store::Create(StoreOptions(flags.index, store::UsualIndexDirectory(), roots));
  if (!store) {
    Tell("ERROR: " + store.error().message + "\n");
    return 1;
  }
  ingest::LocalLogSource source(roots, {});
  ingest::LogIngest ingest(source, **store, {.reload_interval_s = flags.reload_interval_s});
  const SystemClock clock;
  const sidecar::Sidecar sidecar({.path = sidecar::SidecarPath()});
  const api::Board board{**store, ingest.blobs(), clock, sidecar, MakeSettings(invocation.line)};
  api::EventHub hub(board);
  router.emplace(flags.path_prefix);
  api::AddAllRoutes(*router, board, hub);
  router->SetFallback(PageHandler(flags));

  http::Server& server = **listening;
  http::AccessGate::Options access;
  access.is_loopback = server.is_loopback();
  access.hosts = flags.allow_hosts;
  if (flags.host) access.hosts.push_back(*flags.host);
  access.token = server.is_loopback() ? std::string() : MakeAccessToken(invocation);
  access.cookie_name = fmt::format("fanlight-{}", server.port());
  gate.emplace(access, clock);

  ingest.Start();
  server.Start();
  Announce(invocation, server, access.token);
  const char* temporary = std::getenv("TMPDIR");
  const auto info =
      InfoFile::Create(temporary != nullptr && *temporary != '\0' ? temporary : "/tmp",
                       MakeInfo(invocation, server.port()));
  if (!info) LogWarning("notebooks will not find this board: {}", info.error().message);
  std::jthread publisher([&](std::stop_token stop) { hub.Run(stop); });
  std::jthread progress;
  if (!invocation.is_tensorboard())
    progress = std::jthread([&](std::stop_token stop) {
      ShowProgress(**store, board.settings.logdir_path, isatty(STDERR_FILENO) != 0, stop);
    });

  sigset_t signals;
  sigemptyset(&signals);
  sigaddset(&signals, SIGINT);
  sigaddset(&signals, SIGTERM);
  sigaddset(&signals, SIGHUP);
  int signal = 0;
  sigwait(&signals, &signal);
  // A second one does not wait for what is being closed.
  pthread_sigmask(SIG_UNBLOCK, &signals, nullptr);
  progress = {};
  if (signal == SIGTERM)
    Tell(fmt::format("{} caught SIGTERM; exiting...\n",
                     invocation.is_tensorboard() ? "TensorBoard" : "Fanlight"));
  listening->reset();
  return 0;
}

}  // namespace fanlight::app
