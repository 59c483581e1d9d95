// SQLite behind values and Results. Internal to the sidecar.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "fanlight/base/result.h"

struct sqlite3;
struct sqlite3_stmt;

namespace fanlight::sidecar {

// A prepared statement. Parameters are bound by their place, from 1.
class Statement {
 public:
  Statement(sqlite3* database, sqlite3_stmt* statement, const std::string& path)
      : database_(database), statement_(statement), path_(path) {}
  ~Statement();
  Statement(Statement&& other) noexcept;
  Statement(const Statement&) = delete;

  // The text must live until the statement has run.
  Statement& Bind(int place, std::string_view text);
  // True when there is a row to read.
  Result<bool> Step();
  // Runs it to its end and makes it ready for the next values.
  Status Run();
  std::string Text(int column) const;
  int64_t Integer(int column) const;

 private:
  sqlite3* database_;
  sqlite3_stmt* statement_;
  const std::string& path_;
};

// An open database. `path` outlives it.
class Database {
 public:
  enum class Mode : uint8_t { kRead, kWrite };  // kWrite makes the file where there is none.
  static Result<Database> Open(const std::string& path, Mode mode, int busy_ms);
  ~Database();
  Database(Database&& other) noexcept;
  Database(const Database&) = delete;

  Status Execute(const std::string& sql) const;
  Result<Statement> Prepare(std::string_view sql) const;

 private:
  Database(sqlite3* database, const std::string& path) : database_(database), path_(path) {}

  sqlite3* database_;
  const std::string& path_;
};

}  // namespace fanlight::sidecar
