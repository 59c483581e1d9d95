// The files of the page: embedded in the program, or read from a folder while one works on them.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>

#include "fanlight/board/http/message.h"

namespace fanlight::http {

// One embedded file, compressed when the program was built. The bytes live as long as the program.
struct Asset {
  std::string_view path;  // "/index.html", "/assets/main-BQ3x.js".
  std::string_view etag;  // Of the content, in quotes.
  std::string_view brotli;
  std::string_view gzip;
  uint64_t size;      // Of the plain file.
  bool is_immutable;  // Its name holds its hash: what was read once need not be asked for again.
};

// The embedded files, in order of path; empty in a program built without the page. Defined by the
// build: cmake/EmbedAssets.cmake.
std::span<const Asset> EmbeddedAssets();

// A file of the page; "/" is "/index.html". 404 when there is none by that name.
Response ServeAsset(const Request& request, std::span<const Asset> assets);

// The same from a folder, never cached. Names that would leave the folder are not found.
Response ServeAssetFromDirectory(const Request& request, const std::string& directory);

// What stands at "/" when the program was built without the page.
Response PageIsNotBuilt();

}  // namespace fanlight::http
