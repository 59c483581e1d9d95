#include "fanlight/engine/tensor/gemm.h"

#include <algorithm>
#include <cstring>
#include <vector>

#ifndef FANLIGHT_ENGINE_TENSOR_GEMM_PARTS_
#define FANLIGHT_ENGINE_TENSOR_GEMM_PARTS_
namespace fanlight {
namespace {

// Rows of a panel that are packed at a time, at most, and rows of A that pass by them: both blocks
// stay in the second cache. bench/gemm_bench gained 5 % from 256 and 192 to these, and nothing above.
// 516 is the first multiple of six that takes a batch of 512 whole: B is then packed once.
constexpr int64_t kDepth = 400;
constexpr int64_t kPartRows = 516;
// Multiplications in a part, at least: some ten microseconds.
constexpr int64_t kMinPartProducts = 1'000'000;

int64_t DivideUp(int64_t a, int64_t b) { return (a + b - 1) / b; }

struct Parts {
  int64_t rows;  // In a block.
  int64_t num_row_blocks;
  int64_t panels;  // In a group.
  int64_t num_panel_groups;
};

// Parts are as large as the caches like; for several threads they are small enough that none has to
// wait long for the last one.
Parts CutIntoParts(const GemmSizes& sizes, int64_t num_panels, int64_t strip, bool is_alone) {
  Parts parts{};
  parts.panels = num_panels;
  parts.num_row_blocks = DivideUp(sizes.m, kPartRows);
  if (!is_alone) {
    constexpr int64_t kWantedParts = 8;
    // A panel is packed anew for each block of rows: at least eight strips are to pass it.
    const int64_t most_blocks = std::max<int64_t>(1, sizes.m / (8 * strip));
    const int64_t worth =
        std::max<int64_t>(1, sizes.m * sizes.n / DivideUp(kMinPartProducts, sizes.k));
    const int64_t wanted = std::min(kWantedParts, worth);
    const int64_t groups = std::min(num_panels, wanted);
    parts.panels = DivideUp(num_panels, groups);
    const int64_t blocks =
        std::min(DivideUp(wanted, DivideUp(num_panels, parts.panels)), most_blocks);
    parts.num_row_blocks = std::max(parts.num_row_blocks, blocks);
  }
  parts.rows = DivideUp(DivideUp(sizes.m, parts.num_row_blocks), strip) * strip;
  parts.num_row_blocks = DivideUp(sizes.m, parts.rows);
  parts.num_panel_groups = DivideUp(num_panels, parts.panels);
  return parts;
}

}  // namespace
}  // namespace fanlight
#endif

// The code below is compiled once for each instruction set, and chosen when it runs.
#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "fanlight/engine/tensor/gemm.cc"
#include <hwy/foreach_target.h>
#include <hwy/highway.h>

#include "fanlight/engine/tensor/vector_form.h"

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
constexpr int64_t kMaxLanes = 16;

struct Tile {
  int64_t k;
  const float* a;
  int64_t a_row_stride;
  int64_t a_col_stride;
  const float* panel;  // k rows of the panel's width.
  int64_t panel_stride;
  float* c;
  int64_t c_stride;
  int64_t columns;  // How many of the panel's columns there are.
  bool is_first;    // Of the blocks of k.
  bool is_last;
  // Fetched into the second cache meanwhile, a line for each of the k rows: what is packed next.
  const float* ahead;
  int64_t ahead_stride;
  const GemmEpilogue* epilogue;
  const float* bias;  // At the tile's first column; nullptr: none.
  const float* mask;  // At the tile's first element.
};

// The sums of a tile are to stay in registers: every loop over them is unrolled.
#if HWY_COMPILER_CLANG
#define FL_UNROLL _Pragma("clang loop unroll(full)")
#else
#define FL_UNROLL _Pragma("GCC unroll 8")
#endif

