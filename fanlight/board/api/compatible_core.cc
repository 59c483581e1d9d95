// TensorBoard's core routes: what the board is, its runs, its dashboards.

#include <algorithm>
#include <array>
#include <limits>
#include <set>

#include "fanlight/board/api/compatible_series.h"
#include "fanlight/board/api/json_writer.h"
#include "fanlight/board/api/routes.h"
#include "fanlight/board/http/form.h"

namespace fanlight::api {
namespace {

using Style = JsonWriter::Style;

http::Response Environment(const Board& board, const http::Request&) {
  const Settings& settings = board.settings;
  JsonWriter json(Style::kPython);
  json.BeginObject();
  json.Key("version").Text(kTensorBoardVersion);
  json.Key("data_location").Text(settings.logdir);
  json.Key("window_title").Text(settings.window_title);
  json.Key("experiment_name").Text("");
  json.Key("experiment_description").Text("");
  json.Key("creation_time").Int(0);
  json.Key("debug").BeginObject();
  json.Key("data_provider")
      .Text(fmt::format("Fanlight {}(logdir={})", settings.version, PythonRepr(settings.logdir)));
  json.Key("flags").Raw(settings.flags_json);
  json.EndObject().EndObject();
  return http::JsonResponse(std::move(json).Take());
}

http::Response Logdir(const Board& board, const http::Request&) {
  JsonWriter json(Style::kPython);
  json.BeginObject().Key("logdir").Text(board.settings.logdir).EndObject();
  return http::JsonResponse(std::move(json).Take());
}

http::Response WindowProperties(const Board& board, const http::Request&) {
  JsonWriter json(Style::kPython);
  json.BeginObject().Key("window_title").Text(board.settings.window_title).EndObject();
  return http::JsonResponse(std::move(json).Take());
}

http::Response Runs(const Board& board, const http::Request&) {
  const store::Snapshot snapshot = board.store.TakeSnapshot();
  JsonWriter json(Style::kPython);
  json.BeginArray();
  for (const store::RunFacts* run : CompatibleRuns(board, snapshot)) json.Text(run->display_name);
  json.EndArray();
  return http::JsonResponse(std::move(json).Take());
}

http::Response EmptyList(const Board&, const http::Request&) { return http::JsonResponse("[]"); }

http::Response Notifications(const Board&, const http::Request&) {
  http::Response response = http::HtmlResponse(
      302,
      "<!doctype html>\n<html lang=en>\n<title>Redirecting...</title>\n<h1>Redirecting...</h1>\n"
      "<p>You should be redirected automatically to the target URL: <a "
      "href=\"../notifications_note.json\">../notifications_note.json</a>. If not, click the "
      "link.\n");
  response.headers.Add("Location", "../notifications_note.json");
  return response;
}

http::Response ToRoot(const http::Request&) { return http::RedirectResponse(302, "/"); }

struct Dashboard {
  std::string_view key;
  std::string_view tab_name;
  bool disable_reload;
  std::string_view element;  // Empty: built into the page.
  std::vector<std::string_view> kinds;
};

// In the order of TensorBoard's tabs. A dashboard is enabled by the kinds of data it shows.
const std::vector<Dashboard>& Dashboards() {
  static const std::vector<Dashboard> kDashboards = {
      {"timeseries", "Time Series", false, "", {"scalars", "histograms", "images"}},
      {"scalars", "scalars", false, "tf-scalar-dashboard", {"scalars"}},
      {"custom_scalars", "Custom Scalars", false, "tf-custom-scalar-dashboard", {"custom_scalars"}},
      {"images", "images", false, "tf-image-dashboard", {"images"}},
      {"audio", "audio", false, "tf-audio-dashboard", {"audio"}},
      {"debugger-v2", "Debugger V2", false, "", {}},
      {"graphs",
       "graphs",
       true,
       "tf-graph-dashboard",
       {"graphs", "graph_run_metadata", "graph_run_metadata_graph", "graph_keras_model",
        "graph_tagged_run_metadata"}},
      {"distributions", "distributions", false, "tf-distribution-dashboard", {"histograms"}},
      {"histograms", "histograms", false, "tf-histogram-dashboard", {"histograms"}},
      {"text", "text", false, "tf-text-dashboard", {"text"}},
      {"pr_curves", "PR Curves", false, "tf-pr-curve-dashboard", {"pr_curves"}},
      {"profile_redirect", "Profile", false, "tf-profile-redirect-dashboard", {}},
      {"hparams", "hparams", false, "tf-hparams-dashboard", {"hparams"}},
      {"mesh", "mesh", false, "mesh-dashboard", {"mesh"}},
      {"wit_redirect", "What-If Tool", false, "tf-wit-redirect-dashboard", {}},
  };
  return kDashboards;
}

http::Response PluginsListing(const Board& board, const http::Request&) {
  std::set<std::string, std::less<>> kinds;
  const store::Snapshot snapshot = board.store.TakeSnapshot();
  for (const store::TagEntry& tag : snapshot.Tags()) kinds.insert(tag.kind);
  JsonWriter json(Style::kPython);
  json.BeginObject();
  for (const Dashboard& dashboard : Dashboards()) {
    const bool is_enabled =
        std::any_of(dashboard.kinds.begin(), dashboard.kinds.end(),
                    [&](std::string_view kind) { return kinds.contains(kind); });
    json.Key(dashboard.key).BeginObject();
    json.Key("disable_reload").Bool(dashboard.disable_reload);
    json.Key("enabled").Bool(is_enabled);
    json.Key("remove_dom").Bool(false);
    json.Key("tab_name").Text(dashboard.tab_name);
    json.Key("loading_mechanism").BeginObject();
    if (dashboard.element.empty()) {
      json.Key("type").Text("NG_COMPONENT");
    } else {
      json.Key("type").Text("CUSTOM_ELEMENT").Key("element_name").Text(dashboard.element);
    }
    json.EndObject().EndObject();
  }
  json.EndObject();
  return http::JsonResponse(std::move(json).Take());
}

// The page of a dashboard that comes as one of its own, of which none is served here.
http::Response PluginEntry(const Board&, const http::Request& request) {
  const http::Fields query = http::ParseQuery(request.query);
  const std::string_view name = query.First("name").value_or("");
  if (name.empty()) return http::TextResponse(404, "Not found");
  const bool is_known =
      std::any_of(Dashboards().begin(), Dashboards().end(),
                  [&](const Dashboard& dashboard) { return dashboard.key == name; });
  if (is_known) return http::TextResponse(400, "Plugin is not module loadable");
  return CompatibleNotFound(name);
}

}  // namespace

void AddCompatibleCoreRoutes(http::Router& router, const Board& board) {
  AddCompatibleRoute(router, board, "/data/environment", Environment);
  AddCompatibleRoute(router, board, "/data/logdir", Logdir);
  AddCompatibleRoute(router, board, "/data/window_properties", WindowProperties);
  AddCompatibleRoute(router, board, "/data/runs", Runs);
  AddCompatibleRoute(router, board, "/data/experiments", EmptyList);
  AddCompatibleRoute(router, board, "/data/experiment_runs", EmptyList);
  AddCompatibleRoute(router, board, "/data/notifications", Notifications);
  AddCompatibleRoute(router, board, "/data/plugins_listing", PluginsListing);
  AddCompatibleRoute(router, board, "/data/plugin_entry.html", PluginEntry);
  for (const char* path : {"/audio", "/events", "/graphs", "/histograms", "/images"})
    router.Any(path, ToRoot);
}

}  // namespace fanlight::api
