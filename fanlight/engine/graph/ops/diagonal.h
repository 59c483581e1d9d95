// Diagonals of matrices: put in place, taken out, replaced, and bands around them.
//
// The matrices are the last two dimensions of a tensor; those before them count batches. Diagonal d has the elements
// (i, i + d): 0 is the main one, numbers above it are to its right. Where an op is about several, from k[0] up to
// k[1], they are the rows of a matrix as wide as the longest is long, the highest diagonal first:
//
//   [1 2 3]      k = [-1, 1]        [0 2 6]    (d =  1, to the right)
//   [4 5 6]  <-- RIGHT_LEFT -->     [1 5 9]    (d =  0)
//   [7 8 9]                         [4 8 0]    (d = -1, to the left)
//
// `align` tells at which end of its row a shorter diagonal above the main one lies, and one below it.
#pragma once

#include <string>
#include <string_view>

#include "fanlight/engine/graph/graph_builder.h"
#include "fanlight/engine/graph/kernel.h"

namespace fanlight {

// Which diagonals, and how they lie in their rows.
struct DiagonalOptions {
  Operand k = 0;  // int32: one diagonal, or the lowest and the highest of some.
  std::string align = "RIGHT_LEFT";
};

// Matrices that have `diagonal` on their diagonals k, and `padding` elsewhere.
// Shapes:   diagonal [..., longest], of several [..., number, longest]; result [..., rows, columns]. A number of rows
//           or columns of -1 is the least that the diagonals need; of both, the matrix is square.
// Errors:   kInvalidArgument, for diagonals outside of the matrix or another number of them.
// Gradient: the diagonals of the incoming one.
Output MatrixDiag(GraphBuilder& graph, const Operand& diagonal, const DiagonalOptions& options = {},
                  const Operand& num_rows = -1, const Operand& num_columns = -1,
                  const Operand& padding = 0, std::string_view name = "MatrixDiag");

// The diagonals k of matrices, with `padding` where one is shorter than the longest.
// Shapes:   input [..., rows, columns]; result as `diagonal` above.
// Errors:   kInvalidArgument, for diagonals outside of the matrix.
// Gradient: a matrix of zeros with the incoming one on its diagonals.
Output MatrixDiagPart(GraphBuilder& graph, const Operand& input,
                      const DiagonalOptions& options = {}, const Operand& padding = 0,
                      std::string_view name = "MatrixDiagPart");

// `input` with other diagonals k.
// Shapes:   input [..., rows, columns], diagonal as above; result as input.
// Errors:   kInvalidArgument, for diagonals outside of the matrix or of another shape.
// Gradient: for input the incoming one with zeros on its diagonals, for diagonal these.
Output MatrixSetDiag(GraphBuilder& graph, const Operand& input, const Operand& diagonal,
                     const DiagonalOptions& options = {}, std::string_view name = "MatrixSetDiag");

// `input` with zeros but for so many diagonals below and above the main one; all of a side for a negative number.
// Gradient: the same of the incoming one.
Output MatrixBandPart(GraphBuilder& graph, const Operand& input, const Operand& num_lower,
                      const Operand& num_upper, std::string_view name = "MatrixBandPart");

// A tensor of zeros with the elements of `diagonal`, of any rank, where its indices come twice: [i, j, i, j].
// Gradient: DiagPart of the incoming one.
Output Diag(GraphBuilder& graph, const Operand& diagonal, std::string_view name = "Diag");

// The elements of `input`, of shape [D1,..., Dk, D1,..., Dk], whose indices come twice.
// Gradient: Diag of the incoming one.
Output DiagPart(GraphBuilder& graph, const Operand& input, std::string_view name = "DiagPart");

std::span<const OpSpec> DiagonalOps();
std::span<const KernelDef> DiagonalKernels();

}  // namespace fanlight
