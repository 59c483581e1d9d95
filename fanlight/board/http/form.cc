#include "fanlight/board/http/form.h"

#include <optional>

#include "fanlight/base/text.h"

namespace fanlight::http {
namespace {

constexpr std::string_view kHexDigits = "0123456789ABCDEF";

std::optional<int> HexValue(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  if (c >= 'A' && c <= 'F') return c - 'A' + 10;
  return std::nullopt;
}

bool IsUnreserved(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' ||
         c == '.' || c == '_' || c == '~';
}

std::string PercentEncoded(std::string_view text, bool keep_slash) {
  std::string out;
  out.reserve(text.size());
  for (const char c : text) {
    if (IsUnreserved(c) || (keep_slash && c == '/')) {
      out += c;
      continue;
    }
    const auto byte = static_cast<unsigned char>(c);
    out += '%';
    out += kHexDigits[byte >> 4];
    out += kHexDigits[byte & 15];
  }
  return out;
}

std::string_view Trimmed(std::string_view text) {
  while (!text.empty() && (text.front() == ' ' || text.front() == '\t')) text.remove_prefix(1);
  while (!text.empty() && (text.back() == ' ' || text.back() == '\t')) text.remove_suffix(1);
  return text;
}

// The value of one parameter of a header such as `form-data; name="a"; filename=b`.
std::optional<std::string> HeaderParameter(std::string_view header, std::string_view name) {
  size_t at = header.find(';');
  while (at != std::string_view::npos) {
    ++at;
    const size_t equals = header.find('=', at);
    if (equals == std::string_view::npos) return std::nullopt;
    const std::string_view key = Trimmed(header.substr(at, equals - at));
    std::string value;
    size_t i = equals + 1;
    while (i < header.size() && header[i] == ' ') ++i;
    if (i < header.size() && header[i] == '"') {
      for (++i; i < header.size() && header[i] != '"'; ++i) {
        if (header[i] == '\\' && i + 1 < header.size()) ++i;
        value += header[i];
      }
      at = header.find(';', i);
    } else {
      at = header.find(';', i);
      value = Trimmed(header.substr(i, at == std::string_view::npos ? at : at - i));
    }
    if (EqualsIgnoringCase(key, name)) return value;
  }
  return std::nullopt;
}

Result<Fields> ParseMultipart(std::string_view body, std::string_view content_type) {
  const std::optional<std::string> boundary = HeaderParameter(content_type, "boundary");
  if (!boundary || boundary->empty() || boundary->size() > 200)
    return Fail(ErrorCode::kInvalidArgument, "multipart form without a usable boundary: {}",
                Quoted(content_type));
  const std::string opening = "--" + *boundary;
  const std::string divider = "\r\n" + opening;
  Fields fields;
  size_t at;
  if (body.starts_with(opening)) {
    at = opening.size();
  } else {
    at = body.find(divider);
    if (at == std::string_view::npos)
      return Fail(ErrorCode::kInvalidArgument, "multipart form without its boundary {}",
                  Quoted(opening));
    at += divider.size();
  }
  // `at` stands behind a boundary: "--" ends the form, a line break begins a part.
  while (!body.substr(at).starts_with("--")) {
    const size_t line_end = body.find("\r\n", at);
    const size_t end = line_end == std::string_view::npos ? line_end : body.find(divider, line_end);
    if (end == std::string_view::npos)
      return Fail(ErrorCode::kInvalidArgument,
                  "multipart form ends inside a part that begins at byte {}", at);
    std::string_view part = body.substr(line_end + 2, end > line_end + 2 ? end - line_end - 2 : 0);
    std::optional<std::string> name;
    for (;;) {
      const size_t header_end = part.find("\r\n");
      const std::string_view header = part.substr(0, header_end);
      const size_t colon = header.find(':');
      if (colon != std::string_view::npos &&
          EqualsIgnoringCase(header.substr(0, colon), "Content-Disposition"))
        name = HeaderParameter(header.substr(colon + 1), "name");
      part.remove_prefix(header_end == std::string_view::npos ? part.size() : header_end + 2);
      if (header.empty() || part.empty()) break;
    }
    if (name) fields.Add(*std::move(name), std::string(part));
    at = end + divider.size();
  }
  return fields;
}

}  // namespace

std::string PercentDecoded(std::string_view text, bool plus_is_space) {
  std::string out;
  out.reserve(text.size());
  for (size_t i = 0; i < text.size(); ++i) {
    if (text[i] == '%' && i + 2 < text.size()) {
      const auto high = HexValue(text[i + 1]);
      const auto low = HexValue(text[i + 2]);
      if (high && low) {
        out += static_cast<char>(*high * 16 + *low);
        i += 2;
        continue;
      }
    }
    out += plus_is_space && text[i] == '+' ? ' ' : text[i];
  }
  return out;
}

std::string PercentEncodedPath(std::string_view text) { return PercentEncoded(text, true); }
std::string PercentEncodedValue(std::string_view text) { return PercentEncoded(text, false); }

Fields ParseQuery(std::string_view query) {
  Fields fields;
  while (!query.empty()) {
    const size_t end = query.find('&');
    const std::string_view part = query.substr(0, end);
    query.remove_prefix(end == std::string_view::npos ? query.size() : end + 1);
    if (part.empty()) continue;
    const size_t equals = part.find('=');
    fields.Add(PercentDecoded(part.substr(0, equals), true),
               equals == std::string_view::npos ? std::string()
                                                : PercentDecoded(part.substr(equals + 1), true));
  }
  return fields;
}

Result<Fields> ParseForm(const Request& request) {
  const std::string_view type = request.headers.Header("Content-Type").value_or("");
  const std::string_view essence = Trimmed(type.substr(0, type.find(';')));
  if (EqualsIgnoringCase(essence, "application/x-www-form-urlencoded"))
    return ParseQuery(request.body);
  if (EqualsIgnoringCase(essence, "multipart/form-data")) return ParseMultipart(request.body, type);
  return Fields();
}

}  // namespace fanlight::http
