#include "apps/mnist/saved_models.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <cstdio>
#include <filesystem>
#include <optional>
#include <string_view>
#include <system_error>
#include <utility>

#include "fanlight/base/file.h"
#include "fanlight/base/text.h"
#include "fanlight/engine/checkpoint/checkpoint_state.h"

namespace fanlight {
namespace {

// The step in "model.ckpt-999.index".
std::optional<int64_t> StepOf(std::string_view name) {
  constexpr std::string_view kBegin = "model.ckpt-";
  constexpr std::string_view kEnd = ".index";
  if (!name.starts_with(kBegin) || !name.ends_with(kEnd)) return std::nullopt;
  name.remove_prefix(kBegin.size());
  name.remove_suffix(kEnd.size());
  int64_t step = 0;
  const auto [end, error] = std::from_chars(name.data(), name.data() + name.size(), step);
  if (error != std::errc() || end != name.data() + name.size()) return std::nullopt;
  return step;
}

std::vector<std::string> ListedModels(const std::string& directory) {
  std::vector<std::pair<int64_t, std::string>> found;
  std::error_code error;
  for (auto entry = std::filesystem::directory_iterator(directory, error);
       !error && entry != std::filesystem::directory_iterator(); entry.increment(error)) {
    const std::string name = entry->path().filename().string();
    if (const std::optional<int64_t> step = StepOf(name)) {
      found.emplace_back(*step, JoinPath(directory, fmt::format("model.ckpt-{}", *step)));
    }
  }
  std::ranges::sort(found, std::ranges::greater());
  std::vector<std::string> prefixes;
  for (auto& [step, prefix] : found) prefixes.push_back(std::move(prefix));
  return prefixes;
}

// Those that `checkpoint` names.
Result<std::vector<std::string>> NamedModels(const std::string& directory) {
  FL_ASSIGN_OR_RETURN(checkpoint::CheckpointState state,
                      checkpoint::ReadCheckpointState(directory));
  std::erase(state.all, state.latest);
  state.all.push_back(state.latest);
  std::ranges::reverse(state.all);
  return std::move(state.all);
}

void Tell(const std::string& what) {
  std::fflush(stdout);
  fmt::print(stderr, "{}\n", what);
}

}  // namespace

Result<std::vector<std::string>> RestoreNewestSound(
    const std::string& directory, const std::function<Status(const std::string& prefix)>& restore) {
  std::vector<std::string> models;
  std::optional<Error> newest_error;
  if (Result<std::vector<std::string>> named = NamedModels(directory)) {
    models = *std::move(named);
  } else {
    if (named.error().code != ErrorCode::kNotFound) Tell(named.error().message);
    newest_error = named.error();
  }
  const size_t num_named = models.size();
  for (std::string& listed : ListedModels(directory)) {
    if (std::ranges::find(models, listed) == models.end()) models.push_back(std::move(listed));
  }
  if (models.empty()) return tl::unexpected<Error>(*newest_error);
  for (size_t i = 0; i < models.size(); ++i) {
    const Status restored = restore(models[i]);
    if (restored) {
      const size_t end = i < num_named ? num_named : models.size();
      return std::vector<std::string>(models.begin() + static_cast<std::ptrdiff_t>(i),
                                      models.begin() + static_cast<std::ptrdiff_t>(end));
    }
    if (restored.error().code == ErrorCode::kInvalidArgument) {
      return tl::unexpected<Error>(restored.error());
    }
    Tell(fmt::format("{} does not restore: {}", models[i], restored.error().message));
    if (!newest_error || i == 0) newest_error = restored.error();
  }
  return Fail(ErrorCode::kCorrupt, "no checkpoint in {} restores; the newest: {}",
              Quoted(directory), newest_error->message);
}

}  // namespace fanlight
