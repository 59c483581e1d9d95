#include "fanlight/board/http/assets.h"

#include <algorithm>
#include <array>
#include <utility>

#include "fanlight/base/file.h"
#include "fanlight/board/http/compress.h"

namespace fanlight::http {
namespace {

constexpr uint64_t kMaxFileBytes = uint64_t{64} << 20;

std::string_view ContentType(std::string_view path) {
  static constexpr std::array<std::pair<std::string_view, std::string_view>, 15> kTypes = {{
      {".html", "text/html; charset=utf-8"},
      {".js", "text/javascript; charset=utf-8"},
      {".mjs", "text/javascript; charset=utf-8"},
      {".css", "text/css; charset=utf-8"},
      {".json", "application/json"},
      {".map", "application/json"},
      {".svg", "image/svg+xml; charset=utf-8"},
      {".png", "image/png"},
      {".ico", "image/x-icon"},
      {".webmanifest", "application/manifest+json"},
      {".woff2", "font/woff2"},
      {".ttf", "font/ttf"},
      {".wasm", "application/wasm"},
      {".txt", "text/plain; charset=utf-8"},
      {".bin", "application/octet-stream"},
  }};
  for (const auto& [ending, type] : kTypes) {
    if (path.ends_with(ending)) return type;
  }
  return "application/octet-stream";
}

std::string_view AssetPath(const Request& request) {
  return request.path == "/" ? std::string_view("/index.html") : std::string_view(request.path);
}

Response AssetResponse(std::string_view path) {
  Response response;
  response.content_type = ContentType(path);
  if (response.content_type.starts_with("text/html"))
    response.headers.Add("Content-Security-Policy", std::string(kPagePolicy));
  return response;
}

}  // namespace

Response ServeAsset(const Request& request, std::span<const Asset> assets) {
  if (!request.is_get()) return TextResponse(405, "This path answers GET, not " + request.method);
  const std::string_view path = AssetPath(request);
  const auto found =
      std::lower_bound(assets.begin(), assets.end(), path,
                       [](const Asset& a, std::string_view b) { return a.path < b; });
  if (found == assets.end() || found->path != path) return TextResponse(404, "Not found");
  const Asset& asset = *found;

  Response response = AssetResponse(path);
  response.headers.Add("Vary", "Accept-Encoding");
  response.headers.Add("ETag", std::string(asset.etag));
  response.headers.Add("Cache-Control",
                       asset.is_immutable ? "public, max-age=31536000, immutable" : "no-cache");
  if (request.headers.Header("If-None-Match").value_or("").find(asset.etag) !=
      std::string_view::npos) {
    response.status = 304;
    return response;
  }
  const std::string_view accepted = request.headers.Header("Accept-Encoding").value_or("");
  if (AcceptsEncoding(accepted, "br")) {
    response.headers.Add("Content-Encoding", "br");
    response.fixed_body = asset.brotli;
  } else if (AcceptsEncoding(accepted, "gzip")) {
    response.headers.Add("Content-Encoding", "gzip");
    response.fixed_body = asset.gzip;
  } else {
    auto plain = Gunzip(asset.gzip, asset.size);
    if (!plain) return TextResponse(500, plain.error().message);
    response.body = *std::move(plain);
  }
  return response;
}

Response ServeAssetFromDirectory(const Request& request, const std::string& directory) {
  if (!request.is_get()) return TextResponse(405, "This path answers GET, not " + request.method);
  const std::string path(AssetPath(request));
  const bool leaves = (path + "/").find("/../") != std::string::npos ||
                      path.find('\0') != std::string::npos || !path.starts_with('/');
  if (leaves) return TextResponse(404, "Not found");
  auto content = ReadWholeFile(directory + path, kMaxFileBytes);
  if (!content) return TextResponse(404, "Not found");
  Response response = AssetResponse(path);
  response.headers.Add("Cache-Control", "no-store");
  response.body = *std::move(content);
  return response;
}

Response PageIsNotBuilt() {
  return HtmlResponse(
      200,
      "<!doctype html>\n<html lang=\"en\">\n<title>Fanlight</title>\n<h1>Fanlight</h1>\n"
      "<p>This program was built without its page (FANLIGHT_UI=OFF). The data are served: "
      "<a href=\"data/runs\">data/runs</a>, <a href=\"api/v1/status\">api/v1/status</a>. "
      "Build with FANLIGHT_UI=ON, or start with --ui-dir and a built page.</p>\n</html>\n");
}

}  // namespace fanlight::http
