#include "fanlight/board/api/json_writer.h"

#include <gtest/gtest.h>

#include <cmath>
#include <limits>

namespace fanlight::api {
namespace {

using Style = JsonWriter::Style;

std::string Example(Style style) {
  JsonWriter json(style);
  json.BeginObject().Key("a").BeginArray().Int(-1).Double(0.1).BeginObject().EndObject().EndArray();
  json.Key("b").Null().Key("c").Bool(true).Key("d").Raw("[1]").Key("e").Text("x").EndObject();
  return std::move(json).Take();
}

std::string TextIn(Style style, std::string_view text) {
  JsonWriter json(style);
  json.Text(text);
  return std::move(json).Take();
}

TEST(JsonWriter, SeparatesAsPythonDoesOrNotAtAll) {
  EXPECT_EQ(Example(Style::kPython),
            R"({"a": [-1, 0.1, {}], "b": null, "c": true, "d": [1], "e": "x"})");
  EXPECT_EQ(Example(Style::kCompact), R"({"a":[-1,0.1,{}],"b":null,"c":true,"d":[1],"e":"x"})");
}

TEST(JsonWriter, EscapesTextAsEachStyleWants) {
  EXPECT_EQ(TextIn(Style::kPython, "a\"\\\n\t\x01\x7f/训😀"),
            "\"a\\\"\\\\\\n\\t\\u0001\x7f/\\u8bad\\ud83d\\ude00\"");
  EXPECT_EQ(TextIn(Style::kCompact, "训😀\r"), "\"训😀\\r\"");
  EXPECT_EQ(TextIn(Style::kPython, "a\xff"), "\"a\\ufffd\"");
  EXPECT_EQ(TextIn(Style::kCompact, "\xe8\xae"), "\"\xef\xbf\xbd\xef\xbf\xbd\"");
}

TEST(JsonWriter, WritesEveryNumberAndNamesWhatJsonLacks) {
  JsonWriter json(Style::kCompact);
  json.BeginArray()
      .Int(std::numeric_limits<int64_t>::min())
      .Uint(std::numeric_limits<uint64_t>::max())
      .Double(1)
      .Double(-0.0)
      .Double(1e300)
      .Double(std::nan(""))
      .Double(INFINITY)
      .Double(-INFINITY)
      .EndArray();
  EXPECT_EQ(
      std::move(json).Take(),
      R"([-9223372036854775808,18446744073709551615,1.0,-0.0,1e+300,"NaN","Infinity","-Infinity"])");
}

TEST(JsonWriter, WritesListsOfNumbersAsOneByOne) {
  std::vector<double> doubles;
  std::vector<int64_t> ints;
  for (int i = 0; i < 1000; ++i) {
    // The first ones only: lists without any are written in another way.
    doubles.push_back(i < 300 && i % 100 == 7 ? std::numeric_limits<double>::quiet_NaN() : i / 7.0);
    ints.push_back((i - 500) * int64_t{1'000'000'007} * 1'000'000);
  }
  for (const auto style : {JsonWriter::Style::kPython, JsonWriter::Style::kCompact}) {
    JsonWriter lists(style);
    lists.BeginObject().Key("d").Doubles(doubles).Key("i").Ints(ints).Key("e").Doubles({});
    JsonWriter singles(style);
    singles.BeginObject().Key("d").BeginArray();
    for (const double value : doubles) singles.Double(value);
    singles.EndArray().Key("i").BeginArray();
    for (const int64_t value : ints) singles.Int(value);
    singles.EndArray().Key("e").BeginArray().EndArray();
    EXPECT_EQ(std::move(lists.EndObject()).Take(), std::move(singles.EndObject()).Take());
  }
}

}  // namespace
}  // namespace fanlight::api
