#include "fanlight/board/http/compress.h"

#include <isa-l/igzip_lib.h>

#include <array>
#include <charconv>
#include <vector>

#include "fanlight/base/check.h"
#include "fanlight/board/http/message.h"

namespace fanlight::http {
namespace {

// ISA-L takes 32-bit sizes; longer inputs go in pieces.
constexpr size_t kMaxPieceBytes = size_t{64} << 20;

// ISA-L reads its input through a non-const pointer and does not write to it.
uint8_t* Bytes(std::string_view text) {
  return reinterpret_cast<uint8_t*>(const_cast<char*>(text.data()));
}

std::string_view Trimmed(std::string_view text) {
  while (!text.empty() && (text.front() == ' ' || text.front() == '\t')) text.remove_prefix(1);
  while (!text.empty() && (text.back() == ' ' || text.back() == '\t')) text.remove_suffix(1);
  return text;
}

}  // namespace

bool IsCompressible(std::string_view content_type) {
  static constexpr std::array kTypes = {"application/javascript",
                                        "application/json",
                                        "image/svg+xml",
                                        "text/css",
                                        "text/csv",
                                        "text/html",
                                        "text/javascript",
                                        "text/plain",
                                        "text/tab-separated-values",
                                        "text/x-protobuf",
                                        "application/json+protobuf"};
  const std::string_view essence = Trimmed(content_type.substr(0, content_type.find(';')));
  for (const std::string_view type : kTypes) {
    if (EqualsIgnoringCase(essence, type)) return true;
  }
  return false;
}

bool AcceptsEncoding(std::string_view accept_encoding, std::string_view coding) {
  bool by_star = false;
  while (!accept_encoding.empty()) {
    const size_t end = accept_encoding.find(',');
    std::string_view item = accept_encoding.substr(0, end);
    accept_encoding.remove_prefix(end == std::string_view::npos ? accept_encoding.size() : end + 1);
    const size_t semicolon = item.find(';');
    std::string_view name = Trimmed(item.substr(0, semicolon));
    bool wanted = true;
    if (semicolon != std::string_view::npos) {
      const std::string_view parameter = Trimmed(item.substr(semicolon + 1));
      if (parameter.size() > 2 && EqualsIgnoringCase(parameter.substr(0, 2), "q=")) {
        double q = 1;
        std::from_chars(parameter.data() + 2, parameter.data() + parameter.size(), q);
        wanted = q > 0;
      }
    }
    if (EqualsIgnoringCase(name, "x-gzip")) name = "gzip";
    if (EqualsIgnoringCase(name, coding)) return wanted;
    if (name == "*") by_star = wanted;
  }
  return by_star;
}

std::string Gzip(std::string_view bytes) {
  // The worst case is stored blocks: five bytes for each 64 KiB, and the member's frame.
  std::string out(bytes.size() + bytes.size() / 1024 + 1024, '\0');
  std::vector<uint8_t> level_buffer(ISAL_DEF_LVL1_DEFAULT);
  isal_zstream stream;
  isal_deflate_init(&stream);
  stream.gzip_flag = IGZIP_GZIP;
  stream.level = 1;
  stream.level_buf = level_buffer.data();
  stream.level_buf_size = static_cast<uint32_t>(level_buffer.size());
  size_t written = 0;
  do {
    const std::string_view piece = bytes.substr(0, kMaxPieceBytes);
    bytes.remove_prefix(piece.size());
    stream.next_in = Bytes(piece);
    stream.avail_in = static_cast<uint32_t>(piece.size());
    stream.end_of_stream = bytes.empty() ? 1 : 0;
    do {
      const size_t room = std::min(out.size() - written, kMaxPieceBytes);
      FL_CHECK(room > 0, "gzip output is bounded by its input");
      stream.next_out = reinterpret_cast<uint8_t*>(out.data()) + written;
      stream.avail_out = static_cast<uint32_t>(room);
      FL_CHECK(isal_deflate(&stream) == COMP_OK, "deflate takes any input");
      written += room - stream.avail_out;
    } while (stream.avail_in > 0 || (bytes.empty() && stream.internal_state.state != ZSTATE_END));
  } while (!bytes.empty());
  out.resize(written);
  return out;
}

Result<std::string> Gunzip(std::string_view gzip, size_t size) {
  std::string out(size, '\0');
  inflate_state state;
  isal_inflate_init(&state);
  state.crc_flag = ISAL_GZIP;
  state.next_in = Bytes(gzip);
  state.avail_in = static_cast<uint32_t>(gzip.size());
  state.next_out = reinterpret_cast<uint8_t*>(out.data());
  state.avail_out = static_cast<uint32_t>(out.size());
  if (isal_inflate(&state) != ISAL_DECOMP_OK || state.avail_out != 0 ||
      state.block_state != ISAL_BLOCK_FINISH)
    return Fail(ErrorCode::kCorrupt, "gzip member of {} bytes does not hold {} bytes", gzip.size(),
                size);
  return out;
}

}  // namespace fanlight::http
