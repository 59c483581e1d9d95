#include "fanlight/engine/graph/ops/diagonal.h"

#include <algorithm>

#include "fanlight/engine/graph/inference.h"
#include "fanlight/engine/graph/ops/box.h"
#include "fanlight/engine/graph/ops/dims.h"
#include "fanlight/engine/graph/ops/kernel_util.h"

namespace fanlight {
namespace {

// ---------------------------------------------------------------- bands

// Diagonals from the lowest to the highest, and where the shorter ones lie in their rows.
struct Band {
  int64_t low = 0;
  int64_t high = 0;
  bool is_upper_right = false;
  bool is_lower_right = false;

  bool is_single() const { return low == high; }
  int64_t count() const { return high - low + 1; }
  int dims() const { return is_single() ? 1 : 2; }
  static int64_t Length(int64_t diagonal, int64_t rows, int64_t columns) {
    return std::min(rows + std::min<int64_t>(diagonal, 0),
                    columns - std::max<int64_t>(diagonal, 0));
  }
  int64_t Longest(int64_t rows, int64_t columns) const {
    return std::min(rows + std::min<int64_t>(high, 0), columns - std::max<int64_t>(low, 0));
  }
  // kInvalidArgument unless all of them are in the matrix.
  Status Check(int64_t rows, int64_t columns) const {
    const auto is_inside = [&](int64_t d) { return d == 0 || (-rows < d && d < columns); };
    if (is_inside(low) && is_inside(high)) return {};
    return Fail(ErrorCode::kInvalidArgument, "diagonals {} to {} are not all in a matrix of {}x{}",
                low, high, rows, columns);
  }
};

// The ops' older forms lack what the newer ones take: no k is the main diagonal, no align to the left.
Result<Band> BandOf(const Node& node, std::span<const int64_t> k) {
  Band band;
  if (!k.empty()) {
    band.low = k.front();
    band.high = k.back();
  }
  if (k.size() > 2 || band.low > band.high) {
    return Fail(ErrorCode::kInvalidArgument,
                "argument \"k\" has {} elements, want one, or two in their order", k.size());
  }
  if (node.attrs.contains("align")) {
    const auto& align = node.attr<std::string>("align");
    band.is_upper_right = align.starts_with("RIGHT_");
    band.is_lower_right = align.ends_with("_RIGHT");
    if ((!band.is_upper_right && !align.starts_with("LEFT_")) ||
        (!band.is_lower_right && !align.ends_with("_LEFT"))) {
      return Fail(ErrorCode::kInvalidArgument,
                  "align {}, want LEFT_RIGHT, RIGHT_LEFT, LEFT_LEFT or RIGHT_RIGHT", align);
    }
  }
  return band;
}

// Of a kernel whose k is input `at`, where there is one.
Result<Band> BandOf(const KernelContext& context, int at) {
  if (at >= context.num_inputs()) return BandOf(context.node(), {});
  FL_ASSIGN_OR_RETURN(const SmallInts k, IntegersOf(context.input(at)));
  if (k.count == 0) return Fail(ErrorCode::kInvalidArgument, "argument \"k\" is empty");
  return BandOf(context.node(), k.span());
}

// nullopt where k is told in the run alone.
Result<std::optional<Band>> BandOf(const InferenceContext& context, int at) {
  if (at >= context.num_inputs()) {
    FL_ASSIGN_OR_RETURN(const Band band, BandOf(context.node(), {}));
    return band;
  }
  const auto k = context.constant_integers(at);
  if (!k || k->empty()) return std::nullopt;
  FL_ASSIGN_OR_RETURN(const Band band, BandOf(context.node(), *k));
  return band;
}

struct MatrixSize {
  int64_t rows;
  int64_t columns;
};

// The size of a matrix for diagonals of which the longest has `longest` elements; -1 is told by these.
Result<MatrixSize> SizeFor(const Band& band, int64_t longest, int64_t rows, int64_t columns) {
  const int64_t least_rows = longest - std::min<int64_t>(band.high, 0);
  const int64_t least_columns = longest + std::max<int64_t>(band.low, 0);
  if (rows == -1 && columns == -1) {
    rows = columns = std::max(least_rows, least_columns);
  } else if (rows == -1) {
    rows = least_rows;
  } else if (columns == -1) {
    columns = least_columns;
  }
  const bool fits = rows >= least_rows && columns >= least_columns &&
                    (rows == least_rows || columns == least_columns);
  if (!fits) {
    return Fail(ErrorCode::kInvalidArgument,
                "a matrix of {}x{} does not fit diagonals {} to {} of up to {} elements", rows,
                columns, band.low, band.high, longest);
  }
  FL_TRY(band.Check(rows, columns));
  return MatrixSize{rows, columns};
}

// Calls visit(position in the rows of diagonals, position in the matrix, elements) for each diagonal of a matrix:
// its elements are one after another there, and `columns + 1` apart here.
template <typename Visit>
void ForEachDiagonal(const Band& band, MatrixSize size, Visit visit) {
  const int64_t longest = band.Longest(size.rows, size.columns);
  for (int64_t d = band.high; d >= band.low; --d) {
    const int64_t length = Band::Length(d, size.rows, size.columns);
    const bool is_right = d > 0 ? band.is_upper_right : d < 0 && band.is_lower_right;
    visit((band.high - d) * longest + (is_right ? longest - length : 0),
          d >= 0 ? d : -d * size.columns, length);
  }
}

MatrixSize SizeOf(const Shape& shape) { return {shape[shape.rank() - 2], shape[shape.rank() - 1]}; }

int64_t MatricesIn(const Shape& shape) {
  int64_t count = 1;
  for (int i = 0; i + 2 < shape.rank(); ++i) count *= shape[i];
  return count;
}

// `batch` dimensions of a shape, and others after them.
std::vector<int64_t> With(std::span<const int64_t> dims, int batch,
                          std::initializer_list<int64_t> last) {
  std::vector<int64_t> all(dims.begin(), dims.begin() + batch);
  all.insert(all.end(), last);
  return all;
}

Status WantAtLeast(const PartialShape& shape, int rank, std::string_view what) {
  if (!shape.has_rank() || shape.rank() >= rank) return {};
  return Fail(ErrorCode::kInvalidArgument, "{} has shape {}, want rank {} or more", what,
              ToString(shape), rank);
}

// ---------------------------------------------------------------- MatrixDiag

Status WantRankOfInputs(InferenceContext& context, int first, int rank) {
  for (int i = first; i < context.num_inputs(); ++i) {
    FL_TRY(context.WantRank(i, rank, "an argument of numbers"));
  }
  return {};
}

// A number of rows or columns; nullopt where it is told in the run alone.
std::optional<int64_t> NumberAt(const InferenceContext& context, int i) {
  if (i >= context.num_inputs()) return -1;
  const auto values = context.constant_integers(i);
  if (!values || values->size() != 1) return std::nullopt;
  return values->front();
}

Status MatrixDiagShape(InferenceContext& context) {
  const PartialShape& diagonal = context.input(0);
  FL_TRY(WantAtLeast(diagonal, 1, "argument \"diagonal\""));
  FL_TRY(WantRankOfInputs(context, 2, 0));
  FL_ASSIGN_OR_RETURN(const auto band, BandOf(context, 1));
  if (!band || !diagonal.has_rank()) return {};
  FL_TRY(WantAtLeast(diagonal, band->dims(), "argument \"diagonal\""));
  const int batch = diagonal.rank() - band->dims();
  const int64_t longest = diagonal[diagonal.rank() - 1];
  if (!band->is_single() && diagonal[batch] >= 0 && diagonal[batch] != band->count()) {
    return Fail(ErrorCode::kInvalidArgument, "there are {} rows for {} diagonals", diagonal[batch],
                band->count());
  }
  MatrixSize size{PartialShape::kUnknown, PartialShape::kUnknown};
  const auto rows = NumberAt(context, 2);
  const auto columns = NumberAt(context, 3);
  if (longest >= 0 && rows && columns) {
    FL_ASSIGN_OR_RETURN(size, SizeFor(*band, longest, *rows, *columns));
  }
  FL_ASSIGN_OR_RETURN(const PartialShape shape,
                      PartialShape::From(With(diagonal.dims(), batch, {size.rows, size.columns})));
  context.set_output(0, shape);
  return {};
}

// All elements of `output` become the padding of input `at`; 0 where there is none.
Status FillWithPadding(const KernelContext& context, int at, Tensor& output) {
  if (at >= context.num_inputs()) {
    SetToZero(output);
    return {};
  }
  const Tensor& padding = context.input(at);
  if (padding.num_elements() != 1) {
    return Fail(ErrorCode::kInvalidArgument, "got {} to pad with, want a scalar",
                Describe(padding));
  }
  return CopyElements(padding, output, [&](const auto* from, auto* to, int64_t width) {
    for (int64_t i = 0; i < output.num_elements(); ++i) to = std::copy_n(from, width, to);
  });
}

// The diagonals of every matrix of `matrices` from `diagonals`.
Status PutDiagonals(const Band& band, const Tensor& diagonals, Tensor& matrices) {
  const MatrixSize size = SizeOf(matrices.shape());
  const int64_t step = size.columns + 1;
  const int64_t area = size.rows * size.columns;
  const int64_t rows = band.count() * band.Longest(size.rows, size.columns);
  return CopyElements(diagonals, matrices, [&](const auto* from, auto* to, int64_t width) {
    for (int64_t m = 0; m < MatricesIn(matrices.shape()); ++m) {
      ForEachDiagonal(band, size, [&](int64_t row, int64_t place, int64_t length) {
        for (int64_t i = 0; i < length; ++i) {
          std::copy_n(from + (m * rows + row + i) * width, width,
                      to + (m * area + place + i * step) * width);
        }
      });
    }
  });
}

Status MatrixDiagKernel(KernelContext& context) {
  const Tensor& diagonal = context.input(0);
  FL_ASSIGN_OR_RETURN(const Band band, BandOf(context, 1));
  const int batch = diagonal.rank() - band.dims();
  if (batch < 0 || (!band.is_single() && diagonal.shape()[batch] != band.count())) {
    return Fail(ErrorCode::kInvalidArgument, "got {} for {} diagonals", Describe(diagonal),
                band.count());
  }
  std::array<int64_t, 2> wanted{-1, -1};
  for (int i = 2; i < std::min(4, context.num_inputs()); ++i) {
    FL_ASSIGN_OR_RETURN(wanted[static_cast<size_t>(i - 2)], ScalarOf(context.input(i)));
  }
  FL_ASSIGN_OR_RETURN(const MatrixSize size,
                      SizeFor(band, diagonal.shape()[diagonal.rank() - 1], wanted[0], wanted[1]));
  FL_ASSIGN_OR_RETURN(const Shape shape,
                      Shape::From(With(diagonal.shape().dims(), batch, {size.rows, size.columns})));
  FL_ASSIGN_OR_RETURN(Tensor* const output, context.AllocateOutput(0, shape));
  FL_TRY(FillWithPadding(context, 4, *output));
  return PutDiagonals(band, diagonal, *output);
}

// ---------------------------------------------------------------- MatrixDiagPart

// The shape of the diagonals of matrices; their length is not known where the matrix is not.
Result<PartialShape> DiagonalsOf(const Band& band, const PartialShape& input) {
  const int batch = input.rank() - 2;
  int64_t longest = PartialShape::kUnknown;
  if (input[batch] >= 0 && input[batch + 1] >= 0) {
    FL_TRY(band.Check(input[batch], input[batch + 1]));
    longest = band.Longest(input[batch], input[batch + 1]);
  }
  std::vector<int64_t> dims = With(input.dims(), batch, {});
  if (!band.is_single()) dims.push_back(band.count());
  dims.push_back(longest);
  return PartialShape::From(dims);
}

Status MatrixDiagPartShape(InferenceContext& context) {
  const PartialShape& input = context.input(0);
  FL_TRY(WantAtLeast(input, 2, "argument \"input\""));
  FL_TRY(WantRankOfInputs(context, 2, 0));
  FL_ASSIGN_OR_RETURN(const auto band, BandOf(context, 1));
  if (!band || !input.has_rank()) return {};
  FL_ASSIGN_OR_RETURN(const PartialShape shape, DiagonalsOf(*band, input));
  context.set_output(0, shape);
  return {};
}

Status WantMatrices(const Tensor& tensor) {
  if (tensor.rank() >= 2) return {};
  return Fail(ErrorCode::kInvalidArgument, "got {}, want rank 2 or more", Describe(tensor));
}

Status MatrixDiagPartKernel(KernelContext& context) {
  const Tensor& input = context.input(0);
  FL_TRY(WantMatrices(input));
  FL_ASSIGN_OR_RETURN(const Band band, BandOf(context, 1));
  FL_ASSIGN_OR_RETURN(const PartialShape shape, DiagonalsOf(band, input.shape()));
  FL_ASSIGN_OR_RETURN(Tensor* const output, context.AllocateOutput(0, *shape.ToShape()));
  FL_TRY(FillWithPadding(context, 2, *output));
  const MatrixSize size = SizeOf(input.shape());
  const int64_t step = size.columns + 1;
  const int64_t area = size.rows * size.columns;
  const int64_t rows = band.count() * band.Longest(size.rows, size.columns);
  return CopyElements(input, *output, [&](const auto* from, auto* to, int64_t width) {
    for (int64_t m = 0; m < MatricesIn(input.shape()); ++m) {
      ForEachDiagonal(band, size, [&](int64_t row, int64_t place, int64_t length) {
        for (int64_t i = 0; i < length; ++i) {
          std::copy_n(from + (m * area + place + i * step) * width, width,
                      to + (m * rows + row + i) * width);
        }
      });
    }
  });
}

// ---------------------------------------------------------------- MatrixSetDiag

Status MatrixSetDiagShape(InferenceContext& context) {
  const PartialShape& input = context.input(0);
  FL_TRY(WantAtLeast(input, 2, "argument \"input\""));
  FL_TRY(WantAtLeast(context.input(1), 1, "argument \"diagonal\""));
  FL_ASSIGN_OR_RETURN(const auto band, BandOf(context, 2));
  context.set_output(0, input);
  if (!band || !input.has_rank()) return {};
  FL_ASSIGN_OR_RETURN(const PartialShape wanted, DiagonalsOf(*band, input));
  return Merge(wanted, context.input(1)).transform([](const PartialShape&) {});
}

Status MatrixSetDiagKernel(KernelContext& context) {
  const Tensor& input = context.input(0);
  const Tensor& diagonal = context.input(1);
  FL_TRY(WantMatrices(input));
  FL_ASSIGN_OR_RETURN(const Band band, BandOf(context, 2));
  FL_ASSIGN_OR_RETURN(const PartialShape wanted, DiagonalsOf(band, input.shape()));
  if (*wanted.ToShape() != diagonal.shape()) {
    return Fail(ErrorCode::kInvalidArgument, "got diagonals {} for {}, want shape {}",
                Describe(diagonal), Describe(input), ToString(wanted));
  }
  FL_ASSIGN_OR_RETURN(Tensor* const output, context.AllocateOutput(0, input.shape()));
  FL_TRY(CopyElements(input, *output, [&](const auto* from, auto* to, int64_t width) {
    std::copy_n(from, input.num_elements() * width, to);
  }));
  return PutDiagonals(band, diagonal, *output);
}

// ---------------------------------------------------------------- MatrixBandPart

Status MatrixBandPartShape(InferenceContext& context) {
  FL_TRY(WantAtLeast(context.input(0), 2, "argument \"input\""));
  FL_TRY(WantRankOfInputs(context, 1, 0));
  context.set_output(0, context.input(0));
  return {};
}

Status MatrixBandPartKernel(KernelContext& context) {
  const Tensor& input = context.input(0);
  FL_TRY(WantMatrices(input));
  const MatrixSize size = SizeOf(input.shape());
  FL_ASSIGN_OR_RETURN(const int64_t lower, ScalarOf(context.input(1)));
  FL_ASSIGN_OR_RETURN(const int64_t upper, ScalarOf(context.input(2)));
  if (lower > size.rows || upper > size.columns) {
    return Fail(ErrorCode::kInvalidArgument, "{} diagonals below and {} above in a matrix of {}x{}",
                lower, upper, size.rows, size.columns);
  }
  FL_ASSIGN_OR_RETURN(Tensor* const output, context.AllocateOutput(0, input.shape()));
  SetToZero(*output);
  return CopyElements(input, *output, [&](const auto* from, auto* to, int64_t width) {
    for (int64_t row = 0; row < MatricesIn(input.shape()) * size.rows; ++row) {
      const int64_t i = row % size.rows;
      const int64_t begin = lower < 0 ? 0 : std::clamp<int64_t>(i - lower, 0, size.columns);
      const int64_t end = upper < 0 ? size.columns : std::min(i + upper + 1, size.columns);
      if (begin >= end) continue;
      const int64_t at = (row * size.columns + begin) * width;
      std::copy_n(from + at, (end - begin) * width, to + at);
    }
  });
}

// ---------------------------------------------------------------- Diag and DiagPart

Status DiagShape(InferenceContext& context) {
  const PartialShape& input = context.input(0);
  FL_TRY(WantAtLeast(input, 1, "argument \"diagonal\""));
  if (!input.has_rank()) return {};
  std::vector<int64_t> dims(input.dims().begin(), input.dims().end());
  dims.insert(dims.end(), input.dims().begin(), input.dims().end());
  FL_ASSIGN_OR_RETURN(const PartialShape shape, PartialShape::From(dims));
  context.set_output(0, shape);
  return {};
}

Result<PartialShape> HalfOf(const PartialShape& input) {
  const int half = input.rank() / 2;
  if (input.rank() % 2 != 0 || half == 0) {
    return Fail(ErrorCode::kInvalidArgument, "argument \"input\" has shape {}, want an even rank",
                ToString(input));
  }
  FL_ASSIGN_OR_RETURN(const PartialShape first,
                      PartialShape::From(input.dims().first(static_cast<size_t>(half))));
  FL_ASSIGN_OR_RETURN(const PartialShape second,
                      PartialShape::From(input.dims().last(static_cast<size_t>(half))));
  return Merge(first, second);
}

Status DiagPartShape(InferenceContext& context) {
  if (!context.input(0).has_rank()) return {};
  FL_ASSIGN_OR_RETURN(const PartialShape shape, HalfOf(context.input(0)));
  context.set_output(0, shape);
  return {};
}

Status DiagKernel(KernelContext& context) {
  const Tensor& diagonal = context.input(0);
  std::vector<int64_t> dims(diagonal.shape().dims().begin(), diagonal.shape().dims().end());
  dims.insert(dims.end(), diagonal.shape().dims().begin(), diagonal.shape().dims().end());
  FL_ASSIGN_OR_RETURN(const Shape shape, Shape::From(dims));
  FL_ASSIGN_OR_RETURN(Tensor* const output, context.AllocateOutput(0, shape));
  SetToZero(*output);
  const int64_t count = diagonal.num_elements();
  return CopyElements(diagonal, *output, [&](const auto* from, auto* to, int64_t width) {
    for (int64_t i = 0; i < count; ++i) {
      std::copy_n(from + i * width, width, to + i * (count + 1) * width);
    }
  });
}

Status DiagPartKernel(KernelContext& context) {
  const Tensor& input = context.input(0);
  FL_ASSIGN_OR_RETURN(const PartialShape half, HalfOf(input.shape()));
  FL_ASSIGN_OR_RETURN(Tensor* const output, context.AllocateOutput(0, *half.ToShape()));
  const int64_t count = output->num_elements();
  return CopyElements(input, *output, [&](const auto* from, auto* to, int64_t width) {
    for (int64_t i = 0; i < count; ++i) {
      std::copy_n(from + i * (count + 1) * width, width, to + i * width);
    }
  });
}

// ---------------------------------------------------------------- gradients

// The diagonals that a node is about, where k is its input `at`.
DiagonalOptions OptionsOf(const Node& node, int at) {
  DiagonalOptions options{.align = "LEFT_LEFT"};
  if (node.num_inputs() > at) options.k = node.input(at);
  if (node.attrs.contains("align")) options.align = node.attr<std::string>("align");
  return options;
}

std::vector<Output> MatrixDiagGradient(GraphBuilder& graph, const Node& node,
                                       std::span<const Output> g) {
  std::vector<Output> gradients(node.inputs.size());
  gradients[0] = MatrixDiagPart(graph, g[0], OptionsOf(node, 1));
  return gradients;
}

std::vector<Output> MatrixDiagPartGradient(GraphBuilder& graph, const Node& node,
                                           std::span<const Output> g) {
  std::vector<Output> gradients(node.inputs.size());
  const Output zeros = ZerosLike(graph, node.input(0));
  gradients[0] = MatrixSetDiag(graph, zeros, g[0], OptionsOf(node, 1));
  return gradients;
}

std::vector<Output> MatrixSetDiagGradient(GraphBuilder& graph, const Node& node,
                                          std::span<const Output> g) {
  std::vector<Output> gradients(node.inputs.size());
  const DiagonalOptions options = OptionsOf(node, 2);
  gradients[0] = MatrixSetDiag(graph, g[0], ZerosLike(graph, node.input(1)), options);
  gradients[1] = MatrixDiagPart(graph, g[0], options);
  return gradients;
}

std::vector<Output> MatrixBandPartGradient(GraphBuilder& graph, const Node& node,
                                           std::span<const Output> g) {
  return {MatrixBandPart(graph, g[0], node.input(1), node.input(2)), {}, {}};
}

std::vector<Output> DiagGradient(GraphBuilder& graph, const Node&, std::span<const Output> g) {
  return {DiagPart(graph, g[0])};
}

std::vector<Output> DiagPartGradient(GraphBuilder& graph, const Node&, std::span<const Output> g) {
  return {Diag(graph, g[0])};
}

// ---------------------------------------------------------------- tables

#define FL_DIAGONAL(op_name, arguments, attributes, shape, grad) \
  {.name = op_name, .signature = arguments, .attrs = attributes, .infer = shape, .gradient = grad}
#define FL_ALIGNED "T: type, align: string = \"RIGHT_LEFT\""
#define FL_NUMBERS "{bfloat16|float16|float32|float64|int32|int64|complex64|complex128}"

constexpr OpSpec kOps[] = {
    FL_DIAGONAL("MatrixDiag", "diagonal: T -> output: T", "T: type", MatrixDiagShape,
                MatrixDiagGradient),
    FL_DIAGONAL("MatrixDiagV2",
                "diagonal: T, k: int32, num_rows: int32, num_cols: int32, padding_value: T "
                "-> output: T",
                "T: type", MatrixDiagShape, MatrixDiagGradient),
    FL_DIAGONAL("MatrixDiagV3",
                "diagonal: T, k: int32, num_rows: int32, num_cols: int32, padding_value: T "
                "-> output: T",
                FL_ALIGNED, MatrixDiagShape, MatrixDiagGradient),
    FL_DIAGONAL("MatrixDiagPart", "input: T -> diagonal: T", "T: type", MatrixDiagPartShape,
                MatrixDiagPartGradient),
    FL_DIAGONAL("MatrixDiagPartV2", "input: T, k: int32, padding_value: T -> diagonal: T",
                "T: type", MatrixDiagPartShape, MatrixDiagPartGradient),
    FL_DIAGONAL("MatrixDiagPartV3", "input: T, k: int32, padding_value: T -> diagonal: T",
                FL_ALIGNED, MatrixDiagPartShape, MatrixDiagPartGradient),
    FL_DIAGONAL("MatrixSetDiag", "input: T, diagonal: T -> output: T", "T: type",
                MatrixSetDiagShape, MatrixSetDiagGradient),
    FL_DIAGONAL("MatrixSetDiagV2", "input: T, diagonal: T, k: int32 -> output: T", "T: type",
                MatrixSetDiagShape, MatrixSetDiagGradient),
    FL_DIAGONAL("MatrixSetDiagV3", "input: T, diagonal: T, k: int32 -> output: T", FL_ALIGNED,
                MatrixSetDiagShape, MatrixSetDiagGradient),
    FL_DIAGONAL("MatrixBandPart", "input: T, num_lower: Tindex, num_upper: Tindex -> band: T",
                "T: type, Tindex: index = int64", MatrixBandPartShape, MatrixBandPartGradient),
    FL_DIAGONAL("Diag", "diagonal: T -> output: T", "T: " FL_NUMBERS, DiagShape, DiagGradient),
    FL_DIAGONAL("DiagPart", "input: T -> diagonal: T", "T: " FL_NUMBERS, DiagPartShape,
                DiagPartGradient),
};

constexpr KernelDef kKernels[] = {
    {"MatrixDiag", DType::kInvalid, MakeFunctionKernel<MatrixDiagKernel>},
    {"MatrixDiagV2", DType::kInvalid, MakeFunctionKernel<MatrixDiagKernel>},
    {"MatrixDiagV3", DType::kInvalid, MakeFunctionKernel<MatrixDiagKernel>},
    {"MatrixDiagPart", DType::kInvalid, MakeFunctionKernel<MatrixDiagPartKernel>},
    {"MatrixDiagPartV2", DType::kInvalid, MakeFunctionKernel<MatrixDiagPartKernel>},
    {"MatrixDiagPartV3", DType::kInvalid, MakeFunctionKernel<MatrixDiagPartKernel>},
    {"MatrixSetDiag", DType::kInvalid, MakeFunctionKernel<MatrixSetDiagKernel>},
    {"MatrixSetDiagV2", DType::kInvalid, MakeFunctionKernel<MatrixSetDiagKernel>},
    {"MatrixSetDiagV3", DType::kInvalid, MakeFunctionKernel<MatrixSetDiagKernel>},
    {"MatrixBandPart", DType::kInvalid, MakeFunctionKernel<MatrixBandPartKernel>},
    {"Diag", DType::kInvalid, MakeFunctionKernel<DiagKernel>},
    {"DiagPart", DType::kInvalid, MakeFunctionKernel<DiagPartKernel>},
};

}  // namespace

Output MatrixDiag(GraphBuilder& graph, const Operand& diagonal, const DiagonalOptions& options,
                  const Operand& num_rows, const Operand& num_columns, const Operand& padding,
                  std::string_view name) {
  return OpCall(graph, "MatrixDiagV3", name, "MatrixDiag")
      .Input(diagonal, "diagonal")
      .Input(options.k, "k")
      .Input(num_rows, "num_rows")
      .Input(num_columns, "num_cols")
      .Input(padding, "padding_value", diagonal.dtype())
      .Attr("align", options.align)
      .Done();
}

Output MatrixDiagPart(GraphBuilder& graph, const Operand& input, const DiagonalOptions& options,
                      const Operand& padding, std::string_view name) {
  return OpCall(graph, "MatrixDiagPartV3", name, "MatrixDiagPart")
      .Input(input, "input")
      .Input(options.k, "k")
      .Input(padding, "padding_value", input.dtype())
      .Attr("align", options.align)
      .Done();
}

Output MatrixSetDiag(GraphBuilder& graph, const Operand& input, const Operand& diagonal,
                     const DiagonalOptions& options, std::string_view name) {
  return OpCall(graph, "MatrixSetDiagV3", name, "MatrixSetDiag")
      .Input(input, "input")
      .Input(diagonal, "diagonal")
      .Input(options.k, "k")
      .Attr("align", options.align)
      .Done();
}

Output MatrixBandPart(GraphBuilder& graph, const Operand& input, const Operand& num_lower,
                      const Operand& num_upper, std::string_view name) {
  return OpCall(graph, "MatrixBandPart", name)
      .Input(input, "input")
      .Input(num_lower, "num_lower")
      .Input(num_upper, "num_upper")
      .Done();
}

Output Diag(GraphBuilder& graph, const Operand& diagonal, std::string_view name) {
  return OpCall(graph, "Diag", name).Input(diagonal, "diagonal").Done();
}

Output DiagPart(GraphBuilder& graph, const Operand& input, std::string_view name) {
  return OpCall(graph, "DiagPart", name).Input(input, "input").Done();
}

std::span<const OpSpec> DiagonalOps() { return kOps; }
std::span<const KernelDef> DiagonalKernels() { return kKernels; }

}  // namespace fanlight
