// What case files cannot hold: sizes, and properties of the samples.

#include "fanlight/board/api/routes.h"

#include <gtest/gtest.h>

#include <boost/json.hpp>
#include <cstring>

#include "fanlight/board/api/event_hub.h"
#include "fanlight/board/store/store_builder.h"

namespace fanlight::api {
namespace {

class NoBlobs final : public store::BlobReader {
 public:
  Result<store::TensorValue> Read(const store::BlobRef&) const override {
    return Fail(ErrorCode::kNotFound, "there are no blobs here");
  }
};

class RoutesTest : public testing::Test {
 protected:
  void Serve(Settings settings = {}) {
    board_.emplace(Board{builder_.Build(), blobs_, clock_, sidecar_, std::move(settings)});
    hub_.emplace(*board_);
    AddAllRoutes(router_, *board_, *hub_);
  }
  http::Response Ask(std::string method, std::string path, std::string query, std::string body = {},
                     std::string accept = {}) {
    http::Request request;
    request.method = std::move(method);
    request.path = std::move(path);
    request.query = std::move(query);
    request.body = std::move(body);
    if (!accept.empty()) request.headers.Add("Accept", accept);
    request.headers.Add("Content-Type", "application/json");
    return router_.Route(std::move(request));
  }
  boost::json::array Scalars(const std::string& run, const std::string& tag) {
    return boost::json::parse(
               Ask("GET", "/data/plugin/scalars/scalars", "run=" + run + "&tag=" + tag).body)
        .as_array();
  }

