#include "alerts/outage_recording.hpp"

#include <zlib.h>

#include <algorithm>
#include <bit>
#include <charconv>
#include <cmath>
#include <limits>

#include "core/error.hpp"
#include "core/file.hpp"

namespace gameday {

namespace {

constexpr uint64_t kStaleBits = 0x7ff0000000000002;
constexpr int kMaxSeconds = 3600;
constexpr size_t kMaxRecordingBytes = 256u << 20;

std::string text_of(double value) {
  if (is_stale(value)) return "-";
  if (std::isnan(value)) return "NaN";
  if (std::isinf(value)) return value > 0 ? "+Inf" : "-Inf";
  char digits[32];
  const auto end = std::to_chars(digits, digits + sizeof digits, value);
  return std::string(digits, end.ptr);
}

double value_of(std::string_view text, const std::string& where) {
  if (text == "-") return stale_marker();
  if (text == "NaN") return std::numeric_limits<double>::quiet_NaN();
  if (text == "+Inf") return std::numeric_limits<double>::infinity();
  if (text == "-Inf") return -std::numeric_limits<double>::infinity();
  double value = 0;
  const auto end = std::from_chars(text.data(), text.data() + text.size(), value);
  if (end.ec != std::errc() || end.ptr != text.data() + text.size()) {
    throw Error(where + ": not a value: " + std::string(text));
  }
  return value;
}

std::string values_text(const std::vector<double>& values) {
  std::string text;
  for (size_t i = 0; i < values.size();) {
    size_t end = i + 1;
    while (end < values.size() &&
           std::bit_cast<uint64_t>(values[end]) == std::bit_cast<uint64_t>(values[i])) {
      ++end;
    }
    if (!text.empty()) text += ' ';
    text += text_of(values[i]);
    if (end - i > 1) text += '*' + std::to_string(end - i);
    i = end;
  }
  return text;
}

std::vector<double> read_values(std::string_view text, int seconds, const std::string& where) {
  std::vector<double> values;
  while (!text.empty()) {
    const std::string_view word = text.substr(0, text.find(' '));
    text.remove_prefix(std::min(text.size(), word.size() + 1));
    const size_t star = word.find('*');
    const double value = value_of(word.substr(0, star), where);
    const double times =
        star == std::string_view::npos ? 1 : value_of(word.substr(star + 1), where);
    if (!(times >= 1 && times <= seconds))
      throw Error(where + ": not a count: " + std::string(word));
    values.insert(values.end(), static_cast<size_t>(times), value);
  }
  if (values.size() != static_cast<size_t>(seconds)) {
    throw Error(where + ": " + std::to_string(values.size()) + " values, not " +
                std::to_string(seconds));
  }
  return values;
}

std::string decompressed(const std::filesystem::path& file) {
  gzFile stream = gzopen(file.c_str(), "rb");
  if (!stream) throw Error(file.string() + ": cannot read the recording");
  std::string text;
  std::vector<char> part(1 << 20);
  int count = 0;
  while (text.size() < kMaxRecordingBytes &&
         (count = gzread(stream, part.data(), static_cast<unsigned>(part.size()))) > 0) {
    text.append(part.data(), static_cast<size_t>(count));
  }
  const bool whole = gzclose_r(stream) == Z_OK && count == 0;
  if (!whole) throw Error(file.string() + ": not a whole recording");
  return text;
}

std::string compressed(const std::string& text) {
  z_stream stream{};
  // 15 + 16: a gzip header, which carries no time and no name.
  if (deflateInit2(&stream, Z_BEST_COMPRESSION, Z_DEFLATED, 15 + 16, 9, Z_DEFAULT_STRATEGY) !=
      Z_OK) {
    throw Error("recording: cannot be compressed");
  }
  std::string out(deflateBound(&stream, text.size()), '\0');
  stream.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(text.data()));
  stream.avail_in = static_cast<uInt>(text.size());
  stream.next_out = reinterpret_cast<Bytef*>(out.data());
  stream.avail_out = static_cast<uInt>(out.size());
  const int ended = deflate(&stream, Z_FINISH);
  out.resize(stream.total_out);
  deflateEnd(&stream);
  if (ended != Z_STREAM_END) throw Error("recording: cannot be compressed");
  return out;
}

json::object header_of(const OutageRecording& one) {
  json::object types;
  for (const auto& [name, type] : one.types) types[name] = type;
  json::array live;
  for (const LiveAlert& alert : one.live) {
    live.push_back(json::object{{"alert", alert.alert}, {"fired_after", alert.fired_after}});
  }
  return {{"recording", 1},
          {"scenario", one.scenario},
          {"variant", one.variant},
          {"twin", one.twin},
          {"seed", one.seed},
          {"recorded", one.recorded},
          {"versions", one.versions},
          {"begin", one.begin_unix_seconds},
          {"seconds", one.seconds},
          {"fault", one.fault},
          {"suffering", one.suffering},
          {"repair", one.repair},
          {"served", one.served},
          {"types", types},
          {"rules", one.rules},
          {"live", live}};
}

OutageRecording read_header(std::string_view line, const std::string& where) {
  const json::value value = parse_json(line, where);
  if (!value.is_object() || number_or(value.as_object(), "recording", 0) != 1) {
    throw Error(where + ": not a recording of version 1");
  }
  const json::object& object = value.as_object();
  const auto moment = [&object](const char* key) {
    return static_cast<int>(number_or(object, key, 0));
  };
  OutageRecording one;
  one.scenario = string_or(object, "scenario", "");
  one.variant = string_or(object, "variant", "");
  one.twin = bool_or(object, "twin", false);
  one.seed = static_cast<uint64_t>(number_or(object, "seed", 1));
  one.recorded = string_or(object, "recorded", "");
  if (const json::value* versions = object.if_contains("versions");
      versions && versions->is_object()) {
    one.versions = versions->as_object();
  }
  one.begin_unix_seconds = static_cast<int64_t>(number_or(object, "begin", 0));
  one.seconds = moment("seconds");
  one.fault = moment("fault");
  one.suffering = moment("suffering");
  one.repair = moment("repair");
  one.served = moment("served");
  const bool in_order = 0 < one.fault && one.fault <= one.suffering &&
                        one.suffering <= one.repair && one.repair <= one.served &&
                        one.served < one.seconds && one.seconds <= kMaxSeconds;
  if (!in_order) throw Error(where + ": its moments are not in order");
  if (const json::value* types = object.if_contains("types"); types && types->is_object()) {
    for (const auto& type : types->as_object()) {
      one.types[type.key()] = type.value().is_string() ? type.value().as_string().c_str() : "";
    }
  }
  one.rules = string_or(object, "rules", "");
  if (const json::value* live = object.if_contains("live"); live && live->is_array()) {
    for (const json::value& alert : live->as_array()) {
      const json::object& said = alert.as_object();
      one.live.push_back({string_or(said, "alert", ""), number_or(said, "fired_after", 0)});
    }
  }
  return one;
}

}  // namespace

