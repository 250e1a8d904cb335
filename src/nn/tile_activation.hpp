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

/// 2^t within 2 units in the last place: a polynomial of the fraction, with the least relative
/// error of its degree over [0, 1) of those that are 1 at 0, times the power of the whole number
/// below.
COLONNADE_TILES inline __m512 power_of_two(__m512 t) {
  constexpr int from_below = 1;
  const __m512 f = _mm512_reduce_ps(t, from_below);
  __m512 p = _mm512_set1_ps(0.00186713052F);
  for (const float coefficient : {0.00901702978F, 0.0557999127F, 0.240164444F, 0.693151295F, 1.0F})
    p = _mm512_fmadd_ps(p, f, _mm512_set1_ps(coefficient));
  return _mm512_scalef_ps(p, t);
}

/// 1 / (1 + e^-z), with one step of Newton's for the quotient.
COLONNADE_TILES inline __m512 sigmoid(__m512 z) {
  const __m512 one = _mm512_set1_ps(1.0F);
  // Beyond 2^126 the first guess would be 0 times infinity. A NaN as second operand stays.
  const __m512 t =
      _mm512_min_ps(_mm512_set1_ps(126.0F), _mm512_mul_ps(z, _mm512_set1_ps(-1.44269504F)));
  const __m512 below = _mm512_add_ps(one, power_of_two(t));
  const __m512 guess = _mm512_rcp14_ps(below);
  return _mm512_fmadd_ps(guess, _mm512_fnmadd_ps(below, guess, one), guess);
}

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
    const __m512 s = sigmoid(z);
    const __m512 value = _mm512_mul_ps(z, s);
    // f' = s + z s (1 - s)
    return {value, _mm512_fmadd_ps(value, _mm512_sub_ps(one, s), s)};
  }
}

}  // namespace colonnade::nn
