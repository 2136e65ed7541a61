# cmake -D SOURCE=checkout -D VERSION=x.y.z -D FILE=version.cpp -P version.cmake: writes FILE when the
# commit has changed. Called by each build.
set(commit unknown)
if(EXISTS ${SOURCE}/.git)
  execute_process(
    COMMAND ${CMAKE_COMMAND} -E env GIT_OPTIONAL_LOCKS=0
      git -C ${SOURCE} describe --always --dirty=+ --abbrev=12 --exclude=*
    OUTPUT_VARIABLE said ERROR_QUIET OUTPUT_STRIP_TRAILING_WHITESPACE RESULT_VARIABLE status)
  if(status EQUAL 0 AND said)
    set(commit ${said})
  endif()
endif()
set(text "#include \"cli/version.hpp\"

namespace gameday {

const char* const kVersion = \"${VERSION}\";
const char* const kCommit = \"${commit}\";

}  // namespace gameday
")
set(written "")
if(EXISTS ${FILE})
  file(READ ${FILE} written)
endif()
if(NOT written STREQUAL text)
  file(WRITE ${FILE} "${text}")
endif()
