// Markdown of descriptions and text summaries as HTML that is safe to show: everything that is not
// Markdown is escaped, links go to http, https, mailto or relative addresses only.
#pragma once

#include <string>
#include <string_view>

namespace fanlight::api {

// Paragraphs, headings, fenced and indented code, quotes, lists, rules, tables; emphasis, code spans, links, images and line
// breaks within them. Empty for blank text.
std::string MarkdownToSafeHtml(std::string_view markdown);

}  // namespace fanlight::api
