// Errors as values. A function that can fail returns Result<T>; nothing in fanlight/ throws.
//
//   Result<File> OpenLog(const std::string& path) {
//     FL_ASSIGN_OR_RETURN(File file, File::OpenForReading(path));
//     FL_TRY(CheckHeader(file));
//     if (file.path().empty()) return Fail(ErrorCode::kInvalidArgument, "no path given");
//     return file;
//   }
//
// A message says what, got, wanted, where; paths stand last and quoted. Handle an error once: pass
// it up with context, or log it, not both.
#pragma once

#include <fmt/format.h>

#include <string>
#include <string_view>
#include <tl/expected.hpp>
#include <utility>

namespace fanlight {

enum class ErrorCode {
  kInvalidArgument,     // Bytes, flags, shapes or requests are wrong.
  kNotFound,            // The thing asked for does not exist.
  kAlreadyExists,       // The thing to be made exists.
  kDataLoss,            // A checksum is wrong: these bytes are lost, what follows can be read.
  kCorrupt,             // The structure itself is broken.
  kTooLarge,            // A size claim or an input beyond a limit.
  kIo,                  // The operating system says no; trying again may help.
  kUnavailable,         // Not now: shutting down, queue full.
  kFailedPrecondition,  // The call does not fit the state, such as reading an uninitialised
                        // variable.
  kOutOfRange,          // An index or position outside what exists.
  kUnimplemented,       // Valid, but we do not do it.
  kCancelled,           // The caller asked to stop.
  kPermissionDenied,    // Not allowed.
};

// The code's name for people, such as "not found".
std::string_view ErrorCodeName(ErrorCode code);

struct Error {
  ErrorCode code = ErrorCode::kInvalidArgument;
  std::string message;

  // The same error with "`context`: " before its message.
  Error With(std::string_view context) const;
};

template <typename T>
using Result = tl::expected<T, Error>;
using Status = Result<void>;

// An error to return, its message formatted by fmt: `return Fail(ErrorCode::kIo, "cannot read {}",
// Quoted(path))`.
template <typename... Args>
tl::unexpected<Error> Fail(ErrorCode code, fmt::format_string<Args...> format, Args&&... args) {
  return tl::unexpected<Error>(Error{code, fmt::format(format, std::forward<Args>(args)...)});
}

// The present errno as text behind `what`, with the path: `cannot open: No such file or directory:
// "a/b"`.
tl::unexpected<Error> FailWithErrno(std::string_view what, std::string_view path);

}  // namespace fanlight

#define FL_CONCAT_INNER(a, b) a##b
#define FL_CONCAT(a, b) FL_CONCAT_INNER(a, b)

// Returns the error of a Result from the enclosing function; the value, if any, is dropped.
#define FL_TRY(...)                                                               \
  do {                                                                            \
    auto fl_try_result = (__VA_ARGS__);                                           \
    if (!fl_try_result)                                                           \
      return tl::unexpected<::fanlight::Error>(std::move(fl_try_result).error()); \
  } while (false)

// Declares or assigns `target` from a Result, or returns its error from the enclosing function.
#define FL_ASSIGN_OR_RETURN(target, ...) \
  FL_ASSIGN_OR_RETURN_INNER(FL_CONCAT(fl_result_, __LINE__), target, __VA_ARGS__)
#define FL_ASSIGN_OR_RETURN_INNER(result, target, ...)                              \
  auto result = (__VA_ARGS__);                                                      \
  if (!result) return tl::unexpected<::fanlight::Error>(std::move(result).error()); \
  target = *std::move(result)
