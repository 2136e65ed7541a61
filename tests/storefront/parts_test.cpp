#include <atomic>
#include <catch2/catch.hpp>
#include <condition_variable>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <mutex>

#include "core/error.hpp"
#include "core/json.hpp"
#include "sandbox/stack/storefront/config.hpp"
#include "sandbox/stack/storefront/json_answers.hpp"
#include "sandbox/stack/storefront/pages.hpp"
#include "sandbox/stack/storefront/release.hpp"
#include "sandbox/stack/storefront/workers.hpp"
#include "tests/support/temporary_folder.hpp"

using namespace gameday;
using gameday::testing::TemporaryFolder;
using namespace gameday::storefront;
using namespace std::chrono_literals;
namespace fs = std::filesystem;

namespace {

struct Folder : TemporaryFolder {
  fs::path file(const std::string& name, const std::string& text) const {
    fs::create_directories((path / name).parent_path());
    std::ofstream(path / name) << text;
    return path / name;
  }
};

fs::path stack() { return fs::path(std::getenv("GAMEDAY_ROOT")) / "sandbox/stack"; }

std::string message_of(const fs::path& config) {
  try {
    read_config(config);
  } catch (const Error& error) {
    return error.what();
  }
  return "no error";
}

}  // namespace

TEST_CASE("the deployed configuration is read, and refused orders hold connections in a part of a round") {
  const Config config = read_config(stack() / "roles/web/etc/storefront/storefront.conf");
  CHECK(config.listen_port == 8080);
  CHECK(config.payment_host == "pay");
  CHECK(config.payment_port == 8090);
  CHECK(config.order_budget < config.order_retry_round);
  CHECK(config.order_budget > config.slow_request);
}

TEST_CASE("a wrong line of the configuration is named with file, line and key") {
  const Folder folder;
  const fs::path file = folder.file("conf", "database = dbname=shop\nworker = 3\n");
  CHECK(message_of(file) == file.string() + ":2: worker: unknown key");
  folder.file("conf", "database = dbname=shop\n\nworkers = many\n");
  CHECK(message_of(file).starts_with(file.string() + ":3: workers: a whole number"));
  folder.file("conf", "workers = 3\n");
  CHECK(message_of(file) == file.string() + ": database: missing");
  CHECK(message_of(folder.path / "none").find("no such file") != std::string::npos);
}

TEST_CASE("every release in the tree is whole") {
  for (const auto& each : fs::directory_iterator(stack() / "roles/web/srv/storefront/releases")) {
    const Release release(each.path());
    CHECK(release.name() == each.path().filename());
    CHECK(release.each("products") == nullptr);
  }
}

TEST_CASE("a release without one of its statements is refused by name") {
  const Folder folder;
  for (const char* name : {"products", "product", "order", "order_place"}) {
    folder.file("r9/sql/" + std::string(name) + ".sql", "SELECT 1");
  }
  CHECK_THROWS_WITH(Release(folder.path / "r9"), Catch::Contains("r9: sql/order_by_ref.sql"));
  CHECK_THROWS_WITH(Release(folder.path / "r10"), Catch::Contains("r10"));
  folder.file("r11/sql", "not a folder");
  CHECK_THROWS_AS(Release(folder.path / "r11"), Error);
}

TEST_CASE("a statement for every row belongs to the release that brings it") {
  const Folder folder;
  for (const char* name :
       {"products", "product", "order", "order_place", "order_by_ref", "products.each"}) {
    folder.file("r9/sql/" + std::string(name) + ".sql", "SELECT 1");
  }
  const Release release(folder.path / "r9");
  REQUIRE(release.each("products"));
  CHECK(*release.each("products") == "SELECT 1");
  CHECK(release.each("product") == nullptr);
}

TEST_CASE("what customers typed cannot become markup") {
  const std::string page = product_page({"1", "<b>&\"x", "Toys", "1999", "3", "<script>"});
  CHECK(page.find("<script>") == std::string::npos);
  CHECK(page.find("&lt;b&gt;&amp;&quot;x") != std::string::npos);
  CHECK(page.find("19.99") != std::string::npos);
}

TEST_CASE("an order's rows become one order with its items") {
  const Rows rows = {{"7", "ref", "paid", "300", "2026-01-01T00:00:00Z", "1", "bowl", "1", "100"},
                     {"7", "ref", "paid", "300", "2026-01-01T00:00:00Z", "2", "lamp", "2", "100"}};
  const json::object order = parse_json(order_json(rows), "order").as_object();
  CHECK(number_or(order, "id", 0) == 7);
  CHECK(order.at("items").as_array().size() == 2);
}

TEST_CASE("workers never run more jobs at once than they are, and refuse beyond the queue") {
  Config config;
  config.database = "host=127.0.0.1";
  config.workers = 2;
  config.queue_limit = 1;
  std::mutex mutex;
  std::condition_variable changed;
  int running = 0;
  bool open = false;
  {
    Workers workers(config);
    const auto job = [&](WorkerState&) {
      std::unique_lock lock(mutex);
      ++running;
      changed.notify_all();
      changed.wait_for(lock, 10s, [&] { return open; });
      ++running;
    };
    CHECK(workers.submit(job));
    CHECK(workers.submit(job));
    CHECK(workers.submit(job));
    CHECK_FALSE(workers.submit(job));
    {
      std::unique_lock lock(mutex);
      CHECK(changed.wait_for(lock, 10s, [&] { return running == 2; }));
      CHECK(workers.busy() == 2);
      CHECK(workers.queued() == 1);
      open = true;
      changed.notify_all();
      CHECK(changed.wait_for(lock, 10s, [&] { return running == 6; }));
    }
  }
}
