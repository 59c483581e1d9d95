// Writes a log directory of known content: bench/log_profile.h.
//
//   make-logdirs --profile NAME --out DIR [--scale X] [--seed N]
//
// Prints the manifest, which DIR.json holds too.

#include <charconv>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <string>
#include <string_view>

#include "bench/log_profile.h"
#include "fanlight/base/file.h"

namespace {

int Fail(std::string_view message) {
  std::fprintf(stderr, "make-logdirs: %.*s\n", static_cast<int>(message.size()), message.data());
  return 1;
}

}  // namespace

int main(int argc, char** argv) {
  std::string profile_name;
  std::string out;
  double scale = 1;
  uint64_t seed = 1;
  for (int i = 1; i + 1 < argc; i += 2) {
    const std::string_view flag = argv[i];
    const std::string_view value = argv[i + 1];
    bool is_good = true;
    if (flag == "--profile") {
      profile_name = value;
    } else if (flag == "--out") {
      out = value;
    } else if (flag == "--scale") {
      is_good = std::from_chars(value.begin(), value.end(), scale).ec == std::errc() && scale > 0;
    } else if (flag == "--seed") {
      is_good = std::from_chars(value.begin(), value.end(), seed).ec == std::errc();
    } else {
      is_good = false;
    }
    if (!is_good) return Fail("cannot take " + std::string(flag) + " " + std::string(value));
  }
  while (out.size() > 1 && out.back() == '/') out.pop_back();
  if (profile_name.empty() || out.empty() || argc % 2 == 0) {
    return Fail("usage: make-logdirs --profile NAME --out DIR [--scale X] [--seed N]");
  }
  const auto profile = fanlight::bench::FindLogProfile(profile_name, scale, seed);
  if (!profile) return Fail(profile.error().message);
  const auto totals = fanlight::bench::WriteLogProfile(*profile, out);
  if (!totals) return Fail(totals.error().message);
  const auto manifest = fanlight::ReadWholeFile(out + ".json");
  if (!manifest) return Fail(manifest.error().message);
  std::fputs(manifest->c_str(), stdout);
  return 0;
}
