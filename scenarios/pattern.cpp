#include "scenarios/pattern.hpp"

#include <algorithm>
#include <array>
#include <cstdint>

namespace gameday {

namespace {

// Where a match may stand in its line: at the begin or behind some letter, and whether `$` was met,
// behind which no letter comes. A piece of an expression leads from each of these to some of them.
constexpr size_t kInside = 1, kEnded = 2, kPlaces = 4;

struct Moves {
  std::array<uint8_t, kPlaces> any{};      // sets of places, a bit each
  std::array<uint8_t, kPlaces> nothing{};  // those reached without a letter
  bool exact = true;                       // nothing of it was taken for fulfilled unseen
};

template <typename Allowed>
Moves standing_still(Allowed allowed) {
  Moves moves;
  for (size_t place = 0; place < kPlaces; ++place) {
    if (allowed(place)) moves.any[place] = moves.nothing[place] = static_cast<uint8_t>(1u << place);
  }
  return moves;
}

Moves empty_piece() {
  return standing_still([](size_t) { return true; });
}

Moves letter(bool possible) {
  Moves moves;
  if (possible) moves.any[0] = moves.any[kInside] = 1u << kInside;
  return moves;
}

Moves line_end() {
  Moves moves;
  for (size_t place = 0; place < kPlaces; ++place) {
    moves.any[place] = moves.nothing[place] = static_cast<uint8_t>(1u << (place | kEnded));
  }
  return moves;
}

uint8_t through(uint8_t places, const std::array<uint8_t, kPlaces>& next) {
  uint8_t reached = 0;
  for (size_t place = 0; place < kPlaces; ++place) {
    if (places & (1u << place)) reached |= next[place];
  }
  return reached;
}

Moves then(const Moves& first, const Moves& second) {
  Moves moves;
  for (size_t place = 0; place < kPlaces; ++place) {
    moves.any[place] = through(first.any[place], second.any);
    moves.nothing[place] = through(first.nothing[place], second.nothing);
  }
  moves.exact = first.exact && second.exact;
  return moves;
}

Moves either(const Moves& one, const Moves& other) {
  Moves moves;
  for (size_t place = 0; place < kPlaces; ++place) {
    moves.any[place] = one.any[place] | other.any[place];
    moves.nothing[place] = one.nothing[place] | other.nothing[place];
  }
  moves.exact = one.exact && other.exact;
  return moves;
}

// Further repetitions than there are places reach nothing new.
Moves repeated(const Moves& piece, size_t low, size_t high) {
  Moves all = low == 0 ? empty_piece() : piece;
  Moves times = all;
  for (size_t i = low == 0 ? 0 : 1; i < std::min(high, std::min(low, kPlaces) + kPlaces); ++i) {
    times = then(times, piece);
    all = i < low ? times : either(all, times);
  }
  all.exact = piece.exact;
  return all;
}

class Reader {
 public:
  explicit Reader(std::string_view text) : text_(text) {}

  Moves choice() {
    Moves all = sequence();
    while (take("|")) all = either(all, sequence());
    return all;
  }

 private:
  bool done() const { return at_ >= text_.size(); }
  bool take(std::string_view word) {
    if (text_.substr(at_, word.size()) != word) return false;
    at_ += word.size();
    return true;
  }

  Moves sequence() {
    Moves all = empty_piece();
    while (!done() && text_[at_] != '|' && text_[at_] != ')') all = then(all, term());
    return all;
  }

  Moves term() {
    if (take("^")) return standing_still([](size_t place) { return (place & kInside) == 0; });
    if (take("$")) return line_end();
    if (take("\\b") || take("\\B")) return unseen();
    if (take("(?=")) return ahead(true);
    if (take("(?!")) return ahead(false);
    return quantified(atom());
  }

  // Taken for fulfilled.
  static Moves unseen() {
    Moves moves = empty_piece();
    moves.exact = false;
    return moves;
  }

  Moves ahead(bool wanted) {
    const Moves body = choice();
    take(")");
    Moves moves = standing_still([&](size_t place) {
      return wanted ? body.any[place] != 0 : !body.exact || body.nothing[place] == 0;
    });
    moves.exact = false;
    return moves;
  }

  Moves atom() {
    if (take("(?:") || take("(")) {
      const Moves inner = choice();
      take(")");
      return inner;
    }
    if (take("[")) return letter(bracket());
    if (take("\\")) {
      const char escaped = done() ? '\\' : text_[at_++];
      // What a group held may be nothing.
      if (escaped >= '1' && escaped <= '9') return either(unseen(), letter(true));
      return letter(escaped != 'n');
    }
    ++at_;
    return letter(true);
  }

  // Whether the set holds anything but the end of a line.
  bool bracket() {
    const bool negated = take("^");
    // What an empty set means is left open.
    bool other = negated || (!done() && text_[at_] == ']');
    while (!done() && text_[at_] != ']') {
      if (take("\\n")) continue;
      other = true;
      if (take("[:")) at_ = std::min(text_.find(":]", at_), text_.size() - 2) + 1;
      at_ += text_[at_] == '\\' ? 2 : 1;
    }
    take("]");
    return other;
  }

  size_t count() {
    size_t number = 0;
    while (!done() && text_[at_] >= '0' && text_[at_] <= '9') {
      number = std::min<size_t>(number * 10 + static_cast<size_t>(text_[at_++] - '0'), 1000);
    }
    return number;
  }

  Moves quantified(Moves piece) {
    constexpr size_t kMany = 1000;
    for (;;) {
      if (take("*")) {
        piece = repeated(piece, 0, kMany);
      } else if (take("+")) {
        piece = repeated(piece, 1, kMany);
      } else if (take("?")) {
        piece = repeated(piece, 0, 1);
      } else if (take("{")) {
        const size_t low = count();
        size_t high = low;
        if (take(",")) high = !done() && text_[at_] != '}' ? count() : kMany;
        take("}");
        piece = repeated(piece, low, high);
      } else {
        return piece;
      }
      take("?");  // as few as possible
    }
  }

  const std::string_view text_;
  size_t at_ = 0;
};

}  // namespace

bool a_line_can_match(std::string_view pattern) {
  const Moves moves = Reader(pattern).choice();
  return moves.any[0] != 0 || moves.any[kInside] != 0;
}

}  // namespace gameday
