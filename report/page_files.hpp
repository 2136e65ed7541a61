// The files below web/ that pages are made with, read as they are.
#pragma once

#include <filesystem>
#include <string>

#include "report/html_page.hpp"

namespace gameday {

class PageFiles {
 public:
  explicit PageFiles(std::filesystem::path web) : web_(std::move(web)) {}

  // Throws a machine Error "page: cannot read FILE".
  std::string text(const std::string& name) const;
  // What every page of ours has: the look, Preact, and the modules that `entry` imports.
  HtmlPage page(const std::string& entry) const;
  // The player of recordings, on top.
  void add_player(HtmlPage& page) const;

 private:
  std::filesystem::path web_;
};

}  // namespace gameday
