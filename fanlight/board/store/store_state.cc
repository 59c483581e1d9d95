#include "fanlight/board/store/store_state.h"

#include <algorithm>
#include <numeric>

#include "fanlight/base/text.h"

namespace fanlight::store {
namespace {

// Kind, then tag in natural order.
bool ListsBefore(const SeriesRecord& a, const SeriesRecord& b) {
  if (a.metadata->kind != b.metadata->kind) return a.metadata->kind < b.metadata->kind;
  return NaturalLess(a.tag->text, b.tag->text);
}

template <typename Less>
std::vector<uint32_t> SortedPositions(size_t n, Less&& less) {
  std::vector<uint32_t> positions(n);
  std::iota(positions.begin(), positions.end(), 0u);
  std::sort(positions.begin(), positions.end(), less);
  return positions;
}

}  // namespace

const std::vector<uint32_t>& SeriesOrder::Sorted(const SeriesList& series) const {
  std::call_once(once_, [&] {
    sorted_ = SortedPositions(
        series.size(), [&](uint32_t a, uint32_t b) { return ListsBefore(series[a], series[b]); });
  });
  return sorted_;
}

std::optional<uint32_t> SeriesOrder::Find(const SeriesList& series, std::string_view kind,
                                          std::string_view tag) const {
  const auto key = [&](uint32_t i) {
    return std::pair<std::string_view, std::string_view>(series[i].tag->text,
                                                         series[i].metadata->kind);
  };
  std::call_once(by_tag_once_, [&] {
    by_tag_ =
        SortedPositions(series.size(), [&](uint32_t a, uint32_t b) { return key(a) < key(b); });
  });
  const std::pair wanted(tag, kind);
  const auto found = std::lower_bound(by_tag_.begin(), by_tag_.end(), wanted,
                                      [&](uint32_t i, const auto& w) { return key(i) < w; });
  if (found == by_tag_.end() || key(*found) != wanted) return std::nullopt;
  return *found;
}

const std::shared_ptr<const RunState>* StoreState::Find(RunId id) const {
  const size_t page = id.index / kRunsPerPage;
  if (page >= pages.size()) return nullptr;
  const auto& run = (*pages[page])[id.index % kRunsPerPage];
  return run == nullptr ? nullptr : &run;
}

const std::vector<RunId>& RunOrder::Sorted(const StoreState& state) const {
  std::call_once(once_, [&] {
    for (uint32_t i = 0; i < state.run_ids; ++i) {
      const auto* run = state.Find(RunId{i});
      if (run == nullptr) continue;
      sorted_.push_back(RunId{i});
      by_name_.emplace((*run)->facts.display_name, RunId{i});
    }
    std::sort(sorted_.begin(), sorted_.end(), [&](RunId a, RunId b) {
      return NaturalLess((*state.Find(a))->facts.display_name,
                         (*state.Find(b))->facts.display_name);
    });
  });
  return sorted_;
}

std::optional<RunId> RunOrder::Find(const StoreState& state, std::string_view display_name) const {
  Sorted(state);
  const auto found = by_name_.find(std::string(display_name));
  if (found == by_name_.end()) return std::nullopt;
  return found->second;
}

const std::vector<TagEntry>& TagList::Entries(const StoreState& state) const {
  std::call_once(once_, [&] {
    // Tags are interned: a pointer tells one. Most runs of a logdir have the same tags in the same order, so the
    // entry after the last one is nearly always the next: ten million series cost little more than a look at each.
    struct Key {
      const TagName* tag;
      std::string_view kind;
      bool operator==(const Key&) const = default;
    };
    struct Hash {
      size_t operator()(const Key& key) const {
        return std::hash<const void*>()(key.tag) ^ std::hash<std::string_view>()(key.kind);
      }
    };
    std::vector<Key> keys;  // Of the entries.
    std::unordered_map<Key, size_t, Hash> places;
    for (const auto& page : state.pages) {
      for (const auto& run : *page) {
        if (run == nullptr) continue;
        size_t next = 0;
        for (size_t i = 0; i < run->series.size(); ++i) {
          const SeriesRecord& series = run->series[i];
          const SeriesMetadata& metadata = *series.metadata;
          const Key key{series.tag, metadata.kind};
          size_t at = next;
          if (at >= keys.size() || keys[at] != key) {
            const auto [place, is_new] = places.try_emplace(key, entries_.size());
            at = place->second;
            if (is_new) {
              keys.push_back(key);
              entries_.push_back({.kind = metadata.kind, .tag = series.tag->text});
            }
          }
          next = at + 1;
          TagEntry& entry = entries_[at];
          if (entry.display_name.empty()) entry.display_name = metadata.display_name;
          if (entry.description.empty()) entry.description = metadata.description;
          entry.runs.push_back(run->facts.id);
        }
      }
    }
    std::sort(entries_.begin(), entries_.end(), [](const TagEntry& a, const TagEntry& b) {
      return a.kind != b.kind ? a.kind < b.kind : NaturalLess(a.tag, b.tag);
    });
  });
  return entries_;
}

std::string UniqueText(std::string_view text, std::unordered_set<std::string>& taken) {
  const std::string valid = ToUtf8(text);
  std::string unique = valid;
  for (uint64_t n = 2; !taken.insert(unique).second; ++n) unique = fmt::format("{} ({})", valid, n);
  return unique;
}

const TagName& TagTable::Intern(std::string_view bytes) {
  MutexLock lock(mutex_);
  const auto known = by_bytes_.find(bytes);
  if (known != by_bytes_.end()) return *known->second;
  auto name = std::make_unique<const TagName>(
      TagName{.bytes = std::string(bytes), .text = UniqueText(bytes, texts_)});
  const std::string_view key = name->bytes;
  return *by_bytes_.emplace(key, std::move(name)).first->second;
}

const SeriesMetadata& MetadataTable::Intern(SeriesMetadata metadata) {
  std::string key = metadata.kind;
  for (const std::string* part : {&metadata.display_name, &metadata.content}) {
    key += '\0';
    key += *part;
  }
  MutexLock lock(mutex_);
  auto& same_key = by_key_[std::move(key)];
  for (const auto& known : same_key) {
    if (*known == metadata) return *known;
  }
  return *same_key.emplace_back(std::make_unique<const SeriesMetadata>(std::move(metadata)));
}

std::shared_ptr<const SeriesState> StateOf(const std::shared_ptr<const RunState>& run,
                                           size_t series) {
  const SeriesRecord& record = run->series[series];
  return std::make_shared<const SeriesState>(
      SeriesState{.record = record,
                  .run = run->facts.id,
                  .run_start_s = run->facts.start_s.value_or(0),
                  .lineage = {.reading = run->reading, .series = series},
                  .trust = &record.trust,
                  .file = run->blocks.get(),
                  .files = run->files.get(),
                  .owner = run});
}

}  // namespace fanlight::store
