// How TensorBoard's plugins name and serve blobs: images, audio clips, texts, graphs.
#pragma once

#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "fanlight/board/api/board.h"
#include "fanlight/board/store/snapshot.h"

namespace fanlight::api {

// One blob, as the opaque key in an address tells it.
struct BlobKey {
  std::string experiment;
  std::string plugin;
  std::string run;
  std::string tag;
  int64_t step = 0;
  uint32_t index = 0;  // Among the strings of that step.
};

// URL-safe base64 of compact JSON.
std::string EncodeBlobKey(const BlobKey& key);
// Errors: kInvalidArgument.
Result<BlobKey> DecodeBlobKey(std::string_view text);

// The bytes that a key names. Errors: kNotFound; those of the reader.
Result<std::string> ReadBlob(const Board& board, const BlobKey& key);

// The points of a blob series that a compatible route serves: of each step the first, in order of step, at
// most `max` evenly spread, with the first and the last.
std::vector<store::BlobRef> CompatibleBlobs(const Board& board, const store::SeriesView& series,
                                            uint32_t max);

// The greatest number of items in a point of the series.
uint32_t MostItems(const Board& board, const store::SeriesView& series);

// The media type by the first bytes: PNG, JPEG, GIF, BMP, else application/octet-stream.
std::string_view ImageType(std::string_view bytes);

}  // namespace fanlight::api