  store::StoreBuilder builder_;
  const NoBlobs blobs_;
  const ManualClock clock_;
  const sidecar::Sidecar sidecar_{{}};
  std::optional<Board> board_;
  std::optional<EventHub> hub_;
  http::Router router_;
};

TEST_F(RoutesTest, SamplesAThousandWithFirstLastLeastAndGreatest) {
  std::vector<float> values(25'000, 0.0f);
  for (size_t i = 0; i < values.size(); ++i) values[i] = static_cast<float>(i % 7);
  values[12'345] = 99;
  values[23'456] = -99;
  builder_.Scalar("r", "t", values);
  Serve();
  const boost::json::array points = Scalars("r", "t");
  ASSERT_EQ(points.size(), 1000u);
  const auto step = [](const boost::json::value& point) { return point.at(1).as_int64(); };
  EXPECT_EQ(step(points.front()), 0);
  EXPECT_EQ(step(points.back()), 24'999);
  bool has_greatest = false;
  bool has_least = false;
  int64_t before = -1;
  for (const boost::json::value& point : points) {
    EXPECT_GT(step(point), before);
    before = step(point);
    has_greatest = has_greatest || step(point) == 12'345;
    has_least = has_least || step(point) == 23'456;
  }
  EXPECT_TRUE(has_greatest);
  EXPECT_TRUE(has_least);
  EXPECT_EQ(points, Scalars("r", "t"));
}

TEST_F(RoutesTest, ServesAsManyAsTheFlagSays) {
  builder_.Scalar("r", "t", std::vector<float>(5000, 1.0f));
  Settings settings;
  settings.samples_per_plugin["scalars"] = 20;
  Serve(std::move(settings));
  EXPECT_EQ(Scalars("r", "t").size(), 20u);
}

TEST_F(RoutesTest, ServesAllWhereTheFlagSaysZero) {
  builder_.Scalar("r", "t", std::vector<float>(5000, 1.0f));
  Settings settings;
  settings.samples_per_plugin["scalars"] = 0;
  Serve(std::move(settings));
  EXPECT_EQ(Scalars("r", "t").size(), 5000u);
}

TEST_F(RoutesTest, GivesTheSameNumbersInBothFormsOfColumns) {
  std::vector<float> values;
  for (int i = 0; i < 3000; ++i) values.push_back(static_cast<float>(i * 37 % 101) / 7.0f);
  builder_.Scalar("r", "t", values).Scalar("r", "u", {1, 2});
  Serve();
  const std::string request =
      R"({"series":[{"run":0,"tag":"t"},{"run":0,"tag":"u"}],"width":50,"smoothing":0.3})";
  const boost::json::value json =
      boost::json::parse(Ask("POST", "/api/v1/columns", "", request).body);
  const std::string binary =
      Ask("POST", "/api/v1/columns", "", request, "application/vnd.fanlight.columns").body;
  ASSERT_EQ(binary.substr(0, 4), "FLC1");
  for (size_t i = 0; i < 2; ++i) {
    const boost::json::value& series = json.at("series").as_array()[i];
    const char* const row = binary.data() + 16 + 32 * i;
    uint32_t rows = 0;
    uint32_t flags = 0;
    uint64_t total = 0;
    uint64_t in_window = 0;
    uint64_t offset = 0;
    std::memcpy(&rows, row, 4);
    std::memcpy(&flags, row + 4, 4);
    std::memcpy(&total, row + 8, 8);
    std::memcpy(&in_window, row + 16, 8);
    std::memcpy(&offset, row + 24, 8);
    EXPECT_EQ(offset % 8, 0u);
    EXPECT_EQ(flags, i == 0 ? 3u : 1u);
    EXPECT_EQ(total, series.at("total").to_number<uint64_t>());
    EXPECT_EQ(in_window, series.at("in_window").to_number<uint64_t>());
    EXPECT_EQ(rows, series.at("steps").as_array().size());
    size_t column = 0;
    for (const char* name : {"steps", "wall_times_s", "values", "smoothed"}) {
      const boost::json::array& numbers = series.at(name).as_array();
      ASSERT_EQ(numbers.size(), rows) << name;
      for (size_t j = 0; j < rows; ++j) {
        double value = 0;
        std::memcpy(&value, binary.data() + offset + (column * rows + j) * 8, 8);
        // Boost.JSON 1.81 reads some numbers one bit off; what we write is exact (base_test.cc).
        EXPECT_DOUBLE_EQ(value, numbers[j].to_number<double>()) << name << " " << j;
      }
      ++column;
    }
  }
}

TEST_F(RoutesTest, RefusesMoreSeriesThanOneRequestMayName) {
  Serve();
  std::string request = R"({"series":[)";
  for (int i = 0; i < 10'001; ++i)
    request += std::string(i > 0 ? "," : "") + R"({"run":0,"tag":"t"})";
  EXPECT_EQ(Ask("POST", "/api/v1/columns", "", request + "]}").status, 413);
}

TEST_F(RoutesTest, LeavesOutPointsWhoseFileHasGoneAndSaysHowMany) {
  builder_.Blobs("r", "h", "histograms", 3);
  Serve();
  const http::Response ours =
      Ask("POST", "/api/v1/histograms", "", R"({"series":[{"run":0,"tag":"h"}]})");
  EXPECT_EQ(ours.status, 200);
  EXPECT_NE(ours.body.find(R"("unreadable":3,"steps":[])"), std::string::npos) << ours.body;
  EXPECT_EQ(Ask("GET", "/data/plugin/histograms/histograms", "run=r&tag=h").body, "[]");
}

TEST_F(RoutesTest, RefusesHistogramsOfMoreCountsThanAnAnswerHolds) {
  builder_.Blobs("r", "h", "histograms", 2'001);
  Serve();
  const auto ask = [&](std::string_view bins) {
    return Ask("POST", "/api/v1/histograms", "",
               fmt::format(R"({{"series":[{{"run":0,"tag":"h"}}],"steps":0,"bins":{}}})", bins));
  };
  const http::Response refused = ask("1000");
  EXPECT_EQ(refused.status, 413);
  EXPECT_NE(refused.body.find("2001 steps of 1000 bins"), std::string::npos) << refused.body;
  EXPECT_EQ(ask("999").status, 200);
}

TEST_F(RoutesTest, OpensAStreamOfChanges) {
  Serve();
  const http::Response response = Ask("GET", "/api/v1/events", "");
  ASSERT_NE(response.stream, nullptr);
  EXPECT_EQ(response.content_type, "text/event-stream");
  EXPECT_TRUE(response.stream->Take().starts_with("event: change\n"));
}

}  // namespace
}  // namespace fanlight::api