// What is done with a vector of sums, `lanes` of which are wanted, before it is stored at `to`.
HWY_INLINE void StoreSums(const Tile& tile, V result, float* to, const float* mask, V bias,
                          bool is_whole, hn::Mask<D> in_columns) {
  const D d;
  const V zero = hn::Zero(d);
  const GemmEpilogue& epilogue = *tile.epilogue;
  const auto load = [&](const float* from) HWY_ATTR {
    return is_whole ? hn::LoadU(d, from) : hn::MaskedLoad(in_columns, d, from);
  };
  if (epilogue.accumulates) {
    result = hn::MulAdd(hn::Set(d, epilogue.scale), result, load(to));
  } else {
    if (!tile.is_first) result = hn::Add(result, load(to));
    if (tile.is_last) {
      result = hn::Add(result, bias);
      // Not Max(): that of NaN and 0 may be 0.
      if (epilogue.relu) result = hn::IfThenElse(hn::Lt(result, zero), zero, result);
      if (mask != nullptr) result = hn::IfThenElseZero(hn::Gt(load(mask), zero), result);
    }
  }
  if (is_whole) {
    hn::StoreU(result, d, to);
  } else {
    hn::BlendedStore(result, in_columns, d, to);
  }
}

template <int kTileRows, int kTileVectors>
HWY_NOINLINE void MultiplyTile(const Tile& tile) {
  const D d;
  const auto lanes = static_cast<int64_t>(hn::Lanes(d));
  V sums[kTileRows][kTileVectors];
  FL_UNROLL
  for (int i = 0; i < kTileRows; ++i) {
    FL_UNROLL
    for (int j = 0; j < kTileVectors; ++j) {
      sums[i][j] = hn::Zero(d);
      // C is far away, and wanted when the sums are done.
      __builtin_prefetch(tile.c + i * tile.c_stride + j * lanes, 1);
    }
  }
  const float* panel = tile.panel;
  const float* a = tile.a;
  const float* ahead = tile.ahead;
  const int64_t ahead_stride = tile.ahead_stride;
  const int64_t a_row_stride = tile.a_row_stride;
  for (int64_t p = tile.k; p > 0; --p) {
    V columns[kTileVectors];
    FL_UNROLL
    for (int j = 0; j < kTileVectors; ++j) columns[j] = hn::LoadU(d, panel + j * lanes);
    FL_UNROLL
    for (int i = 0; i < kTileRows; ++i) {
      const V factor = hn::Set(d, a[i * a_row_stride]);
      FL_UNROLL
      for (int j = 0; j < kTileVectors; ++j) {
        sums[i][j] = hn::MulAdd(factor, columns[j], sums[i][j]);
      }
    }
    __builtin_prefetch(ahead, 0, 2);
    ahead += ahead_stride;
    panel += tile.panel_stride;
    a += tile.a_col_stride;
  }
  FL_UNROLL
  for (int j = 0; j < kTileVectors; ++j) {
    const int64_t left = tile.columns - j * lanes;
    const bool is_whole = left >= lanes;
    const auto in_columns = hn::FirstN(d, static_cast<size_t>(is_whole ? lanes : left));
    const bool has_bias = tile.is_last && tile.bias != nullptr;
    const V bias = !has_bias  ? hn::Zero(d)
                   : is_whole ? hn::LoadU(d, tile.bias + j * lanes)
                              : hn::MaskedLoad(in_columns, d, tile.bias + j * lanes);
    FL_UNROLL
    for (int i = 0; i < kTileRows; ++i) {
      const int64_t at = i * tile.c_stride + j * lanes;
      StoreSums(tile, sums[i][j], tile.c + at, tile.mask == nullptr ? nullptr : tile.mask + at,
                bias, is_whole, in_columns);
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

void MultiplyStrip(int64_t vectors, int64_t rows, const Tile& tile) {
  if (vectors == 1) return MultiplyRows<1>(rows, tile);
  if constexpr (kVectors > 2) {
    if (vectors == 2) return MultiplyRows<2>(rows, tile);
    if (vectors == 3) return MultiplyRows<3>(rows, tile);
  }
  MultiplyRows<kVectors>(rows, tile);
}

// Rows [row, row + depth) of B and `columns` of its columns, one row of `width` after another, the
// missing columns as zeros.
void PackPanel(const MatrixView& b, int64_t row, int64_t column, int64_t depth, int64_t columns,
               int64_t width, float* HWY_RESTRICT panel) {
  const D d;
  const auto lanes = static_cast<int64_t>(hn::Lanes(d));
  const float* from = b.At(row, column);
  if (b.col_stride == 1) {
    const int64_t whole = columns / lanes * lanes;
    const auto in_columns = hn::FirstN(d, static_cast<size_t>(columns - whole));
    for (int64_t p = 0; p < depth; ++p, from += b.row_stride, panel += width) {
      for (int64_t j = 0; j < whole; j += lanes) hn::StoreU(hn::LoadU(d, from + j), d, panel + j);
      if (whole < columns) {
        hn::StoreU(hn::MaskedLoad(in_columns, d, from + whole), d, panel + whole);
      }
    }
    return;
  }
  // Four columns at a time: their elements are read in order, and written side by side.
  const int64_t step = b.row_stride;
  int64_t j = 0;
  for (; j + 4 <= columns; j += 4) {
    const float* const from0 = from + j * b.col_stride;
    const float* const from1 = from0 + b.col_stride;
    const float* const from2 = from1 + b.col_stride;
    const float* const from3 = from2 + b.col_stride;
    float* to = panel + j;
    for (int64_t p = 0; p < depth; ++p, to += width) {
      to[0] = from0[p * step];
      to[1] = from1[p * step];
      to[2] = from2[p * step];
      to[3] = from3[p * step];
    }
  }
  for (; j < width; ++j) {
    const float* const column_from = from + j * b.col_stride;
    for (int64_t p = 0; p < depth; ++p) {
      panel[p * width + j] = j < columns ? column_from[p * step] : 0.0f;
    }
  }
}

// Columns [depth_begin, + depth) of rows [row, row + rows) of A, strip by strip of six rows: within
// a strip the six elements of a column lie side by side.
void PackStrips(const MatrixView& a, int64_t row, int64_t rows, int64_t depth_begin, int64_t depth,
                float* HWY_RESTRICT strips) {
  const float* from = a.At(row, depth_begin);
  if (a.col_stride == 1) {
    const int64_t step = a.row_stride;
    for (int64_t i = 0; i < rows; i += kRows, from += kRows * step) {
      const int64_t count = std::min<int64_t>(kRows, rows - i);
      for (int64_t p = 0; p < depth; ++p, strips += kRows) {
        if (count == kRows) {
          FL_UNROLL
          for (int r = 0; r < kRows; ++r) strips[r] = from[r * step + p];
          continue;
        }
        for (int64_t r = 0; r < count; ++r) strips[r] = from[r * step + p];
      }
    }
    return;
  }
  for (int64_t p = 0; p < depth; ++p, from += a.col_stride) {
    float* to = strips + p * kRows;
    for (int64_t i = 0; i < rows; i += kRows, to += depth * kRows) {
      const float* const at = from + i * a.row_stride;
      const int64_t count = std::min<int64_t>(kRows, rows - i);
      if (count == kRows && a.row_stride == 1) {
        std::memcpy(to, at, kRows * sizeof(float));  // Of constant size: no call.
        continue;
      }
      for (int64_t r = 0; r < count; ++r) to[r] = at[r * a.row_stride];
    }
  }
}

// Lets the i-th strip of a panel fetch its share of what is packed next: 16 columns of a B that lies
// by rows, one column of another.
void FetchAhead(const MatrixView& b, const float* next, int64_t i, Tile& tile) {
  const bool by_rows = b.col_stride == 1;
  constexpr int64_t kLineFloats = 16;
  const int64_t width = kVectors * static_cast<int64_t>(hn::Lanes(D()));
  const bool is_left = next != nullptr && i < (by_rows ? width / kLineFloats : width);
  // Nothing is left: what is near anyhow.
  tile.ahead = is_left ? next + i * (by_rows ? kLineFloats : b.col_stride) : tile.panel;
  tile.ahead_stride = is_left ? b.row_stride : tile.panel_stride;
}

struct Part {
  int64_t row_begin;
  int64_t row_end;
  int64_t panel_begin;
  int64_t panel_end;
};

void MultiplyPart(const GemmSizes& sizes, const MatrixView& a, const MatrixView& b, float* c,
                  const GemmEpilogue& epilogue, bool packs_strips, const Part& part) {
  const auto lanes = static_cast<int64_t>(hn::Lanes(D()));
  const int64_t full_width = kVectors * lanes;
  HWY_ALIGN float packed[kDepth * kVectors * kMaxLanes];
  float* strips = nullptr;
  if (packs_strips) {
    static thread_local std::vector<float> buffer;  // Too large for the stacks of some threads.
    buffer.resize(kDepth * kPartRows);
    strips = buffer.data();
  }
  // Blocks of one size: a last one of a few rows would cost as much in loads and stores of C.
  const int64_t block = DivideUp(sizes.k, DivideUp(sizes.k, kDepth));
  // A panel that few rows pass by is not worth packing.
  const bool reads_b_in_place = b.col_stride == 1 && part.row_end - part.row_begin <= 2 * kRows;
  for (int64_t depth = 0; depth < sizes.k; depth += block) {
    Tile tile;
    tile.k = std::min(block, sizes.k - depth);
    tile.c_stride = sizes.n;
    tile.is_first = depth == 0;
    tile.is_last = depth + tile.k == sizes.k;
    tile.epilogue = &epilogue;
    tile.a_row_stride = packs_strips ? 1 : a.row_stride;
    tile.a_col_stride = packs_strips ? kRows : a.col_stride;
    if (packs_strips) {
      PackStrips(a, part.row_begin, part.row_end - part.row_begin, depth, tile.k, strips);
    }
    for (int64_t panel = part.panel_begin; panel < part.panel_end; ++panel) {
      const int64_t column = panel * full_width;
      tile.columns = std::min(full_width, sizes.n - column);
      const int64_t vectors = (tile.columns + lanes - 1) / lanes;
      if (reads_b_in_place && tile.columns == vectors * lanes) {
        tile.panel = b.At(depth, column);
        tile.panel_stride = b.row_stride;
      } else {
        tile.panel = packed;
        tile.panel_stride = vectors * lanes;
        PackPanel(b, depth, column, tile.k, tile.columns, tile.panel_stride, packed);
      }
      tile.bias = epilogue.bias == nullptr ? nullptr : epilogue.bias + column;
      const float* const next = panel + 1 < part.panel_end ? b.At(depth, column + full_width)
                                : tile.is_last
                                    ? nullptr
                                    : b.At(depth + tile.k, part.panel_begin * full_width);
      for (int64_t row = part.row_begin; row < part.row_end; row += kRows) {
        tile.a = packs_strips ? strips + (row - part.row_begin) * tile.k : a.At(row, depth);
        tile.c = c + row * sizes.n + column;
        FetchAhead(b, next, (row - part.row_begin) / kRows, tile);
        tile.mask = epilogue.mask == nullptr ? nullptr : epilogue.mask + row * sizes.n + column;
        MultiplyStrip(vectors, std::min<int64_t>(kRows, part.row_end - row), tile);
      }
    }
  }
}

void MultiplyAll(const GemmSizes& sizes, const MatrixView& a, const MatrixView& b, float* c,
                 const GemmEpilogue& epilogue, const ThreadShare& threads) {
  const auto width = static_cast<int64_t>(kVectors * hn::Lanes(D()));
  const int64_t num_panels = DivideUp(sizes.n, width);
  const Parts parts = CutIntoParts(sizes, num_panels, kRows, threads.is_alone());
  // Packed strips pay where many panels read them again, sooner where the columns lie apart.
  const bool packs_strips =
      a.row_stride == 1 && a.col_stride != 1 ? num_panels > 2 : parts.panels > 8;
  threads.ForEachPart(parts.num_row_blocks * parts.num_panel_groups, [&](int64_t i) {
    const int64_t row = i % parts.num_row_blocks * parts.rows;
    const int64_t panel = i / parts.num_row_blocks * parts.panels;
    MultiplyPart(sizes, a, b, c, epilogue, packs_strips,
                 {row, std::min(sizes.m, row + parts.rows), panel,
                  std::min(num_panels, panel + parts.panels)});
  });
}

}  // namespace fanlight::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace fanlight {

const auto kMultiplyAll = FL_BEST_FORM(MultiplyAll);

bool IsWorthThreads(const GemmSizes& sizes) {
  return sizes.m * sizes.n >= kMinPartProducts / std::max<int64_t>(sizes.k, 1);
}

void Gemm(const GemmSizes& sizes, const MatrixView& a, const MatrixView& b, float* c,
          const GemmEpilogue& epilogue, const ThreadShare& threads) {
  if (sizes.m == 0 || sizes.n == 0) return;
  if (sizes.k == 0) {
    // No sum at all: an epilogue of zeros.
    const float zero = 0;
    kMultiplyAll({sizes.m, sizes.n, 1}, {&zero, 0, 0}, {&zero, 0, 0}, c, epilogue, {});
    return;
  }
  kMultiplyAll(sizes, a, b, c, epilogue, IsWorthThreads(sizes) ? threads : ThreadShare());
}

}  // namespace fanlight
#endif
