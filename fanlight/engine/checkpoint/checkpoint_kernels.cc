#include "fanlight/engine/checkpoint/checkpoint_kernels.h"

#include <filesystem>
#include <string>
#include <system_error>
#include <vector>

#include "fanlight/base/file.h"
#include "fanlight/base/text.h"
#include "fanlight/engine/checkpoint/bundle_files.h"
#include "fanlight/engine/checkpoint/bundle_reader.h"
#include "fanlight/engine/checkpoint/bundle_writer.h"

namespace fanlight::checkpoint {
namespace {

struct Request {
  std::string prefix;
  std::span<const std::string> names;
  std::span<const std::string> slices;
};

// The first three inputs of SaveV2 and RestoreV2.
Result<Request> ReadRequest(const KernelContext& context, size_t tensors) {
  for (int i = 0; i < 3; ++i) {
    if (context.input(i).dtype() != DType::kString ||
        (i == 0) != context.input(i).shape().is_scalar()) {
      return Fail(ErrorCode::kInvalidArgument,
                  "got {} as input {}, want the prefix (a string), names and slices (vectors)",
                  Describe(context.input(i)), i);
    }
  }
  Request request{.prefix = context.input(0).scalar<std::string>(),
                  .names = context.input(1).flat<std::string>(),
                  .slices = context.input(2).flat<std::string>()};
  if (request.names.size() != tensors || request.slices.size() != tensors) {
    return Fail(ErrorCode::kInvalidArgument, "got {} names and {} slices for {} tensors",
                request.names.size(), request.slices.size(), tensors);
  }
  return request;
}

template <bool sync>
Status Save(KernelContext& context) {
  constexpr int kFirstTensor = 3;
  FL_ASSIGN_OR_RETURN(
      const Request request,
      ReadRequest(context, static_cast<size_t>(context.num_inputs() - kFirstTensor)));
  // The parts of a sharded checkpoint stand in a directory that is theirs.
  FL_TRY(MakeDirectories(DirectoryOf(request.prefix)));
  FL_ASSIGN_OR_RETURN(const auto writer, BundleWriter::Create(request.prefix, {.sync = sync}));
  for (size_t i = 0; i < request.names.size(); ++i) {
    const Tensor& tensor = context.input(kFirstTensor + static_cast<int>(i));
    if (request.slices[i].empty()) {
      FL_TRY(writer->Add(request.names[i], tensor));
    } else {
      FL_ASSIGN_OR_RETURN(const SlicedShape sliced, SlicedShape::Parse(request.slices[i]));
      FL_TRY(writer->AddSlice(request.names[i], sliced, tensor));
    }
  }
  return writer->Finish();
}

Status Restore(KernelContext& context) {
  const Node& node = context.node();
  FL_ASSIGN_OR_RETURN(const Request request,
                      ReadRequest(context, static_cast<size_t>(node.num_outputs())));
  FL_ASSIGN_OR_RETURN(const auto reader, BundleReader::Open(request.prefix));
  for (size_t i = 0; i < request.names.size(); ++i) {
    Tensor tensor;
    if (request.slices[i].empty()) {
      FL_ASSIGN_OR_RETURN(tensor, reader->Read(request.names[i]));
    } else {
      FL_ASSIGN_OR_RETURN(const SlicedShape sliced, SlicedShape::Parse(request.slices[i]));
      const BundleReader::Variable* variable = reader->Find(request.names[i]);
      if (variable != nullptr && variable->entry.shape != sliced.full) {
        return Fail(ErrorCode::kInvalidArgument, "{} has the shape {}, want {}, in checkpoint {}",
                    Quoted(request.names[i]), ToString(variable->entry.shape),
                    ToString(sliced.full), Quoted(request.prefix));
      }
      FL_ASSIGN_OR_RETURN(tensor, reader->ReadSlice(request.names[i], sliced.slice));
    }
    if (tensor.dtype() != node.output_dtypes[i]) {
      return Fail(ErrorCode::kInvalidArgument, "{} is of {}, want {}, in checkpoint {}",
                  Quoted(request.names[i]), DTypeName(tensor.dtype()),
                  DTypeName(node.output_dtypes[i]), Quoted(request.prefix));
    }
    context.SetOutput(static_cast<int>(i), std::move(tensor));
  }
  return {};
}

template <bool sync>
Status Merge(KernelContext& context) {
  const Tensor& prefixes = context.input(0);
  if (prefixes.dtype() != DType::kString || context.input(1).dtype() != DType::kString ||
      context.input(1).num_elements() != 1) {
    return Fail(ErrorCode::kInvalidArgument, "got {} and {}, want prefixes and one prefix",
                Describe(prefixes), Describe(context.input(1)));
  }
  const std::span<const std::string> parts = prefixes.flat<std::string>();
  const std::string& prefix = context.input(1).scalar<std::string>();
  FL_TRY(MergeBundles(parts, prefix, {.sync = sync}));
  if (context.node().attr<bool>("delete_old_dirs")) {
    RemoveAbandonedParts(prefix);
    for (const std::string& part : parts) {
      // Only a directory that is empty now goes, whatever else lay beside the parts stays.
      std::error_code ignored;
      const std::string directory = DirectoryOf(part);
      if (directory != DirectoryOf(prefix)) {
        std::filesystem::remove(directory, ignored);
      }
    }
  }
  return {};
}

Status ShardedName(KernelContext& context) {
  FL_ASSIGN_OR_RETURN(Tensor* const name, context.AllocateOutput(0, Shape()));
  name->mutable_flat<std::string>()[0] =
      fmt::format("{}-{:05d}-of-{:05d}", context.input(0).scalar<std::string>(),
                  context.input(1).scalar<int32_t>(), context.input(2).scalar<int32_t>());
  return {};
}

constexpr KernelDef kSynced[] = {
    {"SaveV2", DType::kInvalid, MakeFunctionKernel<Save<true>>},
    {"RestoreV2", DType::kInvalid, MakeFunctionKernel<Restore>},
    {"MergeV2Checkpoints", DType::kInvalid, MakeFunctionKernel<Merge<true>>},
    {"ShardedFilename", DType::kInvalid, MakeFunctionKernel<ShardedName>},
};
constexpr KernelDef kUnsynced[] = {
    {"SaveV2", DType::kInvalid, MakeFunctionKernel<Save<false>>},
    {"RestoreV2", DType::kInvalid, MakeFunctionKernel<Restore>},
    {"MergeV2Checkpoints", DType::kInvalid, MakeFunctionKernel<Merge<false>>},
    {"ShardedFilename", DType::kInvalid, MakeFunctionKernel<ShardedName>},
};

}  // namespace

std::span<const KernelDef> CheckpointKernels(bool sync) {
  return sync ? std::span<const KernelDef>(kSynced) : std::span<const KernelDef>(kUnsynced);
}

}  // namespace fanlight::checkpoint
