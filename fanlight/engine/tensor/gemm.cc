#include "fanlight/engine/tensor/gemm.h"

#include <omp.h>

#include <algorithm>

// The code below is compiled once for each instruction set, and chosen when it runs.
#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "fanlight/engine/tensor/gemm.cc"
#include <hwy/foreach_target.h>
#include <hwy/highway.h>

HWY_BEFORE_NAMESPACE();
namespace fanlight::HWY_NAMESPACE {
namespace hn = hwy::HWY_NAMESPACE;

using D = hn::ScalableTag<float>;
using V = hn::Vec<D>;

constexpr int kRows = 6;
// The widest panel: with 32 registers 6 × 4 sums and 4 columns fit, with 16 registers 6 × 2.
#if HWY_TARGET <= HWY_AVX3
constexpr int kVectors = 4;
#else
constexpr int kVectors = 2;
#endif
// Rows of a panel that are packed at a time: 512 · 16 floats stay in the first cache.
constexpr int64_t kDepth = 512;
constexpr int64_t kMaxLanes = 16;

struct Tile {
  int64_t k;
  const float* a;
  int64_t a_row_stride;
  int64_t a_col_stride;
  const float* panel;  // k rows of kVectors · lanes floats.
  float* c;
  int64_t c_stride;
  int64_t columns;  // How many of the panel's columns there are.
  bool is_first;    // Of the blocks of k.
  bool is_last;
  const GemmEpilogue* epilogue;
  const float* bias;  // At the tile's first column; nullptr: none.
  const float* mask;  // At the tile's first element.
};

template <int kTileRows, int kTileVectors>
void MultiplyTile(const Tile& tile) {
  const D d;
  const auto lanes = static_cast<int64_t>(hn::Lanes(d));
  V sums[kTileRows][kTileVectors];
  for (auto& row : sums) {
    for (V& sum : row) sum = hn::Zero(d);
  }
  const float* panel = tile.panel;
  const float* a = tile.a;
  for (int64_t p = 0; p < tile.k; ++p) {
    V columns[kTileVectors];
    for (int j = 0; j < kTileVectors; ++j) columns[j] = hn::Load(d, panel + j * lanes);
    for (int i = 0; i < kTileRows; ++i) {
      const V factor = hn::Set(d, a[i * tile.a_row_stride]);
      for (int j = 0; j < kTileVectors; ++j) {
        sums[i][j] = hn::MulAdd(factor, columns[j], sums[i][j]);
      }
    }
    panel += kVectors * lanes;
    a += tile.a_col_stride;
  }
  const GemmEpilogue& epilogue = *tile.epilogue;
  const V zero = hn::Zero(d);
  const V scale = hn::Set(d, epilogue.scale);
  for (int j = 0; j < kTileVectors; ++j) {
    const int64_t left = tile.columns - j * lanes;
    if (left <= 0) break;
    const bool is_whole = left >= lanes;
    const auto in_columns = hn::FirstN(d, static_cast<size_t>(is_whole ? lanes : left));
    const auto load = [&](const float* from) {
      return is_whole ? hn::LoadU(d, from) : hn::MaskedLoad(in_columns, d, from);
    };
    const V bias = tile.is_last && tile.bias != nullptr ? load(tile.bias + j * lanes) : zero;
    for (int i = 0; i < kTileRows; ++i) {
      float* const to = tile.c + i * tile.c_stride + j * lanes;
      V result = sums[i][j];
      if (epilogue.accumulates) {
        result = hn::MulAdd(scale, result, load(to));
      } else {
        if (!tile.is_first) result = hn::Add(result, load(to));
        if (tile.is_last) {
          result = hn::Add(result, bias);
          // Not Max(): that of NaN and 0 may be 0.
          if (epilogue.relu) result = hn::IfThenElse(hn::Lt(result, zero), zero, result);
          if (tile.mask != nullptr) {
            const V mask = load(tile.mask + i * tile.c_stride + j * lanes);
            result = hn::IfThenElseZero(hn::Gt(mask, zero), result);
          }
        }
      }
      if (is_whole) {
        hn::StoreU(result, d, to);
      } else {
        hn::BlendedStore(result, in_columns, d, to);
      }
    }
  }
}

template <int kTileVectors>
void MultiplyRows(int64_t rows, const Tile& tile) {
  switch (rows) {
    case 1:
      return MultiplyTile<1, kTileVectors>(tile);
    case 2:
      return MultiplyTile<2, kTileVectors>(tile);
    case 3:
      return MultiplyTile<3, kTileVectors>(tile);
    case 4:
      return MultiplyTile<4, kTileVectors>(tile);
    case 5:
      return MultiplyTile<5, kTileVectors>(tile);
    default:
      return MultiplyTile<6, kTileVectors>(tile);
  }
}

// Rows [row, row + depth) of B and `columns` of its columns, one row after another, the missing
// columns as zeros.
void PackPanel(const MatrixView& b, int64_t row, int64_t column, int64_t depth, int64_t columns,
               int64_t width, float* panel) {
  const float* from = b.data + row * b.row_stride + column * b.col_stride;
  if (b.col_stride == 1) {
    for (int64_t p = 0; p < depth; ++p, from += b.row_stride, panel += width) {
      if (columns == width) {
        const D d;
        for (int64_t j = 0; j < width; j += static_cast<int64_t>(hn::Lanes(d))) {
          hn::Store(hn::LoadU(d, from + j), d, panel + j);
        }
      } else {
        for (int64_t j = 0; j < width; ++j) panel[j] = j < columns ? from[j] : 0.0f;
      }
    }
    return;
  }
  for (int64_t j = 0; j < width; ++j) {
    const float* column_from = from + j * b.col_stride;
    for (int64_t p = 0; p < depth; ++p) {
      panel[p * width + j] = j < columns ? column_from[p * b.row_stride] : 0.0f;
    }
  }
}

// The rows [row_begin, row_end) of the panels [panel_begin, panel_end).
void MultiplyPart(const GemmSizes& sizes, const MatrixView& a, const MatrixView& b, float* c,
                  const GemmEpilogue& epilogue, int64_t panel_begin, int64_t panel_end,
                  int64_t row_begin, int64_t row_end) {
  const D d;
  const auto lanes = static_cast<int64_t>(hn::Lanes(d));
  const int64_t width = kVectors * lanes;
  HWY_ALIGN float packed[kDepth * kVectors * kMaxLanes];
  for (int64_t panel = panel_begin; panel < panel_end; ++panel) {
    const int64_t column = panel * width;
    const int64_t columns = std::min(width, sizes.n - column);
    for (int64_t depth = 0; depth < sizes.k; depth += kDepth) {
      Tile tile;
      tile.k = std::min(kDepth, sizes.k - depth);
      PackPanel(b, depth, column, tile.k, columns, width, packed);
      tile.a_row_stride = a.row_stride;
      tile.a_col_stride = a.col_stride;
      tile.panel = packed;
      tile.c_stride = sizes.n;
      tile.columns = columns;
      tile.is_first = depth == 0;
      tile.is_last = depth + tile.k == sizes.k;
      tile.epilogue = &epilogue;
      tile.bias = epilogue.bias == nullptr ? nullptr : epilogue.bias + column;
      for (int64_t row = row_begin; row < row_end; row += kRows) {
        tile.a = a.data + row * a.row_stride + depth * a.col_stride;
        tile.c = c + row * sizes.n + column;
        tile.mask = epilogue.mask == nullptr ? nullptr : epilogue.mask + row * sizes.n + column;
        const int64_t rows = std::min<int64_t>(kRows, row_end - row);
        if (columns <= lanes) {
          MultiplyRows<1>(rows, tile);
        } else if (kVectors > 2 && columns <= 2 * lanes) {
          MultiplyRows<2>(rows, tile);
        } else {
          MultiplyRows<kVectors>(rows, tile);
        }
      }
    }
  }
}

void MultiplyAll(const GemmSizes& sizes, const MatrixView& a, const MatrixView& b, float* c,
                 const GemmEpilogue& epilogue, int num_threads) {
  const auto width = static_cast<int64_t>(kVectors * hn::Lanes(D()));
  const int64_t num_panels = (sizes.n + width - 1) / width;
  const int64_t num_row_blocks = (sizes.m + kRows - 1) / kRows;
  // Handing half of the work over and waiting for it costs as much as 1 MFLOP.
  const bool is_worth_threads = sizes.m * sizes.n * sizes.k >= 1'000'000;
  if (num_threads <= 1 || !is_worth_threads) {
    MultiplyPart(sizes, a, b, c, epilogue, 0, num_panels, 0, sizes.m);
    return;
  }
  const bool by_panels = num_panels >= num_threads;
  const int64_t num_parts = by_panels ? num_panels : num_row_blocks;
#pragma omp parallel num_threads(num_threads)
  {
    const int64_t thread = omp_get_thread_num();
    const int64_t count = omp_get_num_threads();
    const int64_t begin = num_parts * thread / count;
    const int64_t end = num_parts * (thread + 1) / count;
    if (by_panels) {
      MultiplyPart(sizes, a, b, c, epilogue, begin, end, 0, sizes.m);
    } else {
      MultiplyPart(sizes, a, b, c, epilogue, 0, num_panels, begin * kRows,
                   std::min(sizes.m, end * kRows));
    }
  }
}

}  // namespace fanlight::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace fanlight {

HWY_EXPORT(MultiplyAll);

bool IsSmallGemm(const GemmSizes& sizes) {
  constexpr int64_t kMaxProduct = int64_t{1} << 26;
  return sizes.m * sizes.n <= kMaxProduct / std::max<int64_t>(sizes.k, 1);
}

void Gemm(const GemmSizes& sizes, const MatrixView& a, const MatrixView& b, float* c,
          const GemmEpilogue& epilogue, int num_threads) {
  if (sizes.m == 0 || sizes.n == 0) return;
  if (sizes.k == 0) {
    // No sum at all: an epilogue of zeros.
    const float zero = 0;
    HWY_DYNAMIC_DISPATCH(MultiplyAll)
    ({sizes.m, sizes.n, 1}, {&zero, 0, 0}, {&zero, 0, 0}, c, epilogue, 1);
    return;
  }
  HWY_DYNAMIC_DISPATCH(MultiplyAll)(sizes, a, b, c, epilogue, num_threads);
}

}  // namespace fanlight
#endif
