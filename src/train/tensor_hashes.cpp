#include <colonnade/base/bfloat16.hpp>
#include <colonnade/base/hash.hpp>
#include <colonnade/train/slices.hpp>
#include <colonnade/train/tensor_hashes.hpp>

#include <fmt/format.h>

#include <algorithm>

namespace colonnade::train {

TensorHasher::TensorHasher(const nn::MlpShape& shape) {
  const auto views = nn::layers(shape);
  std::int64_t end = 0;
  const auto add = [&](std::size_t l, const char* tensor, std::int64_t size) {
    names_.push_back(fmt::format("layer{}.{}", l + 1, tensor));
    ends_.push_back(end += size);
  };
  for (std::size_t l = 0; l < views.size(); ++l) {
    add(l, "weight", views[l].in * views[l].out);
    add(l, "bias", views[l].out);
    if (!views[l].is_normalised) continue;
    add(l, "gamma", views[l].out);
    add(l, "beta", views[l].out);
  }
  for (std::size_t l = 0; l < views.size(); ++l) {
    if (!views[l].is_normalised) continue;
    add(l, "running_mean", views[l].out);
    add(l, "running_variance", views[l].out);
  }
}

template <typename Value>
void TensorHasher::add(std::int64_t begin, std::span<const Value> values, int kind,
                       TensorHashes& hashes) const {
  const std::int64_t end = begin + static_cast<std::int64_t>(values.size());
  auto tensor =
      static_cast<std::size_t>(std::upper_bound(ends_.begin(), ends_.end(), begin) - ends_.begin());
  for (std::int64_t at = begin; at < end;) {
    const std::int64_t tile_end = (at / tile_parameters + 1) * tile_parameters;
    const std::int64_t stop = std::min({end, tile_end, ends_[tensor]});
    const auto seed = static_cast<std::uint64_t>(kind) << 56 | static_cast<std::uint64_t>(at);
    hashes[tensor] += base::hash_values(
        values.subspan(static_cast<std::size_t>(at - begin), static_cast<std::size_t>(stop - at)),
        seed);
    if (stop == ends_[tensor]) ++tensor;
    at = stop;
  }
}

template void TensorHasher::add(std::int64_t, std::span<const float>, int, TensorHashes&) const;
template void TensorHasher::add(std::int64_t, std::span<const base::Bfloat16>, int,
                                TensorHashes&) const;

}  // namespace colonnade::train
