// Softmax and cross-entropy of one row of float32 numbers.
#pragma once

#include <cstdint>

namespace fanlight {

// The cross-entropy of softmax(`logits`) against class `label`, which is within [0, classes);
// `gradient` becomes (softmax(logits) − one_hot(label)) · weight. It may be `logits`.
// Numerics: the maximum is subtracted first. Exponentials are within 2 units in the last place.
float SoftmaxCrossEntropy(const float* logits, int64_t classes, int64_t label, float weight,
                          float* gradient);

}  // namespace fanlight
