#include "fanlight/board/api/markdown.h"

#include <fmt/format.h>

#include <algorithm>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "fanlight/base/text.h"

namespace fanlight::api {
namespace {

// Deeper nesting than any person writes is shown as text.
constexpr int kMaxDepth = 16;

using Lines = std::vector<std::string_view>;

std::string_view Trimmed(std::string_view text) {
  while (!text.empty() && (text.front() == ' ' || text.front() == '\t')) text.remove_prefix(1);
  while (!text.empty() && (text.back() == ' ' || text.back() == '\t')) text.remove_suffix(1);
  return text;
}

size_t Indent(std::string_view line) {
  const size_t at = line.find_first_not_of(' ');
  return at == std::string_view::npos ? line.size() : at;
}

bool IsBlank(std::string_view line) { return Trimmed(line).empty(); }

void AppendEscaped(std::string& out, std::string_view text) {
  for (const char c : text) {
    switch (c) {
      case '&':
        out += "&amp;";
        break;
      case '<':
        out += "&lt;";
        break;
      case '>':
        out += "&gt;";
        break;
      case '"':
        out += "&quot;";
        break;
      default:
        out += c;
    }
  }
}

bool IsSafeAddress(std::string_view address) {
  const size_t colon = address.find(':');
  if (colon == std::string_view::npos || address.find_first_of("/?#") < colon) return true;
  std::string scheme(address.substr(0, colon));
  for (char& c : scheme) c = c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c;
  return scheme == "http" || scheme == "https" || scheme == "mailto";
}

bool IsWordCharacter(char c) {
  return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
         static_cast<unsigned char>(c) >= 0x80;
}

void AppendInline(std::string& out, std::string_view text, int depth);

// `[text](address "title")` at the start of `text`; its length, or 0 when it is not one.
size_t AppendLink(std::string& out, std::string_view text, bool is_image, int depth) {
  size_t nested = 0;
  size_t close = 0;
  for (size_t i = 1; i < text.size() && close == 0; ++i) {
    if (text[i] == '\\')
      ++i;
    else if (text[i] == '[')
      ++nested;
    else if (text[i] == ']' && nested-- == 0)
      close = i;
  }
  if (close == 0 || close + 1 >= text.size() || text[close + 1] != '(') return 0;
  const size_t end = text.find(')', close + 2);
  if (end == std::string_view::npos) return 0;
  std::string_view inside = Trimmed(text.substr(close + 2, end - close - 2));
  std::string_view title;
  if (const size_t quote = inside.find(" \"");
      quote != std::string_view::npos && inside.ends_with('"')) {
    title = inside.substr(quote + 2, inside.size() - quote - 3);
    inside = Trimmed(inside.substr(0, quote));
  }
  const std::string_view label = text.substr(1, close - 1);
  const bool is_safe = IsSafeAddress(inside);
  if (is_image) {
    out += "<img alt=\"";
    AppendEscaped(out, label);
    if (is_safe) {
      out += "\" src=\"";
      AppendEscaped(out, inside);
    }
  } else {
    out += is_safe ? "<a href=\"" : "<a";
    if (is_safe) AppendEscaped(out, inside);
  }
  if (!title.empty() && (is_safe || is_image)) {
    out += "\" title=\"";
    AppendEscaped(out, title);
  }
  if (is_image) {
    out += "\">";
    return end + 1;
  }
  out += is_safe ? "\">" : ">";
  AppendInline(out, label, depth + 1);
  out += "</a>";
  return end + 1;
}

// Where the emphasis opened by `mark` at `begin` closes, or npos.
size_t FindClosing(std::string_view text, size_t begin, std::string_view mark) {
  for (size_t at = text.find(mark, begin); at != std::string_view::npos;
       at = text.find(mark, at + 1)) {
    if (at == begin || text[at - 1] == ' ' || text[at - 1] == '\\') continue;
    const size_t after = at + mark.size();
    if (mark.size() == 1 && after < text.size() && text[after] == mark[0]) {
      ++at;  // Part of a strong mark.
      continue;
    }
    if (mark[0] == '_' && after < text.size() && IsWordCharacter(text[after])) continue;
    return at;
  }
  return std::string_view::npos;
}

void AppendInline(std::string& out, std::string_view text, int depth) {
  if (depth > kMaxDepth) {
    AppendEscaped(out, text);
    return;
  }
  size_t i = 0;
  while (i < text.size()) {
    const char c = text[i];
    const std::string_view rest = text.substr(i);
    if (c == '\\' && i + 1 < text.size() &&
        std::string_view("\\`*_{}[]()>#+-.!|").find(text[i + 1]) != std::string_view::npos) {
      AppendEscaped(out, text.substr(i + 1, 1));
      i += 2;
      continue;
    }
    if (c == '`') {
      const size_t ticks = std::min(rest.find_first_not_of('`'), rest.size());
      const size_t close = rest.find(rest.substr(0, ticks), ticks);
      if (close != std::string_view::npos) {
        out += "<code>";
        AppendEscaped(out, Trimmed(rest.substr(ticks, close - ticks)));
        out += "</code>";
        i += close + ticks;
        continue;
      }
    }
    if (c == '!' && rest.starts_with("![")) {
      if (const size_t length = AppendLink(out, rest.substr(1), true, depth); length > 0) {
        i += length + 1;
        continue;
      }
    }
    if (c == '[') {
      if (const size_t length = AppendLink(out, rest, false, depth); length > 0) {
        i += length;
        continue;
      }
    }
    if (c == '<') {
      const size_t close = rest.find('>');
      const std::string_view address =
          close == std::string_view::npos ? std::string_view() : rest.substr(1, close - 1);
      if ((address.starts_with("http://") || address.starts_with("https://")) &&
          address.find_first_of(" <") == std::string_view::npos) {
        out += "<a href=\"";
        AppendEscaped(out, address);
        out += "\">";
        AppendEscaped(out, address);
        out += "</a>";
        i += close + 1;
        continue;
      }
    }
    if ((c == '*' || c == '_') && !(c == '_' && i > 0 && IsWordCharacter(text[i - 1]))) {
      const bool is_strong = rest.size() > 1 && rest[1] == c;
      const std::string_view mark = rest.substr(0, is_strong ? 2 : 1);
      const size_t begin = mark.size();
      if (begin < rest.size() && rest[begin] != ' ') {
        const size_t close = FindClosing(rest, begin, mark);
        if (close != std::string_view::npos) {
          out += is_strong ? "<strong>" : "<em>";
          AppendInline(out, rest.substr(begin, close - begin), depth + 1);
          out += is_strong ? "</strong>" : "</em>";
          i += close + mark.size();
          continue;
        }
      }
    }
    if (rest.starts_with("  \n")) {
      out += "<br>\n";
      i += 3;
      continue;
    }
    AppendEscaped(out, text.substr(i, 1));
    ++i;
  }
}

std::string Inline(std::string_view text) {
  std::string out;
  AppendInline(out, text, 0);
  return out;
}

// The text of a list item's first line, without its mark, or nothing when the line begins none.
std::optional<std::pair<std::string_view, bool>> ListItem(std::string_view line) {
  const size_t indent = Indent(line);
  if (indent > 3) return std::nullopt;
  line.remove_prefix(indent);
  if (line.size() >= 2 && (line[0] == '*' || line[0] == '-' || line[0] == '+') && line[1] == ' ')
    return std::pair(Trimmed(line.substr(2)), false);
  const size_t digits = line.find_first_not_of("0123456789");
  if (digits != std::string_view::npos && digits > 0 && line.substr(digits).starts_with(". "))
    return std::pair(Trimmed(line.substr(digits + 2)), true);
  return std::nullopt;
}

bool IsRule(std::string_view line) {
  line = Trimmed(line);
  if (line.empty() || std::string_view("-*_").find(line[0]) == std::string_view::npos) return false;
  size_t marks = 0;
  for (const char c : line) {
    if (c == line[0])
      ++marks;
    else if (c != ' ')
      return false;
  }
  return marks >= 3;
}

std::vector<std::string_view> Cells(std::string_view line) {
  line = Trimmed(line);
  if (line.starts_with('|')) line.remove_prefix(1);
  if (line.ends_with('|') && !line.ends_with("\\|")) line.remove_suffix(1);
  std::vector<std::string_view> cells;
  size_t begin = 0;
  for (size_t i = 0; i <= line.size(); ++i) {
    if (i < line.size() && line[i] == '\\') {
      ++i;
      continue;
    }
    if (i == line.size() || line[i] == '|') {
      cells.push_back(Trimmed(line.substr(begin, i - begin)));
      begin = i + 1;
    }
  }
  return cells;
}

bool IsTableDivider(std::string_view line) {
  if (line.find('-') == std::string_view::npos || line.find('|') == std::string_view::npos)
    return false;
  return Trimmed(line).find_first_not_of("|-: ") == std::string_view::npos;
}

void AppendBlocks(std::string& out, const Lines& lines, int depth);

void AppendTable(std::string& out, const Lines& lines, size_t begin, size_t end) {
  const auto append_row = [&](std::string_view line, size_t columns, std::string_view cell_tag) {
    std::vector<std::string_view> cells = Cells(line);
    cells.resize(columns);
    out += "<tr>\n";
    for (const std::string_view cell : cells) {
      out += fmt::format("<{}>{}</{}>\n", cell_tag, Inline(cell), cell_tag);
    }
    out += "</tr>\n";
  };
  const size_t columns = Cells(lines[begin]).size();
  out += "<table>\n<thead>\n";
  append_row(lines[begin], columns, "th");
  out += "</thead>\n<tbody>\n";
  for (size_t i = begin + 2; i < end; ++i) append_row(lines[i], columns, "td");
  out += "</tbody>\n</table>";
}

// Items of one list from `begin` on; returns where it ends.
size_t AppendList(std::string& out, const Lines& lines, size_t begin, int depth) {
  const bool is_ordered = ListItem(lines[begin])->second;
  out += is_ordered ? "<ol>\n" : "<ul>\n";
  size_t i = begin;
  while (i < lines.size()) {
    const auto item = ListItem(lines[i]);
    if (!item) break;
    std::string text = Inline(item->first);
    Lines nested;
    for (++i; i < lines.size(); ++i) {
      if (IsBlank(lines[i])) {
        const bool goes_on =
            i + 1 < lines.size() && (ListItem(lines[i + 1]) || Indent(lines[i + 1]) >= 4);
        if (!goes_on) break;
        if (!nested.empty()) nested.push_back({});
        continue;
      }
      if (ListItem(lines[i])) break;
      if (Indent(lines[i]) >= 4) {
        nested.push_back(lines[i].substr(4));
      } else if (nested.empty()) {
        text += "\n" + Inline(Trimmed(lines[i]));
      } else {
        break;
      }
    }
    out += "<li>" + text;
    if (!nested.empty()) AppendBlocks(out, nested, depth + 1);
    out += "</li>\n";
    while (i < lines.size() && IsBlank(lines[i])) ++i;
  }
  out += is_ordered ? "</ol>" : "</ul>";
  return i;
}

bool BeginsBlock(const Lines& lines, size_t i) {
  const std::string_view line = lines[i];
  return IsBlank(line) || line.starts_with('#') || line.starts_with("```") ||
         line.starts_with("~~~") ||
         (i + 1 < lines.size() && line.find('|') != std::string_view::npos &&
          IsTableDivider(lines[i + 1]));
}

void AppendBlocks(std::string& out, const Lines& lines, int depth) {
  if (depth > kMaxDepth) {
    for (const std::string_view line : lines) AppendEscaped(out, line);
    return;
  }
  size_t i = 0;
  while (i < lines.size()) {
    const std::string_view line = lines[i];
    if (IsBlank(line)) {
      ++i;
      continue;
    }
    if (!out.empty() && out.back() != '\n') out += '\n';
    if (line.starts_with("```") || line.starts_with("~~~")) {
      const std::string_view fence = line.substr(0, 3);
      size_t end = i + 1;
      while (end < lines.size() && !lines[end].starts_with(fence)) ++end;
      out += "<pre><code>";
      for (size_t j = i + 1; j < end; ++j) {
        AppendEscaped(out, lines[j]);
        out += '\n';
      }
      out += "</code></pre>";
      i = end + 1;
    } else if (Indent(line) >= 4) {
      out += "<pre><code>";
      for (; i < lines.size() && (Indent(lines[i]) >= 4 && !IsBlank(lines[i])); ++i) {
        AppendEscaped(out, lines[i].substr(4));
        out += '\n';
      }
      out += "</code></pre>";
    } else if (line.starts_with('#')) {
      const size_t level = std::min<size_t>(line.find_first_not_of('#'), 6);
      std::string_view title = Trimmed(line.substr(std::min(level, line.size())));
      while (title.ends_with('#')) title.remove_suffix(1);
      const size_t shown = line.find_first_not_of('#') == std::string_view::npos
                               ? std::min<size_t>(line.size(), 6)
                               : level;
      out += fmt::format("<h{}>{}</h{}>", shown, Inline(Trimmed(title)), shown);
      ++i;
    } else if (IsRule(line)) {
      out += "<hr>";
      ++i;
    } else if (i + 1 < lines.size() && line.find('|') != std::string_view::npos &&
               IsTableDivider(lines[i + 1])) {
      size_t end = i + 2;
      while (end < lines.size() && !IsBlank(lines[end]) &&
             lines[end].find('|') != std::string_view::npos)
        ++end;
      AppendTable(out, lines, i, end);
      i = end;
    } else if (line.starts_with('>')) {
      Lines quoted;
      for (; i < lines.size() && !IsBlank(lines[i]); ++i) {
        std::string_view inner = lines[i];
        if (inner.starts_with('>')) inner.remove_prefix(1);
        if (inner.starts_with(' ')) inner.remove_prefix(1);
        quoted.push_back(inner);
      }
      out += "<blockquote>\n";
      AppendBlocks(out, quoted, depth + 1);
      out += "\n</blockquote>";
    } else if (ListItem(line)) {
      i = AppendList(out, lines, i, depth);
    } else {
      const size_t begin = i;
      size_t heading = 0;
      std::string text;
      for (; i < lines.size() && (i == begin || !BeginsBlock(lines, i)); ++i) {
        if (i == begin + 1 && !lines[i].empty()) {  // A title underlined with === or ---.
          const std::string_view mark = Trimmed(lines[i]);
          if (mark.find_first_not_of('=') == std::string_view::npos) heading = 1;
          if (mark.find_first_not_of('-') == std::string_view::npos) heading = 2;
          if (heading > 0) {
            ++i;
            break;
          }
        }
        if (i > begin) text += '\n';
        text += lines[i];
      }
      const std::string html = Inline(Trimmed(text));
      out += heading > 0 ? fmt::format("<h{}>{}</h{}>", heading, html, heading)
                         : "<p>" + html + "</p>";
    }
  }
}

}  // namespace

std::string MarkdownToSafeHtml(std::string_view markdown) {
  const std::string text = ToUtf8(markdown);
  std::string clean;
  clean.reserve(text.size());
  for (const char c : text) {
    if (c == '\t')
      clean += "    ";
    else if (c != '\r' && c != '\0')
      clean += c;
  }
  Lines lines;
  std::string_view rest = clean;
  while (!rest.empty()) {
    const size_t end = rest.find('\n');
    lines.push_back(rest.substr(0, end));
    rest.remove_prefix(end == std::string_view::npos ? rest.size() : end + 1);
  }
  std::string out;
  AppendBlocks(out, lines, 0);
  return out;
}

}  // namespace fanlight::api
