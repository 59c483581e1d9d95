// Markdown from logs. Whatever comes, no tag comes out but those that the renderer writes.

#include <array>
#include <string>
#include <string_view>

#include "fanlight/board/api/markdown.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  if (size > 100'000) return 0;
  const std::string html = fanlight::api::MarkdownToSafeHtml(
      std::string_view(reinterpret_cast<const char*>(data), size));
  static constexpr std::array<std::string_view, 25> kTags = {
      "p",     "h1",    "h2",    "h3", "h4",     "h5", "h6",        "ul", "ol",
      "li",    "pre",   "code",  "em", "strong", "a",  "br",        "hr", "img",
      "table", "thead", "tbody", "tr", "td",     "th", "blockquote"};
  for (size_t at = html.find('<'); at != std::string::npos; at = html.find('<', at + 1)) {
    std::string_view name = std::string_view(html).substr(at + 1);
    if (name.starts_with('/')) name.remove_prefix(1);
    name = name.substr(0, name.find_first_of(" >"));
    bool is_known = false;
    for (const std::string_view tag : kTags) is_known = is_known || tag == name;
    if (!is_known) __builtin_trap();
  }
  return 0;
}
