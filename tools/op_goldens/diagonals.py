"""Diagonals and bands of matrices, in each form that the ops have had."""

import numpy as np

from .recorder import Family, numbers, tf

ALIGNS = ("LEFT_RIGHT", "RIGHT_LEFT", "LEFT_LEFT", "RIGHT_RIGHT")
# Diagonals of matrices of 3x4: one, several, those at the corners, all.
BANDS = (0, 1, -2, (-1, 1), (1, 3), (-2, -1), (-2, 3))


def longest(band, rows, columns):
    low, high = (band, band) if isinstance(band, int) else band
    return min(rows + min(high, 0), columns - max(low, 0))


def diagonals_shape(band, rows, columns):
    count = () if isinstance(band, int) else (band[1] - band[0] + 1,)
    return (*count, longest(band, rows, columns))


def diagonal():
    family = Family("diagonal")
    raw = tf.raw_ops
    for band in BANDS:
        label = str(band).replace(" ", "")
        diagonals, matrix = numbers(2, *diagonals_shape(band, 3, 4)), numbers(2, 3, 4)
        for align in ALIGNS if not isinstance(band, int) else ALIGNS[:1]:
            name = f"{label}/{align}"
            sizes = {"num_rows": 3, "num_cols": 4, "padding_value": 7.0}
            family.add(
                f"MatrixDiagV3/{name}",
                lambda x: raw.MatrixDiagV3(diagonal=x, k=band, align=align, **sizes),  # noqa: B023
                diagonals,
            )
            family.add(
                f"MatrixDiagPartV3/{name}",
                lambda x: raw.MatrixDiagPartV3(input=x, k=band, padding_value=-5.0, align=align),  # noqa: B023
                matrix,
            )
            family.add(
                f"MatrixSetDiagV3/{name}",
                lambda x, y: raw.MatrixSetDiagV3(input=x, diagonal=y, k=band, align=align),  # noqa: B023
                matrix,
                diagonals,
            )
    for band in (1, (-1, 2)):
        # Of the second form of several diagonals TensorFlow's gradients are aligned otherwise than the values.
        grad = band == 1
        diagonals, matrix = numbers(2, *diagonals_shape(band, 4, 4)), numbers(2, 4, 4)
        sizes = {"num_rows": -1, "num_cols": -1, "padding_value": 0.0}
        made = lambda x: raw.MatrixDiagV2(diagonal=x, k=band, **sizes)  # noqa: B023
        family.add(f"MatrixDiagV2/{band}", made, diagonals, grad=grad)
        part = lambda x: raw.MatrixDiagPartV2(input=x, k=band, padding_value=0.0)  # noqa: B023
        family.add(f"MatrixDiagPartV2/{band}", part, matrix, grad=grad)
        placed = lambda x, y: raw.MatrixSetDiagV2(input=x, diagonal=y, k=band)  # noqa: B023
        family.add(f"MatrixSetDiagV2/{band}", placed, matrix, diagonals, grad=grad)
        for rows, columns in ((-1, 4), (4, -1), (6, 4), (3, 7)):
            if columns == 7 and band != 1:
                continue
            sizes = {"num_rows": rows, "num_cols": columns, "padding_value": 1.0}
            sized = lambda x: raw.MatrixDiagV3(diagonal=x, k=band, **sizes)  # noqa: B023
            family.add(f"MatrixDiagV3/{band}/{rows}x{columns}", sized, diagonals, grad=False)
    for shape in ((3,), (2, 3), (0,), (2, 0)):
        family.add(f"MatrixDiag/{shape}", lambda x: raw.MatrixDiag(diagonal=x), numbers(*shape))
        family.add(f"eye/{shape}", lambda x: tf.eye(3, 4, batch_shape=tf.shape(x)), numbers(*shape), grad=False)
    for rows, columns in ((3, 3), (2, 4), (4, 2), (0, 3)):
        label = f"{rows}x{columns}"
        matrix, main = numbers(2, rows, columns), numbers(2, min(rows, columns))
        family.add(f"MatrixDiagPart/{label}", lambda x: raw.MatrixDiagPart(input=x), matrix, grad=rows > 0)
        family.add(f"MatrixSetDiag/{label}", lambda x, y: raw.MatrixSetDiag(input=x, diagonal=y), matrix, main)
        for lower, upper in ((0, 0), (1, 0), (0, 1), (-1, 0), (0, -1), (-1, -1), (2, 2)):
            if lower <= rows and upper <= columns:
                part = lambda x: tf.matrix_band_part(x, lower, upper)  # noqa: B023
                family.add(f"MatrixBandPart/{label}/{lower}_{upper}", part, matrix)
    for dtype in (np.float64, np.int32, np.int64, np.float16, np.uint8, bool):
        matrix = np.arange(9).reshape(3, 3).astype(dtype)
        family.add(f"MatrixDiagPart/{matrix.dtype.name}", tf.matrix_diag_part, matrix, grad=dtype == np.float64)
        family.add(f"MatrixDiag/{matrix.dtype.name}", tf.matrix_diag, matrix, grad=dtype == np.float64)
        family.add(f"MatrixBandPart/{matrix.dtype.name}", lambda x: tf.matrix_band_part(x, 1, 1), matrix, grad=False)
    for shape in ((3,), (2, 2), (0,), (2, 1, 3)):
        family.add(f"Diag/{shape}", tf.diag, numbers(*shape))
        family.add(f"DiagPart/{shape}", tf.diag_part, numbers(*shape, *shape))
    family.add("Diag/int32", tf.diag, np.array([1, 2], np.int32))
    family.add("MatrixDiag/unknown", tf.matrix_diag, numbers(2, 3), shapes=False)
    family.add("MatrixDiagPart/unknown", tf.matrix_diag_part, numbers(2, 3, 4), shapes=False, grad=False)
    bands = lambda x: tf.matrix_diag_part(x, k=(-1, 1), padding_value=9.0)
    family.add("MatrixDiagPart/bands", bands, numbers(2, 3, 4), shapes=False, grad=False)
    return family


FAMILIES = (diagonal,)
