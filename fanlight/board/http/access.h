// Who may read. Two gates stand before every answer:
//
// * On loopback the Host header must name this machine. A page on the internet can point its own
// name at
//   127.0.0.1 (DNS rebinding); its requests then arrive here, but under that name.
// * Bound wider, a token is asked for: as `?token=`, which a browser gets exchanged for a cookie,
// as the
//   cookie, or as `Authorization: Bearer`.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "fanlight/base/clock.h"
#include "fanlight/base/mutex.h"
#include "fanlight/board/http/message.h"

namespace fanlight::http {

// 128 random bits from the system, as 32 hex digits.
std::string MakeToken();

// Whether two texts are equal, in a time that depends only on their lengths.
bool EqualsInConstantTime(std::string_view a, std::string_view b);

class AccessGate {
 public:
  struct Options {
    bool is_loopback = true;           // Check the Host header.
    std::vector<std::string> hosts{};  // Names allowed besides localhost, 127.x.y.z and [::1].
    std::string token{};               // Empty: none is asked for.
    std::string cookie_name = "fanlight";
  };
  AccessGate(Options options, const Clock& clock) : options_(std::move(options)), clock_(clock) {}

  // Nothing when the request may pass; else the answer it gets instead: a refusal, or the redirect
  // that follows a right `?token=`. An address with more than ten wrong tokens in a minute waits.
  // Thread-safe.
  std::optional<Response> Stop(const Request& request);

 private:
  struct Failures {
    double allowance = 0;  // Wrong tokens still free; grows with time.
    double at_s = 0;
  };
  bool IsHostAllowed(std::string_view host) const;
  bool MayTry(const std::string& peer);
  void RecordFailure(const std::string& peer);

  const Options options_;
  const Clock& clock_;
  mutable Mutex mutex_;  // Guards what follows.
  std::map<std::string, Failures> failures_ FL_GUARDED_BY(mutex_);
};

}  // namespace fanlight::http
