#include <colonnade/base/error.hpp>
#include <colonnade/io/handle.hpp>

#include <string_view>

namespace colonnade::io {

namespace {

herr_t keep_innermost(unsigned /*depth*/, const H5E_error2_t* error, void* reason) {
  if (error->desc != nullptr) *static_cast<std::string*>(reason) = error->desc;
  return 0;
}

}  // namespace

std::string hdf5_reason() {
  std::string reason;
  H5Ewalk2(H5E_DEFAULT, H5E_WALK_DOWNWARD, keep_innermost, &reason);
  // Of a failed read or write it tells time, buffer and more, on several lines.
  constexpr std::string_view before = "error message = '";
  if (const auto place = reason.find(before); place != std::string::npos) {
    const auto begin = place + before.size();
    return reason.substr(begin, reason.find('\'', begin) - begin);
  }
  return reason.substr(0, reason.find('\n'));
}

void silence_hdf5() {
  static const herr_t done = H5Eset_auto2(H5E_DEFAULT, nullptr, nullptr);
  static_cast<void>(done);
}

Handle checked(hid_t id, Handle::Closer closer, const std::string& file,
               const std::string& variable, const char* what) {
  check(id < 0 ? -1 : 0, file, variable, what);
  return {id, closer};
}

void check(herr_t status, const std::string& file, const std::string& variable, const char* what) {
  if (status >= 0) return;
  throw base::Error(base::ErrorKind::storage, std::string("cannot ") + what,
                    {.file = file, .variable = variable, .value = hdf5_reason()});
}

}  // namespace colonnade::io
