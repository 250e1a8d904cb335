#pragma once

#include <colonnade/nn/mlp.hpp>

#include <nn/intrinsics.hpp>
#include <nn/tile_target.hpp>

// The C library's vector functions (libmvec), correct to some units in the last place.
extern "C" {
__m512 _ZGVeN16v_expf(__m512);   // NOLINT(bugprone-reserved-identifier): its ABI's name
__m512 _ZGVeN16v_tanhf(__m512);  // NOLINT(bugprone-reserved-identifier)
__m512 _ZGVeN16v_erff(__m512);   // NOLINT(bugprone-reserved-identifier)
}

namespace colonnade::nn {

/// f(z) and f'(z).
struct Activated {
  __m512 value, slope;
};

template <Activation activation>
COLONNADE_TILES inline Activated activated(__m512 z) {
  const __m512 one = _mm512_set1_ps(1.0F);
  if constexpr (activation == Activation::relu) {
    const __mmask16 is_positive = _mm512_cmp_ps_mask(z, _mm512_setzero_ps(), _CMP_GT_OQ);
    return {_mm512_maskz_mov_ps(is_positive, z), _mm512_maskz_mov_ps(is_positive, one)};
  } else if constexpr (activation == Activation::tanh) {
    const __m512 value = _ZGVeN16v_tanhf(z);
    return {value, _mm512_fnmadd_ps(value, value, one)};
  } else if constexpr (activation == Activation::gelu) {
    const __m512 root_half = _mm512_set1_ps(0.70710678F), half = _mm512_set1_ps(0.5F);
    const __m512 below = _mm512_fmadd_ps(half, _ZGVeN16v_erff(_mm512_mul_ps(z, root_half)), half);
    const __m512 density =
        _mm512_mul_ps(_mm512_set1_ps(0.39894228F),
                      _ZGVeN16v_expf(_mm512_mul_ps(_mm512_mul_ps(z, z), _mm512_set1_ps(-0.5F))));
    return {_mm512_mul_ps(z, below), _mm512_fmadd_ps(z, density, below)};
  } else {
    const __m512 sigmoid = _mm512_div_ps(
        one, _mm512_add_ps(one, _ZGVeN16v_expf(_mm512_sub_ps(_mm512_setzero_ps(), z))));
    const __m512 value = _mm512_mul_ps(z, sigmoid);
    // f' = s + z s (1 - s)
    return {value, _mm512_fmadd_ps(value, _mm512_sub_ps(one, sigmoid), sigmoid)};
  }
}

}  // namespace colonnade::nn
