// What the drill came to, for people: four answers, each lost point with its reason, and what to do
// better. Pure.
#pragma once

#include "report/drill_record.hpp"

namespace gameday {

// [{question, answer}]: what broke, who was hurt, what was done when, where points were lost, what to
// do better.
json::array answers_of(const DrillRecord& record, double start);

// [{bar, item, points: lost, how, lines, advice}], the dearest first. Empty without a score.
json::array lost_points(const DrillRecord& record);

// Lines of the journal that `lost` and the feedback name, as they stand there: {"62": "{…}"}, at most
// `most_lines`, each shortened.
json::object named_lines(const DrillRecord& record, const json::array& lost, size_t most_lines);

}  // namespace gameday
