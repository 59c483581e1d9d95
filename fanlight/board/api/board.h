// What every route reads, and the two ways of adding routes. One file per route family; each has a
// function that adds its routes to a router:
//
//   AddCompatibleCoreRoutes …  TensorBoard's contract: docs/http-compatibility.md
//   AddStatusRoutes …          ours: docs/api-v1.md
//
// A handler takes a snapshot, answers from it, and knows nothing of how the data got there.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <string_view>

#include "fanlight/base/clock.h"
#include "fanlight/board/http/router.h"
#include "fanlight/board/sidecar/sidecar.h"
#include "fanlight/board/store/blob.h"
#include "fanlight/board/store/store.h"

namespace fanlight::api {

struct Settings {
  std::string version;      // Of this program.
  std::string logdir;       // As the flag was given; `--logdir_spec` when that was.
  std::string logdir_path;  // The same for people: absolute.
  std::string window_title;
  std::string flags_json = "{}";  // All flags as parsed, an object in TensorBoard's order.
  // Which points the compatible routes serve after a restart: TensorBoard's fast or slow rule.
  store::Generations compatible_generations = store::Generations::kTensorBoardFast;
  // Points served per series in compatible routes, by plugin, where asked for. 0: all.
  std::map<std::string, uint32_t, std::less<>> samples_per_plugin{};
};

// All of it outlives the router.
struct Board {
  const store::Store& store;
  const store::BlobReader& blobs;
  const Clock& clock;
  const sidecar::Sidecar& sidecar;
  const Settings settings;

  // Points served of one series of this plugin by a compatible route, `usual` unless asked otherwise.
  uint32_t SamplesFor(std::string_view plugin, uint32_t usual) const;
};

using BoardHandler = std::function<http::Response(const Board&, const http::Request&)>;

// The version of TensorBoard whose HTTP contract the compatible routes follow.
inline constexpr std::string_view kTensorBoardVersion = "2.21.0";

// --- Compatible routes ---

// Adds a route that answers any method, as TensorBoard's do, after checking its feature-flags header.
void AddCompatibleRoute(http::Router& router, const Board& board, std::string path,
                        BoardHandler handler);
// `400 Invalid argument: D`, `404 Not found: D`, as plain text.
http::Response CompatibleInvalidArgument(std::string_view detail);
http::Response CompatibleNotFound(std::string_view detail);
// The small HTML page of TensorBoard's HTTP library, for the errors that come from there.
http::Response CompatibleErrorPage(int status, std::string_view message);
// A name as Python's repr shows it: 'train', "it's", None.
std::string PythonRepr(std::optional<std::string_view> text);

// --- Routes of /api/v1 ---

// `{"error": {"code": …, "message": …}}` with the status that goes with the code.
http::Response ErrorResponse(const Error& error);
// Whether the request says that its body is JSON.
bool SaysJson(const http::Request& request);
// Nothing when the request says that its body is JSON; else the answer 415. A page of another origin
// cannot send that type without being asked for permission, which nobody here gives.
std::optional<http::Response> RefuseUnlessJson(const http::Request& request);
// The whole number a query gives, `otherwise` when it gives none.
// Errors: kInvalidArgument when it is not a whole number or not within [least, most].
Result<int64_t> IntegerParameter(const http::Fields& query, std::string_view name,
                                 int64_t otherwise, int64_t least, int64_t most);
// The run that `run=ID` names. Errors: kInvalidArgument, kNotFound.
Result<const store::RunFacts*> RunParameter(const store::Snapshot& snapshot,
                                            const http::Fields& query);

}  // namespace fanlight::api
