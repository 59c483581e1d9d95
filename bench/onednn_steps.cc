// The same steps written by hand on oneDNN's products, without a graph: about the least that they cost
// with a library. A peer of bench/engine.py, with the flags and the output of engine-steps.
#include <dnnl.h>
#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <chrono>
#include <cmath>
#include <cstdint>
#include <cstdio>
#include <ctime>
#include <random>
#include <string>
#include <vector>

namespace {

using Clock = std::chrono::steady_clock;
using Floats = std::vector<float>;

// c = scale · op(a) · op(b) + keep · c, rows one after another.
void Multiply(bool transpose_a, bool transpose_b, int64_t m, int64_t n, int64_t k, float scale,
              const float* a, const float* b, float keep, float* c) {
  dnnl_sgemm(transpose_a ? 'T' : 'N', transpose_b ? 'T' : 'N', m, n, k, scale, a,
             transpose_a ? m : k, b, transpose_b ? k : n, keep, c, n);
}

struct Layer {
  int64_t inputs;
  int64_t units;
  Floats weights;
  Floats biases;
  Floats outputs;
  Floats gradients;  // Of the sums before the activation.
};

class Network {
 public:
  Network(int64_t batch, const std::vector<int64_t>& sizes) : batch_(batch) {
    std::mt19937 random(1);
    for (size_t i = 0; i + 1 < sizes.size(); ++i) {
      Layer layer{sizes[i], sizes[i + 1], {}, {}, {}, {}};
      std::normal_distribution<float> normal(0, 1 / std::sqrt(static_cast<float>(sizes[i])));
      layer.weights.resize(static_cast<size_t>(sizes[i] * sizes[i + 1]));
      for (float& weight : layer.weights) weight = normal(random);
      layer.biases.resize(static_cast<size_t>(layer.units));
      layer.outputs.resize(static_cast<size_t>(batch * layer.units));
      layer.gradients = layer.outputs;
      layers_.push_back(std::move(layer));
    }
  }

  float Step(const float* images, const int32_t* labels, float rate) {
    const float* input = images;
    for (Layer& layer : layers_) {
      const bool is_last = &layer == &layers_.back();
      float* const out = layer.outputs.data();
      Multiply(false, false, batch_, layer.units, layer.inputs, 1, input, layer.weights.data(), 0,
               out);
      for (int64_t i = 0; i < batch_; ++i) {
        for (int64_t j = 0; j < layer.units; ++j) {
          const float sum = out[i * layer.units + j] + layer.biases[static_cast<size_t>(j)];
          out[i * layer.units + j] = is_last || sum > 0 ? sum : 0;
        }
      }
      input = out;
    }
    const float loss = CrossEntropy(labels);
    for (size_t l = layers_.size(); l-- > 0;) {
      Layer& layer = layers_[l];
      const float* const from = l == 0 ? images : layers_[l - 1].outputs.data();
      if (l > 0) {
        Floats& below = layers_[l - 1].gradients;
        Multiply(false, true, batch_, layer.inputs, layer.units, 1, layer.gradients.data(),
                 layer.weights.data(), 0, below.data());
        for (size_t i = 0; i < below.size(); ++i) below[i] = from[i] > 0 ? below[i] : 0;
      }
      Multiply(true, false, layer.inputs, layer.units, batch_, -rate, from, layer.gradients.data(),
               1, layer.weights.data());
      for (int64_t i = 0; i < batch_; ++i) {
        for (int64_t j = 0; j < layer.units; ++j) {
          layer.biases[static_cast<size_t>(j)] -=
              rate * layer.gradients[static_cast<size_t>(i * layer.units + j)];
        }
      }
    }
    return loss;
  }

 private:
  float CrossEntropy(const int32_t* labels) {
    Layer& last = layers_.back();
    float loss = 0;
    for (int64_t i = 0; i < batch_; ++i) {
      const float* const row = last.outputs.data() + i * last.units;
      float* const gradient = last.gradients.data() + i * last.units;
      const float largest = *std::max_element(row, row + last.units);
      float sum = 0;
      for (int64_t j = 0; j < last.units; ++j) sum += gradient[j] = std::exp(row[j] - largest);
      loss += std::log(sum) - (row[labels[i]] - largest);
      for (int64_t j = 0; j < last.units; ++j) {
        gradient[j] =
            (gradient[j] / sum - (j == labels[i] ? 1.0f : 0.0f)) / static_cast<float>(batch_);
      }
    }
    return loss / static_cast<float>(batch_);
  }

  int64_t batch_;
  std::vector<Layer> layers_;
};

void Bench(const std::string& workload, double seconds, int64_t batch,
           const std::vector<int64_t>& sizes) {
  const auto begin = Clock::now();
  Network network(batch, sizes);
  std::mt19937 random(7);
  Floats images(static_cast<size_t>(batch * sizes[0]));
  for (float& pixel : images) pixel = static_cast<float>(random() % 256) / 255.0f;
  std::vector<int32_t> labels(static_cast<size_t>(batch));
  for (int32_t& label : labels) label = static_cast<int32_t>(random() % 10);
  float loss = network.Step(images.data(), labels.data(), 0.01f);
  const std::chrono::duration<double, std::micro> first = Clock::now() - begin;
  std::vector<double> rounds;
  const std::clock_t before = std::clock();
  const auto end = Clock::now() + std::chrono::duration<double>(seconds);
  while (rounds.size() < 3 || Clock::now() < end) {
    const auto round = Clock::now();
    loss = network.Step(images.data(), labels.data(), 0.01f);
    rounds.push_back(std::chrono::duration<double, std::micro>(Clock::now() - round).count());
  }
  const double cpu_us = static_cast<double>(std::clock() - before) * (1e6 / CLOCKS_PER_SEC) /
                        static_cast<double>(rounds.size());
  std::sort(rounds.begin(), rounds.end());
  fmt::print(
      "{{\"workload\": \"{}\", \"us_per_step\": {:.4f}, \"best_us_per_step\": {:.4f}, "
      "\"cpu_us_per_step\": {:.4f}, \"first_step_us\": {:.1f}, \"final_loss\": {:.6f}}}\n",
      workload, rounds[rounds.size() / 2], rounds.front(), cpu_us, first.count(), loss);
}

}  // namespace

// The number of threads is OMP_NUM_THREADS: oneDNN has no other setting.
int main(int argc, char** argv) {
  double seconds = 2;
  std::vector<std::string> wanted;
  CLI::App app("The headline workloads by hand on oneDNN", "onednn-steps");
  app.add_option("--seconds", seconds, "How long each workload runs")->check(CLI::PositiveNumber);
  app.add_option("workload", wanted, "mnist, mlp2048; none: both")
      ->check(CLI::IsMember({"mnist", "mlp2048"}));
  CLI11_PARSE(app, argc, argv);
  std::setbuf(stdout, nullptr);
  if (wanted.empty()) wanted = {"mnist", "mlp2048"};
  for (const std::string& name : wanted) {
    if (name == "mnist") Bench(name, seconds, 100, {784, 128, 32, 10});
    if (name == "mlp2048") Bench(name, seconds, 512, {784, 2048, 2048, 10});
  }
  return 0;
}