double stale_marker() { return std::bit_cast<double>(kStaleBits); }
bool is_stale(double value) { return std::bit_cast<uint64_t>(value) == kStaleBits; }

std::string RecordedSeries::label(std::string_view name) const {
  for (const auto& [key, value] : labels) {
    if (key == name) return value;
  }
  return "";
}

std::string OutageRecording::id() const { return scenario + "/" + (twin ? "twin" : variant); }

void write_recording(const std::filesystem::path& file, const OutageRecording& recording) {
  std::string text = json::serialize(header_of(recording)) + "\n";
  for (const RecordedSeries& series : recording.series) {
    json::object labels;
    for (const auto& [name, value] : series.labels) labels[name] = value;
    text += json::serialize(labels) + "\t" + values_text(series.values) + "\n";
  }
  write_file(file, compressed(text));
}

OutageRecording read_recording(const std::filesystem::path& file) {
  const std::string text = decompressed(file);
  OutageRecording recording;
  int number = 0;
  for (size_t begin = 0; begin < text.size();) {
    const size_t end = std::min(text.find('\n', begin), text.size());
    const std::string_view line = std::string_view(text).substr(begin, end - begin);
    begin = end + 1;
    const std::string where = file.string() + ":" + std::to_string(++number);
    if (number == 1) {
      recording = read_header(line, where);
      continue;
    }
    const size_t tab = line.find('\t');
    if (tab == std::string_view::npos)
      throw Error(where + ": a series has labels, a tab and values");
    const json::value labels = parse_json(line.substr(0, tab), where);
    RecordedSeries series;
    for (const auto& label : labels.as_object()) {
      series.labels.emplace_back(label.key(), label.value().as_string());
    }
    series.values = read_values(line.substr(tab + 1), recording.seconds, where);
    recording.series.push_back(std::move(series));
  }
  if (number == 0) throw Error(file.string() + ": an empty recording");
  return recording;
}

std::vector<OutageRecording> read_recordings(const std::filesystem::path& folder) {
  std::vector<OutageRecording> all;
  std::error_code error;
  for (const auto& entry : std::filesystem::directory_iterator(folder, error)) {
    if (entry.path().extension() == ".gz") all.push_back(read_recording(entry.path()));
  }
  std::sort(all.begin(), all.end(),
            [](const OutageRecording& a, const OutageRecording& b) { return a.id() < b.id(); });
  return all;
}

}  // namespace gameday
